"""runtime/gg_products.h against NumPy: every remainder of size, both types, nothing touched beyond operands."""

from __future__ import annotations

import ctypes
import itertools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runtime.conftest import NATIVE, Build

pytestmark = pytest.mark.slow

Array = np.ndarray
Load = Callable[[str], ctypes.CDLL]
TYPES = {"": np.float64, "f": np.float32}
SIZES = range(21)
# The sums of at most 500 products, in another order than NumPy's.
TOLERANCE = {"": 1e-12, "f": 1e-4}
FENCE = 12345.0

DRIVER = """#include "gg_products.h"
#define BOTH(F) F(double, ) F(float, f)
#define F(real, f) \\
    real p_dot##f(ptrdiff_t n, const real *x, const real *y); \\
    real p_dot##f(ptrdiff_t n, const real *x, const real *y) { return gg_dot##f(n, x, y); } \\
    void p_axpy##f(ptrdiff_t n, real a, const real *x, real *y); \\
    void p_axpy##f(ptrdiff_t n, real a, const real *x, real *y) { gg_axpy##f(n, a, x, y); }
BOTH(F)
#define MATRIX_VECTOR(name, real) \\
    void p_##name(ptrdiff_t m, ptrdiff_t n, const real *A, ptrdiff_t lda, const real *x, real *y); \\
    void p_##name(ptrdiff_t m, ptrdiff_t n, const real *A, ptrdiff_t lda, const real *x, real *y) \\
    { gg_##name(m, n, A, lda, x, y); }
MATRIX_VECTOR(gemv, double) MATRIX_VECTOR(gemvf, float)
MATRIX_VECTOR(gemv_t_add, double) MATRIX_VECTOR(gemv_t_addf, float)
#define MATRIX_MATRIX(name, real) \\
    void p_##name(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const real *A, ptrdiff_t lda, const real *B, ptrdiff_t ldb, \\
                  real *C, ptrdiff_t ldc); \\
    void p_##name(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const real *A, ptrdiff_t lda, const real *B, ptrdiff_t ldb, \\
                  real *C, ptrdiff_t ldc) \\
    { gg_##name(m, n, k, A, lda, B, ldb, C, ldc); }
MATRIX_MATRIX(gemm_add, double) MATRIX_MATRIX(gemm_addf, float)
MATRIX_MATRIX(gemm_tn_add, double) MATRIX_MATRIX(gemm_tn_addf, float)
MATRIX_MATRIX(gemm_nt_add, double) MATRIX_MATRIX(gemm_nt_addf, float)
"""

# A constant size, as generated code has it: inlined, the kernels become other code.
CONSTANT = """#include "gg_products.h"
#define N(n) \\
    void gemv_##n(const double *A, const double *x, double *y); \\
    void gemv_##n(const double *A, const double *x, double *y) { gg_gemv(7, n, A, n, x, y); } \\
    void gemv_t_add_##n(const double *A, const double *x, double *y); \\
    void gemv_t_add_##n(const double *A, const double *x, double *y) { gg_gemv_t_add(7, n, A, n, x, y); } \\
    void gemm_add_##n(const double *A, const double *B, double *C); \\
    void gemm_add_##n(const double *A, const double *B, double *C) { gg_gemm_add(n, n, n, A, n, B, n, C, n); }
N(1) N(2) N(3) N(4) N(5) N(6) N(7) N(8) N(9) N(12) N(16) N(17) N(24) N(33)
"""


@pytest.fixture(scope="module")
def products(load: Load) -> ctypes.CDLL:
    return load(DRIVER)


def fenced(rows: int, columns: int, dtype: type, *, gap: int = 3, seed: int = 0) -> Array:
    """Random numbers as a view into NaN: a kernel that reads beyond a row has NaN in its result."""
    whole: Array = np.full((rows + 1, columns + gap), np.nan, dtype)
    whole[:rows, :columns] = np.random.default_rng(seed).normal(size=(rows, columns))
    return whole[:rows, :columns]


def result(rows: int, columns: int, dtype: type, gap: int = 3) -> tuple[Array, Array]:
    """A result to add to, and the whole array it lies in, for `assert_fence`."""
    whole: Array = np.full((rows + 1, columns + gap), FENCE, dtype)
    whole[:rows, :columns] = np.arange(rows * columns).reshape(rows, columns) % 5
    return whole[:rows, :columns], whole


def assert_fence(whole: Array, rows: int, columns: int) -> None:
    outside = np.ones(whole.shape, bool)
    outside[:rows, :columns] = False
    assert (whole[outside] == FENCE).all()


def argument(value: object) -> object:
    if isinstance(value, np.ndarray):
        return ctypes.c_void_p(value.ctypes.data)
    return ctypes.c_ssize_t(value) if isinstance(value, int) else value


def call(library: ctypes.CDLL, name: str, *arguments: object) -> Any:
    return getattr(library, name)(*map(argument, arguments))


def stride(matrix: Array) -> int:
    return matrix.strides[0] // matrix.itemsize


