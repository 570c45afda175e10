"""Sums, products and powers of exprs. What they make is in normal form: like terms are collected, equal
factors are powers, deltas are gone where they are summed, and no factor is a sum of one term."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

from gradgen.formula.content import content, root
from gradgen.formula.deltas import without_deltas, without_inverses
from gradgen.formula.entries import with_entries
from gradgen.formula.known import is_positive, recognised
from gradgen.formula.term import Base, Call, Expr, Factor, Symbol, Term, canonical, components
from gradgen.ir import Dim, Extent

__all__ = [
    "add",
    "einsum",
    "factor_expr",
    "fresh",
    "make",
    "number",
    "power",
    "restricted",
    "scaled",
    "size",
    "symbol",
    "trimmed",
]

Product = tuple[Fraction, Sequence[Factor]]

# Labels that no expr has yet, apart from all axes.
fresh = itertools.count(1000).__next__


def number(value: Fraction | int, shape: tuple[Extent, ...] = ()) -> Expr:
    """A number, everywhere."""
    return make(shape, [(Fraction(value), ())])


def symbol(name: str, shape: tuple[Extent, ...] = (), code: str | None = None) -> Expr:
    """A value that has a name."""
    return factor_expr(Symbol(name, shape, code))


def size(extent: Extent) -> Expr:
    """An extent as a number."""
    if isinstance(extent, Dim):
        return add([symbol(extent.name), number(extent.offset)])
    return number(extent)


def factor_expr(base: Base) -> Expr:
    """A base as an expr."""
    return make(base.shape, [(Fraction(1), (Factor(base, tuple(range(len(base.shape)))),))])


def add(exprs: Sequence[Expr]) -> Expr:
    """Their sum; all have one shape."""
    return make(exprs[0].shape, [(term.coefficient, term.factors) for expr in exprs for term in expr.terms])


def scaled(expr: Expr, by: Fraction | int) -> Expr:
    """A multiple."""
    return Expr(expr.shape, tuple(Term(term.coefficient * by, term.factors) for term in expr.terms) if by else ())


def einsum(operands: Iterable[tuple[Expr, Sequence[int]]], shape: tuple[Extent, ...]) -> Expr:
    """The product of exprs, given the labels of each, summed over those from ``len(shape)`` upwards."""
    return make(shape, [(Fraction(1), [Factor(expr, tuple(labels)) for expr, labels in operands])])


def power(expr: Expr, exponent: Fraction) -> Expr:
    """Each element to a power."""
    axes = tuple(range(expr.ndim))
    return make(expr.shape, [(Fraction(1), [Factor(expr, axes, exponent)])])


# --- normal form -----------------------------------------------------------------------------------


def make(shape: tuple[Extent, ...], products: Iterable[Product]) -> Expr:
    """The sum of products, in normal form."""
    todo, collected = list(products)[::-1], dict[str, Term]()
    while todo:
        coefficient, factors = _reduced(shape, *todo.pop())
        if len(factors) == 1 and isinstance(factors[0].base, Expr) and factors[0].power == 1:
            todo += [(coefficient * c, inner) for c, inner in _inside(factors[0], len(shape))][::-1]
            continue
        term = Term(coefficient, canonical(len(shape), factors))
        before = collected.get(term.body)
        collected[term.body] = Term(coefficient + (before.coefficient if before else 0), term.factors)
    return Expr(shape, tuple(term for term in collected.values() if term.coefficient))


def _inside(factor: Factor, ndim: int) -> list[Product]:
    """The terms of a sum that stands alone, with the labels that it has there."""
    assert isinstance(factor.base, Expr)
    return [_summand(term, factor, ndim) for term in factor.base.terms]


def _summand(term: Term, factor: Factor, ndim: int) -> Product:
    """A term of a sum; what it is summed over without depending on it counts as often as there are positions."""
    placed = _placed(term.factors, factor.labels)
    used = {label for inner in placed for label in inner.labels}
    extents = dict(zip(factor.labels, factor.base.shape, strict=True))
    times = [Factor(size(e), ()) for label, e in extents.items() if label >= ndim and label not in used]
    return term.coefficient, [*placed, *times]


def _placed(factors: Sequence[Factor], labels: Sequence[int]) -> list[Factor]:
    """Factors with labels in the place of the axes, and new ones in the place of those that are summed."""
    names: dict[int, int] = dict(enumerate(labels))
    for label in [label for factor in factors for label in factor.labels]:
        if label not in names:
            names[label] = fresh()
    return [factor.relabelled(names) for factor in factors]


def _reduced(
    shape: tuple[Extent, ...], coefficient: Fraction, factors: Sequence[Factor]
) -> tuple[Fraction, list[Factor]]:
    ndim, current, before = len(shape), list(factors), ""
    summed = {k: e for f in current for k, e in zip(f.labels, f.base.shape, strict=True) if k >= ndim}
    while coefficient and before != (now := " ".join([factor.identity for factor in current])):
        before = now
        coefficient, current = _flattened(coefficient, current, summed, ndim)
        current = with_entries(_merged(without_deltas(current, summed)), summed)
        current = recognised(without_inverses(current, summed))
        current = _merged(_with_scalars(current, summed))
    used = {label for factor in current for label in factor.labels}
    for extent in [extent for label, extent in summed.items() if label not in used]:
        by, parts = _opened(Factor(size(extent), ()))
        coefficient *= by
        current = _merged([*current, *parts])
    return coefficient, current if coefficient else []


def _merged(factors: Sequence[Factor]) -> list[Factor]:
    """Powers of the same base at the same labels as one."""
    powers: dict[tuple[str, tuple[int, ...]], Factor] = {}
    for factor in [factor.sorted() for factor in factors]:
        key = factor.base.key, factor.labels
        before = powers.get(key)
        powers[key] = Factor(factor.base, factor.labels, factor.power + before.power) if before else factor
    return [factor for factor in powers.values() if factor.power]


def _with_scalars(factors: Sequence[Factor], summed: dict[int, Extent]) -> list[Factor]:
    """What is summed by itself, such as ``x.T @ x``, becomes one factor, if it stands beside others."""
    result = list(factors)
    for part in components(factors, summed):
        labels = {label for position in part for label in factors[position].labels}
        if labels and labels <= set(summed) and len(part) < len(factors):
            inner = [factors[position] for position in sorted(part)]
            result = [factor for factor in result if factor not in inner]
            result.append(Factor(Expr((), (Term(Fraction(1), canonical(0, _placed(inner, ()))),)), ()))
            for label in labels:
                del summed[label]
    return result


def _is_scalar(expr: Expr) -> bool:
    """Whether it is one sum that hangs together, which is kept as one factor."""
    if expr.ndim or len(expr.terms) != 1 or expr.terms[0].coefficient != 1:
        return False
    factors = expr.terms[0].factors
    labels = {label for factor in factors for label in factor.labels}
    return bool(labels) and len(components(factors, labels)) == 1


# --- sums as factors -------------------------------------------------------------------------------


def trimmed(expr: Expr, labels: Sequence[int]) -> tuple[Expr, tuple[int, ...]]:
    """An expr and its labels without the axes along which it is constant."""
    used = {label for term in expr.terms for factor in term.factors for label in factor.labels}
    kept = [axis for axis in range(expr.ndim) if axis in used]
    return restricted(expr, kept), tuple(labels[axis] for axis in kept)


def restricted(expr: Expr, axes: Sequence[int]) -> Expr:
    """An expr with some of its axes; it is constant along the others."""
    if len(axes) == expr.ndim:
        return expr
    names = {axis: position for position, axis in enumerate(axes)}
    labels = [names.get(axis, axis) for axis in range(expr.ndim)]
    terms = [(term.coefficient, _placed(term.factors, labels)) for term in expr.terms]
    return make(tuple(expr.shape[axis] for axis in axes), terms)


def _flattened(
    coefficient: Fraction, factors: Sequence[Factor], summed: dict[int, Extent], ndim: int
) -> tuple[Fraction, list[Factor]]:
    """Sums of one term become its factors; what is common to the numbers of a sum goes in front."""
    result: list[Factor] = []
    for factor in factors:
        by, parts = _opened(factor) if isinstance(factor.base, Expr) else (Fraction(1), [factor])
        coefficient *= by
        result += parts
    for part in result:
        for label, extent in zip(part.labels, part.base.shape, strict=True):
            if label >= ndim:
                summed.setdefault(label, extent)
    return coefficient, result


def _opened(factor: Factor) -> Product:
    assert isinstance(factor.base, Expr)
    expr, labels = trimmed(factor.base, factor.labels)
    if not expr.terms:
        return (Fraction(0), []) if factor.power > 0 else (Fraction(1), [factor])
    if len(expr.terms) > 1:
        front = content(expr)
        outside = root(front, factor.power)
        if outside is None:
            return Fraction(1), [Factor(expr, labels, factor.power)]
        return outside, [Factor(scaled(expr, 1 / front), labels, factor.power)]
    (term,) = expr.terms
    if _is_scalar(expr):
        return Fraction(1), [Factor(expr, labels, factor.power)]
    if factor.power == 1:
        return term.coefficient, _placed(term.factors, labels)
    return _power_of_term(expr, term, labels, factor.power)


def _power_of_term(expr: Expr, term: Term, labels: tuple[int, ...], exponent: Fraction) -> Product:
    """Each factor that no sum holds back to the power; what is summed, or may be negative, stays together."""
    whole = exponent.denominator == 1
    free: list[Factor] = []
    held: list[Factor] = []
    for factor in term.factors:
        alone = all(label < expr.ndim for label in factor.labels)
        (free if alone and (whole or is_positive(factor)) else held).append(factor)
    outside = root(term.coefficient, exponent)
    if outside is None:
        if len(term.factors) == len(held):
            return Fraction(1), [Factor(expr, labels, exponent)]
        return Fraction(1), [
            Factor(make(expr.shape, [(term.coefficient, held)]), labels, exponent),
            *_raised(free, labels, exponent),
        ]
    raised = _raised(free, labels, exponent)
    if not held:
        return outside, raised
    if len(held) == 1 and all(label < expr.ndim for label in held[0].labels):
        return outside, [*raised, *_raised_one(held[0], labels, exponent)]
    rest = Expr(expr.shape, (Term(Fraction(1), canonical(expr.ndim, held)),))
    rest, left = trimmed(rest, labels)
    return outside, [*raised, Factor(rest, left, exponent)]


def _raised(factors: Sequence[Factor], labels: Sequence[int], exponent: Fraction) -> list[Factor]:
    placed = _placed(factors, labels)
    return [Factor(factor.base, factor.labels, factor.power * exponent) for factor in placed]


def _raised_one(factor: Factor, labels: Sequence[int], exponent: Fraction) -> list[Factor]:
    """(x^a)^b of a real number that may be negative is x^(a b), or |x|^(a b) if a is even."""
    (placed,) = _placed([factor], labels)
    if factor.power.numerator % 2 == 0:
        whole = Factor(placed.base, tuple(range(len(placed.labels))))
        size_ = Call("abs", (make(placed.base.shape, [(Fraction(1), [whole])]),), placed.base.shape)
        return [Factor(size_, placed.labels, factor.power * exponent)]
    return [Factor(placed.base, placed.labels, factor.power * exponent)]
