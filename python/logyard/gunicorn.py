"""gunicorn's logger, with the access log's atoms as fields: `logger_class = "logyard.gunicorn.Logger"`.

What gunicorn would write to its files goes to the server, too, under the loggers `gunicorn.error` and
`gunicorn.access`. A configuration of logging that gunicorn is given stays in force.
"""
from __future__ import annotations

import logging
from typing import Any

from gunicorn import glogging

from .handler import Handler

# the atoms of gunicorn's access log, and what they are called as fields
FIELDS = {
    "h": "remote_addr", "u": "user", "m": "method", "U": "path", "q": "query", "H": "protocol", "s": "status",
    "B": "response_length", "f": "referer", "a": "user_agent", "D": "duration_us", "p": "worker",
}
_NUMBERS = frozenset(("status", "response_length", "duration_us"))


class Logger(glogging.Logger):  # type: ignore[misc]
    """Sends both logs to the server at LOGYARD_ADDRESS, beside what gunicorn does with them."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            if not any(isinstance(handler, Handler) for handler in logger.handlers):
                logger.addHandler(server_handler())
        self.access_log.setLevel(min(self.access_log.level or logging.INFO, logging.INFO))

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Logs a request once: gunicorn's line, with its atoms in `extra`."""
        if not self.access_log.isEnabledFor(logging.INFO):
            return
        try:
            atoms = self.atoms(resp, req, environ, request_time)
            safe = self.atoms_wrapper_class(atoms)
            self.access_log.info(self.cfg.access_log_format, safe, extra=fields(atoms))
        except Exception:
            self.exception("the access log's line could not be made")


def fields(atoms: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request; `-`, which is gunicorn's nothing, is None."""
    made: dict[str, Any] = {}
    for atom, name in FIELDS.items():
        value = atoms.get(atom)
        if value in ("-", ""):
            value = None
        if name in _NUMBERS and value is not None:
            try:
                value = int(value)
            except (TypeError, ValueError):
                pass
        made[name] = value
    return made


_shared: list[Handler] = []


def server_handler() -> Handler:
    """One for both logs."""
    if not _shared:
        _shared.append(Handler())
    return _shared[0]
