"""The curves of one tool, in a process of its own: `python -m benchmarks.rivals TOOL CURVE` prints a point a line.

What is printed before the time is over counts; so a curve ends where its tool becomes too slow for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.points import COUNTS, LENGTHS, SIZES, of_elements, of_length, with_arguments
from benchmarks.process import BLAS_SETTINGS, ONE_THREAD, ROOT, caches
from benchmarks.tool import load_tool
from benchmarks.workload import Case
from examples.timing import medians

__all__ = ["CURVES", "points_of"]

Points = list[tuple[float, float]]

# Which tools each curve is drawn for, beside those that `benchmarks.curves` measures itself.
CURVES = {
    "seconds per element, Rosenbrock": ("autograd", "jax", "torch_eager"),
    "seconds per element, elementwise chain": ("autograd", "jax", "torch_eager"),
    "seconds to compile, by nodes": ("gradgen", "jax", "pytensor"),
    "seconds per call, by arguments (floats)": ("gradgen", "autograd", "jax", "torch_eager"),
    "seconds per call, by arguments (arrays of 10)": ("gradgen", "autograd", "jax", "torch_eager"),
}


def points_of(tool: str, curve: str, seconds: float) -> Points:
    """Measure in a new process with nothing on disk, until it is through or the time is over."""
    with tempfile.TemporaryDirectory(prefix="gradgen-bench-") as folder:
        environment = {key: value for key, value in os.environ.items() if key not in BLAS_SETTINGS}
        command = [sys.executable, "-m", "benchmarks.rivals", tool, curve]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env={**environment, **ONE_THREAD, **caches(Path(folder))},
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, check=False,
            )  # fmt: skip
            printed = done.stdout
        except subprocess.TimeoutExpired as late:
            printed = late.stdout or b""
    return [tuple(json.loads(line)) for line in printed.decode().splitlines() if line.endswith("]")]


def main() -> None:
    """Print the points of a curve."""
    tool, curve = sys.argv[1:]
    answers, sys.stdout = sys.stdout, sys.stderr  # what a tool prints is no answer
    for point in measured(load_tool(tool), curve):
        print(json.dumps(point), file=answers, flush=True)


def measured(tool: Any, curve: str) -> Iterator[tuple[float, float]]:
    """The points of a curve, one after another."""
    match curve.partition(","):
        case ("seconds per element", _, name):
            workload = {" Rosenbrock": "rosenbrock"}.get(name, "chain")
            yield from ((n, steady(tool, of_elements(workload, n)) / n) for n in SIZES)
        case ("seconds to compile", _, _):
            yield from ((length, first(tool, of_length(length))) for length in LENGTHS)
        case (_, _, name):
            argument = 0.5 if "floats" in name else np.ones(10)
            yield from ((count, steady(tool, with_arguments(count, argument))) for count in COUNTS)


def steady(tool: Any, case: Case) -> float:
    """Seconds a call."""
    return medians({"": tool.build(case).call}, rounds=5)[""]


def first(tool: Any, case: Case) -> float:
    """Seconds to the first result; that of another function, of a few nodes, is waited for before."""
    once(tool)
    start = time.perf_counter()
    tool.build(case).call()
    return time.perf_counter() - start


def once(tool: Any, done: list[Any] = []) -> None:  # noqa: B006  # what the first compilation loads is loaded once
    if not done:
        done.append(tool.build(of_length(4)).call())


if __name__ == "__main__":
    main()
