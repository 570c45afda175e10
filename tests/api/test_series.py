"""`taylor` and `linearize`: local models of a function."""

from __future__ import annotations

import math

import numpy as np
import pytest

import gradgen as gg

X = np.array([0.1, 0.2, -0.3, 0.4])
POINT = np.ones(4)
S = np.random.default_rng(0).normal(size=(4, 4))


def quadratic(x):
    return 0.5 * x @ S @ x - (3 * X) @ x + 2.0


@pytest.mark.parametrize("order", range(7))
def test_the_exponential(backend, order):
    expected = sum(0.7**k / math.factorial(k) for k in range(order + 1))
    np.testing.assert_allclose(gg.taylor(np.exp, 0.0, order, backend=backend)(0.7), expected, rtol=1e-14)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_a_quadratic_is_its_own_model_from_order_two(backend, order):
    model = gg.taylor(quadratic, POINT, order, backend=backend)
    np.testing.assert_allclose(model(X), quadratic(X), rtol=1e-13)


def test_order_zero_and_one(backend):
    assert gg.taylor(quadratic, POINT, 0, backend=backend)(X) == gg.compile(quadratic, backend=backend)(POINT)
    slope = gg.grad(quadratic, backend=backend)(POINT)
    expected = quadratic(POINT) + slope @ (X - POINT)
    np.testing.assert_allclose(gg.taylor(quadratic, POINT, 1, backend=backend)(X), expected, rtol=1e-13)


def test_matrices(backend):
    a = np.arange(6.0).reshape(2, 3) / 7
    model = gg.taylor(lambda x: x @ x.T, np.ones((2, 3)), 2, backend=backend)
    np.testing.assert_allclose(model(a), a @ a.T, rtol=1e-13)


def test_containers(backend):
    model = gg.taylor(lambda p: {"y": p["a"] ** 2 * p["b"]}, {"a": POINT, "b": 2.0}, 3, backend=backend)
    np.testing.assert_allclose(model({"a": X, "b": 1.0})["y"], X**2, rtol=1e-12)


def test_numbers_of_other_types(backend):
    assert gg.taylor(np.exp, 0, 2, backend=backend)(0.5) == 1.625
    assert gg.taylor(np.exp, 0.0, 2, backend=backend)(1) == 2.5
    single = gg.taylor(np.exp, np.float32(0), 2, backend=backend)(np.float32(0.5))
    assert (single, single.dtype) == (1.625, np.float32)


def test_the_point_is_read_at_once(backend):
    point = POINT.copy()
    model = gg.taylor(quadratic, point, 2, backend=backend)
    point[:] = np.nan
    np.testing.assert_allclose(model(X), quadratic(X), rtol=1e-13)


def test_models_in_transforms(backend):
    # the cubic of the sine at 0 is x - x^3 / 6
    model = gg.taylor(np.sin, 0.0, 3)
    np.testing.assert_allclose(gg.grad(model, backend=backend)(0.3), 1 - 0.3**2 / 2, rtol=1e-14)
    np.testing.assert_allclose(gg.vmap(model, backend=backend)(X), X - X**3 / 6, rtol=1e-14)
    # about a traced point: the value at x + h, to third order in h
    moved = gg.compile(lambda x: gg.taylor(np.sin, x, 3)(x + 0.1), backend=backend)(0.3)
    expected = np.sin(0.3) + 0.1 * np.cos(0.3) - 0.005 * np.sin(0.3) - 0.001 / 6 * np.cos(0.3)
    np.testing.assert_allclose(moved, expected, rtol=1e-14)


def test_high_orders_of_a_long_expression_stay_small():
    model = gg.taylor(lambda x: np.tanh(np.sin(x) * x) / (1 + x * x), 0.3, 6)
    assert len(model.lower(gg.f64).graph) < 2000


def test_what_is_refused(backend):
    for order in (-1, 2.0):
        with pytest.raises(gg.ArgumentError, match="has a whole order of at least 0"):
            gg.taylor(np.exp, 0.0, order)
    with pytest.raises(gg.ArgumentError, match="x is f32, but the Taylor polynomial is about a point of type f64"):
        gg.taylor(np.exp, 0.0, 2, backend=backend)(np.float32(0))
    with pytest.raises(gg.ArgumentError, match=r"x is f64\[3\], but the Taylor polynomial is about a point"):
        gg.taylor(np.sum, np.zeros(4), 2, backend=backend)(np.zeros(3))
    with pytest.raises(gg.ArgumentError, match="x is not structured like the point"):
        gg.taylor(lambda p: p[0], (0.0,), 2, backend=backend)([0.0])


# --- linearize -------------------------------------------------------------------------------------------


def test_linearize(backend):
    (product, total), push = gg.linearize(lambda a, b: (a * b, np.sum(a)), X, POINT, backend=backend)
    np.testing.assert_allclose(product, X)
    np.testing.assert_allclose(total, np.sum(X))
    moved, moved_total = push(POINT, X)
    np.testing.assert_allclose(moved, POINT + X * X, rtol=1e-15)
    assert moved_total == 4


def test_linearize_is_linear_and_takes_python_s_numbers(backend):
    _, push = gg.linearize(lambda x: x**2, 3.0, backend=backend)
    assert [push(1), push(2.0), push(0)] == [6, 12, 0]


def test_linearize_keeps_the_point(backend):
    point = X.copy()
    _, push = gg.linearize(lambda x: x**2, point, backend=backend)
    point[:] = np.nan
    np.testing.assert_allclose(push(POINT), 2 * X)


def test_linearize_in_a_trace(backend):
    slope = gg.grad(lambda x: gg.linearize(np.sin, x)[1](2.0), backend=backend)
    np.testing.assert_allclose(slope(0.3), -2 * np.sin(0.3), rtol=1e-15)


def test_linearize_refuses_other_directions(backend):
    _, push = gg.linearize(lambda x: x**2, X, backend=backend)
    with pytest.raises(gg.ArgumentError, match="1 primal and 2 tangents"):
        push(X, X)
    with pytest.raises(gg.ArgumentError, match=r"tangents: got f64\[2\] where f64\[4\] is needed"):
        push(X[:2])
