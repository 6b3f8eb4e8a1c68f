"""What is logged is in the server's file: once, in order, whatever happens to the server."""
import errno
import logging
import os
import signal
import threading
import time
import unittest
from unittest import mock

from client_server import Case, wait_until
from logyard.files import FileStore


def numbers(start, end):
    return [f"number {number}" for number in range(start, end)]


class Delivery(Case):
    def log(self, logger, start, end):
        for number in range(start, end):
            logger.info("number %d", number)

    def test_records_arrive_in_order(self):
        handler = self.handler()
        self.log(self.logger(handler), 0, 5000)
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), numbers(0, 5000))
        self.assertEqual(handler.dropped, 0)
        self.assertEqual(self.spools(), [], "the server was there")

    def test_a_server_that_comes_later(self):
        self.server.kill()
        handler = self.handler()
        logger = self.logger(handler)
        self.log(logger, 0, 1000)
        self.assertTrue(handler.flush(60), "in the spool")
        self.assertEqual(len(self.spools()), 1)
        self.log(logger, 1000, 2000)
        self.server.start()
        self.log(logger, 2000, 3000)
        self.assertEqual(self.server.wait_for(3000), numbers(0, 3000))
        handler.close()
        self.assertEqual(self.spools(), [], "nothing is left in it")

    def test_a_server_that_is_killed_again_and_again(self):
        self.serve_again(more=("--journal", "journal"))
        handler = self.handler()
        logger = self.logger(handler)
        for round in range(4):
            self.log(logger, round * 1000, round * 1000 + 700)
            time.sleep(0.02 * round)  # to be killed at different moments
            self.server.kill()
            self.log(logger, round * 1000 + 700, round * 1000 + 1000)
            self.server.start()
        self.assertEqual(self.server.wait_for(4000), numbers(0, 4000))
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), numbers(0, 4000), "each once")

    def test_a_server_that_is_frozen(self):
        handler = self.handler()
        logger = self.logger(handler)
        self.log(logger, 0, 10)
        self.assertTrue(handler.flush(60))
        self.server.signal(signal.SIGSTOP)
        try:
            long = "x" * 900
            for number in range(10, 12000):  # more than the credit, and the socket's buffers
                logger.info("number %d%s", number, long)
            wait_until(self.spools, "what does not fit goes to the spool")
        finally:
            self.server.signal(signal.SIGCONT)
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), numbers(0, 10) + [n + long for n in numbers(10, 12000)])

    def test_the_caller_waits_for_nobody(self):
        handler = self.handler()
        held = threading.Event()
        self.addCleanup(held.set)
        # the thread is held within a turn, as by a disk that hangs
        handler._sender.courier.turn = lambda: held.wait() and 0.0
        logger = self.logger(handler)
        done = threading.Thread(target=self.log, args=(logger, 0, 100), daemon=True)
        done.start()
        done.join(60)
        self.assertFalse(done.is_alive())
        self.assertEqual(len(handler._sender.buffer), 100)
        self.assertFalse(handler.flush(0.1))
        del handler._sender.courier.turn
        held.set()
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), numbers(0, 100))

    def test_many_threads(self):
        handler = self.handler()
        logger = self.logger(handler)

        def log(name):
            for number in range(2000):
                logger.info("%s %d", name, number)

        threads = [threading.Thread(target=log, args=(f"t{one}",)) for one in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertTrue(handler.flush(60))
        lines = self.server.lines()
        self.assertEqual(len(lines), 8000)
        for one in range(4):
            name = f"t{one} "
            found = [line for line in lines if line.startswith(name)]
            self.assertEqual(found, [name + str(number) for number in range(2000)])

    def test_large_records(self):
        handler = self.handler()
        logger = self.logger(handler)
        texts = [letter * size for letter, size in (("a", 5 << 20), ("b", 300_000), ("c", 3), ("d", 6 << 20))]
        for text in texts:
            logger.info(text)
        logger.info("x" * (17 << 20))  # more than any frame
        logger.info("end")
        self.assertTrue(handler.flush(60))
        self.server.wait_for(5)
        self.assertEqual([line[:1] + str(len(line)) for line in self.server.lines()],
                         [text[:1] + str(len(text)) for text in texts] + ["e3"])
        logger.info("again")
        self.assertIn("1 record was dropped: 1 too large", self.server.wait_for(1, "own.log")[0])

    def test_a_memory_spool(self):
        self.server.kill()
        handler = self.handler(spool=False)
        logger = self.logger(handler)
        self.log(logger, 0, 500)
        self.server.start()
        self.assertEqual(self.server.wait_for(500), numbers(0, 500))
        self.assertFalse(os.path.exists(self.spool))

    def test_a_folder_that_can_not_be_had(self):
        path = os.path.join(self.folder, "file")
        with open(path, "w"):
            pass
        self.server.kill()
        handler = self.handler(spool=path)
        self.log(self.logger(handler), 0, 100)
        self.server.start()
        self.assertEqual(self.server.wait_for(100), numbers(0, 100))
        self.assertIn("no spool can be had in " + path, self.server.wait_for(1, "own.log")[0])

    def test_a_disk_that_is_full_when_the_spool_is_made(self):
        self.server.kill()
        handler = self.handler()
        with mock.patch.object(FileStore, "append", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            self.log(self.logger(handler), 0, 100)
            self.assertTrue(handler.flush(60))
        self.assertEqual(self.spools(), [])
        self.server.start()
        self.assertEqual(self.server.wait_for(100), numbers(0, 100))
        self.assertIn("No space left on device; what the server does not take", self.server.wait_for(1, "own.log")[0])

    def test_what_is_dropped_is_of_the_lowest_level_and_is_told(self):
        self.server.kill()
        handler = self.handler(spool_size=200_000)
        logger = self.logger(handler)
        for number in range(300):
            logger.debug("debug %d", number)
            logger.info("info %d", number)
            handler.flush(60)
        for number in range(100):
            logger.error("error %d", number)
        handler.flush(60)
        self.server.start()
        told = self.server.wait_for(1, "own.log")
        self.assertTrue(handler.flush(60))
        lines = self.server.lines()
        errors = [line for line in lines if line.startswith("error")]
        infos = [line for line in lines if line.startswith("info")]
        debugs = [line for line in lines if line.startswith("debug")]
        self.assertEqual(errors, [f"error {number}" for number in range(100)])
        self.assertLess(len(debugs), 300)
        dropped = 700 - len(lines)
        self.assertEqual(len(told), 1)
        self.assertIn(f"{dropped} records were dropped", told[0])
        self.assertIn(f"{300 - len(debugs)} DEBUG", told[0])
        if len(infos) < 300:
            self.assertEqual(debugs, [], "INFO goes after DEBUG")
        order = [line for line in lines if not line.startswith("error")]
        self.assertEqual(order, sorted(order, key=lambda line: (int(line.split()[1]), line)))

    def test_close_and_go_on(self):
        handler = self.handler()
        logger = self.logger(handler)
        logger.info("before")
        handler.close()
        logger.info("after")
        handler.close()
        self.assertEqual(self.server.lines(), ["before", "after"])

    def test_a_server_that_speaks_another_protocol(self):
        import socket

        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen(1)
            handler = self.handler(address=other.getsockname())
            logger = self.logger(handler)
            logger.info("hello")
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"220 mail.example ESMTP\r\n" * 100)
                wait_until(lambda: "no logyard server" in handler._sender.courier.last_problem, "it is noticed")
            self.assertTrue(handler.flush(60), "the record is in the spool")


class Addresses(unittest.TestCase):
    def test_addresses(self):
        from logyard.address import parse

        for given, shown in [
            ("127.0.0.1:9020", "127.0.0.1:9020"), ("tcp://logs:1", "logs:1"), ("[::1]:9020", "[::1]:9020"),
            (("localhost", 9020), "localhost:9020"), ("unix:///run/l.sock", "unix:///run/l.sock"),
            (("/run/l.sock", None), "unix:///run/l.sock"), ("/run/l.sock", "unix:///run/l.sock"),
        ]:
            self.assertEqual(str(parse(given)), shown)
        for bad in ("localhost", "localhost:", ":9020", "a:b", "a:0", "a:65536", "unix://l.sock", "a:٣"):
            with self.assertRaisesRegex(ValueError, "address"):
                parse(bad)

    def test_the_environment(self):
        from logyard.address import parse

        before = os.environ.pop("LOGYARD_ADDRESS", None)
        try:
            self.assertEqual(str(parse(None)), "127.0.0.1:9020")
            os.environ["LOGYARD_ADDRESS"] = "unix:///run/other"
            self.assertEqual(str(parse(None)), "unix:///run/other")
            self.assertEqual(str(parse("a:1")), "a:1")
        finally:
            os.environ.pop("LOGYARD_ADDRESS")
            if before is not None:
                os.environ["LOGYARD_ADDRESS"] = before


class Names(Case):
    def test_a_name_is_looked_up_meanwhile(self):
        self.server.stop()
        self.server.command += ["--listen", "127.0.0.1:0"]
        self.server.start()
        text = b"".join(self.server.said).decode()
        port = int(text[text.index("127.0.0.1:") + 10:].split()[0].strip(",\x1b[0m"))
        handler = self.handler(address=("localhost", port))
        self.logger(handler).info("by name")
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), ["by name"])

    def test_dict_config(self):
        import logging.config

        import logyard

        logging.config.dictConfig({
            "version": 1, "disable_existing_loggers": False,
            "handlers": {"server": {"class": "logyard.Handler", "address": self.server.address, "spool": self.spool,
                                    "level": "WARNING"}},
            "loggers": {"configured": {"handlers": ["server"], "level": "DEBUG", "propagate": False}},
        })
        logger = logging.getLogger("configured")
        (handler,) = logger.handlers
        self.addCleanup(logger.removeHandler, handler)
        self.assertIsInstance(handler, logyard.Handler)
        logger.info("not this")
        logger.warning("this")
        handler.close()
        self.assertEqual(self.server.lines(), ["this"])

    def test_get_logger(self):
        import io

        import logyard

        console = io.StringIO()
        logger = logyard.get_logger("shop", "DEBUG", address=self.server.address, spool=self.spool, console=console,
                                    fmt="%(levelname)s:%(message)s")
        self.assertIs(logger, logyard.get_logger("shop", "DEBUG", address=self.server.address, spool=self.spool))
        other = logyard.get_logger("other", address=self.server.address, spool=self.spool, console=False)
        self.assertEqual(len(logger.handlers), 2)
        self.assertEqual(other.handlers, logger.handlers[:1])
        logger.debug("once")
        other.info("other")
        logger.handlers[0].close()
        self.assertEqual(self.server.lines(), ["once", "other"])
        self.assertEqual(console.getvalue(), "DEBUG:once\n")


if __name__ == "__main__":
    logging.raiseExceptions = True
    unittest.main()
