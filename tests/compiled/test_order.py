"""Sorting in C: stable and NaN last, for rows on both sides of every step of the merge sort."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg

SIZES = (1, 23, 24, 25, 48, 49, 97, 193)


def rows(n: int, dtype: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Random, with many ties, in order, in reverse order, and with NaN."""
    drawn = (rng.standard_normal(n) * 1000).astype(dtype)
    found = [drawn, (drawn % 3).astype(dtype), np.sort(drawn), np.sort(drawn)[::-1].copy()]
    if drawn.dtype.kind == "f":
        found.append(np.where(rng.random(n) < 0.3, np.nan, drawn).astype(dtype))
        found.append(np.where(rng.random(n) < 0.3, np.inf, found[-1]).astype(dtype))
    return found


@pytest.mark.parametrize("dtype", ["f8", "i8", *[pytest.param(d, marks=pytest.mark.slow) for d in ("f4", "i4")]])
def test_argsort_is_stable(dtype: str) -> None:
    argsort = gg.compile(lambda x: np.argsort(x, kind="stable"), backend="c")
    rng = np.random.default_rng(0)
    for n in SIZES:
        stack = np.array(rows(n, dtype, rng))
        expected = np.argsort(stack, axis=-1, kind="stable")
        np.testing.assert_array_equal(argsort(stack), expected)
        np.testing.assert_array_equal(argsort(stack[1]), expected[1])


def test_a_row_of_any_size() -> None:
    kernel = gg.compile(lambda x: np.argsort(x, kind="stable")).lower(gg.f64["n"]).compile()
    rng = np.random.default_rng(1)
    for n in SIZES:
        for row in rows(n, "f8", rng):
            np.testing.assert_array_equal(kernel(row), np.argsort(row, kind="stable"))
