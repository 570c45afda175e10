"""Which lines of the C compute which value.

The graph is lowered a second time with names that tell whose they are. Both kernels have the same statements in the
same order, so the owner of a statement of the one is that of the same statement, and its lines, of the other.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gradgen.c.expression import Printer
from gradgen.c.statement import statements
from gradgen.ir import Graph
from gradgen.lower import lower
from gradgen.lower.memory import Memory
from gradgen.lower.plan import Plan
from gradgen.lower.schedule import Item
from gradgen.lower.storage import make_rooms
from gradgen.nest import Affine, Assign, Call, For, Kernel, Let, Load, Part, Statement, Store, Variable, When, Zero
from gradgen.picture.boxes import Box

__all__ = ["Code", "Owned", "read_code"]

# Between a name and its owner: no C name has it, and it sorts before all that may follow.
MARK = "\0"


class _Marked(Memory):
    """Names that tell whose they are."""

    def __init__(self, graph: Graph, plan: Plan, items: Sequence[Item]) -> None:
        super().__init__(graph, plan, make_rooms(graph, items))
        self.plan, self.items = plan, items

    def local(self, identity: int, point: Iterable[Affine] = ()) -> str:
        return f"{super().local(identity, point)}{MARK}{identity}"


@dataclass(frozen=True)
class Owned:
    """A statement: the values it makes, the lines it has, from 0, the last not included, and what is inside."""

    owners: frozenset[int]
    start: int
    stop: int
    inner: tuple[Owned, ...] = ()


@dataclass(frozen=True)
class Code:
    """The C with the owners of its statements.

    Attributes
    ----------
    source : str
        The C.
    memory : Memory
        With the graph as it was lowered, and where each value is kept.
    plan : Plan
        Which values are stored.
    items : sequence of Item
        The schedule.
    top : tuple of Owned
        The statements of the outermost level.
    """

    source: str
    memory: Memory
    plan: Plan
    items: Sequence[Item]
    top: tuple[Owned, ...]

    @functools.cached_property
    def lines(self) -> dict[int, list[tuple[int, int]]]:
        """The lines that make each value, as pairs of the first and the one after the last."""
        found: dict[int, list[tuple[int, int]]] = {}
        for owned in _every(self.top):
            for owner in owned.owners if not owned.inner else ():
                found.setdefault(owner, []).append((owned.start, owned.stop))
        return found

    def lines_of_boxes(self, root: Box) -> dict[Box, list[tuple[int, int]]]:
        """For each box the lines of all statements that only make values of it; of loops with their heads.

        What is not stored may be computed again in the loops of others, and then its lines are theirs.
        """
        stored = self.plan.stored
        around: dict[Box, tuple[Box, ...]] = {root: ()}
        for box in root.every_box():
            around.update({inner: (*around[box], inner) for inner in box.inner})
        homes = {value: around[box] for box in around for value in box.values}
        found: dict[Box, list[tuple[int, int]]] = {box: [] for box in around}
        todo = [(owned, owned.owners & stored or owned.owners, 0) for owned in self.top]
        while todo:
            owned, owners, known = todo.pop()
            shared = _common([homes[owner] for owner in owners])
            for box in shared[known:]:
                found[box].append((owned.start, owned.stop))
            todo.extend((inner, inner.owners & stored, max(known, len(shared))) for inner in owned.inner)
        return {box: _joined(ranges) for box, ranges in found.items()}


def _common(paths: Sequence[tuple[Box, ...]]) -> tuple[Box, ...]:
    """What several paths begin with."""
    same = itertools.takewhile(lambda boxes: len(set(map(id, boxes))) == 1, zip(*paths, strict=False))
    return tuple(boxes[0] for boxes in same)


def read_code(graph: Graph, kernel: Kernel, source: str) -> Code:
    """The owners of the statements of a kernel.

    Parameters
    ----------
    graph : Graph
        The optimised graph.
    kernel : Kernel
        What it was lowered to.
    source : str
        The C of the kernel, alone or among others.
    """
    memories: list[_Marked] = []

    def remember(graph: Graph, plan: Plan, items: Sequence[Item]) -> Memory:
        memories.append(_Marked(graph, plan, items))
        return memories[0]

    marked = lower(graph, remember)
    memory = memories[0]
    reader = _Reader(memory, {array.name: identity for identity, array in memory.arrays.items()}, kernel)
    lines = source.splitlines()
    found: list[Owned] = []
    start = 0
    for piece, other in zip(_pieces(kernel), _pieces(marked), strict=True):
        text = list(statements(piece.body, reader.printer))
        start = _find(lines, text, start)
        found += reader.read(piece.body, other.body, start, 1)
        start += len(text)
    return Code(source, memory, memory.plan, memory.items, tuple(found))


def _pieces(kernel: Kernel) -> list[Kernel | Part]:
    return [*kernel.parts, kernel]


def _find(lines: list[str], wanted: list[str], start: int) -> int:
    """Where a run of lines stands."""
    starts = (at for at in range(start, len(lines)) if lines[at] == wanted[0]) if wanted else iter((start,))
    return next(at for at in starts if lines[at : at + len(wanted)] == wanted)


class _Reader:
    """Walks through both kernels at once."""

    def __init__(self, memory: Memory, arrays: dict[str, int], kernel: Kernel) -> None:
        self.memory, self.arrays = memory, arrays
        self.printer = Printer({array.name: array for array in kernel.arrays})
        self.parts = {part.name for part in kernel.parts}

    def read(self, body: Sequence[Statement], marked: Sequence[Statement], at: int, depth: int) -> Iterator[Owned]:
        for statement, other in zip(body, marked, strict=True):
            length = len(list(statements((statement,), self.printer, depth)))
            if isinstance(statement, For | When) and isinstance(other, For | When):
                within = len(list(statements(statement.body, self.printer, depth + 1)))
                inner = tuple(self.read(statement.body, other.body, at + length - within - 1, depth + 1))
                yield Owned(frozenset().union(*(owned.owners for owned in inner)), at, at + length, inner)
            else:
                yield Owned(frozenset(self._owners(other)), at, at + length)
            at += length

    def _owners(self, statement: Statement) -> Iterator[int]:
        if isinstance(statement, Let | Variable | Assign):
            owner = statement.name.partition(MARK)[2]
            if owner:
                yield int(owner)
        elif isinstance(statement, Store | Zero) and statement.array in self.arrays:
            yield self._value(statement.array)
        elif isinstance(statement, Call) and statement.function not in self.parts:
            loads = (argument for argument in statement.arguments if isinstance(argument, Load))
            owners = [self._value(load.array) for load in loads if load.array in self.arrays]
            if owners:
                yield max(owners)  # the result comes after the operands

    def _value(self, array: str) -> int:
        identity = self.arrays[array]
        return identity if identity >= 0 else ~identity  # the scratch of a value


def _every(top: Sequence[Owned]) -> Iterator[Owned]:
    todo = list(reversed(top))
    while todo:
        owned = todo.pop()
        yield owned
        todo.extend(reversed(owned.inner))


def _joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring ranges as one."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined
