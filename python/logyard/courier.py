"""The way of records from the buffer to the server, by the spool if need be.

A record has a place: in the buffer, then in the window (sent, kept until it is acknowledged) or in the spool. As soon
as there is anything in the spool that is to be sent, all that comes goes there, so that the order holds.
"""
from __future__ import annotations

import os
import random
import sys
import time
from collections import deque
from typing import Any, Callable

from . import protocol
from .address import Address
from .drops import Drops
from .files import SUFFIX, FileStore, Store, prepare, unpublished
from .link import Link, LinkError
from .record import LARGE, encode, own_record
from .spool import LONGEST, Spool

# records that one turn takes out of the buffer: so many, or all that there are up to the bound
TURN, MOST_TURN = 1024, 16384

# records in the buffer up to which one waits for an acknowledgement, and the seconds for which one does
MOST_WAITING, PATIENCE = 8192, 0.5

# seconds between looks for what the server says, while there is much to send
LISTEN = 0.01

# bytes of records in one batch read from the spool
BATCH = 128 << 10

# bytes that a record costs at most beside its pickle
OVERHEAD = protocol.BATCH_HEADER + protocol.LENGTH.size

# seconds between reports of drops while the server is there
REPORT = 1.0

# seconds without an acknowledgement after which a connection is given up
DEAF = 10.0

# seconds between attempts to connect: the first, and the longest
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0

# seconds until a file is tried again where none could be had
FILE_PAUSE = 30.0

# seconds until the buffer is looked at again, if nobody rings: with acknowledgements to come, and without
SOON, LATER = 0.02, 5.0

# the same, while the server's next word is waited for
SHORTLY = 0.003

Item = Any  # a record's dict, or its level and its pickle


