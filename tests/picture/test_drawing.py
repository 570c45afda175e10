"""The picture: everything is there once, boxes hold what is theirs, and nothing lies on anything else."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from gradgen.picture.boxes import WHOLE, Box, is_noted
from gradgen.picture.cards import Card
from gradgen.picture.figure import Figure
from gradgen.picture.place import Rectangle, place
from gradgen.picture.scene import Scene, detail, overview
from gradgen.picture.svg import draw, file
from tests.picture.functions import CASES, figure

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=CASES)
def drawn(request: pytest.FixtureRequest) -> tuple[Figure, Scene]:
    made = figure(request.param)
    return made, detail(made)


def test_every_value_is_drawn_once(drawn: tuple[Figure, Scene]) -> None:
    made, scene = drawn
    root = ET.fromstring(file(scene, made.title))
    found = Counter(int(group.get("data-value", "")) for group in root.iter(f"{SVG}g") if group.get("data-value"))
    assert set(found.values()) == {1}
    graph = made.graph
    assert found.keys() == {value for value in graph.live() if not is_noted(graph, made.plan, value)}
    assert all(graph[value].op.name in ("constant", "extent", "broadcast") for value in set(graph.live()) - set(found))


def test_boxes_hold_what_is_theirs(drawn: tuple[Figure, Scene]) -> None:
    made, scene = drawn
    for box in made.root.every_box():
        frame = scene.drawing.frames[box]
        inside = [scene.drawing.frames[inner] for inner in box.inner]
        inside += [scene.drawing.cards[value] for value in box.values]
        inside += [pill for (of, _), pill in scene.drawing.pills.items() if of is box]
        assert all(frame.holds(part) for part in inside)
        assert not any(one.meets(other) for one, other in itertools.combinations(inside, 2))


def test_edges_do_not_run_through_cards(drawn: tuple[Figure, Scene]) -> None:
    _, scene = drawn
    cards = scene.drawing.cards
    for value, stretches in scene.drawing.wires.items():
        for (x, y), (to_x, to_y) in stretches:
            # A stretch is a curve between two heights, within the rectangle of its ends.
            low = Rectangle(min(x, to_x), y + 0.1, abs(x - to_x) + 0.1, to_y - y - 0.2)
            if low.height > 0:
                assert not any(low.meets(card) for other, card in cards.items() if other != value)


def test_every_use_is_an_edge(drawn: tuple[Figure, Scene]) -> None:
    made, scene = drawn
    root = ET.fromstring(draw(scene, made.title))
    edges = [group for group in root.iter(f"{SVG}g") if group.get("class") == "edge"]
    pairs = {(int(e.get("data-from", "")), int(to)) for e in edges for to in e.get("data-to", "").split()}
    assert pairs == set(made.uses)
    tips = sum(path.get("d", "").count("z") for edge in edges for path in edge if "tip" in path.get("class", ""))
    assert tips == len(made.uses)


def test_stages_follow_each_other(drawn: tuple[Figure, Scene]) -> None:
    """What is used stands above what uses it."""
    made, scene = drawn
    for value, user in made.uses:
        above, below = scene.drawing.cards[value], scene.drawing.cards[user]
        assert above.y + above.height <= below.y


def test_the_overview_has_each_stage_once(drawn: tuple[Figure, Scene]) -> None:
    made, _ = drawn
    scene = overview(made)
    root = ET.fromstring(file(scene, made.title))
    groups = [group for group in root.iter(f"{SVG}g") if group.get("data-box")]
    assert sorted(int(group.get("data-box", "")) for group in groups) == sorted(
        made.numbers[b] for b in made.root.inner
    )
    rectangles = scene.drawing.cards.values()
    assert not any(one.meets(other) for one, other in itertools.combinations(rectangles, 2))


def test_sweeps_and_the_tape_are_told_apart() -> None:
    made = figure("logistic")
    scene = detail(made)
    looks = {made.graph.names.get(value): look.split()[0] for value, look in scene.looks.items()}
    assert (looks["w"], looks["margin"], looks["margin_bar"]) == ("argument", "forward", "adjoint")
    assert [made.graph[value].op.name for value in made.kept] == ["negative"]
    assert 'class="wire kept"' in draw(scene, "")
    assert not figure("identity").kept
    assert 'class="wire kept"' not in draw(detail(figure("identity")), "")


def test_what_is_fused_shares_a_box() -> None:
    made = figure("logistic")
    names = {made.graph.names.get(value) for value in made.root.inner[0].every_value()}
    assert {"margin", "margin_bar"} <= names
    assert made.root.inner[0].title == "loop over 569 in blocks of 64, 2 product kernels"
    assert [box.kind for box in figure("log_det").root.inner].count("call") >= 2


def test_sizes_stand_where_values_leave_a_box() -> None:
    pills = set(detail(figure("logistic")).pills.values())
    assert {"f64[64]  512 B", "f64[30]  240 B", "f64"} == pills
    assert "f64[n, 30]  240·n B" in {card.below for card in figure("named").cards.values()}


def test_numbers_are_written_on_what_uses_them() -> None:
    cards = figure("logistic").cards.values()
    assert "÷ 569" in {card.title for card in cards}
    assert any(card.below.startswith("× −0.001757") for card in cards)


def test_titles_are_escaped() -> None:
    scene = detail(figure("scalar"))
    scene.cards[next(iter(scene.cards))] = Card("<script>&\"'", "]]>", 100.0, 38.0)
    ET.fromstring(file(scene, "a <b> & c </svg>"))


def test_a_chain_is_straight() -> None:
    values = list(range(6))
    root = Box(WHOLE, "", list(values))
    drawing = place(root, list(itertools.pairwise(values)), dict.fromkeys(values, (50.0, 20.0)), {})
    assert len({round(card.x, 6) for card in drawing.cards.values()}) == 1


def test_a_ladder_has_no_crossings() -> None:
    """Two chains beside each other, given in turn, are drawn beside each other."""
    uses = [(value, value + 2) for value in range(10)]
    root = Box(WHOLE, "", list(range(12)))
    drawing = place(root, uses, dict.fromkeys(range(12), (50.0, 20.0)), {})
    columns = {round(drawing.cards[value].x) for value in range(0, 12, 2)}
    assert len(columns) == 1
    assert not columns & {round(drawing.cards[value].x) for value in range(1, 12, 2)}
