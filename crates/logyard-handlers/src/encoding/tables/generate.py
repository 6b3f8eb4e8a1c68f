"""Makes this folder's tables from the codecs and the character names of the CPython that runs it (3.13).

    python3.13 crates/logyard-handlers/src/encoding/tables/generate.py

A table `NAME.bin` maps characters to codes of 16 bits: the number of its blocks (u16), the blocks in
rising order, the codes. A block is sixteen characters: their number / 16, which of them are there
(one bit for each), and the index of the first one's code (u16 each). All numbers are little endian.

Codecs that differ little share a table: `shift_jis` is `jisx0208` by arithmetic, and its own table
has only what differs from that; code 0 is a character that it lacks. The arithmetic here is that of
multibyte.rs; a mistake in it would make tables larger, not wrong, if it is in both.
"""

import codecs
import collections
import encodings
import pathlib
import pkgutil
import struct
import sys

HERE = pathlib.Path(__file__).parent
BEYOND_ASCII = [c for c in range(0x80, 0x30000) if not 0xD800 <= c < 0xE000]
UNICODE = (
    'ascii charmap idna iso8859-1 punycode raw-unicode-escape undefined unicode-escape utf-16 '
    'utf-16-be utf-16-le utf-32 utf-32-be utf-32-le utf-7 utf-8 utf-8-sig'
).split()


def encoded(codec, chars=BEYOND_ASCII):
    """All characters that the codec has, with their bytes."""
    out = {}
    for c in chars:
        try:
            out[c] = chr(c).encode(codec)
        except UnicodeEncodeError:
            pass
    return out


def number(code):
    return int.from_bytes(code, 'big')


def u16(numbers):
    return b''.join(struct.pack('<H', n) for n in numbers)


def table(codes):
    blocks = collections.defaultdict(dict)
    for c, code in sorted(codes.items()):
        blocks[c >> 4][c & 15] = code
    head, values = [len(blocks)], []
    for block, members in blocks.items():
        head += [block, sum(1 << low for low in members), len(values)]
        values += members.values()
    return u16(head + values)


def write(name, data):
    (HERE / f'{name}.bin').write_bytes(data)
    print(f'{name:16} {len(data):7} bytes', file=sys.stderr)


def differences(codes, base):
    """What has to be looked up before `base`."""
    return {c: codes.get(c, 0) for c in sorted({*codes, *base}) if codes.get(c, 0) != base.get(c, 0)}


def shift_jis(code, plane=1):
    """The code in Shift_JIS of a code of seven bits in a plane of JIS X 0208 or 0213."""
    row, cell = (code >> 8) - 0x21, (code & 0xFF) - 0x21
    if plane == 2:
        row = 94 + ([0, 7, 2, 3, 4, 11, 12, 13, 14].index(row) if row < 77 else row - 68)
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = cell + 94 * (row % 2)
    return lead << 8 | trail + (0x40 if trail < 63 else 0x41)


HALF_WIDTH = range(0xFF61, 0xFFA0)


