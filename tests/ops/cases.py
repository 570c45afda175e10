"""Test inputs for every op: one row each. An op without a row fails `test_every_op_has_a_row`.

A row says where operands are drawn from (away from kinks: those stand in docs/derivatives-at-kinks.md),
which dtypes the op takes, and, for ops that are not elementwise, the shapes and attributes.
"""

from __future__ import annotations

from gradgen.ir import Graph
from gradgen.ops import OPS
from tests.ops.case import (
    ANY,
    ANYWHERE,
    INSIDE,
    ORDERED,
    POSITIVE,
    REAL,
    Case,
    Domain,
    Row,
    call,
    moving,
    on,
    shaped,
    taken,
)
from tests.ops.matrix_cases import MATRICES

__all__ = ["LEAVES", "ROWS", "Case", "Domain", "call", "cases", "moving", "smooth_cases"]

DIVISOR = Domain(1.2, 3.0)
TRUTH = ("?",)

# Ops that are there before anything is computed, with nothing to call.
LEAVES = ("input", "constant", "extent")

ROWS: dict[str, Row] = {
    # arithmetic
    "add": on(ANYWHERE, ANYWHERE, dtypes=ORDERED),
    "subtract": on(ANYWHERE, ANYWHERE, dtypes=ORDERED),
    "multiply": on(ANYWHERE, ANYWHERE, dtypes=ORDERED),
    "divide": on(ANYWHERE, POSITIVE),
    "negative": on(ANYWHERE, dtypes=ORDERED),
    "abs": on(ANYWHERE, dtypes=ORDERED),
    "sign": on(ANYWHERE, dtypes=ORDERED),
    "copysign": on(ANYWHERE, ANYWHERE),
    "floor": on(ANYWHERE),
    "ceil": on(ANYWHERE),
    "trunc": on(ANYWHERE),
    "rint": on(ANYWHERE),
    "floor_divide": on((-9.0, 9.0), DIVISOR, dtypes=ORDERED),
    "mod": on((-9.0, 9.0), DIVISOR, dtypes=ORDERED),
    "fmod": on((-9.0, 9.0), DIVISOR),
    # comparison and choice
    "equal": on(ANYWHERE, ANYWHERE, dtypes=ANY),
    "not_equal": on(ANYWHERE, ANYWHERE, dtypes=ANY),
    "less": on(ANYWHERE, ANYWHERE, dtypes=ANY),
    "less_equal": on(ANYWHERE, ANYWHERE, dtypes=ANY),
    "greater": on(ANYWHERE, ANYWHERE, dtypes=ANY),
    "greater_equal": on(ANYWHERE, ANYWHERE, dtypes=ANY),
    "isnan": on(ANYWHERE),
    "isinf": on(ANYWHERE),
    "isfinite": on(ANYWHERE),
    "signbit": on(ANYWHERE),
    "logical_and": on(ANYWHERE, ANYWHERE, dtypes=TRUTH),
    "logical_or": on(ANYWHERE, ANYWHERE, dtypes=TRUTH),
    "logical_xor": on(ANYWHERE, ANYWHERE, dtypes=TRUTH),
    "logical_not": on(ANYWHERE, dtypes=ANY),
    "bitwise_and": on((-9.0, 9.0), (-9.0, 9.0), dtypes=("l", "i")),
    "bitwise_or": on((-9.0, 9.0), (-9.0, 9.0), dtypes=("l", "i")),
    "bitwise_xor": on((-9.0, 9.0), (-9.0, 9.0), dtypes=("l", "i")),
    "invert": on((-9.0, 9.0), dtypes=("l", "i")),
    "where": on(ANYWHERE, ANYWHERE, ANYWHERE, dtypes=("?dd", "?ff", "?ll", "?ii", "?")),
    "astype": on(ANYWHERE, dtypes=ANY, dtype="<f4") + on(ANYWHERE, dtypes=ANY, dtype="<i8"),
    "maximum": on(ANYWHERE, ANYWHERE, dtypes=ORDERED),
    "minimum": on(ANYWHERE, ANYWHERE, dtypes=ORDERED),
    "fmax": on(ANYWHERE, ANYWHERE),
    "fmin": on(ANYWHERE, ANYWHERE),
    "heaviside": on(ANYWHERE, ANYWHERE),
    # exponentials, logarithms, powers
    "exp": on(ANYWHERE),
    "exp2": on(ANYWHERE),
    "expm1": on(ANYWHERE),
    "log": on(POSITIVE),
    "log2": on(POSITIVE),
    "log10": on(POSITIVE),
    "log1p": on((-0.7, 2.0)),
    "sqrt": on(POSITIVE),
    "cbrt": on(POSITIVE),
    "expit": on((-5.0, 5.0)),
    "logit": on((0.2, 0.8)),
    "log_expit": on((-5.0, 5.0)),
    "log1pexp": on((-5.0, 5.0)),
    "logaddexp": on(ANYWHERE, ANYWHERE),
    "logaddexp2": on(ANYWHERE, ANYWHERE),
    "xlogy": on(ANYWHERE, POSITIVE),
    "xlog1py": on(ANYWHERE, (-0.7, 2.0)),
    "power": on(POSITIVE, (0.0, 3.0), dtypes=ORDERED),
    # trigonometric and hyperbolic
    "sin": on(ANYWHERE),
    "cos": on(ANYWHERE),
    "tan": on((-1.2, 1.2)),
    "sinh": on(ANYWHERE),
    "cosh": on(ANYWHERE),
    "tanh": on(ANYWHERE),
    "arcsin": on(INSIDE),
    "arccos": on(INSIDE),
    "arctan": on(ANYWHERE),
    "arcsinh": on(ANYWHERE),
    "arccosh": on((1.3, 3.0)),
    "arctanh": on(INSIDE),
    "hypot": on(ANYWHERE, POSITIVE),
    "arctan2": on(ANYWHERE, POSITIVE),
    "sinc": on(ANYWHERE) + on((-0.1, 0.1)),
    # passed through
    "stop_gradient": on(ANYWHERE, dtypes=ANY),
    # special
    "erf": on(ANYWHERE),
    "erfc": on(ANYWHERE),
    "erfinv": on(INSIDE),
    "gamma": on((0.5, 4.0)) + on((-1.8, -1.2)),
    "gammaln": on((0.5, 6.0)),
    "digamma": on((0.5, 6.0)),
    "polygamma": on(Domain(0, 3, whole=True), (0.6, 4.0)),
    # shape
    "broadcast": shaped(
        ((), {"shape": (2, 3), "axes": ()}),
        ((3,), {"shape": (2, 3), "axes": (1,)}),
        ((2, 3), {"shape": (2, 4, 3), "axes": (0, 2)}),
        ((2,), {"shape": (2, 0), "axes": (0,)}),
    ),
    "reshape": shaped(((2, 3), {"shape": (3, 2)}), ((1, 1), {"shape": ()}), ((0, 2), {"shape": (3, 0)})),
    "transpose": shaped(((2, 3, 4), {"axes": (2, 0, 1)}), ((), {"axes": ()}), ((0, 2), {"axes": (1, 0)})),
    "slice": shaped(
        ((5, 3), {"starts": (1, 0), "steps": (2, 1), "shape": (2, 3)}),
        ((5,), {"starts": (4,), "steps": (-2,), "shape": (3,)}),
        ((5,), {"starts": (4,), "steps": (-1,), "shape": (5,)}),
        ((3,), {"starts": (1,), "steps": (1,), "shape": (0,)}),
    ),
    "embed": shaped(
        ((2, 3), {"starts": (1, 0), "steps": (1, 1), "shape": (4, 3)}),
        ((0,), {"starts": (1,), "steps": (1,), "shape": (3,)}),
    ),
    "place": shaped(
        ((2, 3), {"starts": (1, 0), "steps": (2, 1), "shape": (4, 3)}),
        ((3,), {"starts": (4,), "steps": (-2,), "shape": (5,)}),
        ((0,), {"starts": (1,), "steps": (2,), "shape": (3,)}),
    ),
    "concatenate": shaped(((2, 3), (1, 3), (0, 3), {"axis": 0}), ((2, 1), (2, 2), {"axis": 1}), ((3,), {"axis": 0})),
    "copy": shaped(((2, 3), {"number": 1}), ((0, 2), {"number": 1})),
    "diag": shaped(((3,), {}), ((2, 3), {}), ((0,), {})),
    "diagonal": shaped(((3, 3), {}), ((2, 3, 3), {}), ((0, 0), {})),
    # by position
    "arange": shaped(({"extent": 3, "dtype": "<i8"},), ({"extent": 0, "dtype": "<f8"},), dtypes=("",)),
    "gather": taken(((5,), (2, 3), {}), ((5,), (0,), {})),
    "scatter": taken(((2, 3), (2, 3), {"extent": 5}), ((0,), (0,), {"extent": 5})),
    # along an axis
    "cumsum": shaped(((2, 3), {"axis": 0}), ((2, 5), {"axis": 1}), ((0, 2), {"axis": 0}), ((1,), {"axis": 0})),
    "cumprod": shaped(((2, 3), {"axis": 0}), ((2, 5), {"axis": 1}), ((0, 2), {"axis": 0}), ((1,), {"axis": 0})),
    "recur": shaped(
        ((5,), (5,), {"back": False}),
        ((2, 3), (2, 3), {"back": True}),
        ((0, 2), (0, 2), {"back": False}),
        ((2, 0), (2, 0), {"back": True}),
        ((1,), (1,), {"back": True}),
        dtypes=REAL,
    ),
    "argsort": shaped(((2, 5), {}), ((0, 2), {}), ((1,), {})),
    "argmax": shaped(((2, 5), {}), ((0, 2), {}), ((1,), {})),
    "argmin": shaped(((2, 5), {}), ((0, 2), {}), ((1,), {})),
    # reduction
    "sum": shaped(((2, 3), {"axes": (0,)}), ((2, 3), {"axes": (0, 1)}), ((0, 2), {"axes": (0,)}), ((), {"axes": ()})),
    "max": shaped(
        ((2, 3), {"axes": (1,)}), ((2, 3), {"axes": (0, 1)}), ((0, 2), {"axes": (1,)}), ((1,), {"axes": (0,)})
    ),
    "min": shaped(
        ((2, 3), {"axes": (1,)}), ((2, 3), {"axes": (0, 1)}), ((0, 2), {"axes": (1,)}), ((1,), {"axes": (0,)})
    ),
    "prod": shaped(
        ((2, 3), {"axes": (0,)}), ((5, 3), {"axes": (0, 1)}), ((0, 2), {"axes": (0,)}), ((1,), {"axes": (0,)})
    ),
    "any": shaped(((2, 3), {"axes": (0,)}), ((0, 2), {"axes": (0,)}), dtypes=TRUTH),
    "all": shaped(((2, 3), {"axes": (0,)}), ((0, 2), {"axes": (0,)}), dtypes=TRUTH),
    # products
    "contract": shaped(
        ((2, 3), (3, 4), {"x_labels": "ij", "y_labels": "jk", "labels": "ik"}),
        ((2, 3), (2, 3), {"x_labels": "ij", "y_labels": "ij", "labels": ""}),
        ((2,), (3,), {"x_labels": "i", "y_labels": "j", "labels": "ji"}),
        ((2, 3, 2), (2, 4), {"x_labels": "bij", "y_labels": "bk", "labels": "kbij"}),
        ((2, 0), (0, 3), {"x_labels": "ij", "y_labels": "jk", "labels": "ik"}),
        ((), (), {"x_labels": "", "y_labels": "", "labels": ""}),
    ),
    **MATRICES,
}


def cases() -> list[tuple[str, Case]]:
    """Every case of every op."""
    return [(name, case) for name, row in ROWS.items() if name in OPS for case in row]


def smooth_cases() -> list[tuple[str, Case]]:
    """Those with a derivative: real operands that can move, and a real result."""
    found = []
    for name, case in cases():
        if case.real is not None:
            _, movable, out = case.place(OPS[name], Graph(), case.real)
            if out.type.is_real and movable:
                found.append((name, case))
    return found
