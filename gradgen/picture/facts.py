"""What the page tells of each value and each loop, as plain data."""

from __future__ import annotations

import os
from typing import Any

from gradgen.errors import counted
from gradgen.ir import FORWARD, size_of
from gradgen.picture.boxes import Box
from gradgen.picture.cards import counted_bytes, expression, memory_size
from gradgen.picture.figure import Figure

__all__ = ["facts", "tape"]

Ranges = list[tuple[int, int]]


def facts(figure: Figure) -> dict[str, Any]:
    """What the page knows of a kernel.

    Lines of the C count from 0; a range of them does not include its end.
    """
    around = {value: box for box in figure.root.inner for value in box.every_value()}
    homes = {value: number for box, number in figure.numbers.items() for value in box.values}
    lines = _lines(figure)
    nests = figure.code.lines_of_boxes(figure.root)
    return {
        "name": figure.name,
        "title": figure.title,
        "source": figure.code.source,
        "values": {
            value: _value(figure, value, homes[value], lines[value], nests[around[value]] if value in around else [])
            for value in figure.cards
        },
        "boxes": {number: _box(figure, box, nests[box]) for box, number in figure.numbers.items() if number},
    }


def _lines(figure: Figure) -> dict[int, Ranges]:
    """The lines that compute each value; of one without any, those of what it is used in."""
    found: dict[int, Ranges] = {}
    for value in reversed(list(figure.cards)):
        own = figure.code.lines.get(value)
        used = (line for user in figure.users[value] for line in found[user])
        found[value] = own or sorted(dict.fromkeys(used))
    return found


def _value(figure: Figure, value: int, home: int, lines: Ranges, nest: Ranges) -> dict[str, Any]:
    node, source = figure.graph[value], figure.graph[value].source
    where, _ = figure.stays(value)
    return {
        "name": figure.graph.names.get(value, ""),
        "label": figure.graph.names.get(value) or node.op.name,
        "op": expression(figure.graph, figure.plan, value),
        "type": str(node.type),
        "bytes": memory_size(node.type),
        "sweep": node.sweep if node.operands else "",
        "result": value in figure.graph.outputs,
        "where": where,
        "kept": value in figure.kept,
        "file": f"{os.path.basename(source.file)}:{source.line}" if source.file else "",
        "text": source.text,
        "derived": node.sweep != FORWARD,
        "operands": [operand for operand in dict.fromkeys(node.operands) if operand in figure.cards],
        "users": figure.users[value],
        "box": home,
        "lines": lines,
        "nest": nest,
    }


def _box(figure: Figure, box: Box, lines: Ranges) -> dict[str, Any]:
    return {"title": box.title, "kind": box.kind, "values": sorted(box.every_value()), "lines": lines}


def tape(figure: Figure) -> str:
    """What the adjoint sweep takes from the forward sweep, and where it is meanwhile."""
    if not figure.kept:
        return "no tape"
    in_memory = [type_ for _, type_ in map(figure.stays, figure.kept) if type_ is not None]
    sizes = [size_of(type_.shape) for type_ in in_memory]
    known = [size * type_.dtype.itemsize for size, type_ in zip(sizes, in_memory, strict=True) if size is not None]
    total = counted_bytes(sum(known)) if len(known) == len(sizes) else "of named size"
    rest = len(figure.kept) - len(in_memory)
    parts = [f"{len(in_memory)} in memory, {total}"] if in_memory else []
    parts += [f"{rest} in registers or computed again"] if rest else []
    return f"tape: {counted(len(figure.kept), 'value')} ({'; '.join(parts)})"
