"""Processes that fork, spawn, end and die: each record is delivered once."""
import os
import signal
import subprocess
import sys
import time
import unittest

from client_server import Case, wait_until


class Processes(Case):
    def test_the_end_of_a_program(self):
        self.run_program("""\
            for number in range(500):
                log.info("number %d", number)
            """)
        self.assertEqual(self.server.lines(), [f"number {number}" for number in range(500)])
        self.assertEqual(self.spools(), [])

    def test_the_end_of_a_program_without_a_server(self):
        self.server.kill()
        start = time.monotonic()
        self.run_program("""\
            for number in range(500):
                log.info("number %d", number)
            """)
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual(len(self.spools()), 1)
        self.server.start()
        self.run_program("""\
            log.info("later")
            HANDLER.flush(30)
            end = time.monotonic() + 60
            while [n for n in os.listdir(sys.argv[1]) if n.endswith(".spool")] and time.monotonic() < end:
                time.sleep(0.01)
            """, self.spool)
        lines = self.server.lines()
        self.assertEqual(sorted(lines), sorted(["later"] + [f"number {number}" for number in range(500)]))
        self.assertEqual([line for line in lines if line != "later"], [f"number {n}" for n in range(500)])

    def test_the_end_of_a_program_while_the_server_is_frozen(self):
        self.server.signal(signal.SIGSTOP)
        try:
            self.run_program("""\
                log.info("hello")
                """)
        finally:
            self.server.signal(signal.SIGCONT)
        self.assertEqual(len(self.spools()), 1)
        self.run_program("""\
            log.info("later")
            HANDLER.flush(30)
            time.sleep(1)
            """)
        self.assertEqual(sorted(self.server.wait_for(2)), ["hello", "later"])

    def test_records_of_atexit_and_of_what_comes_after_it(self):
        self.run_program("""\
            import atexit
            class Late:
                def __del__(self):
                    log.info("del")
            late = Late()
            atexit.register(lambda: log.info("atexit"))
            log.info("main")
            """)
        self.assertEqual(sorted(self.server.wait_for(3)), ["atexit", "del", "main"])

    def test_only_atexit_logs(self):
        self.run_program("""\
            import atexit
            atexit.register(lambda: log.info("atexit"))
            """)
        self.assertEqual(self.server.wait_for(1), ["atexit"])

    def test_fork(self):
        self.run_program("""\
            log.info("parent before")
            children = []
            for child in range(4):
                pid = os.fork()
                if pid == 0:
                    for number in range(200):
                        log.info("child %d %d", child, number)
                    sys.exit(0)
                children.append(pid)
                log.info("parent %d", child)
            for pid in children:
                assert os.waitpid(pid, 0)[1] == 0
            log.info("parent after")
            """)
        lines = self.server.lines()
        self.assertEqual(len(lines), 4 * 200 + 6)
        for child in range(4):
            name = f"child {child} "
            found = [line for line in lines if line.startswith(name)]
            self.assertEqual(found, [name + str(number) for number in range(200)])
        parent = [line for line in lines if line.startswith("parent")]
        self.assertEqual(parent, ["parent before", *(f"parent {n}" for n in range(4)), "parent after"])

    def test_fork_while_the_server_is_away(self):
        """The child must not touch what the parent has in its spool and its buffer."""
        self.server.kill()
        self.run_program("""\
            for number in range(100):
                log.info("parent %d", number)
            HANDLER.flush(30)
            pid = os.fork()
            for number in range(100):
                log.info("%s %d", "forked" if pid else "child", number)
            if pid:
                assert os.waitpid(pid, 0)[1] == 0
            """)
        self.assertEqual(len(self.spools()), 2)
        self.server.start()
        self.logger(self.handler()).info("end")
        lines = self.server.wait_for(301)
        self.assertEqual(len(lines), 301)
        for name in ("parent", "forked", "child"):
            found = [line for line in lines if line.startswith(name)]
            self.assertEqual(found, [f"{name} {number}" for number in range(100)])

    def test_multiprocessing(self):
        for method in ("fork", "spawn", "forkserver"):
            with self.subTest(method=method):
                self.run_program("""\
                    import multiprocessing

                    def work(number):
                        log.info("%s %d", sys.argv[1], number)

                    if __name__ == "__main__":
                        context = multiprocessing.get_context(sys.argv[1])
                        work(100)
                        processes = [context.Process(target=work, args=(number,)) for number in range(3)]
                        for process in processes:
                            process.start()
                        for process in processes:
                            process.join()
                            assert process.exitcode == 0
                        with context.Pool(2) as pool:
                            pool.map(work, range(3, 9))
                            pool.close()
                            pool.join()
                    """, method)
                found = [line for line in self.server.lines() if line.startswith(method + " ")]
                wanted = [f"{method} {number}" for number in [*range(9), 100]]
                self.assertEqual(sorted(found), sorted(wanted))

    def test_a_process_that_is_killed(self):
        """What it had in its spool is delivered by a sibling that runs already."""
        sibling = self.handler()
        logger = self.logger(sibling)
        self.server.kill()
        self.run_program("""\
            for number in range(1000):
                log.info("number %d", number)
            HANDLER.flush(30)
            os.kill(os.getpid(), 9)
            """, check=False)
        (orphan,) = self.spools()
        self.server.start()
        logger.info("sibling")
        self.assertTrue(sibling.flush(60))
        lines = self.server.wait_for(1001)
        self.assertEqual([line for line in lines if line != "sibling"], [f"number {n}" for n in range(1000)])
        wait_until(lambda: orphan not in self.spools(), "the orphan is gone")
        self.assertEqual(len(self.server.lines()), 1001)

    def test_an_orphan_that_many_want(self):
        self.server.kill()
        self.run_program("""\
            for number in range(2000):
                log.info("number %d", number)
            HANDLER.flush(30)
            os._exit(0)
            """)
        self.server.start()
        self.run_program("""\
            for child in range(4):
                if os.fork() == 0:
                    break
            log.info("adopter")
            HANDLER.flush(30)
            end = time.monotonic() + 60
            while [n for n in os.listdir(sys.argv[1]) if n.endswith(".spool")] and time.monotonic() < end:
                time.sleep(0.01)
            """, self.spool)
        lines = [line for line in self.server.wait_for(2005) if line != "adopter"]
        self.assertEqual(lines, [f"number {number}" for number in range(2000)])

    def test_another_servers_spool_is_left_alone(self):
        self.server.kill()
        self.run_program("""\
            other = logyard.Handler("127.0.0.1:1", sys.argv[1])
            log.handlers[:] = [other]
            log.info("for another")
            """, self.spool)
        (name,) = self.spools()
        self.server.start()
        handler = self.handler()
        self.logger(handler).info("hello")
        self.assertTrue(handler.flush(60))
        time.sleep(0.3)
        self.assertEqual(self.spools(), [name])
        self.assertEqual(self.server.lines(), ["hello"])

    def test_signal_handlers_may_log(self):
        self.run_program("""\
            import signal
            def handle(number, frame):
                log.info("signal")
            signal.signal(signal.SIGALRM, handle)
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            for number in range(20000):
                log.info("number %d", number)
            signal.setitimer(signal.ITIMER_REAL, 0)
            HANDLER.flush(60)
            """)
        lines = [line for line in self.server.lines() if line != "signal"]
        self.assertEqual(lines, [f"number {number}" for number in range(20000)])

    def test_python_m_logyard(self):
        import shutil

        folder = os.path.join(self.folder, "bin")
        os.mkdir(folder)
        from client_server import BINARY, REPO

        os.symlink(BINARY, os.path.join(folder, "logyard"))
        env = dict(os.environ, PYTHONPATH=os.path.join(REPO, "python"), PATH=folder)
        if shutil.which("logyard", path=os.path.dirname(sys.executable)):
            self.skipTest("this Python has a logyard of its own")
        done = subprocess.run([sys.executable, "-m", "logyard", "--version"], stdout=subprocess.PIPE, env=env)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith(b"logyard "), done.stdout)


if __name__ == "__main__":
    unittest.main()
