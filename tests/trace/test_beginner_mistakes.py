"""What people do in their first hour, and that the message tells them what to write instead, and where."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.errors import ArgumentError, DifferentiationError, GradgenError, ShapeError, TraceError

X = np.array([0.5, 1.5, 2.5])
STEP = np.zeros(3)
LAST: list[Any] = []


def branch(x: Any) -> Any:
    if x[0] > 0:
        return np.sum(x)
    return np.sum(x**2)


def loop_until_small(x: Any) -> Any:
    while np.max(x) > 1e-3:
        x = x / 2
    return np.sum(x)


def builtin_max(x: Any) -> Any:
    return max(x[0], x[1])


def scalar_math(x: Any) -> Any:
    return math.exp(x[0])


def to_float(x: Any) -> Any:
    return float(np.sum(x)) ** 2


def masked(x: Any) -> Any:
    return np.sum(np.diff(x[x > 1.0]))


def store_into_a_global(x: Any) -> Any:
    STEP[0] = x[0]
    return np.sum(STEP * x)


def change_an_argument(x: Any) -> Any:
    x[0] = 0.0
    return np.sum(x)


def range_over_a_value(x: Any) -> Any:
    return sum(x[0] for _ in range(x[1].astype(int)))


def positions_of_a_mask(x: Any) -> Any:
    return np.sum(np.where(x > 1.0))


def chained_comparison(x: Any) -> Any:
    return np.where(0 < x[0] < 1, x[0], 0.0)


def wrong_shapes(x: Any) -> Any:
    return np.sum(np.ones((2, 4)) @ x)


def item(x: Any) -> Any:
    return x[0].item() ** 2


def no_advice_for_solving(x: Any) -> Any:
    return np.polyfit(np.arange(3.0), x, 1)[0]


MISTAKES: list[tuple[Callable[[Any], Any], type[GradgenError], str]] = [
    (branch, TraceError, "use np.where(condition, a, b) for a branch"),
    (loop_until_small, TraceError, "has no truth value while the function is traced"),
    (builtin_max, TraceError, "np.maximum"),
    (scalar_math, TraceError, "write np.exp(x[0])"),
    (to_float, TraceError, "write np.sum(x).astype(float)"),
    (masked, TraceError, "np.sum(np.where(mask, x, 0.0)) for a sum over the selected"),
    (store_into_a_global, TraceError, "inside the function"),
    (change_an_argument, TraceError, "copy"),
    (range_over_a_value, TraceError, "static argument"),
    (positions_of_a_mask, TraceError, "np.where(condition, a, b)"),
    (chained_comparison, TraceError, "np.logical_and"),
    (wrong_shapes, ShapeError, "matmul: cannot multiply (2, 4) by (3,)"),
    (item, TraceError, "leave it away"),
    (no_advice_for_solving, TraceError, "np.vander"),
]


@pytest.mark.parametrize(("function", "kind", "advice"), MISTAKES, ids=[row[0].__name__ for row in MISTAKES])
def test_in_the_function(function: Callable[[Any], Any], kind: type[GradgenError], advice: str) -> None:
    with pytest.raises(kind, match=re.escape(advice)) as caught:
        gg.compile(function, backend="numpy")(X)
    line = re.search(r"test_beginner_mistakes\.py:(\d+):  (.+)", str(caught.value))
    assert line, "it names the file, the line and its text"
    first = function.__code__.co_firstlineno
    assert first < int(line[1]) <= first + 3, "the line is one of the function's own"
    assert not STEP.any()


def test_a_value_kept_for_later() -> None:
    def keeps(x: Any) -> Any:
        LAST.append(x[0])
        return np.sum(x)

    gg.grad(keeps, backend="numpy")(X)
    with pytest.raises(TraceError, match="a traced value is used after its function was traced"):
        LAST.pop() + 1.0


def test_the_gradient_of_an_array() -> None:
    with pytest.raises(DifferentiationError, match=r"jacobian"):
        gg.grad(lambda x: x**2, backend="numpy")(X)


def test_the_gradient_by_integers() -> None:
    with pytest.raises(DifferentiationError, match=r"float"):
        gg.grad(lambda x: np.sum(x * 2.0), backend="numpy")(np.array([1, 2]))


def test_an_argument_that_is_no_array() -> None:
    with pytest.raises((ArgumentError, TraceError)):
        gg.grad(lambda x: np.sum(x), backend="numpy")(object())


def test_an_index_that_lies_outside_at_the_call() -> None:
    picked = gg.compile(lambda x, i: x[i], backend="numpy")
    assert picked(X, 2) == X[2]
    with pytest.raises(IndexError):
        picked(X, 3)
