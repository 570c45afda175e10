"""LAPACK through runtime/gg_lapack_*.h: the same numbers as numpy.linalg and scipy.linalg, signs included."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from tests.runtime.whole import (
    NO_CONVERGENCE,
    NOT_POSITIVE_DEFINITE,
    OK,
    SINGULAR,
    Caller,
    bind,
    driver,
)

pytestmark = pytest.mark.slow

NAMES = [
    *("cholesky", "lu", "lu_solve", "lu_solve_t", "lu_inverse", "triangular_solve", "qr"),
    *("svd", "svdvals", "eigh", "eigvalsh", "eig", "eigvals", "schur", "sylvester"),
]
FUNCTIONS = [f"gg_lapack_{name}" for name in NAMES]
WORK: dict[str, Callable[..., int]] = {
    "lu_inverse": lambda n: 66 * n,
    "qr": lambda m, n, complete: (m + 65) * max(n, m if complete else min(m, n)),
    "svd": lambda m, n, full: ((max if full else min)(m, n) + 1) * (max(m, n) + 8 * min(m, n) + 210),
    "svdvals": lambda m, n: (min(m, n) + 1) * (max(m, n) + 210),
    "eigh": lambda n, lower: 2 * (n + 3) ** 2,
    "eigvalsh": lambda n, lower: (n + 1) * (n + 66),
    "eig": lambda n: 132 * n,
    "eigvals": lambda n: n * (n + 132),
    "schur": lambda n: 70 * n,
    "sylvester": lambda m, n: 2 * (m + n + 17) ** 2,
}
SIZES = [0, 1, 2, 3, 7, 33, 130]
# From here on rounding decides signs and the order of eigenvalues, and that differs between builds of LAPACK.
LONG = 100
SHAPES = [(0, 0), (0, 3), (3, 0), (1, 1), (1, 5), (5, 1), (3, 3), (7, 4), (4, 7)]
SHAPES += [(60, 20), (20, 60), (41, 40), (130, 3), (3, 130), (90, 90)]
HEADERS = ["gg_lapack_factor.h", "gg_lapack_eigen.h", "gg_lapack_schur.h"]


@pytest.fixture(scope="module")
def lapack(build: Callable[..., Path]) -> Caller:
    library = ctypes.CDLL(str(build(driver(HEADERS, FUNCTIONS), ["-O2"])))
    return Caller(bind(library, FUNCTIONS), "gg_lapack_", WORK)


@pytest.fixture(params=[np.float64, np.float32])
def draw(request: pytest.FixtureRequest) -> Callable[..., np.ndarray]:
    """`draw(shape…)` gives numbers of one precision."""
    generator = np.random.default_rng(7)
    return lambda *shape: generator.normal(size=shape).astype(request.param)


def close(found: Any, expected: Any, factor: float = 100.0) -> None:
    """Equal to within `factor` units of rounding of the largest number."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    size = np.max(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=factor * np.finfo(found.dtype).eps * size)


def same_signs(found: np.ndarray, scipys: np.ndarray, numpys: np.ndarray) -> None:
    """Columns point the way they do in SciPy, whose LAPACK this is; and in NumPy.

    NumPy's LAPACK is another one, and float64 only.
    """
    np.testing.assert_array_equal(np.sign(np.sum(found * scipys.conj(), axis=0).real), 1)
    if found.real.dtype == np.float64 and len(found) < LONG:
        np.testing.assert_array_equal(np.sign(np.sum(found * numpys.conj(), axis=0).real), 1)


def split(flat: np.ndarray, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    assert ends[-1] == flat.size
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]


@pytest.mark.parametrize("n", SIZES)
def test_cholesky(lapack: Caller, draw: Callable[..., np.ndarray], n: int) -> None:
    x = draw(n, n)
    a = x @ x.T + n * np.eye(n, dtype=x.dtype)
    status, out = lapack("cholesky", (n,), (), np.where(np.tri(n) > 0, a, np.nan).astype(x.dtype), out=n * n)
    assert status == OK
    close(out.reshape(n, n), np.linalg.cholesky(a))


