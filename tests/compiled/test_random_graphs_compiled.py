"""Random graphs, with and without named dimensions, through rewriting, lowering and C, against the NumPy references.

``GRADGEN_EXAMPLES=3000 pytest -n 2 tests/compiled/test_random_graphs_compiled.py`` looks longer.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gradgen.ir import Graph, verify
from gradgen.pipeline import PASSES
from tests.compiled.build import Built, build
from tests.compiled.named_graphs import NAMED_SIZES, draw_named, fits, values_for
from tests.compiled.random_graphs import MODES, draw, inputs_for, with_derivatives
from tests.compiled.reference import expect

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("GRADGEN_EXAMPLES", "200"))
# Graphs compiled together, each twice: as drawn and rewritten.
TOGETHER = 50

each_batch = pytest.mark.parametrize("first", range(0, EXAMPLES, TOGETHER))


def seeds(first: int) -> range:
    return range(first, min(first + TOGETHER, EXAMPLES))


def optimised(graph: Graph) -> Graph:
    """After every pass."""
    for _, run in PASSES:
        graph = run(graph, Counter())
    return graph


def compiled(graphs: Iterable[Graph], workshop: Path) -> Iterator[tuple[Graph, Built, Built]]:
    """Each graph with its kernels: of the graph as it is, and rewritten."""
    pairs = [(graph, verify(optimised(graph))) for graph in graphs]
    kernels = build([graph for pair in pairs for graph in pair], folder=workshop)
    yield from zip([graph for graph, _ in pairs], kernels[::2], kernels[1::2], strict=True)


def check(graph: Graph, kernels: Iterable[Built], values: list[np.ndarray], where: str) -> None:
    """Every output of every kernel, and of a second call of it."""
    expected = expect(graph, values)
    for kernel in kernels:
        results = kernel(*values)
        for number, (result, wanted) in enumerate(zip(results, expected, strict=True)):
            wrong = wanted.mismatch(result)
            if wrong:
                raise AssertionError(f"{where}, output {number}: {wrong}\n{kernel.graph}")
        assert [result.tobytes() for result in kernel(*values)] == [result.tobytes() for result in results], where


@each_batch
def test_fixed_sizes(first: int, workshop: Path) -> None:
    graphs = [with_derivatives(draw(seed), MODES[seed % len(MODES)]) for seed in seeds(first)]
    for seed, (graph, *kernels) in zip(seeds(first), compiled(graphs, workshop), strict=True):
        check(graph, kernels, inputs_for(graph, seed), f"seed {seed}")


@each_batch
def test_named_sizes(first: int, workshop: Path) -> None:
    graphs = [with_derivatives(draw_named(seed), MODES[seed % len(MODES)]) for seed in seeds(first)]
    for number, (graph, *kernels) in enumerate(compiled(graphs, workshop)):
        for n, m in NAMED_SIZES:
            sizes = {"n": n, "m": m}
            if fits(graph, sizes):
                check(graph, kernels, values_for(graph, sizes, first), f"graph {number} of {first}, sizes {sizes}")
