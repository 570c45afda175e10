"""Local models of a function: `linearize`, `taylor`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.api.arguments import Function, Variables, function_name, leaf_values, stable, unflatten
from gradgen.api.compiled import Compiled
from gradgen.api.directions import jvp
from gradgen.api.transforms import compile
from gradgen.diff import push_forward, substitute
from gradgen.errors import ArgumentError
from gradgen.ops import Value, full
from gradgen.ops.leaf import input_op
from gradgen.ops.shape import broadcast
from gradgen.trace import flatten

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
    def push(*tangents: Any) -> Any:
        return jvp(f, primals, tangents, backend=backend)[1]

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
    if order < 0:
        raise ArgumentError(f"{function_name(f)}: a Taylor polynomial has an order of at least 0, got {order}")
    points = [np.array(leaf) for leaf in flatten(x0)[0]]

    def model(x: Any) -> Any:
        variables = Variables.of(f, (x,), 0)
        at = [leaf_values(point)[0][0] for point in points]
        steps = [value - point for value, point in zip(variables.nodes, at, strict=True)]
        graph = steps[0].graph
        t = input_op.leaf(graph, serial=len(graph), type=steps[0].type.with_shape(()))
        moved = [point + _scaled(step, t) for point, step in zip(at, steps, strict=True)]
        leaves, tree = leaf_values(f(unflatten(variables.trees[0], moved)))
        derivative = stable(leaves)
        sums = list(derivative)
        for k in range(1, order + 1):
            derivative = push_forward(derivative, [t], [full(graph, np.ones((), t.dtype), ())])
            sums = [total + d * (1.0 / math.factorial(k)) for total, d in zip(sums, derivative, strict=True)]
        at_zero = substitute(sums, {t.id: full(graph, np.zeros((), t.dtype), ())})
        return unflatten(tree, variables.replaced(at_zero))

    return Compiled(model, name=f"{function_name(f)}_taylor{order}", like=model, backend=backend)


def _scaled(x: Value, t: Value) -> Value:
    return x * (t if not x.shape else broadcast(t, shape=x.shape, axes=()))
