"""Pytrees: nested tuples, lists, dicts, named tuples and dataclasses of arrays, taken apart and put together.

    tree = leaf | kind (tree, …)

Everything that is not one of these containers is a leaf, `Type` and `Dim` included. None is a container of nothing.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradgen.errors import ArgumentError
from gradgen.ir import Dim, Type

__all__ = ["LEAF", "Tree", "flatten", "register_pytree"]

# How a kind of container comes apart, into children and what else it needs, and goes together again.
Parts = tuple[Iterable[Any], Hashable]
Container = tuple[Callable[[Any], Parts], Callable[[Hashable, Sequence[Any]], Any]]


@dataclass(frozen=True, slots=True)
class Tree:
    """The structure of a nested object without its leaves; hashable.

    Parameters
    ----------
    kind : type or None
        The class of the container, None for a leaf.
    data : hashable
        What the container is besides its children: the keys of a dict, the fields of a dataclass.
    children : tuple of Tree
        What it holds.

    Examples
    --------
    >>> leaves, tree = flatten({"b": 1.0, "a": (2.0, None)})
    >>> leaves
    [2.0, 1.0]
    >>> tree.unflatten(["x", "y"])
    {'a': ('x', None), 'b': 'y'}
    >>> tree.paths()
    [('a', '0'), ('b',)]
    """

    kind: type | None = None
    data: Hashable = None
    children: tuple[Tree, ...] = ()
    count: int = field(init=False, compare=False, default=1)

    def __post_init__(self) -> None:
        if self.kind is not None:
            object.__setattr__(self, "count", sum([child.count for child in self.children]))

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """The object of this structure with these leaves.

        Raises
        ------
        ArgumentError
            If there are more or fewer leaves than `count`.
        """
        given = list(leaves)
        if len(given) != self.count:
            raise ArgumentError(f"{len(given)} values for a structure of {self.count}")
        return self._build(iter(given))

    def _build(self, leaves: Iterator[Any]) -> Any:
        if self.kind is None:
            return next(leaves)
        return _container(self.kind)[1](self.data, [child._build(leaves) for child in self.children])

    def paths(self) -> list[tuple[str, ...]]:
        """For each leaf the keys, field names and positions that lead to it."""
        if self.kind is None:
            return [()]
        keys = self.data if isinstance(self.data, tuple) and len(self.data) == len(self.children) else ()
        labels = [str(key) for key in keys] or [str(position) for position in range(len(self.children))]
        return [(label, *path) for label, child in zip(labels, self.children, strict=True) for path in child.paths()]

    def places(self) -> list[str]:
        """For each leaf what is written behind the object to get at it.

        Examples
        --------
        >>> flatten({"w": [1.0, 2.0]})[1].places()
        ["['w'][0]", "['w'][1]"]
        """
        if self.kind is None:
            return [""]
        named = isinstance(self.data, tuple) and len(self.data) == len(self.children)
        keys = self.data if named and isinstance(self.data, tuple) else range(len(self.children))
        steps = [f"[{key!r}]" if self.kind in _INDEXED or not named else f".{key}" for key in keys]
        return [step + rest for step, child in zip(steps, self.children, strict=True) for rest in child.places()]

    def nested(self) -> Any:
        """Tuples, lists and dicts of leaf positions, for the dispatcher in C; None if there is any other container.

        Examples
        --------
        >>> flatten((1.0, [2.0, {"a": 3.0}]))[1].nested()
        (0, [1, {'a': 2}])
        >>> flatten((1.0, None))[1].nested() is None
        True
        """
        return self._nested(0)

    def _nested(self, start: int) -> Any:
        if self.kind is None:
            return start
        if self.kind not in (tuple, list, dict):
            return None
        parts = []
        for child in self.children:
            parts.append(child._nested(start))
            start += child.count
        if any(part is None for part in parts):
            return None
        if self.kind is dict:
            assert isinstance(self.data, tuple)  # its keys
            return dict(zip(self.data, parts, strict=True))
        return self.kind(parts)


LEAF = Tree()


def flatten(obj: Any) -> tuple[list[Any], Tree]:
    """The leaves of a nested object, in order, and its structure.

    Raises
    ------
    ArgumentError
        If it is nested more deeply than Python can follow.

    Examples
    --------
    >>> flatten((1.0, [2.0, 3.0]))[0]
    [1.0, 2.0, 3.0]
    """
    leaves: list[Any] = []
    try:
        return leaves, _take_apart(obj, leaves)
    except RecursionError:
        depth = "contains itself or is nested hundreds of levels deep"
        raise ArgumentError(f"a {type(obj).__name__} {depth}; keep its arrays in one flat list") from None


def _take_apart(obj: Any, leaves: list[Any]) -> Tree:
    kind = type(obj)
    container = _KNOWN.get(kind) or (_container(kind) if _is_record(kind) else None)  # type: ignore[arg-type]  # classes have hashes
    if container is None:
        leaves.append(obj)
        return LEAF
    children, data = container[0](obj)
    return Tree(kind, data, tuple([_take_apart(child, leaves) for child in children]))


def register_pytree(
    cls: type, flatten: Callable[[Any], Parts], unflatten: Callable[[Hashable, Sequence[Any]], Any]
) -> None:
    """Make a class a container.

    Parameters
    ----------
    cls : type
        The class itself; its subclasses are not included.
    flatten : callable
        ``flatten(obj) -> (children, data)``; ``data`` is hashable and says all that is not a child.
    unflatten : callable
        ``unflatten(data, children) -> obj``.

    Raises
    ------
    ArgumentError
        If the class is a container already.

    Examples
    --------
    >>> class Pair:
    ...     def __init__(self, a, b):
    ...         self.a, self.b = a, b
    >>> register_pytree(Pair, lambda p: ((p.a, p.b), None), lambda _, children: Pair(*children))
    """
    if cls in _KNOWN:
        raise ArgumentError(f"{cls.__name__} is a container already")
    _KNOWN[cls] = (flatten, unflatten)


@functools.lru_cache(maxsize=1024)  # asked for each leaf of each call
def _is_record(kind: type) -> bool:
    """Whether it is a named tuple or a dataclass; types and dimensions, though dataclasses, are leaves."""
    named = issubclass(kind, tuple) and hasattr(kind, "_fields")
    return named or (dataclasses.is_dataclass(kind) and kind not in (Type, Dim))


def _container(kind: type) -> Container:
    known = _KNOWN.get(kind)
    if known is None:
        known = _KNOWN[kind] = _named_tuple(kind) if issubclass(kind, tuple) else _dataclass(kind)
    return known


def _named_tuple(kind: Any) -> Container:
    return (lambda obj: (obj, kind._fields)), (lambda _, children: kind(*children))


def _dataclass(kind: Any) -> Container:
    names = tuple(entry.name for entry in dataclasses.fields(kind))

    def build(_: Hashable, children: Sequence[Any]) -> Any:
        # Not by calling the class: __post_init__ would check or convert what may be a tracer.
        obj = object.__new__(kind)
        for name, child in zip(names, children, strict=True):
            object.__setattr__(obj, name, child)
        return obj

    return (lambda obj: ([getattr(obj, name) for name in names], names)), build


def _dict(obj: dict[Any, Any]) -> Parts:
    try:
        keys = sorted(obj)
    except TypeError:  # keys of several kinds have no order but that of insertion
        keys = list(obj)
    return [obj[key] for key in keys], tuple(keys)


_KNOWN: dict[type, Container] = {
    tuple: (lambda obj: (obj, None), lambda _, children: tuple(children)),
    list: (lambda obj: (obj, None), lambda _, children: list(children)),
    dict: (_dict, lambda keys, children: dict(zip(keys, children, strict=True))),  # type: ignore[call-overload]
    OrderedDict: (
        lambda obj: (list(obj.values()), tuple(obj)),
        lambda keys, children: OrderedDict(zip(keys, children, strict=True)),  # type: ignore[call-overload]
    ),
    type(None): (lambda _: ((), None), lambda _, children: None),
}
# Their children are reached by [key] or [position], those of others by name.
_INDEXED = {tuple, list, dict, OrderedDict}
