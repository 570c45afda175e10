"""How times grow: with the size, the length of the graph, its depth, and the number of arguments.

Each curve is a list of points for each tool. They are measured in this process, with gradgen, NumPy, and the C by hand
where there is some; that the other tools are elsewhere is what the table is for.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import gradgen as gg
from benchmarks.native import C_FOLDER, Entry, build_library
from benchmarks.progress import progress
from benchmarks.workload import Case, Workload, find
from examples.timing import medians
from gradgen.native.compiler import find_compiler

__all__ = ["all_curves", "sum_of"]

Curve = dict[str, list[tuple[float, float]]]

ROOT = C_FOLDER.parent.parent
SIZES = [10**k for k in range(1, 8)]
LENGTHS = [10, 30, 100, 300, 1000, 3000, 10_000]
DEPTHS = [1, 2, 4, 8, 16, 32, 64]
COUNTS = [1, 2, 4, 8, 16, 32]


def all_curves() -> dict[str, Curve]:
    """Every curve by its name."""
    found: dict[str, Curve] = {}
    parts = [
        ("seconds per element, Rosenbrock", partial(per_element, "rosenbrock")),
        ("seconds per element, elementwise chain", partial(per_element, "chain")),
        ("seconds to compile, by nodes", compile_time),
        ("gradient / function, by depth", by_depth),
        ("seconds per call, by arguments", by_arguments),
    ]
    with progress(len(parts)) as (begin, _):
        for name, part in parts:
            begin(name)
            found[name] = part()
    return found


def per_element(name: str) -> Curve:
    """Value and gradient at many sizes: memory takes over where the caches end."""
    workload: Workload = find("workloads", "WORKLOAD")[name]
    library = build_library(C_FOLDER / f"{name}.c")
    derivative = gg.value_and_grad(workload.function)
    curve: Curve = {"C by hand": [], "gradgen": [], "NumPy by hand": []}
    for n in SIZES:
        x = np.linspace(0.1, 0.9, n)
        case = Case(name, "", workload, (x,))
        entry = Entry(_address(library), case.arguments, case.gradient_shapes, 0)
        calls: dict[str, Callable[[], Any]] = {"gradgen": partial(derivative, x)}
        if workload.by_hand is not None and n <= 10**6:
            calls["NumPy by hand"] = partial(workload.by_hand, x)
        times = medians(calls, rounds=5)
        repeats = max(1, 10**6 // n)
        times["C by hand"] = min(entry.seconds(repeats) / repeats for _ in range(5))
        for tool, seconds in times.items():
            curve[tool].append((n, seconds / n))
    return curve


def _address(library: Any) -> int:
    return ctypes.cast(library.gradient, ctypes.c_void_p).value or 0


def compile_time() -> Curve:
    """A scalar function of so many different operations, to the first gradient, with nothing on disk."""
    points = []
    for length in LENGTHS:
        with tempfile.TemporaryDirectory(prefix="gradgen-bench-") as folder:
            points.append((float(length), _seconds_to_compile(length, folder)))
    return {"gradgen": points}


def _seconds_to_compile(length: int, folder: str) -> float:
    """In a process of its own, because a cache folder is chosen once."""
    program = f"from benchmarks.curves import print_seconds; print_seconds({length})"
    environment = {**os.environ, "GRADGEN_CACHE_DIR": folder}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def print_seconds(length: int) -> None:
    """Compile a straight line of so many nodes and say how long it took."""
    find_compiler()

    def line(x: float) -> Any:
        for k in range(length // 2):
            x = np.sin(x) if k % 8 == 0 else x * (1.0 + 1.0 / (k + 2.0)) + 1.0 / (k + 3.0)
        return x

    start = time.perf_counter()
    gg.grad(line)(0.3)
    print(time.perf_counter() - start)


def by_depth() -> Curve:
    """How much a gradient costs over its function, layer upon layer of tanh(W x)."""
    random = np.random.default_rng(0)
    W, x = random.normal(size=(64, 64)) / 8, random.normal(size=64)
    points = []
    for depth in DEPTHS:

        def network(x: Any, W: Any, depth: int = depth) -> Any:
            for _ in range(depth):
                x = np.tanh(W @ x)
            return np.sum(x)

        calls = {"function": partial(gg.compile(network), x, W), "gradient": partial(gg.value_and_grad(network), x, W)}
        times = medians(calls, rounds=7)
        points.append((float(depth), times["gradient"] / times["function"]))
    return {"gradgen": points}


def by_arguments() -> Curve:
    """What a call costs by the number of its arguments, for a function that does next to nothing."""
    curve: Curve = {}
    for kind, argument in (("floats", 0.5), ("arrays of 10", np.ones(10))):
        curve[f"gradgen, {kind}"] = [
            (count, medians({"": partial(gg.compile(sum_of(count)), *[argument] * count)}, rounds=7)[""])
            for count in COUNTS
        ]
    return curve


def sum_of(count: int) -> Any:
    """A function of so many named arguments: their sum, of arrays that of the sums."""
    names = [f"x{k}" for k in range(count)]
    scope: dict[str, Any] = {"np": np}
    exec(f"def total({', '.join(names)}):\n    return {' + '.join(f'np.sum({name})' for name in names)}", scope)
    return scope["total"]