def japanese():
    euc = encoded('euc_jp')
    jisx0208 = {c: number(b) - 0x8080 for c, b in euc.items() if len(b) == 2 and b[0] != 0x8E}
    jisx0212 = {c: number(b[1:]) - 0x8080 for c, b in euc.items() if len(b) == 3}
    write('jisx0208', table(jisx0208))
    write('jisx0212', table(jisx0212))

    half = {c: c - 0xFEC0 for c in HALF_WIDTH}
    base = {c: shift_jis(code) for c, code in jisx0208.items()} | half
    for codec in ('shift_jis', 'cp932'):
        codes = {c: number(b) for c, b in encoded(codec).items()}
        write(codec, table(differences(codes, base)))

    # JIS X 0213: 7 bits and 7 bits, the high bit for plane 2.
    # The EUCs have JIS X 0212 besides, which Shift_JIS hasn't.
    def planes(codec):
        sjis = encoded(codec.replace('euc', 'shift'))
        euc = {c: b for c, b in encoded(codec).items() if c in sjis}
        one = {c: number(b) - 0x8080 for c, b in euc.items() if len(b) == 2 and b[0] != 0x8E}
        two = {c: number(b[1:]) - 0x0080 for c, b in euc.items() if len(b) == 3}
        return one | two

    latest, first = planes('euc_jis_2004'), planes('euc_jisx0213')
    write('jisx0213', table(differences(latest, jisx0208)))
    write('jisx0213_2000', table(differences(first, latest)))
    for codec, codes in (('shift_jis_2004', latest), ('shift_jisx0213', first)):
        base = {c: shift_jis(code & 0x7FFF, 2 if code & 0x8000 else 1)
                for c, code in codes.items()} | half
        real = {c: number(b) for c, b in encoded(codec, [*range(0x80), *BEYOND_ASCII]).items()}
        real = {c: code for c, code in real.items() if c != code}
        write(codec, table(differences(real, base)))
    pairs = pairs_of('euc_jis_2004')
    assert pairs == pairs_of('euc_jisx0213')
    write('pairs_jisx0213', u16(n for a, b, code in pairs for n in (a, b, code - 0x8080)))


def pairs_of(codec):
    """Two characters that have one code."""
    seconds = [0x2E5, 0x2E9, 0x300, 0x301, 0x304, 0x30C, 0x309A]
    firsts = encoded(codec, range(0x80, 0x10000))
    out = []
    for a in firsts:
        for b in seconds:
            try:
                both = (chr(a) + chr(b)).encode(codec)
            except UnicodeEncodeError:
                continue
            if len(both) == 2:
                out.append((a, b, number(both)))
    return sorted(out)


