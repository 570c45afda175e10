"""The op table in C: values for every dtype, tangents and cotangents, against the NumPy references.

Many ops go into one kernel, which also makes the fusion of unrelated work face every op.
"""

from __future__ import annotations

import numpy as np
import pytest

from gradgen.diff import pull_back, push_forward
from gradgen.ir import Graph
from gradgen.native.compiler import find_compiler
from gradgen.ops import OPS, Value
from tests.interpret import inputs_like, interpret, new_input, set_outputs
from tests.ops.cases import ROWS, Case
from tests.ops.conftest import compiled
from tests.ops.matrix_cases import MATRICES

pytestmark = [pytest.mark.slow, pytest.mark.skipif(find_compiler() is None, reason="no C compiler")]

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 1e3, -1e3, 1e-300]
PER_KERNEL = 12


def largest(name: str) -> Case:
    """The case that has the most elements: size 0 and 1 have tests of their own."""
    return max(ROWS[name], key=lambda case: sum(int(np.prod(shape)) for shape in case.shapes))


def add_op(graph: Graph, name: str, case: Case, dtypes: str) -> tuple[list[Value], list[np.ndarray]]:
    """Put an op on new inputs; its result, tangent and cotangents, and values for the inputs."""
    operands, movable, out = case.place(OPS[name], graph, dtypes)
    xs = [operands[position] for position in movable] if out.type.is_real else []
    directions = inputs_like(graph, [*xs, out] if xs else [])
    rng = np.random.default_rng(2)
    values = case.draw(dtypes) + [np.asarray(rng.standard_normal(d.shape), d.dtype) for d in directions]
    derivatives = push_forward([out], xs, directions[:-1]) + pull_back([out], xs, directions[-1:]) if xs else []
    return [out, *derivatives], values


def groups() -> list[list[str]]:
    names = sorted(set(ROWS) & set(OPS))
    return [names[start : start + PER_KERNEL] for start in range(0, len(names), PER_KERNEL)]


@pytest.mark.parametrize("names", groups(), ids=lambda names: f"{names[0]}-to-{names[-1]}")
def test_values_and_derivatives(names: list[str]) -> None:
    graph = Graph("of_" + names[0])
    outputs: list[Value] = []
    values: list[np.ndarray] = []
    labels: list[str] = []
    for name in names:
        for dtypes in largest(name).dtypes:
            results, drawn = add_op(graph, name, largest(name), dtypes)
            outputs, values = outputs + results, values + drawn
            labels += [f"{name} {dtypes}, result {number}" for number in range(len(results))]
    set_outputs(graph, outputs)
    for label, result, expected in zip(labels, compiled(graph, values), interpret(graph, values), strict=True):
        slack = 16 * np.finfo(expected.dtype).eps if expected.dtype.kind == "f" else 0
        # the entries of a matrix share their roundings
        size = np.max(np.abs(expected), initial=1.0) if label.split()[0] in MATRICES else 1.0
        np.testing.assert_allclose(result, expected, rtol=slack, atol=slack * size, strict=True, err_msg=label)


def takes_specials(name: str) -> bool:
    """Elementwise ops on reals; not where an operand must be whole, nor gammaln: libm and SciPy differ at -inf."""
    return OPS[name].is_elementwise and "d" in ROWS[name][0].dtypes and name not in ("polygamma", "gammaln", "astype")


@pytest.mark.parametrize("names", groups(), ids=lambda names: f"{names[0]}-to-{names[-1]}")
def test_special_values(names: list[str]) -> None:
    """NaN, infinities and zeros in every combination, through each elementwise op on reals."""
    graph = Graph("of_" + names[0])
    outputs: list[Value] = []
    values: list[np.ndarray] = []
    for name in [name for name in names if takes_specials(name)]:
        grid = np.meshgrid(*[SPECIAL] * len(ROWS[name][0].domains))
        arrays = [np.ascontiguousarray(np.ravel(x)) for x in grid]
        case = Case(ROWS[name][0].domains, tuple(x.shape for x in arrays), attributes=ROWS[name][0].attributes)
        operands = [new_input(graph, type_) for type_ in case.types("d")]
        outputs.append(OPS[name](*operands, **case.attributes))
        values += arrays
    if not outputs:
        pytest.skip("no elementwise op on reals in this group")
    set_outputs(graph, outputs)
    for out, result, expected in zip(outputs, compiled(graph, values), interpret(graph, values), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-15, err_msg=out.node.op.name, strict=True)
