"""What had to be dropped: counted by level, and told in a record when the server is there."""
from __future__ import annotations

import logging

from .native import original
from .record import LARGE, encode, own_record

# records in the buffer, and the part of it that each level may fill: DEBUG is refused first
MOST_RECORDS = 32768
_SHARES = ((logging.INFO, 0.6), (logging.WARNING, 0.75), (logging.ERROR, 0.9))

# bytes of records in the buffer that are larger than LARGE; the others are bounded by their number
MOST_LARGE_BYTES = 16 << 20


class Drops:
    """Shared by all threads that log and the sender."""

    def __init__(self) -> None:
        self._lock = original("_thread", "allocate_lock")()
        self._by_level: dict[int, int] = {}
        self._too_large = 0
        self._large_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._by_level) or self._too_large > 0

    @property
    def total(self) -> int:
        with self._lock:
            return sum(self._by_level.values()) + self._too_large

    def count(self, level: int, number: int = 1) -> None:
        with self._lock:
            self._by_level[level] = self._by_level.get(level, 0) + number

    def count_large(self) -> None:
        """A record that no frame of the server can hold."""
        with self._lock:
            self._too_large += 1

    def enters_buffer(self, level: int, records: int, size: int) -> bool:
        """Whether a record of `size` bytes may come to the `records` that are there."""
        share = next((part for end, part in _SHARES if level < end), 1.0)
        if records >= MOST_RECORDS * share:
            return False
        if size > LARGE:
            with self._lock:
                if self._large_bytes + size > MOST_LARGE_BYTES * share:
                    return False
                self._large_bytes += size
        return True

    def left_buffer(self, payload: bytes) -> None:
        if len(payload) > LARGE:
            with self._lock:
                self._large_bytes -= len(payload)

    def take_report(self) -> tuple[int, bytes]:
        """A record that tells of the drops, its level first; they are forgotten by that."""
        with self._lock:
            counts, self._by_level = sorted(self._by_level.items()), {}
            too_large, self._too_large = self._too_large, 0
        parts = [f"{number} {logging.getLevelName(level)}" for level, number in counts]
        if too_large:
            parts.append(f"{too_large} too large")
        total = sum(number for _, number in counts) + too_large
        records = "record was" if total == 1 else "records were"
        report = own_record(logging.WARNING, f"{total} {records} dropped: {', '.join(parts)}",
                            logyard_dropped=total)
        return logging.WARNING, encode(report)
