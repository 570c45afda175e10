"""Derivatives compared with what they are on paper, array by array."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.trace import flatten

__all__ = ["TOLERANCE", "assert_close", "symmetric_part"]

TOLERANCE = 1e-10


def assert_close(found: Any, expected: Any, tolerance: float = TOLERANCE) -> None:
    """Each array finite, of the same shape, and equal but for ``tolerance`` times the largest entry expected."""
    (all_found, tree), (all_expected, other) = flatten(found), flatten(expected)
    assert tree == other, f"{tree} instead of {other}"
    for one, paper in zip(all_found, all_expected, strict=True):
        assert np.shape(one) == np.shape(paper)
        assert np.all(np.isfinite(one))
        error, scale = np.abs(np.subtract(one, paper)), np.max(np.abs(paper))
        assert np.max(error) <= tolerance * scale, f"off by {np.max(error) / scale:.1e}:\n{one}\non paper\n{paper}"


def symmetric_part(gradient: Any) -> Any:
    """What a gradient says about symmetric directions."""
    return (gradient + np.swapaxes(gradient, -1, -2)) / 2
