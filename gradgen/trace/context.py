"""The state of one trace: the graph being made, the large arrays the function closes over, and who is asking."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from gradgen.errors import GradgenError, TraceError
from gradgen.ir import FORWARD, Graph, Type, type_of
from gradgen.ops import Value, constant, full
from gradgen.ops.leaf import input_op
from gradgen.source import caller
from gradgen.trace.complex_pair import Pair
from gradgen.trace.patches import replaced

__all__ = [
    "CONSTANT_LIMIT",
    "FUNCTIONS",
    "Trace",
    "active",
    "call",
    "current",
    "fail",
    "implements",
    "numpy",
    "paused",
    "tracing",
]

# Arrays of more elements than this are read at each call instead of becoming part of the graph.
CONSTANT_LIMIT = 1024

# NumPy itself, for calls on tracers, of which its stubs know nothing.
numpy: Any = np

Function = TypeVar("Function", bound=Callable[..., Any])

# What each function of NumPy is on traced arrays; filled by `implements`.
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}


@dataclass(eq=False)
class Trace:
    """One run of a function on tracers.

    Parameters
    ----------
    graph : Graph
        What the run records.

    Attributes
    ----------
    hidden : dict
        The large arrays that became further inputs, by where they lie in memory.
    adapting : bool
        Whether a value took part to whose dtype a Python number adapts while NumPy's own scalars do not.
    """

    graph: Graph
    hidden: dict[object, tuple[np.ndarray, Value]] = field(default_factory=dict)
    adapting: bool = False
    _checksums: list[int] = field(default_factory=list)

    def place(self, type_: Type) -> Value:
        """A new input node of this type; it is the caller's to list it as an input, or to fill it."""
        return input_op.leaf(self.graph, serial=len(self.graph), type=type_)

    def array(self, array: np.ndarray) -> Value:
        """A plain array as a value: baked in if it is small, else read anew at each call."""
        type_ = type_of(array)
        if array.dtype.kind == "c":
            return Pair(self.array(array.real), self.array(array.imag))
        if array.size <= CONSTANT_LIMIT:
            return constant(self.graph, array)
        if not any(array.strides):  # one number, repeated
            return full(self.graph, array[(0,) * array.ndim], array.shape)
        # The reference kept below makes the address a valid key: A.T written twice is one input.
        key = (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype)
        if key not in self.hidden:
            # Counted downwards, so that no place that is made in a later graph is taken for it.
            self.hidden[key] = (array, input_op.leaf(self.graph, serial=-1 - len(self.hidden), type=type_))
            self._checksums.append(_checksum(array))
        return self.hidden[key][1]

    def check_hidden(self) -> None:
        """Refuse a large array that the function wrote into after its first use: it is read once, before all else."""
        for (array, value), checksum in zip(self.hidden.values(), self._checksums, strict=True):
            if _checksum(array) != checksum:
                raise TraceError(
                    f"an array {value.type} that is not traced was changed after it had been used with a traced one; "
                    f"make a new array instead, B = B + 1 for B += 1\n  {value.node.source}"
                )

    def here(self) -> Graph:
        """The graph, told which line of the user asks for the nodes that come next."""
        self.graph.source, self.graph.sweep = caller(), FORWARD
        return self.graph


def _checksum(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


_current: ContextVar[Trace | None] = ContextVar("gradgen_trace", default=None)


def current() -> Trace | None:
    """The trace that is running in this context, if any."""
    return _current.get()


def active() -> Trace:
    """The trace that is running.

    Raises
    ------
    TraceError
        If none is: a tracer has escaped from its function.
    """
    trace = _current.get()
    if trace is None:
        raise fail(
            TraceError,
            "a traced value is used after its function was traced: it has no numbers, so it must not be kept in a "
            "global, an attribute or a cache; return it from the function instead",
        )
    return trace


@contextmanager
def tracing(trace: Trace, namespace: dict[str, Any] | None = None) -> Iterator[Trace]:
    """Make ``trace`` the running one, of a function whose globals are ``namespace``."""
    token = _current.set(trace)
    try:
        with replaced(namespace):
            yield trace
    finally:
        _current.reset(token)


@contextmanager
def paused() -> Iterator[None]:
    """While inside nothing is traced: a library computes with plain arrays, in ways that are its own."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def implements(*functions: Callable[..., Any]) -> Callable[[Function], Function]:
    """Register what functions of NumPy are on traced arrays; the decorated function has their signature."""

    def register(implementation: Function) -> Function:
        for function in functions:
            if function in FUNCTIONS:
                raise GradgenError(f"{function.__name__} is implemented twice")
            FUNCTIONS[function] = implementation
        return implementation

    return register


def fail(kind: type[GradgenError], message: str) -> GradgenError:
    """An error of this kind that names the user's line."""
    return kind(f"{message}\n  {caller()}")


def call(name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call an implementation; its errors get the operation's name and the user's line, once."""
    try:
        return function(*args, **kwargs)
    except GradgenError as error:
        if "\n  " in str(error):
            raise
        raise fail(type(error), f"{name}: {error}") from None