@pytest.mark.parametrize("suffix", TYPES)
def test_dot_and_axpy(products: ctypes.CDLL, suffix: str) -> None:
    real = ctypes.c_float if suffix else ctypes.c_double
    getattr(products, f"p_dot{suffix}").restype = real
    for n in [*range(70), 500]:
        x, y = fenced(1, n, TYPES[suffix])[0], fenced(1, n, TYPES[suffix], seed=1)[0]
        got = call(products, f"p_dot{suffix}", n, x, y)
        np.testing.assert_allclose(got, float(x @ y), atol=TOLERANCE[suffix] * 10)
        out, whole = result(1, n, TYPES[suffix])
        want = out[0] + 2.5 * x
        call(products, f"p_axpy{suffix}", n, real(2.5), x, out)
        np.testing.assert_allclose(out[0], want, rtol=TOLERANCE[suffix])
        assert_fence(whole, 1, n)


@pytest.mark.parametrize("suffix", TYPES)
def test_gemv_for_every_remainder(products: ctypes.CDLL, suffix: str) -> None:
    for m, n in [*itertools.product(SIZES, SIZES), (64, 30), (64, 50), (5, 500), (64, 129)]:
        A, x = fenced(m, n, TYPES[suffix]), fenced(1, n, TYPES[suffix], seed=1)[0]
        y, whole = result(1, m, TYPES[suffix])
        call(products, f"p_gemv{suffix}", m, n, A, stride(A), x, y)
        np.testing.assert_allclose(y[0], A @ x, rtol=TOLERANCE[suffix], atol=TOLERANCE[suffix])
        assert_fence(whole, 1, m)


@pytest.mark.parametrize("suffix", TYPES)
def test_gemv_t_add_for_every_remainder(products: ctypes.CDLL, suffix: str) -> None:
    for m, n in [*itertools.product(SIZES, SIZES), (64, 30), (64, 50), (5, 500), (64, 129), (7, 128), (4, 192)]:
        A, x = fenced(m, n, TYPES[suffix]), fenced(1, m, TYPES[suffix], seed=1)[0]
        y, whole = result(1, n, TYPES[suffix])
        want = y[0] + A.T @ x
        call(products, f"p_gemv_t_add{suffix}", m, n, A, stride(A), x, y)
        np.testing.assert_allclose(y[0], want, rtol=TOLERANCE[suffix], atol=TOLERANCE[suffix])
        assert_fence(whole, 1, n)


FEW = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 33]
LARGE = [(64, 64, 64), (10, 70, 130), (3, 5, 200), (33, 31, 65)]


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", ["gemm_add", "gemm_tn_add", "gemm_nt_add"])
def test_gemm_for_every_remainder(products: ctypes.CDLL, name: str, suffix: str) -> None:
    for m, n, k in [*itertools.product(FEW, FEW, FEW), *LARGE]:
        A = fenced(k, m, TYPES[suffix]) if name == "gemm_tn_add" else fenced(m, k, TYPES[suffix])
        B = fenced(n, k, TYPES[suffix], seed=1) if name == "gemm_nt_add" else fenced(k, n, TYPES[suffix], seed=1)
        C, whole = result(m, n, TYPES[suffix])
        want = C + (A.T if name == "gemm_tn_add" else A) @ (B.T if name == "gemm_nt_add" else B)
        call(products, f"p_{name}{suffix}", m, n, k, A, stride(A), B, stride(B), C, stride(C))
        np.testing.assert_allclose(C, want, rtol=TOLERANCE[suffix], atol=TOLERANCE[suffix])
        assert_fence(whole, m, n)


def test_constant_sizes(load: Load) -> None:
    library = load(CONSTANT)
    for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 24, 33):
        A, B, x = fenced(7, n, np.float64, gap=0), fenced(n, n, np.float64, gap=0), fenced(1, n, np.float64)[0]
        s, y, g, C = fenced(1, 7, np.float64)[0], np.empty(7), np.ones(n), np.ones((n, n))
        call(library, f"gemv_{n}", A, x, y)
        call(library, f"gemv_t_add_{n}", A, s, g)
        call(library, f"gemm_add_{n}", B, B, C)
        np.testing.assert_allclose(y, A @ x, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(g, 1 + A.T @ s, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(C, 1 + B @ B, rtol=1e-12, atol=1e-12)


def test_infinities_and_nan_stay_in_their_rows(products: ctypes.CDLL) -> None:
    for n in range(1, 20):
        A, x, y = np.ones((6, n)), np.ones(n), np.empty(6)
        A[1, -1], A[2, 0], A[4, n // 2] = np.inf, -np.inf, np.nan
        call(products, "p_gemv", 6, n, A, n, x, y)
        np.testing.assert_array_equal(y, [n, np.inf, -np.inf, n, np.nan, n])


@pytest.mark.parametrize("n", [3, 30, 50])
def test_bits_depend_on_neither_alignment_nor_the_place_of_a_row(products: ctypes.CDLL, n: int) -> None:
    row, x, seen = fenced(1, n, np.float64)[0], fenced(1, n, np.float64, seed=1)[0], set()
    for offset in range(8):
        A, y = np.empty(7 * n + 8)[offset:], np.empty(7)
        A[: 7 * n].reshape(7, n)[:] = row
        call(products, "p_gemv", 7, n, A, n, x, y)
        seen.update(y.tolist())
    assert len(seen) == 1


def test_the_address_sanitizer_finds_nothing(build: Build) -> None:
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    text = "int main(void) { return 0; }\n"
    probe = Path(__file__).with_name("products_exact.c")
    if (
        shutil.which("gcc") is None
        or subprocess.run(
            ["gcc", *sanitize, "-xc", "-", "-o", "/dev/null"], input=text, text=True, capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("needs gcc with its sanitizers")
    program = build(probe.read_text(), [*NATIVE, "-O1", *sanitize], suffix="")
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
