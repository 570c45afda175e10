"""runtime/gg_qr.h against numpy.linalg.qr, signs included."""

from __future__ import annotations

import ctypes
import itertools

import numpy as np
import pytest

from tests.runtime.matrices import OK, TYPES, Array, Load, call, driver

pytestmark = pytest.mark.slow

SIZES = [0, 1, 2, 3, 5, 8, 17, 40]
KNOWN = [3, 8]
EVERY = pytest.mark.parametrize("suffix", TYPES)
COMPLETE = pytest.mark.parametrize("complete", [False, True], ids=["reduced", "complete"])


@pytest.fixture(scope="module", params=[(), KNOWN], ids=["any size", "known sizes"])
def library(request: pytest.FixtureRequest, load: Load) -> ctypes.CDLL:
    return load(driver("gg_qr.h", ["qr"], request.param))


def qr(library: ctypes.CDLL, a: Array, complete: bool) -> tuple[Array, Array]:
    m, n = a.shape
    columns = m if complete else min(m, n)
    status, flat = call(library, "qr", m, n, complete, a, out=(m * columns + columns * n,), work=m * n + m + n)
    assert status == OK
    return flat[: m * columns].reshape(m, columns), flat[m * columns :].reshape(columns, n)


@EVERY
@COMPLETE
def test_qr_is_numpys(library: ctypes.CDLL, suffix: str, complete: bool) -> None:
    for m, n in itertools.product(SIZES, SIZES):
        a = np.random.default_rng(100 * m + n).normal(size=(m, n)).astype(TYPES[suffix])
        q, r = qr(library, a, complete)
        want_q, want_r = np.linalg.qr(a.astype(np.float64), "complete" if complete else "reduced")
        error = 1000 * np.finfo(TYPES[suffix]).eps
        np.testing.assert_allclose(r, want_r, rtol=0, atol=error * max(1, m))
        assert (np.tril(r, -1) == 0).all()
        np.testing.assert_allclose(q @ r, a, rtol=0, atol=error)
        np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), rtol=0, atol=error)
        if m >= n:  # beyond R's rows, and where R is not triangular to the end, Q's columns are less well determined
            np.testing.assert_allclose(q[:, :n], want_q[:, :n], rtol=0, atol=error * 100)


@EVERY
@COMPLETE
@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
def test_deficient_columns_and_extreme_ones(library: ctypes.CDLL, suffix: str, complete: bool, scale: float) -> None:
    columns = [[0, 0, 0, 0], [1, 0, 0, 0], [-2, 0, 0, 0], [0, 3, 0, 4], [0, 6, 0, 8]]
    for order in itertools.permutations(columns, 3):
        a = (scale * np.array(order).T).astype(TYPES[suffix])
        q, r = qr(library, a, complete)
        error = 50 * np.finfo(TYPES[suffix]).eps
        np.testing.assert_allclose(q @ r / scale, a / scale, rtol=0, atol=10 * error)
        np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), rtol=0, atol=error)


@EVERY
def test_diagonals_keep_their_signs_as_in_lapack(library: ctypes.CDLL, suffix: str) -> None:
    a = np.diag([2.0, -3.0, 0.0, 5.0]).astype(TYPES[suffix])
    q, r = qr(library, a, False)
    want_q, want_r = np.linalg.qr(a)
    np.testing.assert_array_equal(r, want_r)
    np.testing.assert_array_equal(q, want_q)


@EVERY
def test_nan_flows_through(library: ctypes.CDLL, suffix: str) -> None:
    for m, n in [(3, 3), (8, 3), (2, 8)]:
        a = np.ones((m, n), TYPES[suffix])
        a[m - 1, 0] = np.nan
        q, r = qr(library, a, False)
        assert np.isnan(q).any()
        assert np.isnan(r).any()
