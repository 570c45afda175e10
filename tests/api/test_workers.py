"""Workers of multiprocessing and joblib: compiled functions are sent to them, kernels are found on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradgen.native.compiler import explain_absence, find_compiler

ROOT = Path(__file__).parents[2]
SCRIPT = """
import multiprocessing
import sys
import numpy as np
import gradgen as gg

def loss(x):
    return np.sum(np.sin(x) * x)

gradient = gg.grad(loss)

def work(task):
    f, x = task
    return f(x)

if __name__ == "__main__":
    xs = [np.full(3, float(k)) for k in range(4)]
    expected = [gradient(x) for x in xs]
    tasks = [(gradient, x) for x in xs]
    open(sys.argv[2], "w").close()  # from now on no compiler may be started
    if sys.argv[1] == "loky":
        from joblib import Parallel, delayed
        found = Parallel(n_jobs=2)(delayed(work)(task) for task in tasks)
    else:
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            found = pool.map(work, tasks)
    assert np.array_equal(found, expected)
    print("as before")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "loky"])
def test_workers_start_no_compiler(tmp_path, method):
    compiler = find_compiler()
    if compiler is None:
        pytest.skip(explain_absence())
    if method == "loky":
        pytest.importorskip("joblib", reason="joblib is not installed")
    locked, script, program = tmp_path / "locked", tmp_path / "cc", tmp_path / "script.py"
    forbidden = f'[ -e "{locked}" ] && {{ echo "$@" >> "{locked}"; exit 1; }}'
    script.write_text(f'#!/bin/sh\n{forbidden}\nexec {" ".join(compiler.command)} "$@"\n')
    script.chmod(0o755)
    program.write_text(SCRIPT)
    own = {"GRADGEN_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT), "CC": str(script)}
    command = [sys.executable, "-W", "error::RuntimeWarning", str(program), method, str(locked)]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=200)
    assert (done.stdout, done.stderr) == ("as before\n", "")
    assert locked.read_text() == ""
