"""Builds the wheel, installs it into an environment of its own, and uses what came: the command and the module.

    python check_wheel.py FOLDER [MATURIN_OPTION ...]

FOLDER is for the wheel and the environment. The build reuses what cargo has built with the same options.
"""
import os
import shutil
import subprocess
import sys
import zipfile

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(*command, **kwargs):
    return subprocess.run(command, check=True, **kwargs)


def main(folder, options):
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "maturin", "build", "--locked", "--out", folder, *options, cwd=REPO)
    (wheel,) = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".whl")]
    names = zipfile.ZipFile(wheel).namelist()
    assert "logyard/py.typed" in names, names
    assert not [name for name in names if "tests" in name or name.endswith(".pyc")], names
    environment = os.path.join(folder, "venv")
    run(sys.executable, "-m", "venv", environment)
    python = os.path.join(environment, "bin", "python")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", wheel)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    versions = {
        run(*command, capture_output=True, text=True, env=env, cwd=folder).stdout.strip()
        for command in ([os.path.join(environment, "bin", "logyard"), "--version"],
                        [python, "-m", "logyard", "--version"])
    }
    (version,) = versions
    code = ("import importlib.metadata, logyard, logyard.handlers;"
            "logyard.Handler; logyard.get_logger; print(importlib.metadata.version('logyard'))")
    found = run(python, "-c", code, capture_output=True, text=True, env=env, cwd=folder).stdout.strip()
    assert version == f"logyard {found}", (version, found)
    print(f"{os.path.basename(wheel)}: {os.path.getsize(wheel) >> 10} KiB, {version}")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), sys.argv[2:])
