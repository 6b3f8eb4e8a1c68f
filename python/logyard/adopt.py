"""Spools whose process has died: whoever has a connection to the same server delivers them."""
from __future__ import annotations

import os
import time
from typing import Any

from .address import Address
from .files import NEW, SUFFIX, FileStore, tells_who_lives
from .link import Link, LinkError
from .native import original
from .protocol import batch
from .record import own_record
from .spool import BadHeader, Damage, Entry, read_header, records, seed_of

# seconds between looks for orphans
LOOK = 30.0

# seconds until the next look where a delivery broke off; doubled each time that it got no further, and told of
# when it can't be more
RETRY = 1.0

# bytes of one batch
BATCH = 128 << 10

# seconds without an acknowledgement after which an orphan is left to the next look
DEAF = 10.0

# the end of the name of what is set aside
DAMAGED = ".damaged"


class Adopter:
    """Looks for orphans when the server is there, in a thread of its own, so that nothing waits for them."""

    def __init__(self, address: Address, folder: str | None, courier: Any) -> None:
        self._address = address
        self._folder = folder
        self._courier = courier
        self._next = 0.0
        self._retry = RETRY
        self._at_work = False
        self._stop = False
        self._store: FileStore | None = None
        courier.on_ready = self._on_ready

    def look(self) -> None:
        """Begins to deliver what there is, if it is time for that."""
        if self._at_work or self._stop or self._folder is None or not tells_who_lives():
            return
        if not self._courier.is_connected or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK
        found = orphans(self._folder)
        if not found:
            return
        self._at_work = True
        try:
            original("_thread", "start_new_thread")(self._deliver_all, (found,))
        except RuntimeError:  # the interpreter ends
            self._at_work = False

    def stop(self) -> None:
        self._stop = True

    def abandon(self) -> None:
        """In a child of fork."""
        self._stop = True
        if self._store is not None:
            self._store.abandon()

    def _on_ready(self) -> None:
        self._next, self._retry = 0.0, RETRY

    def _deliver_all(self, found: list[str]) -> None:
        try:
            for path in found:
                if self._stop:
                    return
                try:
                    self._deliver(path)
                except BlockingIOError:
                    pass  # its process lives
                except FileNotFoundError:
                    pass  # somebody else was faster
                except BrokenOff as error:
                    # by a connection that often breaks, too, all of it arrives
                    self._retry = RETRY if error.progress else min(2 * self._retry, LOOK)
                    self._next = time.monotonic() + self._retry
                    if self._retry == LOOK:
                        self._tell(f"the spool {path} can't be delivered now: {error}")
                except OSError as error:
                    self._tell(f"the spool {path} can't be delivered now: {error}")
        finally:
            self._at_work = False

    def _deliver(self, path: str) -> None:
        self._store = store = FileStore(path, create=False)
        done = False
        try:
            done = self._deliver_store(path, store)
        finally:
            self._store = None
            store.close(keep=not done)

    def _deliver_store(self, path: str, store: FileStore) -> bool:
        """True if the file is no longer needed."""
        try:
            about, start = read_header(store)
        except BadHeader as error:
            aside = _aside(path)
            os.rename(path, aside)
            self._tell(f"the spool {path} can't be read: {error}; it is kept as {aside}, "
                       "and its records are not delivered")
            return False
        if about.get("address") != str(self._address):
            return False  # another server's
        delivery = Delivery(self._address, about["client"], lambda: self._stop)
        damage: list[Damage] = []
        try:
            for one in records(store, start, seed_of(about)):
                if isinstance(one, Damage):
                    damage.append(one)
                else:
                    delivery.take(one)
            delivery.finish()
        except LinkError as error:
            raise BrokenOff(str(error), delivery.progress) from error
        finally:
            delivery.close()
        if damage:
            self._set_aside(path, store, damage, delivery.count)
        return True

    def _set_aside(self, path: str, store: FileStore, damage: list[Damage], count: int) -> None:
        aside = _aside(path)
        with open(aside, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            for one in damage:
                out.write(store.read(one.start, one.end - one.start))
        size = sum(one.end - one.start for one in damage)
        places = ", ".join(str(one.start) for one in damage[:5]) + (" …" if len(damage) > 5 else "")
        self._tell(f"the spool {path} of a process that ended is damaged: {count} records of it are delivered; "
                   f"{size} bytes at {places} are none, and are kept in {aside}")

    def _tell(self, message: str) -> None:
        self._courier.tell(own_record(30, message))


class BrokenOff(Exception):
    """The connection ended before all was delivered; `progress` tells whether some of it was."""

    def __init__(self, why: str, progress: bool) -> None:
        super().__init__(why)
        self.progress = progress


class Delivery:
    """Sends a dead process's records under its name, on a connection of its own."""

    def __init__(self, address: Address, client: str, is_stopped: Any) -> None:
        self.count = 0
        # whether the server has acknowledged any of it
        self.progress = False
        self._address, self._client = address, client
        self._is_stopped = is_stopped
        self._link: Link | None = None
        self._some: list[Entry] = []
        self._bytes = 0
        self._last = 0
        self._acknowledged = 0
        # the last number and the bytes of each batch on its way
        self._batches: list[Any] = []

    def take(self, entry: Entry) -> None:
        if self._link is None:
            self._link = Link(self._address, self._client, entry.number)
            self._wait(lambda link: link.ready)
            self._acknowledged = self._link.received
        self.count += 1
        if entry.number <= self._acknowledged:
            return
        apart = self._some and entry.number != self._some[-1].number + 1
        if self._some and (apart or self._bytes + len(entry.payload) > BATCH):
            self._send()
        self._some.append(entry)
        self._bytes += len(entry.payload)

    def finish(self) -> None:
        """Waits for the last acknowledgement."""
        if self._some:
            self._send()
        if self._link is not None:
            self._wait(lambda link: self._acknowledged >= self._last)

    def close(self) -> None:
        if self._link is not None:
            self._link.close()

    def _send(self) -> None:
        link = self._link
        assert link is not None
        size = self._bytes + 17 * len(self._some)
        self._wait(lambda link: link.credit and (not self._batches or self._on_way() + size <= link.credit))
        self._last = self._some[-1].number
        self._batches.append((self._last, size))
        link.send(batch(self._some[0].number, [entry.payload for entry in self._some]))
        self._some, self._bytes = [], 0

    def _on_way(self) -> int:
        return sum(size for _, size in self._batches)

    def _wait(self, condition: Any) -> None:
        """LinkError: the server is away, silent, or this process ends. The spool stays as it is."""
        link = self._link
        assert link is not None
        sleep = original("time", "sleep")
        end = time.monotonic() + DEAF
        while True:
            before = link.bytes_sent
            link.poll()
            if link.acknowledged is not None:
                self.progress = self.progress or link.acknowledged > self._acknowledged
                self._acknowledged, link.acknowledged = link.acknowledged, None
                self._batches = [one for one in self._batches if one[0] > self._acknowledged]
                end = time.monotonic() + DEAF
            if link.bytes_sent != before:
                end = time.monotonic() + DEAF
            if condition(link):
                return
            if self._is_stopped():
                raise LinkError("this process ends")
            if time.monotonic() > end:
                raise LinkError(f"{self._address}: no acknowledgement for {DEAF:.0f} s")
            sleep(0.002)


def orphans(folder: str) -> list[str]:
    """Spools in a folder, oldest first; whether their processes live is not looked at."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX) and not entry.name.startswith("."):
                    found.append((entry.stat().st_mtime, entry.path))
                elif entry.name.startswith(".") and entry.name.endswith(SUFFIX + NEW):
                    _clear(entry.path)
    except OSError:
        return []
    return [path for _, path in sorted(found)]


def _clear(path: str) -> None:
    """What a process left behind that died while it made a file."""
    try:
        FileStore(path, create=False).close(keep=False)
    except OSError:
        pass  # its process lives


def _aside(path: str) -> str:
    name = path + DAMAGED
    number = 1
    while os.path.exists(name):
        number += 1
        name = f"{path}{DAMAGED}.{number}"
    return name
