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

from gradgen.api.compiled import Compiled
from gradgen.diff import placeholder, pull_back, push_forward, substitute
from gradgen.errors import ArgumentError, DifferentiationError
from gradgen.ops import Value, full
from gradgen.rewrite import STABLE, rewritten
from gradgen.trace import TracedArray, Tree, as_traced, flatten, name_statements

__all__ = ["compile", "grad", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]
Argnums = int | Sequence[int]


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
    return Compiled(f, name=_name(f), like=_like(f), static_argnames=static_argnames, backend=backend)


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
        transformed, name=f"{_name(f)}_grad", like=_like(f), static_argnames=static_argnames, backend=backend
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

    name = f"{_name(f)}_value_and_grad"
    return Compiled(transformed, name=name, like=_like(f), static_argnames=static_argnames, backend=backend)


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
    numbers = _numbers(argnums, len(args), _name(f))
    variables, called, trees = _variables(f, args, numbers)
    result = f(*called, **kwargs)
    value, aux = result if has_aux else (result, None)
    (value_leaf,), _ = _values(_scalar(f, value))
    aux_leaves, aux_tree = _values(aux)
    out, *aux_leaves = _stable([value_leaf, *aux_leaves])
    graph = out.graph
    gradients = pull_back([out], list(variables), [full(graph, np.ones((), out.dtype), ())])
    out, *rest = substitute([out, *aux_leaves, *gradients], {v.id: x for v, x in variables.items()})
    graph.names.setdefault(out.id, _name(f))
    aux = aux_tree.unflatten(map(TracedArray, rest[: len(aux_leaves)]))
    leaves = iter(rest[len(aux_leaves) :])
    by_argument = tuple(tree.unflatten([TracedArray(next(leaves)) for _ in range(tree.count)]) for tree in trees)
    return (TracedArray(out), aux), by_argument[0] if isinstance(argnums, int) else by_argument


def _variables(f: Function, args: Sequence[Any], numbers: Sequence[int]) -> tuple[dict[Value, Value], list[Any], list[Tree]]:
    """A variable for each leaf of the arguments to differentiate by, and the arguments with these in place."""
    called, trees = list(args), []
    variables: dict[Value, Value] = {}
    for number in numbers:
        leaves, tree = _values(args[number])
        trees.append(tree)
        fresh = []
        for leaf in leaves:
            if not leaf.type.is_real:
                raise DifferentiationError(
                    f"{_name(f)}: argument {number} is {leaf.type}, which carries no derivative; "
                    "pass floating-point numbers, or choose other argnums"
                )
            variable = placeholder(leaf)
            if leaf.id in leaf.graph.names:
                leaf.graph.names[variable.id] = leaf.graph.names[leaf.id]
            variables[variable] = leaf
            fresh.append(TracedArray(variable))
        called[number] = tree.unflatten(fresh)
    return variables, called, trees


def _values(tree_of_arrays: Any) -> tuple[list[Value], Tree]:
    leaves, tree = flatten(tree_of_arrays)
    return [as_traced(leaf).value for leaf in leaves], tree


def _stable(outputs: list[Value]) -> list[Value]:
    """What the user's function gave, its values named and in forms whose derivatives stay finite."""
    if outputs:
        name_statements(outputs[0].graph, [out.id for out in outputs])
    return rewritten(outputs, STABLE)


def _scalar(f: Function, value: Any) -> Any:
    leaves, _ = flatten(value)
    types = [as_traced(leaf).value.type for leaf in leaves]
    if len(types) != 1 or types[0].shape != () or not types[0].is_real:
        got = ", ".join(map(str, types)) or "None"
        raise DifferentiationError(
            f"{_name(f)}: the gradient needs a real scalar result, got {got}; sum it, or use vjp with a cotangent"
        )
    return leaves[0]


def _numbers(argnums: Argnums, count: int, name: str) -> list[int]:
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    for number in numbers:
        if not -count <= number < count:
            raise ArgumentError(f"{name}: argnums {number}, but there are {count} positional arguments")
    return [number % count for number in numbers]


def _pushed(f: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(primals) != len(tangents):
        raise ArgumentError(f"{_name(f)}: {len(primals)} primals and {len(tangents)} tangents")
    variables, called, _ = _variables(f, primals, range(len(primals)))
    directions = _matching(tangents, primals, f"{_name(f)}: tangents")
    leaves, tree = _values(f(*called))
    leaves = _stable(leaves)
    moved = push_forward(leaves, list(variables), directions)
    results = substitute([*leaves, *moved], {v.id: x for v, x in variables.items()})
    y, y_dot = results[: len(leaves)], results[len(leaves) :]
    return tree.unflatten(map(TracedArray, y)), tree.unflatten(map(TracedArray, y_dot))


def _pulled(f: Function, primals: tuple[Any, ...], cotangent: Any) -> tuple[Any, ...]:
    variables, called, trees = _variables(f, primals, range(len(primals)))
    result = f(*called)
    leaves, _ = _values(result)
    cotangents = _matching(cotangent, result, f"{_name(f)}: the cotangent")
    leaves = _stable(leaves)
    pulled = substitute(pull_back(leaves, list(variables), cotangents), {v.id: x for v, x in variables.items()})
    found = iter(pulled)
    return tuple(tree.unflatten([TracedArray(next(found)) for _ in range(tree.count)]) for tree in trees)


def _matching(given: Any, like: Any, what: str) -> list[Value]:
    """The leaves of directions, each of the type of what it is a direction for."""
    leaves, tree = _values(given)
    expected, structure = _values(like)
    if tree != structure:
        raise ArgumentError(f"{what}: the structure is not that of the values")
    for leaf, other in zip(leaves, expected, strict=True):
        if leaf.type != other.type:
            raise ArgumentError(f"{what}: got {leaf.type} where {other.type} is needed")
    return leaves


# --- small -----------------------------------------------------------------------------------------------


def _name(f: Function) -> str:
    name = getattr(f, "__name__", "f")
    return name if name.isidentifier() else "f"


def _like(f: Function) -> Function:
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

    return _kept(f, ("jvp", backend), lambda: Compiled(both, name=f"{_name(f)}_jvp", like=both, backend=backend))  # type: ignore[no-any-return]


def _vjp_of(f: Function, backend: str | None) -> tuple[Compiled, Compiled]:
    def back(primals: tuple[Any, ...], cotangent: Any) -> tuple[Any, ...]:
        return _pulled(f, primals, cotangent)

    def make() -> tuple[Compiled, Compiled]:
        return compile(f, backend=backend), Compiled(back, name=f"{_name(f)}_vjp", like=back, backend=backend)

    return _kept(f, ("vjp", backend), make)  # type: ignore[no-any-return]


