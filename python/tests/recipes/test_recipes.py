"""The recipes of docs/recipes.md, with the packages themselves and the real server. By pytest."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from client_server import PATIENCE, REPO, Server, wait_until

JSON = """{"version": 1, "root": {"handlers": ["file"]},
    "formatters": {"json": {"class": "pythonjsonlogger.json.JsonFormatter",
                            "format": "%(name)s %(levelname)s %(message)s"}},
    "handlers": {"file": {"class": "logging.FileHandler", "filename": "app.log", "formatter": "json"}}}"""


def recipes():
    with open(os.path.join(REPO, "docs", "recipes.md"), encoding="utf-8") as file:
        text = file.read()
    return dict(re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", text, re.M | re.S))


class Place:
    """A folder with the recipes' files, a server, and programs that are ended at the end."""

    def __init__(self, folder):
        self.folder = str(folder)
        for name, text in recipes().items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.server = Server(os.path.join(self.folder, "srv"), config=JSON, name="logging.json")
        self.spool = os.path.join(self.folder, "spool")
        self.env = dict(os.environ, LOGYARD_ADDRESS=self.server.address, LOGYARD_SPOOL=self.spool,
                        PYTHONPATH=os.pathsep.join([os.path.join(REPO, "python"), self.folder]))
        self.programs = []

    def start(self, *command, **env):
        program = subprocess.Popen([sys.executable, *command], cwd=self.folder, env=dict(self.env, **env),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.programs.append(program)
        return program

    def run(self, *command, **env):
        done = subprocess.run([sys.executable, *command], cwd=self.folder, env=dict(self.env, **env), timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def end(self, program):
        program.terminate()
        out, _ = program.communicate(timeout=PATIENCE)
        return out.decode()

    def records(self, **wanted):
        found = [json.loads(line) for line in self.server.lines()]
        return [one for one in found if all(one.get(key) == value for key, value in wanted.items())]

    def get(self, port, path, program):
        def answer():
            assert program.poll() is None, program.stdout.read().decode()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as got:
                    return got.status
            except urllib.error.HTTPError as error:
                return error.code
            except OSError:
                return None

        return wait_until(answer, f"an answer for {path}")

    def close(self):
        for program in self.programs:
            if program.poll() is None:
                # its workers hold the pipe, too
                if os.getpgid(program.pid) == program.pid:
                    os.killpg(program.pid, signal.SIGKILL)
                program.kill()
                program.communicate(timeout=PATIENCE)
        self.server.stop()


@pytest.fixture
def place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("r"))
    yield place
    place.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_gunicorn(place):
    port = free_port()
    program = place.start("-m", "gunicorn", "-b", f"127.0.0.1:{port}", "wsgi:app")
    for number in range(8):
        assert place.get(port, f"/item?number={number}", program) == 200
    wait_until(lambda: len(place.records(name="gunicorn.access")) >= 8, "the access log")
    place.end(program)
    access = place.records(name="gunicorn.access")
    assert len(access) == 8
    assert [(one["method"], one["path"], one["status"]) for one in access] == [("GET", "/item", 200)] * 8
    assert sorted(one["query"] for one in access) == [f"number={number}" for number in range(8)]
    line = r'127\.0\.0\.1 - - \[.*\] "GET /item\?number=\d HTTP/1\.1" 200 '
    assert all(re.match(line, one["message"]) for one in access)
    assert len(place.records(name="shop", message="loaded")) == 1, "loaded once, before the fork"
    assert len(place.records(name="shop", message="serving /item")) == 8
    errors = [one["message"] for one in place.records(name="gunicorn.error")]
    assert any(message.startswith("Booting worker") for message in errors)


def test_uvicorn(place):
    port = free_port()
    program = place.start("-m", "uvicorn", "--port", str(port), "--log-config", "uvicorn.json", "asgi:app")
    assert place.get(port, "/a%20b", program) == 200
    place.end(program)
    (access,) = place.records(name="uvicorn.access")
    assert re.fullmatch(r'127\.0\.0\.1:\d+ - "GET /a%20b HTTP/1\.1" 200', access["message"])
    assert len(place.records(name="shop", message="serving /a b")) == 1


def test_django(place):
    place.run("-c", textwrap.dedent("""\
        import django
        django.setup()
        from django.test import Client
        client = Client(raise_request_exception=False)
        assert client.get("/hello", headers={"x-request-id": "r-1"}).status_code == 200
        assert client.get("/broken").status_code == 500
        """), DJANGO_SETTINGS_MODULE="settings")
    (hello,) = place.records(name="shop")
    assert hello["request"] == {"method": "GET", "path": "/hello", "user": None, "id": "r-1"}
    (broken,) = place.records(name="django.request")
    assert broken["request"] == {"method": "GET", "path": "/broken", "user": None, "id": None}
    assert broken["status_code"] == 500 and "ValueError: broken" in broken["exc_info"]


def test_flask(place):
    place.run("-c", textwrap.dedent("""\
        import flask_app
        client = flask_app.app.test_client()
        assert client.get("/hello", headers={"X-Request-ID": "r-2"}).status_code == 200
        """))
    (hello,) = place.records(name="shop")
    assert hello["request"] == {"method": "GET", "path": "/hello", "user": None, "id": "r-2"}


@pytest.mark.parametrize("pool", ["solo", "prefork"])
def test_celery(place, pool):
    pytest.importorskip("celery")
    broker = os.path.join(place.folder, "broker")
    os.mkdir(broker)
    # the memory broker is for one process; a folder serves a worker and the one who asks
    transport = {"data_folder_in": broker, "data_folder_out": broker, "control_folder": broker}
    configure = textwrap.dedent(f"""\
        import tasks
        tasks.app.conf.update(broker_url="filesystem://", broker_transport_options={transport!r},
                              result_backend=None)
        """)
    options = ["worker", "--pool", pool, "-c", "2", "-l", "INFO", "--without-mingle", "--without-gossip",
               "--without-heartbeat"]
    program = place.start("-c", configure + f"tasks.app.worker_main({options!r})")
    place.run("-c", configure + "for number in range(6): tasks.add.delay(number, 1)")
    wait_until(lambda: len(place.records(name="shop")) >= 6 or program.poll() is not None, "the tasks")
    out = place.end(program)
    added = sorted(one["message"] for one in place.records(name="shop"))
    assert added == [f"adding {number} and 1" for number in range(6)], out
    succeeded = [one for one in place.records(name="celery.app.trace") if "succeeded" in one["message"]]
    assert len(succeeded) == 6


def test_celery_eager(place):
    pytest.importorskip("celery")
    place.run("-c", textwrap.dedent("""\
        import logging
        import tasks
        tasks.app.conf.task_always_eager = True
        logging.getLogger("shop").addHandler(tasks.handler)
        logging.getLogger("shop").setLevel("INFO")
        assert tasks.add.delay(1, 2).get() == 3
        """))
    assert [one["message"] for one in place.records(name="shop")] == ["adding 1 and 2"]


def test_gevent(place):
    """The sender goes on while no greenlet gives way."""
    pytest.importorskip("gevent", reason="gevent can't be installed here")
    place.run("-c", textwrap.dedent("""\
        from gevent import monkey
        monkey.patch_all()
        import logging, sys, time
        import gevent
        import logyard
        handler = logyard.Handler()
        log = logging.getLogger("shop")
        log.setLevel("INFO")
        log.addHandler(handler)
        def work(number):
            for step in range(100):
                log.info("%d %d", number, step)
                gevent.sleep(0)
        gevent.joinall([gevent.spawn(work, number) for number in range(10)])
        log.info("busy")
        end = time.monotonic() + 60
        while open(sys.argv[1]).read().count("busy") == 0 and time.monotonic() < end:
            pass  # gives way to nobody
        assert time.monotonic() < end
        """), os.path.join(place.server.folder, "app.log"))
    found = [one["message"] for one in place.records(name="shop")]
    assert sorted(found) == sorted([f"{number} {step}" for number in range(10) for step in range(100)] + ["busy"])


def test_uwsgi(place):
    program = os.path.join(os.path.dirname(sys.executable), "uwsgi")
    if not os.access(program, os.X_OK):
        pytest.skip("uWSGI is not installed in this environment: it is built from C, and has no wheels")
    port = free_port()
    running = subprocess.Popen([program, "--http-socket", f"127.0.0.1:{port}", "--module", "wsgi:app", "--master",
                                "--processes", "2", "--enable-threads", "--die-on-term",
                                # it waits so long for workers that have any thread of their own, ours or not
                                "--worker-reload-mercy", "5"],
                               cwd=place.folder, env=place.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    place.programs.append(running)
    for number in range(8):
        assert place.get(port, f"/{number}", running) == 200
    served = [f"serving /{number}" for number in range(8)]
    # uWSGI's master lets no thread of Python run: what it logged while loading may come at its end, or by the spool
    wait_until(lambda: {one["message"] for one in place.records(name="shop")} >= set(served), "the records")
    place.end(running)
    messages = [one["message"] for one in place.records(name="shop") if one["message"] != "loaded"]
    assert sorted(messages) == served


def test_structlog_dicts(place):
    """A dict as the message goes to the server's JSON formatter as a dict."""
    place.run("-c", textwrap.dedent("""\
        import logyard
        log = logyard.get_logger("shop", console=False)
        log.info({"event": "login", "user": {"id": 7}})
        """))
    (record,) = place.records(name="shop")
    assert record["event"] == "login" and record["user"] == {"id": 7}


