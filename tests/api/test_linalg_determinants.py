"""The gradient of a determinant, which is the matrix of cofactors: by products, by the inverse, by singular values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradgen as gg

pytestmark = pytest.mark.slow

gradient = gg.grad(np.linalg.det)


def cofactors(a: Any) -> Any:
    """Exactly, by the recursion of Faddeev and LeVerrier for the adjugate."""
    n, exact = len(a), [[Fraction(float(x)) for x in row] for row in a]
    product = [[Fraction(i == j) for j in range(n)] for i in range(n)]
    for k in range(1, n):
        product = [
            [sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*product, strict=True)]
            for row in exact
        ]
        share = sum(product[i][i] for i in range(n)) / k
        product = [[x - share * (i == j) for j, x in enumerate(row)] for i, row in enumerate(product)]
    return (-1) ** (n - 1) * np.array([[float(x) for x in row] for row in zip(*product, strict=True)]).reshape(n, n)


def with_singular_values(*values: float) -> Any:
    rng, n = np.random.default_rng(len(values)), len(values)
    left, right = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
    return left * np.array(values) @ right


@pytest.mark.parametrize(
    "values",
    [
        (),
        (2.0,),
        (0.0,),
        (2.0, 1e-9),
        (3.0, 2.0, 1.0),
        (3.0, 1e-12, 1e-14),
        (4.0, 3.0, 2.0, 1.0),
        (4.0, 3.0, 2.0, 1e-8),
        (4.0, 3.0, 2.0, 1e-15),
        (4.0, 3.0, 2.0, 2.0, 1.0, 0.0),
        (4.0, 3.0, 2.0, 1e-3, 1e-4),
        (1e5, 1e2, 1.0, 1e-2, 1e-5),
    ],
)
def test_cofactors(values: tuple[float, ...]) -> None:
    a = with_singular_values(*values)
    expected = cofactors(a)
    sensitivity = values[0] / values[-2] if len(values) > 1 else 1.0  # of the cofactors, to the roundings of a
    slack = 50 * np.finfo(float).eps * sensitivity
    scale = float(np.max(np.abs(expected), initial=0.0))
    for compute in (gradient, gg.grad(np.linalg.det, backend="numpy")):
        np.testing.assert_allclose(compute(a), expected, rtol=slack, atol=slack * scale)


@pytest.mark.parametrize("n", [4, 32, 33, 60])
def test_large_matrices_of_every_rank(n: int) -> None:
    """``adj(Q diag(s) P) = det(Q P) P^T diag(products of the others) Q^T``."""
    for lost in (0, 1, 2):
        s = np.linspace(1.5, 0.5, n)
        s[n - lost :] = 0.0
        rng = np.random.default_rng(n)
        left, right = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
        others = np.array([np.prod(np.delete(s, k)) for k in range(n)])
        expected = np.linalg.det(left @ right) * left * others @ right
        scale = float(np.prod(s[: n - 1]) or np.prod(s[: n - 2]))
        np.testing.assert_allclose(gradient(left * s @ right), expected, rtol=1e-11, atol=1e-11 * scale)


def test_float32_stays_float32() -> None:
    a = with_singular_values(4.0, 3.0, 2.0, 1.0).astype(np.float32)
    found = gradient(a)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, cofactors(a), rtol=1e-4, atol=1e-4)
    singular = with_singular_values(4.0, 3.0, 2.0, 0.0).astype(np.float32)
    np.testing.assert_allclose(gradient(singular), cofactors(singular), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_what_is_not_finite_has_no_cofactors(backend: str) -> None:
    for number in (np.nan, np.inf):
        a = np.eye(4)
        a[1, 2] = number
        assert np.all(np.isnan(gg.grad(np.linalg.det, backend=backend)(a)))


def test_stacks_and_second_derivatives() -> None:
    a = np.stack([with_singular_values(3.0, 2.0, 1.0, 0.0), with_singular_values(3.0, 0.0, 0.0, 0.0)])
    total = gg.grad(lambda a: np.sum(np.linalg.det(a)))
    np.testing.assert_allclose(total(a), [cofactors(x) for x in a], atol=1e-12)
    gg.check_grads(lambda a: np.linalg.det(a), [a], order=2)
    gg.check_grads(lambda a: np.linalg.det(a), [a[0]], order=3, atol=1e-5, backend="numpy")
