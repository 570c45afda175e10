"""The parameters of a function: puts keywords in their places, and says what arguments are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gradgen.errors import ArgumentError
from gradgen.trace import parameter_names

__all__ = ["Parameters"]

# Positional arguments with those by keyword after them, and the names of the latter.
Arranged = tuple[tuple[Any, ...], tuple[str, ...]]

# What fills the places after the positional arguments, by name; the names that stay keywords, which come last.
Plan = tuple[tuple[str, ...], tuple[str, ...]]

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Parameters:
    """What a function can be called with; made once, because `inspect.signature` is slow.

    Parameters
    ----------
    function : callable
        Whose parameters these are; some functions written in C do not tell, and take whatever is given by position.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.signature = function, _signature(function)
        known = self.signature.parameters.values() if self.signature else ()
        positional = [p for p in known if p.kind in POSITIONAL]
        self.names = tuple([p.name for p in positional])
        self.defaults = {p.name: p.default for p in positional if p.default is not p.empty}
        self.by_keyword = frozenset([p.name for p in known if p.kind is p.KEYWORD_ONLY])
        self.any_keyword = any(p.kind is p.VAR_KEYWORD for p in known)
        self.required = frozenset([p.name for p in known if p.kind is p.KEYWORD_ONLY and p.default is p.empty])
        self.least = max([k + 1 for k, p in enumerate(positional) if p.default is p.empty], default=0)
        self.bounded = self.signature is not None and all(p.kind is not p.VAR_POSITIONAL for p in known)
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._positional_only = frozenset([p.name for p in positional if p.kind is p.POSITIONAL_ONLY])

    def arrange(self, caller: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Arranged:
        """Arguments in the order of the parameters; the last ones are those of the names, given by keyword.

        Raises
        ------
        ArgumentError
            If the function cannot be called so.

        Examples
        --------
        >>> Parameters(lambda x, y=1, *, mu=2: None).arrange("f", (5,), {"mu": 7, "y": 6})
        ((5, 6, 7), ('mu',))
        """
        if not kwargs and not self.required and self._fits(len(args)):
            return args, ()
        key = (len(args), *kwargs)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._plan(caller, args, kwargs)
        filled, keywords = plan
        return (*args, *[kwargs[name] if name in kwargs else self.defaults[name] for name in filled]), keywords

    def check_names(self, names: Iterable[str], caller: str) -> None:
        """Refuse names that no parameter has.

        Raises
        ------
        ArgumentError
            If there is one; it says which parameters there are.
        """
        known = {*self.names, *self.by_keyword}
        for name in names:
            if self.signature is not None and not self.any_keyword and name not in known:
                there = ", ".join(self.signature.parameters) or "none"
                raise ArgumentError(f"{caller}: static_argnames has {name!r}, but the parameters are {there}")

    def labels(self, count: int, keywords: tuple[str, ...]) -> list[str]:
        """What so many arguments, the last ones by keyword, are called."""
        return [*parameter_names(self.function, count - len(keywords)), *keywords]

    def _fits(self, count: int) -> bool:
        return self.least <= count and (not self.bounded or count <= len(self.names))

    def _reached(self, kwargs: Mapping[str, Any]) -> int:
        """How many positional arguments there are when those given by keyword are in their places."""
        given = [k + 1 for k, name in enumerate(self.names) if name in kwargs and name not in self._positional_only]
        return given[-1] if given else 0

    def _plan(self, caller: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Plan:
        """For calls with so many arguments by position and these keywords."""
        count = len(args)
        filled = self.names[count : self._reached(kwargs)]
        keywords = tuple(sorted(kwargs.keys() - set(filled)))
        missing = any(name not in kwargs and name not in self.defaults for name in filled)
        known = self.any_keyword or self.by_keyword.issuperset(keywords)
        twice = not set(self.names).difference(self._positional_only).isdisjoint(keywords)
        enough = self.required.issubset(keywords) and self._fits(count + len(filled))
        if missing or twice or not known or not enough:
            self._refuse(caller, args, kwargs)
        return (*filled, *keywords), keywords

    def _refuse(self, caller: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Raise what Python itself would say of such a call."""
        if self.signature is None:
            raise ArgumentError(f"{caller} takes no keyword arguments: its signature is not known")
        try:
            self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{caller}{self.signature}: {error}") from None


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None
