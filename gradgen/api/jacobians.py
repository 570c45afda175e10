"""Many directions at once: `jacobian`, `hessian`, `hvp` and their relatives.

A Jacobian is the derivative along every unit vector, forward (one per input) or in reverse (one per
output); the directions go through the linear part as one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.api.arguments import (
    Argnums,
    Function,
    Variables,
    function_name,
    leaf_values,
    matching,
    numbers,
    stable,
    unflatten,
)
from gradgen.api.compiled import Compiled
from gradgen.api.transforms import grad, signature_of
from gradgen.diff import batch, placeholder, pull_back, push_forward
from gradgen.errors import DifferentiationError
from gradgen.ir import size_of
from gradgen.ops import Value, full
from gradgen.ops.diagonals import diag
from gradgen.ops.shape import reshape, transpose
from gradgen.trace import TracedArray

__all__ = ["hessian", "hvp", "jacfwd", "jacobian", "jacrev", "value_and_hessian", "value_and_jacobian"]

FORWARD, REVERSE = "forward", "reverse"


def jacobian(f: Function, argnums: Argnums = 0, *, backend: str | None = None) -> Compiled:
    """The Jacobian, by the cheaper of forward and reverse mode.

    Forward mode costs about one evaluation per input element, reverse mode about two per output
    element; the smaller wins. `jacfwd` and `jacrev` force one.

    Parameters
    ----------
    f : callable
        Gives floating-point arrays, or containers of these.
    argnums : int or sequence of int, optional
        By which arguments.
    backend : str, optional
        As for `compile`.

    Returns
    -------
    Compiled
        Called like ``f``; for each array of the result (in its structure) and each array of the
        arguments (in theirs) an array of shape ``out.shape + in.shape``.

    Examples
    --------
    >>> import numpy as np
    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x)(np.zeros(2))
    array([[1., 2.],
           [3., 4.]])
    """
    return _jacobian_of(f, argnums, None, False, "jacobian", backend)


def jacfwd(f: Function, argnums: Argnums = 0, *, backend: str | None = None) -> Compiled:
    """The Jacobian by forward mode; see `jacobian`."""
    return _jacobian_of(f, argnums, FORWARD, False, "jacfwd", backend)


def jacrev(f: Function, argnums: Argnums = 0, *, backend: str | None = None) -> Compiled:
    """The Jacobian by reverse mode; see `jacobian`."""
    return _jacobian_of(f, argnums, REVERSE, False, "jacrev", backend)


def value_and_jacobian(f: Function, argnums: Argnums = 0, *, backend: str | None = None) -> Compiled:
    """The value and the Jacobian, computed together; see `jacobian`.

    Returns
    -------
    Compiled
        Called like ``f``; gives ``(value, jacobian)``.
    """
    return _jacobian_of(f, argnums, None, True, "value_and_jacobian", backend)


def hessian(f: Function, argnums: int = 0, *, backend: str | None = None) -> Compiled:
    """The Hessian of a function with a scalar result: the Jacobian of its gradient, forward over reverse.

    Parameters
    ----------
    f : callable
        Gives a real scalar.
    argnums : int, optional
        By which argument.

    Returns
    -------
    Compiled
        Called like ``f``; an array of shape ``in.shape + in.shape``.

    Examples
    --------
    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return _named(jacfwd(grad(f, argnums), argnums, backend=backend), f, "hessian")


