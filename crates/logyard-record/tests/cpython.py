"""Makes random values and prints each as pickle, str, repr and ascii, for tests/cpython.rs.

    python3 tests/cpython.py SEED COUNT

Every part is a 4-byte big-endian length and bytes; text is UTF-8 with surrogatepass. What is
printed is the value as it comes back from its pickle, as a receiver would print it. Values whose
text differs from the newest rules on an older Python are left out there.
"""
import builtins
import collections
import datetime
import decimal
import fractions
import http
import ipaddress
import pathlib
import pickle
import random
import struct
import sys
import types
import unicodedata
import uuid

NEWEST_UNICODE = "15.1.0"
SAME_UNICODE = unicodedata.unidata_version == NEWEST_UNICODE

rng = random.Random(int(sys.argv[1]))
count = int(sys.argv[2])
pool = []


def text():
    kind = rng.randrange(8)
    length = rng.choice((0, 1, 2, 5, 20))
    if kind == 0:
        points = range(0x20, 0x7F)
    elif kind == 1:
        points = [ord(c) for c in "'\"\\\t\n\r\x00\x1b ab"]
    elif kind == 2:
        points = range(0, 0x180)
    elif kind == 3 and SAME_UNICODE:
        points = range(0, 0x10000)
    elif kind == 4 and SAME_UNICODE:
        points = range(0x10000, 0x110000)
    elif kind == 5:
        points = range(0xD800, 0xE000)
    elif kind == 6:
        points = range(0x4E00, 0x5000)
    else:
        points = range(0x61, 0x7B)
    return "".join(chr(rng.choice(points)) for _ in range(length))


def integer():
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randrange(-300, 300)
    if kind == 1:
        edge = rng.choice((8, 15, 16, 31, 32, 63, 64, 127, 1000))
        return rng.choice((1, -1)) * (1 << edge) + rng.randrange(-2, 3)
    if kind == 2:
        return rng.getrandbits(rng.randrange(1, 300)) * rng.choice((1, -1))
    if kind == 3:
        return rng.randrange(-(10**10), 10**10)
    return rng.choice((10**300 - 1, -(10**299), 10**18, 10**19, 0))


def floating():
    kind = rng.randrange(6)
    if kind == 0:
        return struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
    if kind == 1:
        return rng.randrange(-10**6, 10**6) / 2 ** rng.randrange(0, 30)
    if kind == 2:
        return float(rng.randrange(10**18)) * 10.0 ** rng.randrange(-25, 10)
    if kind == 3:
        return round(rng.uniform(-1e6, 1e6), rng.randrange(0, 8))
    if kind == 4:
        return rng.choice((0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e16, 1e-4, 1e-5))
    return 1.7e9 + rng.random()


def data():
    return bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 3, 12))))


def timedelta():
    days = rng.choice((0, 0, 1, -1, 2, rng.randrange(-10**6, 10**6)))
    return datetime.timedelta(
        days, rng.choice((0, rng.randrange(86400))), rng.choice((0, rng.randrange(10**6)))
    )


def timezone():
    if rng.randrange(3) == 0:
        return datetime.timezone.utc
    offset = datetime.timedelta(
        minutes=rng.randrange(-1439, 1440), seconds=rng.choice((0, 0, rng.randrange(60)))
    )
    if rng.randrange(4) == 0:
        offset += datetime.timedelta(microseconds=1)
    if rng.randrange(3) == 0:
        return datetime.timezone(offset, text())
    return datetime.timezone(offset)


ZONES = []
if sys.version_info >= (3, 9):
    import zoneinfo

    for key in ("UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"):
        try:
            ZONES.append(zoneinfo.ZoneInfo(key))
        except zoneinfo.ZoneInfoNotFoundError:
            pass


def tzinfo():
    kind = rng.randrange(3)
    if kind == 0:
        return None
    if kind == 1 and ZONES:
        return rng.choice(ZONES)
    return timezone()


def clock():
    return (
        rng.randrange(24),
        rng.randrange(60),
        rng.choice((0, rng.randrange(60))),
        rng.choice((0, 1, rng.randrange(10**6))),
    )


def moment():
    year = rng.choice((rng.randrange(1, 10000), rng.randrange(1990, 2035)))
    return datetime.datetime(
        year,
        rng.choice((rng.randrange(1, 13), 3, 10)),
        rng.choice((rng.randrange(1, 29), rng.randrange(20, 29))),
        *clock(),
        tzinfo=tzinfo(),
        fold=rng.randrange(2),
    )


