"""`jvp` and `vjp`: derivatives along a direction, at once, of any function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradgen.api.arguments import Function, Variables, check_real, function_name, matching, pushed, stable, unflatten
from gradgen.api.compiled import Compiled
from gradgen.api.transforms import returned
from gradgen.diff import pull_back
from gradgen.errors import ArgumentError, counted
from gradgen.trace import TracedArray, current, flatten, standing_for

__all__ = ["jvp", "vjp"]

# So many functions that jvp and vjp were called with are remembered.
REMEMBERED = 256


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

    Raises
    ------
    ArgumentError
        If there are not as many tangents as arguments, of the same structures.

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
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise ArgumentError(
            f"{function_name(f)}: jvp takes the arguments as a tuple and a direction for each as another; "
            "write gg.jvp(f, (x,), (v,))"
        )
    both = _remembered(_jvp_of, f, backend)
    return both(tuple(primals), _in_dtypes(tuple(tangents), tuple(primals)))  # type: ignore[no-any-return]


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
        ``J^T ct`` for each argument, at the primals as they were.

    Examples
    --------
    >>> import numpy as np
    >>> y, pull_back = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> [float(ct) for ct in pull_back(1.0)]
    [3.0, 2.0]
    """
    if current() is not None:
        return standing_for(f)(*primals), lambda ct: _pulled(f, primals, ct)
    from gradgen.api.tape import Taped  # here, because a gradient needs no tape

    y, pull = _remembered(Taped, f, backend)(*primals)
    tree = flatten(y)[1]

    def pull_back(ct: Any) -> tuple[Any, ...]:
        given, structure = flatten(_in_dtypes(ct, y))
        if structure != tree:
            raise ArgumentError(f"{function_name(f)}: the cotangent: the structure is not that of the value")
        return pull(given)  # type: ignore[no-any-return]

    return y, pull_back


def _pushed(f: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(primals) != len(tangents):
        several = f"{counted(len(primals), 'primal')} and {counted(len(tangents), 'tangent')}"
        raise ArgumentError(f"{function_name(f)}: {several}; give one tangent for each argument")
    variables = Variables.of(f, primals, range(len(primals)))
    directions = matching(tangents, primals, f"{function_name(f)}: tangents")
    leaves, tree = returned(f, standing_for(f)(*variables.arguments))
    leaves = stable(leaves)
    results = variables.replaced([*leaves, *pushed(f, leaves, variables.nodes, directions)])
    return unflatten(tree, results[: len(leaves)]), unflatten(tree, results[len(leaves) :])


def _pulled(f: Function, primals: tuple[Any, ...], cotangent: Any) -> tuple[Any, ...]:
    variables = Variables.of(f, primals, range(len(primals)))
    result = standing_for(f)(*variables.arguments)
    leaves, tree = returned(f, result)
    check_real(f, tree, "vjp")
    cotangents = matching(cotangent, result, f"{function_name(f)}: the cotangent")
    pulled = variables.replaced(pull_back(stable(leaves), variables.nodes, cotangents))
    return variables.by_argument([TracedArray(value) for value in pulled])  # type: ignore[no-any-return]


def _in_dtypes(directions: Any, like: Any) -> Any:
    """Python's numbers, which have no dtype of their own, in the dtype of what they are a direction for."""
    leaves, tree = flatten(directions)
    others, structure = flatten(like)
    if tree != structure:
        return directions  # which is refused when it is traced
    dtypes = [getattr(other, "dtype", np.dtype(np.float64)) for other in others]
    pairs = zip(leaves, dtypes, strict=True)
    adapts = (int, float)
    return tree.unflatten([d.type(x) if type(x) in adapts and d.kind == "f" else x for x, d in pairs])


def _remembered(make: Callable[..., Any], f: Function, backend: str | None) -> Any:
    """What was made of the function when jvp or vjp were last called with it."""
    hashable = type(f).__hash__ is not None
    return _made(make, f, backend) if hashable else make(f, backend)


@functools.lru_cache(maxsize=REMEMBERED)
def _made(make: Callable[..., Any], f: Function, backend: str | None) -> Any:
    return make(f, backend)


def _jvp_of(f: Function, backend: str | None) -> Compiled:
    def both(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        return _pushed(f, primals, tangents)

    return Compiled(both, name=f"{function_name(f)}_jvp", like=both, backend=backend)
