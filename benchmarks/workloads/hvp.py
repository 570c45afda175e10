"""The Hessian of a logistic regression times a vector, without the Hessian."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload
from benchmarks.workloads._logistic import CASADI, breast_cancer, large, loss


def by_hand(w: Array, A: Array, y: Array, mu: float, v: Array) -> Array:
    """H v; the labels' signs cancel."""
    e = np.exp(-y * (A @ w))
    curvature = e / (1.0 + e) ** 2 / len(y)
    return (curvature * (A @ v)) @ A + mu * v


def with_direction(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """A direction behind the arguments."""
    return *arguments, np.cos(np.arange(len(arguments[0]), dtype=float))


WORKLOAD = Workload(
    "logistic regression, H v",
    loss,
    {
        "569 × 30": lambda: with_direction(breast_cancer()),
        "100 000 × 50": lambda: with_direction(large()),
    },
    transform="hvp",
    by_hand=by_hand,
    variants=CASADI,
    quick=("569 × 30", "100 000 × 50"),
    bytes=lambda w, A, y, mu, v: 8.0 * A.size,
)
