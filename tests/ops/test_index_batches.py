"""gather and scatter along a batch: rows by rows, with the checks of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg

ROWS = np.random.default_rng(0).standard_normal((3, 5))
TABLES = np.array([[0, -1, 2], [4, 4, 0], [-5, 1, 1]])


def take(x: Any, i: Any) -> Any:
    return x[i] ** 2


def expected(rows: Any, tables: Any) -> np.ndarray:
    return np.stack([take(row, table) for row, table in zip(rows, tables, strict=True)])


def test_rows_and_positions() -> None:
    assert np.array_equal(gg.vmap(take)(ROWS, TABLES), expected(ROWS, TABLES))


def test_positions_alone() -> None:
    assert np.array_equal(gg.vmap(take, in_axes=(None, 0))(ROWS[0], TABLES), expected([ROWS[0]] * 3, TABLES))


def test_rows_alone() -> None:
    assert np.array_equal(gg.vmap(take, in_axes=(0, None))(ROWS, TABLES[0]), expected(ROWS, [TABLES[0]] * 3))


@pytest.mark.parametrize("in_axes", [(0, 0), (None, 0), (0, None)])
def test_gradients(in_axes: tuple[int | None, int | None]) -> None:
    def f(x: Any, i: Any) -> Any:
        return np.sum(take(x, i))

    x = ROWS if in_axes[0] == 0 else ROWS[0]
    i = TABLES if in_axes[1] == 0 else TABLES[0]
    found = gg.vmap(gg.grad(f), in_axes=in_axes)(x, i)
    for row in range(3):
        one = gg.grad(f, backend="numpy")(x[row] if in_axes[0] == 0 else x, i[row] if in_axes[1] == 0 else i)
        np.testing.assert_allclose(found[row], one, rtol=1e-14)


@pytest.mark.parametrize("jacobian", [gg.jacfwd, gg.jacrev])
def test_jacobians(jacobian: Any) -> None:
    found = jacobian(take)(ROWS[0], TABLES[0])
    matrix = np.zeros((3, 5))
    for k, position in enumerate(TABLES[0]):
        matrix[k, position] += 2 * ROWS[0, position]
    np.testing.assert_allclose(found, matrix, rtol=1e-14)


def test_out_of_its_own_row_is_an_error_though_it_lies_in_the_next() -> None:
    with pytest.raises(IndexError):
        gg.vmap(take)(ROWS, np.array([[0], [5], [1]]))
