"""The order in each rank, so that few edges cross."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from gradgen.picture.spots import Spot

__all__ = ["order"]


def order(rows: list[list[Spot]], fixed_ends: bool, sweeps: int) -> None:
    """Sort each rank by the middle of its neighbours, downwards and upwards in turn; keep the best."""
    for row in rows:
        number(row)
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(sweeps):
        downwards = sweep % 2 == 0
        for row in rows if downwards else reversed(rows):
            if fixed_ends and row and all(spot.item and spot.item.end for spot in row):
                continue
            wanted = {id(spot): _middle(spot, downwards) for spot in row}
            row.sort(key=lambda spot: wanted[id(spot)])
            number(row)
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
        if not fewest:
            break
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept
        number(row)


def number(row: Sequence[Spot]) -> None:
    for position, spot in enumerate(row):
        spot.position = position


def _middle(spot: Spot, from_above: bool) -> float:
    """Where its neighbours stand: the mean of their positions, ports included."""
    near = spot.up if from_above else spot.down
    if not near:
        return float(spot.position)
    return sum(other.position + _share(other, offset) for other, _, offset in near) / len(near)


def _share(spot: Spot, offset: float) -> float:
    """A port's distance from the middle, as a part of the width of its item."""
    return offset / spot.width if spot.width else 0.0


def _crossings(rows: Sequence[Sequence[Spot]]) -> int:
    count = 0
    for row in rows:
        ends = [
            (spot.position + _share(spot, leaves), other.position + _share(other, enters))
            for spot in row
            for other, leaves, enters in spot.down
        ]
        seen: list[float] = []
        for _, end in sorted(ends, reverse=True):
            count += bisect_left(seen, end)
            insort(seen, end)
    return count
