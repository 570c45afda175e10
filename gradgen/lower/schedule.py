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

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gradgen.ir import Extent, Graph, size_of
from gradgen.lower.express import Index
from gradgen.lower.task import Axis, Task
from gradgen.nest import Affine

__all__ = ["ROWS", "Item", "Loop", "Straight", "Tiled", "arrange", "turns"]

# Rows in a block: enough for full vector lanes in every stage, few enough that a block stays in L1.
ROWS = 64
# Blocks have fewer rows where these are wide, so that what is made of a block stays in L2; not too few for the kernels.
BLOCK_BYTES, FEWEST_ROWS = 1 << 18, 16
# Arrays of more elements than this do not stay in the first-level cache; rows of fewer than this fill no vector.
CACHED, NARROWEST = 1 << 12, 8
# A C compiler takes more than linear time over one loop, so a long chain is cut into several.
MOST = 200
# The same for tasks that are written out, point by point; gcc then takes some seconds over it.
MOST_POINTS = 4000
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
    points: int = field(init=False)

    def __post_init__(self) -> None:
        self.members = {task.node: task for task in self.axes}
        self.points = sum(task.size for task in self.axes)

    def join(self, task: Task, axis: Axis) -> None:
        """Take a task in."""
        self.axes[task] = axis
        self.members[task.node] = task
        self.points += task.size
        self.extent = max(self.extent, axis.extent, key=turns)

    @property
    def is_mixed(self) -> bool:
        """Whether some of its tasks do not take part in all its turns."""
        return len({axis.extent for axis in self.axes.values()}) > 1


@dataclass(eq=False)
class Tiled(Loop):
    """A loop over blocks of rows; the stages inside run over the rows of a block."""

    rows: int = ROWS


Item = Straight | Loop

Open = dict[Task, tuple[Axis, ...]]


def arrange(graph: Graph, tasks: Sequence[Task]) -> list[Item]:
    """The schedule of all tasks of a kernel."""
    top = _arrange(graph, {task: task.axes for task in tasks})
    return [_in_blocks(graph, item) if isinstance(item, Loop) else item for item in top]


def _arrange(graph: Graph, open_axes: Open) -> list[Item]:
    items: list[Item] = []
    place: dict[int, int] = {}
    for task, axes in open_axes.items():
        first = max((place[known] for known in (*task.reads, *task.after) if known in place), default=0)
        place[task.node] = _place(graph, items, task, axes, first)
    for item in items:
        if isinstance(item, Loop):
            inner = {task: _inside(task, axis, open_axes[task]) for task, axis in item.axes.items()}
            item.body = _arrange(graph, inner)
    return items


def _inside(task: Task, axis: Axis, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes that are left inside a loop over one of them; a product of matrices takes care of its others."""
    return () if task.product else tuple(other for other in axes if other != axis)


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
    preferred = _choices(graph, task, axes)
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
    if axis.extent != loop.extent or (loop.is_mixed and len(task.axes) > 1) or _is_full(loop, task):
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


def _is_full(loop: Loop, task: Task) -> bool:
    return len(loop.axes) >= MOST or loop.points + task.size > MOST_POINTS


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


def _choices(graph: Graph, task: Task, axes: tuple[Axis, ...]) -> list[Axis]:
    """The axes by which a task may join a loop, the best first: what is too large for the cache is passed by rows."""
    if task.product and task.rows:
        return [task.rows]
    preferred = _by_preference(graph, task, axes)
    node, index = _largest(graph, task)
    shape = graph[node].type.shape
    by_rows = len(axes) > 1 and len(index) > 1 and index[0] == Affine.variable(preferred[0].name)
    wide, size = size_of(shape[1:]), size_of(shape)
    large = (size is None or size > CACHED) and (wide is None or wide >= NARROWEST)
    return preferred[:1] if by_rows and large else preferred


def _largest(graph: Graph, task: Task) -> tuple[int, Index]:
    """The largest array that a task reads or makes, and where it does."""
    indices = [(node, index) for node, found in task.reads.items() for index in found if index]
    return max([*indices, (task.node, task.index)], key=lambda entry: _weight(graph, entry[0]))


def _by_preference(graph: Graph, task: Task, axes: tuple[Axis, ...]) -> list[Axis]:
    """Outermost first: rows of the largest array read, then axes along which memory is not contiguous."""
    _, largest = _largest(graph, task)

    def score(axis: Axis) -> tuple[int, int]:
        variable = Affine.variable(axis.name)
        indices = [index for found in task.reads.values() for index in found]
        contiguous = sum(1 for index in (*indices, task.index) if index and index[-1] == variable)
        is_row = len(largest) > 1 and largest[0] == variable
        return (-1 if is_row else 0, contiguous)

    # A partial result is carried from turn to turn, so the loop of a scan is the innermost.
    return sorted((axis for axis in axes if axis != task.scan or len(axes) == 1), key=score)


def _weight(graph: Graph, identity: int) -> tuple[int, int]:
    shape = graph[identity].type.shape
    return (len(shape), size_of(shape) or 0)


def _in_blocks(graph: Graph, loop: Loop) -> Item:
    """A loop in blocks where flat stages and deeper ones alternate, or where a kernel takes rows.

    A product of matrices that is alone in it is done at once.
    """
    if len(loop.axes) == 1 and next(iter(loop.axes)).product:
        return Straight([replace(task, whole=True) for task in loop.axes])
    kernels = [task for task, axis in loop.axes.items() if task.rows == axis]
    depths = {len(task.axes) > 1 for task in loop.axes}
    if not (kernels or len(depths) == 2):
        return loop
    open_axes: Open = {task: () if task in kernels else task.axes for task in loop.axes}
    tiled = Tiled(loop.extent, loop.axes, rows=_rows_of_block(graph, loop))
    tiled.body = _arrange_stages(graph, open_axes, loop.axes)
    return tiled


def _rows_of_block(graph: Graph, loop: Loop) -> int:
    """As many rows as leave room in the cache for all that is made of them."""
    wide = sum(_width(graph, task, axis) for task, axis in loop.axes.items() if not axis.reduced)
    rows = ROWS
    while rows > FEWEST_ROWS and rows * wide > BLOCK_BYTES:
        rows //= 2
    return rows


def _width(graph: Graph, task: Task, axis: Axis) -> int:
    """How many bytes of a task's result belong to one row."""
    type_ = graph[task.node].type
    own = Affine.variable(axis.name)
    return type_.dtype.itemsize * math.prod(turns(e) for e, i in zip(type_.shape, task.index, strict=True) if i != own)


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
