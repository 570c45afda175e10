"""Names of users that C, its library, the loops or the entries have a use for too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gradgen as gg
from gradgen.errors import GradgenError
from gradgen.ir import Dim, Graph, Type
from gradgen.lower import lower
from gradgen.ops import OPS
from tests.compiled.build import build
from tests.interpret import new_input

TAKEN = (
    "i", "j", "k", "n", "m", "out", "work", "dims", "place", "status", "double", "exp", "gg_sin", "größe", "total",
    "arguments", "results", "_Bool", "inline", "i0", "i1", "errno", "shared", "GG_OK",
)  # fmt: skip


def of_all(names: tuple[str, ...], type_: Type) -> Graph:
    """The sum of the sines of inputs of these names, each also a value of that name, and the sums along axis 0."""
    graph, total = Graph(), None
    for name in names:
        x = new_input(graph, type_)
        graph.names[x.id] = name
        sine = OPS["sin"](x)
        graph.names[sine.id] = name
        total = sine if total is None else total + sine
    assert total is not None
    graph.outputs = [total.id, OPS["sum"](total * total, axes=(0,)).id]
    return graph


def test_every_name_works(workshop: Path) -> None:
    types = [Type(np.dtype(np.float64), shape) for shape in ((70, 3), (Dim("n"), Dim("m")), (3, Dim("i")))]
    x = np.linspace(0.0, 1.0, 210).reshape(70, 3)
    for kernel, value in zip(build([of_all(TAKEN, t) for t in types], folder=workshop), (x, x, x[:3]), strict=True):
        result, _ = kernel(*[value] * len(TAKEN))
        np.testing.assert_allclose(result, len(TAKEN) * np.sin(value), rtol=1e-14)


@pytest.mark.parametrize("name", ["double", "i1", "2n", "gg_n", "GG_OK", "größe", "work"])
def test_a_dimension_that_c_cannot_call_so_is_refused(name: str) -> None:
    graph = of_all(("x",), Type(np.dtype(np.float64), (Dim(name),)))
    with pytest.raises(GradgenError, match="rename it"):
        lower(graph)


def exp(x: np.ndarray) -> np.ndarray:
    return np.exp(x) + 1.0


def test_a_function_may_be_called_as_one_of_the_library() -> None:
    np.testing.assert_allclose(gg.compile(exp)(np.zeros(3)), [2.0, 2.0, 2.0])
