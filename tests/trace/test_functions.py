"""Every function of the tables: its graph, run on the NumPy references, against the function itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradgen.ir import Type, type_of, verify
from gradgen.trace import flatten, trace_graph
from tests.interpret import interpret
from tests.trace.computing import COMPUTING
from tests.trace.moving import MOVING
from tests.trace.samples import Case

TABLES = {**COMPUTING, **MOVING}
CASES = [(f"{family}-{name}", case) for family, table in TABLES.items() for name, case in table]


def traced_results(case: Case, arguments: tuple[Any, ...]) -> Any:
    leaves, tree = flatten(arguments)
    types: list[Type] = [type_of(leaf) for leaf in leaves]
    traced = trace_graph(case.function, types, tree, name="f")
    results = interpret(verify(traced.graph), [*[np.asarray(leaf) for leaf in leaves], *traced.hidden])
    return traced.result.unflatten(results)


def assert_same(found: Any, expected: Any) -> None:
    found_leaves, found_tree = flatten(found)
    expected_leaves, expected_tree = flatten(expected)
    assert found_tree == expected_tree
    for one, other in zip(found_leaves, expected_leaves, strict=True):
        assert one.shape == np.shape(other)
        assert one.dtype == np.asarray(other).dtype
        tolerance = 1e-5 if one.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])
def test_a_traced_function_does_what_numpy_does(case: Case) -> None:
    assert_same(traced_results(case, case.arguments), case.function(*case.arguments))


FLOATING = [pytest.param(case, id=name) for name, case in CASES if isinstance(case.arguments[0], np.ndarray)]


@pytest.mark.parametrize("case", FLOATING)
def test_in_single_precision_too(case: Case) -> None:
    """NumPy's own promotion decides: what stays float32 there stays float32 here."""
    narrow = tuple(x.astype(np.float32) if x.dtype == float else x for x in map(np.asarray, case.arguments))
    with np.errstate(all="ignore"):
        expected = case.function(*narrow)
    found_leaves, expected_leaves = flatten(traced_results(case, narrow))[0], flatten(expected)[0]
    for one, other in zip(found_leaves, expected_leaves, strict=True):
        assert (one.dtype, one.shape) == (np.asarray(other).dtype, np.shape(other))
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
