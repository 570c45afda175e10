"""Several processes and threads, killed compilers, unusable caches, and machines without a compiler."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.compiler import explain_absence, find_compiler

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, numpy as np, gradgen as gg
def loss(x):
    return np.sum(np.sin(x) * x)
print(gg.grad(loss)(np.array([0.0, 1.0])).tolist())
"""
EXPECTED = str((np.cos([0.0, 1.0]) * [0.0, 1.0] + np.sin([0.0, 1.0])).tolist())

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")


def environment(cache, **changes):
    return {**os.environ, "GRADGEN_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT), **changes}


def run(program, cache, **changes):
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment(cache, **changes), capture_output=True, text=True, timeout=120)


def answer(done):
    """Its result, without a digit that compiled code and NumPy round differently."""
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(eval(done.stdout), eval(EXPECTED), rtol=1e-13)
    return done


@pytest.fixture
def counting(tmp_path):
    """A compiler that says in a file when it is started, and waits as long as there is another file."""
    found = find_compiler()
    if found is None:
        pytest.skip(explain_absence())
    log, script = tmp_path / "log", tmp_path / "cc"
    waiting = f'while [ -e "{log}.hold" ]; do sleep 0.1; done'
    script.write_text(f'#!/bin/sh\necho started >> "{log}"\n{waiting}\nexec {" ".join(found.command)} "$@"\n')
    script.chmod(0o755)
    log.touch()
    return script, log


# --- the cache ---------------------------------------------------------------------------------------------


def test_the_second_process_starts_no_compiler(tmp_path, counting):
    script, log = counting
    answer(run(PROGRAM, tmp_path / "cache", CC=str(script)))
    started = log.read_text().count("started")
    assert started
    assert answer(run(PROGRAM, tmp_path / "cache", CC=str(script))).stderr == ""
    assert log.read_text().count("started") == started


@needs_compiler
def test_the_second_process_loads_only_what_it_needs(tmp_path):
    program = """
import sys, numpy as np, gradgen as gg
print(gg.grad(lambda A: np.sum(np.tanh(A @ A)))(np.zeros((200, 200))).sum())
rare = ("gradgen.nest", "gradgen.lower", "gradgen.c", "gradgen.formula", "gradgen.api.rules", "scipy.linalg")
print([name for name in rare if name in sys.modules])
"""
    assert run(program, tmp_path).stdout == "0.0\n['gradgen.nest', 'gradgen.lower', 'gradgen.c']\n"
    assert run(program, tmp_path).stdout == "0.0\n[]\n"


@needs_compiler
def test_entries_of_the_cache_that_are_garbage(tmp_path):
    answer(run(PROGRAM, tmp_path))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".c", ".json", ".so"}
    for file in files:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] + b"\xff garbage")
    assert answer(run(PROGRAM, tmp_path)).stderr == ""
    assert answer(run(PROGRAM, tmp_path)).stderr == ""


@needs_compiler
def test_a_cache_folder_that_is_a_file(tmp_path):
    (tmp_path / "cache").write_text("something else")
    stderr = answer(run(PROGRAM, tmp_path / "cache")).stderr
    assert stderr.count("RuntimeWarning") == 1
    assert f"the cache folder {tmp_path / 'cache'} cannot be used" in stderr
    assert "set GRADGEN_CACHE_DIR to a folder that can be written" in stderr
    assert (tmp_path / "cache").read_text() == "something else"


