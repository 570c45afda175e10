"""Documentation of a module's functions, and its stub for type checkers and editors."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from gradgen.aot.header import described
from gradgen.aot.structure import written
from gradgen.aot.unit import WHOLE, Unit
from gradgen.ir import Type
from gradgen.trace import Tree

__all__ = ["documentation", "stub"]

HEAD = """\
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
"""
CONTAINERS: dict[type, str] = {tuple: "Sequence[Any]", list: "Sequence[Any]", dict: "Mapping[Any, Any]"}
PAIR = "Value of {0}, and the function that pulls cotangents back"
NUMBERS = {"f": "float", "i": "int", "b": "bool"}


def documentation(unit: Unit) -> str:
    """The docstring of a function."""
    lines = [described(unit, "" if unit.role == WHOLE else PAIR), "", "Parameters", "----------"]
    types = iter(unit.graph.types(unit.graph.inputs))
    for name, tree in unit.parameters:
        plain = _plain(tree)
        shown = written(tree, lambda: str(next(types)), unit.name) if plain else _skipped(tree, types)
        lines.append(f"{name} : {shown}")
    return "\n".join(lines)


def stub(units: Sequence[Unit]) -> str:
    """What ``__init__.pyi`` says."""
    lines = [HEAD]
    for label, group in groupby(units, key=lambda unit: unit.label):
        lines += [*_declared(label, list(group)), ""]
    return "\n".join(lines)


def _declared(label: str, units: Sequence[Unit]) -> Iterator[str]:
    first = units[0]
    types = iter(first.graph.types(first.graph.inputs))
    parameters = ", ".join(f"{name}: {_given(tree, types)}" for name, tree in first.parameters)
    result = _result(first)
    if len(units) > 1:
        result = f"tuple[{result}, Callable[[Any], {_result(units[1])}]]"
    yield f"def {label}({parameters}) -> {result}:"
    text = documentation(first).replace("\\", "\\\\").replace('"""', "'''")
    yield textwrap.indent(f'"""{text}\n"""', "    ")


def _given(tree: Tree, types: Iterator[Type]) -> str:
    """The type of an argument."""
    if tree.kind is None:
        type_ = next(types)
        return _array(type_) if type_.shape else NUMBERS[type_.dtype.kind]
    _skipped(tree, types)
    return CONTAINERS.get(tree.kind, "Any")


def _result(unit: Unit) -> str:
    outputs = unit.graph.types(unit.graph.outputs)
    return _type_of(unit.result, iter(outputs))


def _type_of(tree: Tree, types: Iterator[Type]) -> str:
    if tree.kind is None:
        return _array(next(types))
    parts = [_type_of(child, types) for child in tree.children]
    if tree.kind is tuple:
        return f"tuple[{', '.join(parts) or '()'}]"
    if tree.kind in (list, dict):
        held = " | ".join(dict.fromkeys(parts)) or "Any"
        return f"list[{held}]" if tree.kind is list else f"dict[Any, {held}]"
    return "None"


def _array(type_: Type) -> str:
    scalar = f"np.{type_.dtype.name}" if type_.dtype.kind != "b" else "np.bool_"
    return f"NDArray[{scalar}]" if type_.shape else scalar


def _plain(tree: Tree) -> bool:
    return tree.kind in (None, tuple, list, dict, type(None)) and all(map(_plain, tree.children))


def _skipped(tree: Tree, types: Iterator[Type]) -> str:
    """The leaves of a structure passed by."""
    for _ in range(tree.count):
        next(types)
    return tree.kind.__name__ if tree.kind else ""
