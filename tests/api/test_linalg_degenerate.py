"""The rows on matrices in docs/derivatives-at-kinks.md: decompositions where they do not vary smoothly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import gradgen as gg

PAGE = Path(__file__).parents[2] / "docs" / "derivatives-at-kinks.md"
HELD: dict[str, Callable[[], None]] = {}
RNG = np.random.default_rng(5)
Q5, Q4 = (np.linalg.qr(RNG.standard_normal((n, n)))[0] for n in (5, 4))
REPEATED = Q5 * np.array([-1.0, -1.0, 0.5, 0.5, 2.0]) @ Q5.T
REPEATED = (REPEATED + REPEATED.T) / 2
H, K = (h + h.T for h in RNG.standard_normal((2, 5, 5)))
LOW = RNG.standard_normal((5, 2)) @ RNG.standard_normal((2, 4))


def row(point: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register what holds a row of the page."""

    def register(check: Callable[[], None]) -> Callable[[], None]:
        HELD[point] = check
        return check

    return register


def close(found: Any, expected: Any, rtol: float = 1e-10) -> None:
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale)


def test_every_row_of_the_page_is_held() -> None:
    lines = PAGE.read_text().split("## Matrices")[1].splitlines()
    points = [line.split("|")[1].strip() for line in lines if line.startswith("| ") and not line.startswith("| point")]
    assert points == list(HELD)


@row("eigenvalues, coincident")
def _eigenvalues() -> None:
    def lowest(A: Any) -> Any:
        return np.sum(np.linalg.eigvalsh(A)[:2])

    w, V = np.linalg.eigh(REPEATED)
    close(gg.jvp(np.linalg.eigvalsh, (REPEATED,), (H,))[1], np.sum(V * (H @ V), axis=0))
    low, high = V[:, :2], V[:, 2:]
    close(gg.grad(lowest)(REPEATED), low @ low.T)
    turn = high / (w[:1] - w[2:]) @ high.T @ H @ low  # how the plane moves
    close(gg.hvp(lowest)(REPEATED, H), turn @ low.T + low @ turn.T)


@row("eigenvectors, of coincident eigenvalues")
def _eigenvectors() -> None:
    w, V = np.linalg.eigh(REPEATED)
    gap = w - w[:, None]
    slopes = np.divide(1.0, gap, out=np.zeros_like(gap), where=np.abs(gap) > 1e-9)
    moved = gg.jvp(lambda A: np.linalg.eigh(A)[1], (REPEATED,), (H,))[1]
    close(moved, V @ (slopes * (V.T @ H @ V)))
    assert np.all(np.abs((V.T @ moved)[:2, :2]) < 1e-12)


@row("functions of eigenvalues, coincident, second order")
def _functions_of_eigenvalues() -> None:
    def squares(A: Any) -> Any:
        return np.sum(np.linalg.eigvalsh(A) ** 2)

    held = np.diag([3.0, -1.0, 2.0])
    close(gg.grad(squares)(np.eye(3)), 2 * np.eye(3))
    close(gg.hvp(squares)(np.eye(3), held), 2 * held)
    other = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    close(gg.hvp(squares)(np.eye(3), other), 2 * other)
    close(gg.hvp(squares)(REPEATED, H), 2 * H)
    close(np.tensordot(gg.hessian(squares)(REPEATED), H), 2 * H)


# --- functions of matrices by their eigenvectors, however they are written -------------------------------


