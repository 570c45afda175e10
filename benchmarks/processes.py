"""What can only be measured in processes of its own: imports, and the first gradient from the disk cache."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

__all__ = ["first_gradient_seconds", "import_seconds"]

FIRST_GRADIENT = """
import time
import numpy as np
import gradgen as gg

def loss(w, A, y, mu):
    return np.mean(np.log1p(np.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)

w, A, y = np.zeros(30), np.ones((569, 30)), np.ones(569)
start = time.perf_counter()
gg.value_and_grad(loss)(w, A, y, 1e-3)
print(time.perf_counter() - start)
"""

IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def first_gradient_seconds(runs: int = 7) -> float:
    """The median time from arrays to their gradient in processes that find the kernel on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GRADGEN_CACHE_DIR": folder}
        _run(FIRST_GRADIENT, environment)  # compiles
        return statistics.median(_run(FIRST_GRADIENT, environment) for _ in range(runs))


def import_seconds(modules: str, runs: int = 11) -> float:
    """The median time of an import in a fresh interpreter whose files the system has read already."""
    _run(IMPORT.format(modules), dict(os.environ))
    return statistics.median(_run(IMPORT.format(modules), dict(os.environ)) for _ in range(runs))


def _run(program: str, environment: dict[str, str]) -> float:
    """What the program prints; it is a file, so that the lines of traced functions can be read."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(program)
        file.flush()
        done = subprocess.run(
            [sys.executable, file.name], env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    return float(done.stdout)
