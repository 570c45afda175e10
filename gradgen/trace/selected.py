"""``x[mask]`` for a mask that is traced: how many elements there are is not known, but what happens to each is.

Elementwise functions, and reductions of all elements, are computed on the whole array and kept where the mask holds;
``y[mask] = f(x[mask])`` and ``y[mask] += c`` become one `where`. Everything else needs the number of elements.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import shape_text
from gradgen.trace.array import TracedArray
from gradgen.trace.context import call, fail, numpy
from gradgen.trace.moves import as_traced, filled, viewed

__all__ = ["Selected", "kept", "select"]


class Selected(NDArrayOperatorsMixin):
    """The elements of an array that a traced mask selects.

    Parameters
    ----------
    whole : TracedArray
        The value for every element, selected or not.
    mask : TracedArray
        The mask, of as many axes as the array at most.
    """

    __slots__ = ("mask", "whole")
    __array_priority__ = 2000.0

    def __init__(self, whole: TracedArray, mask: TracedArray) -> None:
        self.whole, self.mask = whole, mask

    @property
    def trailing(self) -> int:
        """How many axes a selected element has itself."""
        return self.whole.ndim - self.mask.ndim

    def __repr__(self) -> str:
        return (
            f"what a traced mask selects of {self.whole!r}, elements whose number is known only when the function is "
            "called; use np.where(mask, x, 0.0), and np.sum(np.where(mask, x, 0.0)) for a sum over the selected"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        if method != "__call__" or kwargs or ufunc.nout > 1 or out not in (None, (self,)):
            raise fail(TraceError, f"np.{ufunc.__name__} of {self!r}")
        result = ufunc(*[self._operand(each) for each in inputs])
        if out is None:
            return Selected(result, self.mask)
        self.whole = result
        return self

    def _operand(self, other: Any) -> Any:
        if type(other) is Selected and other.mask.value.id == self.mask.value.id:
            return other.whole
        if type(other) is Selected or np.ndim(other) > self.trailing:
            raise fail(TraceError, f"an array, or elements that another mask selects, beside {self!r}")
        return other

    @property
    def size(self) -> Any:
        """How many numbers are selected, which is traced."""
        return _count(self)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        reduce = REDUCTIONS.get(func)
        if reduce is None or len(args) > 1 or kwargs:
            raise fail(TraceError, f"np.{func.__name__} of {self!r}")
        return call(func.__name__, reduce, self)

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return functools.partial(REDUCTIONS[METHODS[name]], self)
        if name.startswith("__"):
            raise AttributeError(name)
        raise fail(TraceError, f".{name} of {self!r}")

    def _refuse(self, *args: Any) -> Any:
        raise fail(TraceError, repr(self))

    __array__ = __len__ = __iter__ = __getitem__ = __setitem__ = __bool__ = __float__ = __int__ = _refuse

    def spread(self) -> TracedArray:
        """The mask with as many axes as the array."""
        return viewed(self.mask, (*self.mask.shape, *[1] * self.trailing))

    def filled(self, number: Any) -> Any:
        """The array with a number where the mask does not hold."""
        return numpy.where(self.spread(), self.whole, filled(number, self.whole.dtype, ()))


def select(x: TracedArray, mask: TracedArray) -> Selected:
    """``x[mask]``."""
    if mask.shape != x.shape[: mask.ndim] or not mask.ndim:
        raise ShapeError(f"a mask of shape {shape_text(mask.shape)} for an array of shape {shape_text(x.shape)}")
    # Neither is to change with what is written into the arrays later.
    return Selected(TracedArray(x.value), TracedArray(mask.value))


def kept(value: Any, mask: TracedArray) -> Any:
    """What is to be stored where a mask holds: for each element of the array its value."""
    if type(value) is not Selected:
        return value
    if value.mask.value.id != mask.value.id:
        raise TraceError(f"where another mask holds, nothing can be stored of {value!r}")
    return value.whole


def _lowest(dtype: np.dtype) -> Any:
    return {"f": -np.inf, "b": False}[dtype.kind] if dtype.kind in "fb" else np.iinfo(dtype).min


def _highest(dtype: np.dtype) -> Any:
    return {"f": np.inf, "b": True}[dtype.kind] if dtype.kind in "fb" else np.iinfo(dtype).max


def _count(x: Selected) -> Any:
    """How many numbers are selected."""
    trailing = as_traced(1)
    for extent in x.whole.shape[x.mask.ndim :]:
        trailing = trailing * extent
    return numpy.sum(x.mask) * trailing


REDUCTIONS: dict[Callable[..., Any], Callable[[Selected], Any]] = {
    np.sum: lambda x: numpy.sum(x.filled(0)),
    np.prod: lambda x: numpy.prod(x.filled(1)),
    np.mean: lambda x: numpy.sum(x.filled(0)) / _count(x),
    np.max: lambda x: numpy.max(x.filled(_lowest(x.whole.dtype))),
    np.min: lambda x: numpy.min(x.filled(_highest(x.whole.dtype))),
    np.any: lambda x: numpy.any(numpy.logical_and(x.whole, x.spread())),
    np.all: lambda x: numpy.all(numpy.logical_or(x.whole, numpy.logical_not(x.spread()))),
    np.size: _count,
}
METHODS = {name: getattr(np, name) for name in ("sum", "prod", "mean", "max", "min", "any", "all")}