def korean():
    euc = {c: number(b) for c, b in encoded('euc_kr').items() if len(b) == 2}
    ksx1001 = {c: code - 0x8080 for c, code in euc.items()}
    write('ksx1001', table(ksx1001))
    cp949 = {c: number(b) for c, b in encoded('cp949').items()}
    write('cp949', table(differences(cp949, euc)))
    base = {}
    for c, code in ksx1001.items():
        row, cell = (code >> 8), (code & 0xFF) - 0x21
        if 0x21 <= row <= 0x2C or 0x4A <= row:
            t = row - 0x21 + (0x1B2 if row < 0x4A else 0x197)
            cell += 0x5E * (t & 1)
            base[c] = t >> 1 << 8 | cell + (0x31 if cell < 0x4E else 0x43)
    for c in range(0xAC00, 0xD7A4):
        initial, medial, final = (c - 0xAC00) // 588, (c - 0xAC00) // 28 % 21, (c - 0xAC00) % 28
        medial += 3 + 2 * ((medial + 1) // 6)
        final += 1 + (final > 16)
        base[c] = 0x8000 | (initial + 2) << 10 | medial << 5 | final
    johab = {c: number(b) for c, b in encoded('johab').items()}
    write('johab', table(differences(johab, base)))


def chinese():
    gb = {c: number(b) for c, b in encoded('gb2312').items()}
    write('gb2312', table({c: code - 0x8080 for c, code in gb.items()}))
    gbk = {c: number(b) for c, b in encoded('gbk').items()}
    write('gbk', table(differences(gbk, gb)))
    all_gb18030 = encoded('gb18030')
    two = {c: number(b) for c, b in all_gb18030.items() if len(b) == 2}
    write('gb18030', table(differences(two, gbk)))
    # Four bytes are a number of digits to the bases 126, 10, 126, 10: runs of characters whose
    # numbers follow one another, by the first character and its number.
    runs, before = [], None
    for c, b in all_gb18030.items():
        if len(b) == 4 and c < 0x10000:
            n = (((b[0] - 0x81) * 10 + b[1] - 0x30) * 126 + b[2] - 0x81) * 10 + b[3] - 0x30
            if before != (c - 1, n - 1):
                runs += [c, n]
            before = c, n
    write('gb18030_runs', u16(runs))
    big5 = {c: number(b) for c, b in encoded('big5').items()}
    write('big5', table(big5))
    for codec in ('cp950', 'big5hkscs'):
        codes = {c: number(b) for c, b in encoded(codec).items()}
        write(codec, table(differences(codes, big5)))
    write('pairs_big5hkscs', u16(n for pair in pairs_of('big5hkscs') for n in pair))


def single_bytes():
    """`charmaps.bin`: for each codec the length of its name, the name, 1 if it has ASCII, the number
    less one of other characters, those (u16, rising), their bytes."""
    names = set()
    for module in pkgutil.iter_modules(encodings.__path__):
        try:
            info = codecs.lookup(module.name)
        except LookupError:
            continue
        if info._is_text_encoding and info.name not in UNICODE:
            names.add(info.name)
    data = b''
    for name in sorted(names):
        codes = encoded(name, range(0x10000))
        if any(len(b) > 1 for b in codes.values()):
            continue
        ascii = all(codes.get(c) == bytes([c]) for c in range(0x80))
        if ascii:
            codes = {c: b for c, b in codes.items() if c >= 0x80}
        data += bytes([len(name)]) + name.encode() + bytes([ascii, len(codes) - 1])
        data += u16(codes) + b''.join(codes.values())
    write('charmaps', data)


def character_names():
    """What `namereplace` puts for characters, but for those whose names are a word and their number,
    and Hangul syllables.

    `words.bin` are the words, each after its length, the commonest first; `word_index.bin` where each
    sixteenth starts (u32). `names.bin` are groups of at most 32 names of successive characters. A name
    is a byte (words it shares with the one before * 16 + number of others) and the others: a word is
    its number in one byte below COMMON, or two: number - COMMON + (COMMON << 8), big endian.
    `name_index.bin` has for each group the first character, the number of names (u8) and the group's
    start (u24). `name_ranges.bin` has the others: first and last character (u24), the length of the
    word, the word.
    """
    common = 200
    names, ranges = {}, []
    for c in range(0x110000):
        if 0xD800 <= c < 0xE000 or 0xAC00 <= c <= 0xD7A3:
            continue
        # Not all codecs have all of ASCII.
        name = codecs.namereplace_errors(UnicodeEncodeError('', chr(c), 0, 1, ''))[0]
        if not name.startswith('\\N{'):
            continue
        name = name[3:-1]
        if name.endswith(f'-{c:X}'):
            word = name[: -len(f'{c:X}')]
            if ranges and ranges[-1][1:] == [c - 1, word]:
                ranges[-1][1] = c
            else:
                ranges.append([c, c, word])
        else:
            names[c] = name.split(' ')
    count = collections.Counter(word for name in names.values() for word in name)
    words = sorted(count, key=lambda word: (-count[word], word))
    index = {word: n for n, word in enumerate(words)}
    data, starts = b'', b''
    for n, word in enumerate(words):
        if n % 16 == 0:
            starts += struct.pack('<I', len(data))
        data += bytes([len(word)]) + word.encode()
    write('words', data)
    write('word_index', starts)

    data, groups, before, shared_with = bytearray(), [], None, []
    for c, name in names.items():
        if before != c - 1 or groups[-1][1] == 32:
            groups.append([c, 0, len(data)])
            shared_with = []
        groups[-1][1] += 1
        same = 0
        while same < min(len(name) - 1, len(shared_with)) and name[same] == shared_with[same]:
            same += 1
        assert same < 16 and len(name) - same < 16
        data.append(same << 4 | len(name) - same)
        for word in name[same:]:
            n = index[word]
            data += bytes([n]) if n < common else struct.pack('>H', n - common + (common << 8))
        before, shared_with = c, name
    write('names', bytes(data))
    u24 = lambda n: struct.pack('<I', n)[:3]
    write('name_index', b''.join(u24(c) + bytes([n]) + u24(at) for c, n, at in groups))
    write('name_ranges', b''.join(
        u24(first) + u24(last) + bytes([len(word)]) + word.encode() for first, last, word in ranges))


if __name__ == '__main__':
    if sys.version_info[:2] != (3, 13):
        sys.exit('the tables are those of CPython 3.13')
    japanese()
    korean()
    chinese()
    single_bytes()
    character_names()
