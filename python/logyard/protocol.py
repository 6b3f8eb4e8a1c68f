"""The acknowledged protocol's messages: docs/reference/protocol.md."""
from __future__ import annotations

import json
import struct
from typing import Any

HELLO, WELCOME, BATCH, ACK, ERROR = 0xE1, 0xE2, 0xE3, 0xE4, 0xE5

# a welcome or an error is a few hundred bytes; more is no logyard
LONGEST_ANSWER = 1 << 16

LENGTH = struct.Struct(">L")
_BATCH = struct.Struct(">LBQL")
_ACK = struct.Struct(">QQ")

# what a batch's payload has before its records
BATCH_HEADER = _BATCH.size - LENGTH.size


class ProtocolError(Exception):
    """What came is none of the protocol's messages."""


def hello(client: str, next_number: int, about: dict[str, Any]) -> bytes:
    said = json.dumps({"client": client, "next": next_number, **about}).encode()
    payload = bytes([HELLO]) + b"logyard/1 " + said
    return LENGTH.pack(len(payload)) + payload


def batch(first: int, payloads: list[bytes]) -> bytes:
    """Records with the numbers from `first` on."""
    parts = [b""]
    size = BATCH_HEADER
    pack = LENGTH.pack
    for payload in payloads:
        parts.append(pack(len(payload)))
        parts.append(payload)
        size += 4 + len(payload)
    parts[0] = _BATCH.pack(size, BATCH, first, len(payloads))
    return b"".join(parts)


def split(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Takes the whole messages out of what came: their types and bodies."""
    messages = []
    at = 0
    while len(buffer) - at >= 4:
        (length,) = LENGTH.unpack_from(buffer, at)
        if not 0 < length <= LONGEST_ANSWER:
            raise ProtocolError(f"a message of {length} bytes")
        if len(buffer) - at - 4 < length:
            break
        messages.append((buffer[at + 4], bytes(buffer[at + 5:at + 4 + length])))
        at += 4 + length
    del buffer[:at]
    return messages


def read_ack(body: bytes) -> tuple[int, int]:
    """The number and the credit."""
    if len(body) != _ACK.size:
        raise ProtocolError("an acknowledgement of the wrong length")
    number, credit = _ACK.unpack(body)
    return number, credit


def read_json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise ProtocolError(f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ProtocolError("no JSON object")
    return value
