"""What the processes that share a log file tell each other: a small file beside it.

``.app.log.rollover`` belongs to ``app.log``. Its content, in the machine's byte order:

====== ===== =====
offset bytes what
====== ===== =====
0      8     generation, counted by 4; its last two bits say how far a rollover has come
8      1     1 if somebody waits for the lock
16     8     when a timed rollover is due (double, seconds since 1970; 0 if none is known)
24     2     length of the name that follows
26     4096  where the rollover that is under way puts the file
====== ===== =====

``flock`` on it is the lock of rollovers. It is read by ``pread``, not mapped: a mapping would let anybody who
truncates the file kill all processes by SIGBUS.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from typing import Iterator

# How far a rollover has come. One that is not IDLE while nobody has the lock was left by a killed process.
IDLE, SHIFTING, ROTATING, ROTATED = range(4)

_GENERATION = struct.Struct("=Q")
_ROLLOVER_AT = struct.Struct("=d")
_LENGTH = struct.Struct("=H")
_TOKEN = 9  # the generation and whether somebody waits
_WAITING, _ROLLOVER_AT_AT, _DEST_AT, _SIZE = 8, 16, 24, 26 + 4096


class Rollover:
    """One handler's view of that file. Not safe for several threads: handlers have a lock."""

    def __init__(self, log: str) -> None:
        folder, name = os.path.split(log)
        self.path = os.path.join(folder, "." + name + ".rollover")
        self.fd = self._open()

    def _open(self) -> int:
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except PermissionError:
            # a process with fewer rights than the one that made it can still follow
            return os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        if os.fstat(fd).st_size < _SIZE:
            # only grows: whoever is faster has written the same, or more
            os.pwrite(fd, b"\0", _SIZE - 1)
        return fd

    def close(self) -> None:
        os.close(self.fd)
        self.fd = -1

    def after_fork(self) -> None:
        """In the child: a lock belongs to an open file, and the child must have one of its own."""
        try:
            fd = self._open()
        except OSError:
            # reading this gives no token, so the next record tries again, and tells why it can't
            fd = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        os.dup2(fd, self.fd, inheritable=False)
        os.close(fd)

    def token(self) -> bytes:
        """What a handler compares before each record: the same bytes as long as the file is the same."""
        return os.pread(self.fd, _TOKEN, 0)

    def current(self) -> bytes:
        """The token of those who need not wait."""
        return self.token()[:_WAITING] + b"\0"

    def in_place(self) -> bool:
        """Whether the file is still the one that others find."""
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self.fd))
        except FileNotFoundError:
            return False

    def lock(self) -> None:
        """The lock of rollovers, which the kernel takes from whoever dies."""
        while True:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say_waiting(b"\1")
                fcntl.flock(self.fd, fcntl.LOCK_EX)
            if self.token()[_WAITING:] != b"\0":
                self._say_waiting(b"\0")
            if self.in_place():
                return
            self.after_fork()  # somebody has removed it, and others have another

    def _say_waiting(self, what: bytes) -> None:
        # those that share the lock for each record would not let this one in
        with contextlib.suppress(OSError):
            os.pwrite(self.fd, what, _WAITING)

    def unlock(self) -> None:
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Keeps others from rolling over meanwhile."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(self.fd, fcntl.LOCK_UN)

    # The rest needs the lock.

    def _generation(self) -> int:
        return _GENERATION.unpack(os.pread(self.fd, 8, 0))[0]

    def phase(self) -> int:
        return self._generation() & 3

    def set_phase(self, phase: int) -> None:
        self._write_generation(self._generation() & ~3 | phase)

    def set_rotating(self, dest: str) -> None:
        name = os.fsencode(dest)[:4096]
        os.pwrite(self.fd, _LENGTH.pack(len(name)) + name, _DEST_AT)
        self.set_phase(ROTATING)

    def dest(self) -> str:
        text = os.pread(self.fd, _SIZE - _DEST_AT, _DEST_AT)
        return os.fsdecode(text[2 : 2 + _LENGTH.unpack_from(text)[0]])

    def next_generation(self) -> None:
        """A rollover is done: all others open the file anew."""
        self._write_generation((self._generation() | 3) + 1 & (1 << 64) - 1)

    def _write_generation(self, generation: int) -> None:
        os.pwrite(self.fd, _GENERATION.pack(generation), 0)

    def rollover_at(self) -> int:
        return int(_ROLLOVER_AT.unpack(os.pread(self.fd, 8, _ROLLOVER_AT_AT))[0])

    def set_rollover_at(self, moment: int) -> None:
        os.pwrite(self.fd, _ROLLOVER_AT.pack(moment), _ROLLOVER_AT_AT)
