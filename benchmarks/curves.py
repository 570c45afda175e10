"""How times grow: with the size, the length of the graph, its depth, and the number of arguments.

Each curve is a list of points for each tool, value and gradient throughout. Sizes and depth are measured in this
process for gradgen, NumPy and the C by hand; all else in processes of its own (`benchmarks.rivals`), where a curve
that does not come to its end in time ends before. A tool that is not installed has none.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import gradgen as gg
from benchmarks.native import C_FOLDER, Entry, build_library
from benchmarks.points import DEPTHS, SIZES, of_elements
from benchmarks.progress import progress
from benchmarks.rivals import CURVES, points_of
from benchmarks.table import heading
from examples.timing import medians

__all__ = ["all_curves"]

Curve = dict[str, list[tuple[float, float]]]

PATIENCE = 25.0  # seconds for a curve of a tool
LONG = 120.0  # for gradgen's own, of which nothing is to be missing


def all_curves() -> dict[str, Curve]:
    """Every curve by its name."""
    own: dict[str, Callable[[], Curve]] = {
        "seconds per element, Rosenbrock": partial(per_element, "rosenbrock"),
        "seconds per element, elementwise chain": partial(per_element, "chain"),
        "gradient / function, by depth": by_depth,
    }
    found: dict[str, Curve] = {}
    names = [*own, *(name for name in CURVES if name not in own)]
    with progress(len(names)) as (begin, say):
        for name in names:
            begin(name)
            found[name] = own[name]() if name in own else {}
            for tool in CURVES.get(name, ()):
                say(tool)
                points = points_of(tool, name, LONG if tool == "gradgen" else PATIENCE)
                if points:
                    found[name][heading(tool)] = points
    return found


def per_element(name: str) -> Curve:
    """Value and gradient at many sizes: memory takes over where the caches end."""
    library = build_library(C_FOLDER / f"{name}.c")
    address = ctypes.cast(library.gradient, ctypes.c_void_p).value or 0
    curve: Curve = {"C by hand": [], "gradgen": [], "NumPy by hand": []}
    for n in SIZES:
        case = of_elements(name, n)
        entry = Entry(address, case.arguments, case.gradient_shapes, 0)
        derivative = gg.value_and_grad(case.workload.function)
        calls: dict[str, Callable[[], Any]] = {"gradgen": partial(derivative, *case.arguments)}
        if case.workload.by_hand is not None and n <= 10**6:
            calls["NumPy by hand"] = partial(case.workload.by_hand, *case.arguments)
        times = medians(calls, rounds=5)
        repeats = max(1, 10**6 // n)
        times["C by hand"] = min(entry.seconds(repeats) / repeats for _ in range(5))
        for tool, seconds in times.items():
            curve[tool].append((n, seconds / n))
    return curve


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
