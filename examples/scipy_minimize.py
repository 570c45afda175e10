"""SciPy's optimisers with compiled derivatives: L-BFGS-B with a gradient, least_squares with a Jacobian.

    python -m examples.scipy_minimize

Softmax regression on the wine data, held against scikit-learn; and a small network with one hidden layer on the
diabetes data, fitted by least squares and held against the same fit with a Jacobian by differences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, least_squares, minimize
from scipy.special import logsumexp
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import gradgen as gg

Array = NDArray[np.float64]

MU = 1e-2
HIDDEN = 1


def softmax_loss(w: Array, A: Array, Y: Array, mu: float) -> Any:
    """Mean cross-entropy of the classes ``Y`` (one of each row is 1) with a ridge penalty; ``w`` is flat."""
    W = w.reshape(A.shape[1], Y.shape[1])
    scores = A @ W
    return np.mean(logsumexp(scores, axis=1) - np.sum(Y * scores, axis=1)) + 0.5 * mu * np.sum(W * W)


def network(p: Array, A: Array) -> Any:
    """A hidden layer of ``HIDDEN`` hyperbolic tangents; ``p`` is flat."""
    features = A.shape[1]
    inner, biases = p[: features * HIDDEN].reshape(features, HIDDEN), p[features * HIDDEN : -HIDDEN - 1]
    return np.tanh(A @ inner + biases) @ p[-HIDDEN - 1 : -1] + p[-1]


def residuals(p: Array, A: Array, y: Array) -> Any:
    """By how much the network is off."""
    return network(p, A) - y


@dataclass(frozen=True)
class Fit:
    """What an optimiser found, and how far that is from what it should have found."""

    result: OptimizeResult
    off: float


def classify() -> Fit:
    """Softmax regression by L-BFGS-B, against scikit-learn's coefficients."""
    data = load_wine()
    A, Y = StandardScaler().fit_transform(data.data), np.eye(3)[data.target]
    start = np.zeros(A.shape[1] * Y.shape[1])
    value_and_grad = gg.value_and_grad(softmax_loss)
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}
    found = minimize(value_and_grad, start, args=(A, Y, MU), jac=True, method="L-BFGS-B", options=options)
    known = LogisticRegression(C=1.0 / (MU * len(A)), fit_intercept=False, tol=1e-10, max_iter=2000)
    known.fit(A, data.target)
    return Fit(found, float(np.abs(found.x.reshape(A.shape[1], 3).T - known.coef_).max()))


def regress() -> Fit:
    """The network by least squares; off is the gap between its cost and that with differences, relative."""
    data = load_diabetes()
    A, y = StandardScaler().fit_transform(data.data), (data.target - data.target.mean()) / data.target.std()
    start = 0.1 * np.random.default_rng(0).standard_normal(A.shape[1] * HIDDEN + 2 * HIDDEN + 1)
    found = least_squares(gg.compile(residuals), start, gg.jacobian(residuals), args=(A, y))
    rival = least_squares(residuals, start, "2-point", args=(A, y))
    return Fit(found, float(abs(found.cost - rival.cost) / rival.cost))


def main() -> None:
    """Fit both, check, print."""
    wine, diabetes = classify(), regress()
    assert wine.off < 1e-5, wine.off
    assert diabetes.off < 1e-3, diabetes.off
    slope = gg.vjp(residuals, *_at(diabetes))[1](diabetes.result.fun)[0]
    assert np.abs(slope).max() < 1e-2, "least squares end where the gradient of the cost is zero"
    print(f"L-BFGS-B       {wine.result.nfev} gradients; coefficients differ from scikit-learn's by {wine.off:.1e}")
    print(f"least_squares  {diabetes.result.njev} Jacobians; cost {diabetes.result.cost:.4f}")


def _at(fit: Fit) -> tuple[Array, Array, Array]:
    data = load_diabetes()
    y = (data.target - data.target.mean()) / data.target.std()
    return fit.result.x, StandardScaler().fit_transform(data.data), y


if __name__ == "__main__":
    main()
