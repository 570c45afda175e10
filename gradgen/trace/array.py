"""The tracer: an array without numbers that speaks NumPy's protocols and records what is done with it.

The operators, ufuncs and functions of NumPy arrive here through ``__array_ufunc__`` and ``__array_function__``
and are looked up in tables. Whatever asks for the numbers themselves is an error that says what to write instead.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gradgen.errors import TraceError
from gradgen.ir import Dim, Extent
from gradgen.ops import Value
from gradgen.trace.advice import ATTRIBUTE_ADVICE, FUNCTION_ADVICE
from gradgen.trace.context import FUNCTIONS, active, call, fail, numpy

__all__ = ["TracedArray", "emit"]

# Methods that are the function of the same name; those that change the array in place are not among them.
# fmt: off
METHODS = {
    "all", "any", "argmax", "argmin", "argsort", "compress", "conj", "conjugate", "copy", "cumprod", "cumsum",
    "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "repeat", "round", "searchsorted", "squeeze",
    "std", "sum", "swapaxes", "take", "trace", "var",
}
# fmt: on


class MissingAttributeError(TraceError, AttributeError):
    """Also an AttributeError, so that ``hasattr`` answers."""


def _refusing(message: str) -> Callable[..., Any]:
    def refuse(self: TracedArray, *args: Any, **kwargs: Any) -> Any:
        raise fail(TraceError, message.format(repr(self)))

    return refuse


def _updating(ufunc: np.ufunc) -> Callable[[TracedArray, Any], Any]:
    """``x op= y``: right for a number, which Python rebinds; an array would change under all its names."""

    def update(self: TracedArray, other: Any) -> Any:
        if self.ndim:
            raise fail(
                TraceError,
                f"{self!r} is changed in place by an operator such as +=; write x = x + y, which makes a new array",
            )
        return ufunc(self, other)

    return update


class TracedArray(NDArrayOperatorsMixin):
    """An array of a traced function: dtype and shape are known, the numbers are not.

    Parameters
    ----------
    value : Value
        The node that it stands for.
    """

    __slots__ = ("__weakref__", "value")
    __array_priority__ = 1000.0

    # Library code asks isinstance(x, np.ndarray) to see whether to convert; C code looks at the true type.
    __class__ = property(lambda self: np.ndarray)

    def __init__(self, value: Value) -> None:
        self.value = value

    # --- what is known -------------------------------------------------------------------------------

    @property
    def dtype(self) -> np.dtype:
        """The dtype."""
        return self.value.dtype

    @property
    def shape(self) -> tuple[Extent, ...]:
        """The shape; an extent that is known only at the call is a `Dim`."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    @property
    def size(self) -> Any:
        """Number of elements: an integer, a `Dim`, or a traced integer where named dimensions are multiplied."""
        return numpy.size(self)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def T(self) -> Any:
        """The transpose."""
        return self.transpose()

    @property
    def mT(self) -> Any:
        """The transpose of each matrix in a stack."""
        return self.swapaxes(-1, -2)

    @property
    def real(self) -> Any:
        """The real part."""
        return numpy.real(self)

    def __len__(self) -> int:
        if not self.ndim:
            raise fail(TraceError, f"len() of {self!r}, which is a single number")
        return operator.index(self._first("len() of"))

    def _first(self, what: str) -> int:
        extent = self.shape[0]
        if isinstance(extent, Dim):
            raise fail(
                TraceError,
                f"{what} {self!r}: the size {extent} is known only when the function is called; "
                "write it as an operation on whole arrays, or compile for a fixed size",
            )
        return extent

    def __iter__(self) -> Iterator[TracedArray]:
        if not self.ndim:
            raise fail(TraceError, f"iteration over {self!r}, which is a single number")
        count = self._first("iteration over")
        return iter([self[position] for position in range(count)])

    def __repr__(self) -> str:
        return f"<traced {self.value.type}>"

    def __format__(self, spec: str) -> str:
        return repr(self)

    # --- what is recorded ----------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return call(ufunc.__name__, FUNCTIONS[np.ufunc], ufunc, method, *inputs, **kwargs)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        name = _name_of(func)
        if func not in FUNCTIONS:
            advice = FUNCTION_ADVICE.get(name, "compute it outside the compiled function and pass the result in")
            raise fail(TraceError, f"np.{name} of a traced array is not supported; {advice}")
        return call(name, FUNCTIONS[func], *args, **kwargs)

    def __getitem__(self, key: Any) -> TracedArray:
        return call("index", FUNCTIONS[operator.getitem], self, key)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return functools.partial(getattr(np, name), self)
        if name.startswith("__") or not hasattr(np.ndarray, name):
            raise AttributeError(f"a traced array has no attribute {name!r}")
        advice = ATTRIBUTE_ADVICE.get(name, "write it with functions of np")
        raise fail(MissingAttributeError, f".{name} of a traced array is not supported; {advice}")

    def __pow__(self, exponent: Any) -> Any:
        # As ndarray's operator does, and np.power does not.
        if isinstance(exponent, int | float) and self.dtype.kind == "f" and exponent in (0.5, 1, 2, -1):
            return {0.5: np.sqrt, 1: np.positive, 2: np.square, -1: np.reciprocal}[exponent](self)
        return np.power(self, exponent)

    def __round__(self, digits: int | None = None) -> Any:
        return numpy.round(self).astype(int) if digits is None else numpy.round(self, digits)

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """As NumPy's method."""
        return numpy.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """As NumPy's method."""
        return numpy.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def ravel(self, order: str = "C") -> Any:
        """As NumPy's method."""
        return numpy.ravel(self, order=order)

    flatten = ravel

    def astype(self, dtype: Any, **kwargs: Any) -> Any:
        """As NumPy's method; the keywords concern memory, which a traced array has none of."""
        return call("astype", FUNCTIONS[np.ndarray.astype], self, dtype)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Any:
        """As NumPy's method."""
        return numpy.clip(self, min, max, out=out)

    def __copy__(self) -> TracedArray:
        return self

    def __deepcopy__(self, memo: Any) -> TracedArray:
        return self

    # --- what needs the numbers ----------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        advice = (
            "use x itself for np.asarray(x), np.stack([a, b]) for np.array([a, b]), A @ x for A.dot(x), np.stack or "
            "np.concatenate instead of storing into a plain array"
        )
        if self.dtype.kind in "bi":
            advice = (
                "as an index it must be known then; pass it as a static argument, or choose with np.where; " + advice
            )
        raise fail(TraceError, f"{self!r} cannot become a plain NumPy array while the function is traced; {advice}")

    __bool__ = _refusing(
        "{} has no truth value while the function is traced: `if`, `while`, `and`, `or`, `not`, `in`, max() and "
        "min() need one; use np.where(condition, a, b) for a branch, np.maximum / np.minimum for max / min, "
        "np.logical_and / np.logical_or for `and` / `or`"
    )
    __float__ = _refusing(
        "{} cannot become a Python float while the function is traced; use np.sin(x) for math.sin(x), x.astype(float) "
        "for float(x), and np.stack or np.concatenate instead of storing into a plain array"
    )
    __int__ = _refusing("{} cannot become a Python int while the function is traced; use x.astype(int)")
    __complex__ = _refusing("{} cannot become a Python complex while the function is traced; use x.astype(complex)")
    __index__ = _refusing(
        "{} cannot be an index, a size or a range while the function is traced: these must be known then; "
        "pass it as a static argument, or choose with np.where"
    )
    __contains__ = _refusing("`in` needs the numbers of {}; use np.any(x == value)")
    __setitem__ = _refusing(
        "{} cannot be stored into; build the new array with np.where(mask, new, x), np.concatenate or np.stack"
    )
    __delitem__ = __setitem__
    __hash__ = _refusing("{} has no hash: it cannot be a key of a dict, in a set or in a cache")
    item = _refusing(".item() needs the number of {}; leave it away: a traced number behaves as one")
    tolist = _refusing(".tolist() needs the numbers of {}; iterate over the array, or index it")

    __iadd__ = _updating(np.add)
    __isub__ = _updating(np.subtract)
    __imul__ = _updating(np.multiply)
    __itruediv__ = _updating(np.true_divide)
    __ifloordiv__ = _updating(np.floor_divide)
    __imod__ = _updating(np.remainder)
    __ipow__ = _updating(np.power)
    __imatmul__ = _updating(np.matmul)
    __iand__ = _updating(np.bitwise_and)
    __ior__ = _updating(np.bitwise_or)
    __ixor__ = _updating(np.bitwise_xor)
    __ilshift__ = _updating(np.left_shift)
    __irshift__ = _updating(np.right_shift)


def _name_of(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", "numpy") or "numpy"
    return f"{module}.{function.__name__}".removeprefix("numpy.")


def emit(op: Callable[..., Value], *operands: TracedArray, **attributes: Any) -> TracedArray:
    """Record an op, or a function of values, on traced arrays at the user's line.

    Raises
    ------
    TraceError
        If an operand belongs to another trace.
    """
    graph = active().here()
    for operand in operands:
        if operand.value.graph is not graph:
            raise fail(
                TraceError,
                f"{operand!r} belongs to the trace of another function: it was kept in a global, an attribute or a "
                "cache; pass it as an argument instead",
            )
    return TracedArray(op(*[operand.value for operand in operands], **attributes))
