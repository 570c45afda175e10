"""Logistic regression: real data that fits in the cache, and more than does."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload
from benchmarks.workloads._logistic import CASADI, breast_cancer, large, loss


def by_hand(w: Array, A: Array, y: Array, mu: float) -> tuple[Any, Array]:
    """Value and gradient."""
    e = np.exp(-y * (A @ w))
    value = np.mean(np.log1p(e)) + 0.5 * mu * (w @ w)
    weight = y * (e / (1.0 + e)) / len(y)
    return value, mu * w - weight @ A


WORKLOAD = Workload(
    "logistic regression",
    loss,
    {"569 × 30": breast_cancer, "100 000 × 50": large},
    by_hand=by_hand,
    variants=CASADI,
    quick=("569 × 30", "100 000 × 50"),
    bytes=lambda w, A, y, mu: 8.0 * (A.size + y.size),
)
