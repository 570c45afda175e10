"""Every derivative of the gallery as a formula: its NumPy code computes what the compiled derivative does."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.make_formulas import section
from gradgen.errors import TraceError
from gradgen.trace import flatten
from tests.formula.problems import PAIRS, evaluated, formula_of, transform
from tests.gallery.compare import assert_close, symmetric_part
from tests.gallery.problem import Problem

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "formulas.md"

IDS = [f"{problem}{'-hessian' if twice else ''}" for problem, twice in PAIRS]

every = pytest.mark.parametrize(("problem", "twice"), PAIRS, ids=IDS)


@every
def test_formula_is_the_derivative(problem: Problem, twice: bool) -> None:
    try:
        formula, derivative = formula_of(problem, twice), transform(problem, twice)
    except TraceError as error:
        pytest.skip(str(error).splitlines()[0])
    for point in problem.points():
        expected = flatten(derivative(*point))[0]
        for got, wanted in zip(evaluated(formula, point), expected, strict=True):
            if problem.symmetric:
                got, wanted = symmetric_part(got), symmetric_part(wanted)
            assert_close(got, wanted)


@every
def test_page_is_up_to_date(problem: Problem, twice: bool) -> None:
    assert section(problem, twice) in PAGE.read_text(encoding="utf-8"), "run python docs/make_formulas.py"
