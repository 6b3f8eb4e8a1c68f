"""A connection to the server that never blocks."""
from __future__ import annotations

import errno
import os
import select
import socket
import sys
import time
from typing import Any, Callable

from . import protocol
from .address import Address
from .native import original

# seconds for a connection, and for the server's first answer
GREETING_TIMEOUT = 10.0

# bytes for one `recv`; the server says little
READ = 1 << 16


class LinkError(Exception):
    """The connection ended; its text says why."""


class Link:
    """One connection. `poll` makes it go on; `LinkError` ends it."""

    def __init__(self, address: Address, client: str, next_number: int) -> None:
        self.ready = False
        # what the server has of this client, once it is ready
        self.received = 0
        self.credit = 0
        self.frame = 0
        self.acknowledged: int | None = None
        self.bytes_sent = 0
        self._address = address
        self._hello = protocol.hello(client, next_number, _about())
        self._out = bytearray()
        self._in = bytearray()
        self._socket: Any = None
        self._connected = False
        self._end = time.monotonic() + GREETING_TIMEOUT
        self._resolved: list[Any] = []
        self._candidates: list[Any] | None = None
        self._resolve()

    @property
    def waiting_bytes(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return len(self._out)

    def send(self, frame: bytes) -> None:
        """Sends a batch, as much of it as the kernel takes now."""
        self._out += frame
        self._flush()

    def poll(self) -> None:
        """Goes on as far as that is possible without waiting."""
        if not self._connected and not self._connect():
            if time.monotonic() > self._end:
                raise LinkError(f"{self._address}: no connection within {GREETING_TIMEOUT:.0f} s")
            return
        self._flush()
        self._hear()
        if not self.ready and time.monotonic() > self._end:
            raise LinkError(f"{self._address}: no answer within {GREETING_TIMEOUT:.0f} s; "
                            "is a logyard server behind this address?")

    def close(self) -> None:
        """Lets go of the socket. In a child of fork it stays open in the parent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _resolve(self) -> None:
        if self._address.path:
            self._candidates = [("unix", self._address.path)]
            return
        host, port = self._address.host, self._address.port
        if _is_number(host):
            self._candidates = [("inet6" if ":" in host else "inet", (host, port))]
            return
        # asking for a name may take seconds, and nothing else must wait for it
        find = original("socket", "getaddrinfo")
        resolved = self._resolved

        def resolve() -> None:
            try:
                found = find(host, port, 0, 1)
                resolved.append([("inet6" if ":" in one[4][0] else "inet", one[4]) for one in found])
            except Exception as error:
                resolved.append(error)

        try:
            original("_thread", "start_new_thread")(resolve, ())
        except RuntimeError:  # the interpreter ends
            resolve()

    def _connect(self) -> bool:
        if self._candidates is None:
            if not self._resolved:
                return False
            found = self._resolved[0]
            if isinstance(found, Exception):
                raise LinkError(f"{self._address}: {found}")
            self._candidates = found
        while self._socket is None:
            if not self._candidates:
                raise LinkError(f"{self._address}: it can't be connected to")
            self._try_next(self._candidates.pop(0))
        if not _is_writable(self._socket):
            return False
        code = self._socket.getsockopt(_socket_number("SOL_SOCKET"), _socket_number("SO_ERROR"))
        if code:
            self.close()
            if self._candidates:
                return False
            raise LinkError(f"{self._address}: {os.strerror(code)}")
        self._connected = True
        self._out += self._hello
        return True

    def _try_next(self, candidate: Any) -> None:
        kind, where = candidate
        number = {"unix": "AF_UNIX", "inet": "AF_INET", "inet6": "AF_INET6"}[kind]
        try:
            made = original("socket", "socket")(_socket_number(number), _socket_number("SOCK_STREAM"))
        except OSError as error:  # no file descriptor is left
            raise LinkError(f"{self._address}: {error}") from error
        try:
            made.setblocking(False)
            if kind != "unix":
                made.setsockopt(_socket_number("IPPROTO_TCP"), _socket_number("TCP_NODELAY"), 1)
            code = made.connect_ex(where)
        except OSError as error:
            code = error.errno or errno.EIO
        # a Unix socket whose queue is full says EAGAIN, and is not being connected
        if code in (0, errno.EINPROGRESS, errno.EWOULDBLOCK) and not (kind == "unix" and code):
            self._socket = made
            return
        made.close()
        if not self._candidates:
            raise LinkError(f"{self._address}: {os.strerror(code)}")

    def _flush(self) -> None:
        while self._out:
            try:
                sent = self._socket.send(memoryview(self._out)[:1 << 18])
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise LinkError(f"{self._address}: {error}") from error
            self.bytes_sent += sent
            del self._out[:sent]

    def _hear(self) -> None:
        while True:
            try:
                heard = self._socket.recv(READ)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                raise LinkError(f"{self._address}: {error}") from error
            if not heard:
                raise LinkError(f"{self._address}: the server closed the connection")
            self._in += heard
            try:
                for kind, body in protocol.split(self._in):
                    self._message(kind, body)
            except (protocol.ProtocolError, KeyError, TypeError) as error:
                raise LinkError(f"{self._address}: this is no logyard server: {error}") from error

    def _message(self, kind: int, body: bytes) -> None:
        if kind == protocol.ACK and self.ready:
            self.acknowledged, self.credit = protocol.read_ack(body)
        elif kind == protocol.WELCOME and not self.ready:
            said = protocol.read_json(body)
            self.received, self.credit = int(said["received"]), int(said["credit"])
            self.frame = int(said["frame"])
            self.ready = True
        elif kind == protocol.ERROR:
            raise LinkError(f"{self._address}: the server says: {protocol.read_json(body).get('error')}")
        else:
            raise protocol.ProtocolError(f"an unexpected message of type {kind:#04x}")


def _about() -> Any:
    host = original("socket", "gethostname")()
    name = os.path.basename(sys.argv[0]) if getattr(sys, "argv", None) else ""
    return {"pid": os.getpid(), "host": host[:80], "name": name[:80] or "python"}


def _socket_number(name: str) -> int:
    return int(getattr(socket, name))


def _is_number(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
            return True
        except OSError:
            pass
    return False


def _is_writable(made: Any) -> bool:
    if hasattr(select, "poll"):
        poll: Callable[[], Any] = original("select", "poll")
        asked = poll()
        asked.register(made.fileno(), select.POLLOUT)
        return bool(asked.poll(0))
    return bool(original("select", "select")([], [made], [made], 0)[1:] != ([], []))
