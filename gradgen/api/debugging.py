"""`debug_nans`: find the first value of a computation that is not finite."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradgen.ir import Graph
from gradgen.native.reference import steps
from gradgen.source import NOWHERE

__all__ = ["check_finite", "debug_nans", "is_hunting", "watch"]

_functions: weakref.WeakSet[Any] = weakref.WeakSet()
_lock = threading.Lock()
_hunters = 0


@contextmanager
def debug_nans() -> Iterator[None]:
    """While active, a compiled function whose result is NaN or infinite raises, and says where that began.

    It is active in all threads. Calls are slower: they are checked in Python, and a bad one is computed
    again step by step. Afterwards they are as quick as before.

    Raises
    ------
    FloatingPointError
        From the call: names the first operation whose result is not finite though its operands are, the
        sweep it belongs to, and the user's line.

    Examples
    --------
    >>> import numpy as np, gradgen as gg
    >>> f = gg.grad(lambda x: np.sum(np.sqrt(x)))
    >>> with gg.debug_nans():
    ...     f(np.array([0.0, 1.0]))
    Traceback (most recent call last):
    FloatingPointError: ...
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(by: int) -> None:
    """Begin or end; only the first to begin and the last to end change how functions are called."""
    global _hunters
    with _lock:
        before, _hunters = _hunters, _hunters + by
        if before and _hunters:
            return
        for function in list(_functions):
            if _hunters:
                function._clear_kernels()  # so that each call comes by `check_finite`
            else:
                function._call_directly()


def is_hunting() -> bool:
    """Whether `debug_nans` is active."""
    return _hunters > 0


def watch(function: Any) -> None:
    """Remember a compiled function, whose direct calls `debug_nans` must turn off."""
    with _lock:
        _functions.add(function)


def check_finite(name: str, graph: Graph, arrays: Sequence[Any], results: Sequence[Any]) -> None:
    """Raise if a result is not finite, naming where that began."""
    if all(_is_finite(result) for result in results):
        return
    values: dict[int, Any] = {}
    for identity, value in steps(graph, [np.asarray(array) for array in arrays]):
        values[identity] = value
        node = graph[identity]
        what = _what_began(value, [values[operand] for operand in node.operands])
        if node.operands and what:
            shown = graph.names.get(identity)
            called = f" ({shown})" if shown else ""
            raise FloatingPointError(
                f"{name}: {node.op.name}{called} in the {node.sweep} sweep is the first that is {what}\n  {node.source}"
            )
    first = next((identity for identity in graph.inputs if not _is_finite(values[identity])), None)
    if first is None:
        raise FloatingPointError(f"{name}: a constant is not finite, and so is the result")
    given = f"{graph.names.get(first, 'an argument')}, which it is given,"
    raise FloatingPointError(f"{name}: {given} is not finite, and so is the result{_line(graph, first)}")


def _line(graph: Graph, identity: int) -> str:
    """The user's line of a value that was computed and saved before; arguments have none."""
    source = graph[identity].source
    return "" if source == NOWHERE else f"\n  {source}"


def _what_began(value: Any, operands: Sequence[Any]) -> str:
    """What a value is that its operands are not: NaN, or infinite; empty if nothing."""
    if _is_finite(value):
        return ""
    if np.isnan(value).any() and not any(_has_nan(operand) for operand in operands):
        return "NaN"
    return "infinite" if all(_is_finite(operand) for operand in operands) else ""


def _has_nan(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def _is_finite(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
