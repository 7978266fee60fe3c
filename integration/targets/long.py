# SPDX-License-Identifier: MIT
"""Few objects with long tables, of several megabytes each."""
import truth

numbers = list(range(1000, 151000))
same = ["again"] * 600000
mixed = tuple(numbers[i % 150000] for i in range(600000))
index = dict.fromkeys(numbers)
distinct = set(numbers)
names = {"name %d" % i: i for i in range(100000)}
truth.wait()
