"""Views and other names of one array see what is written through each of them, as NumPy's do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.trace.programs import assert_as_numpy

X = np.array([0.3, -0.7, 1.1, 0.2])
M = np.arange(12.0).reshape(3, 4) / 7


def two_names(x: Any) -> Any:
    y = x * 2
    z = y
    y += 1
    y[0] = 5
    return z


def views_of_a_result(x: Any) -> Any:
    y = np.sin(x)
    tail, head, back = y[1:], y[:2], y[::-1]
    tail[0] = 9.0
    head += x[0]
    back[0] *= 2
    return y, tail, head, back


def views_of_views(m: Any) -> Any:
    y = m * 1.0
    a = y[1:].T
    b = a[1:3]
    c = b.reshape(2, 2)
    b[0] = 0.5
    c[1, 1] = m[0, 1]
    a[3] -= 1
    return y, a, b, c


def shapes(m: Any) -> Any:
    y = m + 1
    line = y.reshape(-1)
    line[3] = m[0, 0]
    y.T[0] = m[:, 1]
    np.ravel(y)[4:6] += 2
    y.swapaxes(0, 1)[1, 0] = 8
    np.squeeze(y[None])[2, 2] = 3
    np.atleast_2d(y)[2, 3] = m[1, 1]
    np.flip(y)[0, 1] = 4
    left, right = np.split(y, 2, axis=1)
    left[0] = 0.25
    right *= m[0, 1]
    return y, line


def copies(x: Any) -> Any:
    y = x * 1
    a, b, c, d, f = y.copy(), np.array(y), y[[0, 1]], y.flatten(), +y
    y[:] = 0
    for each in (a, b, c, d, f):
        each[0] += 1
    return y, a, b, c, d, f


def elements_are_numbers(x: Any) -> Any:
    y = x * 2
    first = y[0]
    y[0] = 7
    first += 1
    total = np.sum(y)
    other = total
    total *= 2
    return y, first, total, other


def rows_of_a_loop(m: Any) -> Any:
    y = m * 1
    for row in y:
        row /= np.sum(row) + 1
    return y


def overlapping(x: Any) -> Any:
    y = x * 1
    y[1:] = y[:-1]
    y[:-1] += y[1:]
    return y


def copies_of_what_was_written(m: Any) -> Any:
    y = np.zeros(3)
    y[:] = m[0, :3]
    y[0] = m[1, 1]
    copy, piece, same = y[[True, True, True]], y[[1, 2]], np.full(3, m[0, :3])
    copy[:] = 7
    piece += 1
    same[0] = 5
    return y, copy, piece, same


def onto_itself(m: Any) -> Any:
    y, z = m * 1, m[:, :3] * 1
    y[::-1] = y
    z[...] = z.T
    z += z.T
    z[:2], z[1:] = z[1:], z[:2]
    return y, z


def overwritten(m: Any) -> Any:
    out = np.zeros((3, 4))
    out[1] = m[0]
    out[m < 5] = 0.0
    out[0] = out[1]
    other = np.zeros((3, 4))
    other[1:, ::3] = m[0, 0]
    other[...] = 0.0
    return out, other + m


def transposed_copy(m: Any) -> Any:
    y = m * 1
    z = y.T.reshape(-1)
    z[0] = 100
    return y, z


def reading_between(x: Any) -> Any:
    out = np.zeros(4)
    view = out[1:3]
    seen = []
    for i in range(4):
        out[i] = x[i]
        seen.append(np.sum(out * x))
        seen.append(view[0] * 1.0)
    return seen, view


def nested_lists_of_views(m: Any) -> Any:
    y = m * 1
    parts = [y[0], y[1]]
    parts[0][1:] = parts[1][:3]
    return y


def diagonal_copy(m: Any) -> Any:
    y = m[:, :3] * 1
    d = np.diag(y).copy()
    d[0] = 3
    return y, d


ALIASES = [
    *[(f, X) for f in (two_names, views_of_a_result, copies, elements_are_numbers, overlapping, reading_between)],
    *[
        (f, M)
        for f in (
            views_of_views,
            shapes,
            rows_of_a_loop,
            onto_itself,
            overwritten,
            copies_of_what_was_written,
            transposed_copy,
            nested_lists_of_views,
            diagonal_copy,
        )
    ],
]


@pytest.mark.parametrize(("function", "argument"), ALIASES)
def test_views_alias_as_numpys_do(function: Callable[..., Any], argument: Any) -> None:
    assert_as_numpy(function, argument)
