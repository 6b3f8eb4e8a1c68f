"""What both handlers have in common: lines appended without a lock, rollovers under one.

The way of a record: the token of the ``Rollover`` is what it was, and no rollover is due: one ``write`` to the
file opened with ``O_APPEND``, which the kernel keeps whole and apart from others'. Otherwise the lock is taken:
what a killed process left is finished, the file is opened anew if another process has rolled it, or rolled over
by CPython's own ``doRollover``, and the line is written under the lock.

A process may have looked at the token, and write after another has renamed the file: the line is then in the
renamed file, where it would be if it had been a little faster. If the file is gone by then (``backupCount``), the line
is written once more, to the file of now. A rotator that copies (``rotator``, or an own ``rotate``) would miss such
a line: with one, each line is written under a shared lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import weakref
from typing import Any, Iterator, List, Optional

from ._rollover import IDLE, ROTATED, ROTATING, SHIFTING, Rollover


class SharedFile(logging.FileHandler):
    """To be inherited before one of ``logging.handlers``' rotating handlers."""

    _rollover: Any = None  # Rollover, while the file is open and regular
    _token = b""  # of the Rollover when the file was opened
    _fd = -1  # of the stream
    _codec, _codec_errors, _bom = "ascii", "strict", b""
    _joined = False  # whether the file was opened before
    _second = 0  # when it was last looked whether the file is in its place
    _locked_by_us = 0
    _copies = False  # whether the class has a way to rotate that may be more than a rename

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._copies = cls.rotate is not SharedFile.rotate

    # ---- life

    def _start(self, delay: bool, errors: Optional[str]) -> None:
        self.delay = delay
        self.errors = errors
        self._meanwhile: List[str] = []  # logged by a rotator or namer, or in a signal handler
        _handlers.add(self)
        if not delay:
            self.stream = self._open()

    def close(self) -> None:
        self.acquire()
        try:
            super().close()
            self._fd = -1
            if self._rollover is not None:
                self._rollover.close()
                self._rollover = None
        finally:
            self.release()

    def _after_fork(self) -> None:
        if self._locked_by_us:
            # another thread of the parent was in the middle of it
            self._locked_by_us, self._meanwhile = 0, []
            self.stream, self._fd = None, -1
        if self._rollover is not None:
            self._rollover.after_fork()

    def _open(self) -> Any:
        """Opens the file, which nobody does while a rollover is under way."""
        if os.path.exists(self.baseFilename) and not os.path.isfile(self.baseFilename):
            return self._use(self._open_file("a"))  # a pipe or a terminal: never rolled over
        with self._lock_of_rollovers():
            if self._rollover.phase() != IDLE and not os.path.exists(self.baseFilename):
                # Left by a killed process. It is finished with the next record, as namer and rotator may be
                # set by then; but it must not be thought that the new file is the one to be rotated.
                self._rollover.set_phase(ROTATED)
            # truncated below, and by the first process only
            mode = self.mode.replace("w", "a")
            stream = self._open_file(mode.replace("x", "a") if self._joined else mode)
            # Whoever has the file open holds this lock. Only here, under the other lock, is it tried.
            try:
                fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                alone = True
            except BlockingIOError:
                alone = False
            fcntl.flock(stream.fileno(), fcntl.LOCK_SH)
            if alone and not self._joined:
                if "w" in self.mode:
                    os.ftruncate(stream.fileno(), 0)
                self._lead()
            elif self._rollover.current() != self._token:
                self._follow()
            self._joined = True
            self._token = self._rollover.current() if self._rollover.phase() == IDLE else b""
            return self._use(stream)

    def _open_file(self, mode: str) -> Any:
        opener = getattr(self, "_builtin_open", open)  # also while the interpreter shuts down
        return opener(self.baseFilename, mode, encoding=self.encoding, errors=self.errors)

    def _use(self, stream: Any) -> Any:
        self._fd = stream.fileno()
        self._codec, self._codec_errors = stream.encoding, stream.errors
        self._bom = "".encode(self._codec)
        return stream

    # ---- a record

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record, after a rollover if one is due."""
        try:
            if self._locked_by_us:
                self._meanwhile.append(self.format(record))
                return
            if self.stream is None:
                self.stream = self._open()
            text = self.format(record)
            data = self._encode(text)
            if self._rollover is None:
                self._write(data)
            elif self._copies or self.rotator is not None:
                self._emit_sharing_the_lock(record, text, data)
            elif self._must_stop(record, text):
                self._emit_with_the_lock(record, data)
            else:
                self._write(data)
                if self._rollover.token() != self._token and os.fstat(self._fd).st_nlink == 0:
                    self._emit_with_the_lock(record, data)
        except Exception:
            self.handleError(record)

    def _must_stop(self, record: logging.LogRecord, text: str) -> bool:
        if self._rollover.token() != self._token or self._due(text):
            return True
        second = int(record.created)
        if second != self._second:
            self._second = second
            return not (self._in_place() and self._rollover.in_place())
        return bool(self._bom) and os.lseek(self._fd, 0, os.SEEK_END) == 0

    def _emit_sharing_the_lock(self, record: logging.LogRecord, text: str, data: bytes) -> None:
        if self._rollover.token() == self._token:  # else somebody waits for all to let go
            with self._rollover.shared():
                if not self._must_stop(record, text):
                    self._write(data)
                    return
        self._emit_with_the_lock(record, data)

    def _emit_with_the_lock(self, record: logging.LogRecord, data: bytes) -> None:
        with self._lock_of_rollovers():
            try:
                self._catch_up()
                os.lseek(self._fd, 0, os.SEEK_END)  # newer CPythons take the position for the size
                if self.shouldRollover(record):
                    self.doRollover()
            except Exception:
                # CPython would drop the record besides. A rollover that is not done keeps its mark: the next
                # record tries again.
                self.handleError(record)
            if self.stream is None:
                self.stream = self._open()
            self._write(data)

    def _encode(self, text: str) -> bytes:
        return (text + self.terminator).encode(self._codec, self._codec_errors)[len(self._bom) :]

    def _write(self, data: bytes) -> None:
        if self._bom and os.fstat(self._fd).st_size == 0:
            data = self._bom + data
        written = os.write(self._fd, data)
        while written < len(data):  # the disk is full, as the next try will say
            data = data[written:]
            written = os.write(self._fd, data)

    def _in_place(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.baseFilename), os.fstat(self._fd))
        except FileNotFoundError:
            return False

    # ---- rollovers

    @contextlib.contextmanager
    def _lock_of_rollovers(self) -> Iterator[None]:
        """The lock. It may be taken several times."""
        if self._rollover is None:
            self._rollover = Rollover(self.baseFilename)
        if self._locked_by_us:
            yield
            return
        self._rollover.lock()
        self._locked_by_us = 1
        try:
            yield
            while self._meanwhile:
                if self.stream is None:
                    self.stream = self._open()
                self._write(self._encode(self._meanwhile.pop(0)))
        finally:
            self._locked_by_us = 0
            if self._rollover is not None:
                self._rollover.unlock()

    def _catch_up(self) -> None:
        if self._rollover.phase() != IDLE:
            self._finish_for_the_killed()
        if self.stream is not None and (self._rollover.current() != self._token or not self._in_place()):
            stream, self.stream, self._fd = self.stream, None, -1
            stream.close()
        if self.stream is None:
            self.stream = self._open()

    def doRollover(self) -> None:
        """Rolls over, as CPython's handler does; other processes go on in the new file."""
        self.acquire()
        try:
            with self._lock_of_rollovers():
                if self._rollover.phase() != IDLE:
                    self._finish_for_the_killed()
                before = self._identity()
                self._rollover.set_phase(SHIFTING)
                fd, self._fd = self._fd, -1  # nothing may write to it once it is closed
                super().doRollover()
                if self._rollover.phase() == ROTATED or self._identity() != before:
                    self._tell()
                    self._rollover.next_generation()
                else:
                    self._rollover.set_phase(IDLE)  # CPython had nothing to do
                    if self.stream is not None and self._fd < 0:
                        self._fd = fd
                self._token = self._rollover.current()
        finally:
            self.release()

    def rotate(self, source: str, dest: str) -> None:
        """As CPython's. A mark tells how far it came, should the process be killed."""
        if not self._locked_by_us:
            return super().rotate(source, dest)
        self._rollover.set_rotating(dest)
        super().rotate(source, dest)
        self._rollover.set_phase(ROTATED)

    def _finish_for_the_killed(self) -> None:
        """A process was killed in the middle of a rollover, or it failed."""
        if not self._rotated_by_the_killed():
            self._rollover.set_phase(IDLE)
            return
        # said first: if what follows fails, it must not be thought that the file is still to be rotated
        self._rollover.set_phase(ROTATED)
        self._rolled_by_the_killed()
        self._tell()
        self._rollover.next_generation()

    def _rotated_by_the_killed(self) -> bool:
        """Whether the file was rotated, by the killed process or just now."""
        phase = self._rollover.phase()
        if phase == ROTATED or not os.path.exists(self.baseFilename):
            return True
        if phase == SHIFTING:
            self._resume_shifting()
        else:
            dest = self._rollover.dest()
            if os.path.exists(dest):
                if os.path.getsize(self.baseFilename) == 0:
                    return True  # by a rotator that copies and truncates
                os.remove(dest)  # a part of what is still here
            self._resume_rotating(dest)
        return self._rollover.phase() == ROTATED

    def _identity(self) -> Any:
        try:
            found = os.stat(self.baseFilename)
            return found.st_dev, found.st_ino
        except FileNotFoundError:
            return None

    # ---- what differs between the two

    def _due(self, text: str) -> bool:
        raise NotImplementedError

    def _lead(self) -> None:
        """This process is the first that has the file open."""

    def _tell(self) -> None:
        """The file is rolled over: others are told what they have to know."""

    def _follow(self) -> None:
        """Others have the file open, or rolled it over."""

    def _resume_shifting(self) -> None:
        """Goes on with a rollover whose process was killed before it rotated the file itself."""

    def _resume_rotating(self, dest: str) -> None:
        """The same, while it rotated the file, which is still there."""

    def _rolled_by_the_killed(self) -> None:
        """The file was rotated, and what comes after that is to be done."""


_handlers: "weakref.WeakSet[SharedFile]" = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for handler in list(_handlers):
        handler._after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
