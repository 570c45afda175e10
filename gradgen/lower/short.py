"""Axes too short for loops: what happens along them is written out, point by point.

for i < n: for j < 3: x[3*i + j] = a[3*i + j] / norm[i]        for i < n: x[3*i] = a[3*i] / norm0
                                                                          x[3*i + 1] = a[3*i + 1] / norm0 …

A batch of small vectors and matrices then is one loop over the batch, whose vector lanes are entries of the
batch, and what each entry needs lies in registers. What has only one shape throughout stays a loop over all
its elements, as they lie in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

from gradgen.ir import Extent, Graph
from gradgen.lower.express import is_number
from gradgen.lower.piece import is_whole_along
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.product import POINTS, SUMS
from gradgen.lower.task import Axis, Task, axis_name, note_reads, positions
from gradgen.nest import Affine
from gradgen.ops.lowering import Assembly

__all__ = ["write_out"]

# An axis of at most this extent may be written out.
SHORT = 16
# Rows of a matrix from which on the runtime's kernel for a matrix by a vector is better.
ROW = 8


def write_out(graph: Graph, plan: Plan, tasks: Sequence[Task]) -> list[Task]:
    """The tasks, with short axes taken out of their loops where that pays.

    Those that read one another are all done in the same way, so that they can share a loop.
    """
    axes = {task.node: along for task in tasks if (along := _axes(graph, task))}
    by_node = {task.node: task for task in tasks}
    calls = [task for task in tasks if task.node not in axes and (task.whole or task.rows)]
    for group in _groups(axes, by_node):
        members = [by_node[node] for node in group]
        if any(_gains(task, axes[task.node]) for task in members) and not _meets(graph, members, calls):
            by_node.update({node: _written_out(graph, plan, by_node[node], axes[node]) for node in group})
    return list(by_node.values())


def _written_out(graph: Graph, plan: Plan, task: Task, axes: tuple[Axis, ...]) -> Task:
    long = tuple(axis for axis in axes if not _is_short(axis.extent))
    short = tuple(axis for axis in axes if _is_short(axis.extent))
    done = replace(task, axes=long, short=short, reads={}, rows=None, whole=False)
    if task.whole:
        where = positions(axes)
        ndim = graph[task.node].type.ndim
        done.index = tuple(where.get(axis_name(task.node, a), Affine()) for a in range(ndim))
    note_reads(graph, plan, done)
    return done


def _is_short(extent: Extent) -> bool:
    return isinstance(extent, int) and 1 <= extent <= SHORT


def _axes(graph: Graph, task: Task) -> tuple[Axis, ...]:
    """All axes of a task of which the short ones can be written out; none if they cannot."""
    if task.scan or task.scattered:
        return ()
    axes = _axes_of_assembly(graph, task) if task.whole else task.axes
    short = [axis for axis in axes if _is_short(axis.extent)]
    long = [axis for axis in axes if not _is_short(axis.extent)]
    if not short or prod(_sizes(short)) > POINTS:
        return ()
    if any(axis.reduced for axis in long) and prod(_sizes(axis for axis in short if not axis.reduced)) > SUMS:
        return ()
    if task.rows is not None and max(_sizes(short)) >= ROW:
        return ()  # the runtime's kernel reads whole rows
    return axes


def _sizes(axes: Sequence[Axis] | Iterator[Axis]) -> Iterator[int]:
    return (axis.extent for axis in axes if isinstance(axis.extent, int))


def _axes_of_assembly(graph: Graph, task: Task) -> tuple[Axis, ...]:
    shape = graph[task.node].type.shape
    if not isinstance(lowering_of(graph, task.node), Assembly):
        return ()
    if not all(_is_short(extent) or is_whole_along(graph, task.node, a) for a, extent in enumerate(shape)):
        return ()
    return tuple(Axis(axis_name(task.node, a), extent, False) for a, extent in enumerate(shape) if extent != 1)


def _groups(axes: dict[int, tuple[Axis, ...]], tasks: dict[int, Task]) -> list[list[int]]:
    """Tasks that read one another, directly or through others of the group."""
    group_of: dict[int, list[int]] = {}
    for node in axes:
        group_of[node] = group = [node]
        for read in tasks[node].reads:
            if read in group_of and group_of[read] is not group:
                group = group_of[read]
                group += group_of[node]
                group_of.update(dict.fromkeys(group_of[node], group))
    return list({id(group): group for group in group_of.values()}.values())


def _gains(task: Task, axes: tuple[Axis, ...]) -> bool:
    """Whether it is of a batch, and its loops are not one over memory as it lies."""
    if all(_is_short(axis.extent) for axis in axes):
        return False
    own = tuple(Affine.variable(axis.name) for axis in axes)
    in_order = all(index == own or all(map(is_number, index)) for found in task.reads.values() for index in found)
    return task.whole or not in_order or len({axis.reduced for axis in axes}) == 2


def _meets(graph: Graph, group: Sequence[Task], calls: Sequence[Task]) -> bool:
    """Whether a call takes rows from these tasks, or makes rows for them, that are better kept together."""
    given = {task.node for task in group}
    taken = {read for task in group for read in task.reads}
    between = {read for call in calls for read in call.reads} & given | {call.node for call in calls} & taken
    return any(_has_rows(graph[node].type.shape) for node in between)


def _has_rows(shape: Sequence[Extent]) -> bool:
    return not _is_short(shape[0]) and isinstance(shape[-1], int) and shape[-1] >= ROW if len(shape) > 1 else False
