"""Programs as people write them: each is run by NumPy and traced, and must give the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.ir import type_of, verify
from gradgen.trace import flatten, trace_graph
from tests.interpret import interpret


def run_traced(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the graph of a function gives for arguments."""
    leaves, tree = flatten(arguments)
    traced = trace_graph(function, [type_of(leaf) for leaf in leaves], tree, name="f")
    return traced.result.unflatten(interpret(verify(traced.graph), [*map(np.asarray, leaves), *traced.hidden]))


def assert_as_numpy(function: Callable[..., Any], *arguments: Any) -> None:
    """Trace the function; values, shapes and dtypes are those of NumPy."""
    found, found_tree = flatten(run_traced(function, *arguments))
    expected, expected_tree = flatten(function(*[np.array(argument)[()] for argument in arguments]))
    assert found_tree == expected_tree
    for one, other in zip(found, expected, strict=True):
        assert (one.shape, one.dtype) == (np.shape(other), np.asarray(other).dtype)
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
