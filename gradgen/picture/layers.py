"""A layered drawing of one level: ranks, an order in each rank with few crossings, and coordinates.

After Sugiyama: `ranks` puts every item below what it depends on, `order` sorts each rank so that few edges cross,
`coordinates` straightens edges. An edge over several ranks passes each between two items, as a *bend*, an item
without width; all edges that leave one end share their bends, so a value that is used in many places is one trunk
with branches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradgen.picture.coordinates import spread, straighten
from gradgen.picture.order import order
from gradgen.picture.ranks import rank_items
from gradgen.picture.spots import Edge, Item, Key, Spot

__all__ = ["Layers", "arrange"]

# How often order and coordinates are improved: as often as there is time for.
SWEEPS, ROUNDS, EFFORT = 12, 24, 30_000
# Time grows with the number of bends.
MOST_BENDS = 6000
# Between ranks: at least, for each unit that an edge goes aside, at most.
ABOVE, ASIDE, MOST = 20.0, 0.05, 60.0


@dataclass
class Layers:
    """The drawing: middles of items, corners of edges from top to bottom, and the size of all."""

    places: dict[Key, tuple[float, float]]
    routes: dict[Edge, list[tuple[float, float]]]
    width: float
    height: float


def arrange(items: Sequence[Item], edges: Sequence[Edge], hints: Mapping[Key, float] | None = None) -> Layers:
    """Draw items and edges, which must not form a cycle.

    Parameters
    ----------
    items : sequence of Item
        In an order in which neighbours belong together.
    edges : sequence of Edge
        None of them twice.
    hints : mapping, optional
        For items of the first and the last rank where on the outside their edges go on; they keep this order.
    """
    ranks = rank_items(items, edges)
    spots = {item.key: Spot(item, ranks[item.key]) for item in items}
    paths = {edge: [spots[edge.start]] for edge in edges}
    rows: list[list[Spot]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    for spot in _depth_first(items, edges, spots):
        rows[spot.rank].append(spot)
    _bend(edges, spots, paths, rows)
    for row in rows:
        if hints and row and all(spot.item and spot.item.end for spot in row):
            row.sort(key=lambda spot: hints.get(spot.item.key if spot.item else None, 0.0))
    effort = EFFORT // (1 + sum(map(len, rows)))
    order(rows, bool(hints), min(SWEEPS, 2 + effort))
    spread(rows, min(ROUNDS, 6 + effort))
    straighten(rows)
    return _finish(rows, paths)


def _depth_first(items: Sequence[Item], edges: Sequence[Edge], spots: Mapping[Key, Spot]) -> list[Spot]:
    """What hangs together stands together to begin with."""
    near: dict[Key, list[Key]] = {item.key: [] for item in items}
    for edge in edges:
        near[edge.start].append(edge.stop)
        near[edge.stop].append(edge.start)
    seen: dict[Key, None] = {}
    for item in items:
        todo = [item.key]
        while todo:
            key = todo.pop()
            if key not in seen:
                seen[key] = None
                todo.extend(reversed(near[key]))
    return [spots[key] for key in seen]


def _bend(
    edges: Sequence[Edge], spots: Mapping[Key, Spot], paths: Mapping[Edge, list[Spot]], rows: list[list[Spot]]
) -> None:
    """Give long edges their bends, and link neighbours; edges that are too long for that run behind the cards."""
    bends: dict[tuple[Key, Key, int], Spot] = {}
    for edge in sorted(edges, key=lambda edge: spots[edge.stop].rank - spots[edge.start].rank):
        start, stop = spots[edge.start], spots[edge.stop]
        if len(bends) > MOST_BENDS and stop.rank - start.rank > 1:
            paths[edge].append(stop)
            continue
        assert start.item is not None
        assert stop.item is not None
        at, offset = start, start.item.exits.get(edge.value, 0.0)
        for rank in range(start.rank + 1, stop.rank):
            name = (edge.start, edge.value, rank)
            if name not in bends:
                bends[name] = Spot(None, rank)
                rows[rank].append(bends[name])
                _link(at, offset, bends[name], 0.0)
            at, offset = bends[name], 0.0
            paths[edge].append(at)
        _link(at, offset, stop, stop.item.entries.get(edge.value, 0.0))
        paths[edge].append(stop)


def _link(upper: Spot, leaves: float, lower: Spot, enters: float) -> None:
    upper.down.append((lower, leaves, enters))
    lower.up.append((upper, enters, leaves))


def _finish(rows: Sequence[Sequence[Spot]], paths: Mapping[Edge, list[Spot]]) -> Layers:
    """Ranks get their heights, and everything is moved so that it begins at 0."""
    every = [spot for row in rows for spot in row]
    left = min((spot.x - spot.width / 2 for spot in every), default=0.0)
    tops, bottoms, y = [], [], 0.0
    for row in rows:
        tops.append(y)
        bottoms.append(y + max((spot.item.height for spot in row if spot.item), default=0.0))
        aside = max((abs(o.x + theirs - s.x - own) for s in row for o, own, theirs in s.down), default=0.0)
        y = bottoms[-1] + min(ABOVE + ASIDE * aside, MOST)
    places, routes = dict[Key, tuple[float, float]](), dict[Edge, list[tuple[float, float]]]()
    for spot in every:
        if spot.item:
            places[spot.item.key] = (spot.x - left, (tops[spot.rank] + bottoms[spot.rank]) / 2)
    for edge, path in paths.items():
        first, last = path[0].item, path[-1].item
        assert first is not None
        assert last is not None
        x, y = places[first.key]
        x += first.exits.get(edge.value, 0.0)
        route = [(x, y + first.height / 2), (x, bottoms[path[0].rank])]
        for bend in path[1:-1]:
            route += [(bend.x - left, tops[bend.rank]), (bend.x - left, bottoms[bend.rank])]
        x, y = places[last.key]
        x += last.entries.get(edge.value, 0.0)
        routes[edge] = [*route, (x, tops[path[-1].rank]), (x, y - last.height / 2)]
    width = max((spot.x + spot.width / 2 for spot in every), default=0.0) - left
    return Layers(places, routes, width, bottoms[-1] if bottoms else 0.0)
