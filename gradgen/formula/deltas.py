"""Deltas at summed labels, which give one label the name of another."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from gradgen.formula.term import Delta, Factor, Split
from gradgen.ir import Extent

__all__ = ["without_deltas"]


def without_deltas(factors: Sequence[Factor], summed: dict[int, Extent]) -> list[Factor]:
    """A delta with a summed label gives it the name of the other one."""
    current = list(factors)
    while (found := _delta(current, summed)) is not None:
        position, gone, kept = found
        del current[position]
        current = [factor.relabelled({gone: kept}) for factor in current]
        if gone != kept:
            del summed[gone]
    return _without_splits(current, summed)


def _delta(factors: Sequence[Factor], summed: Mapping[int, Extent]) -> tuple[int, int, int] | None:
    for position, factor in enumerate(factors):
        if isinstance(factor.base, Delta):
            first, second = factor.labels
            if second in summed or first == second:
                return position, second, first
            if first in summed:
                return position, first, second
    return None


def _without_splits(factors: Sequence[Factor], summed: dict[int, Extent]) -> list[Factor]:
    """Two splits of one summed position say that the parts are equal."""
    splits = [factor for factor in factors if isinstance(factor.base, Split)]
    for one, other in itertools.combinations(splits, 2):
        same = one.labels[0] == other.labels[0] and one.base == other.base
        if same and one.labels[0] in summed and _uses(factors, one.labels[0]) == 2:
            rest = [factor for factor in factors if factor is not one and factor is not other]
            del summed[one.labels[0]]
            triples = zip(one.labels[1:], other.labels[1:], one.base.shape[1:], strict=True)
            return without_deltas([*rest, *[Factor(Delta((e, e)), (i, j)) for i, j, e in triples]], summed)
    return list(factors)


def _uses(factors: Sequence[Factor], label: int) -> int:
    return sum(label in factor.labels for factor in factors)
