"""Second derivatives of functions with a scalar result: `hessian`, `value_and_hessian`, `hvp`."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from gradgen.api.arguments import (
    Argnums,
    Function,
    Variables,
    function_name,
    leaf_values,
    matching,
    numbers,
    only_reverse,
    pushed,
    stable,
)
from gradgen.api.compiled import Compiled
from gradgen.api.jacobians import FORWARD, Jacobian
from gradgen.api.pickling import recorded
from gradgen.api.transforms import grad, signature_of, value_and_grad
from gradgen.diff import pull_back
from gradgen.errors import ArgumentError
from gradgen.trace import TracedArray

__all__ = ["hessian", "hvp", "value_and_hessian"]


@recorded
def hessian(f: Function, argnums: Argnums = 0, *, backend: str | None = None) -> Compiled:
    """The Hessian of a function with a scalar result: the Jacobian of its gradient, forward over reverse.

    Where the function has a `custom_vjp`, through which there is no forward mode, reverse over reverse.

    Parameters
    ----------
    f : callable
        Gives a real scalar.
    argnums : int or sequence of int, optional
        By which arguments.

    Returns
    -------
    Compiled
        Called like ``f``; an array of shape ``in.shape + in.shape``. For a container, or several
        arguments, their structure twice: for each array in it the derivatives by each array of all.

    Examples
    --------
    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return Jacobian(grad(f, argnums), argnums, preferred=FORWARD, called=f).compiled("hessian", backend)


@recorded
def value_and_hessian(f: Function, argnums: Argnums = 0, *, backend: str | None = None) -> Compiled:
    """The value and the Hessian of a function with a scalar result, computed together; see `hessian`.

    Returns
    -------
    Compiled
        Called like ``f``; gives ``(value, hessian)``. The gradient, which both need on the way, is not
        given: where it is wanted too, take ``value_and_jacobian(value_and_grad(f))`` apart.

    Examples
    --------
    >>> import numpy as np
    >>> value, second = value_and_hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    >>> float(value), second
    (9.0, array([[ 6.,  0.],
           [ 0., 12.]]))
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        value, first = both.function(*args, **kwargs)
        return first, value

    second = Jacobian(gradient, argnums, preferred=FORWARD, has_aux=True, called=f)

    def transformed(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        found, value = second(*args, **kwargs)
        return value, found

    return Compiled(transformed, name=f"{function_name(f)}_value_and_hessian", like=signature_of(f), backend=backend)


@recorded
def hvp(f: Function, argnums: Argnums = 0, *, backend: str | None = None) -> Compiled:
    """Products of the Hessian with a vector, without the Hessian: forward over reverse.

    Parameters
    ----------
    f : callable
        Gives a real scalar.
    argnums : int or sequence of int, optional
        By which arguments.

    Returns
    -------
    Compiled
        Called as ``(*args, v)`` with ``v`` structured like the argument (a tuple for several); gives
        ``H v``, structured likewise. Arguments by keyword go to ``f``.

    Examples
    --------
    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([  6., 120.])
    """
    name = function_name(f)

    def transformed(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise ArgumentError(f"{name}: hvp is called with the arguments of the function and then the vector")
        *primals, direction = args
        variables = Variables.of(f, primals, argnums)
        like = [primals[number] for number in numbers(argnums, len(primals), name)]
        directions = matching(direction, like[0] if isinstance(argnums, int) else tuple(like), f"{name}: the vector")
        gradient = stable(leaf_values(grad(f, argnums).function(*variables.arguments, **kwargs))[0])
        by_transpose = only_reverse(gradient, variables.nodes)  # the Hessian is symmetric
        product = pull_back if by_transpose else functools.partial(pushed, f)
        moved = variables.replaced(product(gradient, variables.nodes, directions))
        return variables.by_argument([TracedArray(value) for value in moved], argnums)

    transformed.__signature__ = _with_vector(signature_of(f))  # type: ignore[attr-defined]
    return Compiled(transformed, name=f"{name}_hvp", like=transformed, backend=backend)


def _with_vector(f: Function) -> inspect.Signature:
    """The parameters of a function and one more; only ``*args`` where some may be left out."""
    kinds = inspect.Parameter
    try:
        given = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # some functions written in C do not tell
        given = [kinds("args", kinds.VAR_POSITIONAL)]
    positional = [p for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = [p for p in given if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD)]
    variadic = any(p.kind is p.VAR_POSITIONAL or (p in positional and p.default is not p.empty) for p in given)
    if variadic or not positional or any(p.name == "v" for p in given):
        return inspect.Signature([kinds("args", kinds.VAR_POSITIONAL), *rest])
    return inspect.Signature([*positional, kinds("v", positional[-1].kind), *rest])