def time_of_day():
    return datetime.time(*clock(), tzinfo=tzinfo(), fold=rng.randrange(2))


def date():
    return datetime.date(rng.randrange(1, 10000), rng.randrange(1, 13), rng.randrange(1, 29))


def number():
    kind = rng.randrange(4)
    if kind == 0:
        return decimal.Decimal(
            rng.choice(("NaN", "-Infinity", "0", "-0.00", "1E+30", "sNaN123", str(rng.random())))
        )
    if kind == 1:
        return decimal.Decimal(rng.randrange(-(10**12), 10**12)).scaleb(rng.randrange(-20, 20))
    if kind == 2:
        return fractions.Fraction(integer() % 10**40, rng.choice((1, 7, 2**70)))
    return complex(floating(), floating())


def identifier():
    kind = rng.randrange(3)
    if kind == 0:
        return uuid.UUID(int=rng.choice((0, 1, 2**63, 2**64, 2**127, 2**128 - 1, rng.getrandbits(128))))
    if kind == 1:
        return rng.choice((ipaddress.IPv4Address, ipaddress.IPv4Network))(rng.getrandbits(32))
    return rng.choice((ipaddress.IPv6Address, ipaddress.IPv6Interface))(rng.getrandbits(128))


SEGMENTS = ("a", "b c", ".", "..", "", "/", "//", "///x", "/abs/y/", "c:", "C:\\w", "c:/v", "d:rel",
            "\\\\host\\share\\z", "//h/s", "x\\y", "it's", "\xe9", "\\root", "a//b/./c/")


def path():
    cls = rng.choice((pathlib.PurePosixPath, pathlib.PurePosixPath, pathlib.PureWindowsPath))
    return cls(*(rng.choice(SEGMENTS) for _ in range(rng.randrange(4))))


EXCEPTIONS = sorted(
    (cls for cls in vars(builtins).values()
     if isinstance(cls, type) and issubclass(cls, BaseException)),
    key=lambda cls: cls.__name__,
)
ERRNOS = (1, 2, 4, 5, 10, 11, 13, 17, 20, 32, 104, 110, 111, 114, 115, 999, True, -1, 2**70)


def syntax_place():
    parts = (
        rng.choice((None, "f", "/a/b c.py", "dir/", "", text(), 3)),
        rng.choice((None, 0, 7, -2, True, 2**63, -(2**64), "x", 1.5)),
        rng.choice((None, 2)),
        rng.choice((None, text())),
        1,
        2,
    )
    return rng.choice((tuple, list))(parts[: rng.choice((4, 6))])


def wide():
    points = (0, 0x61, 0xE9, 0xFF, 0x100, 0x20AC, 0xD800, 0xFFFF, 0x10000, 0x1F600)
    return "".join(chr(rng.choice(points)) for _ in range(rng.randrange(1, 5)))


def place_in(thing):
    start = rng.randrange(len(thing))
    end = rng.choice((start + 1, start + 1, start + 2, start, 0, len(thing), 10**6))
    return start, end, text()


def exception_args(cls):
    """Arguments that may fit the class, or some of any kind."""
    if issubclass(cls, UnicodeDecodeError):
        raw = b"ab\xff\xfe"[: rng.randrange(1, 5)]
        return (text(), rng.choice((bytes, bytearray))(raw), *place_in(raw))
    if issubclass(cls, UnicodeEncodeError):
        raw = wide()
        return (text(), raw, *place_in(raw))
    if issubclass(cls, UnicodeTranslateError):
        raw = wide()
        return (raw, *place_in(raw))
    kind = rng.randrange(4)
    if cls.__name__ in ("BaseExceptionGroup", "ExceptionGroup"):
        members = [rng.choice((ValueError, KeyError))(plain()) for _ in range(rng.choice((1, 3)))]
        return (text(), rng.choice((list, tuple))(members))
    if issubclass(cls, OSError) and kind:
        third = rng.choice((None, text(), text(), data(), 5, 0, True))
        args = (rng.choice(ERRNOS), rng.choice((text(), None)), third, None, text())
        return args[: rng.choice((2, 3, 3, 5))]
    if issubclass(cls, SyntaxError) and kind:
        return (rng.choice((text(), None, 5)), syntax_place())
    return tuple(plain() for _ in range(rng.choice((0, 1, 1, 2, 3, 6))))


def exception():
    """One that can be made and pickled."""
    while True:
        cls = rng.choice(EXCEPTIONS)
        try:
            made = cls(*exception_args(cls))
            pickle.loads(pickle.dumps(made, 2))
            return made
        except (TypeError, ValueError, OverflowError):
            pass  # arguments that the class refuses


