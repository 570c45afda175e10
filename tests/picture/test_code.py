"""Which lines of C a value has."""

from __future__ import annotations

import re

import numpy as np
import pytest

import gradgen as gg
from gradgen.picture import make_figure
from gradgen.picture.facts import facts
from gradgen.picture.figure import Figure
from tests.picture.functions import CASES, figure


def lines(made: Figure, ranges: list[tuple[int, int]]) -> list[str]:
    text = made.code.source.splitlines()
    return [text[number].strip() for start, stop in ranges for number in range(start, stop)]


def value(made: Figure, name: str) -> int:
    return next(value for value, known in made.graph.names.items() if known == name)


def test_a_value_has_the_lines_that_make_it() -> None:
    made = figure("logistic")
    assert lines(made, made.code.lines.get(value(made, "margin"), [])) == [
        "const double margin = y[i] * product_3[i - i0];"
    ]
    product = next(v for v in made.cards if made.graph[v].op.name == "contract" and made.graph[v].sweep == "forward")
    assert [line.partition("(")[0] for line in lines(made, made.code.lines.get(product, []))] == ["gg_gemv"]


def test_a_sum_has_its_start_and_its_steps() -> None:
    made = figure("logistic")
    total = next(v for v in made.cards if made.graph[v].op.name == "sum")
    assert lines(made, made.code.lines.get(total, [])) == ["double total = 0.0;", "total += gg_log1pexp(minus);"]


def test_a_value_inside_an_expression_has_the_line_of_that() -> None:
    made = figure("logistic")
    known = facts(made)["values"]
    expit = next(v for v in made.cards if made.graph[v].op.name == "expit")
    assert made.code.lines.get(expit, []) == []
    assert lines(made, known[expit]["lines"]) == ["const double margin_bar = -0.0017574692442882249 * gg_expit(minus);"]


def test_a_box_has_its_loop() -> None:
    made = figure("logistic")
    first = lines(made, made.code.lines_of_boxes(made.root)[made.root.inner[0]])
    assert first[0] == "double total = 0.0;"
    assert first[-1] == "}"
    assert sum(line.startswith("for (ptrdiff_t i0") for line in first) == 1
    assert not any("*loss" in line or "w_bar[i]" in line for line in first)


@pytest.mark.parametrize("name", CASES)
def test_every_value_has_lines(name: str) -> None:
    """Those that are computed, and those arguments that are used."""
    made = figure(name)
    for identity, fact in facts(made)["values"].items():
        assert fact["lines"] or not made.users[identity], made.graph[identity].op.name


@pytest.mark.parametrize("name", CASES)
def test_every_statement_has_an_owner(name: str) -> None:
    made = figure(name)
    text = made.code.source.splitlines()
    todo = list(made.code.top)
    while todo:
        owned = todo.pop()
        todo.extend(owned.inner)
        line = text[owned.start].strip()
        assert owned.owners or line.startswith(("/*", "const ptrdiff_t i1")), line


@pytest.mark.parametrize("name", CASES)
def test_stages_have_lines_of_their_own(name: str) -> None:
    made = figure(name)
    known = made.code.lines_of_boxes(made.root)
    ranges = [known[box] for box in made.root.inner]
    assert all(ranges)
    taken = [number for found in ranges for start, stop in found for number in range(start, stop)]
    assert len(taken) == len(set(taken))


@pytest.mark.slow
def test_a_long_kernel_in_parts() -> None:
    def long(x):
        for k in range(700):
            x = np.sin(x) * (k + 1.5) + np.cos(x)
        return x

    lowered = gg.grad(long).lower(gg.f64)
    assert lowered.stages.nest.parts
    made = make_figure(lowered.graph, lowered.stages.nest, lowered.source)
    sines = [v for v in made.cards if made.graph[v].op.name == "sin" and made.code.lines.get(v, [])]
    assert len(sines) > 600
    assert all(re.search(r"\bgg_\w*sin|sin", " ".join(lines(made, made.code.lines.get(v, [])))) for v in sines[:20])
