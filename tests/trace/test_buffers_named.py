"""Arrays with a size that is known only at the call, made and written into by the traced function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradgen.errors import TraceError
from gradgen.ir import TypeMaker, verify
from gradgen.trace import make_graph
from tests.interpret import interpret
from tests.trace.test_named_sizes import bind

f64 = TypeMaker(np.float64)


def differences(x: Any) -> Any:
    out = np.zeros_like(x)
    out[1:] = x[1:] - x[:-1]
    out[0] = x[0]
    return out


def from_the_size(x: Any) -> Any:
    out, ones, twos = np.zeros(x.shape[0]), np.ones(x.shape), np.full(x.shape[0], 2.0)
    out[...] = x
    out += ones * twos
    return out


def in_parts(x: Any) -> Any:
    out = x * 2
    other = out
    out[1:-1] *= x[1:-1]
    out[-1] = 3.0
    out[2] += x[0]
    inner = out[1:]
    inner[0] = 9.0
    inner[1:] -= 1
    return other, inner, inner[:-1]


def copies(x: Any) -> Any:
    y = x.copy()
    z = y.reshape(-1)
    y[x > 0.5] = 0.0
    z += 1
    return y, z, y.copy()


def columns(x: Any) -> Any:
    out = np.zeros((x.shape[0], 3))
    out[:, 0] = x
    out[1:, 2] = x[:-1]
    out[0, 1:] = x[0]
    return out


FUNCTIONS = [differences, from_the_size, in_parts, copies, columns]


@pytest.mark.parametrize("size", [4, 7])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_programs_of_any_size(function: Callable[[Any], Any], size: int) -> None:
    graph = verify(make_graph(function, f64["n"]))
    x = np.linspace(0.1, 1.0, size)
    expected = function(x.copy())
    found = interpret(bind(graph, size), [x])
    for one, other in zip(found, expected if type(expected) is tuple else (expected,), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


REFUSED = [
    (lambda x: (x * 1).__setitem__(slice(None, None, 2), 0.0), "integers and slices of step 1"),
    (lambda x: (x * 1).__setitem__([0, 1], 0.0), "integers and slices of step 1"),
    (lambda x: np.put(x * 1, [0], x[:1]), "cannot be changed in part"),
    (lambda x: np.flip(x * 1).__setitem__(0, 1.0), "cannot be written into"),
    (lambda x: x.__setitem__(0, 1.0), "copy first"),
]


@pytest.mark.parametrize(("function", "message"), REFUSED)
def test_what_needs_the_size_is_refused(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TraceError, match=message):
        make_graph(function, f64["n"])
