"""The ways from an op to C, as data that `lower/` reads.

An op is computed element by element (`Expression`), only renames the elements of its operand
(`View`), keeps the operand's memory under another shape (`Reshaping`), combines elements along axes
(`Reduction`), sums products along labels (`Product`), puts its operands side by side (`Assembly`),
or is there before the kernel starts (`Leaf`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gradgen.ir import Extent, Node, Type

if TYPE_CHECKING:  # ops are given the indices they compute with; what calls kernels found on disk needs no nests
    from gradgen.nest import Affine, Bounds, Expr

__all__ = [
    "Access",
    "Assembly",
    "Expression",
    "Gather",
    "Generator",
    "Index",
    "Leaf",
    "Lowering",
    "Product",
    "Reduction",
    "Reshaping",
    "Routine",
    "Scan",
    "Scatter",
    "View",
    "Waiting",
]


class Lowering:
    """One of the forms below."""


@dataclass(frozen=True, eq=False)
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


Index: TypeAlias = "tuple[Affine, ...]"
# What an index of the result becomes on the operand, and the bounds outside which the result is zero.
Access: TypeAlias = "tuple[Index, tuple[Bounds, ...]]"


@dataclass(frozen=True, eq=False)
class View(Lowering):
    """The element at an index of the result is an element of the operand, or zero outside bounds."""

    access: Callable[[Index, Node, Type], Access]


class Reshaping(Lowering):
    """The same elements in the same (row-major) order."""


class Waiting(Reshaping):
    """The first operand, where it lies, to be used only when the others are known; these are not read."""


@dataclass(frozen=True, eq=False)
class Reduction(Lowering):
    """Combine the elements along the attribute ``axes``.

    ``combine`` is a template of accumulator and element, ``initial`` its neutral element, ``openmp``
    the operator OpenMP knows it by, where it does.
    """

    combine: str
    initial: float
    openmp: str = ""


class Product(Lowering):
    """Sum of products of two operands over the labels that the result lacks."""


@dataclass(frozen=True, eq=False)
class Assembly(Lowering):
    """Each operand stored somewhere in the result; ``pieces`` gives, per operand, where its index lands.

    ``covers`` says whether the pieces cover everything; otherwise the rest is zero.
    """

    pieces: Callable[[int, Index, Node, tuple[Type, ...]], Index]
    covers: bool


@dataclass(frozen=True, eq=False)
class Generator(Lowering):
    """No operands: the element at an index is an expression of the index."""

    element: Callable[[Index, Node], Expr]


class Gather(Lowering):
    """Elements of the first operand, of one axis, at the positions that the second holds."""


class Scatter(Lowering):
    """The elements of the first operand added into zeros at the positions that the second holds."""


@dataclass(frozen=True, eq=False)
class Scan(Lowering):
    """Combine the elements along the attribute ``axis`` and keep every partial result."""

    combine: str
    initial: float


@dataclass(frozen=True, eq=False)
class Routine(Lowering):
    """A function of the runtime on whole rows or matrices that lie in memory row by row.

    ``function(sizes…, operands…, out[, work])`` is called for each entry of the axes before those of one call.

    Attributes
    ----------
    function : str or callable
        Its name without the suffix of the dtype, or a function of the op's attributes that gives it.
    core : int
        How many of the last axes of the first operand one call takes; those before are the stack, which all share.
    sizes : callable
        ``sizes(*operand types, **attributes)``: the numbers that come first.
    reads : tuple of int, optional
        The operands that are passed, if not all: the others are there for the derivative only.
    work : callable
        ``work(*sizes)``: the shape of the scratch memory of one call, in elements of the dtype, () if these sizes
        need none. Without it the function has no such parameter.
    small : callable, optional
        ``small(*sizes)`` tells whether gradgen's own function does it; otherwise that of LAPACK, ``gg_lapack_…``.
    lanes : int
        Up to this first size there is a function ``…_lanes`` that does many entries side by side.
    fails : bool
        Whether it returns a status.
    """

    function: str | Callable[..., str]
    core: int
    sizes: Callable[..., tuple[Extent, ...]]
    reads: tuple[int, ...] | None = None
    work: Callable[..., tuple[Extent, ...]] | None = None
    small: Callable[..., bool] | None = None
    lanes: int = 0
    fails: bool = False

    def read(self, node: Node) -> tuple[int, ...]:
        """The positions of the operands that are passed."""
        return tuple(range(len(node.operands))) if self.reads is None else self.reads

    def name(self, node: Node) -> str:
        """The name of the function, without suffix."""
        return self.function if isinstance(self.function, str) else self.function(**dict(node.attributes))

    def numbers(self, node: Node, types: Sequence[Type]) -> tuple[Extent, ...]:
        """The numbers that a call begins with."""
        return self.sizes(*types, **dict(node.attributes))


class Leaf(Lowering):
    """Needs no computing: an argument, a constant, a dimension."""
