# SPDX-License-Identifier: MIT
"""A leak by way of a library, of the kind that the argument names."""
import sys

MANY = 12000


def missing(name):
    print("skip no %s" % name, flush=True)
    sys.exit(77)


class Order(object):
    def __init__(self, number):
        self.name = "order %d" % number
        self.rows = ["row %d" % number]


def signal_receivers():
    """Each request adds a receiver, and none goes."""
    try:
        from django.dispatch import Signal
    except ImportError:
        missing("django")

    def receiver(order):
        return lambda sender, **more: order

    global order_paid
    order_paid = Signal()
    for number in range(MANY):
        order_paid.connect(receiver(Order(number)), weak=False)


def frame_view():
    """A row of a large frame is kept."""
    try:
        import numpy
        import pandas
    except ImportError:
        missing("pandas")
    global last_row
    last_row = pandas.DataFrame(
        {"name%d" % i: numpy.arange(1 << 20, dtype=float)
         for i in range(4)}).iloc[-1:]


def identity_map():
    """A session that lives for ever, with rows that are changed and not yet
    written."""
    try:
        from sqlalchemy import create_engine, select
        from sqlalchemy.orm import DeclarativeBase, Mapped, Session, \
            mapped_column
    except ImportError:
        missing("sqlalchemy")

    class Base(DeclarativeBase):
        pass

    class Row(Base):
        __tablename__ = "rows"
        number: Mapped[int] = mapped_column(primary_key=True)
        seen: Mapped[bool]

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as first:
        first.add_all(Row(number=i, seen=False) for i in range(MANY))
        first.commit()
    global session
    session = Session(engine, autoflush=False)
    for row in session.scalars(select(Row)):
        row.seen = True


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print("ready", flush=True)
    sys.stdin.read()
