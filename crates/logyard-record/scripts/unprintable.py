"""Writes src/text/unprintable.rs: the code points that str.isprintable refuses, as ranges.

Run with the newest CPython whose rules are followed:

    python3.13 crates/logyard-record/scripts/unprintable.py > crates/logyard-record/src/text/unprintable.rs
"""
import sys
import unicodedata

FIRST = 0x7F  # below it: only the control characters, which the writer handles itself

ranges = []
for point in range(FIRST, 0x110000):
    if chr(point).isprintable():
        continue
    if ranges and ranges[-1][1] == point - 1:
        ranges[-1][1] = point
    else:
        ranges.append([point, point])

print("//! Made by scripts/unprintable.py: do not edit.")
print()
print("/// First and last code points of the ranges from U+007F on that `str.isprintable` refuses,")
print(f"/// by Unicode {unicodedata.unidata_version} (CPython {sys.version_info[0]}.{sys.version_info[1]}).")
print("#[rustfmt::skip]")
print(f"pub(super) static RANGES: [(u32, u32); {len(ranges)}] = [")
line = "   "
for first, last in ranges:
    item = f" ({first:#x}, {last:#x}),"
    if len(line) + len(item) > 100:
        print(line)
        line = "   "
    line += item
print(line)
print("];")
