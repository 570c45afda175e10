"""Functions whose derivative the user gives: `custom_jvp`, `custom_vjp`; and `stop_gradient`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradgen.api.arguments import Function, function_name, leaf_values, matching, unflatten
from gradgen.diff import batch, zeros_like
from gradgen.errors import ArgumentError, DifferentiationError
from gradgen.ir import Extent
from gradgen.ops import OPS, Value
from gradgen.ops.leaf import input_op
from gradgen.trace import Tree, current

__all__ = ["custom_jvp", "custom_vjp", "stop_gradient"]


def stop_gradient(x: Any) -> Any:
    """The value itself, to every derivative a constant.

    Parameters
    ----------
    x : array or container of arrays

    Examples
    --------
    >>> import numpy as np, gradgen as gg
    >>> float(gg.grad(lambda x: x * stop_gradient(x))(3.0))
    3.0
    """
    if current() is None:
        return x
    leaves, tree = leaf_values(x)
    return unflatten(tree, [OPS["stop_gradient"](leaf) for leaf in leaves])


@dataclass(frozen=True, eq=False)
class _Rule:
    """A user's rule for one call: how its arguments and results are structured, and the functions given."""

    f: Function
    arguments: Tree
    result: Tree
    jvp: Function | None = None
    forward: Function | None = None
    backward: Function | None = None

    def __repr__(self) -> str:
        return f"rule of {self.name}"

    @property
    def name(self) -> str:
        """The function's name."""
        return function_name(self.f)

    def outputs(self, operands: Sequence[Value]) -> list[Value]:
        """The function's results."""
        return leaf_values(self.f(*unflatten(self.arguments, operands)))[0]

    def tangent(self, out: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result number ``out``."""
        moved = [t if t is not None else zeros_like(x) for t, x in zip(tangents, operands, strict=True)]
        if self.jvp is None:
            return _linear(self, out, operands, moved)
        primals, directions = unflatten(self.arguments, operands), unflatten(self.arguments, moved)
        given = self.jvp(primals, directions)
        if not (isinstance(given, tuple) and len(given) == 2):
            raise DifferentiationError(f"{self.name}: the jvp rule must return (value, tangent)")
        return matching(given[1], given[0], f"{self.name}: the tangent of the jvp rule")[out]

    def transpose(self, out: int, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """The cotangents of the arguments for a cotangent of result number ``out``."""
        assert self.forward is not None
        assert self.backward is not None  # custom_vjp asks for both
        value, residuals = self.forward(*unflatten(self.arguments, operands[1:]))
        leaves, _ = leaf_values(value)
        cotangents = [ct if number == out else zeros_like(leaf) for number, leaf in enumerate(leaves)]
        pulled = self.backward(residuals, unflatten(self.result, cotangents))
        return matching(tuple(pulled), unflatten(self.arguments, operands[1:]), f"{self.name}: the vjp rule's result")

    def batched(self, size: Extent) -> _Batched:
        """The rule for many entries at once."""
        return _Batched(self, size)


def _linear(rule: Any, out: int, operands: Sequence[Value], tangents: Sequence[Value]) -> Value:
    """The tangent of a value of which only the transpose is known; its first operand is there for its type."""
    like = rule.outputs(operands)[out]
    return OPS["custom_tangent"](like, *operands, *tangents, rule=rule, number=out, count=len(tangents))


@dataclass(frozen=True, eq=False)
class _Batched:
    """A rule applied to every entry of a first axis."""

    rule: Any
    size: Extent

    def __repr__(self) -> str:
        return f"{self.rule!r} along {self.size}"

    def tangent(self, out: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result number ``out``, entry by entry."""
        moved = [t if t is not None else zeros_like(x) for t, x in zip(tangents, operands, strict=True)]
        if _is_reverse(self.rule):
            return _linear(self, out, operands, moved)
        entries = [*operands, *moved]
        single = [_entry(value) for value in entries]
        result = self.rule.tangent(out, single[: len(operands)], single[len(operands) :])
        return self._all([result], single, entries)[0]

    def transpose(self, out: int, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """The cotangents of the arguments, entry by entry."""
        entries = [ct, *operands]
        single = [_entry(value) for value in entries]
        return self._all(self.rule.transpose(out, single[0], single[1:]), single, entries)

    def outputs(self, operands: Sequence[Value]) -> list[Value]:
        """The function's results for every entry."""
        single = [_entry(value) for value in operands]
        return self._all(self.rule.outputs(single), single, operands)

    def _all(self, results: Sequence[Value], single: Sequence[Value], entries: Sequence[Value]) -> list[Value]:
        return batch(results, {one.id: many for one, many in zip(single, entries, strict=True)}, self.size)

    def batched(self, size: Extent) -> _Batched:
        """The rule for many of many."""
        return _Batched(self, size)


def _is_reverse(rule: Any) -> bool:
    while isinstance(rule, _Batched):
        rule = rule.rule
    return rule.jvp is None


def _entry(many: Value) -> Value:
    """A variable for one entry of the first axis."""
    return input_op.leaf(many.graph, serial=len(many.graph), type=many.type.with_shape(many.shape[1:]))


class _Custom:
    """A function with a rule of its own; called like the function."""

    def __init__(self, f: Function) -> None:
        functools.update_wrapper(self, f)
        self.f = f

    def _with_rule(self, args: Sequence[Any], **rules: Function | None) -> Any:
        if current() is None:
            return self.f(*args)
        operands, arguments = leaf_values(tuple(args))
        outputs, result = leaf_values(self.f(*unflatten(arguments, operands)))
        rule = _Rule(self.f, arguments, result, **rules)
        real = [OPS["custom"](out, *operands, rule=rule, number=number) for number, out in enumerate(outputs)]
        return unflatten(result, real)


class custom_jvp(_Custom):
    """A function whose derivative the user gives in forward mode; reverse mode follows by transposition.

    Parameters
    ----------
    f : callable
        The function. Use as a decorator, then give the rule to ``defjvp``.

    Examples
    --------
    >>> import numpy as np, gradgen as gg
    >>> @gg.custom_jvp
    ... def f(x):
    ...     return np.sqrt(x)
    >>> @f.defjvp
    ... def f_jvp(primals, tangents):
    ...     (x,), (t,) = primals, tangents
    ...     y = f(x)
    ...     return y, 10.0 * t
    >>> float(gg.grad(f)(4.0))
    10.0
    """

    rule: Function | None = None

    def defjvp(self, rule: Function) -> Function:
        """Set the rule: ``rule(primals, tangents)``, both tuples, gives ``(value, tangent)``."""
        self.rule = rule
        return rule

    def __call__(self, *args: Any) -> Any:
        if self.rule is None:
            raise ArgumentError(f"{function_name(self.f)}: no jvp rule yet; give one with defjvp")
        return self._with_rule(args, jvp=self.rule)


class custom_vjp(_Custom):
    """A function whose derivative the user gives in reverse mode; forward mode through it raises.

    Parameters
    ----------
    f : callable
        The function. Use as a decorator, then give the rule to ``defvjp``.

    Examples
    --------
    >>> import numpy as np, gradgen as gg
    >>> @gg.custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda x: (clipped(x), None), lambda saved, ct: (np.clip(ct, -1.0, 1.0),))
    >>> float(gg.grad(lambda x: 5.0 * clipped(x))(2.0))
    1.0
    """

    forward: Function | None = None
    backward: Function | None = None

    def defvjp(self, forward: Function, backward: Function) -> None:
        """Set the rule.

        Parameters
        ----------
        forward : callable
            ``forward(*args)`` gives ``(value, saved)``.
        backward : callable
            ``backward(saved, ct)`` gives a tuple with a cotangent for each argument.
        """
        self.forward, self.backward = forward, backward

    def __call__(self, *args: Any) -> Any:
        if self.forward is None or self.backward is None:
            raise ArgumentError(f"{function_name(self.f)}: no vjp rule yet; give one with defvjp")
        return self._with_rule(args, forward=self.forward, backward=self.backward)
