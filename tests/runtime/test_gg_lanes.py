"""runtime/gg_lanes.h: batches give what one call for each matrix gives, for every remainder of the lanes."""

from __future__ import annotations

import ctypes
import itertools

import numpy as np
import pytest

from tests.runtime.matrices import NOT_POSITIVE_DEFINITE, OK, SIGNATURES, SINGULAR, TYPES, Array, Load, call, driver

pytestmark = pytest.mark.slow

NAMES = ["cholesky", "lu", "lu_solve", "lu_solve_t", "lu_inverse", "triangular_solve"]
SIZES = [0, 1, 2, 3, 4, 6, 7, 8, 11, 12, 13]
COUNTS = [0, 1, 3, 8, 21]
KNOWN = [3]
EVERY = pytest.mark.parametrize("suffix", TYPES)


@pytest.fixture(scope="module", params=[(), KNOWN], ids=["any size", "known sizes"])
def library(request: pytest.FixtureRequest, load: Load) -> ctypes.CDLL:
    return load(driver("gg_lanes.h", NAMES, request.param, lanes=True))


def matrices(count: int, n: int, suffix: str) -> Array:
    """Some of them well away from singular, all in need of swaps."""
    rng = np.random.default_rng(1000 * n + count)
    a = rng.normal(size=(count, n, n))
    for each in a:
        each += 2 * n * np.eye(n)[rng.permutation(n)]
    return a.astype(TYPES[suffix])


def tolerance(suffix: str) -> float:
    return 1000 * float(np.finfo(TYPES[suffix]).eps)


@EVERY
def test_cholesky(library: ctypes.CDLL, suffix: str) -> None:
    for count, n in itertools.product(COUNTS, SIZES):
        a = matrices(count, n, suffix)
        a = a @ np.swapaxes(a, 1, 2) + np.eye(n, dtype=a.dtype)
        above = np.triu(np.full((n, n), np.nan, a.dtype), 1)
        status, got = call(library, "cholesky", count, n, np.tril(a) + above, out=(count, n, n))
        assert status == OK
        np.testing.assert_allclose(got, np.linalg.cholesky(a), rtol=tolerance(suffix), atol=tolerance(suffix))


@EVERY
def test_lu_and_its_uses(library: ctypes.CDLL, suffix: str) -> None:
    for count, n, k in itertools.product(COUNTS, SIZES, [0, 1, 5, 12, 13]):
        a = matrices(count, n, suffix)
        b = np.random.default_rng(k).normal(size=(count, n, k)).astype(a.dtype)
        status, f = call(library, "lu", count, n, a, out=(count, n + 1, n))
        exact = a.astype(np.float64)
        assert status == OK
        close = {"rtol": tolerance(suffix), "atol": tolerance(suffix)}
        status, x = call(library, "lu_solve", count, n, k, f, b, out=(count, n, k))
        assert status == OK
        np.testing.assert_allclose(exact @ x, b, **close)
        status, x = call(library, "lu_solve_t", count, n, k, f, b, out=(count, n, k))
        assert status == OK
        np.testing.assert_allclose(np.swapaxes(exact, 1, 2) @ x, b, **close)
        status, x = call(library, "lu_inverse", count, n, f, out=(count, n, n))
        assert status == OK
        np.testing.assert_allclose(exact @ x, np.broadcast_to(np.eye(n), a.shape), **close)


@EVERY
def test_lanes_give_the_factors_of_single_matrices(library: ctypes.CDLL, load: Load, suffix: str) -> None:
    single = load(driver("gg_factor.h", ["lu"]))
    for n in SIZES:
        a = np.random.default_rng(n).integers(-2, 3, size=(21, n, n)).astype(TYPES[suffix])  # ties, and singular ones
        got = call(library, "lu", 21, n, a, out=(21, n + 1, n))[1]
        want = np.array([call(single, "lu", n, each, out=(n + 1, n))[1] for each in a])
        regular = np.abs(np.linalg.det(a)) > 0.5  # of integers, so else it is 0
        np.testing.assert_allclose(got[regular], want[regular], rtol=tolerance(suffix), atol=tolerance(suffix))


@EVERY
@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=3)), ids=str)
def test_triangular_solve(library: ctypes.CDLL, suffix: str, flags: tuple[bool, bool, bool]) -> None:
    lower, transposed, unit = flags
    for count, n, k in itertools.product(COUNTS, SIZES, [1, 4, 13]):
        t = (matrices(count, n, suffix) / (4 * n + 1) + np.eye(n)).astype(TYPES[suffix])
        b = np.random.default_rng(k).normal(size=(count, n, k)).astype(t.dtype)
        kept = np.tril(np.ones((n, n), bool), -unit) if lower else np.triu(np.ones((n, n), bool), int(unit))
        whole = np.where(kept, t.astype(np.float64), 0) + unit * np.eye(n)
        given = np.where(kept, t, np.nan).astype(t.dtype)
        status, x = call(library, "triangular_solve", count, n, k, lower, transposed, unit, given, b, out=(count, n, k))
        assert status == OK
        got = (np.swapaxes(whole, 1, 2) if transposed else whole) @ x
        np.testing.assert_allclose(got, b, rtol=tolerance(suffix), atol=tolerance(suffix))


@EVERY
@pytest.mark.parametrize("failing", [0, 7, 20])
def test_one_failure_is_told(library: ctypes.CDLL, suffix: str, failing: int) -> None:
    for n in [n for n in SIZES if n]:
        a = np.tile(np.eye(n, dtype=TYPES[suffix]), (21, 1, 1))
        a[failing, n - 1, n - 1] = 0
        b = np.ones((21, n, 1), a.dtype)
        assert call(library, "cholesky", 21, n, a, out=(21, n, n))[0] == NOT_POSITIVE_DEFINITE
        assert call(library, "triangular_solve", 21, n, 1, True, False, False, a, b, out=(21, n, 1))[0] == SINGULAR
        status, f = call(library, "lu", 21, n, a, out=(21, n + 1, n))
        assert status == OK
        for name in ("lu_solve", "lu_solve_t"):
            assert call(library, name, 21, n, 1, f, b, out=(21, n, 1))[0] == SINGULAR
        assert call(library, "lu_inverse", 21, n, f, out=(21, n, n))[0] == SINGULAR


def test_every_function_of_the_header_is_tested() -> None:
    assert set(NAMES) == set(SIGNATURES) - {"lu_det", "lu_slogdet", "qr"}
