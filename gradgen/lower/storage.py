"""Where each stored value lives: in a register, in a buffer of the loops it shares with its readers, in memory.

An axis along which a value and all its readers run in one loop needs no room: each turn of the loop
makes and uses one element. Along an axis that is cut into blocks a value needs room for one block.
What is left is an array: small ones on the C stack, others in one arena, in which arrays whose
lives do not overlap share their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gradgen.ir import Extent, Graph, size_of
from gradgen.lower.express import is_number
from gradgen.lower.plan import lowering_of
from gradgen.lower.schedule import Item, Loop, Straight, Tiled
from gradgen.lower.task import Task
from gradgen.nest import Affine, Array
from gradgen.ops.lowering import Routine

__all__ = ["FULL", "TILE", "Path", "Room", "make_rooms", "pack", "paths"]

FULL, TILE, NONE = "full", "tile", "none"
# Arrays of at most this many bytes live on the C stack; a C library may be called with little of it.
STACK_BYTES = 4096
ALIGNMENT = 64

Path = tuple[Loop, ...]


@dataclass(frozen=True)
class Room:
    """What is kept of a value: for each axis all of it, a block of rows, or nothing; and when it is alive."""

    kept: tuple[str, ...]
    extents: tuple[Extent, ...]
    first: int
    last: int
    whole: bool = False
    rows: int = 0

    @property
    def is_register(self) -> bool:
        """Whether a single number is all there is; what is made or read at once lies in memory."""
        return not self.whole and all(keep == NONE for keep in self.kept)

    @property
    def shape(self) -> tuple[Extent, ...]:
        """The shape of the array."""
        pairs = zip(self.kept, self.extents, strict=True)
        return tuple(self._block(extent) if keep == TILE else extent for keep, extent in pairs if keep != NONE)

    def _block(self, extent: Extent) -> int:
        return min(self.rows, extent) if isinstance(extent, int) else self.rows


def paths(items: Sequence[Item]) -> dict[Task, Path]:
    """For each task the loops around its statements, outermost first."""
    found: dict[Task, Path] = {}
    todo: list[tuple[Item, Path]] = [(item, ()) for item in items]
    while todo:
        item, around = todo.pop()
        if isinstance(item, Straight):
            found.update(dict.fromkeys(item.tasks, around))
        else:
            todo.extend((inner, (*around, item)) for inner in item.body)
    return found


def home(task: Task, path: Path) -> Path:
    """The loops around the point where the value is complete: outside every reduced axis."""
    for depth, loop in enumerate(path):
        if loop.axes[task].reduced:
            return path[:depth]
    return path


def make_rooms(graph: Graph, items: Sequence[Item]) -> dict[int, Room]:
    """The room of every stored value."""
    path_of = paths(items)
    moment = {task: at for at, item in enumerate(items) for task in _tasks(item)}
    readers: dict[int, list[Task]] = {}
    for task in path_of:
        for read in task.reads:
            readers.setdefault(read, []).append(task)
    rooms = {}
    for task, path in path_of.items():
        users = readers.get(task.node, [])
        shared = home(task, path)
        for user in users:
            shared = _common(shared, path_of[user])
        type_ = graph[task.node].type
        last = max((moment[user] for user in users), default=moment[task])
        whole = task.whole or any(isinstance(lowering_of(graph, user.node), Routine) for user in users)
        apart = not whole and all(_reads_numbers(task, user) for user in users)
        kept = (FULL,) * type_.ndim if whole or task.scattered else _kept(task, path, shared, apart)
        if all(keep == NONE for keep in kept) and any(user.product for user in (task, *users)):
            kept, whole = (FULL,) * type_.ndim, True  # a single element, which a kernel has in memory
        rows = path[0].rows if path and isinstance(path[0], Tiled) else 0
        rooms[task.node] = Room(kept, type_.shape, moment[task], last, whole, rows)
    return rooms


def _tasks(item: Item) -> Iterable[Task]:
    return item.tasks if isinstance(item, Straight) else item.axes


def _common(left: Path, right: Path) -> Path:
    same = 0
    while same < min(len(left), len(right)) and left[same] is right[same]:
        same += 1
    return left[:same]


def _reads_numbers(task: Task, user: Task) -> bool:
    """Whether a reader names each element that it reads along the axes that are written out."""
    short = [position for position, index in enumerate(task.index) if index in _written_out(task)]
    found = user.reads[task.node]
    return not short or (
        bool(found) and all(len(i) == len(task.index) and all(is_number(i[p]) for p in short) for i in found)
    )


def _written_out(task: Task) -> list[Affine]:
    return [Affine.variable(axis.name) for axis in task.short]


def _kept(task: Task, path: Path, shared: Path, apart: bool) -> tuple[str, ...]:
    """What is kept along each axis; ``apart`` if elements along short axes may have a register each."""
    short = _written_out(task)
    long = iter(_kept_of_loops(task, [index for index in task.index if index not in short], path, shared))
    kept = [None if index in short else next(long) for index in task.index]
    registers = apart and all(keep in (NONE, None) for keep in kept)
    return tuple((NONE if registers else FULL) if keep is None else keep for keep in kept)


def _kept_of_loops(task: Task, indices: Sequence[Affine], path: Path, shared: Path) -> list[str]:
    kept = []
    for index in indices:
        loops = [loop for loop in path if index == Affine.variable(loop.axes[task].name)]
        if any(loop in shared and not isinstance(loop, Tiled) for loop in loops) or not index.terms:
            kept.append(NONE)
        elif any(loop in shared for loop in loops):
            kept.append(TILE)
        else:
            kept.append(FULL)
    return kept


def pack(arrays: Sequence[Array], lives: dict[str, tuple[int, int]]) -> tuple[list[Array], int]:
    """Give small arrays the stack and the others places in the arena; also the arena's fixed size.

    Larger arrays are placed first, each at the lowest offset that no array alive at the same time
    overlaps. Arrays whose size depends on a named dimension follow one after another at call time.
    """
    placed: dict[str, Array] = {}
    taken: list[tuple[int, int, str]] = []
    for array in sorted(arrays, key=lambda array: -(_bytes(array) or 0)):
        size = _bytes(array)
        if size is None:
            placed[array.name] = Array(array.name, array.dtype, array.shape, "arena")
        elif size <= STACK_BYTES:
            placed[array.name] = Array(array.name, array.dtype, array.shape, "stack")
        else:
            start = _lowest(size, [(a, b) for a, b, other in taken if _overlap(lives[other], lives[array.name])])
            taken.append((start, start + size, array.name))
            placed[array.name] = Array(array.name, array.dtype, array.shape, "arena", slot=start)
    return [placed[array.name] for array in arrays], max((end for _, end, _ in taken), default=0)


def _bytes(array: Array) -> int | None:
    size = size_of(array.shape)
    return None if size is None else -(-size * array.dtype.itemsize // ALIGNMENT) * ALIGNMENT


def _overlap(left: tuple[int, int], right: tuple[int, int]) -> bool:
    return left[0] <= right[1] and right[0] <= left[1]


def _lowest(size: int, taken: list[tuple[int, int]]) -> int:
    start = 0
    for low, high in sorted(taken):
        if start + size <= low:
            break
        start = max(start, high)
    return start
