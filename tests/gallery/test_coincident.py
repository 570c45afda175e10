"""Where singular values or eigenvalues coincide: what does not depend on the choice of vectors is exact and finite."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg
from tests.gallery.compare import assert_close, symmetric_part
from tests.gallery.draws import factors
from tests.gallery.gallery import PROBLEMS
from tests.gallery.problem import Draw, Function

pytestmark = pytest.mark.slow


def functions(row: str) -> list[Function]:
    return [problem.f for problem in PROBLEMS if problem.row == row]


[SPECTRAL_NORM] = functions("A27")
[LARGEST, ENTRY] = functions("A44")


# --- A27: all singular values but one are 0 --------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5])
def test_spectral_norm_of_an_outer_product(n: int) -> None:
    x, v = np.random.default_rng(n).standard_normal((2, n))
    assert_close(gg.grad(SPECTRAL_NORM)(x), 2 * x)
    assert_close(gg.hessian(SPECTRAL_NORM)(x), 2 * np.eye(n))
    assert_close(gg.hvp(SPECTRAL_NORM)(x, v), 2 * v)


# --- A34: all singular values are 1 ----------------------------------------------------------------------

ORTHONORMAL: dict[str, Draw] = {
    "tall": factors(5, 3),
    "wide": lambda rng: factors(5, 3)(rng).T,
    "square": factors(4, 4),
    "identity": lambda rng: np.eye(4),
}
every_shape = pytest.mark.parametrize("shape", ORTHONORMAL)


@every_shape
@pytest.mark.parametrize("f", functions("A34"))
def test_nuclear_norm_at_orthonormal_columns(f: Function, shape: str) -> None:
    Q = ORTHONORMAL[shape](np.random.default_rng(0))
    value, gradient = gg.value_and_grad(f)(Q)
    assert_close(value, np.float64(min(Q.shape)))
    assert_close(gradient, Q)


@every_shape
@pytest.mark.parametrize("f", functions("A34"))
def test_second_derivative_of_the_nuclear_norm_there(f: Function, shape: str) -> None:
    """How the polar factor moves: Q skew(Q^T H) + (I - Q Q^T) H, for orthonormal columns."""
    rng = np.random.default_rng(0)
    Q = ORTHONORMAL[shape](rng)
    H = rng.standard_normal(Q.shape)
    assert_close(gg.hvp(f)(Q, H), polar_tangent(Q, H) if shape != "wide" else polar_tangent(Q.T, H.T).T)


def polar_tangent(Q: Any, H: Any) -> Any:
    return Q @ (Q.T @ H - H.T @ Q) / 2 + H - Q @ Q.T @ H


# --- A44: the smaller eigenvalues coincide ---------------------------------------------------------------


def diagonal(rng: np.random.Generator) -> Any:
    return np.diag([1.0, 1.0, 1.0, 3.0])


def rotated(rng: np.random.Generator) -> Any:
    V = factors(5, 5)(rng)
    return symmetric_part(V * [-1.0, -1.0, 0.5, 0.5, 2.0] @ V.T)


every_matrix = pytest.mark.parametrize("matrix", [diagonal, rotated])


@every_matrix
def test_largest_eigenvalue_above_repeated_ones(matrix: Draw) -> None:
    A = matrix(np.random.default_rng(3))
    v = np.linalg.eigh(A)[1][:, -1]
    assert_close(symmetric_part(gg.grad(LARGEST)(A)), np.outer(v, v))


@every_matrix
def test_second_derivative_of_the_largest_eigenvalue(matrix: Draw) -> None:
    """r v^T + v r^T along a symmetric H, where r = (lambda I - A)^+ H v is how v moves."""
    rng = np.random.default_rng(3)
    A = matrix(rng)
    H = symmetric_part(rng.standard_normal(A.shape))
    v, r = eigenvector_and_tangent(A, H)
    assert_close(symmetric_part(gg.hvp(LARGEST)(A, H)), np.outer(r, v) + np.outer(v, r))


@every_matrix
def test_eigenvector_beside_repeated_eigenvalues(matrix: Draw) -> None:
    rng = np.random.default_rng(3)
    A = matrix(rng)
    H = symmetric_part(rng.standard_normal(A.shape))
    gradient = gg.grad(ENTRY)(A)
    assert np.all(np.isfinite(gradient))
    _, r = eigenvector_and_tangent(A, H)
    assert np.sum(gradient * H) == pytest.approx(r[0], rel=1e-10)
    assert gg.jvp(ENTRY, (A,), (H,))[1] == pytest.approx(r[0], rel=1e-10)


def eigenvector_and_tangent(A: Any, H: Any) -> tuple[Any, Any]:
    eigenvalues, V = np.linalg.eigh(A)
    v, others = V[:, -1], V[:, :-1]
    return v, others @ (others.T @ H @ v / (eigenvalues[-1] - eigenvalues[:-1]))
