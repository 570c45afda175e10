"""One call of a function with a rule of its own: its arguments, and its results in one array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Type, size_of
from gradgen.ops import OPS, Value
from gradgen.ops.shape import reshape, slice_
from gradgen.trace import TracedArray, Tree, as_argument, as_traced

__all__ = ["Arguments", "held", "packed_type", "unpack", "without_motion"]


class Arguments(NamedTuple):
    """The arguments of one call.

    Parameters
    ----------
    leaves : tuple
        The traced ones are the operands; what is not traced stays as it is.
    tree : Tree
        The structure of the tuple of arguments.
    """

    leaves: tuple[Any, ...]
    tree: Tree

    @property
    def operands(self) -> list[Value]:
        """The traced leaves."""
        return [as_traced(leaf).value for leaf in self.leaves if isinstance(leaf, TracedArray)]

    def filled(self, values: Sequence[Value], still: Callable[[Any], Any] = lambda leaf: leaf) -> Any:
        """The arguments with these values in the place of the operands, and the others as ``still`` has them."""
        given = iter(values)
        return self.tree.unflatten(
            as_argument(next(given), leaf.weak) if isinstance(leaf, TracedArray) else still(leaf)
            for leaf in self.leaves
        )

    def chosen(self, entries: Sequence[Any]) -> list[Any]:
        """Of one entry for each leaf those of the operands."""
        return [entry for entry, leaf in zip(entries, self.leaves, strict=True) if isinstance(leaf, TracedArray)]


def without_motion(leaf: Any) -> Any:
    """The tangent of what is not traced: zero for numbers, None for what is none."""
    if isinstance(leaf, bool | int | float | np.number):
        return 0.0
    return np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else None


def held(operands: Sequence[Value], call: int) -> list[Value]:
    """The operands as the function itself gets them: constant to derivatives, which ask its rule."""
    return [OPS["held"](x, call=call) if x.type.is_real else x for x in operands]


def packed_type(types: Sequence[Type]) -> Type:
    """The type of values of these types in one array; a single value stays as it is."""
    if len(types) == 1:
        return types[0]
    return Type(np.result_type(*[type_.dtype for type_ in types]), (sum(map(_size, types)),))


def unpack(packed: Value, types: Sequence[Type], number: int) -> Value:
    """The value ``number`` of those that were packed."""
    if len(types) == 1:
        return packed
    start, count = sum(map(_size, types[:number])), _size(types[number])
    piece = slice_(packed, starts=(start,), steps=(1,), shape=(count,))
    return _cast(reshape(piece, shape=types[number].shape), types[number].dtype)


def _cast(x: Value, dtype: np.dtype) -> Value:
    return x if x.dtype == dtype else OPS["astype"](x, dtype=dtype.str)


def _size(type_: Type) -> int:
    size = size_of(type_.shape)
    if size is None:
        raise ShapeError(f"a custom rule of several results needs fixed sizes, got {type_}")
    return size
