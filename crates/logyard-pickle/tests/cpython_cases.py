"""Random pickles with what CPython's own unpickler makes of them, one case a line, for cpython.rs.

usage: cpython_cases.py SEED CASES MUTATIONS

A line is the pickle in hex, a space, and the dump of its value ('refused' if it is not taken). The
reference is pickle._Unpickler, the real machine, with a find_class that gives symbols in place of
classes: what is called stays visible as its class, arguments and state, and nothing is imported.
"""

import codecs
import collections
import datetime
import decimal
import enum
import fractions
import pathlib
import pickle
import pickletools
import random
import struct
import sys
import uuid
import _compat_pickle


# ── the reference ──


class NotPlain(Exception):
    pass


class Sym:
    """A class or function that was only named."""

    def __init__(self, module, name, plain=None):
        self.module, self.name, self.plain = module, name, plain
        # an instance's attribute, for NEWOBJ asks the class itself
        self.__new__ = lambda cls, *args, **kwargs: Obj(cls, args, kwargs)

    def __call__(self, *args):
        if self.plain:
            try:
                return self.plain(*args)
            except NotPlain:
                pass
        return Obj(self, args, {})


class Obj:
    """What calling one would give."""

    def __init__(self, callable, args, kwargs):
        if not isinstance(callable, (Sym, Obj)):
            raise TypeError
        self.callable, self.args, self.kwargs = callable, args, kwargs
        self.items, self.pairs = [], {}
        self.__new__ = lambda cls, *args, **kwargs: Obj(cls, args, kwargs)

    def __call__(self, *args):
        return Obj(self, args, {})

    def __setstate__(self, state):
        self.state = state

    def __setitem__(self, key, value):
        self.pairs[key] = value

    def extend(self, items):
        self.items.extend(items)

    def append(self, item):
        self.items.append(item)

    add = append


def encode(*args):
    if len(args) == 2 and type(args[0]) is str and args[1] in ("latin1", "latin-1"):
        try:
            return codecs.encode(*args)
        except UnicodeEncodeError:
            pass
    raise NotPlain


def to_bytes(*args):
    if not args:
        return b""
    if len(args) == 1 and type(args[0]) is bytes:
        return args[0]
    raise NotPlain


def to_bytearray(*args):
    return bytearray(encode(*args) if len(args) == 2 else to_bytes(*args))


def collect(kind):
    def call(*args):
        if not args:
            return kind()
        if len(args) == 1 and type(args[0]) in (list, tuple, set, frozenset):
            return kind(args[0])
        raise NotPlain

    return call


def to_complex(*args):
    if len(args) == 2 and all(type(arg) in (int, float) for arg in args):
        return complex(*args)
    raise NotPlain


def reconstructor(*args):
    if len(args) == 3 and isinstance(args[0], Sym):
        cls, base, state = args
        is_object = isinstance(base, Sym) and (base.module, base.name) == ("builtins", "object")
        return Obj(cls, () if is_object else (state,), {})
    raise NotPlain


def newobj(*args):
    if args and isinstance(args[0], Sym):
        return Obj(args[0], args[1:], {})
    raise NotPlain


PLAIN = {
    ("_codecs", "encode"): encode,
    ("builtins", "bytes"): to_bytes,
    ("builtins", "bytearray"): to_bytearray,
    ("builtins", "set"): collect(set),
    ("builtins", "frozenset"): collect(frozenset),
    ("builtins", "complex"): to_complex,
    ("copyreg", "_reconstructor"): reconstructor,
    ("copyreg", "__newobj__"): newobj,
}


class Unpickler(pickle._Unpickler):
    def find_class(self, module, name):
        if self.proto < 3:
            if (module, name) in _compat_pickle.NAME_MAPPING:
                module, name = _compat_pickle.NAME_MAPPING[module, name]
            elif module in _compat_pickle.IMPORT_MAPPING:
                module = _compat_pickle.IMPORT_MAPPING[module]
        if (module, name) == ("builtins", "Ellipsis"):
            return ...
        if (module, name) == ("builtins", "NotImplemented"):
            return NotImplemented
        return Sym(module, name, PLAIN.get((module, name)))

    def get_extension(self, code):
        if code <= 0:
            raise pickle.UnpicklingError
        self.append(Sym("copyreg", "extension_%d" % code))

    def load_bytearray8(self):
        # without making room first for whatever length a damaged pickle has
        (length,) = struct.unpack("<Q", self.read(8))
        self.append(bytearray(self.read(length)))

    dispatch = {**pickle._Unpickler.dispatch, pickle.BYTEARRAY8[0]: load_bytearray8}


def reference(data):
    import io

    return Unpickler(io.BytesIO(data)).load()


def text(value):
    return value.encode("utf-8", "surrogatepass").hex()


def double(value):
    return "nan" if value != value else struct.pack(">d", value).hex()


