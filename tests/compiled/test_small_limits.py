"""Random graphs once more, with the limits of the lowering so low that small graphs meet them.

Blocks of rows, arrays in the arena, kernels in parts, BLAS: large models use all of these, small ones do not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradgen.lower import by_rows, gemm, nests, parts, plan, region, schedule, storage
from gradgen.rewrite import FINAL, rewrite
from tests.compiled.build import build
from tests.compiled.random_graphs import MODES, draw, inputs_for, with_derivatives
from tests.compiled.reference import expect

pytestmark = pytest.mark.slow

SEEDS = range(7000, 7050)

Limit = tuple[Any, str, int]

LIMITS: dict[str, list[Limit]] = {
    "blocks of four rows": [(module, "ROWS", 4) for module in (schedule, by_rows)],
    "loops of two tasks": [(schedule, "MOST", 2)],
    "loops of almost equal extent": [(schedule, "FEWEST", 2)],
    "everything in the arena": [(storage, "STACK_BYTES", 0)],
    "everything stored": [(plan, "CHEAP", 0)],
    "nothing stored": [(plan, "CHEAP", 10_000), (plan, "LONGEST", 10_000)],
    "every product by a kernel": [(gemm, "TINY", 1)],
    "every product by BLAS": [(gemm, "TINY", 1), (gemm, "SMALL", 0)],
    "short lines": [(region, "LONGEST", 2)],
    "parts": [(parts, "LONG", 12), (parts, "PART", 5)],
    "no cuts": [(nests, "MOST_CUTS", 0)],
}


@pytest.mark.parametrize("name", LIMITS)
def test_results_are_the_same(name: str, workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, limit, value in LIMITS[name]:
        assert hasattr(module, limit), f"{module.__name__} has no {limit}"
        monkeypatch.setattr(module, limit, value)
    graphs = [with_derivatives(draw(seed), MODES[seed % len(MODES)]) for seed in SEEDS]
    for seed, graph, kernel in zip(
        SEEDS, graphs, build([rewrite(g, FINAL) for g in graphs], folder=workshop), strict=True
    ):
        values = inputs_for(graph, seed)
        for number, (result, wanted) in enumerate(zip(kernel(*values), expect(graph, values), strict=True)):
            wrong = wanted.mismatch(result)
            if wrong:
                raise AssertionError(f"seed {seed}, output {number}: {wrong}\n{kernel.graph}")
