"""docs/derivatives-at-kinks.md holds: every row of its table is computed, in both modes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from gradgen.diff import pull_back, push_forward
from gradgen.ir import Graph, Type
from gradgen.ops import OPS, Value, lift
from tests.interpret import Evaluate, new_input, set_outputs

TABLE = Path(__file__).parents[2] / "docs" / "derivatives-at-kinks.md"
ROW = re.compile(r"\| `(\w+)\((.*)\)` \| `(.*)` \| (?:`(.*)`|–) \|.*\|")


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",") if part]


def rows() -> list[tuple[str, list[float], list[float], list[float]]]:
    found = [ROW.fullmatch(line) for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    assert all(found), "a row of the table cannot be read"
    return [(row[1], numbers(row[2]), numbers(row[3]), numbers(row[4] or "")) for row in found if row]


def call(graph: Graph, name: str, point: list[float]) -> tuple[Value, list[Value]]:
    """The op on a scalar for each number, or on all of them as one vector if it reduces."""
    scalars = [new_input(graph, Type(np.dtype(np.float64))) for _ in point]
    if OPS[name].is_elementwise:
        return OPS[name](*scalars), scalars
    entries = [OPS["reshape"](x, shape=(1,)) for x in scalars]
    return OPS[name](OPS["concatenate"](*entries, axis=0), axes=(0,)), scalars


@pytest.mark.parametrize(("name", "point", "first", "second"), rows(), ids=lambda value: str(value))
def test_derivative_is_what_the_table_says(
    name: str, point: list[float], first: list[float], second: list[float], evaluate: Evaluate
) -> None:
    graph = Graph(f"of_{name}")
    out, xs = call(graph, name, point)
    one = lift(1.0, xs[0])
    gradient = pull_back([out], xs, [one])
    pushed = [push_forward([out], [x], [one])[0] for x in xs]
    curvature = [push_forward([slope], [x], [one])[0] for slope, x in zip(pushed, xs, strict=True)]
    adjoint = [pull_back([slope], [x], [one])[0] for slope, x in zip(gradient, xs, strict=True)]
    values = evaluate(set_outputs(graph, [*pushed, *gradient, *curvature, *adjoint]), [np.asarray(x) for x in point])
    found = np.array(values).reshape(4, -1)
    np.testing.assert_allclose(found[:2], [first, first], rtol=1e-13)
    if second:
        np.testing.assert_allclose(found[2:], [second, second], rtol=1e-13)
