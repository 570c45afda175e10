"""Every operation, each defined in exactly one place; importing this package fills `OPS`."""

from gradgen.ops import contract, custom, diagonals, elementwise, index, leaf, reduce, scan, shape, stop
from gradgen.ops.compositions import translation
from gradgen.ops.op import NO_DERIVATIVE, OPS, Joint, Linear, Op, Own, Tangent, define
from gradgen.ops.value import Value, constant, full, lift

__all__ = [
    "NO_DERIVATIVE",
    "OPS",
    "Joint",
    "Linear",
    "Op",
    "Own",
    "Tangent",
    "Value",
    "constant",
    "contract",
    "custom",
    "define",
    "diagonals",
    "elementwise",
    "full",
    "index",
    "leaf",
    "lift",
    "reduce",
    "scan",
    "shape",
    "stop",
    "translation",
]
