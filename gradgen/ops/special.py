"""Functions of `scipy.special`: the error function and the gamma family.

The rest of what gradgen knows of `scipy.special` stands with its kin in `gradgen.ops.exponential`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from gradgen.ops import exponential
from gradgen.ops.arithmetic import floor, mod
from gradgen.ops.comparison import equal, greater, isnan, less, logical_and, logical_or, where
from gradgen.ops.exponential import exp, xlogy
from gradgen.ops.kinds import real_type, scipy_special, smooth
from gradgen.ops.op import NO_DERIVATIVE, Op, Tangent, define
from gradgen.ops.value import Value, lift

__all__ = ["SPECIAL", "digamma", "erf", "erfc", "erfinv", "gamma", "gammaln", "polygamma"]

_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)


def _bell(x: Value) -> Value:
    return _TWO_OVER_ROOT_PI * exp(-(x * x))


erf = smooth("erf", "gg_erf{s}({0})", lambda out, x: _bell(x), cost=30, numpy=scipy_special("erf"))
erfc = smooth("erfc", "gg_erfc{s}({0})", lambda out, x: -_bell(x), cost=40, numpy=scipy_special("erfc"))

# By the derivative of the inverse: exp(out^2) sqrt(pi) / 2.
erfinv = smooth(
    "erfinv",
    "gg_erfinv{s}({0})",
    lambda out, x: (1.0 / _TWO_OVER_ROOT_PI) * exp(out * out),
    cost=60,
    numpy=scipy_special("erfinv"),
)

gammaln = smooth("gammaln", "gg_lgamma{s}({0})", lambda out, x: digamma(x), cost=60, numpy=scipy_special("gammaln"))
gamma = smooth("gamma", "gg_tgamma{s}({0})", lambda out, x: out * digamma(x), cost=60, numpy=scipy_special("gamma"))
digamma: Op = smooth(
    "digamma", "gg_digamma{s}({0})", lambda out, x: polygamma(1.0, x), cost=60, numpy=scipy_special("digamma")
)

# The n-th derivative of digamma; n is an operand, a whole number, so that each derivative is the next one.
polygamma: Op = define(
    "polygamma",
    numpy=scipy_special("polygamma"),
    type=real_type,
    c="gg_polygamma{s}({0}, {1})",
    cost=100,
    rules=[NO_DERIVATIVE, Tangent(lambda t, out, n, x: t * polygamma(n + 1.0, x))],
)

# --- exact in other ops ------------------------------------------------------------------------------


def _betaln(x: Value, y: Value) -> Value:
    return gammaln(x) + gammaln(y) - gammaln(x + y)


def _sign_of_gamma(x: Value) -> Value:
    """-1 between -1 and 0, then in turns."""
    turn = 1.0 - 2.0 * mod(floor(x), 2.0)
    return where(less(x, 0.0), turn, lift(1.0, x))


def _beta(x: Value, y: Value) -> Value:
    sign = _sign_of_gamma(x) * _sign_of_gamma(y) * _sign_of_gamma(x + y)
    return sign * exp(_betaln(x, y))


def _entr(x: Value) -> Value:
    return where(less(x, 0.0), lift(-math.inf, x), -xlogy(x, x))


def _rel_entr(x: Value, y: Value) -> Value:
    """x log(x / y); y = 0 beside x > 0 and negative numbers are infinitely far away."""
    zero = equal(y, 0.0)
    beyond = logical_or(less(x, 0.0), logical_or(less(y, 0.0), logical_and(zero, greater(x, 0.0))))
    value = xlogy(x, x / where(zero, lift(1.0, y), y))
    return where(logical_or(isnan(x), isnan(y)), x + y, where(beyond, lift(math.inf, x), value))


def _kl_div(x: Value, y: Value) -> Value:
    return _rel_entr(x, y) - x + y


# The ufuncs of `scipy.special` by their names there.
SPECIAL: dict[str, Callable[..., Value]] = {
    "beta": _beta,
    "betaln": _betaln,
    "digamma": digamma,
    "entr": _entr,
    "erf": erf,
    "erfc": erfc,
    "erfinv": erfinv,
    "expit": exponential.expit,
    "gamma": gamma,
    "gammaln": gammaln,
    "kl_div": _kl_div,
    "log_expit": exponential.log_expit,
    "logit": exponential.logit,
    "psi": digamma,
    "rel_entr": _rel_entr,
    "xlog1py": exponential.xlog1py,
    "xlogy": exponential.xlogy,
}
