"""Functions of scipy.special in traced functions: values, derivatives to second order, large arguments."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as sc
from scipy.special import logsumexp

import gradgen as gg
from gradgen.trace import make_graph
from tests.ops.differences import difference

RNG = np.random.default_rng(2)
X, Y = RNG.uniform(0.2, 0.9, (2, 3, 4))
FACTORS = RNG.uniform(0.5, 1.5, (3, 4))


def named(names: str) -> dict[str, Callable[..., Any]]:
    return {name: getattr(sc, name) for name in names.split()}


ONE: dict[str, Callable[..., Any]] = {
    **named("erf erfc erfinv expit logit log_expit gammaln gamma digamma psi entr"),
    "negative gamma": lambda x: sc.gamma(x - 3),
    "polygamma": lambda x: sc.polygamma(2, x),
    "polygamma of several orders": lambda x: sc.polygamma([0.0, 1.0, 2.0, 3.0], x),
    "logsumexp": lambda x: sc.logsumexp(x),
    "logsumexp along an axis": lambda x: sc.logsumexp(x, axis=1, keepdims=True),
    "logsumexp with factors": lambda x: sc.logsumexp(x, axis=0, b=FACTORS),
    "logsumexp with sign": lambda x: sc.logsumexp(x, axis=0, b=FACTORS - 1, return_sign=True)[0],
    "softmax": lambda x: sc.softmax(x),
    "softmax along an axis": lambda x: sc.softmax(x, axis=1),
    "log_softmax": lambda x: sc.log_softmax(x, axis=0),
}
TWO: dict[str, Callable[..., Any]] = named("beta betaln xlogy xlog1py rel_entr kl_div")
CALLS = [pytest.param(f, (X,), id=name) for name, f in ONE.items()] + [
    pytest.param(f, (X, Y), id=name) for name, f in TWO.items()
]


@pytest.mark.parametrize(("f", "arguments"), CALLS)
def test_values_and_derivatives(f: Callable[..., Any], arguments: tuple[np.ndarray, ...]) -> None:
    def squares(*xs: Any) -> Any:
        return np.sum(f(*xs) ** 2)

    numbers = tuple(range(len(arguments)))
    value, gradient = gg.value_and_grad(squares, argnums=numbers, backend="numpy")(*arguments)
    np.testing.assert_allclose(value, squares(*arguments), rtol=1e-13)
    directions = [RNG.standard_normal(x.shape) for x in arguments]
    [slope] = difference(lambda *xs: [squares(*xs)], arguments, directions)
    along = sum(np.sum(g * d) for g, d in zip(gradient, directions, strict=True))
    np.testing.assert_allclose(along, slope, rtol=1e-5)
    gg.check_grads(f, arguments, order=2, backend="numpy", rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shift", [1e3, -1e3, 0.0])
def test_large_arguments(shift: float) -> None:
    x = np.array([1.0, 2.0, 0.5]) + shift
    expected = sc.softmax(x)
    np.testing.assert_allclose(gg.grad(lambda x: sc.logsumexp(x), backend="numpy")(x), expected, rtol=1e-12)
    second = gg.hessian(lambda x: sc.logsumexp(x), backend="numpy")(x)
    np.testing.assert_allclose(second, np.diag(expected) - np.outer(expected, expected), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(gg.jacobian(lambda x: sc.softmax(x), backend="numpy")(x), second, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(
        gg.jacobian(lambda x: sc.log_softmax(x), backend="numpy")(x), np.eye(3) - expected, rtol=1e-10, atol=1e-14
    )


def test_infinities() -> None:
    x = np.array([-np.inf, 0.0, 1.0])
    assert sc.logsumexp(x) == pytest.approx(float(gg.compile(lambda x: sc.logsumexp(x), backend="numpy")(x)), rel=1e-15)
    np.testing.assert_allclose(gg.grad(lambda x: sc.logsumexp(x), backend="numpy")(x), sc.softmax(x), rtol=1e-14)
    assert gg.compile(lambda x: sc.logsumexp(x), backend="numpy")(np.full(2, -np.inf)) == -np.inf


@pytest.mark.parametrize(
    "point", [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (1.0, -1.0), (np.nan, 1.0), (2.0, 3.0)]
)
def test_entropies_at_their_edges(point: tuple[float, float]) -> None:
    for f in (sc.rel_entr, sc.kl_div):
        np.testing.assert_allclose(gg.compile(f, backend="numpy")(*point), f(*point), rtol=1e-15)
    np.testing.assert_array_equal(gg.compile(sc.entr, backend="numpy")(point[0]), sc.entr(point[0]))


@pytest.mark.parametrize("point", [(-0.5, 2.2), (-1.5, 0.3), (-0.4, -0.3), (-2.5, -1.7)])
def test_beta_of_negative_numbers(point: tuple[float, float]) -> None:
    np.testing.assert_allclose(gg.compile(sc.beta, backend="numpy")(*point), sc.beta(*point), rtol=1e-12)


def test_compiled() -> None:
    def all_of_them(x: Any, y: Any) -> Any:
        return [*[f(x) for f in ONE.values()], *[f(x, y) for f in TWO.values()]]

    for found, expected in zip(gg.compile(all_of_them)(X, Y), all_of_them(X, Y), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-13, atol=1e-14)

    def total(x: Any, y: Any) -> Any:
        return sum(np.sum(np.sin(part)) for part in all_of_them(x, y))

    found = gg.grad(total, argnums=(0, 1))(X, Y)
    for one, other in zip(found, gg.grad(total, argnums=(0, 1), backend="numpy")(X, Y), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11)


def test_scipy_is_not_imported_for_the_table() -> None:
    code = "import sys, gradgen; sys.exit('scipy.special' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_function_imported_by_name() -> None:
    assert make_graph(lambda x: logsumexp(x), gg.f64[3]).outputs
