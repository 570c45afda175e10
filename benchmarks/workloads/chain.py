"""The sum of a long elementwise chain: one pass over memory if everything is fused, twenty if nothing is."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload

STEPS = 10


def total(x: Array) -> Any:
    """Ten steps of logistic growth, added up."""
    for _ in range(STEPS):
        x = x + 0.1 * x * (1.0 - x)
    return np.sum(x)


def by_hand(x: Array) -> tuple[Any, Array]:
    """Value and gradient: forward, for the slope goes along with the value."""
    slope = np.ones_like(x)
    for _ in range(STEPS):
        slope = slope * (1.1 - 0.2 * x)
        x = x + 0.1 * x * (1.0 - x)
    return np.sum(x), slope


def data(n: int) -> tuple[Array]:
    """Between nothing and everything."""
    return (np.linspace(0.1, 0.9, n),)


def casadi(ca: Any, x: Any) -> Any:
    """In CasADi's words."""
    for _ in range(STEPS):
        x = x + 0.1 * x * (1.0 - x)
    return ca.sum1(x)


CONVERTED = "a call takes many seconds: it converts NumPy's arrays number by number"
WORKLOAD = Workload(
    "elementwise chain",
    total,
    {"n = 1e3": partial(data, 1000), "n = 1e5": partial(data, 100_000), "n = 1e7": partial(data, 10_000_000)},
    by_hand=by_hand,
    variants={"casadi_vm": casadi, "casadi_c": casadi},
    without={"casadi_vm n = 1e7": CONVERTED, "casadi_c n = 1e7": CONVERTED},
    quick=("n = 1e3", "n = 1e5", "n = 1e7"),
    bytes=lambda x: 16.0 * x.size,
)
