"""What is computed of one element is a number in a register; a routine that reads it by its address finds it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradgen as gg

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sort": lambda X: np.sort(np.sin(X[0])),
    "argsort": lambda X: np.argsort(np.sin(X[0])),
    "cumsum": lambda X: np.cumsum(np.sin(X)),
    "inv": lambda X: np.linalg.inv(2 * X),
    "solve": lambda X: np.linalg.solve(3 * X, X + 1),
    "eigvalsh": lambda X: np.linalg.eigvalsh(np.sin(X)),
    "product": lambda X: np.sin(X) @ np.cos(X),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_one_element(f: Callable[[Any], Any]) -> None:
    X = np.array([[1.5]])
    np.testing.assert_allclose(gg.compile(f)(X), f(X), rtol=1e-14, strict=True)
