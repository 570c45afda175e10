"""What a traced mask selects: read, computed with, reduced, and written back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradgen.errors import TraceError
from gradgen.ir import TypeMaker
from gradgen.trace import make_graph
from tests.trace.programs import assert_as_numpy

X = np.array([0.3, -0.7, 1.1, 0.2])
M = np.arange(12.0).reshape(3, 4) / 7


def augmented(x: Any) -> Any:
    y = x * 1
    y[y < 0] *= -2
    y[x > 0.25] += x[0]
    y[y > 1] **= 2
    return y


def piecewise(x: Any) -> Any:
    y, small = np.zeros_like(x), np.abs(x) < 0.5
    y[small] = x[small] ** 2 / 2
    y[~small] = 0.5 * (np.abs(x[~small]) - 0.25)
    return y


def logarithm(x: Any) -> Any:
    y, positive = np.zeros(4), x > 0
    y[positive] = np.log(x[positive]) * 2 + 1 / x[positive]
    return y


def reduced(x: Any) -> Any:
    high = x[x > 0]
    return (
        np.sum(high),
        high.sum() * 2,
        high.mean(),
        np.max(high),
        high.min(),
        np.prod(high),
        np.any(high > 1),
        high.size,
    )


def counts(x: Any) -> Any:
    n = np.arange(4) * (x > 0)
    return np.max(n[x > 0]), np.min(n[x > 0]), np.all(x[x > 0] > 0.1), np.size(x[x > 0.25])


def rows(m: Any) -> Any:
    y, chosen = m * 1, m[:, 0] > 0.5
    y[chosen] = m[chosen] * np.arange(4.0) + m[0]
    return y, np.sum(m[chosen]), np.mean(m[chosen])


def later_changes(x: Any) -> Any:
    y, mask = x * 1, x > 0
    part = y[mask]
    part += 1
    y[:] = 5
    y[mask] = part
    return y


PROGRAMS = [(f, X) for f in (augmented, piecewise, logarithm, reduced, counts, later_changes)]


@pytest.mark.parametrize(("function", "argument"), [*PROGRAMS, (rows, M)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_masked_programs(function: Callable[..., Any], argument: Any) -> None:
    assert_as_numpy(function, argument)


REFUSED = [
    lambda x: x[x > 0],
    lambda x: len(x[x > 0]),
    lambda x: x[x > 0][0],
    lambda x: np.cumsum(x[x > 0]),
    lambda x: np.sum(x[x > 0], axis=0),
    lambda x: x[x > 0] + x,
    lambda x: x * x[x > 0],
    lambda x: x[x > 0] + x[x > 1],
    lambda x: x[x > 0].reshape(-1),
    lambda x: [value * 2 for value in x[x > 0]],
    lambda x: np.array([x[x > 0], x[x > 0]]),
    lambda x: x.copy().__setitem__(x > 1, x[x > 0]),
]


@pytest.mark.parametrize("function", REFUSED)
def test_the_number_of_selected_elements_is_not_known(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TraceError, match=r"np\.where\(mask, x, 0\.0\)") as caught:
        make_graph(function, TypeMaker(np.float64)[4])
    assert "\n  test_buffers_masks.py:" in str(caught.value)


def test_an_array_cannot_be_stored_where_a_mask_holds() -> None:
    def f(x: Any) -> None:
        x.copy()[x > 0] = x[:2]

    with pytest.raises(TraceError, match="the number of elements that a traced mask selects"):
        make_graph(f, TypeMaker(np.float64)[4])
