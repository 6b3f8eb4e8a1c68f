"""The spool: against a model, with damage and restarts; and what is told of a spool that is damaged."""
import os
import random
import shutil
import tempfile
import threading
import time
import unittest

from client_server import Case, wait_until
from logyard import spool
from logyard.adopt import orphans
from logyard.files import FileStore, Store, unpublished

ROUNDS = int(os.environ.get("LOGYARD_SPOOL_ROUNDS", "300"))
LEVELS = (10, 20, 30, 40, 50)
ABOUT = {"client": "0" * 32, "address": "a:1", "pid": 1}
SEED = spool.seed_of(ABOUT)


class Model:
    """What a spool must hold: numbers, levels and payloads, and where the next to be sent is."""

    def __init__(self):
        self.entries = []
        self.next = 1
        self.sent_to = 0
        self.acknowledged = 0

    def unacknowledged(self):
        return [entry for entry in self.entries if entry[0] > self.acknowledged]


class AgainstAModel(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="logyard-")
        self.addCleanup(shutil.rmtree, self.folder)

    def test_random_lives(self):
        for seed in range(ROUNDS):
            with self.subTest(seed=seed):
                self.live(random.Random(seed))

    def live(self, draw):
        path = os.path.join(self.folder, "x.spool")
        if os.path.exists(path):
            os.unlink(path)
        on_disk = draw.random() < 0.7
        limit = draw.choice((600, 3000, 50_000))
        store = FileStore(path) if on_disk else Store()
        tested = spool.Spool(store, ABOUT, limit)
        model = Model()
        for _ in range(draw.randrange(60)):
            draw.choice((self.append, self.append, self.send, self.acknowledge, self.rewind))(tested, model, draw)
            self.assertLessEqual(tested.size, limit + 200)
            held = self.held(tested)
            self.assertEqual([entry for entry in held if entry[0] > model.acknowledged], model.unacknowledged())
            self.assertEqual(tested.count(), len(model.unacknowledged()))
        if on_disk:
            self.damage(path, tested, model, draw)
        else:
            tested.close()

    @staticmethod
    def held(tested):
        _, start = spool.read_header(tested.store)
        return [one[:3] for one in spool.records(tested.store, start, SEED)]

    def append(self, tested, model, draw):
        items = [(draw.choice(LEVELS), self.payload(draw)) for _ in range(draw.randrange(1, 6))]
        at = 0
        while at < len(items):
            taken = tested.append(model.next, items[at:])
            for level, payload in items[at:at + taken]:
                model.entries.append((model.next, level, payload))
                model.next += 1
            at += taken
            if at == len(items):
                break
            dropped = tested.make_room(items[at][0], model.sent_to)
            if dropped is None:
                at += 1
                continue
            self.make_room(model, items[at][0], dropped)
            self.assertEqual(tested.last, model.next - 1)

    def make_room(self, model, level, dropped):
        """The model drops as many of each level: the oldest of those that were never sent, and no level above."""
        self.assertTrue(all(one < level for one in dropped))
        kept, number = [], model.sent_to
        left = dict(dropped)
        for entry in model.unacknowledged():
            if entry[0] <= model.sent_to:
                kept.append(entry)
            elif left.get(entry[1], 0):
                left[entry[1]] -= 1
            else:
                number += 1
                kept.append((number, *entry[1:]))
        self.assertFalse(any(left.values()))
        lower = [entry for entry in kept if entry[0] > model.sent_to and entry[1] < max(dropped, default=0)]
        self.assertEqual(lower, [], "a lower level goes first")
        model.entries, model.next = kept, number + 1

    def send(self, tested, model, draw):
        if not tested.has_unsent:
            return
        entries = tested.next_entries(draw.choice((1, 200, 10_000)))
        tested.sent(entries[-1])
        numbers = [entry.number for entry in entries]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        model.sent_to = max(model.sent_to, numbers[-1])

    def acknowledge(self, tested, model, draw):
        if model.sent_to > model.acknowledged:
            model.acknowledged = draw.randint(model.acknowledged, model.sent_to)
            tested.acknowledged(model.acknowledged)

    def rewind(self, tested, model, draw):
        tested.rewind()
        first = model.unacknowledged()[:1]
        self.assertEqual(tested.has_unsent, bool(first))
        if first:
            self.assertEqual(tested.next_entries(1)[0][:3], first[0])

    @staticmethod
    def payload(draw):
        some = bytes(draw.randrange(256) for _ in range(draw.randrange(40)))
        return some + draw.choice((b"", spool.MARK, spool.MARK * 3, spool.record(5, 10, b"within", 1)))

    def damage(self, path, tested, model, draw):
        """What is not damaged is found, in order; nothing else is."""
        whole = self.held(tested)
        tested.abandon()
        with open(path, "rb") as file:
            data = bytearray(file.read())
        start = data.index(b"\n", data.index(b"\n") + 1) + 1
        ends = []
        at = start
        for number, level, payload in whole:
            at += len(spool.record(number, level, payload, SEED))
            ends.append(at)
        hurt = set()
        for _ in range(draw.randrange(4)):
            if len(data) <= start:
                break
            at = draw.randrange(start, len(data))
            kind = draw.randrange(3)
            if kind == 0:
                data[at] ^= 1 << draw.randrange(8)
                hurt.add(at)
            elif kind == 1:
                del data[at:]
                hurt.update(range(at, ends[-1] if ends else at))
            else:
                end = min(len(data), at + draw.randrange(1, 50))
                data[at:end] = bytes(end - at)
                hurt.update(range(at, end))
        with open(path, "wb") as file:
            file.write(data)
        store = self.opened(path)
        found = list(spool.records(store, start, SEED))
        store.close(keep=False)
        entries = [one[:3] for one in found if isinstance(one, spool.Entry)]
        begins = [start, *ends[:-1]] if ends else []
        safe = [entry for entry, begin, end in zip(whole, begins, ends) if not hurt.intersection(range(begin, end))]
        self.assertEqual([entry for entry in entries if entry in safe], safe, "all that is whole is found")
        # a byte that is written over may have been what it is now
        self.assertEqual([entry for entry in entries if entry not in whole], [])
        covered = sum(one.end - one.start for one in found if isinstance(one, spool.Damage))
        covered += sum(len(spool.record(*one[:3], SEED)) for one in found if isinstance(one, spool.Entry))
        self.assertEqual(covered, max(0, len(data) - start), "each byte is a record's, or told of")

    @staticmethod
    def opened(path):
        return FileStore(path, create=False)


