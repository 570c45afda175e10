"""Rosenbrock's valley: neighbours meet, so a careless adjoint scatters; large ones run at the speed of memory."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload


def rosenbrock(x: Array) -> Any:
    """The valley."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def by_hand(x: Array) -> tuple[Any, Array]:
    """Value and gradient."""
    head = x[:-1]
    d, r = x[1:] - head * head, 1.0 - head
    gradient = np.zeros_like(x)
    gradient[1:] = 200.0 * d
    gradient[:-1] -= 400.0 * head * d + 2.0 * r
    return 100.0 * (d @ d) + r @ r, gradient


def data(n: int) -> tuple[Array]:
    """A line that leaves the valley."""
    return (np.linspace(-1.0, 2.0, n),)


def casadi(ca: Any, x: Any) -> Any:
    """In CasADi's words."""
    return ca.sum1(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


WORKLOAD = Workload(
    "Rosenbrock",
    rosenbrock,
    {"n = 10": partial(data, 10), "n = 1e3": partial(data, 1000), "n = 1e6": partial(data, 1_000_000)},
    by_hand=by_hand,
    variants={"casadi_vm": casadi, "casadi_c": casadi},
    quick=("n = 10", "n = 1e3", "n = 1e6"),
    bytes=lambda x: 16.0 * x.size,
)
