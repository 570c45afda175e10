"""Arrays that a traced function makes and writes into: item assignment, views, in-place operators, `out=`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.trace.programs import assert_as_numpy

X = np.array([0.3, -0.7, 1.1, 0.2])
M = np.arange(12.0).reshape(3, 4) / 7
MASK = np.array([True, False, True, True])
BITS = np.array([[True, False, True, False], [False, True, True, False], [True, True, False, True]])


# --- item assignment ---------------------------------------------------------------------------------


def fill_elements(x: Any) -> Any:
    out = np.zeros(4)
    for i in range(4):
        out[i] = x[i] * i
    return out


def fill_some(x: Any) -> Any:
    out = np.ones(6)
    out[1] = x[0]
    out[-1] = x[1]
    out[3] = 5
    return out


def recurrence(x: Any) -> Any:
    out = np.zeros(50)
    out[0] = x[0]
    for i in range(1, 50):
        out[i] = 0.9 * out[i - 1] + x[i % 4]
    return out


def fill_matrix(x: Any) -> Any:
    out = np.empty((4, 4))
    for i in range(4):
        for j in range(4):
            out[i, j] = x[i] * x[j]
    return out


def symmetric(x: Any) -> Any:
    out = np.zeros((4, 4))
    for i in range(4):
        for j in range(i + 1):
            out[i, j] = x[i] - 2 * x[j]
            out[j, i] = out[i, j]
    return out


def rows(x: Any) -> Any:
    states = np.zeros((5, 4))
    states[0] = x
    for k in range(4):
        states[k + 1] = states[k] * 0.5 + np.sin(states[k])
    return states


def columns(x: Any) -> Any:
    out = np.zeros((4, 3))
    out[:, 0] = x
    out[:, 2] = x * x
    return out


def interior(m: Any) -> Any:
    out = np.zeros((5, 6))
    out[1:-1, 1:-1] = m
    out[0, :] = 1.0
    return out


def steps(x: Any) -> Any:
    out = np.zeros(8)
    out[::2] = x
    out[7::-2] = -x
    return out


def a_step(x: Any) -> Any:
    out = np.ones((3, 8))
    out[1, ::2] = x
    return out


def broadcast_row(x: Any) -> Any:
    out = np.zeros((3, 4))
    out[...] = x
    out[1] = x[0]
    out[:, 1:3] = x[:2]
    return out


def newaxis(x: Any) -> Any:
    out = np.zeros((4, 2))
    out[:, None, 1] = x[:, None]
    return out


def fancy(x: Any) -> Any:
    out = np.zeros(6)
    out[[4, 1, 0, 5]] = x
    out[np.array([1, 2])] = x[:2] * 3
    return out


def fancy_pairs(x: Any) -> Any:
    out = np.zeros((3, 4))
    out[[0, 1, 2, 0], [3, 2, 1, 0]] = x
    out[1, [0, 3]] = x[1]
    return out


def constant_mask(x: Any) -> Any:
    out = np.array(x)
    out[MASK] = x[:3] ** 2
    out[~MASK] = 0.0
    return out


def mask_of_matrix(m: Any) -> Any:
    out = m.copy()
    out[BITS] = 0.0
    out[~BITS] *= 2.0
    return out


def large_mask(m: Any) -> Any:
    out = np.tile(m, (20, 20))
    chosen = np.arange(out.size).reshape(out.shape) % 7 % 3 == 0
    out[chosen] = -1.0
    return out


def traced_mask(x: Any) -> Any:
    y = x.copy()
    y[x > 0.25] = 0.0
    y[y < 0] = x[0]
    return y


def traced_mask_of_rows(m: Any) -> Any:
    y = m * 2
    y[m[:, 0] > 0.5] = 1.0
    y[m > 1.2] = np.mean(m)
    return y


def traced_index(x: Any) -> Any:
    y = x * 1.0
    y[np.argmax(x)] = 7.0
    return y


def into_integers(x: Any) -> Any:
    out = np.zeros(4, dtype=int)
    out[1:] = x[1:] * 10
    out[0] = 2.7
    return out


def into_single(x: Any) -> Any:
    out = np.zeros(4, dtype=np.float32)
    out[:] = x
    return out + np.float32(1)


def lists(x: Any) -> Any:
    out = np.zeros((2, 2))
    out[0] = [x[0], 1.0]
    out[1, :] = (x[1], x[2])
    return out


def single(x: Any) -> Any:
    out = np.zeros(())
    out += x[0]
    out[...] = out * x[1]
    out[()] += 1
    return out


def fill_with_numbers_first(x: Any) -> Any:
    grid = np.arange(6.0)
    grid[2:4] = [10, 20]
    total = float(grid.sum())
    grid *= 2
    grid[0] = x[0]
    return grid + total


def nothing_to_store(x: Any) -> Any:
    out = np.zeros(4)
    out[4:] = x[4:]
    out[1] = x[0]
    return out


def tridiagonal(x: Any) -> Any:
    n = 4
    A = np.zeros((n, n))
    A[np.arange(n), np.arange(n)] = 2 * x
    A[np.arange(n - 1), np.arange(1, n)] = -x[1:]
    for i in range(1, n):
        A[i, i - 1] = -x[i]
    return A @ x, np.trace(A)


ASSIGNMENTS: list[tuple[Callable[..., Any], Any]] = [
    *[
        (function, X)
        for function in (
            *(fill_elements, fill_some, recurrence, fill_matrix, symmetric, rows, columns, steps, a_step, newaxis),
            *(broadcast_row, fancy, fancy_pairs, constant_mask, traced_mask, traced_index, into_integers, into_single),
            *(lists, single, fill_with_numbers_first, nothing_to_store, tridiagonal),
        )
    ],
    *[(function, M) for function in (interior, mask_of_matrix, large_mask, traced_mask_of_rows)],
]


@pytest.mark.parametrize(("function", "argument"), ASSIGNMENTS)
def test_item_assignment(function: Callable[..., Any], argument: Any) -> None:
    assert_as_numpy(function, argument)
