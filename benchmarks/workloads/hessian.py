"""The full Hessian of a logistic regression."""

from __future__ import annotations

import numpy as np

from benchmarks.workload import Array, Workload
from benchmarks.workloads._logistic import CASADI, breast_cancer, large, loss


def by_hand(w: Array, A: Array, y: Array, mu: float) -> Array:
    """Aᵀ D A / m + μ I."""
    e = np.exp(-y * (A @ w))
    curvature = e / (1.0 + e) ** 2 / len(y)
    return (A.T * curvature) @ A + mu * np.eye(len(w))


WORKLOAD = Workload(
    "logistic regression, Hessian",
    loss,
    {"569 × 30": breast_cancer, "100 000 × 50": large},
    transform="hessian",
    by_hand=by_hand,
    variants=CASADI,
    quick=("569 × 30", "100 000 × 50"),
    flops=lambda w, A, y, mu: 2.0 * A.size * w.size,
)
