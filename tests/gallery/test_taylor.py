"""A46: Taylor models of the first and second order."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg
from tests.gallery.compare import assert_close
from tests.gallery.gallery import PROBLEMS

[QUADRATIC] = [problem for problem in PROBLEMS if problem.row == "A03"]
STEPS = (-1.0, -0.01, 0.0, 0.3, 2.0)


@pytest.mark.parametrize(("order", "paper"), [(1, lambda h: 1 + h), (2, lambda h: 1 + h + h**2 / 2)])
def test_models_of_exp_at_zero(order: int, paper: object) -> None:
    model = gg.taylor(np.exp, 0.0, order)
    for h in STEPS:
        assert model(h) == pytest.approx(paper(h), rel=1e-14)  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(3))
def test_models_of_a_quadratic(seed: int) -> None:
    x0, A, b, c = QUADRATIC.point(seed)

    def f(x: np.ndarray) -> np.ndarray:
        return 0.5 * x.T @ A @ x - b.T @ x + c

    gradient, hessian = 0.5 * (A + A.T) @ x0 - b, 0.5 * (A + A.T)
    first, second = gg.taylor(f, x0, 1), gg.taylor(f, x0, 2)
    for point in range(3):
        h = np.random.default_rng([seed, point]).standard_normal(len(x0))
        assert_close(first(x0 + h), f(x0) + gradient @ h)
        assert_close(second(x0 + h), f(x0) + gradient @ h + 0.5 * h @ hessian @ h)
        assert_close(second(x0 + h), f(x0 + h))
