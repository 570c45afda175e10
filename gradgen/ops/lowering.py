"""The ways from an op to C, as data that `lower/` reads.

An op is computed element by element (`Expression`), only renames the elements of its operand
(`View`), keeps the operand's memory under another shape (`Reshaping`), combines elements along axes
(`Reduction`), sums products along labels (`Product`), puts its operands side by side (`Assembly`),
or is there before the kernel starts (`Leaf`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gradgen.ir import Node, Type
from gradgen.nest import Affine, Bounds, Expr

__all__ = [
    "Assembly",
    "Expression",
    "Gather",
    "Generator",
    "Leaf",
    "Lowering",
    "Product",
    "Reduction",
    "Reshaping",
    "RowCall",
    "Scan",
    "Scatter",
    "View",
]


class Lowering:
    """One of the forms below."""


@dataclass(frozen=True)
class Expression(Lowering):
    """Elementwise: a C expression of the operands ``{0}``, ``{1}`` …, ``{s}`` the dtype's suffix.

    The suffix is empty for float64, ``f`` for float32, ``_i64`` and ``_i32`` for integers; it is that
    of the first operand. ``cost`` counts additions per element.
    """

    template: str
    cost: int = 1

    @property
    def arity(self) -> int:
        """How many operands the template takes."""
        return len(set(re.findall(r"\{(\d)\}", self.template)))


# What an index of the result becomes on the operand, and the bounds outside which the result is zero.
Access = tuple[tuple[Affine, ...], tuple[Bounds, ...]]


@dataclass(frozen=True)
class View(Lowering):
    """The element at an index of the result is an element of the operand, or zero outside bounds."""

    access: Callable[[tuple[Affine, ...], Node, Type], Access]


@dataclass(frozen=True)
class Reshaping(Lowering):
    """The same elements in the same (row-major) order."""


@dataclass(frozen=True)
class Reduction(Lowering):
    """Combine the elements along the attribute ``axes``.

    ``combine`` is a template of accumulator and element, ``initial`` its neutral element, ``openmp``
    the operator OpenMP knows it by, where it does.
    """

    combine: str
    initial: float
    openmp: str = ""


@dataclass(frozen=True)
class Product(Lowering):
    """Sum of products of two operands over the labels that the result lacks."""


@dataclass(frozen=True)
class Assembly(Lowering):
    """Each operand stored somewhere in the result; ``pieces`` gives, per operand, where its index lands.

    ``covers`` says whether the pieces cover everything; otherwise the rest is zero.
    """

    pieces: Callable[[int, tuple[Affine, ...], Node, tuple[Type, ...]], tuple[Affine, ...]]
    covers: bool


@dataclass(frozen=True)
class Generator(Lowering):
    """No operands: the element at an index is an expression of the index."""

    element: Callable[[tuple[Affine, ...], Node], Expr]


@dataclass(frozen=True)
class Gather(Lowering):
    """Elements of the first operand, of one axis, at the positions that the second holds."""


@dataclass(frozen=True)
class Scatter(Lowering):
    """The elements of the first operand added into zeros at the positions that the second holds."""


@dataclass(frozen=True)
class Scan(Lowering):
    """Combine the elements along the attribute ``axis`` and keep every partial result."""

    combine: str
    initial: float


@dataclass(frozen=True)
class RowCall(Lowering):
    """A runtime function ``function(n, x, out)`` for each row along the last axis; ``one`` if it gives one number."""

    function: str
    one: bool = False


@dataclass(frozen=True)
class Leaf(Lowering):
    """Needs no computing: an argument, a constant, a dimension."""
