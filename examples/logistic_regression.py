"""Regularised logistic regression on the breast-cancer data, its gradient made in three ways.

The model is a plain NumPy function; gradgen compiles it as it stands. The two rivals are the gradient
that a careful person writes by hand with NumPy, and HIPS autograd, which has the function written once
more with its own `numpy`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import gradgen as gg

Array = NDArray[np.float64]
ValueAndGrad = Callable[..., tuple[Any, Array]]

MU = 1e-3


def loss(w: Array, A: Array, y: Array, mu: float) -> Any:
    """Mean logistic loss of the labels ``y`` (+1 or -1) with a ridge penalty."""
    margin = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w)


value_and_grad = gg.value_and_grad(loss)


def by_hand(w: Array, A: Array, y: Array, mu: float) -> tuple[Any, Array]:
    """The same value and its gradient, derived on paper."""
    e = np.exp(-y * (A @ w))
    value = np.mean(np.log1p(e)) + 0.5 * mu * (w @ w)
    weight = y * (e / (1.0 + e)) / len(y)
    return value, mu * w - weight @ A


def _autograd_loss(w: Any, A: Array, y: Array, mu: float) -> Any:
    margin = y * (A @ w)
    return anp.mean(anp.log1p(anp.exp(-margin))) + 0.5 * mu * (w @ w)


with_autograd: ValueAndGrad = autograd.value_and_grad(_autograd_loss)


RIVALS: dict[str, ValueAndGrad] = {
    "gradgen": value_and_grad,
    "NumPy by hand": by_hand,
    "autograd": with_autograd,
}


def data() -> tuple[Array, Array]:
    """Features, each with mean 0 and deviation 1, and labels +1 (benign) or -1."""
    features, benign = load_breast_cancer(return_X_y=True)
    A = (features - features.mean(axis=0)) / features.std(axis=0)
    return np.ascontiguousarray(A), np.where(benign == 1, 1.0, -1.0)


@dataclass
class Fit:
    """Coefficients, and the loss at each gradient on the way with the seconds since the start."""

    w: Array
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


def fit(function: ValueAndGrad, A: Array, y: Array, mu: float = MU) -> Fit:
    """Minimise with L-BFGS-B as far as rounding lets it."""
    result, start = Fit(np.zeros(A.shape[1])), time.perf_counter()

    def noted(w: Array) -> tuple[Any, Array]:
        value, gradient = function(w, A, y, mu)
        result.seconds.append(time.perf_counter() - start)
        result.losses.append(float(value))
        return value, gradient

    options = {"ftol": 0.0, "gtol": 1e-10, "maxiter": 2000, "maxfun": 4000}
    result.w = minimize(noted, result.w, jac=True, method="L-BFGS-B", options=options).x
    return result


def scikit_learn_coefficients(A: Array, y: Array, mu: float = MU) -> Array:
    """What scikit-learn finds: it sums the losses and weighs them by C, so C = 1 / (n mu) is our objective."""
    model = LogisticRegression(C=1.0 / (len(y) * mu), fit_intercept=False, solver="newton-cholesky", tol=1e-12)
    return np.asarray(model.fit(A, y).coef_[0])
