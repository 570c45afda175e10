"""`STABLE`: forms whose value or derivative overflows, and what they mean without that.

They are looked for before differentiation: the derivative of a stable form is stable, that of an
unstable one can no longer be mended. Each is as accurate as the original wherever that is finite.
"""

from __future__ import annotations

from gradgen.ops import OPS, Value, lift
from gradgen.ops.stop import stop_gradient
from gradgen.rewrite.conditions import is_never_negative
from gradgen.rewrite.engine import Table
from gradgen.rewrite.exact import EXACT
from gradgen.rewrite.factored import FACTORED
from gradgen.rewrite.pattern import Placeholder, call, number, placeholders, spread
from gradgen.rewrite.rule import Rule

__all__ = ["EARLY", "STABLE"]

x = Placeholder("x", lambda x: x.type.is_real)  # scipy's expit and an order of size know real numbers only
y, z = placeholders("y z")
exp, log, log1p, expit, tanh = call("exp"), call("log"), call("log1p"), call("expit"), call("tanh")
log1pexp, log_expit, logaddexp = call("log1pexp"), call("log_expit"), call("logaddexp")

LOGISTIC = (
    Rule("(1 - exp(-x)) / (1 + exp(-x)) -> tanh(x / 2)", (1.0 - exp(-x)) / (1.0 + exp(-x)), tanh(0.5 * x)),
    Rule("(exp(x) - 1) / (exp(x) + 1) -> tanh(x / 2)", (exp(x) - 1.0) / (exp(x) + 1.0), tanh(0.5 * x)),
    Rule("(exp(x) - exp(-x)) / (exp(x) + exp(-x)) -> tanh(x)", (exp(x) - exp(-x)) / (exp(x) + exp(-x)), tanh(x)),
    Rule("exp(x) / (exp(x) + exp(y)) -> expit(x - y)", exp(x) / (exp(x) + exp(y)), expit(x - y)),
    Rule("1 / (1 + exp(-x)) -> expit(x)", 1.0 / (1.0 + exp(-x)), expit(x)),
    Rule("1 / (1 + exp(x)) -> expit(-x)", 1.0 / (1.0 + exp(x)), expit(-x)),
    Rule("exp(x) / (1 + exp(x)) -> expit(x)", exp(x) / (1.0 + exp(x)), expit(x)),
    Rule("exp(-x) / (1 + exp(-x)) -> expit(-x)", exp(-x) / (1.0 + exp(-x)), expit(-x)),
    Rule("y / (1 + exp(-x)) -> y * expit(x)", y / (1.0 + exp(-x)), y * expit(x)),
    Rule("log(exp(x)) -> x", log(exp(x)), x),
    Rule("log1p(exp(x)) -> log1pexp(x)", log1p(exp(x)), log1pexp(x)),
    Rule("log(1 + exp(x)) -> log1pexp(x)", log(1.0 + exp(x)), log1pexp(x)),
    Rule("log(expit(x)) -> log_expit(x)", log(expit(x)), log_expit(x)),
    Rule("log(1 - expit(x)) -> -log1pexp(x)", log(1.0 - expit(x)), -log1pexp(x)),
    Rule("log1p(-expit(x)) -> -log1pexp(x)", log1p(-expit(x)), -log1pexp(x)),
    Rule("log(exp(x) + exp(y)) -> logaddexp(x, y)", log(exp(x) + exp(y)), logaddexp(x, y)),
    Rule("logaddexp(0, x) -> log1pexp(x)", logaddexp(0.0, x), log1pexp(x)),
    Rule(
        "log(exp(x) + exp(y) + exp(z)) -> logaddexp(logaddexp(x, y), z)",
        log(exp(x) + exp(y) + exp(z)),
        logaddexp(logaddexp(x, y), z),
    ),
)

# --- roots -----------------------------------------------------------------------------------------------

# The slope of the root is infinite at 0, or 0 where it is a norm: the square's second derivative is neither's.
sqrt, where = call("sqrt"), call("where")
is_zero = call("equal")(x, 0.0)
norm = where(is_zero, 0.0, sqrt(where(is_zero, 1.0, x)))
ROOTS = (
    Rule("sqrt(x)**2 -> x", sqrt(x) * sqrt(x), x, is_never_negative),
    Rule("where(x == 0, 0, sqrt(where(x == 0, 1, x)))**2 -> x", norm * norm, x, is_never_negative),
)

