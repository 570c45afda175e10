"""A small neural network on scikit-learn's digits, scaled up to 28 × 28: products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload


def loss(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, Y: Array) -> Any:
    """Mean cross entropy of the classes ``Y``, one 1 in each row."""
    hidden = np.tanh(X @ W1 + b1)
    scores = hidden @ W2 + b2
    return np.mean(np.log(np.sum(np.exp(scores), axis=1)) - np.sum(Y * scores, axis=1))


def by_hand(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, Y: Array) -> tuple[Any, ...]:
    """Value and gradient."""
    hidden = np.tanh(X @ W1 + b1)
    scores = hidden @ W2 + b2
    e = np.exp(scores)
    total = e.sum(axis=1)
    value = np.mean(np.log(total) - np.sum(Y * scores, axis=1))
    scores_bar = (e / total[:, None] - Y) / len(X)
    hidden_bar = (scores_bar @ W2.T) * (1.0 - hidden * hidden)
    return value, X.T @ hidden_bar, hidden_bar.sum(axis=0), hidden.T @ scores_bar, scores_bar.sum(axis=0)


def data() -> tuple[Array, ...]:
    """64 digits, each pixel of 8 × 8 repeated and the border left empty."""
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    large = np.kron(images[:64].reshape(64, 8, 8) / 16.0, np.ones((3, 3)))
    X = np.zeros((64, 28, 28))
    X[:, 2:26, 2:26] = large
    random = np.random.default_rng(0)
    W1, W2 = random.normal(size=(784, 128)) / 28, random.normal(size=(128, 10)) / 11
    b1, b2 = random.normal(size=128) / 10, random.normal(size=10) / 10
    return W1, b1, W2, b2, X.reshape(64, 784), np.eye(10)[classes[:64]]


def casadi(ca: Any, W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    """In CasADi's words."""
    ones = ca.DM.ones(X.shape[0], 1)
    hidden = ca.tanh(X @ W1 + ones @ b1.T)
    scores = hidden @ W2 + ones @ b2.T
    return ca.sum1(ca.log(ca.sum2(ca.exp(scores))) - ca.sum2(Y * scores)) / X.shape[0]


WORKLOAD = Workload(
    "MLP 784-128-10",
    loss,
    {"batch 64": data},
    argnums=(0, 1, 2, 3),
    by_hand=by_hand,
    variants={"casadi_vm": casadi, "casadi_c": casadi},
    quick=("batch 64",),
    flops=lambda W1, b1, W2, b2, X, Y: 4.0 * X.shape[0] * W1.size + 6.0 * X.shape[0] * W2.size,
)
