"""The logistic regression that three workloads differentiate in different ways."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array

MU = 1e-3


def loss(w: Array, A: Array, y: Array, mu: float) -> Any:
    """Mean logistic loss of the labels ``y`` (+1 or -1) with a ridge penalty."""
    margin = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w)


def casadi_loss(ca: Any, w: Any, A: Any, y: Any, mu: Any) -> Any:
    """In CasADi's words."""
    margin = y * (A @ w)
    return ca.sum1(ca.log1p(ca.exp(-margin))) / y.shape[0] + 0.5 * mu * ca.dot(w, w)


def breast_cancer() -> tuple[Any, ...]:
    """569 samples of 30 features, standardised."""
    from sklearn.datasets import load_breast_cancer

    features, benign = load_breast_cancer(return_X_y=True)
    A = np.ascontiguousarray((features - features.mean(axis=0)) / features.std(axis=0))
    return np.linspace(-0.5, 0.5, A.shape[1]), A, np.where(benign == 1, 1.0, -1.0), MU


def large() -> tuple[Any, ...]:
    """100 000 samples of 50 features."""
    random = np.random.default_rng(0)
    A, w = random.normal(size=(100_000, 50)), random.normal(size=50) / 10
    y = np.where(A @ w + random.normal(size=100_000) > 0, 1.0, -1.0)
    return w + 0.01, A, y, MU


CASADI = {"casadi_vm": casadi_loss, "casadi_c": casadi_loss}
