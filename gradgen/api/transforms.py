"""The transforms: `compile`, `grad`, `value_and_grad`.

Each is a function on traced values, wrapped as `Compiled`: it puts variables of its own in the place
of the arguments, calls what it transforms, differentiates by the variables, and puts the arguments
back. So transforms nest, and a function that closes over traced values is differentiated by its own
argument only.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.api.arguments import (
    Argnums,
    Function,
    Variables,
    check_real,
    function_name,
    leaf_values,
    stable,
    unflatten,
)
from gradgen.api.compiled import Compiled
from gradgen.api.pickling import recorded
from gradgen.diff import pull_back
from gradgen.errors import DifferentiationError, DTypeError, TraceError
from gradgen.ops import Value, full
from gradgen.trace import TracedArray, Tree, definition, standing_for

__all__ = ["compile", "grad", "pair", "returned", "signature_of", "value_and_grad"]


@recorded
def compile(f: Function, *, static_argnames: Sequence[str] = (), backend: str | None = None) -> Compiled:
    """The function itself, native.

    Parameters
    ----------
    f : callable
        An ordinary function of NumPy arrays, numbers, and containers of these.
    static_argnames : sequence of str, optional
        Parameters whose values are part of the program.
    backend : str, optional
        ``"c"`` or ``"numpy"``; by default C if there is a compiler.

    Returns
    -------
    Compiled
        Called like ``f``.

    Examples
    --------
    >>> import numpy as np
    >>> norm = compile(lambda x: np.sqrt(np.sum(x * x)))
    >>> float(norm(np.array([3.0, 4.0])))
    5.0
    """
    return Compiled(f, name=function_name(f), like=signature_of(f), static_argnames=static_argnames, backend=backend)


@recorded
def grad(
    f: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    static_argnames: Sequence[str] = (),
    backend: str | None = None,
) -> Compiled:
    """The gradient of a function with a scalar result.

    Parameters
    ----------
    f : callable
        Gives a real scalar, or with ``has_aux`` a pair of that and anything else.
    argnums : int or sequence of int, optional
        By which arguments; for a sequence the gradient is a tuple.
    has_aux : bool, optional
        Whether ``f`` returns a pair; the gradient is then paired with the second.
    static_argnames, backend
        As for `compile`.

    Returns
    -------
    Compiled
        Called like ``f``; each gradient has the structure, shape and dtype of its argument.

    Raises
    ------
    DifferentiationError
        When called, if the result is not a real scalar or an argument is not floating-point.

    Examples
    --------
    >>> import numpy as np
    >>> grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """

    @functools.wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        (_, aux), gradients = _value_and_grad(f, argnums, has_aux, args, kwargs)
        return (gradients, aux) if has_aux else gradients

    name = f"{function_name(f)}_grad"
    return Compiled(transformed, name=name, like=signature_of(f), static_argnames=static_argnames, backend=backend)


@recorded
def value_and_grad(
    f: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    static_argnames: Sequence[str] = (),
    backend: str | None = None,
) -> Compiled:
    """Value and gradient of a function with a scalar result, computed together.

    Parameters
    ----------
    f, argnums, has_aux, static_argnames, backend
        As for `grad`.

    Returns
    -------
    Compiled
        Called like ``f``; gives ``(value, gradient)``, with ``has_aux`` ``((value, aux), gradient)``.

    Examples
    --------
    >>> import numpy as np
    >>> value, gradient = value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))
    """

    @functools.wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        (value, aux), gradients = _value_and_grad(f, argnums, has_aux, args, kwargs)
        return ((value, aux) if has_aux else value), gradients

    name = f"{function_name(f)}_value_and_grad"
    return Compiled(transformed, name=name, like=signature_of(f), static_argnames=static_argnames, backend=backend)


# --- on traced values ----------------------------------------------------------------------------------


def _value_and_grad(f: Function, argnums: Argnums, has_aux: bool, args: Any, kwargs: Any) -> tuple[Any, Any]:
    variables = Variables.of(f, args, argnums)
    result = standing_for(f)(*variables.arguments, **kwargs)
    value, aux = pair(f, result) if has_aux else (result, None)
    aux_leaves, aux_tree = returned(f, aux)
    out, *aux_leaves = stable([_scalar(f, value), *aux_leaves])
    graph = out.graph
    gradients = pull_back([out], variables.nodes, [full(graph, np.ones((), out.dtype), ())])
    out, *rest = variables.replaced([out, *aux_leaves, *gradients])
    graph.names.setdefault(out.id, function_name(f))
    split = len(aux_leaves)
    by_argument = variables.by_argument([TracedArray(value) for value in rest[split:]], argnums)
    return (TracedArray(out), unflatten(aux_tree, rest[:split])), by_argument


def pair(f: Function, result: Any) -> tuple[Any, Any]:
    """What a function with ``has_aux`` returned: its value, and the rest."""
    if not issubclass(type(result), tuple | list) or len(result) != 2:
        raise DifferentiationError(f"{function_name(f)}: with has_aux it returns a pair (value, aux), not {result!r}")
    return result[0], result[1]


def returned(f: Function, result: Any) -> tuple[list[Value], Tree]:
    """The leaves of what a function returned, and their structure."""
    try:
        return leaf_values(result)
    except (TraceError, DTypeError) as error:
        reason = "a function can return arrays, numbers, None, and containers of these"
        raise type(error)(f"{function_name(f)}: of what it returned, {error}; {reason}\n  {definition(f)}") from None


def _scalar(f: Function, value: Any) -> Value:
    leaves, tree = returned(f, value)
    check_real(f, tree, "the gradient")
    if len(leaves) == 1 and leaves[0].shape == () and leaves[0].type.is_real:
        return leaves[0]
    got = ", ".join(str(leaf.type) for leaf in leaves) or "None"
    needs = f"{function_name(f)}: the gradient needs a real scalar result, got {got}"
    raise DifferentiationError(f"{needs}; {_instead_of(leaves)}\n  {definition(f)}")


def _instead_of(leaves: list[Value]) -> str:
    """What to return instead."""
    if not leaves:
        return "return the number that is to be differentiated"
    if len(leaves) > 1:
        return "return one number, with has_aux=True what else there is beside it, or use jacobian or vjp"
    if leaves[0].shape == ():
        return "it moves in steps, if at all, and has no derivative; return a floating-point number"
    return "sum it, or use jacobian, or vjp with a cotangent"


def signature_of(f: Function) -> Function:
    """The function whose parameters ``f`` has."""
    return f.like if isinstance(f, Compiled) else f
