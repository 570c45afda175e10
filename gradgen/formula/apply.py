"""Functions of exprs, element by element, each in the form that a person would write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from gradgen.formula.algebra import add, einsum, factor_expr, make, number, power, restricted, scaled
from gradgen.formula.known import is_positive
from gradgen.formula.term import Call, Expr, Factor, Term
from gradgen.ir.graph import Attributes

__all__ = ["apply", "elementwise"]

# Functions that stay finite, whatever they are of.
TAME = frozenset(
    (
        "sin", "cos", "tanh", "arctan", "expit", "softmax", "erf", "abs", "sign", "maximum", "minimum", "floor", "max",
        "min", "item", "slice", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "unit",
        "logical_and", "logical_or", "logical_not", "svdvals", "svd_u", "svd_vh", "eigvalsh", "eigh_vectors",
    )
)  # fmt: skip
HALF, ONE = Fraction(1, 2), Fraction(1)


def apply(name: str, args: Sequence[Expr]) -> Expr:
    """An elementwise op on exprs of one shape, by its name."""
    rule = RULES.get(name)
    made = rule(*args) if rule else None
    return elementwise(name, args) if made is None else made


def elementwise(name: str, args: Sequence[Expr], attributes: Attributes = ()) -> Expr:
    """The call itself, on the axes along which an argument varies."""
    shape, ndim = args[0].shape, args[0].ndim
    used = {label for arg in args for term in arg.terms for factor in term.factors for label in factor.labels}
    axes = [axis for axis in range(ndim) if axis in used]
    inner = tuple(shape[axis] for axis in axes)
    call = factor_expr(Call(name, tuple([restricted(arg, axes) for arg in args]), inner, True, attributes))
    return call if len(axes) == ndim else einsum([(call, axes)], shape)


def _times(x: Expr, y: Expr, exponent: Fraction = ONE) -> Expr:
    axes = tuple(range(x.ndim))
    return make(x.shape, [(ONE, [Factor(x, axes), Factor(y, axes, exponent)])])


def _power(x: Expr, y: Expr) -> Expr | None:
    """x^(y + c) is x^y x^c, so that powers that differ by a number are like factors."""
    exponent = y.number
    if exponent is not None:
        return power(x, exponent)
    constant = [term for term in y.terms if not term.factors]
    if not constant:
        return None
    rest = add([y, number(-constant[0].coefficient, y.shape)])
    return _times(elementwise("power", (x, rest)), x, constant[0].coefficient)


# --- the largest element, by which sums of exponentials are shifted, goes out again -------------------


def _is_shift(term: Term) -> bool:
    bases = [factor.base for factor in term.factors]
    return len(bases) == 1 and isinstance(bases[0], Call) and bases[0].name == "max"


def _exp(x: Expr) -> Expr | None:
    """exp(x - m) is exp(x) exp(-m) for a largest element m."""
    shifts = tuple(term for term in x.terms if _is_shift(term))
    if not shifts or len(shifts) == len(x.terms):
        return None
    rest = tuple(term for term in x.terms if not _is_shift(term))
    return _times(elementwise("exp", (Expr(x.shape, rest),)), elementwise("exp", (Expr(x.shape, shifts),)))


def _log(x: Expr) -> Expr | None:
    """The logarithm of a product with exponentials: their exponents stand beside it."""
    if x.number == 1:
        return number(0, x.shape)
    if len(x.terms) != 1:
        return None
    (term,) = x.terms
    outside = [f for f in term.factors if isinstance(f.base, Call) and f.base.name in ("exp", "softmax")]
    outside = [f for f in outside if all(label < x.ndim for label in f.labels)]
    if not outside:
        return _logsumexp(term, x)
    rest = make(x.shape, [(term.coefficient, [f for f in term.factors if f not in outside])])
    return add([apply("log", (rest,)), *[scaled(_exponent(f, x), f.power) for f in outside]])


def _exponent(factor: Factor, like: Expr) -> Expr:
    """The logarithm of an exponential or a softmax."""
    assert isinstance(factor.base, Call)
    (x,) = factor.base.args
    if factor.base.name == "exp":
        return einsum([(x, factor.labels)], like.shape)
    axes = dict(factor.base.attributes)["axes"]
    total = _reduced_call("logsumexp", x, axes)  # type: ignore[arg-type]  # of a softmax
    kept = [label for axis, label in enumerate(factor.labels) if axis not in axes]  # type: ignore[operator]
    return add([einsum([(x, factor.labels)], like.shape), scaled(einsum([(total, kept)], like.shape), -1)])


def _logsumexp(term: Term, x: Expr) -> Expr | None:
    """log(sum(exp(x)))."""
    if len(term.factors) != 1 or term.coefficient <= 0:
        return None
    (factor,) = term.factors
    labels, base = factor.labels, factor.base
    if not (isinstance(base, Call) and base.name == "exp" and factor.power == 1) or len(set(labels)) < len(labels):
        return None
    axes = tuple(axis for axis, label in enumerate(labels) if label >= x.ndim)
    total = _reduced_call("logsumexp", base.args[0], axes)
    placed = einsum([(total, [label for label in labels if label < x.ndim])], x.shape)
    return placed if term.coefficient == 1 else add([placed, elementwise("log", (number(term.coefficient, x.shape),))])


def _reduced_call(name: str, x: Expr, axes: tuple[int, ...]) -> Expr:
    shape = tuple(extent for axis, extent in enumerate(x.shape) if axis not in axes)
    return factor_expr(Call(name, (x,), shape, False, (("axes", axes),)))


def _where(condition: Expr, x: Expr, y: Expr) -> Expr | None:
    if x == y:
        return x
    single = condition.single
    is_unit = single is not None and isinstance(single.base, Call) and single.base.name == "unit"
    product = is_unit or (x.number != 0 and _is_tame(x) and _is_tame(condition))
    return _times(condition, x) if product and y.number == 0 else None


def _is_tame(x: Expr) -> bool:
    """Whether it is finite wherever its arguments are, so that 0 times it is 0."""
    for factor in [factor for term in x.terms for factor in term.factors]:
        base = factor.base
        if factor.power < 0 or factor.power.denominator != 1 or (isinstance(base, Call) and base.name not in TAME):
            return False
        if not all(map(_is_tame, base.args if isinstance(base, Call) else [base] if isinstance(base, Expr) else [])):
            return False
    return True


def _abs(x: Expr) -> Expr | None:
    """|x| is x where x is known not to be negative, and |-x| is |x|."""
    if len(x.terms) != 1:
        return None
    (term,) = x.terms
    positive = x if term.coefficient > 0 else scaled(x, -1)
    if all(map(is_positive, term.factors)):
        return positive
    return None if positive == x else apply("abs", (positive,))


def _sign(x: Expr) -> Expr | None:
    """1 for singular values: where one is 0 nothing is differentiable."""
    single = x.single
    known = single is not None and isinstance(single.base, Call) and single.base.name == "svdvals"
    return number(1, x.shape) if known else None


def _equal(x: Expr, y: Expr) -> Expr | None:
    """Which singular value or eigenvalue is the largest is known: they are sorted."""
    for values, one in ((x, y), (y, x)):
        single = values.single
        if single is None or not isinstance(single.base, Call) or single.base.name not in ("svdvals", "eigvalsh"):
            continue
        if values.ndim != 1:
            continue
        for position in (0, int(values.shape[0]) - 1) if isinstance(values.shape[0], int) else ():
            unit = factor_expr(Call("unit", (), x.shape, False, (("position", position),)))
            entry = einsum([(values, (1,)), (unit, (1,))], ())
            if einsum([(entry, ())], x.shape) == one:
                return unit
    return None


def _maximum(x: Expr, y: Expr) -> Expr | None:
    return None if x.number is None or y.number is None else number(max(x.number, y.number), x.shape)


RULES: dict[str, Callable[..., Expr | None]] = {
    "add": lambda x, y: add([x, y]),
    "subtract": lambda x, y: add([x, scaled(y, -1)]),
    "negative": lambda x: scaled(x, -1),
    "multiply": _times,
    "divide": lambda x, y: _times(x, y, -ONE),
    "sqrt": lambda x: power(x, HALF),
    "power": _power,
    "exp": _exp,
    "log": _log,
    "abs": _abs,
    "sign": _sign,
    "where": _where,
    "copy": lambda x: x,
    "equal": _equal,
    "maximum": _maximum,
    "log_expit": lambda x: scaled(elementwise("log1pexp", (scaled(x, -1),)), -1),
}
