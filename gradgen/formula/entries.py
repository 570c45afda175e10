"""Unit vectors: a sum with one takes an entry, a row or a column of everything else at its label."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

from gradgen.formula.term import Call, Delta, Expr, Factor, Term
from gradgen.ir import Extent

__all__ = ["with_entries"]

ONE = Fraction(1)


def with_entries(factors: Sequence[Factor], summed: dict[int, Extent]) -> list[Factor]:
    """The factors without unit vectors at summed labels, which are gone."""
    current = list(factors)
    for unit in factors:
        if not (isinstance(unit.base, Call) and unit.base.name == "unit") or unit.labels[0] not in summed:
            continue
        (label,) = unit.labels
        others = [factor for factor in current if factor is not unit]
        if all(factor.labels.count(label) < 2 for factor in others):
            position = dict(unit.base.attributes)["position"]
            current = [_entry(factor, label, position) if label in factor.labels else factor for factor in others]
            del summed[label]
    return current


def _entry(factor: Factor, label: int, position: Hashable) -> Factor:
    """A factor at one position of an axis."""
    axis, base = factor.labels.index(label), factor.base
    labels = (*factor.labels[:axis], *factor.labels[axis + 1 :])
    shape = (*base.shape[:axis], *base.shape[axis + 1 :])
    if isinstance(base, Delta):
        return Factor(Call("unit", (), shape, False, (("position", position),)), labels)
    whole = Expr(base.shape, (Term(ONE, (Factor(base, tuple(range(len(base.shape)))),)),))
    inner = base if isinstance(base, Expr) else whole
    return Factor(Call("item", (inner,), shape, False, (("axis", axis), ("position", position))), labels, factor.power)
