"""Forward and reverse mode agree on random graphs, and with differences where these exist.

``GRADGEN_EXAMPLES=5000 pytest tests/ops/test_random_graphs.py`` looks longer.
"""

from __future__ import annotations

import os

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from gradgen.diff import pull_back, push_forward
from gradgen.ir import verify
from tests.interpret import Evaluate, inputs_like, interpret, set_outputs
from tests.ops.differences import difference, inner
from tests.ops.random_graphs import Drawing, graphs

look = settings(
    max_examples=int(os.environ.get("GRADGEN_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize="GRADGEN_EXAMPLES" not in os.environ,
)


def numbers(drawing: Drawing, low: float, high: float, seed: int = 0) -> list[np.ndarray]:
    """A value for each input of the graph."""
    rng = np.random.default_rng(seed)
    types = drawing.graph.types(drawing.graph.inputs)
    return [np.asarray(rng.uniform(low, high, type_.shape)) for type_ in types]


def is_tame(values: list[np.ndarray]) -> bool:
    """Whether nothing overflowed."""
    return all(np.isfinite(value).all() and np.all(np.abs(value) < 1e6) for value in values)


@look
@given(drawing=graphs())
def test_forward_and_reverse_agree(drawing: Drawing, evaluate: Evaluate) -> None:
    graph, inputs = drawing.graph, drawing.values[: len(drawing.graph.inputs)]
    outputs = drawing.values[-2:]
    tangents, cotangents = inputs_like(graph, inputs), inputs_like(graph, outputs)
    pushed = push_forward(outputs, inputs, tangents)
    pulled = pull_back(outputs, inputs, cotangents)
    verify(set_outputs(graph, [*pushed, *pulled]))
    values = numbers(drawing, -1.3, 1.3)
    results = evaluate(graph, values)
    assume(is_tame(results))
    known = dict(zip(graph.inputs, values, strict=True))
    forward, scale = inner(results[: len(pushed)], [known[ct.id] for ct in cotangents])
    backward, other = inner(results[len(pushed) :], [known[t.id] for t in tangents])
    assert abs(forward - backward) <= 1e-12 * (scale + other)


@look
@given(drawing=graphs())
def test_every_way_agrees_with_the_references(drawing: Drawing, other_way: Evaluate) -> None:
    graph, inputs = drawing.graph, drawing.values[: len(drawing.graph.inputs)]
    outputs = drawing.values[-2:]
    pushed = push_forward(outputs, inputs, inputs_like(graph, inputs))
    pulled = pull_back(outputs, inputs, inputs_like(graph, outputs))
    set_outputs(graph, [*outputs, *pushed, *pulled])
    values = numbers(drawing, -1.3, 1.3)
    expected = interpret(graph, values)
    assume(is_tame(expected))
    for result, reference in zip(other_way(graph, values), expected, strict=True):
        size = 1.0 + np.max(np.abs(reference), initial=0.0)
        np.testing.assert_allclose(result, reference, rtol=0, atol=1e-11 * size, strict=True)


@look
@given(drawing=graphs())
def test_forward_is_the_limit_of_differences(drawing: Drawing) -> None:
    assume(drawing.smooth)
    graph, inputs = drawing.graph, drawing.values[: len(drawing.graph.inputs)]
    outputs = drawing.values[-2:]
    points = numbers(drawing, -1.3, 1.3)
    pushed = push_forward(outputs, inputs, inputs_like(graph, inputs))
    values = numbers(drawing, -1.3, 1.3)
    directions = values[len(points) :]
    tangents = interpret(set_outputs(graph, pushed), values)
    assume(is_tame(tangents))
    set_outputs(graph, outputs)
    expected = difference(lambda *moved: interpret(graph, [*moved, *directions]), points, directions, step=1e-4)
    for tangent, slope in zip(tangents, expected, strict=True):
        np.testing.assert_allclose(tangent, slope, rtol=1e-5, atol=1e-6)


@look
@given(drawing=graphs(length=5))
def test_second_derivative_is_symmetric(drawing: Drawing, evaluate: Evaluate) -> None:
    graph, inputs = drawing.graph, drawing.values[: len(drawing.graph.inputs)]
    outputs = drawing.values[-1:]
    t, u, cotangents = inputs_like(graph, inputs), inputs_like(graph, inputs), inputs_like(graph, outputs)
    gradient = pull_back(outputs, inputs, cotangents)
    along_t, along_u = push_forward(gradient, inputs, t), push_forward(gradient, inputs, u)
    set_outputs(graph, [*along_t, *along_u])
    values = numbers(drawing, -1.3, 1.3)
    results = evaluate(graph, values)
    assume(is_tame(results))
    known = dict(zip(graph.inputs, values, strict=True))
    one, scale = inner(results[: len(inputs)], [known[d.id] for d in u])
    other, _ = inner(results[len(inputs) :], [known[d.id] for d in t])
    assert abs(one - other) <= 1e-11 * scale
