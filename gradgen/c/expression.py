"""Expressions and indices as C, with no parenthesis more than C and a reader need."""

from __future__ import annotations

import functools
import math
import re

import numpy as np

from gradgen.ir.types import Dim, Extent
from gradgen.nest import Affine, Apply, Array, Bounds, Constant, Expr, Guarded, Index, Load, Local, Position

__all__ = ["C_TYPES", "Printer", "number", "suffix"]

C_TYPES = {"f8": "double", "f4": "float", "i8": "int64_t", "i4": "int32_t", "b1": "_Bool"}
SUFFIXES = {"f8": "", "f4": "f", "i8": "_i64", "i4": "_i32", "b1": "_i32"}

# How tightly C's operators bind; a template is as tight as its loosest operator outside parentheses.
CHOICE, LOGICAL, BITS, EQUAL, COMPARE, SUM, PRODUCT, UNARY, ATOM = range(9)
OPERATORS = {
    "?": CHOICE, ":": CHOICE, "||": LOGICAL, "&&": LOGICAL, "|": BITS, "^": BITS, "&": BITS, "==": EQUAL, "!=": EQUAL,
    "<": COMPARE, ">": COMPARE, "<=": COMPARE, ">=": COMPARE, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT,
    "%": PRODUCT,
}  # fmt: skip


def suffix(dtype: np.dtype) -> str:
    """What a runtime function's name ends in for this dtype."""
    return SUFFIXES[dtype.str[1:]]


def c_type(dtype: np.dtype) -> str:
    """The C type of an element."""
    return C_TYPES[dtype.str[1:]]


@functools.cache
def binding(template: str) -> int:
    """How tightly a template binds."""
    outside = re.sub(r"\([^()]*\)", "()", re.sub(r"\([^()]*\)", "()", template))
    tokens = [token for token in outside.split() if token in OPERATORS]
    if tokens:
        return min(OPERATORS[token] for token in tokens)
    return UNARY if template[0] in "-!~(" and not template.endswith(")") else ATOM


def number(value: float | int | bool | complex, dtype: np.dtype) -> str:
    """A literal that reads back as exactly this number."""
    if dtype.kind == "b":
        return "1" if value else "0"
    if dtype.kind == "i":
        return _whole(int(value.real))
    ending = "f" if dtype.itemsize == 4 else ""
    real = float(value.real)
    if math.isnan(real):
        return f'__builtin_nan{ending}("")'
    if math.isinf(real):
        return f"{'-' if real < 0 else ''}__builtin_inf{ending}()"
    text = str(np.float32(real)) if ending else repr(real)
    return text + ending


def _whole(value: int) -> str:
    """An integer; the least of a type has no literal, since C reads a number first and its sign then."""
    if value in (-(2**31), -(2**63)):
        return f"({_whole(value + 1)} - 1)"
    return str(value) if abs(value) < 2**31 else f"{value}LL"


