"""`EXACT`: all rules that keep NumPy's results, to the bit or to a rounding, NaN and infinities included."""

from __future__ import annotations

from gradgen.ops import OPS, Value
from gradgen.rewrite.arithmetic import ARITHMETIC
from gradgen.rewrite.diagonals import DIAGONALS
from gradgen.rewrite.engine import Table
from gradgen.rewrite.fold import FOLD
from gradgen.rewrite.matrices import SOLVING, TRACES
from gradgen.rewrite.movement import MOVEMENT
from gradgen.rewrite.pattern import any_call, call, placeholders
from gradgen.rewrite.products import PRODUCTS
from gradgen.rewrite.reductions import REDUCTIONS
from gradgen.rewrite.repeated import REPEATED_FACTORS
from gradgen.rewrite.rule import Rule

__all__ = ["EXACT", "FINAL"]

(x,) = placeholders("x")


def _value(inner: Value) -> Value:
    """The value that a rule of the user's was for."""
    return Value(inner.graph, inner.node.operands[0])


def _of_any_call(inner: Value) -> Value:
    """An entry that equal work has in common."""
    operands = [Value(inner.graph, operand) for operand in inner.node.operands]
    return OPS["checkpoint_entry"](*operands, call=0)


EXACT = Table((*FOLD, *MOVEMENT, *ARITHMETIC, *REDUCTIONS, *DIAGONALS, *SOLVING, *TRACES, *PRODUCTS, *REPEATED_FACTORS))

# After the last derivative has been taken, what was held constant for derivatives is a value like others.
FINAL = (
    Table(
        (
            Rule("stop_gradient(x) -> x", call("stop_gradient")(x), x),
            Rule("held(x) -> x", call("held")(x), x),
            Rule("custom(y, ...) -> y", any_call("custom", "inner"), _value),
            Rule("checkpoint(y, ...) -> y", any_call("checkpoint", "inner"), _value),
            Rule("spectral(y, ...) -> y", any_call("spectral", "inner"), _value),
            Rule("checkpoint_entry(x) -> x", call("checkpoint_entry")(x), x),
            Rule("checkpoint_entry(x, ...) of one call -> of any", any_call("checkpoint_entry", "inner"), _of_any_call),
        )
    )
    + EXACT
)