def dump(value, seen):
    """The value in one line; `seen` numbers what can be shared (None: in a set, where it isn't)."""
    kind = type(value)
    if value is None or value is ... or value is NotImplemented:
        return repr(value)
    if kind is bool:
        return repr(value)
    if kind is int:
        if -(1 << 63) <= value < 1 << 63:
            return "i%d" % value
        bits = (value + 1 if value < 0 else value).bit_length()
        return "I" + value.to_bytes(bits // 8 + 1, "little", signed=True).hex()
    if kind is float:
        return "f" + double(value)
    if kind is complex:
        return "c%s,%s" % (double(value.real), double(value.imag))
    if kind is str:
        return "s" + text(value)
    if kind is bytes:
        return "b" + value.hex()
    if kind is bytearray:
        return "B" + value.hex()
    if kind is Sym:
        return "C<%s.%s>" % (text(value.module), text(value.name))
    number = ""
    # CPython has but one empty tuple and one empty frozenset
    if seen is not None and not (kind in (tuple, frozenset) and not value):
        if id(value) in seen:
            return "@%d" % seen[id(value)][0]
        seen[id(value)] = len(seen), value
        number = "%d" % seen[id(value)][0]
    if kind in (tuple, list):
        return "%s%s[%s]" % ("T" if kind is tuple else "L", number, many(value, seen))
    if kind in (set, frozenset):
        items = ",".join(sorted(dump(item, None) for item in value))
        return "%s%s[%s]" % ("S" if kind is set else "F", number, items)
    if kind is dict:
        return "D%s{%s}" % (number, pairs(value, seen))
    assert kind is Obj, kind
    parts = "O%s%s(%s)" % (number, dump(value.callable, seen), many(value.args, seen))
    if value.kwargs:
        parts += "k{%s}" % pairs(value.kwargs, seen)
    if hasattr(value, "state"):
        parts += "s" + dump(value.state, seen)
    if value.items:
        parts += "[%s]" % many(value.items, seen)
    if value.pairs:
        parts += "{%s}" % pairs(value.pairs, seen)
    return parts


def many(values, seen):
    return ",".join([dump(value, seen) for value in values])


def pairs(mapping, seen):
    return ",".join([dump(k, seen) + ":" + dump(v, seen) for k, v in mapping.items()])


# ── the cases ──


class Color(enum.Enum):
    RED = 1


class Plain:
    pass


class Text(str):
    pass


class Slots:
    __slots__ = ("a", "b")


class Extended:
    def __getnewargs_ex__(self):
        return (1, "two"), {"three": 3}

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)


class Whole:
    def __reduce_ex__(self, protocol):
        return object.__reduce_ex__(self, 4)


