"""Pickling of compiled functions: by the name that their module has for them, else by how they were made.

So ``gg.grad(loss)`` goes to another process where ``loss`` is a function of a module; there it is made again,
once, and its kernels are found in the cache on disk.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pickle import PicklingError
from typing import Any, ParamSpec, TypeVar

__all__ = ["recorded", "reduced"]

P = ParamSpec("P")
R = TypeVar("R")

# How many compiled functions that came from other processes are remembered.
REMEMBERED = 256


def recorded(transform: Callable[P, R]) -> Callable[P, R]:
    """A transform that leaves in what it makes how that was made."""

    @functools.wraps(transform)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        result = transform(*args, **kwargs)
        result.recipe = made, args, tuple(sorted(kwargs.items()))  # type: ignore[attr-defined]
        return result

    return made


def reduced(compiled: Any) -> Any:
    """What ``__reduce__`` answers for a compiled function.

    Raises
    ------
    PicklingError
        If it was made of a function that no module has by its name.
    """
    name = _name_of(compiled)
    found = compiled.recipe is not None and _is_found(compiled.recipe[1][0])
    # A script's `__main__` is not that of joblib's workers, which are sent its plain functions as they are.
    if name and not (found and compiled.__module__ == "__main__"):
        return name
    if not found:
        module = compiled.__module__
        raise PicklingError(
            f"{compiled.name} is compiled code, which is pickled by name only: give it, or the function it is made of, "
            f"a name in its module ({module}), or make it in the process that calls it"
        )
    return _made, compiled.recipe


def _name_of(compiled: Any) -> str:
    """The name that its module has for it, if any."""
    module = sys.modules.get(compiled.__module__)
    return next((name for name, value in vars(module).items() if value is compiled), "") if module else ""


def _is_found(function: Any) -> bool:
    """Whether another process can find a function by its name."""
    if hasattr(function, "recipe"):
        return bool(_name_of(function)) or (function.recipe is not None and _is_found(function.recipe[1][0]))
    found: Any = sys.modules.get(getattr(function, "__module__", None) or "")
    for part in getattr(function, "__qualname__", "?").split("."):
        found = getattr(found, part, None)
    return found is function


def _made(transform: Callable[..., Any], args: tuple[Any, ...], options: tuple[tuple[str, Any], ...]) -> Any:
    """Make it again; the same one each time, so that it is traced once."""
    try:
        return _remembered(transform, args, options)
    except TypeError:  # an option, such as a list of argnums, has no hash
        return transform(*args, **dict(options))


@functools.lru_cache(maxsize=REMEMBERED)
def _remembered(transform: Callable[..., Any], args: tuple[Any, ...], options: tuple[tuple[str, Any], ...]) -> Any:
    return transform(*args, **dict(options))
