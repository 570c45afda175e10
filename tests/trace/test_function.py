"""One trace as a whole: inputs and outputs, names, hidden arrays, constants, tracers that escape."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from gradgen.errors import ArgumentError, DTypeError, TraceError
from gradgen.ir import Graph, Type, TypeMaker, constant_array, verify
from gradgen.trace import TracedArray, current, flatten, make_graph, parameter_names, trace_graph
from tests.interpret import interpret

f64, f32, i64 = TypeMaker(np.float64), TypeMaker(np.float32), TypeMaker(np.int64)


@dataclass
class Parameters:
    w: Any
    b: Any


def named(graph: Graph) -> dict[str, str]:
    """The op that each named value is."""
    return {name: graph[identity].op.name for identity, name in graph.names.items()}


def test_the_graph_of_a_small_function() -> None:
    def loss(w: Any, A: Any) -> Any:
        z = A @ w
        e = np.exp(
            -z,
        )
        return np.mean(np.log1p(e)), z

    graph = verify(make_graph(loss, f64[3], f64[5, 3]))
    assert named(graph) == {"w": "input", "A": "input", "z": "contract", "e": "exp"}
    assert graph.name == "loss"
    assert [graph.names.get(output) for output in graph.outputs] == [None, "z"]
    assert graph[graph.outputs[1]].source.text == "z = A @ w"


def test_a_statement_with_two_results_names_none() -> None:
    def f(x: Any) -> Any:
        both = []
        for factor in (2.0, 3.0):
            y = x * factor
            both.append(y)
        z = both[0] + both[1]
        return z

    assert named(make_graph(f, f64)) == {"x": "input", "z": "add"}


def test_the_names_of_containers_lead_to_their_leaves() -> None:
    def f(params: Any, *rest: Any) -> Any:
        return params.w @ rest[0]["x"] + params.b

    graph = make_graph(f, Parameters(f64[3], f64), {"x": f64[3]})
    assert [graph.names[identity] for identity in graph.inputs] == ["params_w", "params_b", "rest_0_x"]
    assert parameter_names(np.sin, 1) == ["x"] or parameter_names(np.sin, 1) == ["x_0"]
    leaves, tree = flatten((f64[3],))
    assert trace_graph(np.sin, leaves, tree, name="g", names=["angle"]).graph.names == {0: "angle"}


def test_results_keep_their_structure() -> None:
    def f(x: Any) -> Any:
        return {"y": [x, None, 3], "x": (np.float32(2.0), x, np.arange(3), True)}

    leaves, tree = flatten((f64[2],))
    traced = trace_graph(f, leaves, tree, name="f")
    x = np.array([1.0, 2.0])
    found = traced.result.unflatten(interpret(traced.graph, [x]))
    assert [type(found), type(found["y"]), type(found["x"])] == [dict, list, tuple]
    assert found["y"][1] is None
    types = [str(traced.graph[output].type) for output in traced.graph.outputs]
    assert types == ["f32", "f64[2]", "i64[3]", "bool", "f64[2]", "i64"]
    assert traced.graph.outputs[1] == traced.graph.outputs[4] == traced.graph.inputs[0]


def test_types_may_be_examples() -> None:
    graph = make_graph(lambda x, y, p: x + y + p[0], np.ones(3, np.float32), 2.0, (f64[3],))
    assert [str(graph[identity].type) for identity in graph.inputs] == ["f32[3]", "f64", "f64[3]"]
    with pytest.raises(ArgumentError, match="<lambda>: expected an array or a number, got str"):
        make_graph(lambda x: x, "n")
    with pytest.raises(ArgumentError, match="int8"):
        make_graph(lambda x: x, np.ones(3, np.int8))


def test_small_arrays_are_copied_and_large_ones_are_read_at_each_call() -> None:
    small, LARGE = np.arange(1024.0), np.arange(1025.0)

    def f(x: Any) -> Any:
        return x @ LARGE[:1024] + np.sum(small) + np.sum(x + small) + np.sum(LARGE * x[0] + LARGE.T * x[1])

    leaves, tree = flatten((f64[1024],))
    traced = trace_graph(f, leaves, tree, name="f")
    graph = verify(traced.graph)
    x = np.ones(1024)
    assert interpret(graph, [x, *traced.hidden])[0] == pytest.approx(f(x))
    assert len(traced.hidden) == 1, "LARGE[:1024] is small, and LARGE.T lies where LARGE does"
    expected = f(x)
    small += 1.0
    assert interpret(graph, [x, *traced.hidden])[0] == pytest.approx(expected), "small was copied"


def test_hidden_arrays_follow_the_arguments_and_bear_their_names() -> None:
    table, other = np.ones((40, 40)), np.ones(2000, np.float32)

    def f(x: Any) -> Any:
        return np.sum(table * x) + np.sum(other * x)

    leaves, tree = flatten((f64.scalar,))
    traced = trace_graph(f, leaves, tree, name="f")
    assert [traced.graph.names[identity] for identity in traced.graph.inputs] == ["x", "table", "other"]
    assert traced.hidden[0] is table
    assert traced.hidden[1] is other
    table *= 2.0
    assert interpret(traced.graph, [np.float64(1.5), *traced.hidden])[0] == pytest.approx(f(1.5))


def test_a_large_array_from_outside_that_changes_while_it_is_used_is_refused() -> None:
    buffer = np.zeros((50, 50))

    def f(x: Any) -> Any:
        first = buffer @ x
        buffer[...] += 1.0
        return first + buffer @ x

    with pytest.raises(TraceError, match=r"f64\[50, 50\] that is not traced was changed .*\n.* first = buffer @ x"):
        make_graph(f, f64[50])


@pytest.mark.parametrize("size", [3, 50])
def test_an_array_of_its_own_may_change_while_it_is_used(size: int) -> None:
    def f(x: Any) -> Any:
        buffer = np.zeros((size, size))
        first = buffer @ x
        buffer += 1.0
        return first + buffer @ x

    x = np.arange(float(size))
    np.testing.assert_allclose(interpret(make_graph(f, f64[size]), [x])[0], f(x))


def test_a_number_is_never_a_large_constant() -> None:
    graph = make_graph(lambda x: np.where(x > 0.5, 2.0, np.float64(3.0)) + np.zeros_like(x), f64[1000, 1000])
    constants = [constant_array(graph[identity]) for identity in graph if graph[identity].op.name == "constant"]
    assert {constant.shape for constant in constants} == {()}
    assert graph[graph.outputs[0]].type == f64[1000, 1000]


PROMOTIONS = [
    (lambda x, y: x + 1.5, f32[2], f64, "f32[2]"),
    (lambda x, y: x + np.float64(1.5), f32[2], f64, "f64[2]"),
    (lambda x, y: x + y, f32[2], f64, "f64[2]"),
    (lambda x, y: x + y, f32[2], i64, "f64[2]"),
    (lambda x, y: x + y, f32[2], TypeMaker(np.bool_), "f32[2]"),
    (lambda x, y: x + y, TypeMaker(np.int32)[2], i64, "i64[2]"),
    (lambda x, y: x * 2, TypeMaker(np.int32)[2], i64, "i32[2]"),
    (lambda x, y: x / y, i64[2], i64, "f64[2]"),
    (lambda x, y: np.sin(x), i64[2], i64, "f64[2]"),
    (lambda x, y: x * True, f32[2], i64, "f32[2]"),
    (lambda x, y: np.where(x > 0, x, 0.0), f32[2], i64, "f32[2]"),
    (lambda x, y: np.where(x > 0, x, y), f32[2], f64, "f64[2]"),
    (lambda x, y: np.concatenate([x, y]), f32[2], f64[2], "f64[4]"),
    (lambda x, y: x @ y, f32[2], f64[2], "f64"),
    (lambda x, y: np.mean(x), f32[2], f64, "f32"),
    (lambda x, y: np.sum(x), TypeMaker(np.int32)[2], f64, "i64"),
    (lambda x, y: np.sum(x, dtype=np.float32), f64[2], f64, "f32"),
    (lambda x, y: np.abs(1j * x), f32[2], f64, "f32[2]"),
]


@pytest.mark.parametrize(("function", "x", "y", "expected"), PROMOTIONS)
def test_dtypes_are_numpys(function: Any, x: Type, y: Any, expected: str) -> None:
    y = y if isinstance(y, Type) else y.scalar
    graph = verify(make_graph(function, x, y))
    assert str(graph[graph.outputs[0]].type) == expected
    on_arrays = function(*[np.ones(t.shape, t.dtype)[()] for t in (x, y)])
    assert np.asarray(on_arrays).dtype == graph[graph.outputs[0]].type.dtype


def test_dtypes_the_graph_does_not_have() -> None:
    with pytest.raises(DTypeError, match=r"multiply: dtype int8 is not supported; convert with \.astype"):
        make_graph(lambda x: x * np.ones(3, np.int8), f64[3])
    with pytest.raises(DTypeError, match="sin: dtype float16 is not supported"):
        make_graph(lambda x: np.sin(x > 0), f64[3])
    with pytest.raises(DTypeError, match="negative: not defined for bool"):
        make_graph(lambda x: -(x > 0), f64[3])
    with pytest.raises(DTypeError, match="integers to negative integer powers"):
        make_graph(lambda i: i**-2, i64[3])


def test_a_tracer_passes_for_an_array() -> None:
    def f(x: Any) -> Any:
        assert isinstance(x, np.ndarray)
        assert type(x) is TracedArray
        assert (x.shape, x.ndim, x.size, len(x), x.dtype) == ((2, 3), 2, 6, 2, np.dtype(float))
        assert (np.shape(x), np.ndim(x), np.size(x), np.size(x, 1)) == ((2, 3), 2, 6, 3)
        assert (x.T.shape, x.mT.shape, x.real is x, x.itemsize) == ((3, 2), (3, 2), True, 8)
        assert np.result_type(x, np.float32) == np.dtype(float)
        assert np.can_cast(x, np.float64)
        assert not np.iscomplexobj(x)
        assert np.isrealobj(x)
        assert not np.may_share_memory(x, x)
        assert repr(x) == f"{x}" == np.array_repr(x) == "<traced f64[2, 3]>"
        assert not hasattr(x, "nonsense")
        assert not hasattr(x, "ctypes")
        assert copy.deepcopy(x) is not copy.copy(x) is not x
        assert current() is not None
        return x

    make_graph(f, f64[2, 3])
    assert current() is None


def test_equal_work_is_one_node() -> None:
    graph = make_graph(lambda x: np.sin(x) * 2.0 + np.sin(x) * 2.0, f64[3])
    assert sorted(graph[identity].op.name for identity in graph.live()) == sorted(
        ["input", "sin", "constant", "broadcast", "multiply", "add"]
    )


def test_tracers_that_escape() -> None:
    kept: list[Any] = []
    make_graph(kept.append, f64[3])
    with pytest.raises(TraceError, match="after its function was traced"):
        kept[0] + 1.0
    with pytest.raises(TraceError, match="belongs to the trace of another function"):
        make_graph(lambda x: x + kept[0], f64[3])
    with pytest.raises(TraceError, match="of its own"):
        make_graph(lambda x: kept[0], f64[3])


def test_a_trace_that_fails_leaves_none_running() -> None:
    with pytest.raises(ZeroDivisionError):
        make_graph(lambda x: 1 / 0, f64)
    assert current() is None


def test_ten_thousand_operations_trace_quickly() -> None:
    def chain(x: Any) -> Any:
        for _ in range(10_000):
            x = x + 1.5
        return x

    best = min(_seconds(chain) for _ in range(3))
    assert best < 1.5, "about 0.4 s on an idle machine"


def _seconds(function: Any) -> float:
    start = time.perf_counter()
    graph = make_graph(function, f64[3])
    seconds = time.perf_counter() - start
    assert len(graph.live()) == 10_003
    return seconds
