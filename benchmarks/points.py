"""What the curves are drawn from: at which points, and which functions stand there."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Case, Workload, find

__all__ = ["COUNTS", "DEPTHS", "LENGTHS", "SIZES", "of_elements", "of_length", "sum_of", "with_arguments"]

SIZES = [10**k for k in range(1, 8)]
LENGTHS = [10, 30, 100, 300, 1000, 3000, 10_000]
DEPTHS = [1, 2, 4, 8, 16, 32, 64]
COUNTS = [1, 2, 4, 8, 16, 32]


def of_elements(name: str, n: int) -> Case:
    """A workload whose argument is a vector, with one of ``n`` elements."""
    workload: Workload = find("workloads", "WORKLOAD")[name]
    return Case(name, "", workload, (np.linspace(0.1, 0.9, n),))


def of_length(length: int) -> Case:
    """A scalar function whose graph is a straight line of so many different operations."""

    def line(x: Any) -> Any:
        for k in range(length // 2):
            x = np.sin(x) if k % 8 == 0 else x * (1.0 + 1.0 / (k + 2.0)) + 1.0 / (k + 3.0)
        return x

    return Case("line", "", Workload("", line, {}), (0.3,))


def with_arguments(count: int, argument: Any) -> Case:
    """A function of so many arguments that does next to nothing, and its gradient by the first."""
    return Case("arguments", "", Workload("", sum_of(count), {}), (argument,) * count)


def sum_of(count: int) -> Any:
    """A function of so many named arguments: their sum, of arrays that of the sums."""
    names = [f"x{k}" for k in range(count)]
    scope: dict[str, Any] = {"np": np}
    exec(f"def total({', '.join(names)}):\n    return {' + '.join(f'np.sum({name})' for name in names)}", scope)
    return scope["total"]
