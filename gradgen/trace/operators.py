"""Python's operators on traced values, and what they make of Python's own numbers.

NumPy lets a Python number take the dtype of the array it meets: ``np.float32(2) * 0.5`` is a float32. Operators on such
numbers alone give such a number again, ufuncs do not: ``0.5 * 2`` adapts, ``np.multiply(0.5, 2)`` is a float64.
An argument that is a Python number is *weak* in this sense, and so is what operators make of it.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

__all__ = ["Operators", "is_weak"]

ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow")
BITWISE = ("and", "or", "xor", "lshift", "rshift")
OF_ONE = ("neg", "pos", "abs")
COMPARISONS = ("lt", "le", "eq", "ne", "gt", "ge")

Operator = Callable[..., Any]


def is_weak(x: Any) -> bool:
    """Whether NumPy lets a value take the dtype of what it meets: a number of Python's own, traced or not.

    Examples
    --------
    >>> is_weak(0.5), is_weak(np.float64(0.5)), is_weak(np.array(0.5))
    (True, False, False)
    """
    if isinstance(x, Operators):
        return x.weak
    return isinstance(x, int | float | complex) and not isinstance(x, np.generic)


class Operators(NDArrayOperatorsMixin):
    """The operators of `TracedArray`: those of NumPy's arrays, which on weak numbers give weak numbers."""

    __slots__ = ("weak",)
    weak: bool

    def __mul__(self: Any, other: Any) -> Any:
        return other * operator.index(self) if _repeats(self, other) else super().__mul__(other)

    def __rmul__(self: Any, other: Any) -> Any:
        return other * operator.index(self) if _repeats(self, other) else super().__rmul__(other)

    def __pow__(self: Any, exponent: Any) -> Any:
        # As ndarray's operator does, and np.power does not.
        if isinstance(exponent, int | float) and self.dtype.kind == "f" and exponent in (0.5, 1, 2, -1):
            return {0.5: np.sqrt, 1: np.positive, 2: np.square, -1: np.reciprocal}[exponent](self)
        if self.weak and type(exponent) is int and exponent < 0:  # Python divides, NumPy refuses
            return self.astype(np.float64) ** exponent
        return np.power(self, exponent)


def _repeats(x: Any, other: Any) -> bool:
    """Whether a product repeats a list, as Python's and NumPy's integers do, instead of multiplying its entries."""
    return isinstance(other, list | tuple) and x.is_scalar and x.dtype.kind == "i"


def _keeping(ordinary: Operator, prepare: Callable[[Any], Any]) -> Operator:
    """An operator whose result is weak if all operands are."""

    @functools.wraps(ordinary)
    def operation(self: Operators, *others: Any) -> Any:
        if not self.weak or not all(map(is_weak, others)):
            return ordinary(self, *others)
        return _weakened(ordinary(prepare(self), *map(prepare, others)))

    return operation


def _as_number(x: Any) -> Any:
    """Python computes with bools as with 0 and 1."""
    return _weakened(x.astype(np.int64)) if getattr(x, "dtype", None) == np.bool_ else x


def _weakened(result: Any) -> Any:
    if isinstance(result, tuple):  # of divmod
        return tuple(map(_weakened, result))
    if isinstance(result, Operators):
        result.weak = True
    return result


def _as_it_is(x: Any) -> Any:
    return x


for _names, _prepare in (((*ARITHMETIC, *OF_ONE), _as_number), ((*COMPARISONS, *BITWISE), _as_it_is)):
    for _name in [f"__{side}{name}__" for name in _names for side in ("", "r")]:
        if hasattr(Operators, _name):
            setattr(Operators, _name, _keeping(getattr(Operators, _name), _prepare))
