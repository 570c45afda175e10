"""Many directions at once: `jacobian`, `jacfwd`, `jacrev`.

A Jacobian is the derivative along every unit vector, forward (one per input) or in reverse (one per
output); the directions go through the linear part as one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.api.arguments import (
    Argnums,
    Function,
    Variables,
    function_name,
    only_reverse,
    pushed,
    stable,
    unflatten,
)
from gradgen.api.compiled import Compiled
from gradgen.api.pickling import recorded
from gradgen.api.transforms import pair, returned, signature_of
from gradgen.diff import batch, placeholder, pull_back
from gradgen.errors import DifferentiationError
from gradgen.ir import size_of
from gradgen.ops import Value, full
from gradgen.ops.diagonals import diag
from gradgen.ops.shape import reshape, transpose
from gradgen.trace import TracedArray, standing_for

__all__ = ["FORWARD", "Jacobian", "jacfwd", "jacobian", "jacrev", "value_and_jacobian"]

FORWARD, REVERSE = "forward", "reverse"


@recorded
def jacobian(f: Function, argnums: Argnums = 0, has_aux: bool = False, *, backend: str | None = None) -> Compiled:
    """The Jacobian, by the cheaper of forward and reverse mode.

    Forward mode costs about one evaluation per input element, reverse mode about two per output
    element; the smaller wins, and `Compiled.explain` says which. Through a `custom_vjp` there is reverse
    mode only. `jacfwd` and `jacrev` force one.

    Parameters
    ----------
    f : callable
        Gives floating-point arrays, or containers of these; with ``has_aux`` a pair of that and anything else.
    argnums : int or sequence of int, optional
        By which arguments; for a sequence there is a tuple for each array of the result.
    has_aux : bool, optional
        Whether ``f`` returns a pair; the Jacobian is then paired with the second.
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
    return Jacobian(f, argnums, has_aux=has_aux).compiled("jacobian", backend)


@recorded
def jacfwd(f: Function, argnums: Argnums = 0, has_aux: bool = False, *, backend: str | None = None) -> Compiled:
    """The Jacobian by forward mode; see `jacobian`."""
    return Jacobian(f, argnums, FORWARD, has_aux=has_aux).compiled("jacfwd", backend)


@recorded
def jacrev(f: Function, argnums: Argnums = 0, has_aux: bool = False, *, backend: str | None = None) -> Compiled:
    """The Jacobian by reverse mode; see `jacobian`."""
    return Jacobian(f, argnums, REVERSE, has_aux=has_aux).compiled("jacrev", backend)


@recorded
def value_and_jacobian(
    f: Function, argnums: Argnums = 0, has_aux: bool = False, *, backend: str | None = None
) -> Compiled:
    """The value and the Jacobian, computed together; see `jacobian`.

    Returns
    -------
    Compiled
        Called like ``f``; gives ``(value, jacobian)``, with ``has_aux`` ``((value, aux), jacobian)``.
    """
    return Jacobian(f, argnums, has_aux=has_aux, with_value=True).compiled("value_and_jacobian", backend)


# --- on traced values ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jacobian:
    """What is asked for: a Jacobian of ``f``, named after ``called``; by a mode, the preferred, or the cheaper one."""

    f: Function
    argnums: Argnums
    mode: str | None = None
    preferred: str | None = None
    has_aux: bool = False
    with_value: bool = False
    called: Function | None = None

    def compiled(self, label: str, backend: str | None) -> Compiled:
        """As a function."""
        like = signature_of(self.called or self.f)
        return Compiled(self, name=f"{function_name(self.called or self.f)}_{label}", like=like, backend=backend)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        variables = Variables.of(self.f, args, self.argnums)
        result = standing_for(self.f)(*variables.arguments, **kwargs)
        value, aux = pair(self.f, result) if self.has_aux else (result, None)
        leaves, tree = returned(self.f, value)
        _check_real(self.f, leaves)
        aux_leaves, aux_tree = returned(self.f, aux)
        outputs = stable(leaves)
        rows = self._rows(outputs, variables.nodes)
        entries = [entry for row in rows for entry in row]
        replaced = iter(variables.replaced([*outputs, *aux_leaves, *entries]))
        value = unflatten(tree, [next(replaced) for _ in outputs])
        aux = unflatten(aux_tree, [next(replaced) for _ in aux_leaves])
        parts = [variables.by_argument([TracedArray(next(replaced)) for _ in row], self.argnums) for row in rows]
        return self._arranged(value, aux, tree.unflatten(parts))

    def _rows(self, outputs: Sequence[Value], inputs: Sequence[Value]) -> list[list[Value]]:
        mode = self.mode or self._possible_mode(outputs, inputs)
        return _forward(self.f, outputs, inputs) if mode == FORWARD else _reverse(outputs, inputs)

    def _possible_mode(self, outputs: Sequence[Value], inputs: Sequence[Value]) -> str:
        if only_reverse(outputs, inputs):
            outputs[0].graph.notes.append(f"jacobian of {function_name(self.f)}: reverse mode, because of a custom_vjp")
            return REVERSE
        return self.preferred or _cheaper_mode(self.f, inputs, outputs)

    def _arranged(self, value: Any, aux: Any, derivatives: Any) -> Any:
        if self.with_value:
            return ((value, aux) if self.has_aux else value), derivatives
        return (derivatives, aux) if self.has_aux else derivatives


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


def _forward(f: Function, outputs: Sequence[Value], inputs: Sequence[Value]) -> list[list[Value]]:
    """For each output and input the derivative, pushed forward along every unit vector of the input."""
    columns = []
    for x in inputs:
        t = placeholder(x)
        moved = pushed(f, outputs, [x], [t])
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
