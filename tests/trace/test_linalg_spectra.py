"""`numpy.linalg` of eigenvalues and singular values: as NumPy in every size, and what is computed for derivatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.errors import ShapeError, TraceError

pytestmark = pytest.mark.slow


def drawn(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def symmetric(n: int) -> Any:
    """With eigenvalues between 1 and 2, and between -2 and -1."""
    q, steps = np.linalg.qr(drawn(n, n))[0], np.arange(n)
    return q * ((-1.0) ** steps * (1 + (steps + 1) / (n + 2))) @ q.T


def ops_of(compiled: Any, *args: Any) -> Counter[str]:
    compiled(*args)
    graph = compiled.lower(*args).graph
    return Counter(graph[identity].op.name for identity in graph.live())


# --- values, in every size -----------------------------------------------------------------------

SHAPES = [
    (0, 0),
    (1, 1),
    (0, 3),
    (3, 0),
    (1, 4),
    (4, 1),
    (2, 2),
    (5, 3),
    (3, 5),
    (40, 40),
    (50, 20),
    (20, 50),
    (2, 0, 3, 3),
]
OF_ALL: dict[str, Callable[[Any], Any]] = {
    "svd": lambda a: tuple(np.linalg.svd(a)),
    "thin": lambda a: tuple(np.linalg.svd(a, full_matrices=False)),
    "values": lambda a: np.linalg.svd(a, compute_uv=False),
    "svdvals": lambda a: np.linalg.svdvals(a),
    "pinv": lambda a: np.linalg.pinv(a),
    "rank": lambda a: np.linalg.matrix_rank(a),
    "norm": lambda a: np.linalg.norm(a, 2, axis=(-2, -1)),
    "nuclear": lambda a: np.linalg.norm(a, "nuc", axis=(-2, -1)),
}
OF_SQUARES: dict[str, Callable[[Any], Any]] = {
    "eigh": lambda a: tuple(np.linalg.eigh(a)),
    "upper": lambda a: tuple(np.linalg.eigh(a, "U")),
    "eigvalsh": lambda a: np.linalg.eigvalsh(a),
    "hermitian": lambda a: np.linalg.svd(a, hermitian=True, compute_uv=False),
    "hermitian pinv": lambda a: np.linalg.pinv(a, hermitian=True),
    "hermitian rank": lambda a: np.linalg.matrix_rank(a, hermitian=True),
}


def same(f: Callable[[Any], Any], a: Any, backend: str) -> None:
    """Values, dtypes, shapes, and the signs of vectors."""
    expected, found = f(a), gg.compile(f, backend=backend)(a)
    pairs = zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    slack = 2000 * np.finfo(a.dtype).eps
    for one, other in pairs:
        assert (np.asarray(one).dtype, np.shape(one)) == (np.asarray(other).dtype, np.shape(other))
        if a.dtype == np.float32:  # NumPy computes in float64: signs of vectors may differ
            one, other = np.abs(one), np.abs(other)
        scale = float(np.max(np.abs(other), initial=1.0))
        np.testing.assert_allclose(one, other, rtol=slack, atol=slack * scale)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", OF_ALL)
def test_of_any_matrix(name: str, dtype: Any) -> None:
    for shape in SHAPES:
        same(OF_ALL[name], drawn(*shape).astype(dtype), "c" if len(shape) == 2 else "numpy")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", OF_SQUARES)
def test_of_symmetric_matrices(name: str, dtype: Any) -> None:
    for n in (0, 1, 2, 5, 40):
        for backend in ("c", "numpy"):
            same(OF_SQUARES[name], symmetric(n).astype(dtype), backend)


def test_stacks() -> None:
    a = drawn(2, 1, 4, 3)
    for f in OF_ALL.values():
        same(f, a, "c")
    for f in OF_SQUARES.values():
        same(f, a @ np.swapaxes(a, -1, -2) + np.eye(4), "c")


def test_results_have_numpys_names() -> None:
    def f(a: Any) -> Any:
        decomposition, spectrum = np.linalg.svd(a), np.linalg.eigh(a + a.T)
        return decomposition.U @ decomposition.Vh, decomposition.S, spectrum.eigenvalues, spectrum.eigenvectors

    assert [np.shape(x) for x in gg.compile(f)(np.eye(3))] == [(3, 3), (3,), (3,), (3, 3)]
    returned = gg.compile(lambda a: np.linalg.svd(a))(np.eye(2))
    assert type(returned).__name__ == "SVDResult"


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (4, 2), (2, 4), (3, 3)])
@pytest.mark.parametrize("sides", [(), (2,), (0,)])
def test_least_squares(shape: tuple[int, int], sides: tuple[int, ...]) -> None:
    a, b = drawn(*shape), drawn(shape[0], *sides)
    found, expected = gg.compile(lambda a, b: np.linalg.lstsq(a, b))(a, b), np.linalg.lstsq(a, b)
    for one, other in zip(found, expected, strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


# --- what is computed ----------------------------------------------------------------------------


def test_the_gradient_of_eigenvalues_needs_no_derivative_of_vectors() -> None:
    counts = ops_of(gg.grad(lambda a: np.sum(np.linalg.eigh(a)[0] ** 3)), symmetric(4))
    assert (counts["eigh"], counts["divide"], counts["where"]) == (1, 0, 0)
    counts = ops_of(gg.grad(lambda a: np.sum(np.linalg.svd(a)[1] ** 3)), symmetric(4))
    assert (counts["svd"], counts["divide"], counts["where"]) == (1, 0, 0)


@pytest.mark.parametrize("transform", [gg.value_and_grad, gg.hessian])
def test_one_decomposition_for_all_derivatives(transform: Any) -> None:
    counts = ops_of(transform(lambda a: np.sum(np.sin(np.linalg.eigh(a)[1]) @ np.linalg.eigh(a)[0])), symmetric(3))
    assert counts["eigh"] == 1
    counts = ops_of(transform(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[2] ** 3)), symmetric(3)[:2])
    assert counts["svd"] == 1
    counts = ops_of(transform(lambda a: np.sum(np.linalg.pinv(a) ** 3)), symmetric(3)[:2])
    assert counts["svd"] == 1


@pytest.mark.parametrize(("f", "alone", "whole"), [
    (lambda a: np.sum(np.sqrt(np.linalg.eigvalsh(a))), "eigvalsh", "eigh"),
    (lambda a: np.sum(np.sqrt(np.linalg.svdvals(a))), "svdvals", "svd"),
])  # fmt: skip
def test_values_alone_are_computed_alone(f: Any, alone: str, whole: str) -> None:
    a = symmetric(3) @ symmetric(3).T + 20 * np.eye(3)
    counts = ops_of(gg.compile(f), a)
    assert (counts[alone], counts[whole]) == (1, 0)
    counts = ops_of(gg.value_and_grad(f), a)
    assert (counts[alone], counts[whole]) == (0, 1)


def test_products_of_many_matrices_are_made_in_the_cheapest_order() -> None:
    tall, x = drawn(30, 2), drawn(30)
    f = gg.compile(lambda a, x: np.linalg.multi_dot([a, a.T, a, a.T, x]))
    np.testing.assert_allclose(f(tall, x), np.linalg.multi_dot([tall, tall.T, tall, tall.T, x]), rtol=1e-12)
    graph = f.lower(tall, x).graph
    sizes = [np.prod(graph[i].type.shape) for i in graph.live() if graph[i].op.name == "contract"]
    assert max(sizes) == 30


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("name", ["eigh", "eigvalsh", "svd", "svdvals", "pinv"])
def test_what_does_not_converge_names_the_line(name: str, backend: str) -> None:
    f = {**OF_ALL, **OF_SQUARES}[name]
    with pytest.raises(np.linalg.LinAlgError, match=r"test_linalg_spectra\.py:\d+:  .*np\.linalg"):
        gg.compile(f, backend=backend)(np.full((4, 4), np.nan))


WRONG: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda a: np.linalg.eigh(a), ShapeError, r"not a square matrix"),
    (lambda a: np.linalg.eigvalsh(a[0]), ShapeError, r"not a square matrix"),
    (lambda a: np.linalg.svd(a[0]), ShapeError, r"not a matrix"),
    (lambda a: np.linalg.cond(a[:0]), ShapeError, r"it is empty"),
    (lambda a: np.linalg.cond(a, 1), ShapeError, r"not a square matrix"),
    (lambda a: np.linalg.lstsq(a, np.ones(4)), ShapeError, r"no least squares"),
    (lambda a: np.linalg.matrix_power(a, 2), ShapeError, r"not a square matrix"),
    (lambda a: np.linalg.multi_dot([a]), ShapeError, r"at least two"),
    (lambda a: np.linalg.tensorinv(a, 1), ShapeError, r"2 elements before axis 1 and 3"),
    (lambda a: np.linalg.tensorinv(a, 0), ShapeError, r"must be 1 or more"),
    (lambda a: np.linalg.tensorsolve(a, np.ones(2)), ShapeError, r"no system of equations"),
    (lambda a: np.linalg.norm(a, 7), TraceError, r"not a norm of matrices"),
    (lambda a: np.linalg.norm(a[None], 2), ShapeError, r"of 3 axes"),
]


@pytest.mark.parametrize(("f", "kind", "message"), WRONG)
def test_errors_name_the_operation_and_the_line(f: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=rf"linalg\.\w+: .*{message}.*\n  test_linalg_spectra\.py:\d+:  "):
        gg.compile(f)(np.ones((2, 3)))


# --- derivatives ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 33])
def test_derivatives_in_every_size(n: int) -> None:
    a = symmetric(n) + np.diag(10.0 * np.arange(n))
    for f in (
        lambda a: np.linalg.eigh(a + a.T)[1] ** 2,
        lambda a: np.linalg.svd(a)[0] ** 2,
        lambda a: np.linalg.norm(a, "nuc"),
        lambda a: np.linalg.slogdet(a @ a.T + np.eye(len(a)))[1],
    ):
        gg.check_grads(f, [a], rtol=1e-5, atol=1e-5, eps=1e-4)


def test_vmap_and_jacobian() -> None:
    a = drawn(3, 4, 2)
    f = lambda a: np.linalg.svd(a, full_matrices=False)[0] ** 2  # noqa: E731
    each = [gg.jacobian(f)(x) for x in a]
    np.testing.assert_allclose(gg.vmap(gg.jacobian(f))(a), each, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        gg.jacfwd(f)(a[0]) if hasattr(gg, "jacfwd") else each[0], each[0], rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("n", [1, 4, 40])
def test_sizes_known_at_the_call_only(n: int) -> None:
    a = symmetric(n)
    for f in (
        lambda a: np.sum(np.linalg.eigh(a)[1] ** 4),
        lambda a: np.sum(np.linalg.eigvalsh(a) ** 3),
        lambda a: np.linalg.det(a),
    ):
        value, gradient = gg.value_and_grad(f)(a)
        found = gg.value_and_grad(f).lower(gg.f64["n", "n"]).compile()(a)
        np.testing.assert_allclose(found[0], value, rtol=1e-12)
        np.testing.assert_allclose(found[1], gradient, rtol=1e-9, atol=1e-12)


def test_many_coincident_values() -> None:
    x, v = drawn(60), drawn(60)[::-1]
    of = gg.hvp(lambda x: np.linalg.norm(np.outer(x, x), 2))
    np.testing.assert_allclose(of(x, v), 2 * v, rtol=1e-10)
    q = np.linalg.qr(drawn(60, 40))[0]
    moved = gg.hvp(lambda w: np.linalg.norm(w, "nuc"))(q, drawn(60, 40))
    t = drawn(60, 40)
    np.testing.assert_allclose(moved, q @ (q.T @ t - t.T @ q) / 2 + t - q @ q.T @ t, rtol=1e-9, atol=1e-9)


def test_lists_of_traced_values() -> None:
    def f(x: Any) -> Any:
        a = [[x[0], x[1]], [x[1], x[2]]]
        return np.linalg.eigvalsh(a), np.linalg.svdvals(a), np.linalg.svd(a)[1], np.linalg.pinv(a), np.linalg.cond(a)

    x = np.array([1.0, 0.3, 2.0])
    for found, expected in zip(gg.compile(f)(x), f(x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
