"""Eigenvalues and singular values of runtime/gg_jacobi.h, against NumPy and against what defines them."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable

import numpy as np
import pytest
import scipy.linalg

from tests.runtime.whole import NO_CONVERGENCE, OK, Caller, driver

pytestmark = pytest.mark.slow

NAMES = ["eigh", "eigvalsh", "svd", "svdvals"]
WORK: dict[str, Callable[..., int]] = {
    "eigh": lambda n, lower: n * n,
    "eigvalsh": lambda n, lower: n * n,
    "svd": lambda m, n, full: (m * m if full else m * n) if m >= n else 0,
    "svdvals": lambda m, n: m * n,
}
PRECISIONS = [np.float64, np.float32]
N = 12
Q = np.linalg.qr(np.random.default_rng(3).normal(size=(N, N))).Q
SYMMETRIC = {
    "zero": np.zeros((5, 5)),
    "identity": np.eye(6),
    "one number": np.array([[-3.0]]),
    "nothing": np.zeros((0, 0)),
    "exchange": np.array([[0.0, 1.0], [1.0, 0.0]]),
    "ones": np.ones((9, 9)),
    "repeated": Q * np.repeat([1.0, 2.0, -2.0], 4) @ Q.T,
    "deficient": Q[:, :3] * [1.0, 2.0, 3.0] @ Q[:, :3].T,
    "close": Q * (1 + 1e-9 * np.arange(N)) @ Q.T,
    "random": (lambda a: a + a.T)(np.random.default_rng(1).normal(size=(60, 60))),
    "second differences": 2 * np.eye(40) - np.eye(40, k=1) - np.eye(40, k=-1),
    "huge": 1e30 * scipy.linalg.hilbert(8),
    "tiny": 1e-30 * scipy.linalg.hilbert(8),
}
RANDOM = np.random.default_rng(2).normal(size=(50, 50))
GENERAL = {
    **SYMMETRIC,
    "tall": RANDOM[:, :7],
    "wide": RANDOM[:7],
    "column": RANDOM[:, :1],
    "row": RANDOM[:1],
    "no rows": np.zeros((0, 4)),
    "no columns": np.zeros((4, 0)),
    "square": RANDOM,
    "zero tall": np.zeros((6, 3)),
    "zero wide": np.zeros((3, 6)),
    "deficient tall": RANDOM[:, :2] @ RANDOM[:2, :5],
    "deficient wide": RANDOM[:5, :2] @ RANDOM[:2],
    "twice the same": np.ones((7, 3)) * np.arange(1, 8)[:, None],
    "triangle of Kahan": np.triu(-0.28 * np.ones((20, 20)), 1) + np.eye(20) * 0.96 ** np.arange(20)[:, None],
}


@pytest.fixture(scope="module")
def jacobi(load: Callable[[str], ctypes.CDLL]) -> Caller:
    return Caller(load(driver(["gg_jacobi.h"], [f"gg_{name}" for name in NAMES])), "gg_", WORK)


def near(found: np.ndarray, expected: np.ndarray, scale: float) -> None:
    tolerance = 20 * max(len(expected), 1) * np.finfo(found.dtype).eps * scale
    np.testing.assert_allclose(found.astype(float), expected, rtol=0, atol=tolerance)


def norm(a: np.ndarray) -> float:
    return float(np.max(np.linalg.svd(a.astype(float), compute_uv=False), initial=0))


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("lower", [0, 1])
@pytest.mark.parametrize("name", list(SYMMETRIC))
def test_eigh(jacobi: Caller, name: str, lower: int, dtype: type) -> None:
    a = SYMMETRIC[name].astype(dtype)
    a = np.tril(a) + np.tril(a, -1).T
    n, size = len(a), norm(a)
    half = np.where((np.tri(n) if lower else np.tri(n).T) > 0, a, np.nan).astype(dtype)
    status, out = jacobi("eigh", (n,), (lower,), half, out=n * n + n)
    assert status == OK
    vectors, values = out[: n * n].reshape(n, n).astype(float), out[n * n :]
    near(values, np.linalg.eigvalsh(a.astype(float)), size)
    assert np.all(np.diff(values) >= 0)
    near((vectors.T * values @ vectors).astype(dtype), a, size)
    near((vectors @ vectors.T).astype(dtype), np.eye(n), 1)
    status, alone = jacobi("eigvalsh", (n,), (lower,), half, out=n)
    assert status == OK
    near(alone, values, size)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("full", [0, 1])
@pytest.mark.parametrize("name", list(GENERAL))
def test_svd(jacobi: Caller, name: str, full: int, dtype: type) -> None:
    a = GENERAL[name].astype(dtype)
    m, n = a.shape
    k, size = min(m, n), norm(a)
    left, right = (m, n) if full else (k, k)
    status, out = jacobi("svd", (m, n), (full,), a, out=m * left + k + right * n)
    assert status == OK
    u, s, vh = np.split(out, [m * left, m * left + k])
    u, vh = u.reshape(m, left).astype(float), vh.reshape(right, n).astype(float)
    near(s, np.linalg.svd(a.astype(float), compute_uv=False), size)
    assert np.all(s >= 0)
    assert np.all(np.diff(s) <= 0)
    near((u[:, :k] * s @ vh[:k]).astype(dtype), a, size)
    near((u.T @ u).astype(dtype), np.eye(left), 1)
    near((vh @ vh.T).astype(dtype), np.eye(right), 1)
    status, alone = jacobi("svdvals", (m, n), (), a, out=k)
    assert status == OK
    near(alone, s, size)


def test_small_eigenvalues_of_a_graded_matrix_are_exact(jacobi: Caller) -> None:
    """A positive definite matrix with a scaled diagonal determines them all to many digits."""
    grade = 10.0 ** -np.arange(0, 60, 6)
    a = grade[:, None] * (np.eye(10) + 0.1) * grade
    s = jacobi("svdvals", (10, 10), (), (np.eye(10) + 0.1) * grade, out=10)[1]
    w = jacobi("eigvalsh", (10,), (1,), a, out=10)[1]
    exact = np.array([abs(np.prod(np.linalg.eigvals(np.eye(j) + 0.1))) for j in range(11)])
    # The eigenvalues are to first order those of the Schur complements, ratios of the leading minors.
    np.testing.assert_allclose(w[::-1], grade**2 * exact[1:] / exact[:-1], rtol=1e-11)
    assert np.all(s > 0)
    np.testing.assert_allclose(s[1:] / s[:-1], 1e-6, rtol=0.1)


def test_rows_of_very_different_lengths_converge(jacobi: Caller) -> None:
    """The tangents of some angles have no square in float32."""
    for rows, columns in itertools.product(range(6, 16), range(16)):
        a = RANDOM[:7, :10] * 10.0 ** -np.linspace(0, rows, 7)[:, None] * 10.0 ** -np.linspace(columns, 0, 10)
        assert jacobi("svd", (7, 10), (0,), a.astype(np.float32), out=126)[0] == OK, (rows, columns)


def test_exact_results(jacobi: Caller) -> None:
    w = jacobi("eigvalsh", (3,), (1,), np.diag([3.0, -1.0, 7.0]), out=3)[1]
    np.testing.assert_array_equal(w, [-1.0, 3.0, 7.0])
    s = jacobi("svdvals", (3, 2), (), np.array([[0.0, 4.0], [3.0, 0.0], [0.0, 0.0]]), out=2)[1]
    np.testing.assert_array_equal(s, [4.0, 3.0])


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("exponent", [-1, 1])
def test_the_ends_of_the_exponents(jacobi: Caller, dtype: type, exponent: int) -> None:
    """Scaling by a power of two changes no digit, up to where the numbers end."""
    a = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]], dtype)
    scale = dtype(2.0 ** (exponent * (np.finfo(dtype).maxexp - 10)))
    for name, sizes, flags in (("eigvalsh", (3,), (1,)), ("svdvals", (3, 3), ())):
        found = jacobi(name, sizes, flags, a * scale, out=3)[1]
        np.testing.assert_allclose(found / scale, np.linalg.svd(a.astype(float))[1][:: 1 if flags == () else -1], 1e-5)


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_signs(jacobi: Caller, dtype: type) -> None:
    """The first of the largest elements is positive, of eigenvectors and of Vh, also where rounding decides."""
    a = np.array([[2, -1, 0], [-1, 2, -1], [0, -1, 2]], dtype)
    vectors = jacobi("eigh", (3,), (1,), a, out=12)[1][:9].reshape(3, 3)
    vh = jacobi("svd", (3, 3), (0,), a, out=21)[1][12:].reshape(3, 3)
    r = np.sqrt(0.5)
    near(vectors, np.array([[0.5, r, 0.5], [r, 0, -r], [-0.5, r, -0.5]]), 1)
    near(vh, np.array([[-0.5, r, -0.5], [r, 0, -r], [0.5, r, 0.5]]), 1)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_told(jacobi: Caller, value: float, dtype: type) -> None:
    a = np.eye(4, dtype=dtype)
    a[2, 1] = value
    assert jacobi("eigh", (4,), (1,), a, out=20)[0] == NO_CONVERGENCE
    assert jacobi("eigh", (4,), (0,), a, out=20)[0] == OK
    assert jacobi("eigvalsh", (4,), (1,), a, out=4)[0] == NO_CONVERGENCE
    assert jacobi("svd", (4, 4), (1,), a, out=36)[0] == NO_CONVERGENCE
    assert jacobi("svdvals", (4, 4), (), a, out=4)[0] == NO_CONVERGENCE


def test_large(jacobi: Caller) -> None:
    a = np.random.default_rng(5).normal(size=(200, 150))
    s = jacobi("svdvals", a.shape, (), a, out=150)[1]
    np.testing.assert_allclose(s, np.linalg.svd(a, compute_uv=False), rtol=1e-12)
    w = jacobi("eigvalsh", (150,), (0,), a.T @ a, out=150)[1]
    np.testing.assert_allclose(w, s[::-1] ** 2, rtol=1e-11)
