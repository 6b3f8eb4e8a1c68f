"""The thread that sends: one for each handler and process, started by the first record."""
from __future__ import annotations

import os
import sys
import time
from collections import deque
from typing import Any

from .address import Address
from .adopt import Adopter
from .courier import OVERHEAD, Courier, Item
from .drops import Drops
from .native import original
from .spool import LONGEST

# records in the buffer from which on their callers pickle them: so the sender keeps up with many threads
BUSY = 1024

# seconds that a flush waits between two looks
LOOK = 0.002

# seconds for a record that comes when the interpreter ends
LAST_WORDS = 0.5

# seconds for the thread to end, when it was told to: more than any turn takes
LAST_TURN = 2.0


def forks_soon() -> bool:
    """Whether this is uWSGI's master while it loads the application: it forks whatever its threads do, and a worker may
    wait for ever for a lock that one of them had."""
    uwsgi: Any = sys.modules.get("uwsgi")
    try:
        return uwsgi is not None and uwsgi.worker_id() == 0
    except Exception:
        return False  # another module of that name


class Sender:
    """A buffer, and the thread that empties it."""

    def __init__(self, address: Address, folder: str | None, spool_size: int) -> None:
        self.pid = os.getpid()
        self.buffer: deque[Item] = deque()
        self.drops = Drops()
        # True while the thread waits for the bell, or there is none
        self.idle = True
        self.courier = Courier(address, folder, spool_size, self.buffer, self.drops)
        self.adopter = Adopter(address, folder, self.courier)
        self._stop = False
        self._thread_is_there = False
        self._no_thread = False
        allocate = original("_thread", "allocate_lock")
        self._starting = allocate()
        self._inline = allocate()
        self._bell = allocate()
        self._bell.acquire()
        self._ended = allocate()

    def is_full(self, level: int, size: int) -> bool:
        """Whether there is no room in the buffer: the record is counted as dropped."""
        if size + OVERHEAD > LONGEST:
            self.drops.count_large()
            return True
        if self.drops.enters_buffer(level, len(self.buffer), size):
            return False
        self.drops.count(level)
        return True

    def wake(self) -> None:
        """Something is in the buffer. Never waits."""
        self.idle = False
        if self._no_thread:
            self.idle = True
            self._last_words()
        elif self._thread_is_there:
            try:
                self._bell.release()
            except RuntimeError:
                pass  # it has been rung already
        else:
            self._start()

    def flush(self, timeout: float) -> bool:
        """Waits until all is acknowledged, or in the spool while the server is away; False if it takes longer."""
        if not self._thread_is_there and forks_soon():
            self._last_words()
        end = time.monotonic() + timeout
        sleep = original("time", "sleep")
        while not self.courier.is_settled:
            if time.monotonic() >= end:
                return False
            self.wake()
            sleep(LOOK)
        return True

    def close(self, timeout: float) -> None:
        """Flushes, and ends the thread. What was not acknowledged is in the spool then."""
        self.flush(timeout)
        self._stop = True
        self.adopter.stop()
        if self._thread_is_there:
            self.wake()
            if not self._ended.acquire(True, LAST_TURN):
                return  # it hangs, in a call to the disk: it finishes when that ends, if the process lives on
            self._ended.release()
        else:
            self.courier.finish()

    def abandon(self) -> None:
        """In a child of fork: the parent has these records, and sends them."""
        self.courier.abandon()
        self.adopter.abandon()

    def _start(self) -> None:
        if forks_soon():
            self.idle = True  # the next record asks again
            return
        if self._stop or not self._starting.acquire(False):
            return
        try:
            if self._thread_is_there:
                return
            self._ended.acquire(False)
            if sys.is_finalizing():
                raise RuntimeError("a thread would not run any more")
            original("_thread", "start_new_thread")(self._run, ())
            self._thread_is_there = True
            self._finish_with_process()
        except RuntimeError:  # the interpreter ends: whoever flushes does it
            self._no_thread = True
            self._ended.release()
            self._last_words()
        finally:
            self._starting.release()

    def _last_words(self) -> None:
        """The interpreter ends and gives no thread: what comes now is sent at once, or goes to the spool."""
        if not self._inline.acquire(False):
            return
        try:
            end = time.monotonic() + LAST_WORDS
            sleep = original("time", "sleep")
            while not self.courier.is_settled and time.monotonic() < end:
                self.courier.turn()
                sleep(LOOK)
            self.courier.finish()
        finally:
            self._inline.release()

    def _run(self) -> None:
        courier = self.courier
        try:
            while not self._stop:
                self.idle = False
                try:
                    wait = courier.turn()
                except Exception as error:
                    wait = 1.0
                    self._complain(error)
                if wait > 0.0:
                    self.adopter.look()
                    self.idle = not courier.waits  # else nobody needs to ring
                    if courier.waits or (not self.buffer and not self._stop):
                        self._bell.acquire(True, wait)
            courier.finish()
        except Exception as error:
            self._complain(error)
        finally:
            self._ended.release()

    @staticmethod
    def _complain(error: BaseException) -> None:
        """A mistake of this package; it must not end the sending."""
        try:
            import traceback

            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            sys.stderr.write(f"logyard: a mistake in its client; please report it:\n{text}")
        except Exception:
            pass  # there is no stderr any more

    def _finish_with_process(self) -> None:
        """Processes of `multiprocessing` and billiard end without atexit; they have a registry of their own."""
        for name in ("multiprocessing", "billiard"):
            process: Any = sys.modules.get(f"{name}.process")
            util: Any = sys.modules.get(f"{name}.util")
            if process is None or util is None:
                continue
            try:
                if getattr(process.current_process(), "_parent_pid", None) is not None:
                    util.Finalize(None, self.close, args=(2.0,), exitpriority=-100)
            except Exception:
                pass  # another version of it

