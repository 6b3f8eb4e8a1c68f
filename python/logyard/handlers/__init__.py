"""Rotating file handlers for many processes, without a server.

``RotatingFileHandler`` and ``TimedRotatingFileHandler`` take the arguments of those in
``logging.handlers`` and follow their rules, which they inherit: names of rolled files, ``backupCount``,
``maxBytes``, ``when``, ``interval``, ``atTime``, ``utc``, ``namer``, ``rotator``. What differs is that any number
of processes may write to the same file. What is promised, and what is not, is in docs/python-handlers.md.
"""

from __future__ import annotations

import logging.handlers
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Optional

from ._shared import SharedFile

if TYPE_CHECKING:
    import datetime

__all__ = ["RotatingFileHandler", "TimedRotatingFileHandler"]


class RotatingFileHandler(SharedFile, logging.handlers.RotatingFileHandler):
    """``logging.handlers.RotatingFileHandler``, for many processes."""

    def __init__(
        self,
        filename: "str | os.PathLike[str]",
        mode: str = "a",
        maxBytes: int = 0,
        backupCount: int = 0,
        encoding: Optional[str] = None,
        delay: bool = False,
        errors: Optional[str] = None,
    ) -> None:
        super().__init__(
            filename, mode, maxBytes, backupCount, encoding=encoding, delay=True, **_known(errors)
        )
        self._start(delay, errors)

    def _due(self, text: str) -> bool:
        # maxBytes is compared with bytes that are there and characters that come, as CPython does
        return self.maxBytes > 0 and os.lseek(self._fd, 0, os.SEEK_END) + len(text) + 1 >= self.maxBytes

    def _resume_shifting(self) -> None:
        """Goes on where a process was killed while it numbered the backups anew.

        CPython's loop would drop a file that need not go: the place that the killed one made is free.
        """
        names = [self.rotation_filename("%s.%d" % (self.baseFilename, i)) for i in range(1, self.backupCount + 1)]
        free = next((i for i, name in enumerate(names) if not os.path.exists(name)), len(names) - 1)
        if free < 0:
            return
        if os.path.exists(names[free]):
            os.remove(names[free])
        for i in range(free, 0, -1):
            os.rename(names[i - 1], names[i])
        self.rotate(self.baseFilename, names[0])

    def _resume_rotating(self, dest: str) -> None:
        self.rotate(self.baseFilename, dest)


class TimedRotatingFileHandler(SharedFile, logging.handlers.TimedRotatingFileHandler):
    """``logging.handlers.TimedRotatingFileHandler``, for many processes."""

    def __init__(
        self,
        filename: "str | os.PathLike[str]",
        when: str = "h",
        interval: int = 1,
        backupCount: int = 0,
        encoding: Optional[str] = None,
        delay: bool = False,
        utc: bool = False,
        atTime: "Optional[datetime.time]" = None,
        errors: Optional[str] = None,
    ) -> None:
        super().__init__(
            filename,
            when,
            interval,
            backupCount,
            encoding=encoding,
            delay=True,
            utc=utc,
            atTime=atTime,
            **_known(errors),
        )
        self._start(delay, errors)

    def _due(self, text: str) -> bool:
        return time.time() >= self.rolloverAt

    def _lead(self) -> None:
        if not self.delay:
            # as CPython does, whose file is there by then
            self.rolloverAt = self.computeRollover(int(os.stat(self.baseFilename).st_mtime))
        self._tell()

    def _tell(self) -> None:
        self._rollover.set_rollover_at(self.rolloverAt)

    def _follow(self) -> None:
        # 0: nobody has said when; a handler of the other kind has the file
        self.rolloverAt = self._rollover.rollover_at() or self.rolloverAt

    def _rolled_by_the_killed(self) -> None:
        self.rolloverAt = self.computeRollover(int(time.time()))
        if self.backupCount > 0:
            for path in self.getFilesToDelete():
                os.remove(path)


def _known(errors: Optional[str]) -> "dict[str, Any]":
    """``errors`` came with Python 3.9; with 3.8 only this package's handlers have it."""
    return {"errors": errors} if sys.version_info >= (3, 9) else {}
