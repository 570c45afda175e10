"""The rank of each item: below what it depends on, near what most of its edges lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradgen.picture.spots import Edge, Item, Key

__all__ = ["rank_items"]


def rank_items(items: Sequence[Item], edges: Sequence[Edge]) -> dict[Key, int]:
    """The rank of each item: below what it depends on, and near what most of its edges lead to."""
    down: dict[Key, list[Key]] = {item.key: [] for item in items}
    up: dict[Key, list[Key]] = {item.key: [] for item in items}
    for edge in edges:
        down[edge.start].append(edge.stop)
        up[edge.stop].append(edge.start)
    inner = [item.key for item in items if not item.end]
    has_first = any(item.end == "first" for item in items)
    order = _topological(inner, up, down)
    rank = {item.key: 0 for item in items}
    for key in order:
        rank[key] = max((rank[other] + 1 for other in up[key]), default=1 if has_first else 0)
    for _ in range(2):
        for key in reversed(order):
            if down[key] and len(down[key]) >= len(up[key]):
                below = [rank[other] for other in down[key] if other in rank and rank[other] > rank[key]]
                rank[key] = min(below, default=rank[key] + 1) - 1
        for key in order:
            if len(up[key]) > len(down[key]):
                rank[key] = max(rank[other] for other in up[key]) + 1
    lowest = max((rank[key] for key in inner), default=0)
    rank.update((item.key, lowest + 1) for item in items if item.end == "last")
    return rank


def _topological(keys: Sequence[Key], up: Mapping[Key, list[Key]], down: Mapping[Key, list[Key]]) -> list[Key]:
    inner = set(keys)
    waiting = {key: sum(1 for other in up[key] if other in inner) for key in keys}
    ready = [key for key in keys if not waiting[key]]
    for key in ready:
        for other in down[key]:
            if other in inner:
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
    return ready