def test_cholesky_of_an_indefinite_matrix(lapack: Caller, draw: Callable[..., np.ndarray]) -> None:
    assert lapack("cholesky", (40,), (), draw(40, 40), out=1600)[0] == NOT_POSITIVE_DEFINITE


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("k", [0, 1, 2, 9])
def test_lu_and_what_it_solves(lapack: Caller, draw: Callable[..., np.ndarray], n: int, k: int) -> None:
    a, b = draw(n, n) + 2 * np.eye(n, dtype=draw().dtype), draw(n, k)
    status, f = lapack("lu", (n,), (), a, out=(n + 1) * n)
    assert status == OK
    factor, pivots = f[: n * n].reshape(n, n), f[n * n :].astype(int)
    product = np.tril(factor) @ (np.triu(factor, 1) + np.eye(n, dtype=a.dtype))
    for i in reversed(range(n)):
        product[:, [i, pivots[i]]] = product[:, [pivots[i], i]]
    close(product, a)
    if n:
        swapped, swaps = scipy.linalg.lu_factor(a.T)
        close(factor, swapped.T)
        np.testing.assert_array_equal(pivots, swaps)
    scale = 30 * np.linalg.cond(a.astype(float)) if n else 1
    for name, matrix in (("lu_solve", a), ("lu_solve_t", a.T)):
        status, out = lapack(name, (n, k), (), f, b, out=n * k)
        assert status == OK
        close(out.reshape(n, k), np.linalg.solve(matrix, b), scale)
    status, out = lapack("lu_inverse", (n,), (), f, out=n * n)
    assert status == OK
    close(out.reshape(n, n), np.linalg.inv(a), scale)


def test_singular_matrices_are_told(lapack: Caller, draw: Callable[..., np.ndarray]) -> None:
    a = draw(5, 5)
    a[2] = 0
    f = lapack("lu", (5,), (), a, out=30)[1]
    assert lapack("lu_solve", (5, 2), (), f, draw(5, 2), out=10)[0] == SINGULAR
    assert lapack("lu_solve_t", (5, 1), (), f, draw(5, 1), out=5)[0] == SINGULAR
    assert lapack("lu_inverse", (5,), (), f, out=25)[0] == SINGULAR
    assert lapack("triangular_solve", (5, 2), (1, 0, 0), a, draw(5, 2), out=10)[0] == SINGULAR
    assert lapack("triangular_solve", (5, 2), (1, 0, 1), a, draw(5, 2), out=10)[0] == OK


@pytest.mark.parametrize("n", [0, 1, 3, 40])
@pytest.mark.parametrize("k", [0, 1, 6])
@pytest.mark.parametrize("flags", [(lower, turned, unit) for lower in (0, 1) for turned in (0, 1) for unit in (0, 1)])
def test_triangular_solve(
    lapack: Caller, draw: Callable[..., np.ndarray], n: int, k: int, flags: tuple[int, int, int]
) -> None:
    lower, turned, unit = flags
    t, b = draw(n, n) / max(n, 1), draw(n, k)
    t[np.arange(n), np.arange(n)] = np.nan if unit else 1.5
    t[np.tri(n, dtype=bool).T & ~np.eye(n, dtype=bool) if lower else np.tri(n, k=-1, dtype=bool)] = np.nan
    status, out = lapack("triangular_solve", (n, k), flags, t, b, out=n * k)
    assert status == OK
    clean = np.where(np.isnan(t), 0, t) + (np.eye(n, dtype=t.dtype) if unit else 0)
    close(out.reshape(n, k), np.linalg.solve(clean.T if turned else clean, b).astype(t.dtype), 300)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("complete", [0, 1])
def test_qr(lapack: Caller, draw: Callable[..., np.ndarray], shape: tuple[int, int], complete: int) -> None:
    m, n = shape
    a, inner = draw(m, n), m if complete else min(m, n)
    status, out = lapack("qr", shape, (complete,), a, out=m * inner + inner * n)
    assert status == OK
    q, r = split(out, (m, inner), (inner, n))
    expected = np.linalg.qr(a, mode="complete" if complete else "reduced")
    close(q, expected.Q)
    close(r, expected.R)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("full", [0, 1])
def test_svd(lapack: Caller, draw: Callable[..., np.ndarray], shape: tuple[int, int], full: int) -> None:
    m, n = shape
    a, k = draw(m, n), min(m, n)
    left, right = (m, n) if full else (k, k)
    status, out = lapack("svd", shape, (full,), a, out=m * left + k + right * n)
    assert status == OK
    u, s, vh = split(out, (m, left), (k,), (right, n))
    expected = np.linalg.svd(a, full_matrices=bool(full))
    close(s, expected.S)
    left_, _, right_ = scipy.linalg.svd(a) if k else expected
    same_signs(u[:, :k], left_[:, :k], expected.U[:, :k])
    same_signs(vh[:k].T, right_[:k].T, expected.Vh[:k].T)
    close(u[:, :k] * s @ vh[:k], a)
    close(u.T @ u, np.eye(left, dtype=a.dtype))
    close(vh @ vh.T, np.eye(right, dtype=a.dtype))
    status, values = lapack("svdvals", shape, (), a, out=k)
    assert status == OK
    close(values, expected.S)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("lower", [0, 1])
