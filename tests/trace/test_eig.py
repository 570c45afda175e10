"""Eigenvalues and eigenvectors of general matrices: values, derivatives to second order, what is documented."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.errors import ShapeError, TraceError
from gradgen.native.compiler import find_compiler

pytestmark = pytest.mark.slow

rng = np.random.default_rng(7)
GENERAL = rng.normal(size=(4, 4))
STACK = np.stack([GENERAL, GENERAL @ GENERAL.T, rng.normal(size=(4, 4))])


def of_both(a: Any) -> Any:
    """Of values and vectors. The squares do not depend on the sign of a vector, which LAPACK leaves to chance."""
    w, v = np.linalg.eig(a)
    squares = v * v
    shared = np.sin(squares.real) + np.cos(2.0 * squares.imag) * w[..., None, :].real
    return np.sum(shared) + np.sum(np.sin(w.real) + w.imag**3)


def test_some_eigenvalues_are_complex() -> None:
    assert np.iscomplexobj(np.linalg.eigvals(GENERAL))


@pytest.mark.parametrize("a", [GENERAL, STACK, np.zeros((0, 0)), np.array([[3.0]])], ids=["one", "stack", "no", "1"])
def test_values_are_numpys(a: np.ndarray) -> None:
    w, v = gg.compile(lambda a: tuple(np.linalg.eig(a)), backend="numpy")(a)
    expected = np.linalg.eig(a)
    np.testing.assert_allclose(w, expected.eigenvalues, rtol=1e-14)
    np.testing.assert_allclose(v, expected.eigenvectors, rtol=1e-14)
    alone = gg.compile(np.linalg.eigvals, backend="numpy")(a)
    np.testing.assert_allclose(alone, w, rtol=1e-14)
    assert w.dtype == v.dtype == alone.dtype == np.complex128


@pytest.mark.parametrize("a", [GENERAL, STACK], ids=["one", "stack"])
def test_derivatives(a: np.ndarray) -> None:
    gg.check_grads(of_both, (a,), order=2, backend="numpy")


def test_third_derivative() -> None:
    gg.check_grads(lambda a: np.sum(np.linalg.eigvals(a).imag ** 4), (GENERAL[:3, :3],), order=3, backend="numpy")


def test_jacobians_agree_in_both_modes() -> None:
    def vectors(a: Any) -> Any:
        return np.linalg.eig(a)[1]

    forward, reverse = (mode(vectors, backend="numpy")(GENERAL) for mode in (gg.jacfwd, gg.jacrev))
    np.testing.assert_allclose(forward, reverse, rtol=0, atol=1e-12)


def test_vectors_keep_their_norm_and_a_real_component() -> None:
    direction = rng.normal(size=(4, 4))
    v, moved = gg.jvp(lambda a: np.linalg.eig(a)[1], (GENERAL,), (direction,), backend="numpy")
    np.testing.assert_allclose(np.sum(np.conj(v) * moved, axis=0).real, 0.0, atol=1e-14)
    largest = np.argmax(np.abs(v), axis=0)
    np.testing.assert_allclose(moved[largest, np.arange(4)].imag, 0.0, atol=1e-14)


@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_compiled_values_and_derivatives_are_those_of_the_numpy_backend() -> None:
    for a in (GENERAL, STACK):
        value, gradient = gg.value_and_grad(of_both)(a)
        wanted = gg.value_and_grad(of_both, backend="numpy")(a)
        assert value == pytest.approx(wanted[0], rel=1e-12)
        np.testing.assert_allclose(gradient, wanted[1], rtol=0, atol=1e-10)


@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_each_of_many_eigenvalues_has_its_own_derivative() -> None:
    """Of (1 + t) A they are (1 + t) w. LAPACK finds so many in another order if it is not asked for vectors."""
    a = rng.normal(size=(200, 200))
    w, moved = gg.jvp(np.linalg.eigvals, (a,), (a,))
    np.testing.assert_allclose(moved, w, rtol=1e-9)


def test_gradients_on_paper() -> None:
    total = gg.grad(lambda a: np.sum(np.linalg.eigvals(a)).real, backend="numpy")
    squares = gg.hessian(lambda a: np.sum(np.linalg.eigvals(a) ** 2).real, backend="numpy")
    np.testing.assert_allclose(total(GENERAL), np.eye(4), atol=1e-12)
    # tr A^2: 2 dA^T
    expected = 2.0 * np.einsum("il,jk->ijkl", np.eye(4), np.eye(4))
    np.testing.assert_allclose(squares(GENERAL), expected, atol=1e-10)


def test_coinciding_eigenvalues_with_all_their_vectors() -> None:
    """Functions of all of them are smooth there."""
    gradient = gg.grad(lambda a: np.sum(np.linalg.eigvals(a) ** 3).real, backend="numpy")(2.0 * np.eye(3))
    np.testing.assert_allclose(gradient, 12.0 * np.eye(3), atol=1e-12)


def test_float32_becomes_complex64() -> None:
    w, v = gg.compile(lambda a: tuple(np.linalg.eig(a)), backend="numpy")(GENERAL.astype(np.float32))
    assert w.dtype == v.dtype == np.complex64


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_what_is_not_finite_names_the_line(backend: str) -> None:
    if backend == "c" and find_compiler() is None:
        pytest.skip("needs a C compiler")

    def largest(a: Any) -> Any:
        return np.max(np.abs(np.linalg.eigvals(a)))

    with pytest.raises(np.linalg.LinAlgError, match=r"np\.linalg\.eigvals\(a\)"):
        gg.compile(largest, backend=backend)(np.full((2, 2), np.nan))


def test_what_has_no_eigenvalues() -> None:
    with pytest.raises(ShapeError, match="not a square matrix"):
        gg.compile(np.linalg.eigvals, backend="numpy")(np.zeros((2, 3)))
    with pytest.raises(TraceError, match="compile for a fixed size"):
        gg.compile(np.linalg.eigvals).lower(gg.f64["n", "n"])
