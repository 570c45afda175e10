"""The problems of the gallery with the types and assumptions under which their formulas are printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import gradgen as gg
from gradgen.errors import GradgenError
from gradgen.formula import Formula
from gradgen.trace import flatten
from tests.gallery.gallery import PROBLEMS
from tests.gallery.problem import Problem

__all__ = ["PAIRS", "evaluated", "formula_of", "symmetric", "transform"]

LETTERS = "nmkdpq"

# Every derivative of the gallery: a problem, and whether it is its Hessian that is meant.
PAIRS: tuple[tuple[Problem, bool], ...] = tuple(
    (problem, twice) for problem in PROBLEMS for twice in (False, True) if not twice or problem.hessian is not None
)


def transform(problem: Problem, twice: bool) -> gg.Compiled:
    """What gives the derivative."""
    if twice:
        return gg.hessian(problem.f, problem.argnums, backend="numpy")
    make = gg.grad if problem.is_scalar else gg.jacobian
    return make(problem.f, problem.argnums, backend="numpy")


def symmetric(problem: Problem) -> list[str]:
    """The parameters that are symmetric matrices at each point."""
    columns = zip(problem.parameters, zip(*problem.points(), strict=True), strict=True)
    return [name for name, values in columns if all(map(_is_symmetric, values))]


def _is_symmetric(value: Any) -> bool:
    square = isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[0] == value.shape[1]
    return square and np.array_equal(value, value.T)


def formula_of(problem: Problem, twice: bool) -> Formula:
    """The formula, for named sizes where the function can be traced for these."""
    point, error = problem.point(0), None
    for types in (_with_named_sizes(point), point):
        try:
            lowered = transform(problem, twice).lower(*types)
        except GradgenError as refused:
            error = refused
        else:
            return lowered.formula(symmetric=symmetric(problem))
    assert error is not None
    raise error


def _with_named_sizes(point: tuple[Any, ...]) -> Any:
    leaves, tree = flatten(point)
    sizes = dict.fromkeys(extent for leaf in leaves for extent in np.shape(leaf) if extent > 1)
    names = dict(zip(sizes, LETTERS, strict=False))
    return tree.unflatten([gg.f64[tuple(names.get(extent, extent) for extent in np.shape(leaf))] for leaf in leaves])


def evaluated(formula: Formula, point: tuple[Any, ...]) -> Iterator[Any]:
    """The results of the printed NumPy code."""
    names: dict[str, Any] = {}
    exec(formula.numpy, names)  # the point of the test
    results = names[formula.name](*flatten(point)[0])
    yield from results if isinstance(results, tuple) else (results,)
