"""How values are called and read in the statements being written: arrays, registers, scopes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gradgen.errors import GradgenError
from gradgen.ir import Dim, Extent, Graph
from gradgen.lower.express import Index
from gradgen.lower.names import NOUNS, Namer
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.storage import FULL, NONE, TILE, Room, pack
from gradgen.nest import Affine, Array, Expr, Load, Local
from gradgen.ops.lowering import Reshaping, Routine, View
from gradgen.source import Source

__all__ = ["Memory", "dimensions"]


class Memory:
    """The arrays of a kernel and the registers in scope.

    Parameters
    ----------
    graph, plan
        What is computed, and which values are stored.
    rooms : dict of int to Room
        What is kept of each stored value.
    """

    def __init__(self, graph: Graph, plan: Plan, rooms: dict[int, Room]) -> None:
        self.graph, self.rooms = graph, rooms
        self.namer = Namer(dimensions(graph))
        self.loops = self.namer.loops
        self.registers: list[dict[tuple[int, Index], Expr]] = [{}]
        self.block_start = Affine()
        self.arrays: dict[int, Array] = {}
        self.sites: list[str] = []
        for number, identity in enumerate(graph.inputs):
            self._add(identity, graph.names.get(identity, f"x{number}"), "input")
        for identity in graph.outputs:
            self._add(identity, graph.names.get(identity, "out"), "output")
        for identity in plan.live:
            if graph[identity].op.name == "constant" and graph[identity].type.shape:
                self._add(identity, graph.names.get(identity, "table"), "data", graph[identity]["data"])
        self.work_size = self._place()

    def _add(self, identity: int, name: str, storage: str, data: bytes = b"") -> None:
        type_ = self.graph[identity].type
        self.arrays[identity] = Array(self.namer.fresh(name), type_.dtype, type_.shape, storage, data)

    def _place(self) -> int:
        """Make the arrays that the kernel works in; the arena's fixed size in bytes."""
        nodes = [node for node, room in self.rooms.items() if not room.is_register and node not in self.arrays]
        arrays, lives = [], {}
        for node in nodes:
            array = Array(
                self.namer.fresh(self._hint(node)), self.graph[node].type.dtype, self.rooms[node].shape, "arena"
            )
            arrays.append(array)
            lives[array.name] = (self.rooms[node].first, self.rooms[node].last)
        for node in list(self.rooms):
            shape = self._scratch(node)
            if shape:
                nodes.append(~node)
                arrays.append(Array(self.namer.fresh("scratch"), self.graph[node].type.dtype, shape, "arena"))
                lives[arrays[-1].name] = (self.rooms[node].first, self.rooms[node].first)
        placed, size = pack(arrays, lives)
        self.arrays.update(zip(nodes, placed, strict=True))
        return size

    def _scratch(self, identity: int) -> tuple[Extent, ...]:
        """The shape of what the runtime's function that makes this value works in; kept under ``~identity``."""
        node, lowering = self.graph[identity], lowering_of(self.graph, identity)
        if not isinstance(lowering, Routine) or lowering.work is None:
            return ()
        return lowering.work(*lowering.numbers(node, self.graph.types(node.operands)))

    def site(self, source: Source) -> int:
        """The number of a call that may fail at this line of the user."""
        self.sites.append(str(source))
        return len(self.sites) - 1

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A block of C: what is named inside is unknown outside."""
        self.namer.open()
        self.registers.append({})
        yield
        self.registers.pop()
        self.namer.close()

    def local(self, identity: int, point: Iterable[Affine] = ()) -> str:
        """A new local name for a value, or for its element at a point; that of its array stands for the array."""
        hint = self._noun(identity) if identity in self.arrays else self._hint(identity)
        numbers = [str(index) for index in point]
        if numbers and (hint[-1].isdigit() or any(len(number) > 1 for number in numbers)):
            numbers = ["", *numbers]
        return self.namer.fresh(hint + ("_" if "" in numbers else "").join(numbers))

    def _hint(self, identity: int) -> str:
        return self.graph.names.get(identity) or self._noun(identity)

    def _noun(self, identity: int) -> str:
        while isinstance(lowering_of(self.graph, identity), View | Reshaping):
            identity = self.graph[identity].operands[0]
        op = self.graph[identity].op.name
        return NOUNS.get(op, op)

    def remember(self, identity: int, index: Index, value: Expr) -> None:
        """From here on in this scope, the value at this index is at hand."""
        self.registers[-1][identity, index] = value

    def has_array(self, identity: int) -> bool:
        """Whether the value is (also) kept in an array."""
        return identity in self.arrays

    def array_of(self, identity: int) -> str:
        """The name of its array; a reshape is its operand's."""
        while identity not in self.arrays and isinstance(lowering_of(self.graph, identity), Reshaping):
            identity = self.graph[identity].operands[0]
        return self.arrays[identity].name

    def reference(self, identity: int, index: Index) -> Expr:
        """How a value is read at an index: its register if there is one, else its array."""
        for registers in reversed(self.registers):
            if (identity, index) in registers:
                return registers[identity, index]
        return self.load(identity, index)

    def load(self, identity: int, index: Index) -> Expr:
        """How a value is read from its array, also where a register holds it."""
        if identity not in self.arrays:
            raise GradgenError(f"node {identity} ({self.graph[identity].op.name}) is read where it is not at hand")
        array = self.arrays[identity]
        if array.storage == "input" and not array.shape:
            return Local(array.name)
        return Load(*self.element(identity, index))

    def element(self, identity: int, index: Index) -> tuple[str, Index]:
        """The array of a value and where in it the element at an index lies."""
        array, room = self.arrays[identity], self.rooms.get(identity)
        if room is None or array.storage == "output" or all(keep == FULL for keep in room.kept):
            return array.name, index
        if len(index) < len(room.kept):  # a position in memory; axes of extent 1 do not change it
            return array.name, index
        moved = [
            i - self.block_start if keep == TILE else i
            for i, keep in zip(index, room.kept, strict=True)
            if keep != NONE
        ]
        return array.name, tuple(moved)


def dimensions(graph: Graph) -> tuple[str, ...]:
    """The named dimensions, in the order in which the arguments mention them."""
    extents = [extent for type_ in graph.types(graph.inputs) for extent in type_.shape]
    return tuple(dict.fromkeys(extent.name for extent in extents if isinstance(extent, Dim)))
