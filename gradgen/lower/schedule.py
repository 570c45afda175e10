"""Which tasks share which loops.

    schedule = item …
    item     = Straight (task …)                    all loops of these tasks are open: statements
             | Loop extent {task: axis} schedule    one loop for several tasks
             | Tiled extent {task: axis} schedule   the same cut into blocks of rows; inside, each stage
                                                    runs over the block

Tasks are placed one after another in topological order, each into the first loop that it may join: a
task may read in the same loop what another made there, if it reads at just the same point. Reading at
another point, or what is still being summed, needs a later loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gradgen.ir import Extent, Graph, size_of
from gradgen.lower.task import Axis, Task
from gradgen.nest import Affine

__all__ = ["ROWS", "Item", "Loop", "Straight", "Tiled", "arrange", "turns"]

# Rows in a block: enough for full vector lanes in every stage, few enough that a block stays in L1.
ROWS = 64
# A C compiler takes more than linear time over one loop, so a long chain is cut into several.
MOST = 200
# A loop takes tasks that lack at most so many of its turns, if it has at least so many.
WIDEST, FEWEST = 4, 64


@dataclass
class Straight:
    """Tasks whose loops are all open, in order."""

    tasks: list[Task]


@dataclass(eq=False)
class Loop:
    """One loop shared by tasks, each by one of its axes."""

    extent: Extent
    axes: dict[Task, Axis]
    body: list[Item] = field(default_factory=list)
    members: dict[int, Task] = field(init=False)

    def __post_init__(self) -> None:
        self.members = {task.node: task for task in self.axes}

    def join(self, task: Task, axis: Axis) -> None:
        """Take a task in."""
        self.axes[task] = axis
        self.members[task.node] = task
        self.extent = max(self.extent, axis.extent, key=turns)

    @property
    def is_mixed(self) -> bool:
        """Whether some of its tasks do not take part in all its turns."""
        return len({axis.extent for axis in self.axes.values()}) > 1


@dataclass(eq=False)
class Tiled(Loop):
    """A loop over blocks of rows; the stages inside run over the rows of a block."""


Item = Straight | Loop

Open = dict[Task, tuple[Axis, ...]]


def arrange(graph: Graph, tasks: Sequence[Task]) -> list[Item]:
    """The schedule of all tasks of a kernel."""
    top = _arrange(graph, {task: task.axes for task in tasks})
    return [_tiled(graph, item) if isinstance(item, Loop) else item for item in top]


def _arrange(graph: Graph, open_axes: Open) -> list[Item]:
    items: list[Item] = []
    place: dict[int, int] = {}
    for task, axes in open_axes.items():
        first = max((place[known] for known in (*task.reads, *task.after) if known in place), default=0)
        place[task.node] = _place(graph, items, task, axes, first)
    for item in items:
        if isinstance(item, Loop):
            inner = {
                task: tuple(other for other in open_axes[task] if other != axis) for task, axis in item.axes.items()
            }
            item.body = _arrange(graph, inner)
    return items


def _place(graph: Graph, items: list[Item], task: Task, axes: tuple[Axis, ...], first: int) -> int:
    """Put a task into the first item at or after ``first`` that takes it; the position it got."""
    if not axes:
        for position in range(first, len(items)):
            item = items[position]
            if isinstance(item, Straight):
                item.tasks.append(task)
                return position
        items.append(Straight([task]))
        return len(items) - 1
    preferred = _by_preference(graph, task, axes)
    for may_join in (_may_join, _may_widen):
        for position in range(first, len(items)):
            item = items[position]
            axis = next((axis for axis in preferred if isinstance(item, Loop) and may_join(task, axis, item)), None)
            if axis is not None and isinstance(item, Loop):
                item.join(task, axis)
                return position
    items.append(Loop(preferred[0].extent, {task: preferred[0]}))
    return len(items) - 1


def _may_join(task: Task, axis: Axis, loop: Loop) -> bool:
    """Whether everything the task reads of this loop's tasks is there, at the point where the loop is."""
    if axis.extent != loop.extent or (loop.is_mixed and len(task.axes) > 1) or len(loop.axes) >= MOST:
        return False
    for node, indices in task.reads.items():
        other = loop.members.get(node)
        if other is None:
            continue
        bound = loop.axes[other]
        if bound.reduced:
            return False
        position = other.index.index(Affine.variable(bound.name))
        if any(len(i) != len(other.index) or i[position] != Affine.variable(axis.name) for i in indices):
            return False
    return True


