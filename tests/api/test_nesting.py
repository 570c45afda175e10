"""Transforms in transforms: higher orders, mixed modes, and functions that close over traced values."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg

X, V, W = np.array([0.3, -1.2, 2.0]), np.array([1.0, 0.5, -2.0]), np.array([0.1, 0.2, 0.7])


def f(x):
    return np.sum(np.sin(x) * x**2)


def slope(x):
    return np.cos(x) * x**2 + 2 * np.sin(x) * x


def curvature(x):
    return -np.sin(x) * x**2 + 4 * np.cos(x) * x + 2 * np.sin(x)


def test_the_fourth_derivative_of_tanh(backend):
    g = np.tanh
    for _ in range(4):
        g = gg.grad(g, backend=backend)
    t = np.tanh(0.7)
    np.testing.assert_allclose(g(0.7), 8 * t * (1 - t**2) * (2 - 3 * t**2), rtol=1e-12)


def test_gradient_of_a_gradient_along_a_direction(backend):
    second = gg.grad(lambda x: gg.grad(f)(x) @ V, backend=backend)
    np.testing.assert_allclose(second(X), curvature(X) * V, rtol=1e-13)


def test_forward_over_reverse(backend):
    value, moved = gg.jvp(gg.grad(f), (X,), (V,), backend=backend)
    np.testing.assert_allclose(value, slope(X), rtol=1e-13)
    np.testing.assert_allclose(moved, curvature(X) * V, rtol=1e-13)


def test_reverse_over_forward(backend):
    gradient = gg.grad(lambda x: gg.jvp(f, (x,), (V,))[1], backend=backend)
    np.testing.assert_allclose(gradient(X), curvature(X) * V, rtol=1e-13)


def test_reverse_over_reverse(backend):
    y, pull_back = gg.vjp(lambda x: gg.vjp(f, x)[1](1.0)[0], X, backend=backend)
    np.testing.assert_allclose(y, slope(X), rtol=1e-13)
    np.testing.assert_allclose(pull_back(V)[0], curvature(X) * V, rtol=1e-13)


def test_forward_over_forward(backend):
    _, moved = gg.jvp(lambda x: gg.jvp(f, (x,), (V,))[1], (X,), (W,), backend=backend)
    np.testing.assert_allclose(moved, np.sum(curvature(X) * V * W), rtol=1e-13)


def test_the_derivative_of_a_pull_back_by_its_cotangent(backend):
    gradient = gg.grad(lambda ct: np.sum(gg.vjp(np.sin, X)[1](ct)[0] * W), backend=backend)
    np.testing.assert_allclose(gradient(V), np.cos(X) * W, rtol=1e-14)


# --- perturbation confusion ------------------------------------------------------------------------------


def test_the_inner_derivative_does_not_move_with_the_outer_variable(backend):
    # d/dx (x * d/dy (x + y)) is 1; confusing the two variables gives 2.
    outer = gg.grad(lambda x: x * gg.grad(lambda y: x + y)(1.0), backend=backend)
    assert outer(1.0) == 1


def test_confusion_in_forward_mode(backend):
    def inner(x):
        return gg.jvp(lambda y: x + y, (1.0,), (1.0,))[1]

    assert gg.jvp(lambda x: x * inner(x), (1.0,), (1.0,), backend=backend) == (1, 1)


def test_an_inner_function_of_both_variables(backend):
    # d/dx (x * d/dy (x y^2) at y = x) = d/dx 2 x^3
    outer = gg.grad(lambda x: x * gg.grad(lambda y: x * y * y)(x), backend=backend)
    np.testing.assert_allclose(outer(3.0), 54, rtol=1e-14)


def test_the_variable_is_its_own_argument(backend):
    # The inner gradient at y = x: by y only, although x is the same number.
    assert gg.grad(lambda x: gg.grad(lambda y: x * y)(x), backend=backend)(5.0) == 1


def test_three_levels(backend):
    def g(x):
        return gg.grad(lambda y: gg.grad(lambda z: x * y * z * z)(y) * y)(x)

    # z-derivative at z = y: 2 x y^2; times y: 2 x y^3; y-derivative at y = x: 6 x^3; x-derivative 18 x^2
    np.testing.assert_allclose(gg.grad(g, backend=backend)(2.0), 72, rtol=1e-14)


def test_a_closure_over_an_argument_of_the_outer_function(backend):
    def outer(x, y):
        return np.sum(gg.grad(lambda z: np.sum(z * z * y))(x))

    by_x, by_y = gg.grad(outer, (0, 1), backend=backend)(X, V)
    np.testing.assert_allclose(by_x, 2 * V, rtol=1e-14)
    np.testing.assert_allclose(by_y, 2 * X, rtol=1e-14)


# --- compiled functions in functions ---------------------------------------------------------------------


def test_a_compiled_function_in_a_trace_becomes_part_of_it(backend):
    inner = gg.compile(lambda x: np.sin(x) * x)
    outer = gg.value_and_grad(lambda x: np.sum(inner(x)), backend=backend)
    value, gradient = outer(X)
    np.testing.assert_allclose(value, np.sum(np.sin(X) * X), rtol=1e-14)
    np.testing.assert_allclose(gradient, np.cos(X) * X + np.sin(X), rtol=1e-13)
    assert not inner.entries  # nothing was compiled for it alone


def test_a_compiled_function_that_was_called_before(backend):
    inner = gg.compile(lambda x: np.sin(x), backend=backend)
    assert inner(0.5) == np.sin(0.5)
    assert gg.grad(inner, backend=backend)(0.5) == np.cos(0.5)
    assert gg.compile(lambda x: inner(x) + inner(0.5), backend=backend)(0.5) == 2 * np.sin(0.5)


def test_keywords_in_a_trace(backend):
    gradient = gg.grad(lambda x, y: np.sum(x * y), backend=backend)
    outer = gg.compile(lambda a, b: gradient(y=a, x=b), backend=backend)
    np.testing.assert_array_equal(outer(X, V), X)


def test_a_function_that_calls_itself(backend):
    @gg.compile
    def power(x, n: str):
        return x * power(x, n[1:]) if n else np.ones_like(x)

    np.testing.assert_allclose(power(X, "aaa"), X**3, rtol=1e-14)


def test_wrong_arguments_in_a_trace(backend):
    inner = gg.compile(lambda x: x)
    with pytest.raises(gg.ArgumentError, match="too many positional arguments"):
        gg.compile(lambda x: inner(x, x), backend=backend)(X)
