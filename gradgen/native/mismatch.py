"""What to raise when a call does not fit its kernel, or the kernel fails: one wording for C and Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from gradgen.errors import ArgumentError, GradgenError, counted
from gradgen.ir.types import DTYPES, Dim, Type, shape_text
from gradgen.native.signature import Slot

__all__ = ["SIZE", "STATUSES", "Described", "mismatch_error", "status_error"]

SIZE = 6
STATUSES: dict[int, Callable[[str], Exception]] = {
    1: lambda name: np.linalg.LinAlgError(f"singular matrix (in {name})"),
    2: lambda name: np.linalg.LinAlgError(f"matrix is not positive definite (in {name})"),
    3: lambda name: np.linalg.LinAlgError(f"no convergence (in {name})"),
    4: lambda name: MemoryError(f"out of memory (in {name})"),
    5: lambda name: IndexError(f"index out of range (in {name})"),
    6: lambda name: ArgumentError(f"{name}: an array is shorter than an index or slice in it needs"),
}
# Of these the number of the call that failed is known.
LOCATED = (1, 2, 3)


class Described(Protocol):
    """What both kinds of `Kernel` tell about themselves."""

    name: str
    arguments: tuple[Slot, ...]
    dims: tuple[str, ...]
    argument_names: tuple[str, ...]
    hidden: tuple[Any, ...]
    where: Callable[[int], str] | None


def status_error(status: int, kernel: Described) -> Exception:
    """The exception for a status that a kernel returned: what went wrong, and at which line of the user."""
    make = STATUSES.get(status % 16)
    if make is None:
        return GradgenError(f"{kernel.name} failed with status {status}")
    where = kernel.where(status // 16) if kernel.where and status % 16 in LOCATED else ""
    error = make(kernel.name)
    return type(error)(f"{error}\n  {where}") if where else error


def mismatch_error(kernel: Described, given: Sequence[object]) -> ArgumentError:
    """The exception for arguments that do not fit: names the first that is wrong, and the remedy."""
    visible = len(kernel.arguments) - len(kernel.hidden)
    if len(given) != visible:
        names = ", ".join(kernel.argument_names[:visible])
        takes = f"{counted(visible, 'argument')} ({names})"
        return ArgumentError(f"{kernel.name} takes {takes}, {len(given)} given; pass all of them")
    bound: dict[str, tuple[int, str]] = {}
    slots = zip(kernel.arguments, kernel.argument_names, (*given, *kernel.hidden), strict=True)
    for slot, name, value in slots:
        wanted = _type(slot, kernel.dims)
        problem = _kind(wanted, value, name) or _shape(wanted, np.shape(value), name, bound)
        if problem:
            return ArgumentError(f"{kernel.name}: argument {name} must be {wanted}, but {problem}")
    return ArgumentError(f"{kernel.name}: the arguments do not fit")


def _type(slot: Slot, dims: tuple[str, ...]) -> Type:
    char, shape = slot
    extents = (Dim(dims[extent[0]], extent[1]) if isinstance(extent, tuple) else extent for extent in shape)
    return Type(np.dtype(char), tuple(extents))


def _kind(wanted: Type, value: object, name: str) -> str:
    """What is wrong with a value, its shape left aside; empty if nothing."""
    scalar = f"np.{wanted.dtype.name}" if wanted.dtype != np.bool_ else "bool"
    if isinstance(value, bool | int | float | complex) and not isinstance(value, np.generic):
        return _number(wanted, value, name)
    if isinstance(value, np.generic):
        return "" if type(value) is wanted.dtype.type else f"is a {type(value).__name__}; write {scalar}({name})"
    if not issubclass(type(value), np.ndarray) and isinstance(value, np.ndarray):  # as traced arrays pretend
        return "is a traced value, while a kernel takes numbers; trace what it was made from, for a pull-back gg.vjp"
    if not isinstance(value, np.ndarray):
        return f"is of type {type(value).__name__}; convert it with np.asarray({name}, dtype={scalar})"
    if type(value) is not np.ndarray:
        return f"is a {type(value).__name__}, a subclass of ndarray; pass np.asarray({name})"
    if not value.dtype.isnative:
        return f"has the bytes of its numbers in the other order; convert it with {name}.astype({scalar})"
    if value.dtype == wanted.dtype:
        return ""
    return f"is {DTYPES.get(value.dtype, value.dtype)}{_extents(value.shape)}; convert it with {name}.astype({scalar})"


def _number(wanted: Type, value: complex, name: str) -> str:
    if wanted.shape:
        return ""
    if type(value) is {"f": float, "c": complex, "b": bool}.get(wanted.dtype.kind):
        return ""
    if wanted.dtype == np.int64 and type(value) is int:
        return "" if -(2**63) <= value < 2**63 else f"{value} does not fit in 64 bits; pass a smaller number"
    remedy = {"f": "float", "c": "complex", "b": "bool"}.get(wanted.dtype.kind, f"np.{wanted.dtype}")
    return f"is the {type(value).__name__} {value!r}; write {remedy}({name})"


def _shape(wanted: Type, shape: tuple[int, ...], name: str, bound: dict[str, tuple[int, str]]) -> str:
    """What is wrong with a shape, given the dimensions that earlier arguments have bound."""
    has = f"has shape {shape_text(shape)}"
    if len(shape) != wanted.ndim:
        return f"{has}; pass an array of {wanted.ndim} dimensions" if wanted.ndim else f"{has}; pass one number"
    for extent, size in zip(wanted.shape, shape, strict=True):
        if not isinstance(extent, Dim):
            if extent != size:
                return f"{has}; pass that shape, or compile for this one"
            continue
        value, owner = bound.setdefault(extent.name, (size - extent.offset, name))
        if value < 0:
            return f"{has}, too small for {extent}; pass a larger array"
        if value + extent.offset != size:
            return f"{has}, while {extent.name} is {value} in {owner}; pass arrays that agree"
    return ""


def _extents(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]" if shape else ""