def thing():
    return rng.choice(
        (int, str, dict, datetime.datetime, collections.OrderedDict, len, print, type(None),
         type(...), ValueError, Ellipsis, NotImplemented, range(rng.randrange(9)),
         range(1, 10, rng.choice((1, 2, -1))), slice(1), slice(None, plain(), 2), object)
    )


def status():
    if sys.version_info < (3, 13):
        return http.HTTPStatus.OK  # others got their names later
    return rng.choice(list(http.HTTPStatus))


def plain():
    kind = rng.randrange(9)
    if kind < 3:
        return text()
    if kind < 5:
        return integer()
    if kind < 7:
        return floating()
    return rng.choice((None, True, False, data(), bytearray(data())))


LEAVES = (moment, moment, time_of_day, date, timedelta, timezone, number, number, identifier, path,
          exception, exception, thing, status)


def leaf():
    return plain() if rng.randrange(2) else rng.choice(LEAVES)()


def key():
    return rng.choice((text, integer, date, lambda: (text(), integer()), data))()


def container(depth):
    def item():
        if pool and rng.randrange(6) == 0:
            return rng.choice(pool)
        return container(depth - 1) if depth > 0 and rng.randrange(3) == 0 else leaf()

    size = rng.choice((0, 1, 2, 3, 7))
    kind = rng.randrange(16)
    if kind < 2:
        made = [item() for _ in range(size)]
    elif kind < 4:
        made = tuple(item() for _ in range(size))
    elif kind < 6:
        made = {key(): item() for _ in range(size)}
    elif kind == 6:
        made = set(rng.sample(range(8), size)) if rng.randrange(2) else {key()}
    elif kind == 7:
        made = frozenset(rng.sample(range(8), size)) if rng.randrange(2) else frozenset({key()})
    elif kind == 8:
        made = collections.deque((item() for _ in range(size)), rng.choice((None, 3, 100)))
    elif kind == 9:
        made = collections.defaultdict(rng.choice((None, int, list, len)))
        made.update((key(), item()) for _ in range(size))
    elif kind == 10:
        counts = rng.choice((range(3), (1.5, 2, True, 0.0, -0.0, 0), (1, None), (2**70, 1, -(2**70), 2**64, -1),
                             (-(2**200), 2**70 + 1, 2**200, 2**70, -(2**70), -(2**70) - 1)))
        made = collections.Counter()
        for _ in range(size):
            made[key()] = rng.choice(counts)
    elif kind == 11:
        made = collections.UserDict((key(), item()) for _ in range(size))
    elif kind == 12:
        made = collections.UserList(item() for _ in range(size))
    elif kind == 13:
        maps = [{key(): item()} for _ in range(size)]
        made = rng.choice((collections.ChainMap(*maps), collections.UserString(text())))
    elif kind == 14 and sys.version_info >= (3, 12):
        made = collections.OrderedDict((key(), item()) for _ in range(size))
    elif sys.version_info < (3, 9):
        made = [item()]  # a SimpleNamespace sorted its names then
    else:
        made = types.SimpleNamespace(**{rng.choice("abcdef"): item() for _ in range(size)})
    if isinstance(made, (list, collections.deque, collections.UserList)) and rng.randrange(8) == 0:
        made.append(made)
    maps = (dict, collections.UserDict, collections.ChainMap)
    if isinstance(made, maps) and not isinstance(made, collections.Counter) and rng.randrange(8) == 0:
        made["self"] = made
    if rng.randrange(10) == 0:
        loop = ([],)
        loop[0].append(loop)
        made = [made, loop]
    if len(pool) < 50:
        pool.append(made)
    elif rng.randrange(3) == 0:
        pool[rng.randrange(50)] = made
    return made


def put(raw):
    sys.stdout.buffer.write(struct.pack(">L", len(raw)) + raw)


def put_case(value, protocol):
    try:
        raw = pickle.dumps(value, protocol)
        back = pickle.loads(raw)
        texts = (str(back), repr(back), ascii(back))
    except (ValueError, RecursionError):
        return  # what CPython itself refuses: too many digits, an embedded nul …
    if len(texts[1]) > 100_000:
        return
    put(raw)
    for part in texts:
        put(part.encode("utf-8", "surrogatepass"))


if SAME_UNICODE:
    # every code point there is
    for start in range(0, 0x110000, 256):
        put_case("".join(map(chr, range(start, start + 256))), 2)
for number_of_case in range(count):
    made = container(3) if rng.randrange(2) else leaf()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        put_case(made, protocol)
