"""Products read as factors in index notation, and functions by eigenvectors found in them."""

from __future__ import annotations

import numpy as np

import gradgen as gg
from gradgen.ir import Graph, Type
from gradgen.ops import OPS, Value
from gradgen.rewrite.factors import MOST, multiplied, read_factors


def variable(graph: Graph, *shape: int) -> Value:
    return OPS["input"].leaf(graph, serial=len(graph), type=Type(np.dtype("f8"), shape))


def test_a_product_is_read_in_index_notation() -> None:
    graph = Graph("f")
    V, g, b = variable(graph, 3, 3), variable(graph, 3), variable(graph, 3)
    z = OPS["contract"](V, b, x_labels="ij", y_labels="i", labels="j") / g
    root = OPS["contract"](V, z, x_labels="ij", y_labels="j", labels="i")
    factors = read_factors(root, "i", range(len(graph)))
    assert factors is not None
    found = {(factor.value.id, factor.labels[0] == "i", factor.divides) for factor in factors}
    assert found == {(V.id, True, False), (V.id, False, False), (g.id, False, True), (b.id, False, False)}


def test_a_diagonal_matrix_is_its_diagonal() -> None:
    graph = Graph("f")
    V, g = variable(graph, 3, 3), variable(graph, 3)
    root = OPS["contract"](V, OPS["diag"](g), x_labels="ij", y_labels="jk", labels="ik")
    factors = read_factors(root, "ik", range(len(graph)))
    assert factors is not None
    assert sorted((factor.value.id, factor.labels) for factor in factors) == [(V.id, "ik"), (g.id, "k")]


def test_powers_of_powers_are_left_alone() -> None:
    graph = Graph("f")
    x = variable(graph, 3)
    for _ in range(MOST):
        x = x * x
    assert read_factors(x, "i", range(len(graph))) is None


def test_a_sum_over_what_no_factor_has_is_left_alone() -> None:
    graph = Graph("f")
    x = OPS["broadcast"](variable(graph, 3), shape=(4, 3), axes=(1,))
    assert read_factors(OPS["sum"](x, axes=(0,)), "j", range(len(graph))) is None


def test_factors_multiply_in_any_number() -> None:
    graph = Graph("f")
    A, B, c = variable(graph, 3, 4), variable(graph, 4, 2), variable(graph, 2)
    whole = OPS["contract"](A, B, x_labels="ij", y_labels="jk", labels="ik")
    root = OPS["contract"](whole, c, x_labels="ik", y_labels="k", labels="i")
    factors = read_factors(root, "i", range(len(graph)))
    assert factors is not None
    again = multiplied(graph, factors, "i")
    assert again is not None
    assert again.shape == (3,)


def test_found_before_differentiation_and_gone_when_compiled() -> None:
    def root(A):  # type: ignore[no-untyped-def]
        w, V = np.linalg.eigh(A)
        return (V * np.sqrt(w)) @ V.T

    lowered = gg.compile(lambda A: gg.jvp(root, (A,), (A,))).lower(gg.f64[3, 3])
    assert "spectral" in str(lowered.after("trace"))
    assert "spectral" not in str(lowered.graph)