def test_eigh(lapack: Caller, draw: Callable[..., np.ndarray], n: int, lower: int) -> None:
    a = draw(n, n)
    a = a + a.T
    half = np.where((np.tri(n) if lower else np.tri(n).T) > 0, a, np.nan).astype(a.dtype)
    status, out = lapack("eigh", (n,), (lower,), half, out=(n + 1) * n)
    assert status == OK
    vectors, values = split(out, (n, n), (n,))
    expected = np.linalg.eigh(a, UPLO="L" if lower else "U")
    close(values, expected.eigenvalues)
    same_signs(vectors.T, scipy.linalg.eigh(a, lower=bool(lower), driver="evd")[1], expected.eigenvectors)
    close(vectors.T * values @ vectors, a)
    status, alone = lapack("eigvalsh", (n,), (lower,), half, out=n)
    assert status == OK
    close(alone, expected.eigenvalues)


@pytest.mark.parametrize("n", SIZES)
def test_eig(lapack: Caller, draw: Callable[..., np.ndarray], n: int) -> None:
    a = draw(n, n)
    status, out = lapack("eig", (n,), (), a, out=2 * n + 2 * n * n)
    assert status == OK
    wr, wi, vr, vi = split(out, (n,), (n,), (n, n), (n, n))
    values, vectors = wr + 1j * wi, vr + 1j * vi
    close(a @ vectors, vectors * values, 1000)
    close(np.linalg.norm(vectors, axis=0), np.ones(n, a.dtype))
    assert n < 3 or np.any(wi != 0)
    status, alone = lapack("eigvals", (n,), (), a, out=2 * n)
    assert status == OK
    if 0 < n < LONG:
        expected, theirs = np.linalg.eig(a), scipy.linalg.eig(a)
        close(values, theirs[0], 1000)
        same_signs(vectors, theirs[1], expected.eigenvectors)
        close(alone[:n] + 1j * alone[n:], scipy.linalg.eigvals(a), 1000)


@pytest.mark.parametrize("n", SIZES)
def test_schur(lapack: Caller, draw: Callable[..., np.ndarray], n: int) -> None:
    a = draw(n, n)
    status, out = lapack("schur", (n,), (), a, out=2 * n * n)
    assert status == OK
    t, z = split(out, (n, n), (n, n))
    close(z @ t @ z.T, a)
    close(z.T @ z, np.eye(n, dtype=a.dtype))
    assert not np.any(np.tril(t, -2))
    if 0 < n < LONG:
        close(t, scipy.linalg.schur(a)[0], 1000)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0), (1, 1), (1, 4), (5, 3), (3, 40), (60, 61), (150, 1)])
def test_sylvester(lapack: Caller, draw: Callable[..., np.ndarray], shape: tuple[int, int]) -> None:
    m, n = shape
    a, b, q = draw(m, m), draw(n, n), draw(m, n)
    a += 3 * np.sqrt(m + n).astype(a.dtype) * np.eye(m, dtype=a.dtype)
    status, out = lapack("sylvester", shape, (), a, b, q, out=m * n)
    assert status == OK
    x = out.reshape(m, n)
    close(a @ x + x @ b, q, 1000)
    if m * n:
        close(x, scipy.linalg.solve_sylvester(a, b, q), 1000)


def test_sylvester_with_a_common_eigenvalue(lapack: Caller, draw: Callable[..., np.ndarray]) -> None:
    a = np.diag(np.arange(3)).astype(draw().dtype)
    assert lapack("sylvester", (3, 3), (), a, -a, draw(3, 3), out=9)[0] == SINGULAR


@pytest.mark.parametrize("n", [1, 3, 40])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite(lapack: Caller, draw: Callable[..., np.ndarray], n: int, value: float) -> None:
    """Iterations say so; the others end, with NaN or not, as NumPy's do."""
    a = draw(n, n)
    a[n - 1, 0] = value
    sizes = {"svd": 2 * n * n + n, "svdvals": n, "eigh": n * n + n, "eigvalsh": n}
    sizes |= {"eig": 2 * n * n + 2 * n, "eigvals": 2 * n, "schur": 2 * n * n}
    for name, out in sizes.items():
        flags = {"svd": (0,), "eigh": (1,), "eigvalsh": (1,)}.get(name, ())
        order = (n, n) if name.startswith("svd") else (n,)
        assert lapack(name, order, flags, a, out=out)[0] == NO_CONVERGENCE, name
    _, f = lapack("lu", (n,), (), a, out=n * n + n)
    lapack("lu_solve", (n, 1), (), f, draw(n, 1), out=n)
    lapack("lu_inverse", (n,), (), f, out=n * n)
    lapack("qr", (n, n), (0,), a, out=2 * n * n)
    lapack("cholesky", (n,), (), a, out=n * n)