def _scaled(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    return (V * np.exp(w)) @ V.T


def _diagonal(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    return V @ np.diag(np.exp(w)) @ V.T


def _rows(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    return V @ (np.exp(w)[:, None] * V.T)


def _divided(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    return V / np.exp(-w) @ V.T


def _halves(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    half = V * np.exp(w / 2)
    return half @ half.T


def _summed(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    return np.einsum("ij,j,kj->ik", V, np.exp(w), V)


def _columns_by_one(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    return np.stack([V @ (np.exp(w) * (V.T @ e)) for e in np.eye(len(A))], axis=1)


def _two_factors(A: Any) -> Any:
    w, V = np.linalg.eigh(A)
    return 2.0 * ((V * np.cosh(w)) @ V.T + V @ np.diag(np.sinh(w)) @ V.T) / 2.0


def _stacked(A: Any) -> Any:
    w, V = np.linalg.eigh(np.stack([A, 2.0 * A]))
    return ((V * np.exp(w)[:, None, :]) @ np.swapaxes(V, -1, -2))[0]


@pytest.mark.parametrize(
    "A", [REPEATED, np.eye(5), np.zeros((5, 5)), H @ H / 9], ids=["pairs", "eye", "zeros", "apart"]
)
@pytest.mark.parametrize(
    "f",
    [
        _scaled,
        *[
            pytest.param(f, marks=pytest.mark.slow, id=f.__name__)
            for f in (_diagonal, _rows, _divided, _halves, _summed, _columns_by_one, _two_factors, _stacked)
        ],
    ],
)
def test_functions_by_eigenvectors(f: Callable[[Any], Any], A: np.ndarray) -> None:
    value, slope = scipy.linalg.expm_frechet(A, H)
    moved = gg.jvp(f, (A,), (H,))
    close(moved[0], value)
    close(moved[1], slope)
    close(np.sum(gg.grad(lambda A: np.sum(K * f(A)))(A) * H), np.sum(K * slope))


def test_a_quadratic_form_by_eigenvectors() -> None:
    b = RNG.standard_normal(5)

    def form(A: Any, s: Any) -> Any:
        w, V = np.linalg.eigh(A)
        return np.sum((V.T @ b) ** 2 / (w + s))

    x = np.linalg.solve(REPEATED + 3.0 * np.eye(5), b)
    by_matrix, by_shift = gg.grad(form, (0, 1))(REPEATED, 3.0)
    close((by_matrix + by_matrix.T) / 2, -np.outer(x, x))
    close(by_shift, -x @ x)


@row("singular values, coincident")
def _singular_values() -> None:
    T = RNG.standard_normal((4, 4))
    U, _, Vh = np.linalg.svd(Q4)
    close(gg.jvp(np.linalg.svdvals, (Q4,), (T,))[1], np.sum(U * (T @ Vh.T), axis=0))
    polar = Q4 @ (Q4.T @ T - T.T @ Q4) / 2
    for of in (lambda A: np.linalg.norm(A, "nuc"), lambda A: np.sum(np.linalg.svd(A)[1])):
        close(gg.grad(of)(Q4), Q4)
        close(gg.hvp(of)(Q4, T), polar)
    close(gg.jvp(lambda A: np.linalg.svd(A)[0] @ np.linalg.svd(A)[2], (Q4,), (T,))[1], polar)


@row("singular values, 0")
def _zero_singular_values() -> None:
    T = RNG.standard_normal(LOW.shape)
    U, _, Vh = np.linalg.svd(LOW, full_matrices=False)
    close(gg.jvp(np.linalg.svdvals, (LOW,), (T,))[1], np.sum(U * (T @ Vh.T), axis=0))
    for part in (0, 2):
        moved = gg.jvp(lambda A, part=part: np.linalg.svd(A, full_matrices=False)[part], (LOW,), (T,))[1]
        inside = U.T @ moved if part == 0 else moved @ Vh.T
        assert np.all(np.isfinite(moved))
        assert np.all(np.abs(inside[2:, 2:]) < 1e-9)


@row("norms of matrices, some singular values exactly 0")
def _norms_of_low_rank() -> None:
    close(gg.grad(lambda A: np.linalg.norm(A, "nuc"))(np.diag([3.0, 2.0, 0.0])), np.diag([1.0, 1.0, 0.0]))


@row("norms, at 0")
def _norms_at_zero() -> None:
    for ord in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        close(gg.grad(lambda A, ord=ord: np.linalg.norm(A, ord))(np.zeros((3, 2))), np.zeros((3, 2)))
    for ord in (None, 0, 1, 2, 3, np.inf, -np.inf):
        close(gg.grad(lambda x, ord=ord: np.linalg.norm(x, ord))(np.zeros(3)), np.zeros(3))


@row("pseudo-inverses and least squares, `pinv` and `lstsq`, of any rank")
def _pseudo_inverses() -> None:
    b, left, right = RNG.standard_normal(5), RNG.standard_normal((5, 5)), RNG.standard_normal((4, 4))

    def along(step: float) -> Any:
        """Of the same rank."""
        return (np.eye(5) + step * left) @ LOW @ (np.eye(4) + step * right)

    T, step = left @ LOW + LOW @ right, 1e-5
    moved = gg.jvp(lambda A: np.linalg.pinv(A, 1e-10), (LOW,), (T,))[1]
    ends = [np.linalg.pinv(along(sign * step), 1e-10) for sign in (1, -1)]
    close(moved, (ends[0] - ends[1]) / (2 * step), rtol=1e-7)
    close(gg.jvp(lambda A: np.linalg.lstsq(A, b, 1e-10)[0], (LOW,), (T,))[1], moved @ b)


@row("determinants, `det`, singular of any rank")
def _determinants() -> None:
    for rank in range(5):
        A = RNG.standard_normal((4, rank)) @ RNG.standard_normal((rank, 4))
        cofactors = [
            [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(A, i, 0), j, 1)) for j in range(4)] for i in range(4)
        ]
        close(gg.grad(np.linalg.det)(A), cofactors)
        close(gg.hessian(np.linalg.det)(A), second_cofactors(A))


def second_cofactors(A: Any) -> Any:
    """By the formula of Leibniz with two rows replaced by unit vectors."""
    n, found = len(A), np.zeros((4, 4, 4, 4))
    for i, k in np.ndindex(n, n):
        for j, m in np.ndindex(n, n):
            if i != k and j != m:
                B = A.copy()
                B[i], B[k] = np.eye(n)[j], np.eye(n)[m]
                found[i, j, k, m] = np.linalg.det(B)
    return found


@row("their logarithms, `slogdet`, singular")
def _log_determinant() -> None:
    singular = np.ones((4, 4))
    assert tuple(gg.compile(lambda A: np.linalg.slogdet(A))(singular)) == (0.0, -np.inf)
    with pytest.raises(np.linalg.LinAlgError, match=r"test_linalg_degenerate\.py:\d+:  .*slogdet"):
        gg.grad(lambda A: np.linalg.slogdet(A)[1])(singular)


@row("inverses, `inv` and `solve`, singular")
def _inverse() -> None:
    singular = np.zeros((3, 3))
    for f in (lambda A: np.linalg.inv(A), lambda A: np.linalg.solve(A, np.ones(3))):
        with pytest.raises(np.linalg.LinAlgError, match=r"test_linalg_degenerate\.py:\d+:  "):
            gg.compile(f)(singular)


@row("condition numbers, `cond`, singular")
def _condition() -> None:
    for A in (np.diag([2.0, 1.0, 0.0]), np.zeros((2, 2))):
        for p in (None, 1, np.inf, "fro"):
            assert gg.compile(lambda A, p=p: np.linalg.cond(A, p))(A) == np.inf
    for p in (None, 1):
        assert not np.all(np.isfinite(gg.grad(lambda A, p=p: np.linalg.cond(A, p))(np.diag([2.0, 1.0, 0.0]))))


@row("ranks, `matrix_rank`")
def _rank() -> None:
    assert gg.compile(lambda A: np.linalg.matrix_rank(A))(LOW) == 2
    close(gg.grad(lambda A: np.sum(A) * np.linalg.matrix_rank(A))(LOW), np.full((5, 4), 2.0))


@row("eigenvalues of general matrices, `eig` and `eigvals`, coincident, with as many vectors")
def _general_eigenvalues() -> None:
    V = RNG.standard_normal((4, 4)) + 4.0 * np.eye(4)
    repeated, direction = V * np.array([1.0, 1.0, -2.0, 3.0]) @ np.linalg.inv(V), RNG.standard_normal((4, 4))
    w, vectors = np.linalg.eig(repeated)
    moved = gg.jvp(lambda A: np.linalg.eigvals(A), (repeated,), (direction,))[1]
    group = np.abs(w - 1.0) < 1e-6
    projection = vectors[:, group] @ np.linalg.inv(vectors)[group]
    close(np.sum(moved[group]), np.trace(projection @ direction), 1e-9)


@row("eigenvalues of general matrices, defective")
def _defective() -> None:
    jordan = 2.0 * np.eye(3) + np.eye(3, k=1)
    gradient = gg.grad(lambda A: np.real(np.linalg.eigvals(A)[0]))
    try:
        size = np.max(np.abs(gradient(jordan)))
    except np.linalg.LinAlgError:
        return
    assert not size < 1e7


@row("roots and logarithms, `sqrtm` and `logm`, an eigenvalue negative or 0")
def _no_principal_value() -> None:
    for function in (lambda A: np.sum(scipy.linalg.sqrtm(A)), lambda A: np.sum(scipy.linalg.logm(A))):
        for A in (np.diag([1.0, -2.0]), np.diag([1.0, 0.0])):
            with pytest.raises(np.linalg.LinAlgError, match="no convergence"):
                gg.grad(function)(A)


@pytest.mark.slow
@pytest.mark.parametrize("point", HELD)
def test_what_the_page_says(point: str) -> None:
    HELD[point]()
