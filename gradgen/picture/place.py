"""Where everything in the picture goes: each box is drawn by itself, then is one item of the box around it.

A value enters a box once, at its upper edge, and leaves it once, at a *pill* at the lower one that says what leaves.
So boxes neither overlap nor are cut by edges, and what is between two boxes is what lies in memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gradgen.picture.boxes import Box
from gradgen.picture.layers import Layers, arrange
from gradgen.picture.spots import Edge, Item, Key

__all__ = ["Drawing", "Point", "Rectangle", "place"]

Point = tuple[float, float]
Size = tuple[float, float]

# Around what is in a box, and above it for its title.
PADDING, TITLE = 11.0, 16.0
TITLE_LETTER = 6.4
# Edges that meet a card are so far from each other at most.
SPREAD = 14.0
# Drawn again with what was learned, but not of more values than this.
PASSES, LARGEST = 2, 1000
# So many pixels are nothing.
TOUCHING = 0.01


@dataclass(frozen=True)
class Rectangle:
    """By its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The edge opposite to ``x``."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The edge opposite to ``y``."""
        return self.y + self.height

    def holds(self, other: Rectangle) -> bool:
        """Whether another one lies inside."""
        first = min(other.x - self.x, other.y - self.y)
        return min(first, self.right - other.right, self.bottom - other.bottom) > -TOUCHING

    def meets(self, other: Rectangle) -> bool:
        """Whether they overlap."""
        wide = min(self.right, other.right) - max(self.x, other.x)
        return min(wide, min(self.bottom, other.bottom) - max(self.y, other.y)) > TOUCHING


@dataclass
class Drawing:
    """Everything with its place.

    Attributes
    ----------
    cards, frames, pills
        Rectangles of values, of boxes, and of values that leave a box.
    wires : dict
        For each value the stretches of its edges, each with the values that it leads to and whether it ends there.
    """

    cards: dict[int, Rectangle] = field(default_factory=dict)
    frames: dict[Box, Rectangle] = field(default_factory=dict)
    pills: dict[tuple[Box, int], Rectangle] = field(default_factory=dict)
    wires: dict[int, dict[tuple[Point, Point], set[int]]] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


@dataclass
class _Level:
    """What is drawn directly in one box: its edges, each with the values it leads to, and what goes in and out."""

    edges: dict[Edge, set[int]] = field(default_factory=dict)
    entering: dict[int, None] = field(default_factory=dict)
    leaving: dict[int, None] = field(default_factory=dict)


def place(
    root: Box, uses: Iterable[tuple[int, int]], cards: Mapping[int, Size], pills: Mapping[tuple[Box, int], Size]
) -> Drawing:
    """Draw a box.

    Parameters
    ----------
    root : Box
        The box around everything.
    uses : iterable of (int, int)
        Which value is used by which.
    cards : mapping
        The size of each value's card.
    pills : mapping
        For each value that leaves a box the size of its pill; `leaving` tells which there are.
    """
    placing = _Placing(root, _levels(root, uses), cards, pills)
    for _ in range(PASSES if len(cards) <= LARGEST else 1):
        drawing = placing.draw()
    return drawing


def leaving(root: Box, uses: Iterable[tuple[int, int]]) -> list[tuple[Box, int]]:
    """The values that leave boxes."""
    return [(box, value) for box, level in _levels(root, uses).items() for value in level.leaving]


def _levels(root: Box, uses: Iterable[tuple[int, int]]) -> dict[Box, _Level]:
    around: dict[Box, tuple[Box, ...]] = {root: (root,)}
    for box in root.every_box():
        around.update({inner: (*around[box], inner) for inner in box.inner})
    paths = {value: around[box] for box in around for value in box.values}
    levels = {box: _Level() for box in around}
    for value, user in uses:
        here, there = paths[value], paths[user]
        shared = sum(1 for mine, theirs in zip(here, there, strict=False) if mine is theirs)
        start: Box | int = here[shared] if shared < len(here) else value
        stop: Box | int = there[shared] if shared < len(there) else user
        levels[here[shared - 1]].edges.setdefault(Edge(start, stop, value), set()).add(user)
        for depth in range(shared, len(here)):
            source: Box | int = here[depth + 1] if depth + 1 < len(here) else value
            level = levels[here[depth]]
            level.leaving[value] = None
            level.edges.setdefault(Edge(source, ("out", value), value), set()).add(user)
        for depth in range(shared, len(there)):
            target: Box | int = there[depth + 1] if depth + 1 < len(there) else user
            level = levels[there[depth]]
            level.entering[value] = None
            level.edges.setdefault(Edge(("in", value), target, value), set()).add(user)
    return levels


