"""Where everything stands in its rank, so that edges are straight."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from gradgen.picture.spots import Spot

__all__ = ["spread", "straighten"]

# Between neighbours of a rank, and between a bend and its neighbours.
GAP, NARROW = 16.0, 9.0
# Bends pull harder than items, so that long edges become straight.
STIFF = 12.0
# What nothing pulls at gives way.
WEAK = 0.1
# How often trunks are made straight.
STRAIGHTENED = 2


def spread(rows: Sequence[Sequence[Spot]], rounds: int) -> None:
    """Move each rank, in its order, as near to its neighbours as there is room."""
    offsets = [_offsets(row) for row in rows]
    for row, least in zip(rows, offsets, strict=True):
        _project(row, least, [0.0] * len(row), [1.0] * len(row))
    above = [[_Pulls(spot, spot.up) for spot in row] for row in rows]
    below = [[_Pulls(spot, spot.down) for spot in row] for row in rows]
    around = [[_Pulls(spot, [*spot.up, *spot.down]) for spot in row] for row in rows]
    for turn in range(rounds):
        downwards = turn % 2 == 0
        pulls = around if turn >= rounds - 4 else above if downwards else below
        for k in range(len(rows)) if downwards else reversed(range(len(rows))):
            found = pulls[k]
            _project(rows[k], offsets[k], [pull.place() for pull in found], [pull.weight for pull in found])


class _Pulls:
    """What pulls at a spot: neighbours, each with how far from them it would stand, and how hard."""

    def __init__(self, spot: Spot, near: Sequence[tuple[Spot, float, float]]) -> None:
        self.spot = spot
        self.all = [
            (other, theirs - own, STIFF if spot.item is other.item is None else 1.0) for other, own, theirs in near
        ]
        self.weight = sum(weight for _, _, weight in self.all) or WEAK

    def place(self) -> float:
        """Where it would stand, left alone."""
        if not self.all:
            return self.spot.x
        total = 0.0
        for other, shift, weight in self.all:
            total += (other.x + shift) * weight
        return total / self.weight


def _distance(left: Spot, right: Spot) -> float:
    """From middle to middle, at least."""
    return (left.width + right.width) / 2 + (GAP if left.item and right.item else NARROW)


def _offsets(row: Sequence[Spot]) -> list[float]:
    """Where the spots of a rank stand if they stand as close as they may."""
    offsets = [0.0] if row else []
    for left, right in itertools.pairwise(row):
        offsets.append(offsets[-1] + _distance(left, right))
    return offsets


def _project(row: Sequence[Spot], offsets: Sequence[float], wanted: Sequence[float], weights: Sequence[float]) -> None:
    """The places nearest to the wanted ones, weighted, that keep order and gaps: pooled where they violate them."""
    pools: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, count = want - offset, weight, 1
        while pools and pools[-1][0] >= mean:
            other, heavy, many = pools.pop()
            mean, total, count = (mean * total + other * heavy) / (total + heavy), total + heavy, count + many
        pools.append((mean, total, count))
    places = [mean for mean, _, count in pools for _ in range(count)]
    for spot, place, offset in zip(row, places, offsets, strict=True):
        spot.x = place + offset


def straighten(rows: Sequence[Sequence[Spot]]) -> None:
    """Make each trunk vertical over as many ranks as its neighbours leave room for; everything else stays."""
    trunks = [_trunk(spot) for row in rows for spot in row if spot.item is None and spot.up[0][0].item]
    for _ in range(STRAIGHTENED):
        for trunk in sorted(trunks, key=len, reverse=True):
            _straighten(trunk, rows)


def _trunk(spot: Spot) -> list[Spot]:
    """The bends from this one on; all that branch off end in items."""
    trunk = [spot]
    while True:
        below = next((other for other, _, _ in trunk[-1].down if other.item is None), None)
        if below is None:
            return trunk
        trunk.append(below)


def _straighten(trunk: Sequence[Spot], rows: Sequence[Sequence[Spot]]) -> None:
    """From the top, as far as there is a common place; then on from there."""
    upper, _, leaves = trunk[0].up[0]
    wanted, start = upper.x + leaves, 0
    while start < len(trunk):
        low, high, stop = float("-inf"), float("inf"), start
        for spot in trunk[start:]:
            left, right = _room(spot, rows[spot.rank])
            if max(low, left) > min(high, right):
                break
            low, high, stop = max(low, left), min(high, right), stop + 1
        if stop == len(trunk) and (start or not low <= wanted <= high):
            ends = sorted(other.x + theirs for other, _, theirs in trunk[-1].down)
            wanted = ends[len(ends) // 2]
        wanted = min(max(wanted, low), high)
        for spot in trunk[start:stop]:
            spot.x = wanted
        start = stop


def _room(spot: Spot, row: Sequence[Spot]) -> tuple[float, float]:
    """Between which places it may move; where it is there is room, whatever rounding says."""
    left, right = float("-inf"), float("inf")
    if spot.position:
        before = row[spot.position - 1]
        left = before.x + _distance(before, spot)
    if spot.position + 1 < len(row):
        after = row[spot.position + 1]
        right = after.x - _distance(spot, after)
    return min(left, spot.x), max(right, spot.x)
