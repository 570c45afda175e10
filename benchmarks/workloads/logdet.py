"""The Gaussian likelihood in the precision matrix: a factorisation that value and gradient share."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload


def likelihood(X: Array, S: Array) -> Any:
    """<S, X> - log det X."""
    return np.sum(S * X) - np.linalg.slogdet(X)[1]


def by_hand(X: Array, S: Array) -> tuple[Any, Array]:
    """Value and gradient; NumPy has no factorisation that both could share."""
    return np.vdot(S, X) - np.linalg.slogdet(X)[1], S - np.linalg.inv(X).T


def data() -> tuple[Array, Array]:
    """A covariance and a precision, symmetric and positive definite, which nobody is told."""
    random = np.random.default_rng(0)
    B, C = random.normal(size=(2, 50, 50))
    return B @ B.T / 50 + np.eye(50), C @ C.T / 50 + np.eye(50)


def casadi(ca: Any, X: Any, S: Any) -> Any:
    """In CasADi's words."""
    return ca.dot(S, X) - ca.log(ca.det(X))


def pytensor(pt: Any, X: Any, S: Any) -> Any:
    """In PyTensor's words."""
    return pt.sum(S * X) - pt.linalg.slogdet(X)[1]


WORKLOAD = Workload(
    "⟨S, X⟩ − log det X",
    likelihood,
    {"n = 50": data},
    by_hand=by_hand,
    variants={"casadi_vm": casadi, "casadi_c": casadi, "pytensor": pytensor},
    quick=("n = 50",),
)