# --- sums of exponentials, shifted by the largest --------------------------------------------------------


def _shift(x: Value, axes: tuple[int, ...]) -> Value:
    """The largest element along the axes; 0 where it is not finite: then the exponentials speak for themselves.

    A constant to derivatives: what a shift does to the value it undoes again, so it has no derivative.
    """
    largest = OPS["max"](x, axes=axes)
    return stop_gradient(OPS["where"](OPS["isfinite"](largest), largest, lift(0.0, largest)))


def _shifted(x: Value, shift: Value, axes: tuple[int, ...]) -> Value:
    kept = tuple(axis for axis in range(x.ndim) if axis not in axes)
    return OPS["exp"](x - OPS["broadcast"](shift, shape=x.shape, axes=kept))


def _logsumexp(x: Value, total: Value) -> Value:
    axes = total.node["axes"]
    shift = _shift(x, axes)
    return shift + OPS["log"](OPS["sum"](_shifted(x, shift, axes), axes=axes))


def _log_mean(x: Value, total: Value, k: Value) -> Value:
    return _logsumexp(x, total) - spread(OPS["log"](k), total)


def _softmax(x: Value, total: Value, repeated: Value) -> Value:
    axes = total.node["axes"]
    shifted = _shifted(x, _shift(x, axes), axes)
    kept = repeated.node["axes"]
    return shifted / OPS["broadcast"](OPS["sum"](shifted, axes=axes), shape=x.shape, axes=kept)


def _log_softmax(x: Value, total: Value, repeated: Value) -> Value:
    return x - OPS["broadcast"](OPS["log"](total), shape=x.shape, axes=repeated.node["axes"])


def _may_shift(x: Value, total: Value) -> bool:
    """There is an element to shift by, and nobody has shifted by the largest already."""
    axes = total.node["axes"]
    return bool(axes) and all(x.shape[axis] != 0 for axis in axes) and not _is_shifted(x)


def _is_shifted(x: Value) -> bool:
    if x.node.op.name != "subtract":
        return False
    second = Value(x.graph, x.node.operands[1])
    while second.node.op.name in ("broadcast", "reshape", "stop_gradient", "where"):
        second = Value(x.graph, second.node.operands[1 if second.node.op.name == "where" else 0])
    return second.node.op.name == "max"


def _sums_the_repeated(x: Value, total: Value, repeated: Value) -> bool:
    """The quotient is by the sum along the axes that it is repeated along."""
    kept = tuple(axis for axis in range(x.ndim) if axis not in total.node["axes"])
    return repeated.node["axes"] == kept and _may_shift(x, total)


total = call("sum")(exp(x)).named("total")
SUMS = (
    Rule("log(sum(exp(x))) -> m + log(sum(exp(x - m))), m = max(x)", log(total), _logsumexp, _may_shift),
    Rule(
        "log(sum(exp(x)) / k) -> logsumexp(x) - log(k)",
        log(total / number("k", lambda k: k > 0)),
        _log_mean,
        _may_shift,
    ),
    Rule(
        "log(k * sum(exp(x))) -> logsumexp(x) + log(k)",
        log(number("k", lambda k: k > 0) * total),
        lambda x, total, k: _logsumexp(x, total) + spread(OPS["log"](k), total),
        _may_shift,
    ),
    Rule(
        "exp(x) / sum(exp(x)) -> softmax(x), shifted",
        exp(x) / call("broadcast")(total).named("repeated"),
        _softmax,
        _sums_the_repeated,
    ),
    # Of operands in final form: x has been shifted, so nothing is lost in the difference.
    Rule(
        "log(exp(x) / sum(exp(x))) -> x - log(sum(exp(x)))",
        log(exp(x) / call("broadcast")(total).named("repeated")),
        _log_softmax,
    ),
)

STABLE = Table((*LOGISTIC, *ROOTS, *SUMS))

# Exact rules bring what is written in many ways into the one way that the patterns have.
# The Cholesky factor of a matrix goes back to the matrix, whose derivative is simpler than the factor's.
EARLY = STABLE + Table(FACTORED) + EXACT
