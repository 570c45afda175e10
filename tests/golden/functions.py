"""The functions whose C is kept beside this file, to be read when it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradgen as gg


@dataclass(frozen=True)
class Example:
    """A transformed function and the types of its arguments."""

    function: Any
    types: tuple[Any, ...]

    def source(self) -> str:
        """Its C."""
        return str(self.function.lower(*self.types).source)


EXAMPLES: dict[str, Example] = {}


def example(transform: Callable[[Any], Any], *types: Any) -> Callable[[Any], Any]:
    """Keep the C of ``transform(function)`` for these types under the name of the function."""

    def keep(function: Any) -> Any:
        EXAMPLES[function.__name__] = Example(transform(function), types)
        return function

    return keep


@example(gg.value_and_grad, gg.f64[20], gg.f64[1000, 20], gg.f64[1000], gg.f64)
def logistic(w, A, y, mu):
    margins = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margins))) + 0.5 * mu * (w @ w)


@example(gg.value_and_grad, gg.f64[1000])
def rosenbrock(x):
    valley = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * valley**2 + (1.0 - x[:-1]) ** 2)


@example(lambda f: gg.grad(f, argnums=(1, 2, 3)), gg.f64[64, 8], gg.f64[8, 16], gg.f64[16], gg.f64[16], gg.f64[64])
def perceptron(x, w, b, v, y):
    hidden = np.tanh(x @ w + b)
    return np.mean((hidden @ v - y) ** 2)


@example(gg.value_and_grad, gg.f64, gg.f64)
def scalar(a, b):
    c = np.sin(a) * b
    return c * np.exp(-c) + a / b


@example(gg.compile, gg.f64[32, 10])
def softmax(scores):
    shifted = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return shifted / np.sum(shifted, axis=1, keepdims=True)


@example(gg.compile, gg.f64[100, 30], gg.f64[30, 20], gg.f64[20])
def affine(x, w, b):
    return x @ w + b


@example(lambda f: gg.grad(f, argnums=0), gg.f64[50, 60])
def stencil(u):
    laplacian = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
    return 0.5 * np.sum(laplacian**2)


@example(gg.compile, gg.f64[3])
def rotation(angles):
    sine, cosine = np.sin(angles[0]), np.cos(angles[0])
    return np.stack([np.stack([cosine, -sine]), np.stack([sine, cosine])]) * angles[1] + angles[2]


@example(gg.value_and_grad, gg.f64["n"], gg.f64["n", 3])
def any_number(mass, position):
    centre = mass @ position / np.sum(mass)
    return np.sum(mass[:, None] * (position - centre) ** 2)


def along(f: Any) -> Any:
    """The value and the derivative along a direction."""

    def moved(x, x_dot):
        return gg.jvp(f, (x,), (x_dot,))

    moved.__name__ = f"{f.__name__}_jvp"
    return gg.compile(moved)


@example(along, gg.f64[100], gg.f64[100])
def directional(x):
    smooth = np.sqrt(x**2 + 1.0)
    return np.sum(smooth * np.log(smooth))
