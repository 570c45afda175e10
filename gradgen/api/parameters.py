"""The parameters of a function: puts keywords in their places, and says what arguments are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from gradgen.errors import ArgumentError
from gradgen.trace import parameter_names

__all__ = ["Parameters"]

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
        # Argument lists of a length between these need no further look if there are no keywords.
        self.least = max([k + 1 for k, p in enumerate(positional) if p.default is p.empty], default=0)
        self.most = len(self.names) if self.signature and all(p.kind is not p.VAR_POSITIONAL for p in known) else None
        if any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in known):
            self.most = -1
        self._positional_only = frozenset([p.name for p in positional if p.kind is p.POSITIONAL_ONLY])

    def arrange(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], tuple[str, ...]]:
        """Arguments in the order of the parameters; the last ones are those of the names, given by keyword.

        Raises
        ------
        ArgumentError
            If the function cannot be called so.

        Examples
        --------
        >>> Parameters(lambda x, y=1, *, mu=2: None).arrange((5,), {"mu": 7, "y": 6})
        ((5, 6, 7), ('mu',))
        """
        if not kwargs and self.least <= len(args) and (self.most is None or len(args) <= self.most):
            return args, ()
        positional, rest = list(args), dict(kwargs)
        wanted = self._reached(kwargs)
        for name in self.names[len(args) : wanted]:
            if name not in rest and name not in self.defaults:
                return self._bound(args, kwargs)
            positional.append(rest.pop(name) if name in rest else self.defaults[name])
        fits = self.least <= len(positional) and (self.most is None or len(positional) <= self.most)
        if not fits or not self.by_keyword.issuperset(rest):
            return self._bound(args, kwargs)
        keywords = tuple(sorted(rest))
        return (*positional, *[rest[name] for name in keywords]), keywords

    def labels(self, count: int, keywords: tuple[str, ...]) -> list[str]:
        """What so many arguments, the last ones by keyword, are called."""
        return [*parameter_names(self.function, count - len(keywords)), *keywords]

    def _reached(self, kwargs: Mapping[str, Any]) -> int:
        """How many positional arguments there are when those given by keyword are in their places."""
        given = [k + 1 for k, name in enumerate(self.names) if name in kwargs and name not in self._positional_only]
        return given[-1] if given else 0

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], tuple[str, ...]]:
        """As Python itself would bind them; slower, and with Python's words for what is wrong."""
        if self.signature is None:
            raise ArgumentError("takes no keyword arguments: its signature is not known")
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(str(error)) from None
        keywords = tuple(sorted(bound.kwargs))
        return (*bound.args, *[bound.kwargs[name] for name in keywords]), keywords


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None
