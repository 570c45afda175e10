"""Derivatives by differences, which know nothing of the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

# f' = sum of weight * f(x + offset * step) / step, exact for polynomials of degree 4
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def difference(
    function: Callable[..., Sequence[np.ndarray]],
    points: Sequence[np.ndarray],
    directions: Sequence[np.ndarray],
    step: float = 1e-3,
) -> list[np.ndarray]:
    """The derivative of ``function`` at ``points`` along ``directions``."""
    totals: list[np.ndarray] = []
    for offset, weight in STENCIL:
        moved = [x + offset * step * d for x, d in zip(points, directions, strict=True)]
        terms = [weight / step * np.asarray(out) for out in function(*moved)]
        totals = [a + b for a, b in zip(totals, terms, strict=True)] if totals else terms
    return totals


def inner(xs: Sequence[np.ndarray], ys: Sequence[np.ndarray]) -> tuple[float, float]:
    """The inner product, and the scale that its rounding errors are to be measured by."""
    products = [np.ravel(x * y) for x, y in zip(xs, ys, strict=True)]
    flat = np.concatenate(products) if products else np.zeros(0)
    return float(np.sum(flat)), 1.0 + float(np.sum(np.abs(flat)))