def value_and_hessian(f: Function, argnums: int = 0, *, backend: str | None = None) -> Compiled:
    """Value, gradient and Hessian of a function with a scalar result, computed together.

    Returns
    -------
    Compiled
        Called like ``f``; gives ``(value, hessian)``.
    """

    def transformed(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        gradient, second = value_and_jacobian(grad(f, argnums), argnums).function(*args, **kwargs)
        del gradient
        return f(*args, **kwargs), second

    return Compiled(
        transformed, name=f"{function_name(f)}_value_and_hessian", like=signature_of(f), backend=backend
    )


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
        ``H v``, structured likewise.

    Examples
    --------
    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([  6., 120.])
    """

    def transformed(*args: Any) -> Any:
        *primals, direction = args
        variables = Variables.of(f, primals, argnums)
        single = isinstance(argnums, int)
        like = [primals[number] for number in numbers(argnums, len(primals), function_name(f))]
        directions = matching(direction, like[0] if single else tuple(like), f"{function_name(f)}: the vector")
        gradient = leaf_values(grad(f, argnums).function(*variables.arguments))[0]
        moved = variables.replaced(push_forward(gradient, variables.nodes, directions))
        return variables.by_argument([TracedArray(value) for value in moved], argnums)

    return Compiled(transformed, name=f"{function_name(f)}_hvp", like=transformed, backend=backend)


# --- on traced values ----------------------------------------------------------------------------------


def _jacobian_of(
    f: Function, argnums: Argnums, mode: str | None, with_value: bool, label: str, backend: str | None
) -> Compiled:
    def transformed(*args: Any, **kwargs: Any) -> Any:
        variables = Variables.of(f, args, argnums)
        leaves, tree = leaf_values(f(*variables.arguments, **kwargs))
        _check_real(f, leaves)
        outputs = stable(leaves)
        chosen = mode or _cheaper_mode(f, variables.nodes, outputs)
        rows = (_forward if chosen == FORWARD else _reverse)(outputs, variables.nodes)
        replaced = variables.replaced([*outputs, *[entry for row in rows for entry in row]])
        entries = iter(replaced[len(outputs) :])
        parts = [variables.by_argument([TracedArray(next(entries)) for _ in row], argnums) for row in rows]
        result = tree.unflatten(parts)
        return (unflatten(tree, replaced[: len(outputs)]), result) if with_value else result

    return Compiled(transformed, name=f"{function_name(f)}_{label}", like=signature_of(f), backend=backend)


def _cheaper_mode(f: Function, inputs: Sequence[Value], outputs: Sequence[Value]) -> str:
    """Forward if there are at most twice as many input as output elements, else reverse; noted for `explain`."""
    p, q = (sum(size_of(value.shape) or 0 for value in values) for values in (inputs, outputs))
    mode, why = (FORWARD, f"{p} <= 2 x {q}") if p <= 2 * q else (REVERSE, f"{p} > 2 x {q}")
    if outputs:
        outputs[0].graph.notes.append(f"jacobian of {function_name(f)}: {mode} mode, inputs to outputs {why}")
    return mode


def _check_real(f: Function, leaves: Sequence[Value]) -> None:
    for leaf in leaves:
        if not leaf.type.is_real:
            raise DifferentiationError(f"{function_name(f)}: a result is {leaf.type}, which has no derivative")


def _forward(outputs: Sequence[Value], inputs: Sequence[Value]) -> list[list[Value]]:
    """For each output and input the derivative, pushed forward along every unit vector of the input."""
    columns = []
    for x in inputs:
        t = placeholder(x)
        moved = push_forward(outputs, [x], [t])
        basis, size = _basis(x)
        entries = batch(moved, {t.id: basis}, size)
        columns.append([_last_to(entry, x) for entry in entries])
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in outputs]


def _reverse(outputs: Sequence[Value], inputs: Sequence[Value]) -> list[list[Value]]:
    """The same, pulled back along every unit vector of the output."""
    rows = []
    for out in outputs:
        ct = placeholder(out)
        pulled = pull_back([out], inputs, [ct])
        basis, size = _basis(out)
        entries = batch(pulled, {ct.id: basis}, size)
        rows.append([reshape(e, shape=(*out.shape, *x.shape)) for e, x in zip(entries, inputs, strict=True)])
    return rows


def _basis(x: Value) -> tuple[Value, int]:
    """All unit vectors of the type of ``x`` along a first axis."""
    size = size_of(x.shape)
    if size is None:
        raise DifferentiationError(
            f"a Jacobian needs fixed sizes, got {x.type}; trace with arrays, or use jvp or vjp with named dimensions"
        )
    unit = diag(full(x.graph, np.ones((), x.dtype), (size,)))
    return (unit if x.ndim == 1 else reshape(unit, shape=(size, *x.shape))), size


def _last_to(entry: Value, x: Value) -> Value:
    """Directions from the first axis to the last ones, in the shape of the input."""
    moved = transpose(entry, axes=(*range(1, entry.ndim), 0))
    return reshape(moved, shape=(*entry.shape[1:], *x.shape))


def _named(compiled: Compiled, f: Function, label: str) -> Compiled:
    compiled.name = compiled.__name__ = f"{function_name(f)}_{label}"
    return compiled
