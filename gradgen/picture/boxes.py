"""Which values are computed in which loops, as boxes in boxes.

    box = title (box | value) …

The boxes are those of the schedule. A value that is not stored stands where it is needed first, since there it is
computed; arguments and tables of constants stand outside all boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from gradgen.errors import counted
from gradgen.ir import Extent, Graph
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.schedule import Item, Loop, Straight, Tiled
from gradgen.lower.task import Task
from gradgen.ops.lowering import Assembly

__all__ = ["CALL", "LOOP", "STRAIGHT", "WHOLE", "Box", "boxes", "is_noted"]

LOOP, CALL, STRAIGHT, WHOLE = "loop", "call", "straight", "whole"


@dataclass(eq=False)
class Box:
    """A loop nest, a call, or a stretch of statements, with what is in it; ``parts`` are in the order of execution."""

    kind: str
    title: str = ""
    parts: list[Box | int] = field(default_factory=list)

    @property
    def inner(self) -> list[Box]:
        """The boxes directly inside."""
        return [part for part in self.parts if isinstance(part, Box)]

    @property
    def values(self) -> list[int]:
        """The values directly inside."""
        return [part for part in self.parts if not isinstance(part, Box)]

    def every_box(self) -> Iterator[Box]:
        """This box and those inside, outer ones first."""
        todo = [self]
        while todo:
            box = todo.pop()
            yield box
            todo.extend(reversed(box.inner))

    def every_value(self) -> list[int]:
        """The values inside, at whatever depth."""
        return [value for box in self.every_box() for value in box.values]


def is_noted(graph: Graph, plan: Plan, identity: int) -> bool:
    """Whether a value is a number, or an array full of it, that is written on what uses it rather than drawn."""
    while identity not in plan.stored and graph[identity].op.name == "broadcast":
        identity = graph[identity].operands[0]
    node = graph[identity]
    return node.op.name in ("constant", "extent") and not node.type.shape and identity not in graph.outputs


def boxes(graph: Graph, plan: Plan, items: Sequence[Item]) -> Box:
    """The box around everything.

    Parameters
    ----------
    graph : Graph
        As it was lowered, with results of their own.
    plan : Plan
        Which values are stored.
    items : sequence of Item
        The schedule.
    """
    root = Box(WHOLE)
    root.parts.extend(box for item in items for box in _outer(graph, item))
    home = {value: box for box in root.every_box() for value in box.values}
    turn = {value: number for number, value in enumerate(_in_order(root))}
    users: dict[int, list[int]] = {value: [] for value in plan.live}
    for value in plan.live:
        for operand in graph[value].operands:
            users[operand].append(value)
    for value in reversed(plan.live):
        if value in home or is_noted(graph, plan, value):
            continue
        earliest = min((user for user in users[value] if user in turn), key=turn.__getitem__, default=None)
        if earliest is None or not graph[value].operands:
            root.parts.append(value)
        else:
            home[value], turn[value] = home[earliest], turn[earliest]
            home[value].parts.append(value)
    return root


def _in_order(box: Box) -> Iterator[int]:
    todo: list[Box | int] = [box]
    while todo:
        part = todo.pop()
        if isinstance(part, Box):
            todo.extend(reversed(part.parts))
        else:
            yield part


def _outer(graph: Graph, item: Item) -> Iterator[Box]:
    """The boxes of an item of the outermost level."""
    if isinstance(item, Straight):
        for whole, tasks in groupby(item.tasks, key=lambda task: task.whole):
            if whole:
                yield from (Box(CALL, _call_title(graph, task), [task.node]) for task in tasks)
            else:
                found: list[Box | int] = [task.node for task in tasks]
                yield Box(STRAIGHT, "no loop" if len(found) == 1 else "straight line, no loop", found)
    elif isinstance(item, Tiled) and len(item.axes) == 1 and all(isinstance(inner, Straight) for inner in item.body):
        (task,) = item.axes
        yield Box(CALL, _call_title(graph, task), [task.node])  # over all rows at once
    else:
        yield _loop(graph, item)


def _loop(graph: Graph, loop: Loop) -> Box:
    """A loop; one that holds nothing but another is one with it."""
    turns = [_turns(loop)]
    kernels = _kernel_title(graph, loop) if isinstance(loop, Tiled) else ""
    while len(loop.body) == 1 and isinstance(loop.body[0], Loop) and not isinstance(loop, Tiled):
        loop = loop.body[0]
        turns.append(_turns(loop))
    box = Box(LOOP, f"loop over {' × '.join(turns)}{kernels}")
    for item in loop.body:
        if isinstance(item, Straight):
            box.parts.extend(task.node for task in item.tasks)
        else:
            box.parts.append(_loop(graph, item))
    return box


def _turns(loop: Loop) -> str:
    extent: Extent = loop.extent
    if not isinstance(loop, Tiled):
        return str(extent)
    in_one = isinstance(extent, int) and extent <= loop.rows
    return f"{extent} in one block" if in_one else f"{extent} in blocks of {loop.rows}"


def _kernel_title(graph: Graph, loop: Loop) -> str:
    count = sum(1 for task, axis in loop.axes.items() if task.rows == axis)
    return f", {counted(count, 'product kernel')}" if count else ""


def _call_title(graph: Graph, task: Task) -> str:
    assembled = isinstance(lowering_of(graph, task.node), Assembly)
    return f"{'put together' if assembled else 'call'}: {graph[task.node].op.name}"
