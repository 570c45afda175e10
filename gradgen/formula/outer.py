"""The singular value decomposition of an outer product ``x @ y.T``: all is known but the sign that both vectors share.

So it is put in only where nothing else is asked of the decomposition than its first vectors and value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradgen.formula.algebra import make
from gradgen.formula.term import Call, Expr, Factor, Factors, Term, canonical

__all__ = ["with_known_vectors"]

ONE, HALF = Fraction(1), Fraction(1, 2)
PARTS = ("svd_u", "svdvals", "svd_vh")


def with_known_vectors(exprs: Sequence[Expr]) -> list[Expr]:
    """Exprs in which ``svd(x @ y.T)`` is written out, as ``x / |x|``, ``|x| |y|`` and ``y / |y|``."""
    whole = {call.args[0] for expr in exprs for call in _decompositions(expr)}
    return [_written(expr, whole) for expr in exprs] if any(map(_has_items, exprs)) else list(exprs)


def _calls(expr: Expr) -> Iterator[Call]:
    for term in expr.terms:
        for factor in term.factors:
            if isinstance(factor.base, Expr):
                yield from _calls(factor.base)
            elif isinstance(factor.base, Call):
                yield factor.base


def _first(call: Call) -> Call | None:
    """The part of a decomposition whose first vector or value this is."""
    if call.name != "item" or dict(call.attributes)["position"] != 0:
        return None
    single = call.args[0].single
    base = single.base if single is not None else None
    return base if isinstance(base, Call) and base.name in PARTS else None


def _has_items(expr: Expr) -> bool:
    return any(_first(call) is not None for call in _calls(expr))


def _decompositions(expr: Expr) -> Iterator[Call]:
    """Those of which more is asked than the first vectors."""
    for call in _calls(expr):
        if call.name in PARTS:
            yield call
        for arg in call.args if _first(call) is None else ():
            yield from _decompositions(arg)


def _written(expr: Expr, whole: set[Expr]) -> Expr:
    products = [(term.coefficient, [_factor(factor, whole) for factor in term.factors]) for term in expr.terms]
    return make(expr.shape, products)


def _factor(factor: Factor, whole: set[Expr]) -> Factor:
    base = factor.base
    if isinstance(base, Expr):
        return Factor(_written(base, whole), factor.labels, factor.power)
    part = _first(base) if isinstance(base, Call) else None
    known = _of_outer(part) if part is not None and part.args[0] not in whole else None
    return factor if known is None else Factor(known, factor.labels, factor.power)


def _of_outer(part: Call) -> Expr | None:
    if len(part.args[0].terms) != 1:
        return None
    (term,) = part.args[0].terms
    left = tuple(factor for factor in term.factors if factor.labels == (0,))
    right = tuple(factor.relabelled({1: 0}) for factor in term.factors if factor.labels == (1,))
    if len(left) + len(right) < len(term.factors) or not left or not right or term.coefficient <= 0:
        return None
    rows, columns = part.args[0].shape
    if part.name == "svdvals":
        return make((), [(term.coefficient, (_norm(left, ONE), _norm(right, ONE)))])
    vector, extent = (left, rows) if part.name == "svd_u" else (right, columns)
    return make((extent,), [(ONE, (*vector, _norm(vector, -ONE)))])


def _norm(vector: Factors, power: Fraction) -> Factor:
    squares = canonical(0, [Factor(factor.base, (0,), 2 * factor.power) for factor in vector])
    return Factor(Expr((), (Term(ONE, squares),)), (), power * HALF)
