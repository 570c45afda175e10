"""Replace functions of NumPy while a trace runs, wherever loaded modules have bound them, and put them back after.

NumPy's creation functions have no protocol by which an array could answer for itself. A replacement asks first whether
its caller is being traced, and calls the original at once if not: other threads see the same NumPy as ever.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any, NamedTuple

__all__ = ["bind", "is_library", "is_replacement", "replace", "replaced", "standing_for", "when_loaded"]

# Their code computes with plain arrays, often in C, and is not the user's function.
LIBRARIES = {"numpy", "scipy", "gradgen"}
# What modules of these bind is theirs alone, but for the names they are known by.
UNSEARCHED = {*sys.stdlib_module_names, *LIBRARIES}
SEARCHED = {"numpy", "numpy.linalg", "numpy.random", "scipy.linalg", "scipy.special"}


class Binding(NamedTuple):
    """A name in a module that stands for a function which is replaced."""

    namespace: dict[str, Any]
    name: str
    original: Any
    replacement: Any


_replacements: dict[int, tuple[Any, Any]] = {}
_methods: list[tuple[type, str, Any, Any]] = []
_lock = threading.RLock()
_running = 0
_in_modules: list[Binding] = []
_in_functions: list[Binding] = []
_searched: set[str] = set()
_awaited: dict[str, Callable[[ModuleType], None]] = {}
_loaded = 0


def replace(original: Any, replacement: Any, owner: type | None = None) -> None:
    """Have ``replacement`` stand for ``original`` while traces run.

    Parameters
    ----------
    original : object
        A function or other object that modules bind by name.
    replacement : object
        What stands in its place; it must behave as the original for whoever is not being traced.
    owner : type, optional
        If given, a class of which ``original`` is a method.
    """
    if owner is not None:
        _methods.append((owner, original.__name__, original, replacement))
    else:
        _replacements[id(original)] = (original, replacement)


def bind(namespace: dict[str, Any], name: str, replacement: Any) -> None:
    """Have a name in one namespace stand for something else while traces run."""
    _in_modules.append(Binding(namespace, name, namespace[name], replacement))


def is_replacement(value: Any) -> bool:
    """Whether this stands for something else while traces run."""
    return any(value is replacement for _, replacement in _replacements.values())


def standing_for(function: Any) -> Any:
    """What stands for a function while traces run: itself, unless it is replaced."""
    return _replacements.get(id(function), (function, function))[1]


@contextmanager
def replaced(namespace: dict[str, Any] | None = None) -> Iterator[None]:
    """While inside, in whichever thread, the replacements stand; also in the namespace of the traced function."""
    _enter(namespace)
    try:
        yield
    finally:
        _leave()


def _enter(namespace: dict[str, Any] | None) -> None:
    global _running
    with _lock:
        _running += 1
        if _running == 1:
            _search_modules()
            _put(_in_modules)
            for owner, name, _, replacement in _methods:
                setattr(owner, name, replacement)
        # Scripts and notebooks bind names at any time, so theirs are looked for anew.
        found = [*_found(vars(sys.modules["__main__"])), *_found(namespace or {})]
        _in_functions.extend(found)
        _put(found)


def _leave() -> None:
    global _running
    with _lock:
        _running -= 1
        if _running:
            return
        for namespace, name, original, replacement in (*_in_modules, *_in_functions):
            # Somebody may have bound the name anew in the meantime.
            if namespace.get(name) is replacement:
                namespace[name] = original
        for owner, name, original, _ in _methods:
            setattr(owner, name, original)
        _in_functions.clear()
        _free_new_modules()


def _put(bindings: list[Binding]) -> None:
    for namespace, name, original, replacement in bindings:
        if namespace.get(name) is original:
            namespace[name] = replacement


def when_loaded(module: str, prepare: Callable[[ModuleType], None]) -> None:
    """Have ``prepare`` called with a module before the first trace after somebody has imported it."""
    _awaited[module] = prepare


def _search_modules() -> None:
    """Find the bindings in modules that were loaded since the last time."""
    global _loaded
    if len(sys.modules) == _loaded:
        return
    _loaded = len(sys.modules)
    for name in [name for name in _awaited if name in sys.modules]:
        _awaited.pop(name)(sys.modules[name])
    for name, module in list(sys.modules.items()):
        if name not in _searched:
            _searched.add(name)
            wanted = name in SEARCHED or name.partition(".")[0] not in UNSEARCHED
            if wanted and type(module) is ModuleType:
                _in_modules.extend(_found(vars(module)))


def _free_new_modules() -> None:
    """A module that was imported meanwhile has bound the replacements; it gets the originals."""
    if len(sys.modules) == _loaded:
        return
    originals = {id(replacement): original for original, replacement in _replacements.values()}
    for name, module in list(sys.modules.items()):
        if name not in _searched and type(module) is ModuleType:
            namespace = vars(module)
            kept = [each for each, value in list(namespace.items()) if id(value) in originals]
            namespace.update({each: originals[id(namespace[each])] for each in kept})


def _found(namespace: dict[str, Any]) -> list[Binding]:
    if _replacements.keys().isdisjoint(map(id, list(namespace.values()))):
        return []  # as in nearly all of hundreds of modules
    items = list(namespace.items())
    return [Binding(namespace, name, *_replacements[id(value)]) for name, value in items if id(value) in _replacements]


@functools.lru_cache(maxsize=4096)
def _in_library(module: str) -> bool:
    return module.partition(".")[0] in LIBRARIES


def is_library(frame: FrameType) -> bool:
    """Whether a frame belongs to a library that computes with plain arrays."""
    return _in_library(frame.f_globals.get("__name__") or "")
