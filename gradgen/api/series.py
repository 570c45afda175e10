"""Local models of a function: `linearize`, `taylor`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.api.arguments import Function, Variables, function_name, pushed, stable, unflatten
from gradgen.api.compiled import Compiled
from gradgen.api.directions import jvp
from gradgen.api.transforms import compile, returned
from gradgen.diff import substitute
from gradgen.errors import ArgumentError
from gradgen.ops import Value, full
from gradgen.ops.leaf import input_op
from gradgen.ops.shape import broadcast
from gradgen.trace import TracedArray, as_argument, as_traced, flatten, is_weak

__all__ = ["linearize", "taylor"]


def linearize(f: Function, *primals: Any, backend: str | None = None) -> tuple[Any, Callable[..., Any]]:
    """The value of a function and its derivative there as a linear function.

    Parameters
    ----------
    f : callable
        Gives arrays, or containers of arrays.
    *primals
        The arguments.

    Returns
    -------
    tuple
        ``(y, push_forward)``; ``push_forward(*tangents)`` gives ``J tangents``.

    Examples
    --------
    >>> import numpy as np
    >>> y, push_forward = linearize(lambda x: x**2, 3.0)
    >>> float(y), float(push_forward(10.0))
    (9.0, 60.0)
    """
    leaves, tree = flatten(primals)
    kept = tree.unflatten([np.array(leaf) if type(leaf) is np.ndarray else leaf for leaf in leaves])

    def push(*tangents: Any) -> Any:
        return jvp(f, kept, tangents, backend=backend)[1]

    return compile(f, backend=backend)(*primals), push


def taylor(f: Function, x0: Any, order: int, *, backend: str | None = None) -> Compiled:
    """The Taylor polynomial of a function about a point.

    Computes ``sum_{k <= order} f^(k)(x0)[h, …, h] / k!`` with ``h = x - x0`` by differentiating
    ``t -> f(x0 + t h)`` along the line.

    Parameters
    ----------
    f : callable
        A function of one argument (an array or a container of arrays), smooth at ``x0``.
    x0 : array or container of arrays
        The point; read now.
    order : int
        The degree, at least 0.

    Returns
    -------
    Compiled
        A function of ``x``, of the type of ``x0``.

    Examples
    --------
    >>> import numpy as np
    >>> model = taylor(np.exp, 0.0, 2)
    >>> float(model(0.5))
    1.625
    """
    name = function_name(f)
    if not isinstance(order, int) or order < 0:
        raise ArgumentError(f"{name}: a Taylor polynomial has a whole order of at least 0, got {order!r}")
    points, structure = flatten(x0)
    points = [_point(leaf) for leaf in points]

    def model(x: Any) -> Any:
        variables = Variables.of(f, (_floating(x),), 0)
        if variables.trees[0] != structure:
            raise ArgumentError(f"{name}: x is not structured like the point of the Taylor polynomial")
        at = [as_traced(point).value for point in points]
        steps = [_step(name, value, point) for value, point in zip(variables.nodes, at, strict=True)]
        if not steps:
            return f(x)
        graph = steps[0].graph
        t = input_op.leaf(graph, serial=len(graph), type=steps[0].type.with_shape(()))
        moved = [point + _scaled(step, t) for point, step in zip(at, steps, strict=True)]
        leaves, tree = returned(f, f(structure.unflatten(map(as_argument, moved, map(is_weak, flatten(x)[0])))))
        return unflatten(tree, variables.replaced(_summed(f, stable(leaves), t, order)))

    return Compiled(model, name=f"{name}_taylor{order}", like=model, backend=backend)


def _summed(f: Function, outputs: list[Value], t: Value, order: int) -> list[Value]:
    """The derivatives of the outputs by ``t``, each over its factorial, added up at ``t = 0``."""
    derivative = sums = outputs
    for k in range(1, order + 1):
        derivative = pushed(f, derivative, [t], [full(t.graph, np.ones((), t.dtype), ())])
        sums = [total + d * (1.0 / math.factorial(k)) for total, d in zip(sums, derivative, strict=True)]
    return substitute(sums, {t.id: full(t.graph, np.zeros((), t.dtype), ())})


def _floating(x: Any) -> Any:
    """Integers as the numbers that the polynomial is of."""
    leaves, tree = flatten(x)
    values = [as_traced(leaf) for leaf in leaves]
    return tree.unflatten([value.astype(np.float64) if value.dtype.kind in "iub" else value for value in values])


def _point(leaf: Any) -> Any:
    """A part of the point: floating-point, and a copy, which no one else changes."""
    if isinstance(leaf, TracedArray):
        return leaf
    array = np.array(leaf)
    return array.astype(np.float64) if array.dtype.kind in "iub" else array


def _step(name: str, x: Value, point: Value) -> Value:
    if x.type != point.type:
        raise ArgumentError(f"{name}: x is {x.type}, but the Taylor polynomial is about a point of type {point.type}")
    return x - point


def _scaled(x: Value, t: Value) -> Value:
    return x * (t if not x.shape else broadcast(t, shape=x.shape, axes=()))
