"""A sample of the coverage table in C: one kernel for each family, values and gradient together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradgen as gg
from tests.trace.coverage_cases import FAMILIES, Function

pytestmark = pytest.mark.slow

SAMPLE = {
    family: [(name, row[k]) for name, row in rows.items() for k in range(len(row)) if k % 4 == 0]
    for family, rows in FAMILIES.items()
}


def leaves(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple | list) else [result]


def together(functions: list[Function], counts: list[int]) -> Function:
    """All functions, one behind the other, and the sum of the sines of what they give."""

    def run(*arguments: Any) -> Any:
        results, start = [], 0
        for function, count in zip(functions, counts, strict=True):
            results += leaves(function(*arguments[start : start + count]))
            start += count
        # Counts and positions as numbers too; with a wave, so that no derivative is a constant.
        return sum(np.sum(np.sin(np.nan_to_num(1.0 * part, posinf=1.0, neginf=-1.0))) for part in results), results

    return run


@pytest.mark.parametrize("family", SAMPLE)
def test_compiled_is_what_numpy_computes(family: str) -> None:
    rows = SAMPLE[family]
    run = together([function for _, (function, _) in rows], [len(arguments) for _, (_, arguments) in rows])
    arguments = [np.asarray(argument) for _, (_, given) in rows for argument in given]
    numbers = tuple(range(len(arguments)))
    (value, results), gradient = gg.value_and_grad(run, argnums=numbers, has_aux=True)(*arguments)
    with np.errstate(all="ignore"):
        expected = run(*arguments)
    np.testing.assert_allclose(value, expected[0], rtol=1e-12)
    for found, part in zip(results, expected[1], strict=True):
        assert (np.shape(found), found.dtype) == (np.shape(part), np.asarray(part).dtype)
        np.testing.assert_allclose(found, part, rtol=1e-12, atol=1e-13)
    again = gg.value_and_grad(run, argnums=numbers, has_aux=True, backend="numpy")(*arguments)[1]
    for found, part in zip(gradient, again, strict=True):
        np.testing.assert_allclose(found, part, rtol=1e-10, atol=1e-12)
