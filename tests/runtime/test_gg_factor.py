"""runtime/gg_factor.h against NumPy: sizes below and above a tile, constant and not; singular, tied, extreme."""

from __future__ import annotations

import ctypes
import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.runtime.conftest import NATIVE, Build
from tests.runtime.matrices import (
    NOT_POSITIVE_DEFINITE,
    OK,
    SINGULAR,
    TYPES,
    Array,
    Load,
    call,
    driver,
    unpacked,
)

pytestmark = pytest.mark.slow

KNOWN = [1, 2, 3, 5, 6, 7, 8, 9, 16, 31]
SIZES = [0, *KNOWN, 4, 17, 32, 33, 64, 65, 130]
NAMES = [
    *("cholesky", "lu", "lu_solve", "lu_solve_t", "lu_inverse", "lu_det", "lu_slogdet", "triangular_solve"),
]


@pytest.fixture(scope="module", params=[(), KNOWN], ids=["any size", "known sizes"])
def library(request: pytest.FixtureRequest, load: Load) -> ctypes.CDLL:
    return load(driver("gg_factor.h", NAMES, request.param))


def matrix(kind: str, n: int, suffix: str) -> Array:
    """A matrix of that kind, float64 but of numbers that the type has."""
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, n))
    if kind == "permuted":
        a = 5 * np.eye(n)[rng.permutation(n)] + 1e-3 * a
    elif kind == "ill-conditioned":
        a = 1 / (np.add.outer(np.arange(n), np.arange(n)) + 1) + 1e-9 * a
    elif kind == "tied":
        a = rng.integers(-1, 2, size=(n, n)) + np.eye(n) * n
    elif kind == "tiny":
        a *= 1e-30
    return a.astype(TYPES[suffix]).astype(np.float64)


KINDS = ["random", "permuted", "ill-conditioned", "tied", "tiny"]
EVERY = pytest.mark.parametrize("suffix", TYPES)


def bound(suffix: str, *factors: Array) -> float:
    """What rounding may leave of a sum of products of such factors: a backward error."""
    n = max(1, factors[0].shape[0])
    return float(4 * n * np.finfo(TYPES[suffix]).eps * np.prod([np.abs(f).sum(axis=0).max(initial=0) for f in factors]))


def bound_of_solve(suffix: str, f: Array, x: Array) -> float:
    """What rounding may leave of a x - b, or of a^T x - b, where f is the factor of a."""
    size = float(8 * max(1, len(x)) * np.finfo(TYPES[suffix]).eps * np.abs(x).max(initial=0))
    for part in map(np.abs, unpacked(f)[:2]):
        size *= max(part.sum(axis=0).max(initial=0), part.sum(axis=1).max(initial=0))
    return size


def positive_definite(n: int) -> Array:
    a = np.random.default_rng(n).normal(size=(n, n))
    return a @ a.T + n * np.eye(n)


@EVERY
def test_cholesky_of_the_lower_triangle(library: ctypes.CDLL, suffix: str) -> None:
    for n in SIZES:
        a = positive_definite(n).astype(TYPES[suffix])
        status, got = call(library, "cholesky", n, np.tril(a) + np.triu(np.full_like(a, np.nan), 1), out=(n, n))
        assert status == OK
        assert (np.triu(got, 1) == 0).all()
        assert (np.diag(got) > 0).all()
        lower = got.astype(np.float64)
        np.testing.assert_allclose(lower @ lower.T, a, rtol=0, atol=bound(suffix, lower, lower.T))