def turns(extent: Extent) -> int:
    """An extent as a number, 0 where it is known only at call time."""
    return extent if isinstance(extent, int) else 0


def _may_widen(task: Task, axis: Axis, loop: Loop) -> bool:
    """Whether a flat loop takes a flat task of almost its extent, as ``x[1:]`` beside ``x``; see `WIDEST`.

    The turns that one of them lacks are cut off when the loop is written. Neither may read the other.
    """
    members = [*loop.axes, task]
    extents = {*(bound.extent for bound in loop.axes.values()), axis.extent}
    sizes = [extent for extent in extents if isinstance(extent, int)]
    if len(sizes) != len(extents) or len(sizes) > 2 or any(len(member.axes) > 1 for member in members):
        return False
    independent = not any(other.node in task.reads for other in loop.axes)
    return independent and min(sizes) >= FEWEST and max(sizes) - min(sizes) <= WIDEST


def _by_preference(graph: Graph, task: Task, axes: tuple[Axis, ...]) -> list[Axis]:
    """Outermost first: rows of the largest array read, then axes along which memory is not contiguous."""

    def score(axis: Axis) -> tuple[int, int]:
        variable = Affine.variable(axis.name)
        indices = [(node, index) for node, found in task.reads.items() for index in found if index]
        indices.append((task.node, task.index))
        contiguous = sum(1 for _, index in indices if index and index[-1] == variable)
        largest = max(indices, key=lambda entry: _weight(graph, entry[0]))
        is_row = bool(largest[1]) and largest[1][0] == variable and len(largest[1]) > 1
        return (-1 if is_row else 0, contiguous)

    # A partial result is carried from turn to turn, so the loop of a scan is the innermost.
    return sorted((axis for axis in axes if axis != task.scan or len(axes) == 1), key=score)


def _weight(graph: Graph, identity: int) -> tuple[int, int]:
    shape = graph[identity].type.shape
    return (len(shape), size_of(shape) or 0)


def _tiled(graph: Graph, loop: Loop) -> Loop:
    """A loop in blocks where flat stages and deeper ones alternate, or where a kernel takes rows."""
    kernels = [task for task, axis in loop.axes.items() if task.rows == axis]
    depths = {len(task.axes) > 1 for task in loop.axes}
    if not (kernels or len(depths) == 2):
        return loop
    open_axes: Open = {task: () if task in kernels else task.axes for task in loop.axes}
    tiled = Tiled(loop.extent, loop.axes)
    tiled.body = _arrange_stages(graph, open_axes, loop.axes)
    return tiled


def _arrange_stages(graph: Graph, open_axes: Open, bound: dict[Task, Axis]) -> list[Item]:
    """The stages of a block: each again loops over the rows, flat ones only with flat ones."""
    ordered = {task: _rows_first(axes, bound[task]) for task, axes in open_axes.items()}
    items: list[Item] = []
    place: dict[int, int] = {}
    for task, axes in ordered.items():
        first = max((place[known] for known in (*task.reads, *task.after) if known in place), default=0)
        place[task.node] = _place_stage(items, task, axes, first, ordered)
    for item in items:
        if isinstance(item, Loop):
            item.body = _arrange(graph, {task: ordered[task][1:] for task in item.axes})
    return items


def _rows_first(axes: tuple[Axis, ...], row: Axis) -> tuple[Axis, ...]:
    return (row, *(axis for axis in axes if axis != row)) if axes else ()


def _place_stage(items: list[Item], task: Task, axes: tuple[Axis, ...], first: int, ordered: Open) -> int:
    for position in range(first, len(items)):
        item = items[position]
        if isinstance(item, Straight) and not axes:
            item.tasks.append(task)
            return position
        if not isinstance(item, Loop) or len(axes) != len(ordered[next(iter(item.axes))]):
            continue
        if _may_join(task, axes[0], item):
            item.join(task, axes[0])
            return position
    items.append(Loop(axes[0].extent, {task: axes[0]}) if axes else Straight([task]))
    return len(items) - 1
