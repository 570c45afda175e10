"""Common factors leave the sums of a derivative, and only there."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

import gradgen as gg
from gradgen.ir import ADJOINT, FORWARD, Graph, verify
from gradgen.rewrite import collect_factors
from tests.interpret import interpret, new_input, set_outputs
from tests.rewrite.vocabulary import Build, draw, example_graph, f64

EXAMPLES: dict[str, tuple[Build, int, int]] = {
    "the slope of a step": (lambda r, v: r + -0.1 * (v * r) + r * (1.0 - v) * 0.1, 7, 3),
    "a product of two factors in each term": (lambda r, v, w, c: r * (v * w) + (c * v) * r, 5, 4),
    "what has no common factor": (lambda r, v, w, c: r * v + c * w, 3, 3),
    "plain products, which are added for nothing": (lambda r, v, w: r * v + r * w, 3, 3),
    "one term without": (lambda r, v, w, c: r * (v * w) + c + r * (v * c) - v * w, 7, 6),
    "a number and what is straight": (lambda v: 1.0 + -0.25 * v + 0.25 * (1.0 - v), 5, 2),
    "a number that would cancel": (lambda v: 1.0 + 0.5 * v + -0.5 * (1.0 - v), 5, 5),
    "a zero that would move": (lambda v: 1.0 + -50.0 * v + 50.0 * (1.0 - v), 5, 5),
}


def operations(graph: Graph) -> int:
    return sum(graph[identity].op.name in ("add", "subtract", "multiply", "negative") for identity in graph.live())


def same(graph: Graph, other: Graph, values: list[np.ndarray]) -> None:
    for result, expected in zip(interpret(other, values), interpret(graph, values), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", EXAMPLES)
def test_factors_leave_where_that_saves_work(name: str) -> None:
    build, before, after = EXAMPLES[name]
    graph = example_graph(build, ADJOINT)
    assert operations(graph) == before
    fired: Counter[str] = Counter()
    collected = verify(collect_factors(graph, fired))
    assert operations(collected) == after
    assert bool(fired) == (before != after)
    for seed in range(3):
        same(graph, collected, draw(build, seed))


def test_a_users_own_sum_stays() -> None:
    build, *_ = EXAMPLES["the slope of a step"]
    graph = example_graph(build, FORWARD)
    assert collect_factors(graph, Counter()) is graph


def test_what_others_use_stays_as_it_is() -> None:
    graph = example_graph(lambda r, v, w, c: r * (v * w) + (c * v) * r, ADJOINT)
    (root,) = graph.outputs
    graph.outputs = [root, *graph[root].operands]
    assert collect_factors(graph, Counter()) is graph


@pytest.mark.parametrize("seed", range(60))
def test_random_sums_of_products(seed: int) -> None:
    """Values of any form over few inputs, some used twice; special numbers come out as they did."""
    chosen = random.Random(seed)
    graph = Graph()
    values = [new_input(graph, f64[5]) for _ in range(3)]
    for _ in range(chosen.randint(4, 25)):
        graph.sweep = chosen.choice([ADJOINT, ADJOINT, ADJOINT, FORWARD])
        x, y = chosen.choice(values), chosen.choice(values)
        number = chosen.choice([0.1, -0.5, 1.0, 2.0])
        values = [*values, chosen.choice([x + y, x - y, x * y, x * y, -x, x * number, number - x, number * (x * y)])]
    set_outputs(graph, [values[-1], chosen.choice(values[3:])])
    collected = verify(collect_factors(graph, Counter()))
    drawn = np.random.default_rng(seed).uniform(-2.0, 2.0, (3, 5))
    drawn[:, 3:] = np.random.default_rng(seed).choice([np.nan, 0.0, 1.0], (3, 2))
    numbers = list(drawn)
    with np.errstate(all="ignore"):
        results, expected = interpret(collected, numbers), interpret(graph, numbers)
    for result, wanted in zip(results, expected, strict=True):
        size = float(np.nanmax(np.abs(wanted), initial=1.0))
        np.testing.assert_allclose(result, wanted, rtol=1e-9, atol=1e-9 * size)


def test_a_chain_costs_one_product_a_step() -> None:
    def total(x):  # type: ignore[no-untyped-def]
        for _ in range(10):
            x = x + 0.1 * x * (1.0 - x)
        return np.sum(x)

    graph = gg.value_and_grad(total).lower(gg.f64[100]).graph
    adjoint = [graph[identity].op.name for identity in graph.live() if graph[identity].sweep == ADJOINT]
    assert adjoint.count("multiply") <= 20
    x = np.linspace(0.1, 0.9, 100)
    state, slope = x, np.ones(100)
    for _ in range(10):
        state, slope = state + 0.1 * state * (1.0 - state), slope * (1.1 - 0.2 * state)
    np.testing.assert_allclose(gg.grad(total)(x), slope, rtol=1e-13)
