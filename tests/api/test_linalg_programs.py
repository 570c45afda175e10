"""Linear algebra as people write it: which factorisations a derivative takes, and what it is where roots have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import gradgen as gg

RNG = np.random.default_rng(11)
W = RNG.standard_normal((3, 3))
S = W @ W.T + 3 * np.eye(3)


def by_substitution(A: Any, x: Any) -> Any:
    z = scipy.linalg.solve_triangular(np.linalg.cholesky(A), x, lower=True)
    return np.sum(z**2)


def by_upper_factor(A: Any, x: Any) -> Any:
    return x @ scipy.linalg.cho_solve(scipy.linalg.cho_factor(A), x)


def by_both(A: Any, x: Any) -> Any:
    L = np.linalg.cholesky(A)
    left, right = np.linalg.solve(L, 2 * x), np.linalg.solve(L, x)
    return left @ right / 2


def of_columns(A: Any, x: Any) -> Any:
    z = scipy.linalg.solve_triangular(np.linalg.cholesky(A), np.stack([x, 0 * x], axis=1), lower=True)
    return np.sum(np.sqrt(np.sum(z * z + 1e-300, axis=0)) ** 2)


def posterior(A: Any, x: Any) -> Any:
    z = np.linalg.solve(np.linalg.cholesky(A), np.stack([x, x], axis=1))
    return (z.T @ z)[0, 1]


FORMS = [by_substitution, by_upper_factor, by_both, posterior]


@pytest.mark.parametrize("form", [*FORMS, of_columns])
def test_all_ways_to_a_quadratic_form(form: Callable[..., Any]) -> None:
    x = np.array([1.0, -2.0, 0.5])
    solved = np.linalg.solve(S, x)
    gradient = gg.grad(form, backend="numpy")(S, x)
    np.testing.assert_allclose(gradient + gradient.T, -2 * np.outer(solved, solved), rtol=1e-10)


@pytest.mark.parametrize("form", FORMS)
def test_a_quadratic_form_never_asks_for_the_derivative_of_a_factor(form: Callable[..., Any]) -> None:
    graph = gg.value_and_grad(form).lower(gg.f64[6, 6], gg.f64[6]).graph
    used = Counter(graph[node].op.name for node in graph.live())
    assert used["cholesky"] == 1
    assert used["cholesky_solve"] >= 1
    assert not used["triangular_solve"]


def test_what_a_factorisation_left_triangular_is_not_factorised_again() -> None:
    def by_qr(A: Any, b: Any) -> Any:
        Q, R = np.linalg.qr(A)
        return np.sum(np.linalg.solve(R, Q.T @ b))

    def by_diagonal(A: Any, b: Any) -> Any:
        return np.linalg.slogdet(np.diag(b))[1] + b @ np.linalg.solve(np.diag(b), A[0])

    for function in (by_qr, by_diagonal):
        graph = gg.value_and_grad(function).lower(gg.f64[4, 4], gg.f64[4]).graph
        assert "lu" not in {graph[node].op.name for node in graph.live()}
    with pytest.raises(np.linalg.LinAlgError):
        gg.compile(lambda d: np.linalg.inv(np.diag(d)), backend="numpy")(np.array([1.0, 0.0]))


def test_squares_of_norms_are_smooth_at_zero(backend: str) -> None:
    zero = np.zeros(3)
    for square in (
        lambda x: np.linalg.norm(x) ** 2,
        lambda x: np.linalg.norm(x) * np.linalg.norm(x),
        lambda x: np.sqrt(np.sum(x**2)) ** 2,
        lambda x: np.sum(np.linalg.norm(x[:, None], axis=1) ** 2),
        lambda x: 3 * np.std(np.concatenate([x, -x])) ** 2,
    ):
        np.testing.assert_array_equal(gg.grad(square, backend=backend)(zero), zero)
        np.testing.assert_allclose(gg.hessian(square, backend=backend)(zero), 2 * np.eye(3), rtol=1e-14)


def test_roots_of_what_may_be_negative_keep_their_form() -> None:
    with np.errstate(invalid="ignore"):
        assert np.isnan(gg.value_and_grad(lambda x: np.sqrt(x) ** 2, backend="numpy")(-1.0)[0])


def test_lists_of_traced_values_stand_for_matrices() -> None:
    def f(x: Any) -> Any:
        a, b = x
        return (
            np.linalg.solve([[2.0, 1.0], [0.0, 1.0]], [a, b]),
            np.linalg.solve(a=[[a, 0.0], [b, 1.0]], b=[1.0, 2.0]),
            np.linalg.multi_dot([[[a, b], [b, a]], [[1.0, 2.0], [a, b]], [a, b]]),
            np.linalg.vector_norm([a, b]),
            np.linalg.tensorsolve([[a, b], [1.0, 2.0]], [a, b]),
            np.linalg.tensorinv([[a, b], [1.0, 2.0]], ind=1),
            np.dot([1.0, 2.0], [a, b]),
            np.vander([a, b]),
        )

    x = np.array([1.5, -0.5])
    for found, expected in zip(gg.compile(f, backend="numpy")(x), f(x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_scipy_computes_with_constants_in_its_own_way() -> None:
    """Its logarithm of a matrix draws random numbers for an estimate."""
    found = gg.grad(lambda x: x * np.sum(scipy.linalg.logm(S)), backend="numpy")(2.0)
    np.testing.assert_allclose(found, np.sum(scipy.linalg.logm(S)), rtol=1e-13)
