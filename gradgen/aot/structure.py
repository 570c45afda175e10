"""Structures of arguments and results as Python text: expressions that take apart and put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gradgen.errors import ArgumentError
from gradgen.trace import Tree

__all__ = ["expression", "taken", "written"]


def taken(parameters: Sequence[tuple[str, Tree]]) -> str:
    """A function from arguments to their leaves.

    Examples
    --------
    >>> from gradgen.trace import flatten
    >>> taken([("p", flatten({"a": 1.0, "b": [2.0]})[1]), ("x", flatten(1.0)[1])])
    "lambda p, x: (p['a'], p['b'][0], x,)"
    """
    leaves = [name + place for name, tree in parameters for place in tree.places()]
    names = ", ".join(name for name, _ in parameters)
    return f"lambda{f' {names}' if names else ''}: ({''.join(f'{leaf}, ' for leaf in leaves).rstrip()})"


def expression(tree: Tree, owner: str) -> str:
    """The structure made of the entries of a list ``r``.

    Examples
    --------
    >>> from gradgen.trace import flatten
    >>> expression(flatten({"a": 1.0, "b": [2.0, None]})[1], "f")
    "{'a': r[0], 'b': [r[1], None]}"
    """
    numbers = iter(range(tree.count))
    return written(tree, lambda: f"r[{next(numbers)}]", owner)


def written(tree: Tree, leaf: Callable[[], str], owner: str) -> str:
    """A structure as Python text.

    Raises
    ------
    ArgumentError
        If it has a container that is not Python's own.
    """
    if tree.kind is None:
        return leaf()
    if tree.kind is type(None):
        return "None"
    parts = [written(child, leaf, owner) for child in tree.children]
    if tree.kind is tuple:
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    if tree.kind is list:
        return f"[{', '.join(parts)}]"
    if tree.kind is dict and isinstance(tree.data, tuple) and all(isinstance(key, str | int) for key in tree.data):
        return f"{{{', '.join(_entries(tree.data, parts))}}}"
    reason = "a module without gradgen has Python's own containers only; return a tuple, a list or a dict"
    raise ArgumentError(f"{owner}: the result is in a {tree.kind.__name__}: {reason}")


def _entries(keys: Sequence[object], parts: Sequence[str]) -> Iterator[str]:
    return (f"{key!r}: {part}" for key, part in zip(keys, parts, strict=True))
