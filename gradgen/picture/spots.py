"""What a layered drawing is made of: items, edges, and spots in ranks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

__all__ = ["Edge", "Item", "Key", "Spot"]

Key = Hashable


@dataclass(frozen=True)
class Item:
    """Something with a size; ``ports`` are where edges meet it, from its middle, by what they carry.

    ``end`` is ``"first"`` or ``"last"`` for what must stand in a rank of its own above or below all others.
    """

    key: Key
    width: float
    height: float
    entries: Mapping[Key, float] = field(default_factory=dict)
    exits: Mapping[Key, float] = field(default_factory=dict)
    end: str = ""


@dataclass(frozen=True)
class Edge:
    """From item to item; ``value`` is what it carries, and finds the ports."""

    start: Key
    stop: Key
    value: Key


@dataclass(eq=False)
class Spot:
    """An item or a bend in its rank; ``up`` and ``down`` are its neighbours, each with the ports of both."""

    item: Item | None
    rank: int
    x: float = 0.0
    up: list[tuple[Spot, float, float]] = field(default_factory=list)
    down: list[tuple[Spot, float, float]] = field(default_factory=list)
    position: int = 0
    width: float = field(init=False)

    def __post_init__(self) -> None:
        self.width = self.item.width if self.item else 0.0
