"""Runs a case: frames from its clients, then the files that a receiver makes of them."""
import base64
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LIMIT = 120  # seconds for one child


class RunError(Exception):
    """A client or a receiver that failed: the case is wrong, or the interpreter."""


class NoPackages(Exception):
    """The machine has no Python with the packages of a case."""


class NoThreads(Exception):
    """The interpreter can't start the listener of a QueueHandler: CPython for WebAssembly has no threads."""


def environment(**more):
    """What a child sees of the environment: nothing that would make two machines differ."""
    base = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:strict",
            "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"}
    return base | more


def child(python, script, args, env, cwd, job=None):
    try:
        done = subprocess.run([*python.command, str(HERE / script), *args], input=job, cwd=cwd,
                              env=env, capture_output=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        raise RunError(f"{script} under {python.version}: not done in {LIMIT} s") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")[-2000:]
        raise RunError(f"{script} under {python.version}: {said}")
    return done


def frames(case, python):
    """What one client sends: a dict of frame file names to bytes."""
    steps = [{key: step[key] for key in ("index", "at", "log")} for step in case.step if "log" in step]
    job = {"start": case.step[0]["at"], "protocol": case.protocol, "steps": steps}
    with tempfile.TemporaryDirectory() as cwd:
        done = child(python, "client.py", [], environment(), cwd, json.dumps(job).encode())
    answer = json.loads(done.stdout)
    return {f"{int(index):02}-{python.minor}.bin": base64.b64decode(data)
            for index, data in answer["frames"].items()}


def packages_python(script, *args, **more):
    """Runs a line of Python where the packages are; what it printed is JSON."""
    python = os.environ.get("LOGYARD_PACKAGES_PYTHON", sys.executable)
    done = subprocess.run([python, "-c", script, *args], capture_output=True, timeout=LIMIT, **more)
    said = done.stderr.decode(errors="replace")
    if "ModuleNotFoundError" in said or "PackageNotFoundError" in said:
        raise NoPackages(f"{said.splitlines()[-1]}: set LOGYARD_PACKAGES_PYTHON to a Python that has it")
    if done.returncode != 0:
        raise RunError(said[-2000:])
    return json.loads(done.stdout)


def from_yaml(path):
    """What yaml.safe_load makes of a file, which has to be plain enough for JSON."""
    script = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    with open(path, encoding="utf-8") as file:
        return packages_python(script, stdin=file)


def packages(case, python):
    """The folder that has a case's packages for this Python, and their versions."""
    script = ("import json, sys, sysconfig; from importlib.metadata import version; "
              "print(json.dumps(['%d.%d' % sys.version_info[:2], sysconfig.get_path('purelib'), "
              "{name: version(name) for name in sys.argv[1:]}]))")
    minor, folder, versions = packages_python(script, *case.packages)
    if minor != python.minor:
        raise NoPackages(f"LOGYARD_PACKAGES_PYTHON is CPython {minor}, the receiver {python.minor}")
    return folder, versions


def receive(case, sent, python):
    """Runs the receiver: the tree of files, stdout, stderr, what was dropped, and why it was refused."""
    tree, refusals = {}, []
    more = {"PYTHONPATH": packages(case, python)[0]} if case.packages else {}
    with tempfile.TemporaryDirectory() as top:
        cwd, out, err, dropped = Path(top, "cwd"), b"", b"", []
        for folder in [".", *case.folders]:
            Path(cwd, folder).mkdir(parents=True, exist_ok=True)
        configuration = cwd / case.configuration
        configuration.write_bytes((case.folder / case.configuration).read_bytes())
        defaults = {"here": str(cwd), "__file__": str(configuration)} | case.define
        loaded = from_yaml(configuration) if configuration.suffix == ".yaml" else None
        for steps in case.lives():
            job = {"configuration": case.configuration, "dict": loaded, "defaults": defaults,
                   "debug": case.debug if "django" in case.packages else None, "steps": []}
            for step in steps:
                data = b"".join(sent[f"{step['index']:02}-{client}.bin"]
                                for client in case.clients if "log" in step)
                extra = {"frames": base64.b64encode(data).decode()} if "log" in step else {}
                job["steps"].append(step | extra)
            job_file, answer_file = Path(top, "job.json"), Path(top, "answer.json")
            job_file.write_text(json.dumps(job))
            env = environment(TZ=case.tz, **case.env, **more)
            done = child(python, "receiver.py", [str(job_file), str(answer_file)], env, cwd)
            out, err = out + done.stdout, err + done.stderr
            answer = json.loads(answer_file.read_text())
            dropped += answer["dropped"]
            refusals += [answer["refused"]] if answer["refused"] else []
        for path in sorted(cwd.rglob("*")):
            if path.is_file() and path != configuration:
                data = path.read_bytes()
                if data.startswith(b"\x1f\x8b"):
                    # names and times in the header, and the compressor, differ; the content is compared
                    data = gzip.compress(gzip.decompress(data), mtime=0)
                tree[path.relative_to(cwd).as_posix()] = data
    return tree, out, err, dropped, refusals


def expected(case, sent, python):
    """Everything that is compared: the paths below the case's folder, with their bytes."""
    tree, out, err, dropped, refusals = receive(case, sent, python)
    if any("can't start new thread" in refusal for refusal in refusals):
        raise NoThreads(f"CPython {python.version} has no threads here, which QueueListener needs")
    if bool(refusals) != case.refused:
        raise RunError(f"the configuration was {'' if refusals else 'not '}refused: {refusals}")
    if case.refused:
        # CPython opens the files of the handlers before the one that it refuses; logyard opens none
        return {"expected.refused": (refusals[0] + "\n").encode()}
    if len(dropped) != case.dropped:
        raise RunError(f"{len(dropped)} records dropped, case.toml says {case.dropped}: {dropped}")
    files = {f"expected/{name}": data for name, data in tree.items()}
    files |= {f"frames/{name}": data for name, data in sent.items()}
    if out:
        files["expected.stdout"] = out
    if err:
        files["expected.stderr"] = err
    return files
