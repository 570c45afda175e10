"""What a person would call by a name, or cross out: patterns among the factors of one term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradgen.formula.term import Call, Delta, Expr, Factor, Term

__all__ = ["is_positive", "recognised"]

_POSITIVE = frozenset({"exp", "exp2", "expit", "softmax", "cosh", "abs", "norm", "sqrt", "log1pexp", "svdvals"})


def is_positive(factor: Factor) -> bool:
    """Whether a factor is known not to be negative."""
    if factor.power.denominator == 1 and factor.power.numerator % 2 == 0:
        return True
    if factor.power.denominator % 2 == 0:
        return True  # there is no such power of a negative number
    base = factor.base
    if isinstance(base, Expr):
        return all(term.coefficient > 0 and all(map(is_positive, term.factors)) for term in base.terms)
    return isinstance(base, Delta) or (isinstance(base, Call) and base.name in _POSITIVE)


def recognised(factors: Sequence[Factor]) -> list[Factor]:
    """The factors after one known identity, or as they are."""
    current = [_as_logistic(_as_exponential(factor)) for factor in factors]
    for position, factor in enumerate(current):
        for other in range(len(current)):
            if other == position:
                continue
            for made in _made_of(factor, current[other]):
                rest = [kept for place, kept in enumerate(current) if place not in (position, other)]
                return [*rest, *made]
    return current


def _made_of(one: Factor, other: Factor) -> Iterator[list[Factor]]:
    made = (_softmax(one, other), _exponentials(one, other), _logistic(one, other), _sized(one, other))
    yield from [found for found in made if found is not None]


def _as_exponential(factor: Factor) -> Factor:
    """exp(x)^p is exp(p x)."""
    base = factor.base
    if isinstance(base, Call) and base.name == "exp" and factor.power != 1:
        (x,) = base.args
        scaled = Expr(x.shape, tuple(Term(term.coefficient * factor.power, term.factors) for term in x.terms))
        return Factor(Call("exp", (scaled,), base.shape), factor.labels)
    return factor


def _as_logistic(factor: Factor) -> Factor:
    """1 / (1 + exp(-x)) is sigmoid(x)."""
    base = factor.base
    if not isinstance(base, Expr) or factor.power != -1 or len(base.terms) != 2:
        return factor
    one, other = sorted(base.terms, key=lambda term: len(term.factors))
    single = Expr(base.shape, (other,)).single
    plain = not one.factors and one.coefficient == 1 and single is not None
    if single is None or not plain or single.labels != tuple(range(base.ndim)):
        return factor
    if not isinstance(single.base, Call) or single.base.name != "exp":
        return factor
    return Factor(Call("expit", (_negative(single.base.args[0]),), base.shape), factor.labels)


def _negative(x: Expr) -> Expr:
    return Expr(x.shape, tuple(Term(-term.coefficient, term.factors) for term in x.terms))


def _logistic(exponential: Factor, logistic: Factor) -> list[Factor] | None:
    """exp(x) sigmoid(-x) is sigmoid(x)."""
    first, second = exponential.base, logistic.base
    if not isinstance(first, Call) or not isinstance(second, Call) or exponential.labels != logistic.labels:
        return None
    if (first.name, second.name) != ("exp", "expit") or logistic.power != 1:
        return None
    opposite = second.args[0] == _negative(first.args[0])
    return [Factor(Call("expit", first.args, first.shape), exponential.labels)] if opposite else None


def _sized(sign: Factor, size: Factor) -> list[Factor] | None:
    """sign(x) abs(x) is x, sign(x) / abs(x) is 1 / x, and sign(x) x is abs(x)."""
    first, second = sign.base, size.base
    if not isinstance(first, Call) or first.name != "sign" or sign.power != 1 or sign.labels != size.labels:
        return None
    if isinstance(second, Call) and second.name == "abs" and second.args == first.args and abs(size.power) == 1:
        return [Factor(first.args[0], sign.labels, size.power)]
    single = first.args[0].single
    if single is None or single.base != second or single.labels != tuple(range(len(first.shape))) or size.power != 1:
        return None
    return [Factor(Call("abs", first.args, first.shape), sign.labels)]


def _exponentials(one: Factor, other: Factor) -> list[Factor] | None:
    """exp(x) exp(c x) is exp((1 + c) x), and nothing if that is 0."""
    first, second = one.base, other.base
    both = isinstance(first, Call) and isinstance(second, Call) and first.name == second.name == "exp"
    if not both or one.labels != other.labels:
        return None
    (x,), (y,) = first.args, second.args  # type: ignore[union-attr]  # both are calls
    if {term.body for term in x.terms} != {term.body for term in y.terms}:
        return None
    more = {term.body: term.coefficient for term in y.terms}
    terms = tuple(Term(term.coefficient + more[term.body], term.factors) for term in x.terms)
    terms = tuple(term for term in terms if term.coefficient)
    return [Factor(Call("exp", (Expr(x.shape, terms),), first.shape), one.labels)] if terms else []


def _softmax(exponential: Factor, total: Factor) -> list[Factor] | None:
    """exp(x) / sum(exp(x)) is softmax(x)."""
    base, summed = exponential.base, total.base
    if not (isinstance(base, Call) and base.name == "exp" and isinstance(summed, Expr) and total.power <= -1):
        return None
    inner = summed.single
    if inner is None or inner.base != base:
        return None
    outside = [total.labels[label] if label < summed.ndim else None for label in inner.labels]
    if any(want not in (None, label) for want, label in zip(outside, exponential.labels, strict=True)):
        return None
    axes = tuple(axis for axis, label in enumerate(outside) if label is None)
    softmax = Call("softmax", base.args, base.shape, attributes=(("axes", axes),))
    rest = [Factor(summed, total.labels, total.power + 1)] if total.power != -1 else []
    return [Factor(softmax, exponential.labels), *rest]
