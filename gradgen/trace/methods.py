"""The attributes and methods of an array that are functions of NumPy under another spelling."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.trace.advice import ATTRIBUTE_ADVICE
from gradgen.trace.context import FUNCTIONS, fail, numpy

__all__ = ["Methods"]

# Methods that are the function of the same name; those that change the array in place are not among them.
# fmt: off
METHODS = {
    "all", "any", "argmax", "argmin", "argsort", "compress", "conj", "conjugate", "copy", "cumprod", "cumsum",
    "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "repeat", "round", "searchsorted", "squeeze",
    "std", "sum", "swapaxes", "take", "trace", "var",
}
# fmt: on
ATTRIBUTES_OF_DATA = {"flags", "nbytes", "strides", "tobytes", "tofile"}


class MissingAttributeError(TraceError, AttributeError):
    """Also an AttributeError, so that ``hasattr`` answers."""


class Methods:
    """The methods of `TracedArray`, whose other attributes they use."""

    __slots__ = ()

    @property
    def size(self: Any) -> Any:
        """Number of elements: an integer, a `Dim`, or a traced integer where named dimensions are multiplied."""
        return numpy.size(self)

    @property
    def itemsize(self: Any) -> int:
        """Bytes of one element."""
        return int(self.dtype.itemsize)

    @property
    def T(self: Any) -> Any:
        """The transpose."""
        return self.transpose()

    @property
    def mT(self: Any) -> Any:
        """The transpose of each matrix in a stack."""
        return self.swapaxes(-1, -2)

    @property
    def real(self: Any) -> Any:
        """The real part."""
        return self if self.dtype.kind != "c" else numpy.real(self)

    @real.setter
    def real(self: Any, value: Any) -> None:
        self[...] = value if self.dtype.kind != "c" else value + 1j * numpy.imag(self)

    @property
    def imag(self: Any) -> Any:
        """The imaginary part; zeros of a real array."""
        return numpy.imag(self)

    @imag.setter
    def imag(self: Any, value: Any) -> None:
        if self.dtype.kind != "c":
            raise fail(TraceError, f"{self!r} has no imaginary part to be set; make it complex first")
        self[...] = numpy.real(self) + 1j * value

    # --- methods -------------------------------------------------------------------------------------

    def __getattr__(self: Any, name: str) -> Any:
        if name in METHODS:
            return functools.partial(getattr(np, name), self)
        if name.startswith("__") or not hasattr(np.ndarray, name):
            raise AttributeError(f"a traced array has no attribute {name!r}")
        if name in ATTRIBUTES_OF_DATA and self.is_plain:
            return getattr(self.layout, name)
        advice = ATTRIBUTE_ADVICE.get(name, "write it with functions of np")
        raise fail(MissingAttributeError, f".{name} of a traced array is not supported; {advice}")

    def __round__(self: Any, digits: int | None = None) -> Any:
        return numpy.round(self).astype(int) if digits is None else numpy.round(self, digits)

    def reshape(self: Any, *shape: Any, order: str = "C") -> Any:
        """As NumPy's method."""
        return numpy.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self: Any, *axes: Any) -> Any:
        """As NumPy's method."""
        return numpy.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def ravel(self: Any, order: str = "C") -> Any:
        """As NumPy's method."""
        return numpy.ravel(self, order=order)

    def flatten(self: Any, order: str = "C") -> Any:
        """As NumPy's method."""
        return numpy.copy(numpy.ravel(self, order=order))

    @property
    def flat(self: Any) -> Any:
        """All elements in order, as NumPy's."""
        return FUNCTIONS[np.ndarray.flat](self)

    @flat.setter
    def flat(self: Any, value: Any) -> None:
        numpy.put(self, range(operator.index(self.size)), value)

    def astype(self: Any, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's method; the further arguments concern memory, which a traced array has none of."""
        return numpy.astype(self, np.dtype(dtype))

    def clip(self: Any, min: Any = None, max: Any = None, out: Any = None) -> Any:
        """As NumPy's method."""
        return numpy.clip(self, min, max, out=out)

    def fill(self: Any, value: Any) -> None:
        """As NumPy's method."""
        self[...] = value

    def put(self: Any, indices: Any, values: Any, mode: str = "raise") -> None:
        """As NumPy's method."""
        numpy.put(self, indices, values, mode=mode)

    def sort(self: Any, axis: int = -1, **kwargs: Any) -> None:
        """As NumPy's method."""
        self[...] = numpy.sort(self, axis=axis, **kwargs)

    def __copy__(self: Any) -> Any:
        return numpy.copy(self)

    def __deepcopy__(self: Any, memo: Any) -> Any:
        return numpy.copy(self)
