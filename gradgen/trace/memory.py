"""The memory of an array that is written into while tracing; the array and all its views share it.

It is in one of three states: plain data, until something traced is written; one traced value, after the array was
written as a whole; or codes, which say for each element which value was written there last. Writing only notes down
codes. An array is put together when it is read as a whole, so that a loop over its elements costs one join.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.ir import DTYPES
from gradgen.ops import Value
from gradgen.trace.array import Origin, TracedArray
from gradgen.trace.context import active, current
from gradgen.trace.moves import as_traced
from gradgen.trace.pieces import Pieces
from gradgen.trace.structure import structured

__all__ = ["Memory", "adopted", "buffer", "is_open", "memory_for", "part_of", "snapshot", "view_of"]

Assign = Callable[[np.ndarray, Any], Any]


class Memory:
    """What was written into an array.

    Parameters
    ----------
    layout : numpy.ndarray or None
        An array over the memory, in C or Fortran order; None where a size is known only at the call.
    whole : Value, optional
        What the array is; by default it is the data in ``layout``.
    """

    def __init__(self, layout: np.ndarray | None, whole: Value | None = None) -> None:
        self.layout, self.whole = layout, whole
        self.plain = whole is None
        self.graph = None if whole is None else whole.graph
        self.version = 0
        self.codes: np.ndarray | None = None
        self.pieces: Pieces | None = None
        self.exports: list[weakref.ref[Any]] = []

    # --- reading -------------------------------------------------------------------------------------

    def read(self, array: TracedArray) -> Value:
        """What an array over this memory is now."""
        if self.plain:
            return as_traced(structured(snapshot(array.layout))).value
        if array.origin is None:
            if self.whole is None:
                self.become(self._assembled(array.layout).value)
            assert self.whole is not None  # assembled just now
            return self.whole
        if array.origin.replay is not None:
            again: TracedArray = array.origin.replay(TracedArray(array.origin.base.value))
            return again.value
        return self._assembled(array.layout).value

    def _assembled(self, layout: np.ndarray) -> TracedArray:
        codes = self.codes_of(layout)
        assert self.pieces is not None  # made with the codes
        return self.pieces.assemble(codes)

    def at(self, codes: np.ndarray) -> Any:
        """What has these codes: a number for a single one, else an array of its own."""
        assert self.pieces is not None  # made with the codes
        if not codes.ndim:
            return self.pieces.element(int(codes))
        data = self.pieces.data(codes)
        return self.pieces.assemble(codes) if data is None else buffer(data)

    # --- writing -------------------------------------------------------------------------------------

    def become(self, value: Value) -> None:
        """One value as a whole."""
        self.whole, self.plain, self.codes, self.pieces = value, False, None, None
        self.graph = value.graph

    def write(self, layout: np.ndarray, value: Any, assign: Assign) -> None:
        """Have a function assign a value to what lies under ``layout``: to the data, or to the codes of both."""
        self.touch()
        if self.plain and type(value) is not TracedArray:
            assign(layout, value)
            return
        codes = self.codes_of(layout)
        assert self.pieces is not None  # made with the codes
        assign(codes, self.pieces.add(value))

    def touch(self) -> None:
        """Note that something is written; refuse it while a plain copy is in use, which would not see it."""
        self.version += 1
        if any(export() is not None for export in self.exports):
            raise TraceError(
                "this array is changed while code that is not traced still holds it as a plain array, or its real or "
                "imaginary part is in use, which would not see the change; change it before, or make that a copy"
            )
        self.exports.clear()

    def codes_of(self, layout: np.ndarray) -> np.ndarray:
        """The codes of the elements under a view, as a view."""
        if self.codes is None:
            self._encode()
        assert self.codes is not None  # encoded just now
        assert self.layout is not None  # a view has one
        return self.codes if layout is self.layout else self._over(layout)

    def _encode(self) -> None:
        """Go over to codes."""
        assert self.layout is not None  # only arrays that have one are written into in part
        self.pieces = Pieces(self.layout.dtype)
        content = self.layout if self.whole is None else TracedArray(self.whole)
        codes = self.pieces.add(content)
        # In memory as the elements themselves, so that views of these are views of those.
        self.codes = np.empty_like(self.layout, dtype=np.intp)
        self.codes[...] = codes
        self.plain, self.whole, self.graph = False, None, active().graph

    def _over(self, layout: np.ndarray) -> np.ndarray:
        assert self.codes is not None
        assert self.layout is not None  # see codes_of
        if not layout.size:
            return np.empty(layout.shape, np.intp)
        width, wide = layout.itemsize, self.codes.itemsize
        if width != self.layout.itemsize:
            raise TraceError("a real or imaginary part is not traced together with its array; take it of a copy")
        offset = (_address(layout) - _address(self.layout)) // width * wide
        strides = tuple([stride // width * wide for stride in layout.strides])
        line: Any = self.codes.reshape(-1, order="A")
        view: np.ndarray = np.ndarray(layout.shape, np.intp, line, offset, strides)
        return view


def _address(array: np.ndarray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def snapshot(data: np.ndarray) -> np.ndarray:
    """The data as it is now; equal numbers without the memory for them."""
    first = data[(0,) * data.ndim] if data.size else data
    if data.size > 1 and (data == first).all() and (first != 0 or not np.signbit(data.real).any()):
        return np.broadcast_to(np.array(first), data.shape)
    return np.array(data)


def buffer(data: np.ndarray) -> TracedArray:
    """An array made from data in a traced function, which may be written into; it takes the data over."""
    if not (data.flags.c_contiguous or data.flags.f_contiguous) or not data.flags.owndata or not data.flags.writeable:
        data = np.array(data)
    array = TracedArray(layout=data)
    array.memory = Memory(data)
    return array


def memory_for(array: TracedArray) -> Memory:
    """The memory behind an array that is about to be written into.

    Raises
    ------
    TraceError
        If it is an argument, a view that can only be read, or of another trace.
    """
    root = array.root
    if root.frozen:
        raise TraceError(f"{array!r} is an argument, or a part of one, and would be changed; copy first: x = x.copy()")
    if root.memory is None:
        root.memory = Memory(None if is_open(root) else root.layout, root.value)
        root.memory.exports += root.parts
    memory: Memory = root.memory
    if memory.graph not in (None, active().graph):
        raise TraceError(f"{array!r} belongs to the trace of another function and cannot be written into; copy first")
    if array._layout is not None and not array.layout.flags.writeable:
        raise TraceError(f"{array!r} can only be read, as in NumPy; copy first: x = x.copy()")
    return memory


def is_open(array: TracedArray) -> bool:
    """Whether a size of it is known only at the call."""
    return any(not isinstance(extent, int) for extent in array.shape)


def view_of(
    base: TracedArray, layout: np.ndarray | None, value: Value | None = None, replay: Any = None, key: Any = None
) -> TracedArray:
    """A view of an array, seen through NumPy's own view of its memory, or made again where that is not known."""
    view = TracedArray(value, layout=layout)
    view.origin = Origin(base.root, base, replay, key)
    memory = base.memory_of_all
    view._seen = -1 if value is None else 0 if memory is None else memory.version
    return view


def part_of(base: TracedArray, part: TracedArray) -> TracedArray:
    """The real or imaginary part of an array, which can only be read; the array must not change while it is in use."""
    if not base.is_scalar:
        part.frozen = True
        seen, memory = weakref.ref(part), base.memory_of_all
        if memory is None:
            base.root.parts = (*base.root.parts, seen)
        else:
            memory.exports.append(seen)
    return part


def adopted(result: Any, sources: list[TracedArray]) -> Any:
    """What NumPy made of plain data in a traced function, so that it may be written into as that data could."""
    if type(result) in (tuple, list):
        return type(result)([adopted(part, sources) for part in result])
    if type(result) is not np.ndarray or current() is None or result.dtype not in DTYPES:
        return result
    for source in sources:
        if np.may_share_memory(result, source.root.layout):
            return view_of(source, result)
    return buffer(result)
