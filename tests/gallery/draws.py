"""What problems of the gallery draw their arguments with: each gives a function of a random generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.gallery.problem import Draw

__all__ = [
    "each",
    "factors",
    "labels",
    "matrix",
    "number",
    "one_hot",
    "one_hots",
    "positive",
    "regular",
    "symmetric",
    "vector",
]


def number(low: float = -2.0, high: float = 2.0) -> Draw:
    """A number of an interval."""
    return lambda rng: float(rng.uniform(low, high))


def vector(n: int, scale: float = 1.0) -> Draw:
    """Normally distributed."""
    return lambda rng: scale * rng.standard_normal(n)


def matrix(*shape: int, scale: float = 1.0) -> Draw:
    """Normally distributed; of any number of axes."""
    return lambda rng: scale * rng.standard_normal(shape)


def symmetric(n: int) -> Draw:
    """A matrix that equals its transpose, eigenvalues of both signs."""

    def drawn(rng: np.random.Generator) -> Any:
        square = rng.standard_normal((n, n))
        return (square + square.T) / 2

    return drawn


def positive(n: int) -> Draw:
    """A symmetric positive definite matrix."""

    def drawn(rng: np.random.Generator) -> Any:
        square = rng.standard_normal((n, n))
        return square @ square.T / n + np.eye(n)

    return drawn


def regular(n: int) -> Draw:
    """A square matrix with a positive determinant, not close to a singular one."""

    def drawn(rng: np.random.Generator) -> Any:
        left, _ = np.linalg.qr(rng.standard_normal((n, n)))
        right, _ = np.linalg.qr(rng.standard_normal((n, n)))
        square = left * np.geomspace(0.5, 4.0, n) @ right
        if np.linalg.det(square) < 0:
            square[0] = -square[0]
        return square

    return drawn


def labels(n: int) -> Draw:
    """Signs, 1.0 and -1.0."""
    return lambda rng: rng.choice([-1.0, 1.0], size=n)


def one_hots(n: int, classes: int) -> Draw:
    """The class of each of several objects, as a row of zeros with a one."""
    return lambda rng: np.eye(classes)[rng.integers(0, classes, n)]


def one_hot(classes: int) -> Draw:
    """The class of one object."""
    return lambda rng: np.eye(classes)[rng.integers(0, classes)]


def each(*draws: Draw) -> Draw:
    """A list with one of each."""
    return lambda rng: [one(rng) for one in draws]


def factors(m: int, n: int) -> Draw:
    """An m x n matrix, m >= n, whose columns are orthonormal: all its singular values are 1."""
    return lambda rng: np.linalg.qr(rng.standard_normal((m, n)))[0]
