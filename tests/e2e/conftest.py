"""Fixtures: `server` starts logyards that end with the test, `folder` is the test's own."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from harness import Server  # noqa: E402


@pytest.fixture(scope="session")
def binary():
    path = os.environ.get("LOGYARD_BIN")
    if not path or not os.access(path, os.X_OK):
        pytest.exit("LOGYARD_BIN must name the logyard binary; cargo xtask test sets it", returncode=2)
    return str(Path(path).resolve())


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def server(binary, tmp_path):
    running = []

    def start(config, **options):
        folder = options.pop("folder", tmp_path / "server")
        running.append(Server(binary, folder, config, **options))
        return running[-1]

    yield start
    for one in running:
        one.kill()
