"""The arrays that the calls of the coverage table are made with, and how a row of it is written.

A row is a list of calls; each is a function of the arrays it is differentiated by. Arguments that carry no
derivative stand inside the functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Function = Callable[..., Any]
RNG = np.random.default_rng(11)


def numbers(*shape: int) -> np.ndarray:
    """Distinct numbers between 0.15 and 0.95 in no order, so that no two tie and every function is defined."""
    count = int(np.prod(shape))
    return RNG.permutation(np.linspace(0.15, 0.95, count)).reshape(shape)


S, V, W, L, M, N, Q, T = (
    numbers(),
    numbers(4),
    numbers(4)[::-1] + 0.013,
    numbers(7),
    numbers(3, 4),
    numbers(4, 2),
    numbers(3, 3),
    numbers(2, 3, 4),
)
# Not in a whole ratio to the others, nor equal to any.
APART = 0.9137 * V + 0.0213
ONE, TWO = np.array([0, 2, 1]), np.array([[1, 1], [0, 2]])
MASK = np.array([True, False, True, True])
MASKS = np.arange(12).reshape(3, 4) % 3 != 0
HOLES = np.where(np.arange(12).reshape(3, 4) % 5 == 2, np.nan, 1.0)

Row = list[tuple[Function, tuple[np.ndarray, ...]]]


def named(names: str) -> dict[str, Function]:
    """The functions of NumPy of these names."""
    return {name: getattr(np, name) for name in names.split()}


def with_each(make: Callable[[Any], Function], values: Iterable[Any]) -> list[Function]:
    """One function for each value."""
    return [make(value) for value in values]


def of(*arguments: np.ndarray) -> Callable[..., Row]:
    """Calls with these arguments."""
    return lambda *functions: [(function, arguments) for function in functions]
