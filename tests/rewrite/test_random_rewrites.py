"""Random graphs and their gradients compute the same after rewriting, and rewriting them comes to an end.

``GRADGEN_EXAMPLES=5000 pytest tests/rewrite/test_random_rewrites.py`` looks longer.
"""

from __future__ import annotations

import os

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from gradgen.diff import pull_back
from gradgen.ir import Graph, verify
from gradgen.rewrite import EARLY, FINAL, rewrite, rewritten
from tests.interpret import inputs_like, interpret, set_outputs
from tests.ops.random_graphs import Drawing, graphs

look = settings(
    max_examples=int(os.environ.get("GRADGEN_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="GRADGEN_EXAMPLES" not in os.environ,
)


def check(graph: Graph, after: Graph) -> None:
    random = np.random.default_rng(1)
    values = [np.asarray(random.uniform(-1.3, 1.3, type_.shape)) for type_ in graph.types(graph.inputs)]
    expected = interpret(graph, values)
    assume(all(np.isfinite(value).all() and np.all(np.abs(value) < 1e6) for value in expected))
    scale = max((np.abs(value).max() for value in expected if value.size), default=1.0)
    for result, value in zip(interpret(after, values), expected, strict=True):
        assert result.shape == value.shape
        np.testing.assert_allclose(result, value, rtol=1e-9, atol=1e-11 * (1 + scale))


@look
@given(drawing=graphs(length=12))
def test_values(drawing: Drawing) -> None:
    graph = set_outputs(drawing.graph, drawing.values)
    after = verify(rewrite(graph, FINAL))
    check(graph, after)
    assert str(rewrite(after, FINAL)) == str(after)


@look
@given(drawing=graphs(length=10))
def test_gradients(drawing: Drawing) -> None:
    graph, inputs = drawing.graph, drawing.values[: len(drawing.graph.inputs)]
    outputs = drawing.values[-2:]
    cotangents = inputs_like(graph, outputs)
    set_outputs(graph, [*outputs, *pull_back(outputs, inputs, cotangents)])
    check(graph, verify(rewrite(graph, FINAL)))


@look
@given(drawing=graphs(length=8))
def test_gradients_of_the_rewritten(drawing: Drawing) -> None:
    graph, inputs = drawing.graph, drawing.values[: len(drawing.graph.inputs)]
    outputs = drawing.values[-1:]
    cotangents = inputs_like(graph, outputs)
    before = [*outputs, *pull_back(outputs, inputs, cotangents)]
    better = rewritten(outputs, EARLY)
    after = [*better, *pull_back(better, inputs, cotangents)]
    both = set_outputs(graph, [*before, *after])
    count = len(before)
    random = np.random.default_rng(2)
    values = [np.asarray(random.uniform(-1.3, 1.3, type_.shape)) for type_ in both.types(both.inputs)]
    results = interpret(rewrite(both, FINAL), values)
    assume(all(np.isfinite(value).all() and np.all(np.abs(value) < 1e6) for value in results))
    for old, new in zip(results[:count], results[count:], strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-8, atol=1e-8)