@EVERY
def test_cholesky_refuses_what_is_not_positive_definite(library: ctypes.CDLL, suffix: str) -> None:
    for n, value in itertools.product([n for n in SIZES if n], [-1.0, 0.0, np.nan]):
        for k in {0, n // 2, n - 1}:
            a = np.eye(n, dtype=TYPES[suffix])
            a[k, k] = value
            assert call(library, "cholesky", n, a, out=(n, n))[0] == NOT_POSITIVE_DEFINITE, (n, k, value)


@EVERY
@pytest.mark.parametrize("kind", KINDS)
def test_lu_gives_the_matrix_again(library: ctypes.CDLL, suffix: str, kind: str) -> None:
    for n in SIZES:
        a = matrix(kind, n, suffix)
        status, f = call(library, "lu", n, a.astype(TYPES[suffix]), out=(n + 1, n))
        lower, upper, p = unpacked(f)
        assert status == OK
        assert (np.abs(np.triu(f[:n], 1)) <= 1).all(), "a pivot was not the largest"
        np.testing.assert_allclose(lower @ upper @ p, a, rtol=0, atol=bound(suffix, lower, upper))


@EVERY
def test_lu_takes_the_pivots_that_lapack_takes(library: ctypes.CDLL, suffix: str) -> None:
    lapack = pytest.importorskip("scipy.linalg.lapack")
    for n, kind in itertools.product([n for n in SIZES if n], ["random", "permuted"]):
        a = matrix(kind, n, suffix)
        want = lapack.dgetrf(a.T)[1]
        np.testing.assert_array_equal(call(library, "lu", n, a.astype(TYPES[suffix]), out=(n + 1, n))[1][n], want)


@EVERY
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["lu_solve", "lu_solve_t", "lu_inverse"])
def test_lu_solves(library: ctypes.CDLL, suffix: str, kind: str, name: str) -> None:
    for n, k in itertools.product(SIZES, [0, 1, 3, 19, 70]):
        if name == "lu_inverse" and k:
            continue
        a = matrix(kind, n, suffix)
        f = call(library, "lu", n, a.astype(TYPES[suffix]), out=(n + 1, n))[1]
        b = np.random.default_rng(k).normal(size=(n, k)).astype(TYPES[suffix])
        if name == "lu_inverse":
            b = np.eye(n)
            status, x = call(library, name, n, f, out=(n, n))
        else:
            status, x = call(library, name, n, k, f, b, out=(n, k))
        assert status == OK
        x = x.astype(np.float64)
        got = (a.T if name == "lu_solve_t" else a) @ x
        np.testing.assert_allclose(got, b, rtol=0, atol=bound_of_solve(suffix, f, x))


@EVERY
def test_a_singular_matrix_has_a_factor_but_no_solution(library: ctypes.CDLL, suffix: str) -> None:
    for n in [n for n in SIZES if n]:
        for a in (np.zeros((n, n)), np.ones((n, n)) - (n == 1), np.diag(np.arange(n))):
            status, f = call(library, "lu", n, a.astype(TYPES[suffix]), out=(n + 1, n))
            lower, upper, p = unpacked(f)
            np.testing.assert_array_equal(lower @ upper @ p, a)
            b = np.ones((n, 2), TYPES[suffix])
            assert status == OK
            assert call(library, "lu_solve", n, 2, f, b, out=(n, 2))[0] == SINGULAR
            assert call(library, "lu_solve_t", n, 2, f, b, out=(n, 2))[0] == SINGULAR
            assert call(library, "lu_inverse", n, f, out=(n, n))[0] == SINGULAR
            assert call(library, "lu_det", n, f, out=(1,))[1][0] == 0
            np.testing.assert_array_equal(call(library, "lu_slogdet", n, f, out=(2,))[1], [0, -np.inf])


@EVERY
@pytest.mark.parametrize("kind", ["random", "permuted", "tied"])
def test_determinants(library: ctypes.CDLL, suffix: str, kind: str) -> None:
    for n in SIZES:
        a = matrix(kind, n, suffix)
        f = call(library, "lu", n, a.astype(TYPES[suffix]), out=(n + 1, n))[1]
        sign, log = np.linalg.slogdet(a)
        got = call(library, "lu_slogdet", n, f, out=(2,))[1]
        logs = np.abs(np.log(np.abs(np.diag(f)))).sum()
        error = n * np.finfo(TYPES[suffix]).eps * (logs + np.linalg.cond(a)) if n else 0.0
        assert got[0] == sign
        assert abs(got[1] - log) <= error
        with np.errstate(over="ignore", under="ignore"):
            want = TYPES[suffix](np.linalg.det(a))
        np.testing.assert_allclose(call(library, "lu_det", n, f, out=(1,))[1][0], want, rtol=error + 1e-12)


