"""One builds, the others wait; whoever dies or hangs is replaced; 64 processes compile a kernel once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gradgen.native import workshop as workshops
from gradgen.native.compiler import Compiler
from gradgen.native.workshop import UNFINISHED, workshop

needs_locks = pytest.mark.skipif(workshops.fcntl is None, reason="this system has no locks on folders")


def test_it_is_removed_or_renamed(tmp_path: Path) -> None:
    with workshop(tmp_path, "key") as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(UNFINISHED)
        (folder / "file").write_text("")
    assert list(tmp_path.iterdir()) == []
    with workshop(tmp_path, "key") as folder:
        folder.rename(tmp_path / "key")
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_an_error_removes_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), workshop(tmp_path, "key"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_leftovers_are_cleared(tmp_path: Path) -> None:
    left = tmp_path / f"{UNFINISHED}key"
    (left / "folder").mkdir(parents=True)
    (left / "file").write_text("half")
    with workshop(tmp_path, "key") as folder:
        assert list(folder.iterdir()) == []


@needs_locks
def test_the_next_comes_in_when_the_first_is_out(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with workshop(tmp_path, "key") as folder:
            assert folder.is_dir()
            order.append("second")

    thread = threading.Thread(target=second)
    with workshop(tmp_path, "key") as folder:
        thread.start()
        time.sleep(0.1)
        order.append("first")
        folder.rename(tmp_path / "key")
    thread.join()
    assert order == ["first", "second"]
    with workshop(tmp_path, "one"), workshop(tmp_path, "other", patience=0.0) as folder:
        assert folder.name == f"{UNFINISHED}other"  # another name, another lock


@needs_locks
def test_whoever_hangs_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with workshop(tmp_path, "key") as hanging, workshop(tmp_path, "key", patience=0.05) as own:
        assert hanging != own
        assert hanging.is_dir()
        assert own.is_dir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("locks", ["no module", "refused"])
def test_without_locks_everybody_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locks: str) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    if locks == "no module":
        monkeypatch.setattr(workshops, "fcntl", None)
    elif workshops.fcntl is not None:
        monkeypatch.setattr(workshops.fcntl, "flock", refuse)
    with workshop(tmp_path, "key") as one, workshop(tmp_path, "key") as other:
        assert one != other
    assert not [path for path in tmp_path.iterdir() if path not in (tmp_path / f"{UNFINISHED}key",)]


HOLD = """
import sys, time
from pathlib import Path
from gradgen.native.workshop import workshop
with workshop(Path(sys.argv[1]), "key") as folder:
    (folder / "half").write_text("")
    print("in", flush=True)
    time.sleep(60)
"""


@needs_locks
def test_whoever_is_killed_is_replaced_at_once(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "in\n"
        threading.Timer(0.2, lambda: os.kill(holder.pid, signal.SIGKILL)).start()
        with workshop(tmp_path, "key", patience=30.0) as folder:
            assert holder.wait() == -signal.SIGKILL
            assert folder.name == f"{UNFINISHED}key"
            assert list(folder.iterdir()) == []


CROWD = """
import os, sys, time
import numpy as np
import gradgen as gg
import gradgen.lower, gradgen.c, gradgen.rewrite
from gradgen import pipeline

pipeline._fingerprint()  # one for all: gradgen's own files may be edited while this runs

def loss(x):
    return np.sum(np.sin(x) * x)

def work(x=np.array([0.0, 1.0])):
    os.read(gate, 1)  # until nobody has the other end
    return np.allclose(gg.grad(loss)(x), np.sin(x) + x * np.cos(x), rtol=1e-14)

gate, opener = os.pipe()
children = []
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        os.close(opener)
        os._exit(0 if work() else 1)
    children.append(child)
os.close(opener)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children].count(0))
"""


def counting(folder: Path, compiler: Compiler) -> tuple[Path, Callable[[], list[str]]]:
    """A compiler that writes down its calls, and how to read them."""
    log, script = folder / "log", folder / "cc"
    command = " ".join(compiler.command)
    script.write_text(f'#!/bin/sh\necho "$*" >> "{log}"\nsleep 0.5\nexec {command} "$@"\n')
    script.chmod(0o700)
    log.touch()
    return script, lambda: log.read_text().splitlines()


def gather(folder: Path, script: Path, count: int, first: str = "") -> None:
    """Let so many processes, forked from one, ask for the same gradient at the same moment."""
    own = {"GRADGEN_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": os.getcwd(), "CC": str(script)}
    command = [sys.executable, "-W", "error", "-c", first + CROWD, str(count)]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=300)
    assert (done.stdout, done.stderr) == (f"{count}\n", "")
    left = sorted(path.name for path in (folder / "cache").iterdir())
    assert len(left) == 2, "one kernel, what is known of the compiler, and nothing half done"
    assert "compilers" in left


@needs_locks
@pytest.mark.slow
def test_64_processes_at_once_compile_once(compiler: Compiler, tmp_path: Path) -> None:
    script, calls = counting(tmp_path, compiler)
    gather(tmp_path, script, 64)
    assert sum("probe.c" in call for call in calls()) == 1, "one looked at the compiler"
    assert len(calls()) == 2, "and one built"


@pytest.mark.slow
def test_without_locks_one_of_them_wins(compiler: Compiler, tmp_path: Path) -> None:
    script, calls = counting(tmp_path, compiler)
    gather(tmp_path, script, 16, "import gradgen.native.workshop as workshops\nworkshops.fcntl = None\n")
    assert len(calls()) > 2, "several built"
