"""The closed forms themselves, against differences of the functions in NumPy: gradgen has no part in this."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest

from gradgen.trace import Tree, flatten
from tests.gallery.compare import symmetric_part
from tests.gallery.gallery import PROBLEMS
from tests.gallery.problem import Problem
from tests.ops.differences import difference


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_closed_form_is_the_limit_of_differences(problem: Problem) -> None:
    rng = np.random.default_rng(7)
    positions = [problem.parameters.index(name) for name in problem.by]
    for point in problem.points():
        leaves, tree = flatten([point[position] for position in positions])
        directions = [rng.standard_normal(np.shape(leaf)) for leaf in leaves]
        if problem.symmetric:
            directions = [symmetric_part(direction) for direction in directions]

        f = partial(moved, problem, point, positions, tree)
        [expected] = difference(f, leaves, directions, step=1e-4)
        gradient = problem.gradient(*point)
        parts, _ = flatten(gradient if len(positions) > 1 else [gradient])
        products = [np.tensordot(part, d, np.ndim(d)) for part, d in zip(parts, directions, strict=True)]
        scale = sum(float(np.max(np.abs(part))) for part in parts)
        np.testing.assert_allclose(sum(products), expected, rtol=1e-7, atol=1e-7 * scale)


def moved(problem: Problem, point: Sequence[Any], positions: Sequence[int], tree: Tree, *leaves: Any) -> list[Any]:
    """The value where the arguments to differentiate by are made of these leaves."""
    arguments = list(point)
    for position, x in zip(positions, tree.unflatten(leaves), strict=True):
        arguments[position] = x
    return [problem.f(*arguments)]
