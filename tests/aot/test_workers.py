"""Functions that are sent to workers: they find in the cache what the parent has compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradgen.native.compiler import find_compiler

ROOT = Path(__file__).parents[2]
MODEL = """
import numpy as np
def loss(x):
    return np.sum(np.sin(x) * x)
"""
PROGRAM = """
import multiprocessing, numpy as np, gradgen as gg, model
if __name__ == "__main__":
    slope = gg.grad(model.loss)
    points = [np.array([k, 1.0]) for k in range(6)]
    expected = slope(points[0])
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(slope, points)
    print(all(np.allclose(g, np.cos(p) * p + np.sin(p)) for g, p in zip(found, points)), (found[0] == expected).all())
"""


@pytest.mark.slow
@pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")
def test_workers_compile_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "main.py").write_text(PROGRAM)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    changed = {"PYTHONPATH": path, "GRADGEN_CACHE_DIR": str(tmp_path / "cache")}
    found = find_compiler()
    assert found is not None
    log, spy = tmp_path / "log", tmp_path / "spy"
    spy.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\nexec {" ".join(found.command)} "$@"\n')
    spy.chmod(0o755)
    environment = {**os.environ, **changed, "CC": str(spy)}
    command = [sys.executable, str(tmp_path / "main.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout == "True True\n", done.stderr
    builds = [line for line in log.read_text().splitlines() if "probe" not in line]
    assert len(builds) == 1, "the parent's"