class Names(unittest.TestCase):
    def test_a_file_that_is_being_made_is_none_that_was_left_behind(self):
        folder = tempfile.mkdtemp(prefix="logyard-")
        self.addCleanup(shutil.rmtree, folder)
        done = threading.Event()

        def clear():
            while not done.is_set():
                orphans(folder)

        clearer = threading.Thread(target=clear)
        clearer.start()
        try:
            for number in range(1000):
                store = FileStore(unpublished(folder, "x.spool"))
                store.append(b"%d" % number)
                store.publish(os.path.join(folder, "x.spool"))
                store.close(keep=True)
                with open(os.path.join(folder, "x.spool"), "rb") as file:
                    self.assertEqual(file.read(), b"%d" % number)
                os.unlink(os.path.join(folder, "x.spool"))
        finally:
            done.set()
            clearer.join()


class Damaged(Case):
    def orphan(self):
        """A spool with 100 records, whose process has died."""
        self.server.kill()
        self.run_program("""\
            for number in range(100):
                log.info("number %d", number)
            HANDLER.flush(30)
            os._exit(0)
            """)
        (name,) = self.spools()
        self.server.start()
        return os.path.join(self.spool, name)

    def change(self, path, change):
        with open(path, "rb") as file:
            data = bytearray(file.read())
        change(data)
        with open(path, "wb") as file:
            file.write(data)

    def deliver(self, path):
        handler = self.handler()
        self.logger(handler).info("hello")
        wait_until(lambda: not os.path.exists(path), "it is dealt with")
        self.assertTrue(handler.flush(60))

    def delivered(self):
        return [int(line.split()[1]) for line in self.server.lines() if line != "hello"]

    def aside(self):
        names = [name for name in os.listdir(self.spool) if ".damaged" in name]
        return [os.path.join(self.spool, name) for name in names]

    def test_the_end_is_missing(self):
        path = self.orphan()
        self.change(path, lambda data: data.__delitem__(slice(len(data) - 30, None)))
        self.deliver(path)
        self.assertEqual(self.delivered(), list(range(99)))
        (told,) = self.server.wait_for(1, "own.log")
        self.assertRegex(told, "the spool .* is damaged: 99 records of it are delivered; [0-9]+ bytes at")
        (aside,) = self.aside()
        self.assertIn(aside, told)
        with open(aside, "rb") as file:
            self.assertTrue(file.read().startswith(spool.MARK))

    def test_bits_are_flipped(self):
        path = self.orphan()

        def change(data):
            for place in (0.25, 0.5, 0.75):
                data[int(len(data) * place)] ^= 0x10

        self.change(path, change)
        self.deliver(path)
        delivered = self.delivered()
        self.assertEqual(delivered, sorted(set(delivered)))
        self.assertEqual(len(delivered), 97)
        self.assertEqual(len(self.aside()), 1)

    def test_another_version(self):
        path = self.orphan()
        self.change(path, lambda data: data.__setitem__(slice(0, 15), b"LOGYARD-SPOOL 7"))
        self.deliver(path)
        self.assertEqual(self.delivered(), [])
        (told,) = self.server.wait_for(1, "own.log")
        self.assertIn("it is of version 7, and this logyard reads version 1", told)
        (aside,) = self.aside()
        self.assertIn(aside, told)

    def test_no_spool_at_all(self):
        path = self.orphan()
        self.change(path, lambda data: data.__setitem__(slice(None), b"hello"))
        self.deliver(path)
        self.assertIn("it does not begin as a spool does", self.server.wait_for(1, "own.log")[0])
        self.assertEqual(len(self.aside()), 1)

    def test_it_is_delivered_twice(self):
        """A copy of a spool that was delivered already does no harm."""
        path = self.orphan()
        shutil.copy(path, path + ".copy")
        self.deliver(path)
        os.rename(path + ".copy", path)
        self.deliver(path)
        time.sleep(0.2)
        self.assertEqual(self.delivered(), list(range(100)))


if __name__ == "__main__":
    unittest.main()
