"""Records pickles of well-known classes from several CPythons, and what the newest prints for them.

Pickled forms differ by version: paths, Fraction, deque and OrderedDict changed over time. Made by

    for python in python2.7 python3.6 ... ; do $python record_pickles.py make; done > made
    python3.13 record_pickles.py expect < made > ../tests/data/pickles.tsv
    python3.11 record_pickles.py expect < made >> ../tests/data/pickles.tsv

where 3.13 has numpy 2 and pytz, and 3.11 has numpy 1 and pytz: the two numpys print their scalars
differently, and each prints its own. A line of the result is: Python, protocol, pickle in
hexadecimal, str and repr as JSON strings.
"""
from __future__ import print_function

import binascii
import collections
import datetime
import decimal
import fractions
import json
import pickle
import sys
import uuid


def values():
    yield datetime.datetime(2026, 11, 22, 7, 0)
    yield datetime.datetime(2026, 11, 22, 7, 0, 1, 42)
    # microseconds 0x0cc3a9: bytes that are UTF-8 by chance in a Python 2 str
    yield datetime.time(1, 2, 3, 0x0CC3A9 % 10**6)
    yield datetime.datetime(1791, 2, 3, 4, 5, 6, 0x0C3A9)
    yield datetime.date(2026, 11, 22)
    yield datetime.date(1, 1, 1)
    yield datetime.time(7, 0)
    yield datetime.time(23, 59, 59, 999999)
    yield datetime.timedelta(1, 2, 3)
    yield datetime.timedelta(-1)
    yield decimal.Decimal("1.50")
    yield decimal.Decimal("NaN")
    yield fractions.Fraction(3, 4)
    yield fractions.Fraction(-5)
    yield uuid.UUID("12345678-1234-5678-1234-567812345678")
    yield uuid.UUID(int=7)
    yield collections.OrderedDict([("b", 1), ("a", [2])])
    yield collections.OrderedDict()
    yield collections.defaultdict(int, {"a": 1})
    yield collections.defaultdict()
    yield collections.deque([1, 2], 3)
    yield collections.deque([1, "x"])
    yield collections.Counter({"x": 3})
    yield collections.Counter()
    yield complex(1.5, -2)
    yield {1}
    yield frozenset([2])
    yield bytearray(b"a\xff")
    yield ValueError("wrong", 1)
    yield KeyError("key")
    yield OSError(2, "No such file or directory", "x.log")
    yield OSError(13, "Permission denied")
    yield slice(1, None, 2)
    yield 1 << 70
    yield float("inf")
    if sys.version_info[0] == 3:
        for value in values_of_python3():
            yield value
    try:
        import numpy
    except ImportError:
        pass
    else:
        for value in values_of_numpy(numpy):
            yield value
    try:
        import pytz
    except ImportError:
        pass
    else:
        yield pytz.utc
        zurich = pytz.timezone("Europe/Zurich")
        for month in (1, 7):
            yield zurich.localize(datetime.datetime(2026, month, 22, 7, 0))
            yield zurich.localize(datetime.datetime(2026, month, 22, 7, 0)).tzinfo
        yield pytz.timezone("America/New_York").localize(datetime.datetime(2026, 1, 1)).tzinfo


def values_of_python3():
    import ipaddress
    import pathlib
    import types

    yield b"a\x00\xff"
    yield range(1, 9, 2)
    yield datetime.timezone.utc
    yield datetime.timezone(datetime.timedelta(hours=-3, minutes=-30), "NST")
    east = datetime.timezone(datetime.timedelta(hours=1))
    yield datetime.datetime(2026, 11, 22, 7, 0, tzinfo=east)
    yield datetime.time(7, 0, tzinfo=east)
    yield datetime.datetime(2026, 10, 25, 2, 30, fold=1)
    yield pathlib.PurePosixPath("/var//log", "./x.log")
    yield pathlib.PurePosixPath("")
    yield pathlib.PureWindowsPath("c:/logs", "x.log")
    yield pathlib.PureWindowsPath("//host/share", "a/b")
    yield ipaddress.ip_address("10.0.0.1")
    yield ipaddress.ip_network("fe80::/64")
    yield types.SimpleNamespace(a=1, b="x")
    yield type(None)
    yield FileNotFoundError(2, "No such file or directory", "x.log")
    yield ConnectionRefusedError(111, "Connection refused")
    yield UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    if sys.version_info >= (3, 9):
        import zoneinfo

        zone = zoneinfo.ZoneInfo("Europe/Zurich")
        yield zone
        yield datetime.datetime(2026, 7, 1, 12, 0, tzinfo=zone)
        yield datetime.datetime(2026, 10, 25, 2, 30, tzinfo=zone)
        yield datetime.datetime(2026, 3, 29, 2, 30, tzinfo=zone)
        yield datetime.time(12, 0, tzinfo=zone)


def values_of_numpy(numpy):
    for kind in "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split():
        kind = getattr(numpy, kind)
        yield kind(100)
        yield kind(numpy.iinfo(kind).min)
        yield kind(numpy.iinfo(kind).max)
    for number in (0.1, -0.0, 1e16, 1e15, 123456789.0, 1e-4, 1e-5, 3.0, float("nan"), float("-inf")):
        yield numpy.float64(number)
        yield numpy.float32(number)
        yield numpy.complex128(complex(number, 1))
        yield numpy.complex64(complex(0, number))
    yield numpy.True_
    yield numpy.False_
    yield numpy.str_("caf\xe9 'x'")
    yield numpy.bytes_(b"a\xff")
    yield numpy.array([1.5], dtype=">f8")[0]


def make():
    version = "%d.%d" % sys.version_info[:2]
    for value in values():
        for protocol in (1, pickle.HIGHEST_PROTOCOL):
            try:
                raw = pickle.dumps(value, protocol)
            except TypeError:
                continue  # an older Python can't pickle all of them
            print(version, protocol, binascii.hexlify(raw).decode(), sep="\t")


def expect():
    import numpy

    seen = set()
    for line in sys.stdin:
        version, protocol, raw = line.rstrip("\n").split("\t")
        data = binascii.unhexlify(raw)
        if raw in seen:
            continue
        seen.add(raw)
        if b"numpy" in data:
            ours = (b"numpy._core" in data) == numpy.__version__.startswith("2.")
        else:
            ours = sys.version_info >= (3, 13)
        if ours:
            value = pickle.loads(data, encoding="latin1")
            print(version, protocol, raw, json.dumps(str(value)), json.dumps(repr(value)), sep="\t")


{"make": make, "expect": expect}[sys.argv[1]]()