@needs_compiler
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_cache_folder(tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert "cannot be used" in answer(run(PROGRAM, tmp_path)).stderr
    finally:
        tmp_path.chmod(0o700)


@needs_compiler
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have other such places")
@pytest.mark.parametrize("place", ["/dev/null/cache", "/proc/cache"])
def test_a_place_where_nobody_can_make_a_folder(place):
    stderr = answer(run(PROGRAM, place)).stderr
    assert stderr.count("RuntimeWarning") == 1
    assert f"the cache folder {place} cannot be used" in stderr


@pytest.mark.slow  # as tests/native/test_cache.py has it without a trace
@needs_compiler
def test_two_processes_at_once(tmp_path):
    command = [sys.executable, "-c", PROGRAM]
    both = [subprocess.Popen(command, env=environment(tmp_path), stdout=-1, stderr=-1, text=True) for _ in range(3)]
    for process in both:
        stdout, stderr = process.communicate(timeout=120)
        assert (process.returncode, stdout.strip(), stderr) == (0, EXPECTED, "")
    assert not list(tmp_path.glob(".tmp-*"))


@pytest.mark.slow  # as tests/native/test_cache.py has it without a trace
def test_killed_while_compiling(tmp_path, counting):
    script, log = counting
    cache, hold = tmp_path / "cache", Path(f"{log}.hold")
    answer(run(PROGRAM, cache, CC=str(script)))  # finds out about the compiler
    log.write_text("")
    hold.touch()
    other = PROGRAM.replace("np.sin(x) * x", "x * np.sin(x) + 0.0 * np.cos(x)")
    command = [sys.executable, "-c", other]
    killed = subprocess.Popen(command, env=environment(cache, CC=str(script)), start_new_session=True)
    while not log.read_text():
        assert killed.poll() is None
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert len(list(cache.glob(".tmp-*"))) == 1  # it was killed in the middle
    hold.unlink()
    for program in (other, PROGRAM, other):
        assert answer(run(program, cache, CC=str(script))).stderr == ""


# --- one process, several threads or copies ----------------------------------------------------------------


@needs_compiler
def test_a_forked_process_calls_what_its_parent_compiled():
    program = f"""{PROGRAM}
import os
g = gg.grad(loss); g(np.ones(3))
if os.fork() == 0:
    assert np.array_equal(g(np.ones(3)), gg.grad(loss)(np.ones(3)))   # known, and compiled in the child
    assert gg.compile(lambda x: x * 3)(2.0) == 6
    sys.stdout.flush(); os._exit(7)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 7
assert gg.compile(lambda x: x * 5)(2.0) == 10
"""
    done = run(program, "/dev/null/no-cache-but-a-private-folder")
    assert done.returncode == 0, done.stderr


def test_threads_that_call_for_the_first_time_together(backend):
    def f(x, k):
        return np.sum(np.tanh(x) * k)

    gradient = gg.grad(f, backend=backend)
    start, failures = threading.Barrier(4), []

    def work(number):
        start.wait()
        try:
            for size in (2, 3, 4, 2):
                x = np.full(size, 0.1 * number)
                for k in (1.0, 2.0):
                    np.testing.assert_allclose(gradient(x, k), k / np.cosh(x) ** 2, rtol=1e-13)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(gradient.entries) == 3


def test_threads_that_pull_back_for_the_first_time_together():
    def f(x):
        for k in range(len(x)):  # another program for each length
            x = np.sin(x) * x if k % 2 else np.cos(x) + x
        return np.sum(x)

    start, failures = threading.Barrier(5), []

    def work(length):
        x = np.full(length, 0.3)
        start.wait()
        try:
            for _ in range(3):
                gradient = gg.vjp(f, x, backend="numpy")[1](1.0)[0]
                np.testing.assert_allclose(gradient @ x, gg.jvp(f, (x,), (x,), backend="numpy")[1], atol=1e-12)
        except Exception as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work, args=(length,)) for length in (1, 2, 3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert not failures


@gg.compile
def decorated(x):
    return x * x


slope = gg.grad(decorated, backend="numpy")


def test_pickled_by_name():
    for compiled in (decorated, slope):
        assert pickle.loads(pickle.dumps(compiled)) is compiled
        assert copy.copy(compiled) is copy.deepcopy([compiled])[0] is compiled


def test_pickled_by_what_it_was_made_of():
    slope = gg.grad(decorated, backend="numpy")
    for compiled in (slope, gg.jacobian(slope, backend="numpy"), gg.grad(decorated, argnums=[0], backend="numpy")):
        again = pickle.loads(pickle.dumps(compiled))
        assert again.name == compiled.name
        np.testing.assert_array_equal(again(2.0), compiled(2.0))
    once = pickle.dumps(gg.grad(decorated))
    assert pickle.loads(once) is pickle.loads(once), "traced once in a process"


def test_without_a_name_there_is_no_pickle():
    def inside(x):
        return x * x

    for f in (inside, lambda x: x, gg.compile(inside)):
        with pytest.raises(pickle.PicklingError, match=r"is compiled code, .*or the function it is made of"):
            pickle.dumps(gg.grad(f))


# --- no compiler -------------------------------------------------------------------------------------------


def test_without_a_compiler_numpy_answers_with_one_warning(tmp_path):
    twice = PROGRAM + "assert gg.compile(loss)(np.ones(3)) == loss(np.ones(3))\n"
    stderr = answer(run(twice, tmp_path, CC="/nonexistent")).stderr
    lines = [line for line in stderr.splitlines() if "gradgen" in line]
    assert len(lines) == 1, stderr
    assert "RuntimeWarning: gradgen: no usable C compiler: $CC is '/nonexistent'" in lines[0]
    assert 'backend="numpy" answers instead, slower. To compile, correct or unset $CC.' in lines[0]


def test_the_warning_names_the_line_of_the_user(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(PROGRAM)
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env=environment(tmp_path, CC="/nonexistent"), capture_output=True, text=True)
    assert "script.py:5: RuntimeWarning" in done.stderr


def test_asking_for_c_without_a_compiler_is_an_error(tmp_path):
    done = run(PROGRAM.replace("grad(loss)", 'grad(loss, backend="c")'), tmp_path, CC="/nonexistent")
    assert done.returncode == 1
    assert "gradgen.errors.GradgenError: no usable C compiler: $CC is '/nonexistent'" in done.stderr
    assert "RuntimeWarning" not in done.stderr


def test_asking_for_numpy_is_silent(tmp_path):
    done = answer(run(PROGRAM.replace("grad(loss)", 'grad(loss, backend="numpy")'), tmp_path, CC="/nonexistent"))
    assert done.stderr == ""
    assert not list(tmp_path.iterdir())
