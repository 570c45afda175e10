"""Numbers in front of sums: which to take out, and what becomes of them under a root."""

from __future__ import annotations

import math
from fractions import Fraction

from gradgen.formula.term import Delta, Expr, Term

__all__ = ["content", "root"]


def content(expr: Expr) -> Fraction:
    """The number that goes in front of a sum: as much as all terms share, and the sign of the first of them."""
    numbers = [term.coefficient for term in expr.terms]
    common = Fraction(math.gcd(*[c.numerator for c in numbers]), math.lcm(*[c.denominator for c in numbers]))
    minus = sum(c < 0 for c in numbers)
    if 2 * minus == len(numbers):
        leading = max(expr.terms, key=_precedence)
        return common if leading.coefficient > 0 else -common
    return -common if 2 * minus > len(numbers) else common


def _precedence(term: Term) -> tuple[bool, int, list[tuple[float, str]]]:
    """Which term is written first, without a minus: 1 - p, I - P, and else the longest."""
    unit = all(isinstance(factor.base, Delta) for factor in term.factors)
    return unit, len(term.factors), [factor.base.rank for factor in term.factors]


def root(value: Fraction, exponent: Fraction) -> Fraction | None:
    """A power of a number, if it is a number that can be written down."""
    if value == 1 or exponent.denominator == 1:
        return value**exponent.numerator
    if value <= 0:
        return None
    parts = [round(part ** (1 / exponent.denominator)) for part in (value.numerator, value.denominator)]
    exact = Fraction(*parts)
    return exact**exponent.numerator if exact**exponent.denominator == value else None
