"""What could not be sent yet, in a file: one for each process, appended to, each record with a checksum.

The file begins with two lines, `LOGYARD-SPOOL 1` and a JSON object that says whose it is. Then come records: 4 bytes
of a mark, a CRC-32 of the client's id and all that follows, the payload's length, the level, the number, the
payload. A record of another spool that somebody has logged is none of this one. docs/client.md has the format.
"""
from __future__ import annotations

import json
import struct
import zlib
from typing import Any, Iterator, NamedTuple, Sequence

from .files import Store

TITLE = b"LOGYARD-SPOOL "
VERSION = b"1"
MARK = b"\xe3LYR"

# mark, checksum; then, under the checksum: length, level, number
_HEAD = struct.Struct(">4sL")
_BODY = struct.Struct(">LlQ")
HEAD = _HEAD.size + _BODY.size

# no record is longer: the server's frames end at 16 MiB
LONGEST = 16 << 20

# the title and who wrote it
LONGEST_HEADER = 4096

# bytes that are read at once
PIECE = 1 << 18

# a spool that is full gives a quarter of its room to what matters more, at the least possible cost
ROOM = 4


class Entry(NamedTuple):
    number: int
    level: int
    payload: bytes
    # where the next one begins
    end: int


class Damage(NamedTuple):
    """Bytes of a file that are no record."""

    start: int
    end: int


class BadHeader(Exception):
    """The file is no spool of this version; the text says why."""


def header(about: dict[str, Any]) -> bytes:
    return TITLE + VERSION + b"\n" + json.dumps(about).encode() + b"\n"


def read_header(store: Store) -> tuple[dict[str, Any], int]:
    """Who wrote the spool, and where its records begin."""
    lines = store.read(0, LONGEST_HEADER).split(b"\n", 2)
    if len(lines) < 3 or not lines[0].startswith(TITLE):
        raise BadHeader("it does not begin as a spool does")
    if lines[0] != TITLE + VERSION:
        version = lines[0][len(TITLE):].decode("ascii", "replace")
        raise BadHeader(f"it is of version {version}, and this logyard reads version 1")
    try:
        about = json.loads(lines[1].decode("utf-8"))
        client = about["client"]
        bytes.fromhex(client)
    except (ValueError, KeyError, TypeError) as error:
        raise BadHeader("its second line does not say whose it is") from error
    if len(client) != 32:
        raise BadHeader("its second line does not say whose it is")
    return about, len(lines[0]) + len(lines[1]) + 2


def seed_of(about: dict[str, Any]) -> int:
    """What the checksums of a client's spool begin with."""
    return zlib.crc32(bytes.fromhex(about["client"]))


def record(number: int, level: int, payload: bytes, seed: int) -> bytes:
    body = _BODY.pack(len(payload), max(-1 << 31, min(level, (1 << 31) - 1)), number) + payload
    return _HEAD.pack(MARK, zlib.crc32(body, seed)) + body


def records(store: Store, start: int, seed: int) -> Iterator[Any]:
    """Each `Entry` from `start` on, and a `Damage` for each stretch between that is none."""
    at, last = start, 0
    piece, base = b"", start
    while at < store.size:
        if at - base + HEAD > len(piece):
            piece, base = store.read(at, PIECE), at
        entry = _read(piece, at - base, last, seed)
        if entry is None and at - base > 0:  # it may go on behind the piece
            piece, base = store.read(at, PIECE), at
            entry = _read(piece, 0, last, seed)
        if entry is None:
            length = _length(piece)
            if length is not None and length + HEAD > len(piece):
                piece = store.read(at, length + HEAD)
                entry = _read(piece, 0, last, seed)
        if entry is None:
            end = _next_mark(store, at + 1, last, seed)
            yield Damage(at, end)
            at = end
            continue
        number, level, payload = entry
        at += HEAD + len(payload)
        last = number
        yield Entry(number, level, payload, at)


def _length(piece: bytes) -> int | None:
    if len(piece) < HEAD or piece[:4] != MARK:
        return None
    length: int = _BODY.unpack_from(piece, _HEAD.size)[0]
    return length if length <= LONGEST else None


def _read(piece: bytes, at: int, last: int, seed: int) -> tuple[int, int, bytes] | None:
    """The record that begins here, if one does and its number is above the last one's."""
    if len(piece) - at < HEAD:
        return None
    mark, checksum = _HEAD.unpack_from(piece, at)
    length, level, number = _BODY.unpack_from(piece, at + _HEAD.size)
    end = at + HEAD + length
    if mark != MARK or length > LONGEST or end > len(piece) or number <= last:
        return None
    if zlib.crc32(memoryview(piece)[at + _HEAD.size:end], seed) != checksum:
        return None
    return number, level, piece[at + HEAD:end]


def _next_mark(store: Store, start: int, last: int, seed: int) -> int:
    """Where the next record begins; the file's end if there is none."""
    at = start
    while at < store.size:
        piece = store.read(at, PIECE)
        found = piece.find(MARK)
        while found >= 0:
            whole = piece[found:]
            length = _length(whole if len(whole) >= HEAD else store.read(at + found, HEAD))
            if length is not None:
                whole = store.read(at + found, HEAD + length)
                if _read(whole, 0, last, seed) is not None:
                    return at + found
            found = piece.find(MARK, found + 1)
        if len(piece) < PIECE:
            break
        at += len(piece) - len(MARK) + 1
    return store.size