@EVERY
def test_determinants_beyond_the_range_of_numbers(library: ctypes.CDLL, suffix: str) -> None:
    big, n = TYPES[suffix](1e30), 1000
    for d in (np.full(n, big), np.full(n, 1 / big), np.r_[np.full(n // 2, big), np.full(n // 2, 1 / big)]):
        f = call(library, "lu", n, np.diag(d), out=(n + 1, n))[1]
        want = np.log(d.astype(np.float64)).sum()
        error = 100 * n * np.finfo(TYPES[suffix]).eps * 70
        np.testing.assert_allclose(call(library, "lu_slogdet", n, f, out=(2,))[1], [1, want], rtol=1e-4, atol=error)
        with np.errstate(over="ignore", under="ignore"):
            close = TYPES[suffix](np.exp(want))
        np.testing.assert_allclose(call(library, "lu_det", n, f, out=(1,))[1][0], close, rtol=10 * error)


@EVERY
@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=3)), ids=str)
def test_triangular_solve_reads_one_triangle(library: ctypes.CDLL, suffix: str, flags: tuple[bool, bool, bool]) -> None:
    lower, transposed, unit = flags
    for n, k in itertools.product(SIZES, [0, 1, 3, 8, 70]):
        rng = np.random.default_rng(n)
        t = (rng.normal(size=(n, n)) / max(1, n) + 2 * np.eye(n)).astype(TYPES[suffix])
        b = rng.normal(size=(n, k)).astype(TYPES[suffix])
        kept = np.tril(np.ones((n, n), bool), -unit) if lower else np.triu(np.ones((n, n), bool), int(unit))
        whole = np.where(kept, t.astype(np.float64), 0) + unit * np.eye(n)
        given = np.where(kept, t, np.nan).astype(TYPES[suffix])
        status, x = call(library, "triangular_solve", n, k, lower, transposed, unit, given, b, out=(n, k))
        assert status == OK
        np.testing.assert_allclose((whole.T if transposed else whole) @ x, b, rtol=0, atol=8 * bound(suffix, whole, x))


@EVERY
def test_triangular_solve_finds_a_zero_on_the_diagonal(library: ctypes.CDLL, suffix: str) -> None:
    for n in [n for n in SIZES if n]:
        t, b = np.eye(n, dtype=TYPES[suffix]), np.ones((n, 1), TYPES[suffix])
        t[n - 1, n - 1] = 0
        assert call(library, "triangular_solve", n, 1, True, False, False, t, b, out=(n, 1))[0] == SINGULAR
        status, x = call(library, "triangular_solve", n, 1, True, False, True, t, b, out=(n, 1))
        assert (status, x.tolist()) == (OK, b.tolist())


@EVERY
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_ends_and_shows(library: ctypes.CDLL, suffix: str, value: float) -> None:
    for n in [n for n in SIZES if n]:
        for i, j in {(0, 0), (n // 2, n - 1), (n - 1, n - 1)}:
            a = matrix("random", n, suffix).astype(TYPES[suffix])
            a[i, j] = value
            f = call(library, "lu", n, a, out=(n + 1, n))[1]
            assert sorted(set(f[n]) - set(range(n))) == []
            if np.isnan(value):
                assert np.isnan(call(library, "lu_inverse", n, f, out=(n, n))[1]).any()
                assert np.isnan(call(library, "lu_slogdet", n, f, out=(2,))[1][1])
                assert np.isnan(call(library, "lu_det", n, f, out=(1,))[1][0])


def test_the_sanitizers_find_nothing(build: Build) -> None:
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    probe = ["gcc", *sanitize, "-xc", "-", "-o", "/dev/null"]
    empty = "int main(void) { return 0; }\n"
    if subprocess.run(probe, input=empty, text=True, capture_output=True, check=False).returncode:
        pytest.skip("needs gcc with its sanitizers")
    text = Path(__file__).with_name("factor_exact.c").read_text()
    program = build(text, [*NATIVE, "-O1", *sanitize], suffix="")
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
