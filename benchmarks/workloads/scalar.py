"""A scalar function of a few operations: what a call costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Workload


def composed(x: float) -> Any:
    """sqrt(c) + cos(c), c = x² + exp(x²)."""
    c = x**2 + np.exp(x**2)
    return np.sqrt(c) + np.cos(c)


def by_hand(x: float) -> tuple[Any, Any]:
    """Value and slope."""
    e = np.exp(x * x)
    c = x * x + e
    root = np.sqrt(c)
    return root + np.cos(c), 2.0 * x * (0.5 / root - np.sin(c)) * (1.0 + e)


WORKLOAD = Workload("scalar A38", composed, {"": lambda: (0.7,)}, by_hand=by_hand, quick=("",))
