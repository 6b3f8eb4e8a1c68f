"""The interpreter's own threads, locks and sockets, also below gevent and eventlet.

Those replace them by ones that run only while the program gives way; the sender has to go on meanwhile.
"""
from __future__ import annotations

import _thread
import select
import socket
import sys
import time
from typing import Any

# kept here, since there are no imports any more when the interpreter ends
_MODULES = {"_thread": _thread, "select": select, "socket": socket, "time": time}


def original(module: str, name: str) -> Any:
    """What `module` had under `name` before it was patched."""
    gevent = sys.modules.get("gevent.monkey")
    if gevent is not None:
        return gevent.get_original(module, name)
    eventlet = sys.modules.get("eventlet.patcher")
    if eventlet is not None:
        return getattr(eventlet.original(module), name)
    return getattr(_MODULES[module], name)
