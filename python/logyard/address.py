"""Where the server is."""
from __future__ import annotations

import os
from typing import NamedTuple

DEFAULT = "127.0.0.1:9020"


class Address(NamedTuple):
    """A TCP address, or the path of a Unix socket."""

    host: str
    port: int
    path: str

    def __str__(self) -> str:
        if self.path:
            return f"unix://{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(address: str | tuple[str, int] | Address | None) -> Address:
    """An address as `logyard serve --listen` takes it, or a pair of host and port as `SocketHandler` does.

    None is what LOGYARD_ADDRESS says, else port 9020 on this machine. ValueError says what is wrong.
    """
    if isinstance(address, Address):
        return address
    if address is None:
        address = os.environ.get("LOGYARD_ADDRESS") or DEFAULT
    if isinstance(address, (tuple, list)):
        host, port = address
        if port is None:  # as SocketHandler has it
            return Address("", 0, str(host))
        return Address(str(host), _port(str(port), address), "")
    text = os.fspath(address)
    if text.startswith("unix://"):
        return Address("", 0, _path(text[len("unix://"):], address))
    if text.startswith("/"):
        return Address("", 0, text)
    if text.startswith("tcp://"):
        text = text[len("tcp://"):]
    host, colon, number = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not host:
        raise ValueError(f"address {address!r}: write HOST:PORT, tcp://HOST:PORT or unix:///PATH")
    return Address(host, _port(number, address), "")


def _port(text: str, address: object) -> int:
    number: int | None = int(text) if text.isascii() and text.isdigit() else None
    if number is None or not 0 < number < 65536:
        raise ValueError(f"address {address!r}: the port is a number from 1 to 65535, not {text!r}")
    return number


def _path(path: str, address: object) -> str:
    if not path.startswith("/"):
        raise ValueError(f"address {address!r}: a Unix socket's path begins with `/`, as in unix:///run/logyard.sock")
    return path
