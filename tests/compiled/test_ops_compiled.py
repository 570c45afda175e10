"""Every op through C against its NumPy reference: dtypes and shapes of its row, tails of vectors, special values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from gradgen.ir import Graph, TypeMaker
from gradgen.ops import OPS
from tests.compiled.build import Built, build
from tests.interpret import interpret, new_input
from tests.ops.cases import ROWS, Case, Domain
from tests.ops.matrix_cases import MATRICES

pytestmark = pytest.mark.slow

Graphs = list[Graph]

# What a vector unit may treat apart: less than a vector, some vectors and a rest, just below and above 64.
SIZES = (0, *range(1, 21), 63, 64, 65, 130)
FIXED = (3, 7, 17, 64, 65)
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 2.5, 1e3, -1e3, 1e-30)
WHOLE = (0, 1, -1, 2, 3, 7, -7, 100, -100)
PER_TEST = 16
# Four of ours, two of the reference.
ULPS = 6.0
# What is made of several functions: units in the last place of 1 and of the result, whichever is larger.
LOOSE = {
    "digamma": 16.0, "erfc": 4.0, "gamma": 16.0, "gammaln": 8.0, "logaddexp": 8.0, "logaddexp2": 8.0, "logit": 16.0,
    "polygamma": 16.0, "power": 8.0, "recur": 8.0, "sinc": 8.0, "xlog1py": 8.0, "xlogy": 8.0,
    **dict.fromkeys(MATRICES, 64.0),
}  # fmt: skip
# No single NumPy function to be compared with at infinity: see tests/ops/test_table_in_c.py.
NOT_SPECIAL = ("polygamma", "gammaln", "astype")


def groups() -> list[list[str]]:
    names = sorted(ROWS)
    return [names[start : start + PER_TEST] for start in range(0, len(names), PER_TEST)]


each_group = pytest.mark.parametrize("names", groups(), ids=lambda names: f"{names[0]}-to-{names[-1]}")


def is_close(name: str, result: np.ndarray, expected: np.ndarray) -> bool:
    if result.shape != expected.shape or result.dtype != expected.dtype:
        return False
    if expected.dtype.kind != "f":
        return bool(np.array_equal(result, expected))
    with np.errstate(all="ignore"):
        units = np.spacing(np.abs(expected)) * ULPS
        if name in LOOSE:
            units = LOOSE[name] * np.finfo(expected.dtype).eps * (1.0 + np.abs(expected))
        close = (np.abs(result - expected) <= units) | (result == expected) | (np.isnan(result) & np.isnan(expected))
    return bool(np.all(close))


def fixed_cases(name: str) -> Iterator[Case]:
    """The cases of the row, and for elementwise ops more lengths."""
    yield from ROWS[name]
    if OPS[name].is_elementwise:
        first = ROWS[name][0]
        for size in FIXED:
            yield Case(first.domains, ((size,),) * len(first.domains), first.dtypes, first.attributes)


def with_all_shapes(name: str, dtypes: str) -> tuple[Graph, list[np.ndarray]]:
    """One kernel of all the cases of a row, and values for its inputs."""
    graph, values = Graph(), list[np.ndarray]()
    for seed, case in enumerate(fixed_cases(name)):
        if dtypes in case.dtypes:
            graph.outputs.append(case.place(OPS[name], graph, dtypes)[2].id)
            values += case.draw(dtypes, seed)
    return graph, values


@each_group
def test_every_shape_and_dtype(names: list[str], workshop: Path) -> None:
    drawn = [(name, with_all_shapes(name, dtypes)) for name in names for dtypes in ROWS[name][0].dtypes]
    built = build([graph for _, (graph, _) in drawn], folder=workshop)
    for (name, (graph, values)), kernel in zip(drawn, built, strict=True):
        for result, expected in zip(kernel(*values), interpret(graph, values), strict=True):
            if not is_close(name, result, expected):
                raise AssertionError(f"{name} {values[0].dtype} {expected.shape}: {result} instead of {expected}")


def of_any_length(name: str, dtypes: str) -> Graph:
    """The op on vectors of a length known only at the call."""
    case, graph = ROWS[name][0], Graph()
    codes = dtypes * len(case.shapes) if len(dtypes) == 1 else dtypes
    operands = [new_input(graph, TypeMaker(np.dtype(code).type)["n"]) for code in codes]
    graph.outputs = [OPS[name](*operands, **case.attributes).id]
    return graph


def corners(name: str, graph: Graph, domains: Sequence[Domain]) -> list[np.ndarray]:
    """All combinations of special values for the inputs, of the kinds that the inputs can have."""
    choices = []
    for type_, domain in zip(graph.types(graph.inputs), domains, strict=True):
        numbers: Sequence[float] = (0, 1) if type_.dtype.kind == "b" else SPECIAL
        if type_.dtype.kind == "i":
            numbers = [*WHOLE, np.iinfo(type_.dtype).max, np.iinfo(type_.dtype).min]
            if name == "power":  # NumPy refuses the others
                numbers = [number for number in numbers if number >= 0]
        choices.append(np.asarray([0, 1, 2, 3] if domain.whole else numbers).astype(type_.dtype))
    return [np.ravel(grid).copy() for grid in np.meshgrid(*choices, indexing="ij")]


def vectors(names: Sequence[str]) -> Iterator[tuple[str, str, Graph]]:
    for name in names:
        if OPS[name].is_elementwise:
            for dtypes in ROWS[name][0].dtypes:
                yield name, dtypes, of_any_length(name, dtypes)


def check(name: str, kernel: Built, values: list[np.ndarray]) -> None:
    with np.errstate(all="ignore"):
        expected = np.asarray(OPS[name].numpy(*values, **ROWS[name][0].attributes))
    [result] = kernel(*values)
    if not is_close(name, result, expected):
        wrong = [k for k in range(expected.size) if not is_close(name, result[k : k + 1], expected[k : k + 1])]
        shown = [(*[value[k] for value in values], result[k], expected[k]) for k in wrong[:5]]
        raise AssertionError(f"{name} of {expected.size}: {len(wrong)} wrong; operands, result, expected: {shown}")


@each_group
def test_every_length_and_special_value(names: list[str], workshop: Path) -> None:
    drawn = list(vectors(names))
    built = build([graph for *_, graph in drawn], folder=workshop)
    for (name, dtypes, graph), kernel in zip(drawn, built, strict=True):
        domains = ROWS[name][0].domains
        for size in SIZES:
            case = Case(domains, ((size,),) * len(domains), (dtypes,), ROWS[name][0].attributes)
            check(name, kernel, case.draw(dtypes, seed=size))
        if name not in NOT_SPECIAL:
            check(name, kernel, corners(name, graph, domains))
