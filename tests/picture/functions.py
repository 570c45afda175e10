"""Functions to draw, from three values to hundreds."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import gradgen as gg
from benchmarks.workloads import gmm
from gradgen.picture import make_figure
from gradgen.picture.figure import Figure


def logistic(w, A, y, mu):
    margin = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w)


def perceptron(W1, b1, W2, b2, x, y):
    hidden = np.tanh(x @ W1 + b1)
    return np.mean((hidden @ W2 + b2 - y) ** 2)


def log_det(A):
    return np.log(np.linalg.det(A @ A.T))


def scalar(x, y):
    r = np.sqrt(x * x + y * y)
    return np.sin(r) * np.exp(-x) / (1 + r**2)


def runge_kutta(state, stiffness, time):
    def slope(s):
        return np.array([s[1], -stiffness * np.sin(s[0])])

    step = time / 5
    for _ in range(5):
        a = slope(state)
        b = slope(state + step / 2 * a)
        c = slope(state + step / 2 * b)
        state = state + step / 6 * (a + 2 * b + 2 * c + slope(state + step * c))
    return state @ state


def shifted(x):
    return np.sum(np.cos(x[1:] - x[:-1]))


def stored_constant(b):
    return np.linalg.solve(np.ones((3, 3)), b)


def itself(x):
    return x, x


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "logistic": (gg.value_and_grad(logistic), (gg.f64[30], gg.f64[569, 30], gg.f64[569], gg.f64)),
    "named": (gg.value_and_grad(logistic), (gg.f64[30], gg.f64["n", 30], gg.f64["n"], gg.f64)),
    "perceptron": (
        gg.value_and_grad(perceptron, argnums=(0, 1, 2, 3)),
        (gg.f64[20, 50], gg.f64[50], gg.f64[50, 3], gg.f64[3], gg.f64[100, 20], gg.f64[100, 3]),
    ),
    "mixture": (gg.value_and_grad(gmm.posterior, argnums=(0, 1, 2)), gmm.data(10, 25)),
    "log_det": (gg.grad(log_det), (gg.f64[10, 20],)),
    "scalar": (gg.value_and_grad(scalar, argnums=(0, 1)), (gg.f64, gg.f64)),
    "runge_kutta": (gg.grad(runge_kutta), (gg.f64[2], gg.f64, gg.f64)),
    "shifted": (gg.value_and_grad(shifted), (gg.f64[1000],)),
    "stored_constant": (gg.compile(stored_constant), (gg.f64[3],)),
    "identity": (gg.compile(itself), (gg.f64[3],)),
}


@functools.cache
def figure(name: str) -> Figure:
    """The figure of a case."""
    function, types = CASES[name]
    lowered = function.lower(*types)  # type: ignore[attr-defined]
    return make_figure(lowered.graph, lowered.stages.nest, lowered.source)
