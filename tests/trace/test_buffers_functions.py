"""In-place operators, ``out=``, and NumPy's functions that change an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.trace.programs import assert_as_numpy

X = np.array([0.3, -0.7, 1.1, 0.2])
M = np.arange(12.0).reshape(3, 4) / 7
MASK = np.array([True, False, True, True])


def operators(x: Any) -> Any:
    y = x + 3
    y -= x[0]
    y *= 2
    y /= x + 2
    y **= 2
    y //= 0.3
    y %= 1.7
    n = np.arange(4)
    n += 2
    n <<= 1
    n |= 1
    b = x > 0
    b &= x < 1
    b ^= True
    return y, n, b


def matrix_product(m: Any) -> Any:
    y = m[:, :3] * 1
    z = y
    y @= m[:, 1:]
    return z


def out_keyword(x: Any) -> Any:
    buffer = np.zeros(4)
    same = np.multiply(x, 2, out=buffer)
    np.add(buffer, x, buffer)
    np.sin(buffer[1:], out=buffer[:-1])
    total = np.zeros(())
    np.sum(buffer, out=total)
    product = np.empty((4, 4))
    np.outer(x, x, out=product)
    np.matmul(product, x, out=buffer)
    return same, buffer, total, product


def out_where(x: Any) -> Any:
    ratio = np.divide(1.0, x, out=np.zeros_like(x), where=x > 0)
    half = np.full(4, 0.5)
    np.sqrt(x, out=half, where=MASK & (X > 0))
    return ratio, half


def two_outs(x: Any) -> Any:
    quotient, rest = np.zeros(4), np.zeros(4)
    np.divmod(x, 0.4, out=(quotient, rest))
    return quotient, rest


def functions(x: Any) -> Any:
    out = np.zeros(6)
    np.put(out, [0, 3, -1], x[:3])
    np.place(out, np.arange(6) % 2 == 1, x[1:3])
    np.putmask(out, [False, False, True, False, True, False], x[0] * np.arange(6))
    np.copyto(out[1:3], x[2:])
    np.copyto(out, x[0], where=[True, *[False] * 5])
    return out


def functions_with_traced_masks(x: Any) -> Any:
    y, z = x * 1, x * 1
    np.copyto(y, 0.5, where=x > 0)
    np.putmask(z, x < 0, -x)
    return y, z


def along_axis(m: Any) -> Any:
    out = m * 1
    np.put_along_axis(out, np.array([[1], [2], [0]]), 9.0, axis=1)
    np.put_along_axis(out, np.array([[0, 1, 2, 2]]), m[:1] * 2, axis=0)
    return out


def diagonals(x: Any) -> Any:
    out = np.zeros((4, 4))
    np.fill_diagonal(out, x)
    other = np.outer(x, x)
    np.fill_diagonal(other, 0)
    np.fill_diagonal(other[1:], x[0])
    return out, other


def add_at(x: Any) -> Any:
    out = np.zeros(3)
    np.add.at(out, [0, 2, 2, 0], x)
    np.subtract.at(out, np.array([1, 1]), x[0])
    table = np.ones((2, 2))
    np.add.at(table, ([0, 1, 1, 0], [1, 1, 1, 0]), x)
    return out, table


def histogram(x: Any) -> Any:
    counts = np.zeros(3)
    np.add.at(counts, np.floor(np.abs(x) * 2).astype(int), x)
    return counts


def forces(x: Any) -> Any:
    """Pairs of points: to whole rows, to single entries, counted from the end, from which something is taken off."""
    i = np.floor(np.abs(x) * 2).astype(int)
    rows, entries = np.zeros((3, 2)), np.ones((2, 3))
    np.add.at(rows, i, x[:, None] * np.array([1.0, 2.0]))
    np.add.at(entries, (np.array([0, 1, 0, 0]), i - 3), x)
    np.subtract.at(entries, (slice(None), i), x)
    return rows, entries


def methods(x: Any) -> Any:
    y = x * 1
    y.put([0, 1], [x[3], 4])
    z = np.empty(3)
    z.fill(x[1])
    y.flat[2] = 6
    w = np.zeros((2, 2))
    w.flat = x
    return y, z, w


CHANGES = [
    *[(f, X) for f in (operators, out_keyword, out_where, two_outs, functions, functions_with_traced_masks, diagonals)],
    *[(f, X) for f in (add_at, histogram, forces, methods)],
    *[(f, M) for f in (matrix_product, along_axis)],
]


@pytest.mark.parametrize(("function", "argument"), CHANGES)
def test_functions_that_change_an_array(function: Callable[..., Any], argument: Any) -> None:
    assert_as_numpy(function, argument)
