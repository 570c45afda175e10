"""Common factors: ``A x + A.T x`` is ``(A + A.T) x``, whatever the labels are called."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from gradgen.formula.algebra import fresh, make
from gradgen.formula.term import Delta, Expr, Factor, Factors, Term, components

__all__ = ["factored"]

# Longer sums and products nobody reads.
MOST_TERMS, MOST_FACTORS = 16, 8

Cost = Callable[[Expr], float]
Known = dict[tuple[str, str], tuple[float, Expr | None]]


def factored(expr: Expr, cost: Cost) -> Expr:
    """Pairs of terms drawn together while that makes the expr cheaper, the best pair first."""
    known: Known = {}
    while 1 < len(expr.terms) <= MOST_TERMS:
        pairs = itertools.combinations(range(len(expr.terms)), 2)
        gains = [(*_best(expr, i, j, cost, known), i, j) for i, j in pairs]
        gain, joined, i, j = max(gains, key=lambda found: found[0])
        if joined is None or gain <= 0:
            return expr
        terms = [(term.coefficient, term.factors) for k, term in enumerate(expr.terms) if k not in (i, j)]
        new = [(term.coefficient, term.factors) for term in joined.terms]
        expr = make(expr.shape, [*terms[:i], *new, *terms[i:]])
    return expr


def _best(expr: Expr, i: int, j: int, cost: Cost, known: Known) -> tuple[float, Expr | None]:
    """What is gained by drawing two terms together in the best way, and what that makes of them."""
    first, second = expr.terms[i], expr.terms[j]
    if max(len(first.factors), len(second.factors)) > MOST_FACTORS:
        return 0.0, None
    key = f"{first.coefficient} {first.body}", f"{second.coefficient} {second.body}"
    if key not in known:
        alone = cost(Expr(expr.shape, (first, second)))
        made = [_joined(expr, one, other, common) for one, other, common in _pairs(first, second, expr.ndim)]
        gains = [(alone - cost(joined), joined) for joined in made if joined is not None]
        known[key] = max(gains, key=lambda found: found[0], default=(0.0, None))
    return known[key]


class _Common(NamedTuple):
    """What two terms share: pairs of factors, the power that they share, and which labels correspond."""

    pairs: tuple[tuple[int, int, Fraction], ...]
    labels: Mapping[int, int]


def _pairs(first: Term, second: Term, ndim: int) -> Iterator[tuple[Term, Term, _Common]]:
    for one, other in [(first, second), *_apart(first, second, ndim), *_apart(second, first, ndim)]:
        seen = set[tuple[tuple[int, int, Fraction], ...]]()
        for a, b in itertools.product(range(len(one.factors)), range(len(other.factors))):
            common = _grown(one.factors, other.factors, a, b, ndim)
            for chosen in (common, _without_vectors(common, one.factors)) if common is not None else ():
                if chosen.pairs and chosen.pairs not in seen:
                    seen.add(chosen.pairs)
                    yield one, other, chosen


def _apart(term: Term, other: Term, ndim: int) -> Iterator[tuple[Term, Term]]:
    """``A.T diag(p) A`` with two labels and a delta in the place of one, as ``A.T p p.T A`` has them."""
    for one, twin in itertools.combinations(term.factors, 2):
        shared = [label for label in one.labels if label in twin.labels and label >= ndim]
        if one.base == twin.base and one.power == twin.power and len(shared) == 1 and one.labels != twin.labels:
            (label,), new = shared, fresh()
            extent = one.base.shape[one.labels.index(label)]
            moved = [factor.relabelled({label: new}) if factor is twin else factor for factor in term.factors]
            delta = Factor(Delta((extent, extent)), (label, new))
            yield Term(term.coefficient, (*moved, delta)), other


def _grown(first: Factors, second: Factors, a: int, b: int, ndim: int) -> _Common | None:
    """As many common factors as go with the pair a, b."""
    labels: dict[int, int] = {}
    pairs: list[tuple[int, int, Fraction]] = []
    order = [(a, b), *[(i, j) for i in range(len(first)) for j in range(len(second)) if (i, j) != (a, b)]]
    taken: tuple[set[int], set[int]] = (set(), set())
    for i, j in order:
        if i in taken[0] or j in taken[1]:
            continue
        shared = _shared_power(first[i], second[j])
        named = _matched(first[i], second[j], labels, ndim) if shared is not None else None
        if shared is None or named is None:
            if not pairs:
                return None
            continue
        labels.update(named)
        pairs.append((i, j, shared))
        taken[0].add(i)
        taken[1].add(j)
    common = _Common(tuple(sorted(pairs)), labels)
    whole = _keeps_numbers(first, {i for i, _, _ in pairs}, ndim) and _keeps_numbers(
        second, {j for _, j, _ in pairs}, ndim
    )
    return common if whole else None


def _without_vectors(common: _Common, factors: Factors) -> _Common:
    """Matrices alone: a vector between two of them may be read better beside what is left."""
    pairs = tuple(pair for pair in common.pairs if len(factors[pair[0]].labels) != 1)
    labels = {label for i, _, _ in pairs for label in factors[i].labels}
    return _Common(pairs, {label: other for label, other in common.labels.items() if label in labels})


def _shared_power(one: Factor, other: Factor) -> Fraction | None:
    """The power that both have at least; of denominators likewise."""
    if one.base != other.base or (one.power > 0) != (other.power > 0):
        return None
    return min(one.power, other.power, key=abs)


def _matched(one: Factor, other: Factor, known: Mapping[int, int], ndim: int) -> dict[int, int] | None:
    """The labels of one for those of the other; axes stand for themselves."""
    named = _named(one.labels, other.labels, known, ndim)
    return _named(one.labels, other.labels[::-1], known, ndim) if named is None and one.base.symmetric else named


def _named(
    labels: Sequence[int], counterparts: Sequence[int], known: Mapping[int, int], ndim: int
) -> dict[int, int] | None:
    named = dict(known)
    for label, counterpart in zip(labels, counterparts, strict=True):
        if (label < ndim or counterpart < ndim) and label != counterpart:
            return None
        if named.setdefault(label, counterpart) != counterpart:
            return None
    return named if len(set(named.values())) == len(named) else None


def _keeps_numbers(factors: Factors, chosen: set[int], ndim: int) -> bool:
    """A scalar such as ``x.T @ x`` is common as a whole or not at all: no person would tear it apart."""
    return all(
        part <= chosen or not part & chosen
        for part in components(factors, _summed(factors, ndim))
        if _is_scalar(part, factors, ndim)
    )


def _summed(factors: Factors, ndim: int) -> set[int]:
    return {label for factor in factors for label in factor.labels if label >= ndim}


def _is_scalar(part: set[int], factors: Factors, ndim: int) -> bool:
    return all(label >= ndim for position in part for label in factors[position].labels)


def _joined(expr: Expr, first: Term, second: Term, common: _Common) -> Expr | None:
    """The two terms as their common factors times the sum of what is left of them; None if that has no matrix form."""
    front = [Factor(first.factors[k].base, first.factors[k].labels, p) for k, _, p in common.pairs]
    rest = _rest(first, {k: p for k, _, p in common.pairs})
    other = _rest(second, {k: p for _, k, p in common.pairs})
    names = {label: label for label in range(expr.ndim)}
    names |= {counterpart: label for label, counterpart in common.labels.items()}
    for label in [label for factor in other for label in factor.labels]:
        if label not in names:
            names[label] = fresh()
    other = [factor.relabelled(names) for factor in other]
    ties = set(range(expr.ndim)) | set(common.labels)
    shared = [label for label in dict.fromkeys(k for f in (*rest, *other) for k in f.labels) if label in ties]
    if len(shared) > max(2, expr.ndim):
        return None
    inner = _sum_over(shared, [(first.coefficient, rest), (second.coefficient, other)])
    return make(expr.shape, [(Fraction(1), (*front, Factor(inner, tuple(shared))))])


def _rest(term: Term, taken: Mapping[int, Fraction]) -> list[Factor]:
    left = [Factor(f.base, f.labels, f.power - taken.get(k, 0)) for k, f in enumerate(term.factors)]
    return [factor for factor in left if factor.power]


def _sum_over(shared: list[int], products: list[tuple[Fraction, list[Factor]]]) -> Expr:
    """A sum whose axes are the labels that tie it to what it is multiplied by."""
    factors = [factor for _, factors in products for factor in factors]
    extents = {k: extent for f in factors for k, extent in zip(f.labels, f.base.shape, strict=True)}
    names: dict[int, int] = {label: axis for axis, label in enumerate(shared)}
    for label in extents:
        if label not in names:
            names[label] = fresh()
    placed = [(c, [factor.relabelled(names) for factor in fs]) for c, fs in products]
    return make(tuple(extents[label] for label in shared), placed)
