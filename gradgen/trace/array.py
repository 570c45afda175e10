"""The tracer: an array without numbers that speaks NumPy's protocols and records what is done with it.

The operators, ufuncs and functions of NumPy arrive here through ``__array_ufunc__`` and ``__array_function__``
and are looked up in tables. An array that is written into gets a `Memory`, which its views share.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from gradgen.errors import TraceError
from gradgen.ir import Dim, Extent, Type
from gradgen.ops import Value
from gradgen.trace.complex_ops import on_pairs
from gradgen.trace.context import FUNCTIONS, active, call, fail
from gradgen.trace.conversion import Convertible
from gradgen.trace.methods import Methods
from gradgen.trace.operators import Operators

__all__ = ["Origin", "TracedArray", "emit"]


def _updating(operation: Callable[[Any, Any], Any]) -> Callable[[TracedArray, Any], Any]:
    """``x op= y``: a number is rebound by Python, an array changes under all its names."""

    def update(self: TracedArray, other: Any) -> Any:
        result = operation(self, other)
        return result if self.is_scalar else call(f"in-place {operation.__name__}", FUNCTIONS[np.copyto], self, result)

    return update


class Origin(NamedTuple):
    """What a view looks at: the array that has the memory, and how it was made from another view of that.

    For fixed shapes NumPy's own view of the memory says all. Where a size is known only at the call the view is made
    again by ``replay``, and may be written into if it is ``base[key]``.
    """

    root: TracedArray
    base: TracedArray
    replay: Callable[[Any], Any] | None = None
    key: Any = None


class TracedArray(Convertible, Methods, Operators):
    """An array of a traced function: dtype and shape are known, the numbers are not.

    Parameters
    ----------
    value : Value, optional
        The node that it stands for; an array with a `Memory` asks that when needed.

    Attributes
    ----------
    origin : Origin or None
        What it is a view of.
    memory : Memory or None
        What was written into an array that is no view.
    frozen : bool
        Whether it is an argument, or a real or imaginary part, which must not be written into.
    parts : tuple
        Weak references to its real and imaginary parts.
    weak : bool
        Whether it is a number of Python's own, which takes the dtype of what it meets.
    """

    __slots__ = ("__weakref__", "_layout", "_seen", "_value", "frozen", "memory", "origin", "parts")
    __array_priority__ = 1000.0

    # Library code asks isinstance(x, np.ndarray) to see whether to convert; C code looks at the true type.
    __class__ = property(lambda self: np.ndarray)

    def __init__(self, value: Value | None = None, *, layout: np.ndarray | None = None) -> None:
        self._value, self._layout = value, layout
        self._seen = 0
        self.origin: Origin | None = None
        self.memory: Any = None
        self.frozen = False
        self.parts: tuple[Any, ...] = ()
        self.weak = False

    # --- what it is made of --------------------------------------------------------------------------

    @property
    def value(self) -> Value:
        """The node that it stands for now."""
        memory = self.memory if self.origin is None else self.origin.root.memory
        if memory is not None and (memory.plain or memory.version != self._seen):
            self._value, self._seen = memory.read(self), memory.version
        assert self._value is not None  # it has a value or a memory
        return self._value

    @property
    def root(self) -> TracedArray:
        """The array that this is a view of, or the array itself."""
        return self if self.origin is None else self.origin.root

    @property
    def memory_of_all(self) -> Any:
        """The memory that it shares with its root and all views of that, if it was written into."""
        return self.memory if self.origin is None else self.origin.root.memory

    @property
    def layout(self) -> np.ndarray:
        """NumPy's array over the memory: where the elements lie, and the data while there is nothing traced."""
        if self._layout is None:
            self._layout = np.empty([operator.index(extent) for extent in self.shape], self.dtype)
        return self._layout

    @property
    def is_plain(self) -> bool:
        """Whether it was made from data in the function, and nothing traced was written into it yet."""
        memory = self.memory_of_all
        return memory is not None and memory.plain

    @property
    def is_scalar(self) -> bool:
        """Whether it is what NumPy would return as a number, not as an array that can be written into."""
        return not self.ndim and self.origin is None and self.memory is None

    # --- what is known -------------------------------------------------------------------------------

    @property
    def dtype(self) -> np.dtype:
        """The dtype."""
        return self.layout.dtype if self._value is None else self._value.dtype

    @property
    def shape(self) -> tuple[Extent, ...]:
        """The shape; an extent that is known only at the call is a `Dim`."""
        return self.layout.shape if self._value is None else self._value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.layout.ndim if self._value is None else self._value.ndim

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
        return repr(self.layout) if self.is_plain else f"<traced {Type(self.dtype, self.shape)}>"

    def __format__(self, spec: str) -> str:
        return format(self.layout, spec) if self.is_plain else repr(self)

    # --- what is recorded ----------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return FUNCTIONS[np.ndarray.__array_ufunc__](ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return FUNCTIONS[np.ndarray.__array_function__](func, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return FUNCTIONS[np.ndarray.__getitem__](self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        call("assignment", FUNCTIONS[np.ndarray.__setitem__], self, key, value)

    def __delitem__(self, key: Any) -> None:
        raise fail(TraceError, f"elements of {self!r} cannot be deleted; use np.delete")

    __iadd__ = _updating(operator.add)
    __isub__ = _updating(operator.sub)
    __imul__ = _updating(operator.mul)
    __itruediv__ = _updating(operator.truediv)
    __ifloordiv__ = _updating(operator.floordiv)
    __imod__ = _updating(operator.mod)
    __ipow__ = _updating(operator.pow)
    __imatmul__ = _updating(operator.matmul)
    __iand__ = _updating(operator.and_)
    __ior__ = _updating(operator.or_)
    __ixor__ = _updating(operator.xor)
    __ilshift__ = _updating(operator.lshift)
    __irshift__ = _updating(operator.rshift)


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
    values = [operand.value for operand in operands]
    return TracedArray(on_pairs(op, values)(*values, **attributes))
