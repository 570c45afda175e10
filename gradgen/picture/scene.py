"""`Scene`: what one picture shows, ready to be written: all values, or the loops only."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gradgen.errors import counted
from gradgen.ir import ADJOINT, FORWARD, TANGENT, size_of
from gradgen.picture.boxes import WHOLE, Box
from gradgen.picture.cards import LETTER, SMALL, Card, counted_bytes
from gradgen.picture.figure import Figure
from gradgen.picture.place import Drawing, leaving, place

__all__ = ["ARGUMENT", "Scene", "detail", "is_drawable", "overview"]

ARGUMENT = "argument"
# Of more values than this only the loops are drawn.
MOST = 4000
PILL_LETTER, PILL_HEIGHT = 5.6, 17.0


@dataclass(frozen=True)
class Scene:
    """One picture.

    Attributes
    ----------
    cards : dict of int to Card
        What is written on values; boxes that are not opened have negative numbers.
    looks : dict of int to str
        How a card is drawn: the classes of the style sheet.
    boxes : dict of Box to int
        The boxes that are drawn, numbered from 1.
    pills : dict
        What is written where a value leaves a box.
    kept : set of (int, int)
        The uses in which a value of the forward sweep goes to the adjoint one.
    weights : dict of int to float
        How wide the edges of a value are.
    """

    cards: dict[int, Card]
    looks: dict[int, str]
    boxes: dict[Box, int]
    pills: dict[tuple[Box, int], str]
    kept: frozenset[tuple[int, int]]
    weights: dict[int, float]
    drawing: Drawing

    @functools.cached_property
    def tape(self) -> frozenset[int]:
        """The values of the forward sweep that go to the adjoint one."""
        return frozenset(value for value, _ in self.kept)


def is_drawable(figure: Figure) -> bool:
    """Whether every value can be drawn in a time that somebody waits for."""
    return len(figure.cards) <= MOST


def detail(figure: Figure) -> Scene:
    """Every value, each in its loops."""
    cards = figure.cards
    pills = {(box, value): figure.leaves(value) for box, value in leaving(figure.root, figure.uses)}
    looks = {value: _look(figure, value) for value in cards}
    return Scene(
        cards,
        looks,
        {box: number for box, number in figure.numbers.items() if number},
        pills,
        frozenset(use for use in figure.uses if figure.is_kept(*use)),
        {value: _weight(figure, value) for value in cards},
        _draw(figure.root, figure.uses, cards, pills),
    )


def overview(figure: Figure) -> Scene:
    """The loops as cards, with arguments."""
    closed = {value: -figure.numbers[box] for box in figure.root.inner for value in box.every_value()}
    shown = figure.root.values
    named = {-figure.numbers[box]: box for box in figure.root.inner}
    cards = {
        **{value: figure.cards[value] for value in shown},
        **{n: _summary(figure, box) for n, box in named.items()},
    }
    pairs = [(closed.get(value, value), closed.get(user, user)) for value, user in figure.uses]
    uses = [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]
    kept = (pair for pair, use in zip(pairs, figure.uses, strict=True) if figure.is_kept(*use))
    looks = {value: _look(figure, value) for value in shown}
    looks.update({number: f"closed {box.kind} {_sweeps(figure, box)}" for number, box in named.items()})
    weights = dict.fromkeys(cards, 1.4)
    root = Box(WHOLE, "", list(cards))
    return Scene(cards, looks, {}, {}, frozenset(kept), weights, _draw(root, uses, cards, {}))


def _draw(
    root: Box, uses: Sequence[tuple[int, int]], cards: dict[int, Card], pills: dict[tuple[Box, int], str]
) -> Drawing:
    sizes = {value: (card.width, card.height) for value, card in cards.items()}
    room = {pair: (len(text) * PILL_LETTER + 14, PILL_HEIGHT) for pair, text in pills.items()}
    return place(root, uses, sizes, room)


def _look(figure: Figure, value: int) -> str:
    node = figure.graph[value]
    kinds = [node.sweep if node.operands else ARGUMENT]
    kinds += [] if figure.cards[value].title else ["view"]
    return " ".join([*kinds, *(["result"] if value in figure.graph.outputs else [])])


def _weight(figure: Figure, value: int) -> float:
    size = size_of(figure.graph[value].type.shape)
    return 1.1 + 0.22 * math.log10(max(1024 if size is None else size, 1))


def _sweeps(figure: Figure, box: Box) -> str:
    """Forward where there is any of it, with the border of the adjoint where there is any of that."""
    found = {figure.graph[value].sweep for value in box.every_value()}
    return " ".join(sweep for sweep in (FORWARD, TANGENT, ADJOINT) if sweep in found)


def _summary(figure: Figure, box: Box) -> Card:
    """What a box does, in two lines."""
    values = box.every_value()
    count = Counter(figure.graph[value].sweep for value in values)
    made = ", ".join(f"{number} {sweep}" for sweep, number in count.items())
    inside = set(values)
    gone = [v for v in values if v in figure.graph.outputs or not inside.issuperset(figure.users[v])]
    made_here = [value for value in gone if value in figure.plan.stored]
    names = [figure.graph.names[value] for value in made_here if value in figure.graph.names]
    sizes = [_bytes(figure, value) for value in made_here]
    known = [size for size in sizes if size is not None]
    leaves = ", ".join(names) if names and len(names) == len(sizes) <= 3 else counted(len(sizes), "value")
    below = f"{made} → {leaves}" + (f", {counted_bytes(sum(known))}" if len(known) == len(sizes) else "")
    return Card(box.title, below, max(len(box.title) * LETTER, len(below) * SMALL) + 20, 42.0)


def _bytes(figure: Figure, value: int) -> int | None:
    type_ = figure.graph[value].type
    size = size_of(type_.shape)
    return None if size is None else size * type_.dtype.itemsize
