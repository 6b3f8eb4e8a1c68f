"""Hostile bytes, by name: each is a list of streams, one connection each."""
import pickle
import random
import struct

from harness import frame, record

GIGABYTE = 1 << 30


def as_message(inner):
    """A record whose message is the hostile value `inner`, written by hand in protocol 2."""
    start = b"\x80\x02}(U\x04nameU\x01aU\x07levelnoK\x14U\x04argsNU\x03msg"
    return frame(start + inner + b"u.")


def calls(marker):
    """Pickles that call something, by every opcode that can; running one would make `marker`."""
    path = str(marker).encode()
    shell = b"touch " + path
    text = b"U" + bytes([len(shell)]) + shell
    unicode = b"X" + struct.pack("<I", len(shell)) + shell
    inner = [
        b"cposix\nsystem\n(" + text + b"tR",
        b"(S'" + shell + b"'\niposix\nsystem\n",
        b"(cposix\nsystem\n" + text + b"o",
        b"\x8c\x05posix\x8c\x06system\x93" + unicode + b"\x85R",
        b"csubprocess\nPopen\n((U\x05touch" + b"U" + bytes([len(path)]) + path + b"ltR",
        b"csubprocess\nPopen\n(U\x02ls}\x81",
        b"csubprocess\nPopen\n(U\x02ls)}\x92",
        b"cbuiltins\neval\n(X" + struct.pack("<I", len(path) + 12) + b"open('" + path + b"','w')tR",
        b"cos\nsystem\n(" + text + b"tR" + b"}b",
        b"c__builtin__\ngetattr\n(cos\n_wrap_close\nU\x08__init__tR",
        b"c_codecs\nencode\n(cos\nsystem\nU\x06latin1tR",
        b"ccopy_reg\n_reconstructor\n(cos\nsystem\nc__builtin__\nobject\nNtR",
        b"cbuiltins\nexec\n(" + text + b"tR",
    ]
    return [as_message(one) + record(f"call {i}") for i, one in enumerate(inner)] + [
        frame(b"\x80\x04" + one + b".") for one in inner]


def bombs():
    """Little on the wire, without end when copied out: each level holds the one below several times."""
    def levels(count, begin, again):
        body = begin + b"q\x00"
        for level in range(1, count):
            body += again.replace(b"@", bytes([level - 1])) + b"q" + bytes([level])
        return body

    lists = levels(60, b"]", b"](h@h@e")
    tuples = levels(200, b")", b"h@h@h@\x87")
    dicts = levels(100, b"}", b"}(K\x00h@K\x01h@u")
    texts = levels(40, b"X\xe8\x03\x00\x00" + b"x" * 1000, b"](" + b"h@" * 200 + b"e")
    wide = b"](" + b"X\x00\x00\x01\x00" + b"y" * 65536 + b"q\x00" + b"h\x00" * 200_000 + b"e"
    return [as_message(one) for one in (lists, tuples, dicts, texts, wide)] + [
        as_message(b"](" + b"2" * 1_000_000 + b"e"),
        as_message(b"K\x01" + b"2" * 3_000_000 + b"t"),
        as_message(b"U\x03%sx" + b"0" + b"U\x0c%2000000000s"),
        record("%2000000000d", args=(1,)), record("%.2000000000f", args=(1.0,)),
        record("%*d" * 3, args=(10**9, 1) * 3)]


def nests():
    """Nested 400,000 deep, and marks without end."""
    deep = 400_000
    return [as_message(b"]" * deep + b"a" * (deep - 1)), as_message(b")" + b"\x85" * deep),
            as_message(b"(" * deep + b"t" * deep), as_message(b"}" * deep + b"K\x01s" * (deep - 1)),
            frame(b"(" * 5_000_000), frame(b"]" * 5_000_000 + b"."),
            as_message(b"(l" + b"(lp1\nh\x01a" * 100_000),
            as_message(b"cdecimal\nDecimal\n(" * deep + b"tR" * deep),
            as_message(b"cx\ny\n" + b"\x85R" * deep), as_message(b"cx\ny\n)R" + b"}b" * deep)]


def announcements():
    """Lengths that are not there."""
    return [struct.pack(">L", GIGABYTE) + b"x" * 100, b"\xff\xff\xff\xff", b"\xff\xff\xff\xffxyz" * 99,
            frame(b"\x80\x02X\xff\xff\xff\x7f"), frame(b"\x80\x02X\xff\xff\xff\xff" + b"a" * 50),
            frame(b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f"), frame(b"\x80\x04\x8d" + b"\xff" * 8),
            frame(b"\x80\x02\x8b\xff\xff\xff\x7f"), frame(b"\x80\x02\x8b\xff\xff\xff\xff"),
            frame(b"\x80\x04\x95" + b"\xff" * 8 + b"."), frame(b"\x80\x05\x96" + b"\xff" * 8 + b"."),
            frame(b"T\xff\xff\xff\x7fabc."), frame(b"B\xff\xff\xff\x7fabc."),
            as_message(b"L" + b"9" * 3_000_000 + b"L\n"), as_message(b"I" + b"9" * 3_000_000 + b"\n"),
            as_message(b"F" + b"9" * 3_000_000 + b"\n"), as_message(b"\x8a\xff" + b"\xff" * 255)]


def memo_keys():
    """Memo keys below zero, huge, and never set."""
    puts = [b"p-1\n", b"p99999999999999999999\n", b"pabc\n", b"p\n", b"r\xff\xff\xff\xff",
            b"r\xff\xff\xff\x7f", b"p2147483647\n", b"p4294967296\n"]
    gets = [b"g-1\n", b"g5\n", b"h\x07", b"j\xff\xff\xff\xff", b"gx\n", b"g99999999999999999999\n"]
    return [as_message(b"K\x01" + one) for one in puts] + [as_message(one) for one in gets]


def stacks():
    """Opcodes with nothing on the stack, unknown opcodes, no STOP."""
    every = [bytes([opcode]) for opcode in range(256)]
    return [b"".join(frame(b"\x80\x02" + one + b".") for one in every),
            b"".join(frame(one) for one in every), b"".join(frame(b"}" + one * 3) for one in every),
            b"".join(frame(b"(K\x01K\x02" + one + b".") for one in every), frame(b"") * 10_000]


def truncations():
    whole = record("cut %s", args=({"a": [1, 2, (3, None)]},))
    return [whole[:cut] for cut in range(0, len(whole), 7)] + [
        frame(whole[4:cut]) for cut in range(4, len(whole), 3)]


def damage(seed=1, count=400):
    source, streams = random.Random(seed), []
    for number in range(count):
        protocol = number % 6
        extra = {"v": {"k": [1, 2.5, "x", (None, True)]}, "b": b"bytes", "s": {1, 2}}
        whole = bytearray(record(f"damaged {number}", protocol=protocol, **extra)[4:])
        for _ in range(source.randint(1, 6)):
            whole[source.randrange(len(whole))] = source.randrange(256)
        streams.append(frame(bytes(whole)))
    return streams


def not_pickles():
    return [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00" + b"\x01" * 600,
            frame(b'{"name": "a", "levelno": 20}'), frame(pickle.dumps(object())), bytes(100_000)]
