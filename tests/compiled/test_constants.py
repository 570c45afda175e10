"""Constant arrays come out of a kernel as they went in, however few elements the compiler stores at once."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg

LENGTHS = range(1, 9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int32])
def test_tables_that_end_in_one_value(dtype):
    tables = [
        np.repeat(np.array([first, last], dtype), [n, m])
        for first, last in ((1, 0), (0, 1), (-1, 0), (2, -1), (-3, -1))
        for n in LENGTHS
        for m in LENGTHS
    ]
    for table, result in zip(tables, gg.compile(lambda x: [t * 1 for t in tables], backend="c")(1.0), strict=True):
        np.testing.assert_array_equal(result, table, strict=True)


def test_a_gradient_of_a_part():
    """Ones where the part is, zeros elsewhere: a constant that the compiler computes itself."""
    gradient = gg.grad(lambda x: np.sum(x.reshape(2, 3)[0]), backend="c")(np.ones(6))
    np.testing.assert_array_equal(gradient, [1, 1, 1, 0, 0, 0])
