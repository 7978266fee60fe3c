# SPDX-License-Identifier: MIT
"""numpy arrays that own, share and view their data; pandas if it is there."""
import sys

import truth

try:
    import numpy
except ImportError:
    print("skip no numpy", flush=True)
    sys.exit(77)

owned = [numpy.zeros(n) for n in (0, 1, 10, 63, 64, 65, 1000, 100000)]
shaped = [numpy.ones((2, 3, 4)), numpy.zeros((0, 5)), numpy.arange(24.0
          ).reshape(2, 3, 4), numpy.array(5), numpy.array([[1]], order="F")]
views = [owned[-1][10:20], owned[-1][::2], shaped[0].T, shaped[2][0],
         numpy.frombuffer(b"0123456789", dtype="u1"), shaped[0].ravel()]
objects = [numpy.array([[1], "two", None, {3: 4}], dtype=object),
           numpy.array(["a", "bcd"]), numpy.array([b"x"]),
           numpy.empty(100, dtype=object)]
records = numpy.zeros(10, dtype=[("a", "i4"), ("b", "f8", (2,))])
scalars = [numpy.float64(1), numpy.int8(2), numpy.str_("s"),
           numpy.datetime64("2026-01-01"), records[0]]
types = [numpy.dtype("f8"), records.dtype, numpy.dtype(object)]


class Own(numpy.ndarray):
    pass


subclass = numpy.arange(30).view(Own)
subclass.attribute = ["of", "it"]
masked = numpy.ma.masked_array([1, 2, 3], mask=[0, 1, 0])
generator = numpy.random.default_rng(1)
iterator = numpy.nditer(owned[3])
try:
    import pandas
    frame = pandas.DataFrame({"a": range(1000), "b": ["x%d" % i for i in range(
        1000)], "c": numpy.linspace(0, 1, 1000)})
    frame["when"] = pandas.date_range("2026-01-01", periods=1000)
    groups = frame.groupby(frame.a % 7).agg({"c": "mean"})
    joined = frame.merge(groups, left_on="a", right_index=True)
    text = frame.describe().to_string()
except ImportError:
    pass
truth.wait()
