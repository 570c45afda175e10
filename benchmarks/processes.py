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
        _run(FIRST_GRADIENT, folder)  # compiles
        return statistics.median(_run(FIRST_GRADIENT, folder) for _ in range(runs))


def import_seconds(*imports: str, runs: int = 11) -> list[float]:
    """The median time of each import in fresh interpreters, turn by turn, after the system has read the files once."""
    programs = [IMPORT.format(modules) for modules in imports]
    turns = [[_run(program) for program in programs] for _ in range(1 + runs)]
    return [statistics.median(times) for times in zip(*turns[1:], strict=True)]


def _run(program: str, cache: str | None = None) -> float:
    """What the program prints; it is a file, so that the lines of traced functions can be read."""
    environment = {**os.environ} if cache is None else {**os.environ, "GRADGEN_CACHE_DIR": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(program)
        file.flush()
        done = subprocess.run(
            [sys.executable, file.name], env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    return float(done.stdout)
