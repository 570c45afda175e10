"""Derivatives of products along an axis, of fixed and of named size, with zeros among the factors."""

import itertools

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.compiler import find_compiler

FACTORS = [
    [], [3.0], [0.0], [2.0, 0.0], [0.0, 3.0, 2.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0], [1.5, -2.0, 0.5, 3.0],
    [2.0, 0.0, -1.0, 0.5, 0.0], [-1.0, 2.0, 0.0, 4.0, 0.5, 3.0, 1.5], [1e200, 1e-200, 1e200], [np.inf, 2.0, 3.0],
]  # fmt: skip


def exact_gradient(x, ct):
    """Of ``ct @ cumprod(x)``, each product by itself."""
    gradient = np.zeros(len(x))
    for k, i in itertools.product(range(len(x)), repeat=2):
        if i <= k and ct[k]:
            gradient[i] += ct[k] * np.prod([x[j] for j in range(k + 1) if j != i])
    return gradient


def of(function, *types):
    """Compiled for sizes that are named, and called with one array."""
    return gg.grad(function).lower(*types).compile()


PROD = of(lambda x: np.prod(x) * 2.0, gg.f64["n"])
CUMPROD = of(lambda x, ct: np.sum(ct * np.cumprod(x)), gg.f64["n"], gg.f64["n"])


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("factors", FACTORS, ids=str)
def test_gradients_of_named_size(factors):
    x = np.array(factors)
    last = np.zeros(len(x))
    last[-1:] = 2.0
    np.testing.assert_allclose(PROD(x), exact_gradient(x, last), rtol=1e-14)
    if np.isinf(factors).any():
        return
    ct = np.linspace(1.0, 2.0, len(x))
    np.testing.assert_allclose(CUMPROD(x, ct), exact_gradient(x, ct), rtol=1e-14)


@pytest.mark.parametrize("factors", FACTORS[:-2], ids=str)
def test_fixed_sizes_agree(factors):
    x = np.array(factors)
    ct = np.linspace(1.0, 2.0, len(x))
    gradient = gg.grad(lambda x: np.sum(ct * np.cumprod(x)))(x)
    np.testing.assert_allclose(gradient, exact_gradient(x, ct), rtol=1e-14)
    np.testing.assert_allclose(PROD(x), gg.grad(lambda x: np.prod(x) * 2.0)(x), rtol=1e-14)


MATRIX = np.arange(12.0).reshape(4, 3) / 4 - 1.0


@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("shape", [("n", 3), (4, "n"), ("m", "n")])
def test_a_product_along_an_axis(axis, shape):
    def f(x):
        return np.sum(np.sin(np.prod(x, axis)))

    np.testing.assert_allclose(of(f, gg.f64[shape])(MATRIX), gg.grad(f)(MATRIX), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("axis", "shape"), [(1, ("n", 3)), (0, (4, "n"))])
def test_running_products_along_an_axis(axis, shape):
    def f(x):
        return np.sum(np.sin(np.cumprod(x, axis)))

    np.testing.assert_allclose(of(f, gg.f64[shape])(MATRIX), gg.grad(f)(MATRIX), rtol=1e-13, atol=1e-15)
    if find_compiler() is not None:  # NumPy itself knows no such limit
        with pytest.raises(gg.GradgenError, match="must have fixed sizes; compile for fixed sizes"):
            of(lambda x: np.sum(np.cumprod(x, 1 - axis) ** 2), gg.f64[shape])


@pytest.mark.parametrize("function", [np.prod, lambda x: np.sum(np.cumprod(x) ** 2)])
def test_second_derivatives(function):
    x = np.array([0.5, 0.0, -2.0, 0.0, 1.5])
    v = np.array([1.0, -1.0, 0.5, 2.0, 0.0])
    product = gg.hvp(function).lower(gg.f64["n"], gg.f64["n"]).compile()
    step = 1e-5
    numbers = (gg.grad(function)(x + step * v) - gg.grad(function)(x - step * v)) / (2 * step)
    np.testing.assert_allclose(product(x, v), numbers, rtol=1e-8, atol=1e-8)
    gg.check_grads(function, (x,), order=2, modes=("fwd", "rev"))


def test_over_many_at_once():
    x = np.random.default_rng(0).normal(size=(4, 5))
    each = gg.vmap(gg.grad(lambda x: np.sum(np.cumprod(x) ** 2)))(x)
    np.testing.assert_allclose(each, [gg.grad(lambda x: np.sum(np.cumprod(x) ** 2))(row) for row in x], rtol=1e-14)
    by_row = gg.jacobian(np.cumprod)(x[0])
    expected = [exact_gradient(x[0], ct) for ct in np.eye(5)]
    np.testing.assert_allclose(by_row, expected, rtol=1e-14)