@dataclass
class _Placing:
    """Draws from the inside out, then gives places from the outside in; what it learns serves the next pass."""

    root: Box
    levels: dict[Box, _Level]
    cards: Mapping[int, Size]
    pills: Mapping[tuple[Box, int], Size]
    hints: dict[Box, dict[Key, float]] = field(default_factory=dict)
    entries: dict[int, dict[Key, float]] = field(default_factory=dict)

    def draw(self) -> Drawing:
        drawn: dict[Box, Layers] = {}
        sizes: dict[Box, Size] = {}
        for box in reversed(list(self.root.every_box())):
            items, edges = self._items(box, drawn, sizes), list(self.levels[box].edges)
            layers = drawn[box] = arrange(items, edges, self.hints.get(box))
            margin = 0.0 if box is self.root else 2 * PADDING
            above = TITLE if box.title else 0.0
            width = max(layers.width, len(box.title) * TITLE_LETTER)
            sizes[box] = (width + margin, layers.height + margin + above)
        drawing = Drawing(width=sizes[self.root][0], height=sizes[self.root][1])
        self.hints, self.entries = {}, {}
        for box in self.root.every_box():
            self._give_places(box, drawn[box], sizes, drawing)
        return drawing

    def _items(self, box: Box, drawn: Mapping[Box, Layers], sizes: Mapping[Box, Size]) -> list[Item]:
        level = self.levels[box]
        items = [Item(("in", value), 0.0, 0.0, end="first") for value in level.entering]
        for part in box.parts:
            if isinstance(part, Box):
                items.append(self._box(part, drawn[part], sizes[part]))
            else:
                items.append(Item(part, *self.cards[part], entries=self.entries.get(part, {})))
        return [*items, *(Item(("out", value), *self.pills[box, value], end="last") for value in level.leaving)]

    def _box(self, box: Box, layers: Layers, size: Size) -> Item:
        """A box that is drawn as an item of the one around it."""
        level, inside = self.levels[box], (size[0] - layers.width) / 2
        shift = inside - size[0] / 2
        entries: dict[Key, float] = {value: layers.places["in", value][0] + shift for value in level.entering}
        exits: dict[Key, float] = {value: layers.places["out", value][0] + shift for value in level.leaving}
        return Item(box, *size, entries=entries, exits=exits)

    def _give_places(self, box: Box, layers: Layers, sizes: Mapping[Box, Size], drawing: Drawing) -> None:
        frame = drawing.frames.get(box, Rectangle(0.0, 0.0, *sizes[box]))
        drawing.frames[box] = frame
        left = frame.x + (frame.width - layers.width) / 2
        margin = 0.0 if box is self.root else PADDING
        top = frame.y + margin + (TITLE if box.title else 0.0)
        for part in box.parts:
            size = sizes[part] if isinstance(part, Box) else self.cards[part]
            rectangle = _around(layers.places[part], size, left, top)
            if isinstance(part, Box):
                drawing.frames[part] = rectangle
            else:
                drawing.cards[part] = rectangle
        for value in self.levels[box].leaving:
            drawing.pills[box, value] = _around(layers.places["out", value], self.pills[box, value], left, top)
        self._give_routes(box, layers, left, top, frame, drawing)

    def _give_routes(
        self, box: Box, layers: Layers, left: float, top: float, frame: Rectangle, drawing: Drawing
    ) -> None:
        arriving: dict[int, list[tuple[float, Key]]] = {}
        for edge, targets in self.levels[box].edges.items():
            route = [(x + left, y + top) for x, y in layers.routes[edge]]
            if isinstance(edge.start, tuple):
                route.insert(0, (route[0][0], frame.y))
            if isinstance(edge.stop, Box):
                self.hints.setdefault(edge.stop, {})["in", edge.value] = route[-3][0]
            elif isinstance(edge.stop, int):
                arriving.setdefault(edge.stop, []).append((route[-3][0], edge.value))
            if isinstance(edge.start, Box):
                self.hints.setdefault(edge.start, {})["out", edge.value] = route[2][0]
            stretches = drawing.wires.setdefault(int(str(edge.value)), {})
            for start, stop in itertools.pairwise(route):
                if stop[1] - start[1] > TOUCHING:
                    stretches.setdefault((start, stop), set()).update(targets)
        for value in self.levels[box].leaving:
            pill = drawing.pills[box, value]
            down = ((pill.x + pill.width / 2, pill.y + pill.height), (pill.x + pill.width / 2, frame.y + frame.height))
            users = {user for targets in drawing.wires[value].values() for user in targets}
            drawing.wires[value].setdefault(down, set()).update(users)
        for user, ends in arriving.items():
            step = min(SPREAD, 0.7 * self.cards[user][0] / len(ends))
            ends.sort(key=lambda end: end[0])
            self.entries[user] = {value: (k - (len(ends) - 1) / 2) * step for k, (_, value) in enumerate(ends)}


def _around(middle: Point, size: Size, left: float, top: float) -> Rectangle:
    return Rectangle(middle[0] - size[0] / 2 + left, middle[1] - size[1] / 2 + top, *size)
