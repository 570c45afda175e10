"""Integers wrap in compiled code as they do in NumPy, where C leaves signed overflow undefined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradgen as gg

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "add": lambda x: x + x,
    "subtract": lambda x: -2 - x,
    "multiply": lambda x: x * x * x,
    "negative": lambda x: -x,
    "abs": lambda x: np.abs(x),
    "power": lambda x: x**5,
    "sum": lambda x: np.sum(x * 3),
    "product": lambda x: np.prod(x | 1),
    "cumsum": lambda x: np.cumsum(x),
    "matrix": lambda x: x[:, None] * x[None, :] @ x,
    "no larger than the next": lambda x: x + 1 > x,  # which a compiler takes for granted without -fwrapv
    "no sign left": lambda x: np.abs(x) < 0,
    "twice and half": lambda x: (x * 2) // 2 == x,
    "floor_divide": lambda x: x // -1,
    "remainder": lambda x: x % -1,
}


@pytest.mark.parametrize("dtype", [np.int64, np.int32])
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_overflow_wraps(function: Callable[[Any], Any], dtype: type) -> None:
    info = np.iinfo(dtype)
    x = np.array([info.min, info.min + 1, -3, -1, 0, 1, 7, 12345, info.max // 2 + 1, info.max - 1, info.max], dtype)
    with np.errstate(over="ignore", divide="ignore"):
        expected = function(x)
    result = gg.compile(function, backend="c")(x)
    assert np.asarray(result).dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(result, expected)
