"""Straight-line statements for tasks whose loops are all open, common subexpressions named once."""

from __future__ import annotations

from collections.abc import Sequence

from gradgen.ir import FORWARD, Graph, constant_array
from gradgen.lower.express import Index, Key, Ranges, Reader, is_number, within
from gradgen.lower.memory import Memory
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.task import Point, Position, Task, element, points, target
from gradgen.nest import Affine, Apply, Assign, Bounds, Constant, Expr, Guarded, Let, Local, Statement, Store
from gradgen.ops.lowering import Expression

__all__ = ["Region", "Sums", "moved"]

# The variable of each sum, or name of each value, by its task and its point along the short axes.
Sums = dict[tuple[Task, tuple[Affine, ...]], str]

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
        position: Point,
        sums: Sums,
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
            The accumulator variables of each reduction that has some; others combine into their array.
        started : set of Task
            The reductions whose accumulators wait; one without any has a single element and is a map.
        cuts : dict
            Is told where guards change, for each loop variable.
        """
        where = Position(position)
        names = self._name_results(tasks, started, position)
        for task in tasks:
            if task.scan and (task, ()) in sums:
                self.memory.remember(task.node, moved(task.index, position), Local(sums[task, ()]))
        counter = Reader(self.graph, self.plan, self.reference, self.ranges)
        for task in tasks:
            for point in points(task.short):
                element(self.graph, counter, task.node, Position(where | point))
            target(self.graph, counter, task, Position(where | task.places[0]))
        for variable, changes in counter.cuts.items():
            cuts.setdefault(variable, set()).update(changes)
        reader = _Naming(self, counter.requests)
        for task in tasks:
            reader.written_out = bool(task.short)
            for point in task.places:
                here = Position(where | point)
                value = self._combined(reader, task, here)
                place = target(self.graph, reader, task, here)
                key = (task, tuple(point.values()))
                self._finish(task, value, place, sums.get(key, ""), started, names.get(key, ""))
        return self.statements

    def _combined(self, reader: _Naming, task: Task, position: Position) -> Expr:
        """The element here; where short axes are reduced, the elements along them, combined: sums in pairs.

        The largest of some is taken of one of them and the largest of the others, in this order: `gg_maximum` asks
        whether its first operand is NaN, and when that is another one gcc finds no lanes for what it makes of it.
        """
        values = [element(self.graph, reader, task.node, Position(position | term)) for term in task.terms]
        while len(values) > 1:
            first = len(values) - 2 if task.combine.startswith("gg_") else 0
            pairs = zip(values[first::2], values[first + 1 :: 2], strict=False)
            odd = values[len(values) :] if len(values) % 2 == 0 or first else values[-1:]
            values = [*values[:first], *(self._pair(reader, task, pair) for pair in pairs), *odd]
        return values[0]

    def _pair(self, reader: _Naming, task: Task, pair: tuple[Expr, Expr]) -> Expr:
        dtype = self.graph[task.node].type.dtype
        value = Apply(task.combine, pair, dtype)
        if not reader.is_long(value):
            return value
        name = self.memory.local(task.node)
        self.statements.append(Let(name, dtype, value))
        return Local(name)

    def _name_results(self, tasks: Sequence[Task], started: set[Task], position: Point) -> Sums:
        """Maps that are read in registers get their names before anything refers to them."""
        read = {node for task in tasks for node in task.reads}
        names: Sums = {}
        for task in tasks:
            if task not in started and (task.node in read or not self.memory.has_array(task.node)):
                for point in task.places:
                    name = names[task, tuple(point.values())] = self.memory.local(task.node, point.values())
                    self.memory.remember(task.node, moved(task.index, position | point), Local(name))
        return names

    def _finish(self, task: Task, value: Expr, place: Index, total: str, started: set[Task], name: str) -> None:
        """Add a value to a sum, or give it a name, or store it; or two of these."""
        dtype, comment = self.graph[task.node].type.dtype, self.comment(task.node)
        if task.scan and total:
            self.statements.append(Assign(total, dtype, value, task.combine, comment, carried=True))
            value, comment = Local(total), ""
        elif total:
            self.statements.append(Assign(total, dtype, value, task.combine, comment))
            return
        if name and isinstance(value, Constant | Local):
            self.memory.remember(task.node, place, value)
        elif name:
            self.statements.append(Let(name, dtype, value, comment))
            value, comment = Local(name), ""
        if self.memory.has_array(task.node):
            array, index = self.memory.element(task.node, place)
            combine = task.combine if task in started and not task.scan else ""
            self.statements.append(Store(array, index, dtype, value, combine, comment))

    def reference(self, identity: int, index: Index) -> Expr:
        """How a value is read at an index; an element of a table that is known here, as a number."""
        node = self.graph[identity]
        if node.op.name == "constant" and all(map(is_number, index)):
            table = constant_array(node).reshape(-1) if len(index) == 1 else constant_array(node)
            return Constant(table[tuple(i.offset for i in index)].item(), node.type.dtype)
        return self.memory.reference(identity, index)

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
        super().__init__(region.graph, region.plan, region.reference, region.ranges)
        self.region, self.wanted = region, requests
        self.sizes: dict[int, int] = {}
        self.written_out = False

    def at(self, identity: int, index: Index, bounds: tuple[Bounds, ...] = ()) -> Expr:
        index = within(index, self.graph[identity].type.shape)
        key = (identity, index, bounds)
        value = super().at(identity, index, bounds)
        if identity in self.plan.stored or key in self.shared:
            return value
        if not isinstance(lowering_of(self.graph, identity), Expression):
            return value
        named = (identity in self.graph.names and not bounds) or self.is_long(value)
        if (self.wanted.get(key, 0) < 2 and not named) or not isinstance(value, Apply):
            return value
        dtype = self.graph[identity].type.dtype
        kept = Guarded(bounds, value, dtype) if bounds else value
        name = self.region.memory.local(identity, self._point(identity, index))
        self.region.statements.append(Let(name, dtype, kept, self.region.comment(identity)))
        self.shared[key] = Local(name)
        return self.shared[key]

    def _point(self, identity: int, index: Index) -> list[Affine]:
        """Which element it is along the axes that are written out."""
        extents = self.graph[identity].type.shape if self.written_out else ()
        return [i for i, extent in zip(index, extents, strict=False) if extent != 1 and is_number(i)]

    def is_long(self, value: Expr) -> bool:
        """Whether a line of C has had enough; expressions live as long as this reader, so identity tells them apart."""
        operands = value.operands if isinstance(value, Apply) else ()
        self.sizes[id(value)] = size = 1 + sum(self.sizes.get(id(operand), 1) for operand in operands)
        return size > LONGEST


def moved(index: Index, position: Point) -> Index:
    """A task's own index in the variables of the loops that are open."""
    return tuple(position[i.terms[0][0]] if i.terms else i for i in index)
