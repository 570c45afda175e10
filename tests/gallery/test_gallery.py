"""Every problem of the gallery: compiled, and compared with paper at three points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from tests.gallery.compare import assert_close, symmetric_part
from tests.gallery.gallery import OF_ITS_OWN, PROBLEMS, ROWS
from tests.gallery.problem import Problem, draw

pytestmark = pytest.mark.slow

SCALAR = [problem for problem in PROBLEMS if problem.is_scalar]
VALUED_IN_ARRAYS = [problem for problem in PROBLEMS if not problem.is_scalar]
TWICE = [problem for problem in PROBLEMS if problem.hessian is not None]
LARGE = [problem for problem in PROBLEMS if problem.large]
SINGLE = [problem for problem in SCALAR if len(problem.by) == 1]

every = pytest.mark.parametrize("problem", PROBLEMS, ids=str)
every_twice = pytest.mark.parametrize("problem", TWICE, ids=str)
every_large = pytest.mark.parametrize("problem", LARGE, ids=str)


def test_every_row_is_there() -> None:
    assert sorted({problem.row for problem in PROBLEMS} | set(OF_ITS_OWN)) == list(ROWS)
    assert len({str(problem) for problem in PROBLEMS}) == len(PROBLEMS)
    assert [problem.row for problem in LARGE] == ["A05", "A12", "A28"]
    asked = "A03 A04 A05 A08 A11 A12 A19 A20 A21 A24 A25 A26 A27 A28 A30"
    assert [problem.row for problem in TWICE] == asked.split()


def test_some_eigenvalues_are_complex() -> None:
    points = [point for problem in PROBLEMS if problem.row == "A14" for point in problem.points()]
    assert any(np.iscomplexobj(np.linalg.eigvals(X)) for (X,) in points)


@every
def test_derivative(problem: Problem) -> None:
    value_and_derivative = problem.transform()
    for point in problem.points():
        value, derivative = value_and_derivative(*point)
        assert_close(value, problem.f(*point), 1e-12)
        expected = problem.gradient(*point)
        if problem.symmetric:
            derivative, expected = symmetric_part(derivative), symmetric_part(expected)
        assert_close(derivative, expected)


@pytest.mark.parametrize("mode", [gg.jacfwd, gg.jacrev])
@pytest.mark.parametrize("problem", VALUED_IN_ARRAYS, ids=str)
def test_jacobian_in_both_modes(problem: Problem, mode: Callable[..., gg.Compiled]) -> None:
    jacobian = mode(problem.f, problem.argnums)
    for point in problem.points():
        assert_close(jacobian(*point), problem.gradient(*point))


@every_twice
def test_hessian(problem: Problem) -> None:
    hessian, hvp = gg.hessian(problem.f, problem.argnums), gg.hvp(problem.f, problem.argnums)
    for seed, point in enumerate(problem.points()):
        assert problem.hessian is not None
        expected = problem.hessian(*point)
        assert_close(hessian(*point), expected)
        direction = direction_for(problem, point, seed)
        assert_close(hvp(*point, direction), along(expected, direction))


@every_large
def test_gradient_and_product_at_size(problem: Problem) -> None:
    gradient, hvp = gg.grad(problem.f), gg.hvp(problem.f)
    assert problem.hessian is not None
    for seed in range(3):
        point = draw(problem.large, seed)
        assert_close(gradient(*point), problem.gradient(*point))
        direction = direction_for(problem, point, seed)
        assert_close(hvp(*point, direction), along(problem.hessian(*point), direction))


@every_large
def test_hessian_at_size(problem: Problem) -> None:
    point = draw(problem.large, 0)
    assert problem.hessian is not None
    assert_close(gg.hessian(problem.f)(*point), problem.hessian(*point))


# --- A13: what holds for every scalar function ---------------------------------------------------------


@pytest.mark.parametrize("problem", SCALAR, ids=str)
def test_jacobian_of_a_scalar_is_its_gradient(problem: Problem) -> None:
    f, by, point = problem.f, problem.argnums, problem.point(0)
    gradient = gg.grad(f, by, backend="numpy")(*point)
    for jacobian in (gg.jacobian, gg.jacfwd, gg.jacrev):
        assert_close(jacobian(f, by, backend="numpy")(*point), gradient)


@pytest.mark.parametrize("problem", SINGLE, ids=str)
def test_hessian_is_the_jacobian_of_the_gradient(problem: Problem) -> None:
    """And along a direction, what differences of the gradient on paper say."""
    f, by, point = problem.f, problem.argnums, problem.point(0)
    hessian = gg.hessian(f, by, backend="numpy")(*point)
    scale = max(1.0, float(np.max(np.abs(hessian))))
    for jacobian in (gg.jacfwd, gg.jacrev):
        nested = jacobian(gg.grad(f, by), by, backend="numpy")(*point)
        np.testing.assert_allclose(nested, hessian, rtol=0, atol=1e-10 * scale)
    direction = direction_for(problem, point, 0)
    moved, expected = along(hessian, direction), difference_of_gradient(problem, point, direction)
    if problem.symmetric:
        moved, expected = symmetric_part(moved), symmetric_part(expected)
    np.testing.assert_allclose(moved, expected, rtol=0, atol=1e-6 * scale)


def direction_for(problem: Problem, point: tuple[Any, ...], seed: int) -> Any:
    """A random direction in which the argument may move."""
    position = problem.argnums
    assert isinstance(position, int)
    direction = np.random.default_rng([seed, 1]).standard_normal(np.shape(point[position]))
    return symmetric_part(direction) if problem.symmetric else direction if np.ndim(direction) else float(direction)


def along(hessian: Any, direction: Any) -> Any:
    """The product of a Hessian of any number of axes with a direction."""
    return np.tensordot(hessian, direction, np.ndim(direction))


def difference_of_gradient(problem: Problem, point: tuple[Any, ...], direction: Any, step: float = 1e-5) -> Any:
    """Central differences of the closed form."""
    ends = []
    for sign in (1, -1):
        moved = list(point)
        moved[problem.argnums] = moved[problem.argnums] + sign * step * direction  # type: ignore[index, call-overload]
        ends.append(problem.gradient(*moved))
    return (ends[0] - ends[1]) / (2 * step)


# --- A20: far from the kink ----------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "slope"), [(1000.0, 1.0), (-1000.0, 0.0)])
def test_softplus_is_finite_where_its_exponential_is_not(size: float, slope: float) -> None:
    [softplus] = [problem.f for problem in PROBLEMS if problem.row == "A20"]
    a = np.array([1.0, -2.0, 0.5])
    x = size * a / (a @ a)
    value, gradient = gg.value_and_grad(softplus)(x, a)
    assert value == pytest.approx(max(size, 0.0), abs=1e-12)
    np.testing.assert_allclose(gradient, slope * a, rtol=1e-12)
    np.testing.assert_array_equal(gg.hessian(softplus)(x, a), np.zeros((3, 3)))
    np.testing.assert_array_equal(gg.hvp(softplus)(x, a, a), np.zeros(3))
