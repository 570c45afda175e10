"""`debug_nans`: find the first value of a computation that is not finite."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradgen.ir import Graph
from gradgen.native.reference import steps

__all__ = ["check_finite", "debug_nans", "is_hunting", "watch"]

_functions: weakref.WeakSet[Any] = weakref.WeakSet()
_hunting = False


@contextmanager
def debug_nans() -> Iterator[None]:
    """While active, a compiled function whose result is NaN or infinite raises, and says where that began.

    Calls are slower: they are checked in Python, and a bad one is computed again step by step.

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
    global _hunting
    before, _hunting = _hunting, True
    for function in list(_functions):
        function._clear_kernels()  # so that each call comes by `check_finite`
    try:
        yield
    finally:
        _hunting = before


def is_hunting() -> bool:
    """Whether `debug_nans` is active."""
    return _hunting


def watch(function: Any) -> None:
    """Remember a compiled function, whose direct calls `debug_nans` must turn off."""
    _functions.add(function)


def check_finite(name: str, graph: Graph, arrays: Sequence[Any], results: Sequence[Any]) -> None:
    """Raise if a result is not finite, naming where that began."""
    if all(_is_finite(result) for result in results):
        return
    values: dict[int, Any] = {}
    for identity, value in steps(graph, [np.asarray(array) for array in arrays]):
        values[identity] = value
        node = graph[identity]
        if node.operands and not _is_finite(value) and all(_is_finite(values[operand]) for operand in node.operands):
            what = "NaN" if np.isnan(value).any() else "infinite"
            shown = graph.names.get(identity)
            called = f" ({shown})" if shown else ""
            raise FloatingPointError(
                f"{name}: {node.op.name}{called} in the {node.sweep} sweep is the first that is {what}\n  {node.source}"
            )
    raise FloatingPointError(f"{name}: an argument is not finite, and so is the result")


def _is_finite(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
