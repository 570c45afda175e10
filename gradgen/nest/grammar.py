"""Loop IR: the grammar of loop nests, as data.

    kernel    = name (array …) statement …
    statement = For i in [start, stop) by step: statement …
              | When bounds: statement …
              | Let name = expr | Variable name = expr | Assign name op= expr
              | Store array[index …] op= expr | Zero array | Call function(argument …) | Comment text
    expr      = Constant | Local name | Load array[index …] | Apply template(expr …)
              | Guarded (bounds …) ? expr : otherwise | Position index
    index     = Affine: offset + sum of coefficient * variable      (variables: loop indices and dimensions)
              | expr

Everything is immutable and compares by value, so equal expressions are found by looking them up.
`c/` prints it; it cannot know what a gradient is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradgen.ir.types import Dim, Extent

__all__ = [
    "Affine",
    "Apply",
    "Assign",
    "Bounds",
    "Call",
    "Comment",
    "Constant",
    "Expr",
    "For",
    "Guarded",
    "Index",
    "Let",
    "Load",
    "Local",
    "Position",
    "Statement",
    "Store",
    "Variable",
    "When",
    "Zero",
]


@dataclass(frozen=True, slots=True)
class Affine:
    """An index ``offset + sum(coefficient * variable)``; dimensions are variables too.

    Examples
    --------
    >>> i = Affine.variable("i")
    >>> print((Affine.of(Dim("n")) - 1 - i) * 2)
    2*n - 2*i - 2
    """

    terms: tuple[tuple[str, int], ...] = ()
    offset: int = 0

    @staticmethod
    def variable(name: str) -> Affine:
        """The index that is this variable."""
        return Affine(((name, 1),))

    @staticmethod
    def of(extent: Extent | Affine) -> Affine:
        """An extent as an index."""
        if isinstance(extent, Affine):
            return extent
        return Affine(((extent.name, 1),), extent.offset) if isinstance(extent, Dim) else Affine((), extent)

    def __add__(self, other: Extent | Affine) -> Affine:
        other = Affine.of(other)
        terms = dict(self.terms)
        for name, coefficient in other.terms:
            terms[name] = terms.get(name, 0) + coefficient
        kept = tuple((name, coefficient) for name, coefficient in terms.items() if coefficient)
        return Affine(kept, self.offset + other.offset)

    def __sub__(self, other: Extent | Affine) -> Affine:
        return self + Affine.of(other) * -1

    def __mul__(self, factor: int) -> Affine:
        terms = tuple((name, coefficient * factor) for name, coefficient in self.terms) if factor else ()
        return Affine(terms, self.offset * factor)

    def within(self, extent: Extent, *, lower: bool = True, upper: bool = True) -> Bounds:
        """The condition that it lies in an axis of this extent; without one side where that is known to hold."""
        return Bounds(self, extent, lower, upper)

    def number(self, dtype: np.dtype) -> Position:
        """It as a number of this dtype."""
        return Position(self, dtype)

    def coefficient(self, variable: str) -> int:
        """How far the index moves when the variable moves by one."""
        return dict(self.terms).get(variable, 0)

    @property
    def constant(self) -> int | None:
        """Its value where no variable enters."""
        return None if self.terms else self.offset

    def __str__(self) -> str:
        parts: list[str] = []
        for name, coefficient in self.terms:
            sign = "-" if coefficient < 0 else "+"
            parts += [sign, name if abs(coefficient) == 1 else f"{abs(coefficient)}*{name}"]
        if self.offset or not parts:
            parts += ["-" if self.offset < 0 else "+", str(abs(self.offset))]
        if parts[0] == "-" and "+" in parts:  # `n - i`, not `-i + n`
            first = parts.index("+")
            parts = [*parts[first : first + 2], *parts[:first], *parts[first + 2 :]]
        text = " ".join(parts)
        return text[2:] if parts[0] == "+" else "-" + text[2:]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of a dtype."""

    value: float | int | bool | complex
    dtype: np.dtype


@dataclass(frozen=True, slots=True)
class Local:
    """A value that a `Let` or `Variable` made."""

    name: str


@dataclass(frozen=True, slots=True)
class Load:
    """An element of an array."""

    array: str
    index: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """A C expression: ``{0}``, ``{1}`` stand for the operands, ``{s}`` for the suffix of the dtype."""

    template: str
    operands: tuple[Expr, ...]
    dtype: np.dtype


@dataclass(frozen=True, slots=True)
class Bounds:
    """The condition ``0 <= index < extent``, or one side of it where the other is known to hold."""

    index: Affine
    extent: Extent
    lower: bool = True
    upper: bool = True


@dataclass(frozen=True, slots=True)
class Guarded:
    """``value`` where all bounds hold, zero elsewhere."""

    bounds: tuple[Bounds, ...]
    value: Expr
    dtype: np.dtype


@dataclass(frozen=True, slots=True)
class Position:
    """An index used as a number."""

    index: Affine
    dtype: np.dtype


Expr = Constant | Local | Load | Apply | Guarded | Position
Index = Affine | Constant | Local | Load | Apply | Guarded | Position


@dataclass(frozen=True, slots=True)
class Let:
    """``const dtype name = value;``"""

    name: str
    dtype: np.dtype
    value: Expr
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """``dtype name = value;`` for something that changes, an accumulator."""

    name: str
    dtype: np.dtype
    value: Expr


@dataclass(frozen=True, slots=True)
class Assign:
    """``name = value;`` or, with a combining template, ``name = combine(name, value);``

    ``carried`` if the value so far is used in each turn of a loop, whose turns then must follow in order.
    """

    name: str
    dtype: np.dtype
    value: Expr
    combine: str = ""
    comment: str = ""
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """``array[index] = value;`` or, with a combining template, ``array[index] = combine(array[index], value);``"""

    array: str
    index: tuple[Index, ...]
    dtype: np.dtype
    value: Expr
    combine: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Zero:
    """Every element of an array set to one number."""

    array: str
    value: Constant


@dataclass(frozen=True, slots=True)
class Call:
    """A call into the runtime or BLAS; an `Expr` is passed by value, a `Load` marked in ``addresses`` by address.

    ``site`` is the number of a call that may fail, which its status is returned with.
    """

    function: str
    arguments: tuple[Expr | Affine, ...]
    addresses: tuple[int, ...] = ()
    comment: str = ""
    site: int | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A line of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class For:
    """``for (i = start; i < stop; i += step)``

    ``simd`` asks for vector lanes; ``reductions`` names the variables combined over them, each with
    OpenMP's operator.
    """

    variable: str
    start: Affine
    stop: Affine
    body: tuple[Statement, ...]
    step: int = 1
    simd: bool = False
    reductions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """Statements that run only where all bounds hold."""

    bounds: tuple[Bounds, ...]
    body: tuple[Statement, ...]


Statement = Let | Variable | Assign | Store | Zero | Call | Comment | For | When
