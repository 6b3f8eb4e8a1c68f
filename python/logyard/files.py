"""Where a spool's bytes are: in a file that its process has locked, or in memory."""
from __future__ import annotations

import os
import tempfile
from typing import Any

from .native import original

try:
    import fcntl
except ImportError:  # no POSIX: nobody can tell whether a spool's process lives
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".spool"
NEW = ".new"

# times that a new file is made, if others remove it
ATTEMPTS = 100


def tells_who_lives() -> bool:
    """Whether locks tell that a spool's process has died."""
    return fcntl is not None


class Store:
    """In memory."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    @property
    def size(self) -> int:
        return len(self._bytes)

    def append(self, data: bytes) -> None:
        """OSError: nothing of it has been taken."""
        self._bytes += data

    def read(self, at: int, length: int) -> bytes:
        return bytes(self._bytes[at:at + length])

    def truncate(self, size: int) -> None:
        del self._bytes[size:]

    def replace(self, data: bytes) -> None:
        """All of it is this from now on."""
        self._bytes = bytearray(data)

    def close(self, keep: bool) -> None:
        self._bytes = bytearray()

    def abandon(self) -> None:
        self._bytes = bytearray()


class FileStore(Store):
    """A file. It is locked as long as its process lives, by which others know that they must not adopt it."""

    def __init__(self, path: str, create: bool = True) -> None:
        """OSError: it can't be opened. BlockingIOError: it is somebody else's."""
        self.path = path
        flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        for attempt in range(ATTEMPTS if create else 1):
            fd = os.open(path, flags | (os.O_CREAT if create else 0), 0o600)
            try:
                if fcntl is not None:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found = os.fstat(fd)
            except OSError as error:
                os.close(fd)
                # before it was locked, another process may have taken it for one that was left behind
                if isinstance(error, BlockingIOError) and attempt + 1 < ATTEMPTS and create:
                    original("time", "sleep")(0.001)
                    continue
                raise
            if found.st_nlink > 0:
                self._fd: int = fd
                self._size = found.st_size
                return
            os.close(fd)
        raise FileNotFoundError(f"{path}: somebody removes it")

    def publish(self, path: str) -> None:
        """Gives the file the name under which others look for it."""
        os.rename(self.path, path)
        self.path = path

    @property
    def size(self) -> int:
        return self._size

    def append(self, data: bytes) -> None:
        view = memoryview(data)
        at = self._size
        try:
            while view:
                written = os.pwrite(self._fd, view, at)
                at += written
                view = view[written:]
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size = at

    def read(self, at: int, length: int) -> bytes:
        data = os.pread(self._fd, length, at)
        while len(data) < length and at + len(data) < self._size:
            more = os.pread(self._fd, length - len(data), at + len(data))
            if not more:
                break
            data += more
        return data

    def truncate(self, size: int) -> None:
        os.ftruncate(self._fd, size)
        self._size = size

    def replace(self, data: bytes) -> None:
        # a new file takes its name, so that a crash leaves the old or the new one whole
        folder, name = os.path.split(self.path)
        fresh = FileStore(unpublished(folder, name))
        try:
            fresh.truncate(0)
            fresh.append(data)
            os.rename(fresh.path, self.path)
        except OSError:
            fresh.close(keep=False)
            raise
        os.close(self._fd)
        self._fd, self._size = fresh._fd, fresh._size

    def close(self, keep: bool) -> None:
        if self._fd >= 0:
            if not keep:
                try:
                    os.unlink(self.path)
                except OSError:
                    pass  # an empty spool harms nobody
            os.close(self._fd)
            self._fd = -1

    def abandon(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def unpublished(folder: str, name: str) -> str:
    """The name of a file that is not ready yet."""
    return os.path.join(folder, f".{name}{NEW}")


def folder_of(spool: Any | None) -> str:
    """The folder for spools: the one given, $LOGYARD_SPOOL, or one below the user's state."""
    if spool is not None:
        return str(os.fspath(spool))
    given = os.environ.get("LOGYARD_SPOOL")
    if given:
        return given
    state = os.environ.get("XDG_STATE_HOME")
    if not state:
        home = os.path.expanduser("~")
        if home in ("~", "/") or not os.access(home, os.W_OK):  # a service's account may have none
            owner = os.getuid() if hasattr(os, "getuid") else "user"
            return os.path.join(tempfile.gettempdir(), f"logyard-{owner}", "spool")
        state = os.path.join(home, ".local", "state")
    return os.path.join(state, "logyard", "spool")


def prepare(folder: str) -> None:
    """Makes the folder, for its owner alone. OSError: it can't be had, or is somebody else's."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    found = os.stat(folder)
    if hasattr(os, "getuid") and found.st_uid not in (os.getuid(), 0):
        raise PermissionError(f"{folder} belongs to another user")