class Spool:
    """A process's own spool. Its records are in order, and `unsent` is where those begin that are to be sent."""

    def __init__(self, store: Store, about: dict[str, Any], limit: int) -> None:
        self.store = store
        self._limit = limit
        self._seed = seed_of(about)
        self.last = 0
        head = header(about)
        store.truncate(0)
        store.append(head)
        self._start = self._cursor = len(head)
        # numbers up to here were acknowledged
        self._acknowledged = 0
        # below this level there was nothing to be had when room was looked for
        self._no_room_below = -1 << 31

    @property
    def is_empty(self) -> bool:
        """Whether all that was in it is acknowledged."""
        return self.store.size <= self._start

    @property
    def has_unsent(self) -> bool:
        return self._cursor < self.store.size

    @property
    def size(self) -> int:
        return self.store.size

    def count(self) -> int:
        """How many records are in it that were not acknowledged."""
        entries = (entry for entry in records(self.store, self._start, self._seed) if isinstance(entry, Entry))
        return sum(entry.number > self._acknowledged for entry in entries)

    def append(self, number: int, items: Sequence[tuple[int, bytes]], beyond: bool = False) -> int:
        """Takes levels and pickles, numbered from `number` on, as far as there is room; returns how many.

        `beyond`: the limit does not count. OSError: the disk takes none of them; the file is as before.
        """
        made: list[bytes] = []
        size = self.store.size
        for level, payload in items:
            size += HEAD + len(payload)
            if not beyond and size > self._limit:
                break
            made.append(record(number + len(made), level, payload, self._seed))
        if made:
            self.store.append(b"".join(made))
            self.last = number + len(made) - 1
        return len(made)

    def skip_all(self) -> None:
        """All that is in it has been sent."""
        self._cursor = self.store.size

    def sent(self, entry: Entry) -> None:
        """The next to be sent is the one after this."""
        self._cursor = entry.end

    def next_entries(self, most: int) -> list[Entry]:
        """What is to be sent next: some of `most` bytes, at least one. It is not known as sent by that."""
        entries: list[Entry] = []
        size = 0
        for entry in records(self.store, self._cursor, self._seed):
            if isinstance(entry, Damage):
                continue  # of a process that lives, nobody but the disk can have done that
            if entries and (size + len(entry.payload) > most or entry.number != entries[-1].number + 1):
                break
            entries.append(entry)
            size += len(entry.payload)
            if size >= most:
                break
        if not entries:
            self._cursor = self.store.size
        return entries

    def acknowledged(self, number: int) -> None:
        """All up to this number have been taken. What is in the file goes when that is all of it."""
        self._acknowledged = max(self._acknowledged, number)
        if self.last <= number and not self.is_empty and not self.has_unsent:
            self.store.truncate(self._start)
            self._cursor = self._start
            self._no_room_below = -1 << 31

    def rewind(self) -> None:
        """The connection is gone: what was not acknowledged will be sent again."""
        self._cursor = self._start
        for entry in records(self.store, self._start, self._seed):
            if isinstance(entry, Entry) and entry.number > self._acknowledged:
                break
            self._cursor = entry.end
        else:
            if not self.is_empty:
                self.store.truncate(self._start)
                self._cursor = self._start

    def make_room(self, level: int, sent_to: int) -> dict[int, int] | None:
        """Makes room for a record of this level: what was acknowledged goes, then the least of what is below it.

        Numbers up to `sent_to` are known to the server, perhaps: those records stay as they are; the others are
        numbered anew. Returns how many were dropped of each level; None if there is nothing to be had.
        """
        if level <= self._no_room_below:
            return None
        goal = self._limit // ROOM
        # by level, the bytes that could go
        sizes: dict[int, int] = {}
        done = 0
        for entry in records(self.store, self._start, self._seed):
            if isinstance(entry, Entry):
                size = HEAD + len(entry.payload)
                if entry.number <= self._acknowledged:
                    done += size
                elif entry.number > sent_to and entry.level < level:
                    sizes[entry.level] = sizes.get(entry.level, 0) + size
        if done + sum(sizes.values()) < min(goal, self._limit // 64):
            self._no_room_below = level
            return None
        victims = self._victims(sizes, goal - done)
        return self._rewrite(victims, sent_to)

    @staticmethod
    def _victims(sizes: dict[int, int], needed: int) -> dict[int, int]:
        """How many bytes of each level go, the lowest first."""
        victims = {}
        for level in sorted(sizes):
            if needed <= 0:
                break
            victims[level] = min(sizes[level], needed)
            needed -= sizes[level]
        return victims

    def _rewrite(self, victims: dict[int, int], sent_to: int) -> dict[int, int]:
        kept = [self.store.read(0, self._start)]
        at = cursor = self._start
        number = sent_to
        dropped: dict[int, int] = {}
        for entry in records(self.store, self._start, self._seed):
            if not isinstance(entry, Entry):
                continue
            if entry.number <= self._acknowledged:
                continue
            size = HEAD + len(entry.payload)
            if entry.number > sent_to and victims.get(entry.level, 0) > 0:
                victims[entry.level] -= size
                dropped[entry.level] = dropped.get(entry.level, 0) + 1
                continue
            if entry.number > sent_to:
                number += 1
                kept.append(record(number, entry.level, entry.payload, self._seed))
            else:
                kept.append(record(entry.number, entry.level, entry.payload, self._seed))
            at += size
            if entry.end <= self._cursor:
                cursor = at
        self.store.replace(b"".join(kept))
        self._cursor = cursor
        self.last = number
        return dropped

    def close(self) -> None:
        """Ends it; a file in which nothing is left goes."""
        self.store.close(keep=not self.is_empty)

    def abandon(self) -> None:
        """Lets go of it without a change: it is the parent's, and this process is its child."""
        self.store.abandon()
