"""Arrays to try functions on, and what a case is: a function and its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

NUMBERS = np.random.default_rng(5)


def array(*shape: int, dtype: Any = float) -> np.ndarray:
    """Numbers between 0.1 and 1.1 in no order, so that every function of the table is defined on them."""
    return (NUMBERS.random(shape) + 0.1).astype(dtype)


S, V, W, M, N, T = np.float64(0.7), array(3), array(3), array(3, 4), array(4, 2), array(2, 3, 4)
SQUARE, LONG, MASK = array(3, 3), array(7), np.array([True, False, True])
WHOLE = np.array([3, -1, 2])


@dataclass(frozen=True)
class Case:
    """A function and what it is called with."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


def over(*arguments: Any, **functions: Callable[..., Any]) -> list[tuple[str, Case]]:
    """Several functions of the same arguments."""
    return [(name, Case(function, arguments)) for name, function in functions.items()]
