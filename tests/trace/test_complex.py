"""Complex numbers in compiled functions: the same function on NumPy's arrays is what it is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.compiler import find_compiler
from gradgen.trace import flatten

NEEDS_COMPILER = pytest.mark.skipif(find_compiler() is None, reason="no C compiler")
RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=4), RNG.normal(size=4)
A, B = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))


def ways_in(x: Any, y: Any) -> Any:
    """From everything that a complex number can come from."""
    return {
        "imaginary": x * 1j,
        "scalar": np.complex128(1 - 2j) * x,
        "array": x + np.array([1j, 2.0, 3 - 1j, 0]),
        "sum": x + 1j * y,
        "astype": x.astype(complex),
        "list": np.array([x[0], 1j * x[1], 2.0]),
        "dtype": np.array([x[0], x[1]], dtype=complex),
        "asarray": np.asarray(x, dtype=complex),
        "like": np.full_like(x, 2j, dtype=complex) * x,
        "zeros": np.zeros(4, complex) + x,
        "power": 1j**x,
        "root": np.sqrt(x.astype(complex)),
        "unit": np.exp(1j * x),
        "number": x[0] * 1j,
        "constant": 3 - 2j,
    }


def arithmetic(x: Any, y: Any) -> Any:
    z, w = x + 1j * y, np.exp(1j * x) - 0.3 * y
    return {
        "sums": (z + w, z + 1.0, 2j + z, z - w, 1.0 - z, -z, +z),
        "products": (z * w, z * x, 2j * z, x * z, z * 0.0),
        "quotients": (z / w, z / x, x / z, 1j / z, z / 2j, 1 / z),
        "powers": (z**2, z**0, z**3, z**-2, z**0.5, z**w, 2.0**z, x**2 * z, z ** (1 + 2j)),
        "compared": (z == w, z == z, z != w, (z * 0.0) == 0.0),
        "parts": (z.real, z.imag, z.conj(), np.conj(z), z.conjugate(), np.abs(z), abs(z), np.angle(z)),
        "angle": np.angle(z, deg=True),
        "methods": (z.T, z.sum(), z.mean(), z.prod(), z.cumsum(), z.std(), z.var(), z.dot(w), z.reshape(2, 2).trace()),
        "products of vectors": (z @ w, np.vdot(z, w), z @ x, x @ z, np.outer(z, w), np.einsum("i,j->ij", z, w)),
    }


def stores(x: Any, y: Any) -> Any:
    out = np.zeros(5, dtype=complex)
    out[0] = 1j * x[0]
    out[1:] = y
    out[2] *= 1j
    out[3:].real = x[:2]
    view = out[1:3]
    out.imag = out.imag + 1.0
    rows = np.stack([x, y]).astype(complex)
    rows[:, 1] += 1j * x[:2]
    rows[rows.real > 0.2] *= 2.0
    return out, view, rows, out[::-1], out[[3, 0]], out[np.array([1, 4])]


def matrices(a: Any, b: Any) -> Any:
    z = a + 1j * b + 3.0 * np.eye(3)
    right = b[0] - 1j * a[0]
    return {
        "products": (z @ z, z @ right, a @ z, z @ b, z.conj().T @ z, np.linalg.matrix_power(z, 3)),
        "inverse": np.linalg.inv(z),
        "solutions": (
            np.linalg.solve(z, right),
            np.linalg.solve(z, b),
            np.linalg.solve(a, z),
            np.linalg.solve(z, a @ z),
        ),
        "stacks": (np.linalg.inv(np.stack([z, 2j * z])), np.linalg.solve(np.stack([z, 2j * z]), z)),
        "norms": [np.linalg.norm(z, order) for order in (None, "fro", 1, np.inf)],
        "norms of vectors": [np.linalg.norm(right, order) for order in (None, 0, 1, 2, 3, np.inf, -np.inf)],
        "norms along": (np.linalg.norm(z, axis=1), np.linalg.norm(z, axis=0, keepdims=True)),
        "trace": np.trace(z),
        "parts": (z.real.T, np.tril(z), np.diag(z), np.diag(right)),
    }


PROGRAMS = [(ways_in, (X, Y)), (arithmetic, (X, Y)), (stores, (X, Y)), (matrices, (A, B))]


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=NEEDS_COMPILER)])
@pytest.mark.parametrize(("program", "arguments"), PROGRAMS, ids=[program.__name__ for program, _ in PROGRAMS])
def test_numpys_numbers_and_dtypes(program: Any, arguments: Any, backend: str) -> None:
    got = gg.compile(program, backend=backend)(*arguments)
    results, tree = flatten(got)
    expected, structure = flatten(program(*arguments))
    assert tree == structure
    for path, one, other in zip(tree.paths(), results, expected, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype, path
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-14, err_msg=str(path))


def test_float32_gives_complex64() -> None:
    def f(x: Any) -> Any:
        z = np.exp(1j * x) / (2 + x)
        return z, np.abs(z), np.sqrt(z), z**0.5, z * np.float32(2), z.astype(np.complex128), x.astype(np.complex64)

    x = X.astype(np.float32)
    for one, other in zip(gg.compile(f)(x), f(x), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=3e-6)


def test_sizes_by_name() -> None:
    def f(x: Any) -> Any:
        z = np.exp(1j * x)
        return z * z[0], z[1:] - z[:-1], np.vdot(z, z), z.mean()

    lowered = gg.compile(f).lower(gg.f64["n"])
    assert "complex" not in lowered.source
    results = flatten([value for z in f(X) for value in ((z.real, z.imag))])[0]
    for one, other in zip(lowered.compile()(X), results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-15)


def test_large_arrays_from_outside_are_read_anew() -> None:
    table = np.exp(1j * np.arange(3000.0))
    f = gg.compile(lambda x: np.sum(x * table))
    assert np.isclose(f(2.0), 2.0 * table.sum())
    table[:] = 1 + 2j
    assert f(2.0) == 6000 + 12000j


def test_results_nest_and_keep_their_kind() -> None:
    result = gg.compile(lambda x: {"a": (1j * x, x), "b": [np.exp(1j * x[0])]})(X)
    assert result["a"][0].dtype == np.complex128
    assert result["a"][0].shape == (4,)
    assert result["a"][1].dtype == np.float64
    assert type(result["b"][0]) is np.complex128


def test_an_infinite_part_leaves_the_other_as_it_is() -> None:
    z = gg.compile(lambda x, y: x + 1j * y)(np.array([np.inf, 1.0]), np.array([2.0, -np.inf]))
    assert z[0].imag == 2.0
    assert z[1].real == 1.0


def test_no_more_work_than_needed() -> None:
    """A part that is zero by its making is not computed with."""
    source = gg.compile(lambda x: np.abs(np.exp(1j * x) * 2.0)).lower(gg.f64[3]).source
    assert "gg_exp" not in source
    power = gg.compile(lambda x: np.sum((np.exp(1j * x) * np.exp(-1j * x)).real)).lower(gg.f64[3]).source
    assert power.count("gg_cos") <= 2


def test_vmap_stop_gradient_and_transforms_within() -> None:
    z = gg.vmap(lambda x: np.exp(1j * x) * x)(A)
    np.testing.assert_allclose(z, np.exp(1j * A) * A)
    still = gg.grad(lambda x: np.abs(x * gg.stop_gradient(x * (3 + 4j))))(2.0)
    assert np.isclose(still, 10.0)
    inner = gg.compile(gg.grad(lambda x: np.abs(gg.compile(lambda t: t + 2j * t)(x))))(2.0)
    assert np.isclose(inner, np.sqrt(5.0))
