"""`checkpoint`: compute again rather than save."""

from __future__ import annotations

import functools
from typing import Any

from gradgen.api.arguments import Function
from gradgen.api.calls import Arguments
from gradgen.diff import enclose, enter
from gradgen.trace import Tree, current, flatten

__all__ = ["checkpoint"]


def checkpoint(f: Function) -> Function:
    """The same function, of which derivatives in reverse mode save nothing but the arguments.

    What the function computes on the way to its results is computed again when the adjoint sweep comes to it,
    once more for each checkpointed function around it. A chain of n steps checkpointed in segments of √n steps
    so takes memory for 2 √n steps instead of n, and one more forward sweep.

    Parameters
    ----------
    f : callable
        An ordinary function of NumPy arrays, numbers, containers of these, and anything static. What it knows
        of the function around it counts as an argument.

    Returns
    -------
    callable
        Called like ``f``; the same values and derivatives.

    Examples
    --------
    >>> import numpy as np, gradgen as gg
    >>> step = gg.checkpoint(lambda x: np.sin(np.exp(x)))
    >>> float(gg.grad(lambda x: step(step(x)))(0.0)) == float(gg.grad(step)(0.0) * gg.grad(step)(np.sin(1.0)))
    True
    """

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        trace = current()
        if trace is None:
            return f(*args, **kwargs)
        leaves, tree = flatten((args, kwargs))
        arguments = Arguments(tuple(leaves), tree)
        trace.here()  # entered and left at the line of the call
        entries = enter(arguments.operands)
        first = len(trace.graph)
        positional, named = arguments.filled(entries)
        results = Arguments(*_taken_apart(f(*positional, **named)))
        trace.here()
        return results.filled(enclose(results.operands, entries, first))

    return checkpointed


def _taken_apart(result: Any) -> tuple[tuple[Any, ...], Tree]:
    leaves, tree = flatten(result)
    return tuple(leaves), tree
