"""From the schedule to loop nests: opens the loops, writes the statements, starts and finishes sums."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gradgen.ir import ADJOINT, FORWARD, TANGENT, Graph
from gradgen.lower.express import Ranges, Reader, is_inside
from gradgen.lower.lanes import loop_of
from gradgen.lower.memory import Memory
from gradgen.lower.plan import Plan
from gradgen.lower.region import Region, Sums, moved
from gradgen.lower.schedule import Item, Loop, Straight, Tiled, turns
from gradgen.lower.task import Axis, Point, Task
from gradgen.lower.whole import kernel_call, whole_statements
from gradgen.nest import (
    Affine,
    Apply,
    Bounds,
    Comment,
    Constant,
    For,
    Let,
    Local,
    Position,
    Statement,
    Store,
    Variable,
    When,
    Zero,
)

__all__ = ["Nests"]

WIDE = np.dtype(np.float64)
# A loop whose guards change at more points than this keeps them as conditions.
MOST_CUTS = 4
SWEEPS = {
    frozenset({FORWARD}): "forward sweep",
    frozenset({ADJOINT}): "adjoint sweep",
    frozenset({TANGENT}): "tangent sweep",
    frozenset({FORWARD, ADJOINT}): "forward and adjoint sweep, one pass",
    frozenset({FORWARD, TANGENT}): "forward and tangent sweep, one pass",
}


class Nests:
    """Writes the statements of one kernel."""

    def __init__(self, graph: Graph, plan: Plan, memory: Memory) -> None:
        self.graph, self.plan, self.memory = graph, plan, memory
        self.position: dict[str, Affine] = {}
        self.ranges: Ranges = {}
        self.cuts: dict[str, set[int]] = {}
        self.sums: Sums = {}
        self.started: set[Task] = set()
        self.block: tuple[Tiled, Affine, Affine] | None = None
        self.mixed: Loop | None = None
        self.depth = 0

    def write(self, items: Sequence[Item]) -> list[Statement]:
        """The statements of a whole schedule, each sweep announced."""
        statements: list[Statement] = []
        announced = ""
        for item in items:
            tasks = item.tasks if isinstance(item, Straight) else list(item.axes)
            sweeps = frozenset(self.graph[task.node].sweep for task in tasks)
            title = SWEEPS.get(sweeps, "all sweeps, one pass")
            if title != announced:
                statements.append(Comment(title))
            announced = title
            statements += self._item(item)
        return statements

    def _item(self, item: Item) -> list[Statement]:
        if isinstance(item, Straight):
            return self._straight(item.tasks)
        return self._blocks(item) if isinstance(item, Tiled) else self._loop(item)

    def _items(self, items: Sequence[Item]) -> list[Statement]:
        return [statement for item in items for statement in self._item(item)]

    # --- loops -------------------------------------------------------------------------------------

    def _loop(self, loop: Loop) -> list[Statement]:
        starting = [task for task, axis in loop.axes.items() if _carries(task, axis) and task not in self.started]
        before = [statement for task in starting for statement in self._start(task)]
        variable = self.memory.loops[self.depth]
        start, stop = self._bounds(loop)
        self.cuts.pop(variable, None)
        body = self._body(loop, variable, start, stop)
        loops = [loop_of(variable, start, stop, body)]
        points = self._cut_points(variable, start, stop)
        if points and not _holds_loops(body):
            ends = [start, *map(Affine.of, points), stop]
            parts = itertools.pairwise(ends)
            loops = [loop_of(variable, low, high, self._body(loop, variable, low, high)) for low, high in parts]
        return [*before, *loops, *self._finish(starting)]

    def _body(self, loop: Loop, variable: str, start: Affine, stop: Affine) -> list[Statement]:
        whole = self.block is not None and start == self.block[1]
        self.ranges[variable] = (Affine(), Affine.of(loop.extent)) if whole else (start, stop)
        self.position.update({axis.name: Affine.variable(variable) for axis in loop.axes.values()})
        self.depth += 1
        self.mixed = loop if loop.is_mixed else None
        with self.memory.scope():
            body = self._items(loop.body)
        self.mixed = None
        self.depth -= 1
        for axis in loop.axes.values():
            del self.position[axis.name]
        return body

    def _bounds(self, loop: Loop) -> tuple[Affine, Affine]:
        """A stage of a block runs over the block's rows, any other loop over all."""
        if self.block is not None:
            tiled, start, stop = self.block
            task = next(iter(loop.axes))
            if tiled.axes.get(task) == loop.axes[task]:
                return start, stop
        return Affine(), Affine.of(loop.extent)

    def _cut_points(self, variable: str, start: Affine, stop: Affine) -> list[int]:
        low, high = start.constant, stop.constant
        if low is None or high is None:
            return []
        points = sorted(point for point in self.cuts.pop(variable, ()) if low < point < high)
        return points if len(points) <= MOST_CUTS else []

    def _blocks(self, tiled: Tiled) -> list[Statement]:
        starting = [task for task, axis in tiled.axes.items() if _carries(task, axis)]
        before = [statement for task in starting for statement in self._start(task)]
        one_call = len(tiled.axes) == 1 and all(isinstance(item, Straight) for item in tiled.body)
        extent = Affine.of(tiled.extent)
        if one_call or (extent.constant is not None and extent.constant <= tiled.rows):
            return [*before, *self._block(tiled, Affine(), extent), *self._finish(starting)]
        start = Affine.variable("i0")
        stop, lets = start + tiled.rows, list[Statement]()
        if extent.constant is None or extent.constant % tiled.rows:
            index = np.dtype(np.intp)
            ends = (Position(stop, index), Position(extent, index))
            lets = [Let("i1", index, Apply("{0} < {1} ? {0} : {1}", ends, index))]
            stop = Affine.variable("i1")
        body = self._block(tiled, start, stop)
        return [*before, For("i0", Affine(), extent, (*lets, *body), step=tiled.rows), *self._finish(starting)]

    def _block(self, tiled: Tiled, start: Affine, stop: Affine) -> list[Statement]:
        self.block = (tiled, start, stop)
        self.memory.block_start = start
        with self.memory.scope():
            body = self._items(tiled.body)
        self.block = None
        return body

    # --- sums --------------------------------------------------------------------------------------

    def _start(self, task: Task) -> list[Statement]:
        """Make the accumulator: a variable if one number is being summed here, else the array set to neutral."""
        assert task.initial is not None  # it is a reduction
        self.started.add(task)
        waiting = [axis for axis in task.axes if not axis.reduced and axis.name not in self.position]
        if task.scan or not (waiting or task.scattered or task.product):
            return [self._variable(task, point) for point in task.places]
        array = self.memory.array_of(task.node)
        statements: list[Statement] = [Zero(array, task.initial)]
        beside = len(waiting) + sum(not axis.reduced for axis in task.short)
        if len(self.memory.arrays[task.node].shape) > beside and not task.scattered:
            statements = self._initialise(task)
        return statements

    def _variable(self, task: Task, point: Point) -> Variable:
        assert task.initial is not None  # it is a reduction
        name = self.sums[task, tuple(point.values())] = self.memory.local(task.node, point.values())
        dtype = WIDE if _is_widened(task) else task.initial.dtype
        return Variable(name, dtype, Constant(task.initial.value, dtype))

    def _initialise(self, task: Task) -> list[Statement]:
        assert task.initial is not None
        waiting = [axis for axis in task.axes if not axis.reduced and axis.name not in self.position]
        inner = dict(self.position)
        for depth, axis in enumerate(waiting):
            inner[axis.name] = Affine.variable(self.memory.loops[self.depth + depth])
        statements: list[Statement] = []
        for point in task.places:
            array, index = self.memory.element(task.node, moved(task.index, inner | point))
            statements.append(Store(array, index, task.initial.dtype, task.initial))
        for depth in reversed(range(len(waiting))):
            stop = Affine.of(waiting[depth].extent)
            statements = [loop_of(self.memory.loops[self.depth + depth], Affine(), stop, statements)]
        return statements

    def _finish(self, tasks: list[Task]) -> list[Statement]:
        statements: list[Statement] = []
        for task in tasks:
            self.started.discard(task)
            for point in task.places:
                name = self.sums.pop((task, tuple(point.values())), "")
                if name and not task.scan:
                    statements += self._finish_sum(task, point, name)
        return statements

    def _finish_sum(self, task: Task, point: Point, name: str) -> list[Statement]:
        statements: list[Statement] = []
        index, value, dtype = moved(task.index, self.position | point), Local(name), self.graph[task.node].type.dtype
        if _is_widened(task):
            rounded = self.memory.local(task.node, point.values())
            statements.append(Let(rounded, dtype, Apply("({t}){0}", (value,), dtype)))
            value = Local(rounded)
        self.memory.remember(task.node, index, value)
        if self.memory.has_array(task.node):
            array, where = self.memory.element(task.node, index)
            statements.append(Store(array, where, dtype, value))
        return statements

    # --- statements --------------------------------------------------------------------------------

    def _straight(self, tasks: Sequence[Task]) -> list[Statement]:
        statements: list[Statement] = []
        for together in _runs(tasks, self._is_call):
            if not self._is_call(together[0]):
                single = [task for task in together if task.scattered and task not in self.started]
                statements += [statement for task in single for statement in self._start(task)]
                statements += [*self._region(together), *self._finish(single)]
                continue
            for task in together:
                statements += self._call(task)
        return statements

    def _is_call(self, task: Task) -> bool:
        return task.whole or (self.block is not None and task.rows is not None and task.rows == self._row_axis(task))

    def _row_axis(self, task: Task) -> object:
        assert self.block is not None
        return self.block[0].axes.get(task)

    def _call(self, task: Task) -> list[Statement]:
        reader = Reader(self.graph, self.plan, self.memory.load)
        if task.whole:
            return whole_statements(self.graph, self.plan, self.memory, task)
        assert self.block is not None
        _, start, stop = self.block
        return kernel_call(self.graph, reader, self.memory, task, start, stop)

    def _region(self, tasks: Sequence[Task]) -> list[Statement]:
        """Straight-line statements, those of tasks that lack some turns of the loop apart."""
        by_limit: dict[Bounds | None, list[Task]] = {}
        for task in tasks:
            limit = self._limit(task)
            inside = True if limit is None else is_inside(limit, self.ranges)
            if inside is not False:
                by_limit.setdefault(None if inside is True else inside, []).append(task)
        statements: list[Statement] = []
        for limit, together in by_limit.items():
            region = Region(self.graph, self.plan, self.memory, self.ranges)
            written = region.write(together, self.position, self.sums, self.started, self.cuts)
            if limit is not None:
                self.cuts.setdefault(limit.index.terms[0][0], set()).add(turns(limit.extent))
                written = [When((limit,), tuple(written))]
            statements += written
        return statements

    def _limit(self, task: Task) -> Bounds | None:
        """The condition under which a task takes part in a mixed loop's turn, if it does not in all."""
        axis = self.mixed.axes.get(task) if self.mixed is not None else None
        if self.mixed is None or axis is None or axis.extent == self.mixed.extent:
            return None
        return Bounds(self.position[axis.name], axis.extent)


def _is_widened(task: Task) -> bool:
    """Whether a float32 sum is kept in float64 until it is complete: NumPy's, added in pairs, is as accurate."""
    return task.initial is not None and task.initial.dtype == np.float32 and task.openmp == "+" and not task.scan


def _holds_loops(body: Sequence[Statement]) -> bool:
    """Only innermost loops are cut: cuts of loops in loops would multiply, and there a condition costs little."""
    return any(isinstance(statement, For) for statement in body)


def _carries(task: Task, axis: Axis) -> bool:
    """Whether something is carried through the loop over this axis: a sum, a partial result."""
    return axis.reduced or axis == task.scan


def _runs(tasks: Sequence[Task], key: Callable[[Task], bool]) -> Iterator[list[Task]]:
    """Neighbours alike in ``key``."""
    run: list[Task] = []
    for task in tasks:
        if run and key(task) != key(run[-1]):
            yield run
            run = []
        run.append(task)
    if run:
        yield run
