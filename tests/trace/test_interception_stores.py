"""What must not be written into: arguments, arrays from outside, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradgen.errors import DTypeError, ShapeError, TraceError
from gradgen.ir import TypeMaker
from gradgen.trace import make_graph

f64, f32 = TypeMaker(np.float64), TypeMaker(np.float32)
X = np.array([0.3, -0.7, 1.1])
M = np.arange(6.0).reshape(2, 3) / 7
TABLE = np.arange(9.0).reshape(3, 3)


def set_item(x: Any) -> None:
    x[0] = 1.0


def set_part(x: Any) -> None:
    x[1:][0] = 1.0


def in_place(x: Any) -> None:
    x *= 2.0


def of_a_view(x: Any) -> None:
    y = x.reshape(3, 1).T
    y += 1


MUTATIONS = [
    set_item,
    set_part,
    in_place,
    of_a_view,
    lambda x: x.sort(),
    lambda x: x.fill(0.0),
    lambda x: np.copyto(x, 1.0),
    lambda x: np.put(x, 0, 1.0),
    lambda x: np.add.at(x, [0], 1.0),
    lambda x: np.add(x, x, out=x),
    lambda x: np.asarray(x).fill(1.0),
]


@pytest.mark.parametrize("function", MUTATIONS)
def test_an_argument_is_not_changed(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TraceError, match=r"copy first: x = x.copy\(\)") as caught:
        make_graph(function, f64[3])
    assert "\n  test_interception_stores.py:" in str(caught.value)


OUTSIDE = [
    lambda x: TABLE[0].__setitem__(slice(None), x),
    lambda x: np.add(x, x, out=TABLE[0]),
    lambda x: np.copyto(TABLE[0], x),
    lambda x: np.put(TABLE, [0], x[:1]),
    lambda x: np.add.at(TABLE, [0], x),
    lambda x: TABLE.__iadd__(x),
    lambda x: np.sum(x, out=TABLE[0, 0, ...]),
]


@pytest.mark.parametrize("function", OUTSIDE)
def test_arrays_from_outside_are_not_written_into(function: Callable[[Any], Any]) -> None:
    before = TABLE.copy()
    with pytest.raises(TraceError, match=r"np\.zeros, np\.array or np\.copy") as caught:
        make_graph(function, f64[3])
    assert "\n  test_interception_stores.py:" in str(caught.value)
    np.testing.assert_array_equal(TABLE, before)


def test_wrong_dtypes_and_shapes() -> None:
    def add_to_integers(x: Any) -> None:
        out = np.zeros(3, int)
        out += x

    def add_too_large(x: Any) -> None:
        out = np.zeros(3)
        out += np.ones((2, 3)) * x

    def store_too_large(x: Any) -> None:
        np.zeros(2)[:] = x

    def store_beyond(x: Any) -> None:
        np.zeros(2)[2] = x[0]

    def store_into_read_only(x: Any) -> None:
        np.broadcast_to(x * 1, (2, 3))[0] = 1.0

    cases = [
        (add_to_integers, DTypeError, "cannot store float64 into an array of int64"),
        (add_too_large, ShapeError, r"\(2, 3\) does not fit into an array of shape \(3,\)"),
        (store_too_large, ShapeError, "could not broadcast"),
        (store_beyond, IndexError, "out of bounds"),
        (store_into_read_only, TraceError, "can only be read"),
    ]
    for function, kind, message in cases:
        with pytest.raises(kind, match=message):
            make_graph(function, f64[3])