class Courier:
    """What the sender's thread does; it runs in one thread at a time."""

    def __init__(self, address: Address, folder: str | None, spool_size: int, buffer: deque[Item],
                 drops: Drops) -> None:
        self.address = address
        self.folder = folder
        self.client = os.urandom(16).hex()
        # set while records are on their way from the buffer to their place
        self.busy = False
        # whether the last attempt to reach the server has failed
        self.server_is_away = False
        # whether nothing more is taken before the next acknowledgement
        self.waits = False
        self._spool_size = spool_size
        self._buffer = buffer
        self._drops = drops
        self._next = 1
        self._sent_to = 0
        self._acknowledged = 0
        self._window: deque[tuple[int, int, bytes]] = deque()
        self._spool: Spool | None = None
        # when a file is tried again, after one could not be had
        self._next_file = 0.0
        self._link: Link | None = None
        # the last number and the bytes of each batch on its way
        self._batches: deque[tuple[int, int]] = deque()
        self._batched_bytes = 0
        self._heard = 0.0
        self._bytes_sent = 0
        self._pause = FIRST_PAUSE
        self._next_attempt = 0.0
        self._told: str | None = None
        self._next_report = 0.0
        self._next_listen = 0.0
        # whether the window could not be moved to the spool when the connection was lost
        self._window_is_unsent = False
        self.last_problem = ""
        self.on_ready: Callable[[], None] = lambda: None

    @property
    def has_unacknowledged(self) -> bool:
        return bool(self._window) or not self._spool_is_empty

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to do: all is acknowledged, or in the spool with the server away."""
        if self._buffer or self.busy or (self._drops and self._is_ready):
            return False
        return not self.has_unacknowledged or (self.server_is_away and not self._window)

    @property
    def is_connected(self) -> bool:
        """Whether the server has said welcome."""
        return self._is_ready

    @property
    def _is_ready(self) -> bool:
        return self._link is not None and self._link.ready

    @property
    def _spool_is_empty(self) -> bool:
        return self._spool is None or self._spool.is_empty

    def turn(self) -> float:
        """One turn: returns the seconds that it may take until the next."""
        self.busy = True
        try:
            if self._link is None:
                self._tend_link()
            taken = self._take_from_buffer()
            self._tend_link()
            sent = self._send_from_spool()
            if self._drops and self._is_ready and time.monotonic() > self._next_report:
                self._report_drops()
        finally:
            self.busy = False
        if taken >= TURN or sent:
            return 0.0
        if self.waits:
            return SHORTLY
        if self._link is not None:
            return SOON if self.has_unacknowledged or not self._link.ready else LATER
        if self.has_unacknowledged:
            return max(0.001, min(self._next_attempt - time.monotonic(), 1.0))
        return LATER

    def finish(self) -> None:
        """Nothing more is sent: what is not acknowledged goes to the spool, which is closed."""
        self.busy = True
        try:
            while self._take_from_buffer(to_spool=True):
                pass
            if self._drops and self.has_unacknowledged:
                self._report_drops(to_spool=True)
            self._unlink()
            if self._spool is not None:
                self._mourn(self._spool)
                self._spool.close()
                self._spool = None
            # what comes now is a sequence of its own
            self.client = os.urandom(16).hex()
            self._next, self._sent_to, self._acknowledged = 1, 0, 0
            self._window.clear()
        finally:
            self.busy = False

    def _mourn(self, spool: Spool) -> None:
        """What is kept nowhere can only be told here."""
        lost = len(self._window) + (spool.count() if not isinstance(spool.store, FileStore) else 0)
        if lost:
            sys.stderr.write(f"logyard: {lost} records are lost: the server was away ({self.last_problem}), "
                             "and there is no spool on disk\n")

    def abandon(self) -> None:
        """This process is a child of the one whose records these are."""
        if self._link is not None:
            self._link.close()
        if self._spool is not None:
            self._spool.abandon()

    # from the buffer

    def _take_from_buffer(self, to_spool: bool = False) -> int:
        """Takes what is there to its place; returns how many records that were.

        Each call of the system lets the interpreter go, and a busy program may keep it for 5 ms then: so there is one
        for all of them.
        """
        buffer = self._buffer
        if not to_spool and self._waits():
            return 0
        most = min(max(TURN, len(buffer)), MOST_TURN)
        payloads: list[bytes] = []
        first = self._next
        count = 0
        late: list[Any] = []
        while buffer and count < most:
            item = buffer.popleft()
            count += 1
            if type(item) is dict:
                item = (item["levelno"], encode(item))
            level, payload = item
            size = len(payload)
            if size > LARGE:
                self._drops.left_buffer(payload)
                if not self._fits(size):
                    continue
            if late or to_spool or not self._goes_at_once(size):
                late.append(item)
                continue
            payloads.append(payload)
            self._batched_bytes += size + OVERHEAD
            self._window.append((self._next, level, payload))
            self._next += 1
        if payloads:
            self._send(first, payloads)
        if late:
            self._to_spool(late)
        return count

    def _waits(self) -> bool:
        """Whether it is better to wait for the server's next word than to go by the spool."""
        self.waits = False
        if len(self._buffer) >= MOST_WAITING or (self._spool is not None and self._spool.has_unsent):
            return False
        if self._is_ready:
            out_of_credit = bool(self._batched_bytes) and not self._goes_at_once(LARGE)
            self.waits = out_of_credit and time.monotonic() - self._heard < PATIENCE
        else:
            greets = self._link is not None and time.monotonic() - self._heard < PATIENCE
            self.waits = not self.server_is_away and (self._link is None or greets)
        return self.waits

    def _goes_at_once(self, size: int) -> bool:
        link = self._link
        if link is None or not link.ready or self._window_is_unsent:
            return False
        if self._batched_bytes + size + OVERHEAD > link.credit and (self._batched_bytes or not link.credit):
            return False
        return self._spool is None or not self._spool.has_unsent

    def _fits(self, size: int) -> bool:
        frame = self._link.frame if self._link is not None and self._link.ready else LONGEST
        if size + OVERHEAD <= min(frame, LONGEST):
            return True
        self._drops.count_large()
        return False

    def _send(self, first: int, payloads: list[bytes]) -> None:
        """Sends records whose bytes have been counted; they are in the window or in the spool."""
        link = self._link
        assert link is not None
        start = 0
        while start < len(payloads):
            # a batch is one frame
            size = 0
            end = start
            while end < len(payloads):
                size += len(payloads[end]) + protocol.LENGTH.size
                if end > start and size + protocol.BATCH_HEADER > min(link.frame, BATCH * 2):
                    break
                end += 1
            some = payloads[start:end]
            if not self._batches:
                self._heard = time.monotonic()
            self._batches.append((first + end - 1, sum(map(len, some)) + OVERHEAD * len(some)))
            self._sent_to = first + end - 1
            try:
                link.send(protocol.batch(first + start, some))
            except LinkError as error:
                # later batches are not sent; all of it is in the window or in the spool
                self._sent_to = max(self._sent_to, first + len(payloads) - 1)
                return self._lost(str(error))
            start = end

    # the spool

    def _to_spool(self, items: list[Any]) -> None:
        """Takes levels and pickles; what has no room is dropped, the lowest level first."""
        spool = self._open_spool()
        at = 0
        try:
            self._move_window()
            while at < len(items):
                taken = spool.append(self._next, items[at:] if at else items)
                self._next += taken
                at += taken
                if at == len(items):
                    break
                level = items[at][0]
                dropped = spool.make_room(level, self._sent_to)
                if dropped is None:
                    self._drops.count(level)
                    at += 1
                    continue
                for dropped_level, number in dropped.items():
                    self._drops.count(dropped_level, number)
                self._next = max(spool.last, self._sent_to) + 1
        except OSError as error:
            for level, _ in items[at:]:
                self._drops.count(level)
            self._tell(f"the spool {self._spool_name()} can't be written: {error}")

    def _move_window(self, sent: bool = True) -> None:
        """What was sent and not acknowledged goes to the spool first, for the order's sake.

        OSError: the disk does not take it.
        """
        if not self._window:
            return
        spool = self._open_spool()
        sent = sent and not spool.has_unsent and not self._window_is_unsent
        items = [(level, payload) for _, level, payload in self._window]
        spool.append(self._window[0][0], items, beyond=True)
        self._window.clear()
        self._window_is_unsent = False
        if sent:
            spool.skip_all()

    def _open_spool(self) -> Spool:
        spool = self._spool
        if spool is not None and spool.is_empty and not isinstance(spool.store, FileStore):
            self._spool = None  # the disk may take it by now
        if self._spool is None:
            about = {"client": self.client, "address": str(self.address), "pid": os.getpid()}
            self._spool = self._file_spool(about) or Spool(Store(), about, self._spool_size)
        return self._spool

    def _file_spool(self, about: dict[str, Any]) -> Spool | None:
        if self.folder is None or time.monotonic() < self._next_file:
            return None
        store = None
        try:
            prepare(self.folder)
            store = FileStore(unpublished(self.folder, os.path.basename(self._spool_name())))
            spool = Spool(store, about, self._spool_size)
            store.publish(self._spool_name())
            return spool
        except OSError as error:
            if store is not None:
                store.close(keep=False)
            self._next_file = time.monotonic() + FILE_PAUSE
            self._tell(f"no spool can be had in {self.folder}: {error}; what the server does not take "
                       "is kept in memory, and lost if this process ends")
            return None

    def _spool_name(self) -> str:
        return os.path.join(self.folder or "", f"{self.client}{SUFFIX}")

    # the connection

    def _tend_link(self) -> None:
        if self._link is None:
            if (self._buffer or self.has_unacknowledged) and time.monotonic() >= self._next_attempt:
                first = min(self._acknowledged + 1, self._next)
                try:
                    self._link = Link(self.address, self.client, first)
                    self._heard = time.monotonic()
                except LinkError as error:
                    return self._lost(str(error))
            else:
                return
        link = self._link
        was_ready = link.ready
        now = time.monotonic()
        if was_ready and now < self._next_listen and len(self._buffer) >= TURN:
            return
        self._next_listen = now + LISTEN
        try:
            link.poll()
        except LinkError as error:
            self._hear_acknowledgement()  # what came before the end counts
            return self._lost(str(error))
        if link.ready and not was_ready:
            self._begin()
        self._hear_acknowledgement()
        if link.bytes_sent != self._bytes_sent:
            self._bytes_sent = link.bytes_sent
            self._heard = time.monotonic()
        if self._batches and time.monotonic() - self._heard > DEAF:
            self._lost(f"{self.address}: no acknowledgement for {DEAF:.0f} s")

    def _begin(self) -> None:
        """The server has said what it has."""
        link = self._link
        assert link is not None
        self.server_is_away = False
        self._pause = FIRST_PAUSE
        self._told = None
        self._bytes_sent = 0
        self._acknowledge(link.received)
        if self._drops:
            self._report_drops()
        self.on_ready()

    def _hear_acknowledgement(self) -> None:
        link = self._link
        if link is None or link.acknowledged is None:
            return
        number, link.acknowledged = link.acknowledged, None
        self._acknowledge(number)

    def _acknowledge(self, number: int) -> None:
        number = min(number, self._next - 1)
        self._acknowledged = max(self._acknowledged, number)
        self._heard = time.monotonic()
        while self._batches and self._batches[0][0] <= number:
            self._batched_bytes -= self._batches.popleft()[1]
        while self._window and self._window[0][0] <= number:
            self._window.popleft()
        if self._spool is not None:
            self._spool.acknowledged(number)

    def _lost(self, why: str) -> None:
        """The connection is gone, or was not to be had."""
        self._unlink()
        self.server_is_away = True
        self._next_attempt = time.monotonic() + self._pause * random.uniform(0.5, 1.0)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.last_problem = why

    def _unlink(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
        self._batches.clear()
        self._batched_bytes = 0
        if self._spool is not None:
            self._spool.rewind()
        try:
            self._move_window(sent=False)
        except OSError as error:
            self._window_is_unsent = True
            self._tell(f"the spool {self._spool_name()} can't be written: {error}")

    def _send_from_spool(self) -> bool:
        """Sends what the credit allows; true if there was something."""
        link, spool = self._link, self._spool
        if link is None or not link.ready or spool is None:
            return False
        sent = False
        while self._link is link and spool.has_unsent and link.waiting_bytes < BATCH:
            left = link.credit - self._batched_bytes
            if (self._batched_bytes and left < 2 * BATCH) or not link.credit:
                break
            entries = spool.next_entries(BATCH)
            if entries and self._batched_bytes and len(entries[0].payload) > BATCH:
                break  # it is sent when it is alone on its way
            if not entries:
                break
            spool.sent(entries[-1])
            payloads = [entry.payload for entry in entries]
            self._batched_bytes += sum(map(len, payloads)) + OVERHEAD * len(payloads)
            self._send(entries[0].number, payloads)
            sent = True
            if len(self._buffer) >= MOST_WAITING:
                break
        if self._link is link and self._window_is_unsent and not spool.has_unsent:
            # the disk did not take it when the connection was lost
            self._window_is_unsent = False
            payloads = [payload for _, _, payload in self._window]
            self._batched_bytes += sum(map(len, payloads)) + OVERHEAD * len(payloads)
            self._send(self._window[0][0], payloads)
        return sent

    # what it says of itself

    def _report_drops(self, to_spool: bool = False) -> None:
        self._next_report = time.monotonic() + REPORT
        level, payload = self._drops.take_report()
        if to_spool or not self._goes_at_once(len(payload)):
            self._report_to_spool(level, payload)
        else:
            self._window.append((self._next, level, payload))
            self._batched_bytes += len(payload) + OVERHEAD
            self._next += 1
            self._send(self._next - 1, [payload])

    def _report_to_spool(self, level: int, payload: bytes) -> None:
        spool = self._open_spool()
        try:
            self._move_window()
            self._next += spool.append(self._next, [(level, payload)], beyond=True)
        except OSError:
            pass  # the disk is full: nobody can be told

    def _tell(self, message: str) -> None:
        """A warning of its own, on the logger `logyard`: once for each time that the server is away."""
        if message != self._told:
            self._told = message
            self.tell(own_record(30, message))

    def tell(self, fields: Item) -> None:
        """Puts a record of the client itself among the others."""
        self._buffer.append(fields)
