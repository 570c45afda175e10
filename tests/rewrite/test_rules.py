"""Every rule of every table, by its name: it fires on its example, and the result is what it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from gradgen.ir import ADJOINT, FORWARD, Graph, verify
from gradgen.ops import Value
from gradgen.rewrite import EXACT, FINAL, RELAXED, STABLE, Table, rewrite, rewritten
from gradgen.rewrite.factored import FACTORED
from gradgen.rewrite.fold import FOLD as FOLDING
from gradgen.rewrite.rule import Rule
from tests.interpret import interpret
from tests.rewrite.diagonal_examples import DIAGONAL_VARIANTS, DIAGONALS
from tests.rewrite.diagonal_examples import FINAL as FINAL_EXAMPLES
from tests.rewrite.elementwise_examples import ARITHMETIC, FOLD, MOVEMENT
from tests.rewrite.matrix_examples import FACTORED as FACTORED_EXAMPLES
from tests.rewrite.matrix_examples import MATRICES, MATRIX_VARIANTS
from tests.rewrite.sum_examples import PRODUCTS, REDUCTIONS, REPEATED_FACTORS
from tests.rewrite.sum_examples import VARIANTS as SUM_VARIANTS
from tests.rewrite.unsafe_examples import RELAXED as RELAXED_EXAMPLES
from tests.rewrite.unsafe_examples import STABLE as STABLE_EXAMPLES
from tests.rewrite.vocabulary import Build, draw, example_graph

EXACT_EXAMPLES = {
    **{**FOLD, **MOVEMENT, **ARITHMETIC, **REDUCTIONS},
    **{**DIAGONALS, **MATRICES, **PRODUCTS, **REPEATED_FACTORS},
}
VARIANTS = {**SUM_VARIANTS, **DIAGONAL_VARIANTS, **MATRIX_VARIANTS}
TABLES = {
    "exact": (EXACT, EXACT_EXAMPLES),
    "final": (Table(rule for rule in FINAL if rule not in set(EXACT)), FINAL_EXAMPLES),
    "relaxed": (RELAXED, RELAXED_EXAMPLES),
    "stable": (STABLE, STABLE_EXAMPLES),
    "factored": (Table(FACTORED), FACTORED_EXAMPLES),
}
# Rules for the user's own formulas: in a derivative there is a reason for another form.
USERS_OWN = ("inv(A) @ b -> solve(A, b)",)


def cases(*tables: str) -> list[object]:
    return list(_cases(*tables))


def _cases(*tables: str) -> Iterator[object]:
    """Each rule with its examples; the test's id is the rule's name."""
    for table in tables:
        rules, examples = TABLES[table]
        for rule in rules:
            builds = [examples[rule.name]] if rule.name in examples else []
            for number, build in enumerate(builds + (VARIANTS.get(rule.name, []) if table == "exact" else [])):
                yield pytest.param(rule, build, id=f"{rule.name}{' ' * bool(number)}{number or ''}")


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_has_an_example(table: str) -> None:
    rules, examples = TABLES[table]
    assert {rule.name for rule in rules} == set(examples)


WHOLE = FINAL + RELAXED + STABLE


def alone(rule: Rule) -> Table:
    """A table of one rule, and what computes constants."""
    return Table([*[other for other in FOLDING if other.name != rule.name], rule])


def same(graph: Graph, other: Graph, values: list[np.ndarray]) -> None:
    for result, expected in zip(interpret(other, values), interpret(graph, values), strict=True):
        assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
        tolerance = 1e-5 if expected.dtype == np.float32 else 1e-13
        np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("rule", "build"), cases("exact", "final", "relaxed", "stable", "factored"))
def test_a_rule_fires_alone_and_keeps_the_result(rule: Rule, build: Build) -> None:
    graph = example_graph(build, FORWARD if rule.name in USERS_OWN else ADJOINT)
    fired: Counter[str] = Counter()
    after = verify(rewrite(graph, alone(rule), fired))
    assert fired[rule.name] >= 1
    for seed in range(3):
        same(graph, after, draw(build, seed))


@pytest.mark.parametrize("sweep", [FORWARD, ADJOINT])
@pytest.mark.parametrize(("rule", "build"), cases("exact", "final"))
def test_an_exact_rule_keeps_nan_and_infinities(rule: Rule, build: Build, sweep: str) -> None:
    graph = example_graph(build, sweep)
    before, after = verify(rewrite(graph, alone(rule))), verify(rewrite(graph, EXACT))
    for seed in range(20):
        values = draw(build, seed, special=True)
        same(graph, before, values)
        same(graph, after, values)


@pytest.mark.parametrize(("rule", "build"), cases("exact", "final", "relaxed", "stable", "factored"))
def test_the_table_as_a_whole_improves_every_example(rule: Rule, build: Build) -> None:
    graph = example_graph(build, ADJOINT)
    fired: Counter[str] = Counter()
    after = verify(rewrite(graph, WHOLE, fired))
    assert fired.total() >= 1
    same(graph, after, draw(build, 7))
    again: Counter[str] = Counter()
    assert str(rewrite(after, WHOLE, again)) == str(after)
    assert not again


@pytest.mark.parametrize(("rule", "build"), cases("exact"))
def test_in_place_is_the_same_as_anew(rule: Rule, build: Build) -> None:
    graph = example_graph(build, ADJOINT)
    anew = rewrite(graph, EXACT)
    (value,) = rewritten([Value(graph, graph.outputs[0])], EXACT)
    graph.outputs = [value.id]
    verify(graph)
    assert form(rewrite(graph, Table([]))) == form(anew)


def form(graph: Graph) -> list[object]:
    """The nodes from the outputs down, whatever the order in which they were made."""
    found: dict[int, int] = {}
    listing: list[object] = []
    todo = list(reversed(graph.outputs))
    while todo:
        identity = todo.pop()
        if identity not in found:
            found[identity] = len(found)
            node = graph[identity]
            listing.append((node.op.name, node.attributes if node.op.name != "input" else identity))
            todo += reversed(node.operands)
        else:
            listing.append(found[identity])
    return listing
