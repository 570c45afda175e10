"""`vmap` against a loop in Python: axes, containers, nesting, and what it refuses."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

import numpy as np
import pytest

import gradgen as gg

A = np.arange(12.0).reshape(3, 4) / 7
X = np.array([0.1, 0.2, -0.3, 0.4])
M = np.arange(24.0).reshape(2, 3, 4) / 9

Point = collections.namedtuple("Point", "a b")


@dataclasses.dataclass(frozen=True)
class Model:
    weights: Any
    offset: Any


def close(result, expected, rtol=1e-13):
    np.testing.assert_allclose(result, expected, rtol=rtol, atol=1e-15)
    assert np.shape(result) == np.shape(expected)


# --- axes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "ends", "expected"),
    [
        *[(axes, ends, 2 * A) for axes, ends in ((0, 0), (-1, -1), (1, 1))],
        *[(axes, ends, 2 * A.T) for axes, ends in ((1, 0), (-1, 0), (0, 1), (0, -1))],
    ],
)
def test_axes_of_arguments_and_results(backend, axes, ends, expected):
    close(gg.vmap(lambda row: 2 * row, axes, ends, backend=backend)(A), expected)


def test_an_argument_that_all_share(backend):
    close(gg.vmap(lambda row, w: row @ w, (0, None), backend=backend)(A, X), A @ X)
    close(gg.vmap(lambda row, w: row @ w, [0, None], backend=backend)(A, X), A @ X)


def test_a_result_that_all_share(backend):
    many, one = gg.vmap(lambda row, w: (row @ w, w * 2), (0, None), (0, None), backend=backend)(A, X)
    close(many, A @ X)
    close(one, 2 * X)
    close(gg.vmap(lambda row: X, backend=backend)(A), np.stack([X] * 3))
    with pytest.raises(gg.ArgumentError, match="out_axes is None for a result that is not the same for all"):
        gg.vmap(lambda row: row, out_axes=None, backend=backend)(A)


def test_several_results(backend):
    rows, sums = gg.vmap(lambda row: (row, np.sum(row)), out_axes=(1, 0), backend=backend)(A)
    close(rows, A.T)
    close(sums, A.sum(axis=1))
    tree = gg.vmap(lambda row: {"s": np.sum(row), "r": row}, out_axes={"s": 0, "r": -1}, backend=backend)(A)
    close(tree["r"], A.T)
    close(tree["s"], A.sum(axis=1))


@pytest.mark.parametrize(
    ("axes", "argument"),
    [
        pytest.param({"a": 0, "b": None}, {"a": A, "b": X}, id="dict"),
        pytest.param({"b": None, "a": 0}, {"b": X, "a": A}, id="dict in another order"),
        pytest.param(Point(0, None), Point(A, X), id="named tuple"),
        pytest.param((0, None), Point(A, X), id="tuple for a named tuple"),
        pytest.param([1, (None,)], [A.T, (X,)], id="list of tuple"),
        pytest.param(Model(0, None), Model(A, X), id="dataclass"),
    ],
)
def test_containers_of_axes(backend, axes, argument):
    def product(p):
        if isinstance(p, dict):
            return p["a"] @ p["b"]
        if isinstance(p, Model):
            return p.weights @ p.offset
        first, second = p
        return first @ (second[0] if isinstance(second, tuple) else second)

    close(gg.vmap(product, (axes,), backend=backend)(argument), A @ X)


def test_one_axis_for_a_whole_container(backend):
    close(gg.vmap(lambda p, w: p["a"] * p["b"][0] + w, (0, None), backend=backend)({"a": A, "b": [A]}, X), A * A + X)


def test_arguments_by_keyword(backend):
    f = gg.vmap(lambda row, scale=2.0, *, shift: row * scale + shift, (0, None), backend=backend)
    close(f(A, 3.0, shift=A), A * 3 + A)
    close(f(A, shift=A, scale=3.0), A * 3 + A)


def test_defaults_and_what_is_no_array(backend):
    def f(row, how, extra=None, scale=2.0):
        return row * scale if how == "scaled" else row

    close(gg.vmap(f, (0, None), backend=backend)(A, "scaled"), 2 * A)
    close(gg.vmap(f, (0, None, 0), backend=backend)(A, "other", None), A)


def test_closures(backend):
    large = np.linspace(0, 1, 2000)
    close(gg.vmap(lambda row: row @ X, backend=backend)(A), A @ X)
    close(gg.vmap(lambda row: np.sum(row) * large, backend=backend)(A), np.outer(A.sum(axis=1), large))


@pytest.mark.parametrize(
    ("axes", "ends", "arguments", "message"),
    [
        (2, 0, (A,), r"in_axes has axis 2 for an array of type f64\[3, 4\]"),
        (0, 3, (A,), r"out_axes has axis 3 for a result of type f64\[3, 4\]"),
        ((0, 1), 0, (A,), r"in_axes: \(0, 1\) does not follow the structure of a tuple of 1"),
        (({"b": 0},), 0, ({"a": A},), "in_axes: {'b': 0} does not follow the structure of a dict of 1"),
        (None, 0, (A,), "must have one extent in common, got none"),
        (0, 0, (3.0,), "in_axes has axis 0 for an array of type f64"),
        (0, 0, ("text",), "in_axes has axis 0 for 'text', which is no array; give None for it"),
        (("x",), 0, (A,), "an axis is an int or None, not 'x'"),
    ],
)
def test_what_is_refused(backend, axes, ends, arguments, message):
    with pytest.raises(gg.ArgumentError, match=message):
        gg.vmap(lambda x: x, axes, ends, backend=backend)(*arguments)


def test_extents_that_differ(backend):
    with pytest.raises(gg.ArgumentError, match="must have one extent in common, got 3, 4"):
        gg.vmap(lambda x, y: x * y, backend=backend)(np.ones(3), np.ones(4))


# --- what goes along -------------------------------------------------------------------------------------

FUNCTIONS = {
    "elementwise": lambda r: np.exp(np.sin(r)) / (1 + r * r),
    "reductions": lambda r: np.array([np.sum(r), np.max(r), np.min(r), np.prod(r), np.mean(r)]),
    "moves": lambda r: np.concatenate([r[::-1], r[1:3] * 2, np.roll(r, 1)]),
    "masks": lambda r: np.where(r > 0.5, np.sqrt(r), -r),
    "positions": lambda r: r[np.array([3, 0, 0, -1])],
    "constant positions": lambda r: np.arange(4) * r,
    "products": lambda r: (A @ r) @ A * (r @ r),
    "outer": lambda r: np.outer(r, r) @ r,
    "diagonals": lambda r: np.diag(np.diag(r) @ np.outer(r, r)),
    "einsum": lambda r: np.einsum("i,jk->kj", r[:2], A),
    "norm": lambda r: r / np.linalg.norm(r + 1),
    "stacked": lambda r: np.stack([r, r * 2], axis=1),
    "of no use": lambda r: np.ones(2),
    "truth": lambda r: np.any(r > 1),
    "stopped": lambda r: r * gg.stop_gradient(r),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_every_kind_of_operation(backend, f):
    expected = np.stack([np.asarray(gg.compile(f, backend="numpy")(row)) for row in A])
    close(gg.vmap(f, backend=backend)(A), expected)


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"truth"}))
def test_derivatives_inside_and_outside(backend, name):
    def total(row):
        return np.sum(FUNCTIONS[name](row) * np.cos(FUNCTIONS[name](row)))

    expected = np.stack([gg.grad(total, backend="numpy")(row) for row in A + 0.1])
    close(gg.vmap(gg.grad(total), backend=backend)(A + 0.1), expected, 1e-11)
    close(gg.grad(lambda rows: np.sum(gg.vmap(total)(rows)), backend=backend)(A + 0.1), expected, 1e-11)


def test_vmap_of_vmap(backend):
    close(gg.vmap(gg.vmap(lambda r: np.sin(r) * r), backend=backend)(M), np.sin(M) * M)
    table = gg.vmap(gg.vmap(lambda a, b: a @ b, (None, 1)), (0, None), backend=backend)
    close(table(A, A.T), A @ A.T)


def test_products_of_many_matrices(backend):
    close(gg.vmap(lambda a, b: a @ b, backend=backend)(M, M.transpose(0, 2, 1)), M @ M.transpose(0, 2, 1))
    close(gg.vmap(lambda a, b: a @ b, (0, None), backend=backend)(M, A.T), M @ A.T)
    close(gg.vmap(lambda a, b: a @ b, (None, 0), backend=backend)(A.T, M), A.T @ M)


def test_directions_inside(backend):
    close(gg.vmap(lambda a, t: gg.jvp(np.sin, (a,), (t,))[1], backend=backend)(A, M[0]), np.cos(A) * M[0])
    close(gg.vmap(lambda a, ct: gg.vjp(np.sin, a)[1](ct)[0], backend=backend)(A, M[0]), np.cos(A) * M[0])
    value, gradient = gg.vmap(gg.value_and_grad(lambda r: r @ r), backend=backend)(A)
    close(value, np.sum(A * A, axis=1))
    close(gradient, 2 * A)


def test_the_same_array_twice_in_different_ways(backend):
    square = A[:, :3]
    close(gg.vmap(lambda p, q: p @ q, (0, 1), backend=backend)(square, square), np.einsum("ij,ji->i", square, square))
    around = gg.compile(lambda a: gg.vmap(lambda p, q: p @ q.T, (0, None))(a, a), backend=backend)
    close(around(A), A @ A.T)


def test_types_and_empty_batches(backend):
    assert gg.vmap(lambda x: x * 2, backend=backend)(np.arange(3)).dtype == np.int64
    assert gg.vmap(np.sum, backend=backend)(A.astype(np.float32)).dtype == np.float32
    assert gg.vmap(np.sum, backend=backend)(np.zeros((0, 3))).shape == (0,)
    assert gg.vmap(lambda x: x[np.array([1, 0])], backend=backend)(np.zeros((0, 3))).shape == (0, 2)


def test_a_batch_of_a_named_size():
    kernel = gg.vmap(gg.grad(lambda r: np.sum(r**3))).lower(gg.f64["n", 3])
    assert str(kernel.graph[kernel.graph.outputs[0]].type) == "f64[n, 3]"
