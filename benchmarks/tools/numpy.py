"""NumPy by hand: what a careful person writes, sharing what value and derivative have in common."""

from __future__ import annotations

from typing import Any

from benchmarks.tool import Built, Unsupported
from benchmarks.workload import Case

PACKAGE, KEEPS = "numpy", False


def build(case: Case) -> Built:
    """There is nothing to build."""
    by_hand = case.workload.by_hand
    if by_hand is None:
        raise Unsupported("not written")

    def call() -> Any:
        return by_hand(*case.arguments)

    return Built(call)
