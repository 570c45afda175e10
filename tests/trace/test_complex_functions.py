"""Every function of NumPy on complex arrays: it gives NumPy's result, or is refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from gradgen.errors import GradgenError
from gradgen.ir import type_of
from gradgen.trace import flatten, trace_graph
from gradgen.trace.complex_functions import ALIKE
from gradgen.trace.complex_functions import TABLE as FUNCTIONS
from gradgen.trace.complex_ufuncs import TABLE as UFUNCS
from tests.interpret import interpret
from tests.trace.coverage_cases import CALLS, KNOWN
from tests.trace.coverage_samples import V

# Their calls in the table compare numbers, store into real arrays, or make real ones; those below do not.
ELSEWHERE = {
    "all": lambda z: np.all(z, axis=0),
    "any": lambda z: np.any(z),
    "astype": lambda z: z.astype(np.complex64),
    "choose": lambda z: np.choose(np.array([1, 0, 1, 0]), [z, 2.0 - z]),
    "copyto": lambda z: stored(z, lambda out: np.copyto(out, z, where=np.array([True, False, True, True]))),
    "count_nonzero": lambda z: np.count_nonzero(z),
    "fill_diagonal": lambda z: stored(np.outer(z, z), lambda out: np.fill_diagonal(out, z)),
    "place": lambda z: stored(z, lambda out: np.place(out, np.array([True, False, True, False]), z[1:3])),
    "put": lambda z: stored(z, lambda out: np.put(out, [3, 0], z[:2])),
    "put_along_axis": lambda z: stored(z, lambda out: np.put_along_axis(out, np.array([2]), z[:1], 0)),
    "putmask": lambda z: stored(z, lambda out: np.putmask(out, np.array([True, False, True, False]), z * z)),
    "select": lambda z: np.select([z.real > 0.3, z.imag > 0.2], [z, 1j * z], 1.0 - 1j),
    "take_along_axis": lambda z: np.take_along_axis(z, np.array([2, 0]), 0),
    "einsum_path": lambda z: len(np.einsum_path("i,i", z, z)[0]),
}


def stored(like: Any, store: Any) -> Any:
    """A complex array made in the function, which something was stored into."""
    out = np.zeros(like.shape, complex)
    store(out)
    return out


def turned(x: Any) -> Any:
    """A complex array in the place of a real one: distinct, of any phase, and not zero."""
    return x * (0.8 + 0.6j) - 0.3j * x * x


def traced(function: Any, arguments: list[np.ndarray]) -> Any:
    leaves, tree = flatten(tuple(arguments))
    found = trace_graph(lambda *xs: function(*map(turned, xs)), list(map(type_of, leaves)), tree, name="f")
    assert all(node.type.dtype.kind != "c" for node in map(found.graph.__getitem__, found.graph.live()))
    return found.result.unflatten(interpret(found.graph, [*leaves, *found.hidden]))


def assert_same(got: Any, expected: Any) -> None:
    results, wanted = flatten(got)[0], flatten(expected)[0]
    assert len(results) == len(wanted)
    for one, other in zip(results, wanted, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


ASKED = [(f"{name}-0", function, (V,)) for name, function in KNOWN.items() if name != "einsum_path"]
CASES = [*CALLS, *ASKED]


@pytest.mark.parametrize(("name", "function", "arguments"), CASES, ids=[name for name, *_ in CASES])
def test_numpys_result_or_a_refusal(name: str, function: Any, arguments: Any) -> None:
    given = [np.asarray(argument, float) for argument in arguments]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what NumPy loses of complex numbers is refused here
        try:
            got = traced(function, given)
        except GradgenError:
            return
        assert_same(got, function(*map(turned, given)))


@pytest.mark.parametrize("name", sorted({*ALIKE.split(), *[ufunc.__name__ for ufunc in UFUNCS]}))
def test_what_is_listed_is_computed(name: str) -> None:
    calls = [(function, arguments) for case, function, arguments in CASES if case.rpartition("-")[0] == name]
    calls = [(ELSEWHERE[name], (V,))] if name in ELSEWHERE else calls
    if not calls:
        pytest.skip("this NumPy does not have it" if not hasattr(np, name.partition(".")[0]) else "another name of one")
    assert any(is_computed(function, arguments) for function, arguments in calls)


def is_computed(function: Any, arguments: Any) -> bool:
    given = [np.asarray(argument, float) for argument in arguments]
    try:
        assert_same(traced(function, given), function(*map(turned, given)))
    except GradgenError:
        return False
    return True


@pytest.mark.parametrize(
    "function", [f for f in FUNCTIONS if f.__name__ not in ("inv", "solve")], ids=lambda f: f.__name__
)
def test_what_is_written_for_complex_numbers_has_calls(function: Any) -> None:
    names = {case.rpartition("-")[0].rpartition(".")[2] for case, *_ in CASES}
    assert function.__name__ in names
