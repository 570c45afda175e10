"""What got slower since the committed results, by ratio to the hand-written C: the machine's drift leaves it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["WORSE", "worse"]

Row = Mapping[str, Any]

WORSE = 1.15
# Of a call of this many seconds the timer's own cost and the alignment of code are a part that moves.
SHORT = 2e-7


def ratios(row: Row) -> dict[str, float]:
    """gradgen's times over that of the C gradient."""
    own, c = row["tools"].get("gradgen", {}), row["tools"].get("c", {}).get("gradient")
    if not c:
        return {}
    names = {"gradient": "kernel", "call": "call"}
    return {name: own[key] / c for key, name in names.items() if key in own and own[key] > SHORT}


def worse(new: Sequence[Row], old: Sequence[Row]) -> dict[tuple[str, str], list[str]]:
    """For each case, name and size, what is worse and by how much.

    Parameters
    ----------
    new, old : sequence of mapping
        Rows as `benchmarks.measure.measure` gives them.

    Examples
    --------
    >>> def row(seconds):
    ...     tools = {"gradgen": {"call": seconds}, "c": {"gradient": 1e-3}}
    ...     return {"workload": "f", "size": "", "tools": tools}
    >>> worse([row(2e-3)], [row(1e-3)])
    {('f', ''): ['call: 1.00 → 2.00 × C by hand']}
    >>> worse([row(1.1e-3)], [row(1e-3)])
    {}
    """
    before = {(row["workload"], row["size"]): ratios(row) for row in old}
    found: dict[tuple[str, str], list[str]] = {}
    for row in new:
        key = (row["workload"], row["size"])
        for name, ratio in ratios(row).items():
            once = before.get(key, {}).get(name)
            if once is not None and ratio > WORSE * once:
                found.setdefault(key, []).append(f"{name}: {once:.2f} → {ratio:.2f} × C by hand")
        if "reason" in row["tools"].get("gradgen", {}) and before.get(key):
            found.setdefault(key, []).append(str(row["tools"]["gradgen"]["reason"]))
    return found
