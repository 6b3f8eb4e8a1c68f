"""The handler."""
from __future__ import annotations

import logging
import os
import weakref
from typing import Any

from .address import Address, parse
from .files import folder_of
from .record import may_wait, settle
from .sender import BUSY, Sender

# bytes of records that are kept on disk while the server is away
SPOOL_SIZE = 64 << 20

# seconds that the end of a process waits for the server
CLOSE_TIMEOUT = 2.0

_handlers: list[weakref.ref[Handler]] = []


class Handler(logging.Handler):
    """Sends records to a logyard server, without ever making the caller wait.

    `address` is where the server listens: HOST:PORT, tcp://HOST:PORT, unix:///PATH, or a pair as `SocketHandler`
    takes it. Without one it is LOGYARD_ADDRESS of the environment, else 127.0.0.1:9020.

    `spool` is the folder for what the server could not take yet; by default LOGYARD_SPOOL of the environment, else
    `~/.local/state/logyard/spool`. With False there is none: such records stay in memory, and die with the process.
    `spool_size` bounds it, in bytes. When it is full, records of the lowest level are dropped, and counted.

    `close_timeout`: seconds that the end of the process waits for the server. What it has not taken by then is in
    the spool, and delivered by the next process that has one in the same folder.
    """

    def __init__(self, address: str | tuple[str, int] | None = None, spool: bool | str | None = None, *,
                 level: int | str = logging.NOTSET, spool_size: int = SPOOL_SIZE,
                 close_timeout: float = CLOSE_TIMEOUT) -> None:
        super().__init__(level)
        self.address: Address = parse(address)
        self.spool: str | None = None if spool is False else folder_of(None if spool is True else spool)
        self.spool_size = int(spool_size)
        self.close_timeout = float(close_timeout)
        self._sender = self._new_sender()
        _handlers[:] = [known for known in _handlers if known() is not None]
        _handlers.append(weakref.ref(self))

    def createLock(self) -> None:
        """None is needed: the buffer takes records from all threads at once."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> Any:
        """As `logging.Handler` has it, without its lock."""
        kept: Any = True
        if self.filters:
            kept = self.filter(record)
            if not kept:
                return kept
            if isinstance(kept, logging.LogRecord):
                record = kept
        self.emit(record)
        return kept

    def emit(self, record: logging.LogRecord) -> None:
        """Puts the record into the buffer."""
        try:
            sender = self._sender
            if record.process != sender.pid and os.getpid() != sender.pid:
                sender = self._after_fork()
            fields: dict[str, Any] = record.__dict__
            buffer = sender.buffer
            waiting = len(buffer)
            if waiting < BUSY and may_wait(fields):
                buffer.append(fields.copy())
            else:
                pickled = settle(record, self.formatter)
                if not sender.is_full(record.levelno, len(pickled)):
                    buffer.append((record.levelno, pickled))
            if sender.idle:
                sender.wake()
        except Exception:
            self.handleError(record)

    def flush(self, timeout: float | None = None) -> bool:  # type: ignore[override]
        """Waits until the server has all, for `close_timeout` at the most; True if it has.

        True, too, if the server is away and all is in the spool.
        """
        return self._sender.flush(self.close_timeout if timeout is None else timeout)

    def close(self) -> None:
        """Sends what there is, and ends the thread. A record that comes later starts another."""
        sender = self._sender
        self._sender = self._new_sender()
        if sender.pid == os.getpid():
            sender.close(self.close_timeout)
        super().close()

    @property
    def dropped(self) -> int:
        """How many records were dropped and are not yet reported."""
        return self._sender.drops.total

    def _new_sender(self) -> Sender:
        return Sender(self.address, self.spool, self.spool_size)

    def _after_fork(self) -> Sender:
        """The parent has the records in the buffer, and its socket and its spool: they are not this process's."""
        old, self._sender = self._sender, self._new_sender()
        old.abandon()
        return self._sender

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address} ({logging.getLevelName(self.level)})>"


def _in_child() -> None:
    for known in list(_handlers):
        handler = known()
        if handler is not None:
            handler._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
