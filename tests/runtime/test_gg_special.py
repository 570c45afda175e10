"""runtime/gg_special.h against SciPy, over the ranges that a likelihood meets and at the edges."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import pytest
import scipy.special

DRIVER = """
#include "gg_special.h"
#define ONE(name, type, suffix) \\
    void name##_##type(int n, const type *x, type *out) \\
    { for (int i = 0; i < n; ++i) out[i] = gg_##name##suffix(x[i]); }
#define TWO(name, type, suffix) \\
    void name##_##type(int n, const type *k, const type *x, type *out) \\
    { for (int i = 0; i < n; ++i) out[i] = gg_##name##suffix(k[i], x[i]); }
ONE(digamma, double, ) ONE(digamma, float, f) ONE(erfinv, double, ) ONE(erfinv, float, f)
TWO(polygamma, double, ) TWO(polygamma, float, f)
"""
TYPES = {"double": np.float64, "float": np.float32}
INF, NAN = np.inf, np.nan


@pytest.fixture(scope="module")
def special_h(build: Callable[..., str]) -> ctypes.CDLL:
    return ctypes.CDLL(str(build(DRIVER, ["-O2"])))


def apply(library: ctypes.CDLL, name: str, kind: str, *operands: np.ndarray) -> np.ndarray:
    arrays = [np.ascontiguousarray(operand, TYPES[kind]) for operand in operands]
    out = np.empty_like(arrays[0])
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (*arrays, out)]
    getattr(library, f"{name}_{kind}")(ctypes.c_int(out.size), *pointers)
    return out


def error(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), np.finfo(float).tiny)))


POINTS = np.concatenate([np.geomspace(1e-10, 1e10, 4001), np.linspace(0.01, 40.0, 4001)])
NEGATIVE = -np.linspace(0.013, 29.87, 3001)


def test_digamma_of_positive_numbers(special_h: ctypes.CDLL) -> None:
    assert error(apply(special_h, "digamma", "double", POINTS), scipy.special.digamma(POINTS)) < 1e-14


def test_digamma_at_its_root(special_h: ctypes.CDLL) -> None:
    """There scipy is exact as well; both must have their digits from the distance to the root."""
    near = 1.4616321449683623 + np.concatenate([-np.geomspace(1e-12, 0.1, 99), np.geomspace(1e-12, 0.1, 99)])
    assert error(apply(special_h, "digamma", "double", near), scipy.special.digamma(near)) < 1e-13


def test_digamma_of_negative_numbers(special_h: ctypes.CDLL) -> None:
    """Near its roots there only to the scale of the two terms that cancel."""
    found, expected = apply(special_h, "digamma", "double", NEGATIVE), scipy.special.digamma(NEGATIVE)
    assert np.max(np.abs(found - expected) / (1 + np.abs(expected))) < 1e-12


@pytest.mark.parametrize("n", range(7))
def test_polygamma(special_h: ctypes.CDLL, n: int) -> None:
    x = np.concatenate([np.geomspace(1e-3, 1e6, 2001), np.linspace(0.05, 30.0, 2001)])
    found = apply(special_h, "polygamma", "double", np.full_like(x, n), x)
    assert error(found, scipy.special.polygamma(n, x)) < 1e-13


def test_polygamma_of_negative_numbers(special_h: ctypes.CDLL) -> None:
    """By the reflection of its even orders: psi'(1 - x) + psi'(x) = pi^2 / sin(pi x)^2."""
    x = np.linspace(0.03, 0.97, 95) + 3
    one = np.ones_like(x)
    found = apply(special_h, "polygamma", "double", one, 1 - x) + apply(special_h, "polygamma", "double", one, x)
    assert error(found, (np.pi / np.sin(np.pi * x)) ** 2) < 1e-12


def test_erfinv(special_h: ctypes.CDLL) -> None:
    x = np.concatenate(
        [np.linspace(-0.9999, 0.9999, 8001), 1 - np.geomspace(1e-16, 0.2, 2001), np.geomspace(1e-300, 1, 99)]
    )
    x = x[np.abs(x) < 1]
    assert error(apply(special_h, "erfinv", "double", x[x != 0]), scipy.special.erfinv(x[x != 0])) < 2e-14
    found = apply(special_h, "erfinv", "double", np.linspace(-0.9, 0.9, 999))
    np.testing.assert_allclose(scipy.special.erf(found), np.linspace(-0.9, 0.9, 999), rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("digamma", [0.0, -0.0, -1.0, -7.0, INF, -INF, NAN], [-INF, INF, NAN, NAN, INF, NAN, NAN]),
        ("erfinv", [0.0, 1.0, -1.0, 1.5, -2.0, NAN], [0.0, INF, -INF, NAN, NAN, NAN]),
    ],
)
def test_edges(special_h: ctypes.CDLL, name: str, x: list[float], expected: list[float], kind: str) -> None:
    np.testing.assert_array_equal(apply(special_h, name, kind, np.array(x)), np.array(expected, TYPES[kind]))


def test_single_precision(special_h: ctypes.CDLL) -> None:
    x = np.linspace(0.05, 20, 999, dtype=np.float32)
    np.testing.assert_allclose(
        apply(special_h, "digamma", "float", x), scipy.special.digamma(x.astype(float)), rtol=2e-7
    )
    y = np.linspace(-0.99, 0.99, 999, dtype=np.float32)
    np.testing.assert_allclose(apply(special_h, "erfinv", "float", y), scipy.special.erfinv(y.astype(float)), rtol=2e-7)
    two = np.full_like(x, 2)
    expected = scipy.special.polygamma(2, x.astype(float))
    np.testing.assert_allclose(apply(special_h, "polygamma", "float", two, x), expected, rtol=2e-7)
