"""Deltas at summed labels, which give one label the name of another."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from gradgen.formula.term import Call, Delta, Factor, Split
from gradgen.ir import Extent

__all__ = ["without_deltas", "without_inverses"]


def without_inverses(factors: Sequence[Factor], summed: dict[int, Extent]) -> list[Factor]:
    """inv(X) @ X and X @ inv(X) are the identity."""
    for one, other in itertools.permutations(factors, 2):
        label = _between(one, other)
        if label in summed and sum(factor.labels.count(label) for factor in factors) == 2:
            rest = [factor for factor in factors if factor is not one and factor is not other]
            ends = [end for factor in (one, other) for end in factor.labels if end != label]
            del summed[label]
            return [*rest, Factor(Delta(one.base.shape), (ends[0], ends[1]))]
    return list(factors)


def _between(inverse: Factor, other: Factor) -> int | None:
    """The label at which a matrix and its inverse are multiplied."""
    base = inverse.base
    if not isinstance(base, Call) or base.name != "inv" or inverse.power != 1 or other.power != 1:
        return None
    single = base.args[0].single
    if other.base != base.args[0] and not (single and single.labels == (0, 1) and other.base == single.base):
        return None
    (row, column), (first, last) = inverse.labels, other.labels
    return column if column == first else row if row == last else None


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
