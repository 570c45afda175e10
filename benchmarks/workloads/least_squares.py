"""Half the squared residual of a linear system: two products with one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload


def residual(x: Array, A: Array, b: Array) -> Any:
    """1/2 ||A x - b||²."""
    r = A @ x - b
    return 0.5 * np.sum(r**2)


def by_hand(x: Array, A: Array, b: Array) -> tuple[Any, Array]:
    """Value and gradient."""
    r = A @ x - b
    return 0.5 * (r @ r), r @ A


def data() -> tuple[Any, ...]:
    """8 MB of matrix."""
    random = np.random.default_rng(0)
    return random.normal(size=500), random.normal(size=(2000, 500)), random.normal(size=2000)


def casadi(ca: Any, x: Any, A: Any, b: Any) -> Any:
    """In CasADi's words."""
    return 0.5 * ca.sumsqr(A @ x - b)


WORKLOAD = Workload(
    "½‖Ax − b‖²",
    residual,
    {"2000 × 500": data},
    by_hand=by_hand,
    variants={"casadi_vm": casadi, "casadi_c": casadi},
    quick=("2000 × 500",),
    bytes=lambda x, A, b: 8.0 * A.size,
)
