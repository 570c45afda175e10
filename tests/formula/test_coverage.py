"""Everything of NumPy that is traced, and its gradient, has a formula, and the code that it prints computes it.

It need not be a short one: what is tested is that nothing is wrong where there is no matrix form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.errors import DifferentiationError, GradgenError, ShapeError, TraceError
from gradgen.formula import formula
from gradgen.ir import Graph, type_of
from gradgen.native.reference import evaluate
from gradgen.rewrite import FINAL, rewrite
from gradgen.trace import flatten, trace_graph
from tests.trace.coverage_cases import CALLS

# A formula holds where the function is defined: this one is called with a singular matrix.
SINGULAR = "linalg.det-1"

Function = Callable[..., Any]

every = pytest.mark.parametrize(
    ("function", "arguments"),
    [(function, arguments) for name, function, arguments in CALLS if name != SINGULAR],
    ids=[name for name, *_ in CALLS if name != SINGULAR],
)


@every
def test_value(function: Function, arguments: Sequence[Any]) -> None:
    leaves, tree = flatten(tuple(np.asarray(argument) for argument in arguments))
    traced = trace_graph(function, [type_of(leaf) for leaf in leaves], tree, name="f")
    check(rewrite(traced.graph, FINAL), [*leaves, *traced.hidden])


@pytest.mark.slow
@every
def test_gradient(function: Function, arguments: Sequence[Any]) -> None:
    given = tuple(np.asarray(argument) for argument in arguments)
    by = tuple(position for position, argument in enumerate(given) if argument.dtype.kind == "f")

    def total(*values: Any) -> Any:
        return sum([np.sum(np.sin(1.0 * result)) for result in flatten(function(*values))[0]])

    try:
        lowered = gg.grad(total, by).lower(*given)
    except (TraceError, ShapeError, DifferentiationError) as error:
        pytest.skip(str(error).splitlines()[0])
    check(lowered.graph, [*given, *lowered.stages.traced.hidden])


def check(graph: Graph, arrays: list[np.ndarray]) -> None:
    """The printed code against the graph; what has no form in NumPy must say so."""
    printed = formula(graph)
    assert printed.text
    assert printed.latex
    try:
        source = printed.numpy
    except GradgenError as error:
        assert "no form in NumPy" in str(error)  # noqa: PT017  # either is right
        return
    names: dict[str, Any] = {}
    exec(source, names)
    with np.errstate(all="ignore"):
        results = names[graph.name](*arrays)
    expected = evaluate(graph, arrays)
    for got, wanted in zip(results if isinstance(results, tuple) else (results,), expected, strict=True):
        assert np.shape(got) == np.shape(wanted)
        np.testing.assert_allclose(np.asarray(got, float), np.asarray(wanted, float), rtol=1e-6, atol=1e-8)
