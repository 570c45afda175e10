"""Models that are fitted: regressions, a neuron, a network; rows A12, A16, A20, A23, A28, A39 and A40."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, softmax

from tests.gallery.draws import each, matrix, number, one_hot, one_hots, vector
from tests.gallery.problem import GALLERY, Problem, problem


def _log_sum_exp_hessian(x, A, b):
    p = softmax(A @ x + b)
    return A.T @ (p[:, None] * A) - np.outer(p @ A, p @ A)


@problem(
    "A12",
    by="x",
    arguments=(vector(4), matrix(7, 4), vector(7)),
    large=(vector(500, scale=0.05), matrix(2000, 500), vector(2000)),
    gradient=lambda x, A, b: A.T @ softmax(A @ x + b),
    hessian=_log_sum_exp_hessian,
    function_tex=r"\ln \sum_i e^{a_i^T x + b_i}",
    gradient_tex=r"A^T p,\ p = \mathrm{softmax}(A x + b)",
    hessian_tex=r"A^T (\mathrm{diag}\, p - p p^T) A",
)
def log_sum_exp(x, A, b):
    return np.log(np.sum(np.exp(A @ x + b)))


@problem(
    "A16",
    by="theta",
    arguments=(matrix(2, 3), matrix(8, 3), one_hots(8, 2)),
    gradient=lambda theta, X, Y: (softmax(X @ theta.T, axis=1) - Y).T @ X / len(X),
    function_tex=r"-\tfrac1n \sum_i \ln p_{i, y_i},\ P = \mathrm{softmax}(X \theta^T)",
    gradient_tex=r"\tfrac1n (P - Y)^T X",
)
def softmax_regression(theta, X, Y):
    scores = X @ theta.T
    P = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    return -np.mean(np.sum(Y * np.log(P), axis=1))


def _softplus_hessian(x, a):
    s = expit(a @ x)
    return s * (1 - s) * np.outer(a, a)


@problem(
    "A20",
    by="x",
    arguments=(vector(5), vector(5)),
    gradient=lambda x, a: expit(a @ x) * a,
    hessian=_softplus_hessian,
    function_tex=r"\ln(1 + e^{\langle a, x \rangle})",
    gradient_tex=r"s a,\ s = \sigma(\langle a, x \rangle)",
    hessian_tex=r"s (1 - s) a a^T",
)
def softplus(x, a):
    return np.log(1 + np.exp(np.inner(a, x)))


def _one_object_gradient(W, b, x, y):
    p = softmax(W @ x + b)
    return np.outer(p - y, x), p - y


@problem(
    "A23",
    by="W b",
    arguments=(matrix(3, 4), vector(3), vector(4), one_hot(3)),
    gradient=_one_object_gradient,
    function_tex=r"-\sum_k y_k \ln p_k,\ p = \mathrm{softmax}(W x + b)",
    gradient_tex=r"(p - y) x^T;\quad p - y",
)
def cross_entropy(W, b, x, y):
    scores = W @ x + b
    p = np.exp(scores) / np.sum(np.exp(scores))
    return -np.sum(y * np.log(p))


def _logistic_hessian(x, A, mu):
    s = expit(A @ x)
    return A.T @ ((s * (1 - s))[:, None] * A) / len(A) + mu * np.eye(len(x))


@problem(
    "A28",
    by="x",
    arguments=(vector(4), matrix(7, 4), number(0.1, 1.0)),
    large=(vector(500, scale=0.05), matrix(2000, 500), number(0.1, 1.0)),
    gradient=lambda x, A, mu: A.T @ expit(A @ x) / len(A) + mu * x,
    hessian=_logistic_hessian,
    function_tex=r"\tfrac1n \sum_i \ln(1 + e^{a_i^T x}) + \tfrac\mu2 \|x\|^2",
    gradient_tex=r"\tfrac1n A^T s + \mu x,\ s = \sigma(A x)",
    hessian_tex=r"\tfrac1n A^T \mathrm{diag}(s (1 - s)) A + \mu I",
)
def logistic(x, A, mu):
    return np.mean(np.log(1 + np.exp(A @ x))) + mu / 2 * np.linalg.norm(x) ** 2


def _neuron_gradient(w, b, x, t, lam):
    y = expit(w * x + b)
    y_bar = y - t
    z_bar = y_bar * y * (1 - y)
    return z_bar * x + lam * w, z_bar, z_bar * w


@problem(
    "A39",
    by="w b x",
    arguments=(number(), number(), number(), number(0.0, 1.0), number(0.1, 1.0)),
    gradient=_neuron_gradient,
    function_tex=r"\tfrac12 (y - t)^2 + \tfrac\lambda2 w^2,\ y = \sigma(w x + b)",
    gradient_tex=r"\bar z x + \lambda w;\quad \bar z;\quad \bar z w,\quad \bar z = (y - t) y (1 - y)",
)
def neuron(w, b, x, t, lam):
    z = w * x + b
    y = 1 / (1 + np.exp(-z))
    return 0.5 * (y - t) ** 2 + lam / 2 * w**2


def network(A, b, theta, y):
    f = theta
    for i in range(len(A)):
        f = np.tanh(A[i] @ f + b[i])
    return np.sum((y - f) ** 2)


def _back_propagation(A, b, theta, y):
    layers = [theta]
    for i in range(len(A)):
        layers.append(np.tanh(A[i] @ layers[i] + b[i]))
    A_bar, b_bar = list(A), list(b)
    f_bar = 2 * (layers[-1] - y)
    for i in reversed(range(len(A))):
        b_bar[i] = f_bar * (1 - layers[i + 1] ** 2)
        A_bar[i] = np.outer(b_bar[i], layers[i])
        f_bar = A[i].T @ b_bar[i]
    return A_bar, b_bar


def _network(K: int) -> Problem:
    """The network with so many layers, no two of the same size."""
    sizes = (3, 5, 4, 6, 2, 7, 3)[: K + 1]
    weights = each(*[matrix(sizes[i + 1], sizes[i], scale=0.5) for i in range(K)])
    offsets = each(*[vector(size) for size in sizes[1:]])
    return Problem(
        "A40",
        network,
        by=("A", "b"),
        arguments=(weights, offsets, vector(sizes[0]), vector(sizes[-1])),
        gradient=_back_propagation,
        function_tex=rf"\|y - f_{K}\|^2,\ f_i = \tanh(A_{{i-1}} f_{{i-1}} + b_{{i-1}}),\ f_0 = \theta",
        gradient_tex=r"\bar b_i = \bar f_{i+1} \odot (1 - f_{i+1}^2);\quad \bar A_i = \bar b_i f_i^T;\quad "
        rf"\bar f_i = A_i^T \bar b_i,\ \bar f_{K} = 2 (f_{K} - y)",
        label=f"K{K}",
    )


GALLERY.extend(_network(K) for K in range(1, 7))
