"""Functions whose derivative the user gives: `custom_jvp`, `custom_vjp`; and `stop_gradient`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from gradgen.api.arguments import Function, function_name, leaf_values, unflatten
from gradgen.api.calls import Arguments, held
from gradgen.errors import ArgumentError
from gradgen.ops import OPS
from gradgen.ops.custom import CustomRule
from gradgen.trace import as_argument, as_traced, current, emit, flatten, is_weak

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
    leaves, tree = flatten(x)
    given = [as_traced(leaf) for leaf in leaves]
    still = [emit(OPS["stop_gradient"], x) if x.dtype.kind in "fc" else x for x in given]
    return tree.unflatten(map(as_argument, [x.value for x in still], map(is_weak, leaves)))


class _Custom:
    """A function with a rule of its own; called like the function."""

    def __init__(self, f: Function) -> None:
        functools.update_wrapper(self, f)  # type: ignore[arg-type]  # called, not to be called like
        self.f = f

    def _with_rule(self, make: Callable[..., CustomRule], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The function's value with a rule for it; ``make`` gives that for the call and the types of its results."""
        trace = current()
        if trace is None:
            return self.f(*args, **kwargs)
        leaves, tree = flatten(self._positional(args, kwargs))
        arguments = Arguments(tuple(leaves), tree)
        operands = arguments.operands
        number = len(trace.graph)
        outputs, result = leaf_values(self.f(*arguments.filled(held(operands, number))))
        rule = make(self.f, arguments, result, tuple(out.type for out in outputs), number)
        trace.here()  # derivatives come from the line of the call
        marked = [OPS["custom"](out, *operands, rule=rule, number=number) for number, out in enumerate(outputs)]
        return unflatten(result, marked if operands else outputs)

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments by position, as rules take them, defaults included."""
        try:
            bound = inspect.signature(self.f).bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{function_name(self.f)}: {error}") from None
        except ValueError:  # some functions written in C do not tell
            return args
        bound.apply_defaults()
        if bound.kwargs:
            names = ", ".join(bound.kwargs)
            name = function_name(self.f)
            raise ArgumentError(f"{name}: a rule takes its arguments by position, not {names} by keyword")
        return bound.args


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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.rule is None:
            raise ArgumentError(f"{function_name(self.f)}: no jvp rule yet; give one with defjvp")
        from gradgen.api.rules import ForwardRule  # here, because most programs have no rule of their own

        return self._with_rule(functools.partial(ForwardRule, jvp=self.rule), args, kwargs)


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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.forward is None or self.backward is None:
            raise ArgumentError(f"{function_name(self.f)}: no vjp rule yet; give one with defvjp")
        from gradgen.api.rules import BackwardRule

        make = functools.partial(BackwardRule, forward=self.forward, backward=self.backward)
        return self._with_rule(make, args, kwargs)
