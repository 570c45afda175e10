"""Derivatives of real functions whose intermediates are complex."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(21)
X, M = RNG.normal(size=3), RNG.normal(size=(3, 3))


def z_of(x: Any) -> Any:
    return x + 1j * np.sin(2.0 * x) + 0.2


FUNCTIONS = {
    "abs": lambda x: np.abs(z_of(x)).sum(),
    "angle": lambda x: np.angle(z_of(x)).sum(),
    "square": lambda x: (z_of(x) ** 2).real.sum(),
    "norm": lambda x: np.linalg.norm(z_of(x)),
    "exp": lambda x: np.exp(z_of(x)).imag.sum(),
    "log": lambda x: np.abs(np.log(z_of(x))).sum(),
    "sqrt": lambda x: (np.sqrt(z_of(x)) * (1 + 2j)).real.sum(),
    "sin": lambda x: np.abs(np.sin(z_of(x))).sum(),
    "cos": lambda x: np.abs(np.cos(z_of(x))).sum(),
    "tan": lambda x: np.abs(np.tan(z_of(x))).sum(),
    "sinh": lambda x: np.abs(np.sinh(z_of(x))).sum(),
    "cosh": lambda x: np.abs(np.cosh(z_of(x))).sum(),
    "tanh": lambda x: np.abs(np.tanh(z_of(x))).sum(),
    "expm1": lambda x: np.abs(np.expm1(z_of(x))).sum(),
    "sign": lambda x: (np.sign(z_of(x)) * (1 - 1j)).real.sum(),
    "power": lambda x: np.abs(z_of(x) ** (0.3 + 0.2j * x)).sum(),
    "cube": lambda x: (1j * z_of(x) ** -3).real.sum(),
    "quotient": lambda x: (z_of(x) / z_of(2.0 - x)).imag.sum(),
    "reciprocal": lambda x: np.reciprocal(z_of(x)).imag.sum(),
    "prod": lambda x: np.abs(np.prod(z_of(x))),
    "cumprod": lambda x: np.cumprod(z_of(x)).imag.sum(),
    "variance": lambda x: np.var(z_of(x)),
    "vdot": lambda x: np.vdot(z_of(x), z_of(x * x)).imag,
    "matmul": lambda x: np.abs(M @ z_of(x) @ (z_of(x) * x)),
    "inverse": lambda x: np.abs(np.linalg.inv(M + np.diag(z_of(x)))).sum(),
    "solve": lambda x: np.abs(np.linalg.solve(M + 1j * np.diag(x), z_of(x))).sum(),
    "stores": lambda x: stored(x),
    "spectrum": lambda x: np.sum(np.abs(np.exp(-2j * np.pi * np.outer(range(3), range(3)) / 3) @ x) ** 4),
}


def stored(x: Any) -> Any:
    out = np.zeros((2, 3), complex)
    out[0] = np.exp(1j * x)
    out[1, 1:] = x[:2] * out[0, 1:]
    out[1] *= 1 + 1j
    return np.abs(out).sum() + (out[1] * out[0]).imag.sum()


def differences(f: Any, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient_against_differences(name: str) -> None:
    f = FUNCTIONS[name]
    value, gradient = gg.value_and_grad(f, backend="numpy")(X)
    np.testing.assert_allclose(value, f(X), rtol=1e-12)
    np.testing.assert_allclose(gradient, differences(f, X), rtol=2e-7, atol=1e-8)


def test_all_of_them_in_c() -> None:
    def total(x: Any) -> Any:
        return sum(f(x) for f in FUNCTIONS.values())

    np.testing.assert_allclose(gg.grad(total)(X), gg.grad(total, backend="numpy")(X), rtol=1e-10)


@pytest.mark.parametrize("name", ["abs", "log", "tanh", "quotient", "power", "prod"])
def test_hessian_against_differences_of_gradients(name: str) -> None:
    f = FUNCTIONS[name]
    gradient = gg.grad(f, backend="numpy")
    expected = np.array([differences(lambda x, k=k: gradient(x)[k], X) for k in range(3)])
    np.testing.assert_allclose(gg.hessian(f, backend="numpy")(X), expected, rtol=1e-6, atol=1e-7)


def test_closed_forms() -> None:
    assert np.isclose(gg.grad(lambda t: np.abs(3j * t + 4.0))(2.0), 18.0 / np.sqrt(52.0))
    assert np.isclose(gg.grad(lambda t: np.angle(np.exp(1j * t)))(0.4), 1.0)
    assert np.isclose(gg.grad(lambda t: ((1 + 1j) * t**2 * (1 - 1j)).real)(3.0), 12.0)
    assert np.isclose(gg.grad(lambda t: (np.exp(1j * t) ** 5).imag)(0.3), 5 * np.cos(1.5))


def test_forward_mode_gives_complex_tangents() -> None:
    value, tangent = gg.jvp(lambda x: np.exp(1j * x), (X,), (np.ones(3),))
    np.testing.assert_allclose(value, np.exp(1j * X))
    np.testing.assert_allclose(tangent, 1j * np.exp(1j * X))


@pytest.mark.parametrize("jacobian", [gg.jacobian, gg.jacfwd, gg.jacrev])
def test_jacobians_of_complex_results(jacobian: Any) -> None:
    weights = M + 1j * M.T
    np.testing.assert_allclose(jacobian(lambda x: weights @ x)(X), weights)
    by_both = jacobian(lambda x, y: x * np.exp(1j * y), argnums=(0, 1))(1.5, 0.5)
    np.testing.assert_allclose(by_both, [np.exp(0.5j), 1.5j * np.exp(0.5j)])


def test_float32_stays() -> None:
    gradient = gg.grad(lambda x: np.abs(np.exp(1j * x) + 2).sum())(X.astype(np.float32))
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, gg.grad(lambda x: np.abs(np.exp(1j * x) + 2).sum())(X), rtol=1e-5)