class Printer:
    """Prints expressions over the arrays of one kernel.

    Attributes
    ----------
    places : list
        The arrays that were printed, each with the position in it.
    hidden : dict
        How a multiple of a variable is printed whose factor the compiler is not to know: see `statement`.
    """

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.arrays = arrays
        self.places: list[tuple[str, Affine]] = []
        self.hidden: dict[tuple[str, int], str] = {}

    def text(self, expression: Expr | Affine) -> str:
        """The expression as C."""
        return self._bound(expression)[0]

    def _bound(self, expression: Expr | Affine) -> tuple[str, int]:
        """The text and how tightly it binds."""
        if isinstance(expression, Constant):
            text = number(expression.value, expression.dtype)
            return text, UNARY if text.startswith("-") else ATOM
        if isinstance(expression, Local):
            return expression.name, ATOM
        if isinstance(expression, Load):
            return self.place(expression.array, expression.index), ATOM
        if isinstance(expression, Apply):
            return self._apply(expression)
        if isinstance(expression, Guarded):
            value, zero = self._inside(expression.value, CHOICE + 1), number(0, expression.dtype)
            return f"{self.condition(expression.bounds)} ? {value} : {zero}", CHOICE
        if isinstance(expression, Position):
            index = self._bound(expression.index)
            if expression.dtype.kind == "i":
                return index
            return f"({c_type(expression.dtype)}){self._inside(expression.index, UNARY)}", UNARY
        text = str(expression)
        return text, SUM if " " in text else UNARY if text.startswith("-") else PRODUCT if "*" in text else ATOM

    def _inside(self, expression: Expr | Affine, least: int) -> str:
        text, tight = self._bound(expression)
        return text if tight >= least else f"({text})"

    def _apply(self, expression: Apply) -> tuple[str, int]:
        tight = binding(expression.template)
        if expression.template.endswith(")") and tight == ATOM:
            operands = [self.text(operand) for operand in expression.operands]
        else:
            # C is left-associative: only the first operand may bind just as tightly without parentheses.
            first = tight if tight in (SUM, PRODUCT) else tight + 1
            rest = UNARY if tight == UNARY else tight + 1
            least = [first if number == 0 and tight != UNARY else rest for number in range(len(expression.operands))]
            if tight < SUM:  # mixed comparisons and logic: parentheses for the reader, and for -Wparentheses
                least = [SUM] * len(expression.operands)
            operands = [self._inside(x, bound) for x, bound in zip(expression.operands, least, strict=True)]
        names = {"s": suffix(expression.dtype), "t": c_type(expression.dtype)}
        text = expression.template.format(*operands, **names)
        return text.replace("--", "- -"), tight

    def condition(self, bounds: tuple[Bounds, ...]) -> str:
        """The conjunction of some bounds."""
        parts = []
        for bound in bounds:
            if bound.extent == 1 and bound.lower and bound.upper:
                parts.append(_equality(bound.index))
                continue
            parts += [f"{-bound.index.offset} <= {bound.index - bound.index.offset}"] if bound.lower else []
            limit = Affine.of(bound.extent) - bound.index.offset
            parts += [f"{bound.index - bound.index.offset} < {limit}"] if bound.upper else []
        return " && ".join(parts)

    def place(self, array: str, index: tuple[Index, ...]) -> str:
        """An element of an array as an lvalue."""
        if not self.arrays[array].shape and self.arrays[array].storage != "stack":
            return f"*{array}"
        return f"{array}[{self.offset(array, index)}]"

    def offset(self, array: str, index: tuple[Index, ...]) -> str:
        """The row-major position of an element."""
        shape = self.arrays[array].shape
        if len(index) == 1:
            return self.text(index[0])
        if not index:
            return "0"
        flat = Affine()
        for position, extent in zip(index, (0, *shape[1:]), strict=True):
            if isinstance(extent, Dim) or not isinstance(position, Affine):
                return self._symbolic(index, shape)
            flat = flat * extent + position
        self.places.append((array, flat))
        terms = ((self.hidden[term], 1) if term in self.hidden else term for term in flat.terms)
        return str(Affine(tuple(terms), flat.offset))

    def _symbolic(self, index: tuple[Index, ...], shape: tuple[Extent, ...]) -> str:
        text = ""
        for position, extent in zip(index, shape, strict=True):
            here = self._inside(position, SUM)
            if not text:
                text = here if here != "0" else ""
                continue
            scaled = f"({text})" if " " in text else text
            wide = str(Affine.of(extent))
            wide = f"({wide})" if " " in wide else wide
            text = f"{scaled}*{wide}" + (f" + {here}" if here != "0" else "")
        return text or "0"


def _equality(index: Affine) -> str:
    """``index == 0`` with what it subtracts on the other side."""
    right = Affine(tuple((name, -factor) for name, factor in index.terms if factor < 0))
    return f"{index + right} == {right}"
