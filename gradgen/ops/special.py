"""Functions of `scipy.special`: the error function and the gamma family.

The rest of what gradgen knows of `scipy.special` stands with its kin in `gradgen.ops.exponential`.
"""

from __future__ import annotations

import math

from gradgen.ops import exponential
from gradgen.ops.exponential import exp
from gradgen.ops.kinds import real_type, scipy_special, smooth
from gradgen.ops.op import NO_DERIVATIVE, Op, Tangent, define
from gradgen.ops.value import Value

__all__ = ["SPECIAL", "digamma", "erf", "erfc", "gamma", "gammaln", "polygamma"]

_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)


def _bell(x: Value) -> Value:
    return _TWO_OVER_ROOT_PI * exp(-(x * x))


erf = smooth("erf", "gg_erf{s}({0})", lambda out, x: _bell(x), cost=30, numpy=scipy_special("erf"))
erfc = smooth("erfc", "gg_erfc{s}({0})", lambda out, x: -_bell(x), cost=40, numpy=scipy_special("erfc"))

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

# The ufuncs of `scipy.special` by their names there.
SPECIAL: dict[str, Op] = {
    "digamma": digamma,
    "erf": erf,
    "erfc": erfc,
    "expit": exponential.expit,
    "gamma": gamma,
    "gammaln": gammaln,
    "log_expit": exponential.log_expit,
    "logit": exponential.logit,
    "psi": digamma,
    "xlog1py": exponential.xlog1py,
    "xlogy": exponential.xlogy,
}
