"""A rule: what has this form is replaced by that, and the algebra is the rule's name.

>>> x, y = placeholders("x y")
>>> print(Rule("x + (-y) -> x - y", x + (-y), x - y))
x + (-y) -> x - y

Where the replacement depends on attributes it is a function of the placeholders by name; ``root``
names the whole match, and the answer None declines.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradgen.ops import Value, lift
from gradgen.rewrite.pattern import Pattern, placeholders

__all__ = ["Rule", "placeholders"]


@dataclass(frozen=True)
class Rule:
    """What has the form ``pattern`` is replaced by ``replacement``.

    Parameters
    ----------
    name : str
        The algebra: the comment, the line in the log, the name of its test.
    pattern : Pattern
        The form; its outermost node is the root.
    replacement : Pattern, float, or callable
        What stands for it: a pattern, a number, or a function of the placeholders by name, which may
        answer None if the rule does not apply after all.
    when : callable, optional
        A condition on the placeholders by name.
    """

    name: str
    pattern: Pattern
    replacement: Pattern | float | Callable[..., Value | None]
    when: Callable[..., bool] | None = None

    def __str__(self) -> str:
        return self.name

    def apply(self, bound: dict[str, Value]) -> Value | None:
        """The replacement for what matched, or None if the rule does not apply."""
        if self.when is not None and not self.when(**_arguments(self.when, bound)):
            return None
        if callable(self.replacement):
            return self.replacement(**_arguments(self.replacement, bound))
        built = self.replacement.build(bound) if isinstance(self.replacement, Pattern) else self.replacement
        return built if isinstance(built, Value) else lift(built, bound["root"])


@functools.cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def _arguments(function: Callable[..., Any], bound: dict[str, Value]) -> dict[str, Value]:
    return {name: bound[name] for name in _parameters(function)}
