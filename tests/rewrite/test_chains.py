"""Chains of products in the cheapest order."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradgen as gg
from gradgen.ir import Graph
from gradgen.rewrite import order_products
from tests.interpret import interpret

CHAINS: dict[str, tuple[Callable[..., Any], list[tuple[int, ...]], int]] = {
    "a chain that ends in a vector": (lambda a, b, c, x: a @ b @ c @ x, [(30, 40), (40, 20), (20, 50), (50,)], 3000),
    "the textbook's": (lambda a, b, c: a @ b @ c, [(10, 100), (100, 5), (5, 50)], 7500),
    "the textbook's, from the wrong side": (lambda a, b, c: a @ (b @ c), [(10, 100), (100, 5), (5, 50)], 7500),
    "an outer product in between": (lambda x, y, z: (np.outer(x, y) * 2.0) @ z, [(30,), (40,), (40,)], 40),
    "an outer product, used twice": (
        lambda x, y, z: np.outer(x, y) @ z + np.outer(x, y).sum(),
        [(30,), (40,), (40,)],
        1240,
    ),
    "multi_dot": (lambda a, b, c: np.linalg.multi_dot([a, b, c]), [(10, 100), (100, 5), (5, 50)], 7500),
    "einsum of four": (
        lambda a, b, c, d: np.einsum("ij,jk,kl,l->i", a, b, c, d),
        [(9, 10), (10, 11), (11, 12), (12,)],
        90 + 110 + 132,
    ),
}


def multiplications(graph: Graph) -> int:
    """How many the contractions of a graph take."""
    total = 0
    for identity in graph.live():
        node = graph[identity]
        if node.op.name == "contract":
            extents: dict[str, int] = {}
            for operand, labels in zip(node.operands, (node["x_labels"], node["y_labels"]), strict=True):
                extents.update(zip(labels, map(int, graph[operand].type.shape), strict=True))
            total += math.prod(extents.values())
    return total


@pytest.mark.parametrize("name", CHAINS)
def test_the_cheapest_order_is_found(name: str) -> None:
    function, shapes, best = CHAINS[name]
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    compiled = gg.compile(function, backend="numpy")
    np.testing.assert_allclose(compiled(*arrays), function(*arrays), rtol=1e-12)
    assert multiplications(compiled.graph) <= best


def test_what_others_use_stays() -> None:
    def function(a: Any, b: Any, x: Any) -> Any:
        product = a @ b
        return product @ x, product

    rng = np.random.default_rng(0)
    graph = gg.compile(function).lower(rng.normal(size=(8, 9)), rng.normal(size=(9, 7)), rng.normal(size=7)).graph
    assert multiplications(graph) == 8 * 9 * 7 + 8 * 7


def test_the_derivative_follows_the_order() -> None:
    shapes = [(30, 40), (40, 20), (20, 50), (50,)]
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    graph = gg.grad(lambda a, b, c, x: np.sum((a @ b @ c @ x) ** 2), argnums=(0, 1, 2, 3)).lower(*arrays).graph
    assert multiplications(graph) == 2 * (30 * 40 + 40 * 20 + 20 * 50)


def test_a_normal_equation_is_not_multiplied_out() -> None:
    rng = np.random.default_rng(0)
    graph = gg.compile(lambda a, x: a.T @ (a @ x)).lower(rng.normal(size=(30, 20)), rng.normal(size=20)).graph
    assert multiplications(graph) == 2 * 30 * 20


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=3, max_size=7), st.randoms(use_true_random=False))
def test_any_chain_keeps_its_value_and_costs_no_more(extents: list[int], random: Any) -> None:
    rng = np.random.default_rng(random.randrange(1000))
    arrays = [rng.normal(size=pair) for pair in itertools.pairwise(extents)]

    def function(*factors: Any) -> Any:
        parts = list(factors)
        while len(parts) > 1:
            at = random.randrange(len(parts) - 1)
            parts[at : at + 2] = [parts[at] @ parts[at + 1]]
        return parts[0]

    state = random.getstate()
    graph = gg.compile(function).lower(*arrays).after("simplify")
    random.setstate(state)
    after = order_products(graph, Counter())
    for found, expected in zip(interpret(after, arrays), interpret(graph, arrays), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
    assert multiplications(after) <= multiplications(graph)
