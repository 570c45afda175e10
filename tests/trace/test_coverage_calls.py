"""Every call of the coverage table: values, float32, batches, and derivatives in both modes to second order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from gradgen.diff import batch, pull_back, push_forward
from gradgen.ir import Graph, Type, type_of, verify
from gradgen.ops import Value
from gradgen.trace import flatten, trace_graph
from tests.interpret import inputs_like, interpret, new_input, set_outputs
from tests.ops.differences import difference, inner
from tests.trace.coverage_cases import CALLS, KNOWN, Function

every_call = pytest.mark.parametrize(
    ("f", "arguments"), [pytest.param(f, arguments, id=name) for name, f, arguments in CALLS]
)


class Traced:
    """A function traced for some arguments."""

    def __init__(self, f: Callable[..., Any], arguments: Sequence[np.ndarray]) -> None:
        self.f = f
        self.arguments = [np.asarray(argument) for argument in arguments]
        leaves, tree = flatten(tuple(self.arguments))
        traced = trace_graph(f, [type_of(leaf) for leaf in leaves], tree, name="f")
        assert not traced.hidden
        self.graph: Graph = traced.graph
        self.result = traced.result
        self.inputs = [Value(self.graph, identity) for identity in self.graph.inputs]
        found = [Value(self.graph, identity) for identity in self.graph.outputs]
        self.outputs = [out for out in found if out.type.is_real]
        self.kept = [position for position, out in enumerate(found) if out.type.is_real]

    def numpy(self, *arguments: np.ndarray) -> list[np.ndarray]:
        with np.errstate(all="ignore"):
            return [
                np.asarray(leaf, float)
                for position, leaf in enumerate(flatten(self.f(*arguments))[0])
                if position in self.kept
            ]

    def run(self, outputs: Sequence[Value], values: Sequence[np.ndarray]) -> list[np.ndarray]:
        return interpret(verify(set_outputs(self.graph, outputs)), values)


def random_like(values: Sequence[Value], seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(value.shape), value.dtype) for value in values]


@every_call
def test_values(f: Function, arguments: tuple[np.ndarray, ...]) -> None:
    traced = Traced(f, arguments)
    outputs = [Value(traced.graph, identity) for identity in traced.graph.outputs]
    with np.errstate(all="ignore"):
        expected, structure = flatten(f(*arguments))
    assert traced.result == structure
    for found, leaf in zip(traced.run(outputs, traced.arguments), expected, strict=True):
        assert (found.dtype, found.shape) == (np.asarray(leaf).dtype, np.shape(leaf))
        np.testing.assert_allclose(found, leaf, rtol=1e-12, atol=1e-13)


@every_call
def test_single_precision(f: Function, arguments: tuple[np.ndarray, ...]) -> None:
    """NumPy's promotion decides about the result; the derivative has the dtype of its argument."""
    narrow = [np.asarray(argument, np.float32) for argument in arguments]
    with np.errstate(all="ignore"):
        expected = [np.asarray(leaf) for leaf in flatten(f(*narrow))[0]]
    traced = Traced(f, narrow)
    types = traced.graph.types(traced.graph.outputs)
    assert [type_.dtype for type_ in types] == [leaf.dtype for leaf in expected]
    if traced.outputs:
        cts = inputs_like(traced.graph, traced.outputs)
        pulled = pull_back(traced.outputs, traced.inputs, cts)
        values = [*narrow, *random_like(cts, 1)]
        assert {found.dtype for found in traced.run(pulled, values)} == {np.dtype(np.float32)}


@every_call
def test_derivatives(f: Function, arguments: tuple[np.ndarray, ...]) -> None:
    traced = Traced(f, arguments)
    if not traced.outputs:
        pytest.skip("its result is not real")
    tangents, cts = inputs_like(traced.graph, traced.inputs), inputs_like(traced.graph, traced.outputs)
    pushed = push_forward(traced.outputs, traced.inputs, tangents)
    pulled = pull_back(traced.outputs, traced.inputs, cts)
    t, ct = random_like(tangents, 1), random_like(cts, 2)
    found = traced.run([*pushed, *pulled], [*traced.arguments, *t, *ct])
    forward, backward = found[: len(pushed)], found[len(pushed) :]
    for one, other in zip(forward, difference(traced.numpy, traced.arguments, t), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6, atol=2e-7)
    (along, scale), (back, _) = inner(forward, ct), inner(backward, t)
    assert abs(along - back) <= 1e-12 * max(scale, 1)


@pytest.mark.slow  # the ops it is made of are tested to second order by the fast tests
@every_call
def test_second_derivatives(f: Function, arguments: tuple[np.ndarray, ...]) -> None:
    traced = Traced(f, arguments)
    if not traced.outputs:
        pytest.skip("its result is not real")
    graph, xs, outs = traced.graph, traced.inputs, traced.outputs
    ts, us, cts = inputs_like(graph, xs), inputs_like(graph, xs), inputs_like(graph, outs)
    t, u, ct = random_like(ts, 1), random_like(us, 2), random_like(cts, 3)
    first, gradient = push_forward(outs, xs, ts), pull_back(outs, xs, cts)
    nested = [
        (push_forward(first, xs, us), ct),
        (pull_back(first, xs, cts), u),
        (push_forward(gradient, xs, us), t),
        (pull_back(gradient, xs, ts), u),
    ]
    values = [*traced.arguments, *t, *u, *ct]
    results = iter(traced.run([out for found, _ in nested for out in found], values))
    sums = [inner([next(results) for _ in found], against) for found, against in nested]

    def slope(*changed: np.ndarray) -> list[np.ndarray]:
        return interpret(set_outputs(graph, first), [*changed, *t, *u, *ct])

    expected, scale = inner(difference(slope, traced.arguments, u), ct)
    for number, size in sums:
        assert abs(number - sums[0][0]) <= 1e-11 * max(size, 1)
    assert abs(sums[0][0] - expected) <= 2e-6 * max(scale, abs(expected), 1)


@pytest.mark.slow  # as their batches are
@every_call
def test_batches(f: Function, arguments: tuple[np.ndarray, ...]) -> None:
    """Values and cotangents for each entry of a new first axis, as `vmap` asks for them."""
    traced = Traced(f, arguments)
    graph, size = traced.graph, 3
    cts = inputs_like(graph, traced.outputs)
    pulled = pull_back(traced.outputs, traced.inputs, cts)
    outputs = [*traced.outputs, *pulled] if traced.outputs else [Value(graph, i) for i in graph.outputs]
    ct = random_like(cts, 2)
    scales = [1.0, 0.96, 0.91]
    singles = [traced.run(outputs, [*[x * scale for x in traced.arguments], *ct]) for scale in scales]
    entries = {x.id: new_input(graph, Type(x.dtype, (size, *x.shape))) for x in traced.inputs}
    together = batch(outputs, entries, size)
    stacked = [np.stack([x * scale for scale in scales]) for x in traced.arguments]
    found = traced.run(together, [*traced.arguments, *ct, *stacked])
    for one, expected in zip(found, zip(*singles, strict=True), strict=True):
        np.testing.assert_allclose(one, np.stack(expected), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_while_tracing(name: str) -> None:
    x = np.ones((3, 4))
    assert np.array_equal(traced_constant(KNOWN[name], x), KNOWN[name](x))


def traced_constant(f: Function, x: np.ndarray) -> np.ndarray:
    traced = Traced(f, [x])
    return traced.run([Value(traced.graph, identity) for identity in traced.graph.outputs], [x])[0]
