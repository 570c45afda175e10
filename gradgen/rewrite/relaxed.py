"""`RELAXED`: rules that hold for real numbers, but may lose a NaN, an infinity or an overflow. On request only."""

from __future__ import annotations

from gradgen.ops import OPS, lift
from gradgen.rewrite.engine import Table
from gradgen.rewrite.pattern import Placeholder, call, placeholders
from gradgen.rewrite.rule import Rule

__all__ = ["RELAXED"]

x, y, c = placeholders("x y c")
real = Placeholder("x", lambda x: x.type.is_real)
sqrt, exp, log, where = call("sqrt"), call("exp"), call("log"), call("where")


RELAXED = Table(
    (
        Rule("x * 0 -> 0", x * 0.0, 0.0),
        Rule("0 / x -> 0", 0.0 / x, 0.0),
        Rule("x - x -> 0", x - x, 0.0),
        Rule("x / x -> 1", x / x, 1.0),
        Rule("x + (y - x) -> y", x + (y - x), y),
        Rule("(x + y) - x -> y", (x + y) - x, y),
        Rule("(x / y) * y -> x", (x / y) * y, x),
        Rule("(x * y) / y -> x", (x * y) / y, x),
        Rule("x ** 0.5 -> sqrt(x)", x**0.5, sqrt(x)),
        Rule("x ** -0.5 -> 1 / sqrt(x)", x**-0.5, 1.0 / sqrt(x)),
        Rule("x ** 1.5 -> x * sqrt(x)", x**1.5, x * sqrt(x)),
        Rule("sqrt(x) * sqrt(x) -> x", sqrt(x) * sqrt(x), x),
        Rule("sqrt(x * x) -> abs(x)", sqrt(real * real), call("abs")(real)),
        Rule("exp(log(x)) -> x", exp(log(x)), x),
        Rule("exp(x) * exp(y) -> exp(x + y)", exp(x) * exp(y), exp(x + y)),
        Rule(
            "x * where(c, 1, 0) -> where(c, x, 0)",
            x * where(c, 1.0, 0.0),
            lambda x, c: OPS["where"](c, x, lift(0.0, x)),
        ),
    )
)