Point = collections.namedtuple("Point", "x y")


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pool = []

    def integer(self):
        r = self.random
        around = r.choice([0, 1 << 8, 1 << 16, 1 << 31, 1 << 32, 1 << 63, 1 << 64, 10**40])
        value = r.choice([1, -1]) * around + r.randrange(-3, 4)
        return r.choice([value, r.randrange(-100, 300), r.getrandbits(r.randrange(1, 2200))])

    def float(self):
        r = self.random
        return r.choice(
            [
                r.uniform(-1, 1),
                float(r.randrange(-1000, 1000)),
                struct.unpack("<d", r.getrandbits(64).to_bytes(8, "little"))[0],
                r.choice([0.0, -0.0, 1e308, 5e-324, float("inf"), float("-inf"), float("nan")]),
            ]
        )

    def string(self):
        r = self.random
        ranges = r.choice(
            [(32, 127)] * 5 + [(0, 128), (0, 256), (0, 0xD800), (0x1F300, 0x1F600), (0xD800, 0xE000)]
        )
        chars = [chr(r.randrange(*ranges)) for _ in range(r.randrange(12))]
        for _ in range(r.randrange(3)):
            chars.insert(r.randrange(len(chars) + 1), r.choice("\\\n'\"u\0\r\x1aé\udcff\\"))
        text = "".join(chars)
        return text * r.choice([1, 1, 1, 1, 40])

    def scalar(self):
        r = self.random
        which = r.randrange(12)
        if which < 3:
            return self.string()
        if which < 5:
            return self.integer()
        if which == 5:
            return self.float()
        if which == 6:
            return r.choice([True, False])
        if which == 7:
            return bytes(r.randrange(256) for _ in range(r.choice([0, 1, 5, 300])))
        if which == 8:
            return complex(self.float(), self.float())
        if which == 9:
            return r.choice([..., NotImplemented])
        return None

    def hashable(self):
        r = self.random
        if r.random() < 0.1:
            return tuple(self.scalar() for _ in range(r.randrange(4)))
        return self.scalar()

    def thing(self, depth):
        """An object of some class."""
        r = self.random
        which = r.randrange(17)
        if which == 0:
            value = Plain()
            value.__dict__.update({"a%d" % i: self.value(depth) for i in range(r.randrange(3))})
            return value
        if which == 1:
            return collections.OrderedDict((self.hashable(), self.value(depth)) for _ in range(3))
        if which == 2:
            return collections.deque([self.value(depth) for _ in range(r.randrange(4))])
        if which == 3:
            value = collections.defaultdict(list)
            value[self.hashable()] = self.value(depth)
            return value
        if which == 4:
            value = ValueError(self.value(depth), 2)
            if r.random() < 0.5:
                value.extra = self.value(depth)
            return value
        if which == 5:
            return datetime.datetime(2026, 11, 22, 7, 0, 0, 5, datetime.timezone.utc)
        if which == 6:
            return datetime.timedelta(3, 4)
        if which == 7:
            return decimal.Decimal("19.99")
        if which == 8:
            return uuid.UUID(int=r.getrandbits(128))
        if which == 9:
            return fractions.Fraction(1, 3)
        if which == 10:
            return r.choice([range(3), Color.RED, Plain, len, pathlib.PurePosixPath("a/b")])
        if which == 11:
            return Point(self.value(depth), 1)
        if which == 12:
            return Text(self.string())
        if which == 13:
            value = Slots()
            value.a = self.value(depth)
            return value
        if which == 14:
            return Extended()
        if which == 15:
            return Whole()
        return collections.Counter("abca")

    def value(self, depth=4):
        r = self.random
        if depth == 0 or r.random() < 0.35:
            return self.scalar()
        if self.pool and r.random() < 0.15:
            return r.choice(self.pool)
        which = r.randrange(11)
        if which < 3:
            value = []
            self.pool.append(value)
            value.extend(self.value(depth - 1) for _ in range(r.choice([0, 1, 2, 5])))
        elif which < 6:
            value = {}
            self.pool.append(value)
            for _ in range(r.choice([0, 1, 2, 5, 5, 80])):
                value[self.hashable()] = self.value(r.choice([0, depth - 1]))
        elif which < 8:
            value = tuple(self.value(depth - 1) for _ in range(r.randrange(5)))
        elif which == 8:
            kind = r.choice([set, frozenset])
            value = kind(self.hashable() for _ in range(r.choice([0, 1, 3, 70])))
        elif which == 9:
            value = bytearray(r.randrange(256) for _ in range(r.randrange(8)))
        else:
            value = self.thing(depth - 1)
        self.pool.append(value)
        return value

    def case(self):
        r = self.random
        self.pool = []
        value = self.value()
        # cycles
        for _ in range(r.randrange(3)):
            if self.pool:
                target, other = r.choice(self.pool), r.choice(self.pool)
                if type(target) is list:
                    target.append(other)
                elif type(target) is dict:
                    target[self.hashable()] = other
        protocol = r.randrange(pickle.HIGHEST_PROTOCOL + 1)
        dumps = r.choice([pickle.dumps, pickle.dumps, pickle._dumps])
        data = dumps(value, protocol)
        if r.random() < 0.1:
            data = pickletools.optimize(data)
        return data

    def mutation(self, data):
        r = self.random
        data = bytearray(data)
        for _ in range(r.choice([1, 1, 2, 4])):
            at = r.randrange(len(data))
            which = r.randrange(4)
            if which == 0:
                data[at] = r.choice(b"(.012FIJKLMNRSTUVXabcd}eghijl]opqrst)uG\x81\x85\x88\x8a\x94")
            elif which == 1:
                data[at] ^= 1 << r.randrange(8)
            elif which == 2:
                del data[at : at + r.randrange(1, 8)]
            else:
                data[at:at] = data[r.randrange(len(data)) :][: r.randrange(1, 20)]
            if not data:
                return b"."
        return bytes(data)


def has_big_put(data):
    """CPython's C unpickler makes room for any key; the pure one doesn't care, ours has a limit."""
    try:
        return any(
            op.name in ("PUT", "LONG_BINPUT") and not 0 <= arg < 1000000
            for op, arg, _ in pickletools.genops(data)
        )
    except Exception:
        return False


def main():
    seed, cases, mutations = map(int, sys.argv[1:])
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(4300)
    maker = Maker(seed)
    out = []

    def report(data, value):
        try:
            line = dump(value, {})
        except RecursionError:
            return
        out.append("%s %s\n" % (data.hex(), line))

    corpus = []
    while len(out) < cases:
        try:
            data = maker.case()
        except (TypeError, pickle.PicklingError, RecursionError):
            # unhashable after all, or slots with a protocol that can't
            continue
        report(data, reference(data))
        if len(data) < 600:
            corpus.append(data)
    for _ in range(mutations):
        data = maker.mutation(maker.random.choice(corpus))
        if has_big_put(data):
            continue
        try:
            value = reference(data)
        except Exception:
            out.append("%s refused\n" % data.hex())
            continue
        try:
            report(data, value)
        except (UnicodeEncodeError, AssertionError):
            pass
    sys.stdout.write("".join(out))


main()
