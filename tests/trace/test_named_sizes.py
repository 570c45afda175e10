"""Functions traced for a size that is known only at the call, bound to several sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim, Graph, Type, TypeMaker, verify
from gradgen.trace import least_sizes, make_graph
from tests.interpret import interpret

f64 = TypeMaker(np.float64)


def bound(thing: Any, size: int) -> Any:
    """An attribute or a type with the dimension bound."""
    if isinstance(thing, Dim):
        return size + thing.offset
    if isinstance(thing, Type):
        return thing.with_shape(bound(thing.shape, size))
    return tuple(bound(entry, size) for entry in thing) if isinstance(thing, tuple) else thing


def bind(graph: Graph, size: int) -> Graph:
    target = Graph(graph.name)
    mapping: dict[int, int] = {}
    for identity in graph.live():
        node = graph[identity]
        operands = tuple(mapping[operand] for operand in node.operands)
        mapping[identity] = target.add(node.op, operands, bound(node.attributes, size))
    target.inputs = [mapping[identity] for identity in graph.inputs]
    target.outputs = [mapping[identity] for identity in graph.outputs]
    return target


VECTOR: dict[str, Callable[[Any], Any]] = {
    "sum": np.sum,
    "mean": np.mean,
    "var": lambda x: np.var(x, ddof=1),
    "std": np.std,
    "max": np.max,
    "norm": np.linalg.norm,
    "dot": lambda x: x @ x,
    "outer": lambda x: np.outer(x, x),
    "broadcast": lambda x: x[:, None] * x + 1.0,
    "count": lambda x: np.sum(x) / x.shape[0],
    "size": lambda x: x * x.size,
    "difference": lambda x: x[1:] - x[:-1],
    "second difference": lambda x: x[2:] - 2 * x[1:-1] + x[:-2],
    "np.diff": lambda x: np.diff(x, 2),
    "affine bound": lambda x: x[: x.shape[0] - 1] * x[x.shape[0] - 1],
    "beyond the end": lambda x: x[: x.shape[0] + 3],
    "nothing": lambda x: x[3:1],
    "ends": lambda x: x[0] + x[-1] + np.sum(x[:2]) + np.sum(x[-3:]),
    "reversed": lambda x: x[::-1],
    "flip": np.flip,
    "roll": lambda x: np.roll(x, 2),
    "roll back": lambda x: np.roll(x, -1),
    "column": lambda x: x.reshape(-1, 1),
    "ravel": lambda x: x[:, None].ravel(),
    "joined": lambda x: np.concatenate([[0.0], x, np.ones(2)]),
    "padded": lambda x: np.pad(x, (1, 2)),
    "stack": lambda x: np.stack([x, 2 * x]),
    "where": lambda x: np.where(x > np.mean(x), x, 0.0),
    "like": lambda x: np.ones_like(x) * 2,
    "average": lambda x: np.average(x, weights=x),
    "trapezoid": np.trapezoid,
    "einsum": lambda x: np.einsum("i,j,j->i", x, x, x),
}
MATRIX: dict[str, Callable[[Any], Any]] = {
    "mean": np.mean,
    "mean of rows": lambda a: np.mean(a, 1),
    "centred": lambda a: a - a.mean(0),
    "gram": lambda a: a.T @ a,
    "rows": lambda a: np.sum(a[1:, ::2], axis=0),
    "first": lambda a: a[0],
    "swapped": lambda a: np.moveaxis(a, 0, 1)[1],
    "reshaped": lambda a: a.reshape(-1, 3, 1),
    "size": lambda a: np.sum(a) / a.size,
}


@pytest.mark.parametrize("size", [3, 8])
@pytest.mark.parametrize("name", VECTOR)
def test_a_vector_of_named_size(name: str, size: int) -> None:
    x = np.random.default_rng(3).random(size)
    graph = verify(bind(verify(make_graph(VECTOR[name], f64["n"])), size))
    np.testing.assert_allclose(interpret(graph, [x])[0], VECTOR[name](x), rtol=1e-13)


@pytest.mark.parametrize("size", [2, 5])
@pytest.mark.parametrize("name", MATRIX)
def test_a_matrix_with_an_axis_of_named_size(name: str, size: int) -> None:
    a = np.random.default_rng(4).random((size, 3))
    graph = verify(bind(verify(make_graph(MATRIX[name], f64["n", 3])), size))
    np.testing.assert_allclose(interpret(graph, [a])[0], MATRIX[name](a), rtol=1e-13)


def test_the_mean_of_single_precision_stays_single() -> None:
    graph = make_graph(lambda x: np.mean(x) / x.shape[0], TypeMaker(np.float32)["n"])
    assert graph[graph.outputs[0]].type == Type(np.dtype(np.float32))


@pytest.mark.parametrize(
    ("function", "least"),
    [
        (lambda x: x + 1.0, 0),
        (lambda x: x[2], 3),
        (lambda x: x[-4], 4),
        (lambda x: x[:5], 5),
        (lambda x: x[1:] - x[:-1], 1),
        (lambda x: x[-2:], 2),
        (np.max, 1),
    ],
)
def test_how_large_a_named_size_must_be(function: Callable[[Any], Any], least: int) -> None:
    assert least_sizes(make_graph(function, f64["n"])) == {"n": least}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: [y * 2 for y in x], "iteration over"),
        (len, "known only when the function is called"),
        (lambda x: [x[i] for i in range(x.shape[0])], "known only when the function is called"),
        (lambda x: x[::2], "compile for a fixed size"),
        (lambda x: x[-2:5], "compile for a fixed size"),
        (lambda x: np.outer(x, x)[[0, 1]], "compile for a fixed size"),
        (lambda x: np.tile(x, 2), "known only at the call"),
        (lambda x: np.diag(x, 1), "fixed size"),
    ],
)
def test_what_needs_a_fixed_size_says_so(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TraceError, match=message):
        make_graph(function, f64["n"])


def test_different_named_sizes_do_not_mix() -> None:
    with pytest.raises(ShapeError, match=r"add: shapes \(n,\) and \(m,\) do not broadcast"):
        make_graph(lambda x, y: x + y, f64["n"], f64["m"])
    with pytest.raises(ShapeError, match="index n is out of bounds"):
        make_graph(lambda x: x[x.shape[0]], f64["n"])
