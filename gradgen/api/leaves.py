"""The leaves of arguments: which are data and which are part of the program, and what may be neither."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any

import numpy as np

from gradgen.errors import ArgumentError, DTypeError
from gradgen.ir import DTYPES, Dim, Type, TypeMaker, type_of

__all__ = ["as_plain", "describe", "is_static", "key_of", "leaf_type"]

# Leaves that are part of the program rather than of the data.
STATIC = (str, bytes, bool, type, type(None), type(Ellipsis), slice, Enum)


def is_static(leaf: Any) -> bool:
    """Whether a leaf is part of the program by itself, without being named in ``static_argnames``."""
    if isinstance(leaf, float | int | np.ndarray) and not isinstance(leaf, bool | Enum):
        return False
    if isinstance(leaf, Type | TypeMaker | Dim | np.generic):
        return False
    return isinstance(leaf, STATIC) or callable(leaf)


def as_plain(leaf: Any) -> Any:
    """A memory map, which is an array like any other once it is open, as a plain array; others as they are."""
    return np.asarray(leaf) if isinstance(leaf, np.memmap) else leaf


def key_of(leaf: Any, static: bool) -> Hashable:
    """What a specialisation depends on: the type of data, the value of what is static."""
    if static:
        return "static", type(leaf), _identity(leaf)
    if type(leaf) is np.ndarray:
        return leaf.dtype, leaf.shape
    kind: type = type(leaf)
    if kind is float or kind is int:
        return kind
    if is_static(leaf):
        return "static", kind, _identity(leaf)
    return kind, getattr(leaf, "dtype", None), getattr(leaf, "shape", None)


def _identity(leaf: Any) -> Hashable:
    """Equal for what is the same in every computation: 0.0 and -0.0 are not, NaN and NaN are."""
    if isinstance(leaf, np.generic):
        return leaf.tobytes()
    if isinstance(leaf, float):
        return leaf.hex()
    if isinstance(leaf, slice):  # has a hash since Python 3.12 only
        return leaf.start, leaf.stop, leaf.step
    if isinstance(leaf, np.ndarray):
        raise TypeError("an array has no hash")
    hash(leaf)  # or it raises TypeError
    return leaf  # type: ignore[no-any-return]


def leaf_type(leaf: Any, label: str) -> Type:
    """The type of data.

    Raises
    ------
    ArgumentError
        If it cannot be data: what it is, and the remedy, with the name of the argument.
    """
    problem = _problem(leaf, label)
    if not problem:
        try:
            return type_of(leaf)
        except DTypeError as error:
            problem = str(error)
    raise ArgumentError(f"argument {label} {problem}")


def describe(leaf: Any) -> str:
    """A leaf in a message."""
    if isinstance(leaf, np.ndarray | np.generic):
        shape = f"[{', '.join(map(str, leaf.shape))}]" if leaf.shape else ""
        return f"{DTYPES.get(leaf.dtype, leaf.dtype)}{shape}"
    return f"of type {type(leaf).__name__}"


def _problem(leaf: Any, label: str) -> str:
    """What is wrong with a leaf as data; empty if nothing."""
    if isinstance(leaf, Type | TypeMaker):
        return ""
    if isinstance(leaf, np.ndarray) and type(leaf) is not np.ndarray:
        return f"is a {type(leaf).__name__}, a subclass of ndarray; pass np.asarray({label})"
    if isinstance(leaf, np.ndarray | np.generic):
        return _dtype_problem(leaf, label)
    if isinstance(leaf, int) and not -(2**63) <= leaf < 2**63:
        return f"is the int {leaf}, which does not fit in 64 bits; pass float({label})"
    if isinstance(leaf, complex):
        return f"is the complex number {leaf}; {_PARTS}"
    if isinstance(leaf, int | float):
        return ""
    return (
        f"is of type {type(leaf).__name__}, not an array or a number; convert it with np.asarray({label}), name it in "
        "static_argnames if it is part of the program, or make its class a container with register_pytree"
    )


_PARTS = "only real numbers are compiled: pass real and imaginary part as two arguments"


def _dtype_problem(array: np.ndarray | np.generic, label: str) -> str:
    dtype = array.dtype
    if not dtype.isnative:
        native = dtype.newbyteorder("=").name
        return f"has the bytes of its numbers in the other order; convert it with {label}.astype(np.{native})"
    if dtype.kind == "c":
        return f"is {describe(array)}; {_PARTS}"
    if dtype in DTYPES:
        return ""
    if dtype.kind in "fiu":
        nearest = {"f": "float32" if dtype.itemsize < 4 else "float64"}.get(dtype.kind, "int64")
        return f"is {describe(array)}, a dtype that is not compiled; convert it with {label}.astype(np.{nearest})"
    return f"is {describe(array)}, which are not numbers; pass float64, float32, int64, int32 or bool"
