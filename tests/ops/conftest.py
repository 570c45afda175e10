"""How the op table is run: each test that takes ``evaluate`` runs once for every way there is.

``GRADGEN_WAYS=c pytest tests/ops`` runs all of it through the compiler, a kernel for each test; without
that, `test_table_in_c` compiles many ops into one kernel.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pytest

from gradgen.ir import Graph, verify
from gradgen.pipeline import build, lowered
from gradgen.rewrite import FINAL, rewrite
from gradgen.trace.function import Traced
from tests.interpret import Evaluate, interpret


def rewritten(graph: Graph, values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """By the NumPy references, after the exact rules have been at the graph."""
    return interpret(verify(rewrite(graph, FINAL)), values)


def compiled(graph: Graph, values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Through C."""
    return [np.asarray(out) for out in build(lowered(Traced(graph, None)), "c")(*values)]


WAYS: dict[str, Evaluate] = {"numpy": interpret, "rewritten": rewritten, "c": compiled}


CHOSEN = os.environ.get("GRADGEN_WAYS", "numpy,rewritten").split(",")


@pytest.fixture(params=[way for way in CHOSEN if way != "numpy"])
def other_way(request: pytest.FixtureRequest) -> Evaluate:
    """The same, for tests that compare with the references themselves."""
    return WAYS[request.param]


@pytest.fixture(params=CHOSEN)
def evaluate(request: pytest.FixtureRequest) -> Evaluate:
    """``evaluate(graph, values)``: the outputs of a graph."""
    return WAYS[request.param]
