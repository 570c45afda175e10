"""Types: a dtype and a shape, each extent an integer or a named dimension plus a constant.

    type   = dtype [ extent, … ]
    extent = int | name + int

``gg.f64[3, "n"]`` writes one: ``f64[3, n]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.errors import ArgumentError, DTypeError, ShapeError, TraceError

__all__ = ["DTYPES", "Dim", "Extent", "Type", "TypeMaker", "broadcast_shapes", "shape_text", "size_of", "type_of"]


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension bound when the function is called: ``n + offset``.

    Examples
    --------
    >>> n = Dim("n")
    >>> n - 1
    Dim('n', -1)
    >>> (n - 1) - n
    -1
    """

    name: str
    offset: int = 0

    def __add__(self, other: int) -> Dim:
        if hasattr(other, "__array_function__"):
            return NotImplemented  # a traced array makes a number of it
        return Dim(self.name, self.offset + _integer(other, self))

    __radd__ = __add__

    def __sub__(self, other: int | Dim) -> int | Dim:
        if isinstance(other, Dim):
            if other.name != self.name:
                raise ShapeError(f"cannot subtract dimension {other} from {self}: only constants may be added")
            return self.offset - other.offset
        if hasattr(other, "__array_function__"):
            return NotImplemented
        return Dim(self.name, self.offset - _integer(other, self))

    def _as_number(self, other: object = None) -> Any:
        """A size that is not known yet is a number beside a traced array only, which makes one of it."""
        if hasattr(other, "__array_function__"):
            return NotImplemented
        raise TraceError(
            f"dimension {self} is known only when the function is called; use np.mean(x), put the traced array first, "
            "np.sum(x) / x.shape[0], or trace with a fixed size"
        )

    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = __mod__ = __pow__ = __neg__ = _as_number
    __lt__ = __le__ = __gt__ = __ge__ = sqrt = _as_number

    def __index__(self) -> int:
        raise TraceError(
            f"dimension {self} is known only when the function is called, not while it is traced; "
            "write the loop as an array operation, or trace with a fixed size"
        )

    def __str__(self) -> str:
        return f"{self.name}{self.offset:+d}" if self.offset else self.name

    def __repr__(self) -> str:
        return f"Dim({self.name!r}, {self.offset})" if self.offset else f"Dim({self.name!r})"


Extent = int | Dim


def _integer(value: object, dim: Dim) -> int:
    if isinstance(value, int | np.integer):
        return int(value)
    raise ShapeError(f"dimension {dim}: only an integer can be added, not {value!r}")


# The dtypes of the graph with the names they are printed by.
DTYPES: dict[np.dtype, str] = {
    np.dtype(np.float64): "f64",
    np.dtype(np.float32): "f32",
    np.dtype(np.int64): "i64",
    np.dtype(np.int32): "i32",
    np.dtype(np.bool_): "bool",
    np.dtype(np.complex128): "c128",
    np.dtype(np.complex64): "c64",
}


@dataclass(frozen=True, slots=True)
class Type:
    """The dtype and shape of a value.

    Parameters
    ----------
    dtype : numpy.dtype
        One of `DTYPES`.
    shape : tuple of int or Dim
        The extents; ``()`` for a scalar.
    """

    dtype: np.dtype
    shape: tuple[Extent, ...] = ()

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def is_real(self) -> bool:
        """Whether values of this type carry a derivative by themselves."""
        return self.dtype.kind == "f"

    def with_shape(self, shape: Sequence[Extent]) -> Type:
        """The same dtype, another shape."""
        return Type(self.dtype, tuple(shape))

    def with_dtype(self, dtype: np.dtype | type) -> Type:
        """The same shape, another dtype."""
        return Type(np.dtype(dtype), self.shape)

    def __str__(self) -> str:
        name = DTYPES.get(self.dtype, str(self.dtype))
        return name + (f"[{', '.join(map(str, self.shape))}]" if self.shape else "")


class TypeMaker:
    """Writes types: ``f64[3, "n"]``; by itself the type of a scalar.

    Raises
    ------
    ArgumentError
        If an entry of the shape is neither a whole number, a name, nor a `Dim`.

    Examples
    --------
    >>> print(TypeMaker(np.float64)[3, "n"])
    f64[3, n]
    """

    def __init__(self, dtype: type) -> None:
        self.dtype = np.dtype(dtype)

    def __getitem__(self, shape: int | str | Dim | tuple[int | str | Dim, ...]) -> Type:
        entries = shape if isinstance(shape, tuple) else (shape,)
        return Type(self.dtype, tuple(self._extent(entry) for entry in entries))

    def _extent(self, entry: object) -> Extent:
        if isinstance(entry, Dim) or (isinstance(entry, str) and entry.isidentifier()):
            return entry if isinstance(entry, Dim) else Dim(entry)
        if isinstance(entry, int | np.integer) and not isinstance(entry, bool) and entry >= 0:
            return int(entry)
        name = DTYPES[self.dtype]
        if isinstance(entry, str):
            reason = 'is no name; a size is named by one word, as "n", and n + 1 is written gg.Dim("n") + 1'
        elif isinstance(entry, int | np.integer) and not isinstance(entry, bool):
            reason = 'is negative; write the number of elements, or a name such as "n" for any number'
        else:
            reason = f'is no size; write a whole number, or a name such as "n" for any; gg.{name} alone is one number'
        raise ArgumentError(f"gg.{name}[...]: {entry!r} {reason}")

    @property
    def scalar(self) -> Type:
        """The type of a single number."""
        return Type(self.dtype)


def type_of(value: object) -> Type:
    """The type of an array, a Python number, a type, or a `TypeMaker` standing for its scalar.

    Raises
    ------
    DTypeError
        If there is no such dtype in the graph; the message lists those there are.
    """
    if isinstance(value, Type):
        return value
    if isinstance(value, TypeMaker):
        return value.scalar
    if isinstance(value, bool | int | float | complex | np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype in DTYPES and array.dtype.isnative:
            return Type(np.dtype(array.dtype), array.shape)
        raise DTypeError(
            f"dtype {array.dtype} is not supported; convert with .astype() to one of "
            + ", ".join(str(dtype) for dtype in DTYPES)
        )
    raise DTypeError(f"expected an array or a number, got {type(value).__name__}")


def shape_text(shape: Sequence[Extent]) -> str:
    """A shape as Python prints a tuple: ``(3, n)``, ``(3,)``, ``()``."""
    inner = ", ".join(map(str, shape))
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def size_of(shape: Sequence[Extent]) -> int | None:
    """Number of elements, or None where a named dimension leaves it open."""
    total = 1
    for extent in shape:
        if isinstance(extent, Dim):
            return None
        total *= extent
    return total


def broadcast_shapes(*shapes: Sequence[Extent]) -> tuple[Extent, ...]:
    """NumPy's broadcasting for shapes with named dimensions.

    Raises
    ------
    ShapeError
        If two extents differ and neither is 1.
    """
    ndim = max(map(len, shapes), default=0)
    result: list[Extent] = [1] * ndim
    for shape in shapes:
        for axis, extent in enumerate(shape, ndim - len(shape)):
            if result[axis] == 1:
                result[axis] = extent
            elif extent not in (1, result[axis]):
                raise ShapeError("shapes " + " and ".join(map(shape_text, shapes)) + " do not broadcast together")
    return tuple(result)
