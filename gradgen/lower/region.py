"""Straight-line statements for tasks whose loops are all open, common subexpressions named once."""

from __future__ import annotations

from collections.abc import Sequence

from gradgen.ir import FORWARD, Graph
from gradgen.lower.express import Index, Key, Ranges, Reader, within
from gradgen.lower.memory import Memory
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.task import Task, element, target
from gradgen.nest import Affine, Apply, Assign, Bounds, Expr, Guarded, Let, Local, Statement, Store
from gradgen.ops.lowering import Expression

__all__ = ["Region", "moved"]

# An expression of more operations and operands than this is given a name of its own.
LONGEST = 11


class Region:
    """Writes the statements of one region; see `write`."""

    def __init__(self, graph: Graph, plan: Plan, memory: Memory, ranges: Ranges) -> None:
        self.graph, self.plan, self.memory, self.ranges = graph, plan, memory, ranges
        self.statements: list[Statement] = []
        self.shown: set[object] = set()

    def write(
        self,
        tasks: Sequence[Task],
        position: dict[str, Affine],
        sums: dict[Task, str],
        started: set[Task],
        cuts: dict[str, set[int]],
    ) -> list[Statement]:
        """The statements of the tasks, in order.

        Parameters
        ----------
        tasks : sequence of Task
            Maps, and reductions of which one element is combined here.
        position : dict
            The index of each open axis.
        sums : dict
            The accumulator variable of each reduction that has one; others combine into their array.
        started : set of Task
            The reductions whose accumulators wait; one without any has a single element and is a map.
        cuts : dict
            Is told where guards change, for each loop variable.
        """
        where = _AtZero(position)
        names = self._name_results(tasks, started, position)
        for task in tasks:
            if task.scan and task in sums:
                self.memory.remember(task.node, moved(task.index, position), Local(sums[task]))
        counter = Reader(self.graph, self.plan, self.memory.reference, self.ranges)
        for task in tasks:
            element(self.graph, counter, task.node, where)
            target(self.graph, counter, task, where)
        for variable, points in counter.cuts.items():
            cuts.setdefault(variable, set()).update(points)
        reader = _Naming(self, counter.requests)
        for task in tasks:
            value = element(self.graph, reader, task.node, where)
            place = target(self.graph, reader, task, where)
            self._finish(task, value, place, sums, started, names)
        return self.statements

    def _name_results(self, tasks: Sequence[Task], started: set[Task], position: dict[str, Affine]) -> dict[Task, str]:
        """Maps that are read in registers get their names before anything refers to them."""
        read = {node for task in tasks for node in task.reads}
        names = {}
        for task in tasks:
            if task not in started and (task.node in read or not self.memory.has_array(task.node)):
                names[task] = self.memory.local(task.node)
                self.memory.remember(task.node, moved(task.index, position), Local(names[task]))
        return names

    def _finish(
        self,
        task: Task,
        value: Expr,
        place: Index,
        sums: dict[Task, str],
        started: set[Task],
        names: dict[Task, str],
    ) -> None:
        dtype, comment = self.graph[task.node].type.dtype, self.comment(task.node)
        if task.scan and task in sums:
            partial = Local(sums[task])
            self.statements.append(Assign(sums[task], dtype, value, task.combine, comment, carried=True))
            value, comment = partial, ""
        elif task in sums:
            self.statements.append(Assign(sums[task], dtype, value, task.combine, comment))
            return
        if task in names:
            self.statements.append(Let(names[task], dtype, value, comment))
            value, comment = Local(names[task]), ""
        if self.memory.has_array(task.node):
            array, index = self.memory.element(task.node, place)
            combine = task.combine if task in started and not task.scan else ""
            self.statements.append(Store(array, index, dtype, value, combine, comment))

    def comment(self, identity: int) -> str:
        """The user's statement, once in a region, beside what the forward sweep makes of it."""
        node = self.graph[identity]
        if node.sweep != FORWARD or node.source in self.shown:
            return ""
        self.shown.add(node.source)
        return node.source.text


class _Naming(Reader):
    """A reader that gives a local name to what is asked for more than once, and to what the user named."""

    def __init__(self, region: Region, requests: dict[Key, int]) -> None:
        super().__init__(region.graph, region.plan, region.memory.reference, region.ranges)
        self.region, self.wanted = region, requests
        self.sizes: dict[int, int] = {}

    def at(self, identity: int, index: Index, bounds: tuple[Bounds, ...] = ()) -> Expr:
        index = within(index, self.graph[identity].type.shape)
        key = (identity, index, bounds)
        value = super().at(identity, index, bounds)
        if identity in self.plan.stored or key in self.shared:
            return value
        if not isinstance(lowering_of(self.graph, identity), Expression):
            return value
        named = (identity in self.graph.names and not bounds) or self._is_long(value)
        if (self.wanted.get(key, 0) < 2 and not named) or not isinstance(value, Apply):
            return value
        dtype = self.graph[identity].type.dtype
        kept = Guarded(bounds, value, dtype) if bounds else value
        name = self.region.memory.local(identity)
        self.region.statements.append(Let(name, dtype, kept, self.region.comment(identity)))
        self.shared[key] = Local(name)
        return self.shared[key]

    def _is_long(self, value: Expr) -> bool:
        """Whether a line of C has had enough; expressions live as long as this reader, so identity tells them apart."""
        operands = value.operands if isinstance(value, Apply) else ()
        self.sizes[id(value)] = size = 1 + sum(self.sizes.get(id(operand), 1) for operand in operands)
        return size > LONGEST


def moved(index: Index, position: dict[str, Affine]) -> Index:
    """A task's own index in the variables of the loops that are open."""
    return tuple(position[i.terms[0][0]] if i.terms else i for i in index)


class _AtZero(dict[str, Affine]):
    """The open axes; one of extent 1 has no loop and is at 0."""

    def __missing__(self, key: str) -> Affine:
        return Affine()
