"""The transforms: `compile`, `grad`, `value_and_grad`, `jvp`, `vjp`.

Each is a function on traced values, wrapped as `Compiled`: it puts variables of its own in the place
of the arguments, calls what it transforms, differentiates by the variables, and puts the arguments
back. So transforms nest, and a function that closes over traced values is differentiated by its own
argument only.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradgen.api.arguments import (
    Argnums,
    Function,
    Variables,
    function_name,
    leaf_values,
    matching,
    stable,
    unflatten,
)
from gradgen.api.compiled import Compiled
from gradgen.diff import pull_back, push_forward
from gradgen.errors import ArgumentError, DifferentiationError
from gradgen.ops import Value, full
from gradgen.trace import TracedArray

__all__ = ["compile", "grad", "jvp", "signature_of", "value_and_grad", "vjp"]

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

    return Compiled(
        transformed, name=f"{function_name(f)}_grad", like=signature_of(f), static_argnames=static_argnames, backend=backend
    )


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


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, backend: str | None = None) -> tuple[Any, Any]:
    """The value of a function and its derivative along a direction (forward mode), at once.

    Parameters
    ----------
    f : callable
        Gives arrays, or containers of arrays.
    primals : sequence
        The arguments.
    tangents : sequence
        For each argument the direction, of its structure, shapes and dtypes.

    Returns
    -------
    tuple
        ``(y, y_dot)`` with ``y_dot = J tangents``, structured like ``y``.

    Examples
    --------
    >>> import numpy as np
    >>> y, y_dot = jvp(np.sin, (0.0,), (2.0,))
    >>> float(y), float(y_dot)
    (0.0, 2.0)
    """
    return _jvp_of(f, backend)(tuple(primals), tuple(tangents))  # type: ignore[no-any-return]


def vjp(f: Function, *primals: Any, backend: str | None = None) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function and the map that pulls cotangents back (reverse mode), at once.

    Parameters
    ----------
    f : callable
        Gives arrays, or containers of arrays.
    *primals
        The arguments.

    Returns
    -------
    tuple
        ``(y, pull_back)``; ``pull_back(ct)`` with ``ct`` structured like ``y`` gives a tuple with
        ``J^T ct`` for each argument.

    Examples
    --------
    >>> import numpy as np
    >>> y, pull_back = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> [float(ct) for ct in pull_back(1.0)]
    [3.0, 2.0]
    """
    value, pulled = _vjp_of(f, backend)
    return value(*primals), lambda ct: pulled(primals, ct)


# --- on traced values ----------------------------------------------------------------------------------


def _value_and_grad(f: Function, argnums: Argnums, has_aux: bool, args: Any, kwargs: Any) -> tuple[Any, Any]:
    variables = Variables.of(f, args, argnums)
    result = f(*variables.arguments, **kwargs)
    value, aux = result if has_aux else (result, None)
    aux_leaves, aux_tree = leaf_values(aux)
    out, *aux_leaves = stable([_scalar(f, value), *aux_leaves])
    graph = out.graph
    gradients = pull_back([out], variables.nodes, [full(graph, np.ones((), out.dtype), ())])
    out, *rest = variables.replaced([out, *aux_leaves, *gradients])
    graph.names.setdefault(out.id, function_name(f))
    split = len(aux_leaves)
    by_argument = variables.by_argument([TracedArray(value) for value in rest[split:]], argnums)
    return (TracedArray(out), unflatten(aux_tree, rest[:split])), by_argument


def _scalar(f: Function, value: Any) -> Value:
    leaves, _ = leaf_values(value)
    types = [leaf.type for leaf in leaves]
    if len(types) != 1 or types[0].shape != () or not types[0].is_real:
        got = ", ".join(map(str, types)) or "None"
        raise DifferentiationError(
            f"{function_name(f)}: the gradient needs a real scalar result, got {got}; "
            "sum it, or use jacobian, or vjp with a cotangent"
        )
    return leaves[0]


def _pushed(f: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(primals) != len(tangents):
        raise ArgumentError(f"{function_name(f)}: {len(primals)} primals and {len(tangents)} tangents")
    variables = Variables.of(f, primals, range(len(primals)))
    directions = matching(tangents, primals, f"{function_name(f)}: tangents")
    leaves, tree = leaf_values(f(*variables.arguments))
    leaves = stable(leaves)
    results = variables.replaced([*leaves, *push_forward(leaves, variables.nodes, directions)])
    return unflatten(tree, results[: len(leaves)]), unflatten(tree, results[len(leaves) :])


def _pulled(f: Function, primals: tuple[Any, ...], cotangent: Any) -> tuple[Any, ...]:
    variables = Variables.of(f, primals, range(len(primals)))
    result = f(*variables.arguments)
    leaves, _ = leaf_values(result)
    cotangents = matching(cotangent, result, f"{function_name(f)}: the cotangent")
    pulled = variables.replaced(pull_back(stable(leaves), variables.nodes, cotangents))
    return variables.by_argument([TracedArray(value) for value in pulled])  # type: ignore[no-any-return]


# --- small -----------------------------------------------------------------------------------------------


def signature_of(f: Function) -> Function:
    return f.like if isinstance(f, Compiled) else f


# jvp and vjp are called with the function each time: what they made of it lives as long as it does.
_MADE: weakref.WeakKeyDictionary[Function, dict[Any, Any]] = weakref.WeakKeyDictionary()


def _kept(f: Function, key: Any, make: Callable[[], Any]) -> Any:
    try:
        made = _MADE.setdefault(f, {})
    except TypeError:  # NumPy's own functions cannot be referred to weakly; they live for ever
        made = _FOREVER.setdefault(f, {})
    if key not in made:
        made[key] = make()
    return made[key]


_FOREVER: dict[Function, dict[Any, Any]] = {}


def _jvp_of(f: Function, backend: str | None) -> Compiled:
    def both(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        return _pushed(f, primals, tangents)

    return _kept(f, ("jvp", backend), lambda: Compiled(both, name=f"{function_name(f)}_jvp", like=both, backend=backend))  # type: ignore[no-any-return]


def _vjp_of(f: Function, backend: str | None) -> tuple[Compiled, Compiled]:
    def back(primals: tuple[Any, ...], cotangent: Any) -> tuple[Any, ...]:
        return _pulled(f, primals, cotangent)

    def make() -> tuple[Compiled, Compiled]:
        return compile(f, backend=backend), Compiled(back, name=f"{function_name(f)}_vjp", like=back, backend=backend)

    return _kept(f, ("vjp", backend), make)  # type: ignore[no-any-return]


