"""A logger with a server and a console, in one call."""
from __future__ import annotations

import logging
import sys
import threading
from typing import Any

from .handler import Handler

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_lock = threading.Lock()


def get_logger(name: str | None = None, level: int | str = logging.INFO, *,
               address: Any = None, spool: bool | str | None = None, console: Any = True,
               fmt: str = FORMAT, datefmt: str | None = None, propagate: bool = False) -> logging.Logger:
    """The logger `name`, with a handler for the server and one for the console.

    Called again, it gives the same logger without a second pair of handlers. `console` may be False, or a stream
    other than stderr. The server's formats are its own: `fmt` and `datefmt` are the console's. One handler for the
    server is shared by all loggers with the same address and spool. By default records do not go on to the
    handlers of the root logger, which may have such handlers, too.
    """
    logger = logging.getLogger(name)
    with _lock:
        logger.setLevel(level)
        if name:
            logger.propagate = propagate
        server = _server(address, spool)
        if not any(isinstance(handler, Handler) and _same(handler, server) for handler in logger.handlers):
            logger.addHandler(server)
        if console and not any(getattr(handler, "_logyard_console", False) for handler in logger.handlers):
            stream = sys.stderr if console is True else console
            made: Any = logging.StreamHandler(stream)
            made.setFormatter(logging.Formatter(fmt, datefmt))
            made._logyard_console = True
            logger.addHandler(made)
    return logger


_servers: list[Handler] = []


def _server(address: Any, spool: Any) -> Handler:
    wanted = Handler(address, spool)
    for known in _servers:
        if _same(known, wanted):
            return known
    _servers.append(wanted)
    return wanted


def _same(one: Handler, other: Handler) -> bool:
    return (one.address, one.spool) == (other.address, other.spool)
