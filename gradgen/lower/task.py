"""A task: one stored value with the loops that compute it, before anything is scheduled.

task = map      out[axes] = expression
     | combine  out[spatial axes] op= expression over the reduced axes
     | whole    everything at once: an assembly of pieces, a call

Short axes may be written out point by point instead of looped over; see `short`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from gradgen.ir import Extent, Graph
from gradgen.lower.express import Index, Reader
from gradgen.lower.gemm import MatrixProduct, matrix_operands
from gradgen.lower.piece import assembled
from gradgen.lower.plan import Plan, lowering_of, read_by
from gradgen.lower.product import is_skinny, product_shape
from gradgen.lower.waiting import waited_for
from gradgen.nest import Affine, Apply, Constant, Expr, Load
from gradgen.ops.lowering import Assembly, Product, Reduction, Routine, Scan, Scatter

__all__ = [
    "Axis",
    "Point",
    "Position",
    "Task",
    "axis_name",
    "element",
    "make_tasks",
    "note_reads",
    "points",
    "positions",
    "target",
]

# Where along some axes.
Point = dict[str, Affine]


class Position(Point):
    """The index along each open axis; one of extent 1 has no loop and is at 0."""

    def __missing__(self, key: str) -> Affine:
        return Affine()


@dataclass(frozen=True, slots=True)
class Axis:
    """A loop that a task needs; ``reduced`` if the result has no such axis."""

    name: str
    extent: Extent
    reduced: bool


@dataclass(eq=False)
class Task:
    """One stored value.

    Attributes
    ----------
    node : int
        The value.
    axes : tuple of Axis
        The loops it needs, outermost first where nothing else decides.
    index : tuple of Affine
        Where its result goes, in the variables of its axes.
    reads : dict
        For each stored value, input or constant array it reads, the indices it reads at.
    combine, initial, openmp
        How a reduction combines; empty for a map.
    scan : Axis or None
        The axis along which every partial result is kept.
    scattered : bool
        Whether elements are combined at positions that are read: see `target`.
    after : tuple of int
        Stored values that must be known before it begins, though it does not read them.
    rows : Axis or None
        For a product that the runtime's kernels can do block by block: the axis of the matrix's rows.
    product : MatrixProduct or None
        That of two matrices; see `by_rows`.
    short : tuple of Axis
        The axes that have no loops: at each of their points there are statements of their own.
    """

    node: int
    axes: tuple[Axis, ...]
    index: Index
    reads: dict[int, list[Index]] = field(default_factory=dict)
    combine: str = ""
    initial: Constant | None = None
    openmp: str = ""
    whole: bool = False
    scan: Axis | None = None
    scattered: bool = False
    rows: Axis | None = None
    product: MatrixProduct | None = None
    after: tuple[int, ...] = ()
    short: tuple[Axis, ...] = ()

    @property
    def places(self) -> list[Point]:
        """The points along the short axes at which there is a result."""
        return points([axis for axis in self.short if not axis.reduced])

    @property
    def terms(self) -> list[Point]:
        """The points along the short axes that are combined in each result."""
        return points([axis for axis in self.short if axis.reduced])

    @property
    def size(self) -> int:
        """How many points there are along the short axes."""
        return prod(axis.extent for axis in self.short if isinstance(axis.extent, int))

    @property
    def is_reduction(self) -> bool:
        """Whether it combines along some axis."""
        return bool(self.combine)


def make_tasks(graph: Graph, plan: Plan) -> list[Task]:
    """The tasks of all stored values, in topological order."""
    tasks = [_make_task(graph, plan, identity) for identity in plan.live if identity in plan.stored]
    waits = waited_for(graph, plan)
    for task in tasks:
        task.after = waits[task.node]
    return tasks


def points(axes: Sequence[Axis]) -> list[Point]:
    """All points along some short axes, the last axis fastest; without axes there is one."""
    ranges = [range(axis.extent) for axis in axes if isinstance(axis.extent, int)]
    names = [axis.name for axis in axes]
    return [dict(zip(names, (Affine((), k) for k in numbers), strict=True)) for numbers in itertools.product(*ranges)]


def element(graph: Graph, reader: Reader, identity: int, position: dict[str, Affine]) -> Expr:
    """What is stored, or combined, at one point of a task's loops; ``position`` maps axis names to indices."""
    node, lowering = graph[identity], lowering_of(graph, identity)
    if isinstance(lowering, Reduction | Scan | Scatter):
        ndim = graph[node.operands[0]].type.ndim
        return reader.at(node.operands[0], tuple(position[axis_name(identity, a)] for a in range(ndim)))
    if isinstance(lowering, Product):
        operands = []
        for operand, labels in zip(node.operands, (node["x_labels"], node["y_labels"]), strict=True):
            operands.append(reader.at(operand, tuple(position[f"{identity}{label}"] for label in labels)))
        return Apply("{0} * {1}", tuple(operands), node.type.dtype)
    index = tuple(position[axis_name(identity, a)] for a in range(node.type.ndim))
    if isinstance(lowering, Assembly):
        return assembled(graph, reader, identity, index)
    return reader.define(identity, index)


def target(graph: Graph, reader: Reader, task: Task, position: dict[str, Affine]) -> Index:
    """Where in the result an element goes at one point of the task's loops."""
    if not task.scattered:
        return tuple(position[i.terms[0][0]] if i.terms else i for i in task.index)
    node = graph[task.node]
    index = tuple(position[axis_name(task.node, a)] for a in range(graph[node.operands[1]].type.ndim))
    return (reader.position_in(node.operands[1], index, node.type.shape[0]),)


def axis_name(identity: int, number: int) -> str:
    """What the axis of this number of a value is called."""
    return f"{identity}.{number}"


def positions(axes: tuple[Axis, ...]) -> dict[str, Affine]:
    """Each axis at its own variable; an axis of extent 1 is at 0 and needs no loop."""
    return {axis.name: Affine() if axis.extent == 1 else Affine.variable(axis.name) for axis in axes}


def _make_task(graph: Graph, plan: Plan, identity: int) -> Task:
    node, lowering = graph[identity], lowering_of(graph, identity)
    if isinstance(lowering, Assembly | Routine) or (isinstance(lowering, Product) and _is_call(graph, identity)):
        task = Task(identity, (), (), whole=True)
        read = lowering.read(node) if isinstance(lowering, Routine) else range(len(node.operands))
        task.reads = {operand: [] for operand in _memory(graph, plan, tuple(node.operands[k] for k in read))}
        return task
    if isinstance(lowering, Reduction):
        shape = graph[node.operands[0]].type.shape
        axes = tuple(Axis(axis_name(identity, a), extent, a in node["axes"]) for a, extent in enumerate(shape))
        task = Task(identity, axes, (), combine=lowering.combine, openmp=lowering.openmp)
        task.initial = Constant(_initial(lowering.initial, node.type.dtype), node.type.dtype)
    elif isinstance(lowering, Scatter):
        shape = graph[node.operands[0]].type.shape
        axes = tuple(Axis(axis_name(identity, a), extent, True) for a, extent in enumerate(shape))
        task = Task(identity, axes, (), combine="{0} + {1}", initial=Constant(0, node.type.dtype), scattered=True)
    elif isinstance(lowering, Scan):
        axes = tuple(Axis(axis_name(identity, a), extent, False) for a, extent in enumerate(node.type.shape))
        initial = Constant(_initial(lowering.initial, node.type.dtype), node.type.dtype)
        task = Task(identity, axes, (), combine=lowering.combine, initial=initial, scan=axes[node["axis"]])
    elif isinstance(lowering, Product):
        task = Task(identity, _product_axes(graph, identity), (), combine="{0} + {1}", openmp="+")
        task.initial = Constant(0, node.type.dtype)
        if not any(axis.reduced for axis in task.axes):
            task.combine, task.initial, task.openmp = "", None, ""
    else:
        task = Task(identity, tuple(Axis(axis_name(identity, a), e, False) for a, e in enumerate(node.type.shape)), ())
    where = positions(task.axes)
    task.index = tuple(where[axis.name] for axis in _result_axes(graph, task))
    task.axes = tuple(axis for axis in task.axes if axis.extent != 1)
    note_reads(graph, plan, task)
    return task


def _initial(initial: float, dtype: np.dtype) -> float | int | bool:
    """The neutral element; integers have no infinity but their own bounds."""
    if dtype.kind == "i" and np.isinf(initial):
        return int(np.iinfo(dtype).max if initial > 0 else np.iinfo(dtype).min)
    return bool(initial) if dtype.kind == "b" else initial


def _result_axes(graph: Graph, task: Task) -> list[Axis]:
    kept = [axis for axis in task.axes if not axis.reduced]
    if isinstance(lowering_of(graph, task.node), Product):
        order = graph[task.node]["labels"]
        kept.sort(key=lambda axis: order.index(axis.name[-1]))
    return kept


def _product_axes(graph: Graph, identity: int) -> tuple[Axis, ...]:
    node = graph[identity]
    extents: dict[str, Extent] = {}
    for operand, labels in zip(node.operands, (node["x_labels"], node["y_labels"]), strict=True):
        extents.update(zip(labels, graph[operand].type.shape, strict=True))
    order = node["labels"] + "".join(label for label in extents if label not in node["labels"])
    return tuple(Axis(f"{identity}{label}", extents[label], label not in node["labels"]) for label in order)


def note_reads(graph: Graph, plan: Plan, task: Task) -> None:
    """Find what a task reads, and where, in the variables of its loops."""

    def reference(identity: int, index: Index) -> Load:
        if index not in task.reads.setdefault(identity, []):
            task.reads[identity].append(index)
        return Load(str(identity), index)

    reader = Reader(graph, plan, reference)
    where = positions(task.axes)
    for point in points(task.short):
        expression = element(graph, reader, task.node, Position(where | point))
    if task.scattered:
        target(graph, reader, task, Position(where))
    if isinstance(lowering_of(graph, task.node), Product) and isinstance(expression, Apply) and not task.short:
        task.rows = _rows(graph, task, expression)


def _rows(graph: Graph, task: Task, product: Apply) -> Axis | None:
    """The axis of the rows, if both operands of a matrix-vector product lie in memory as they are."""
    shape = product_shape(graph, task.node)
    if not shape.is_matrix_vector or graph[task.node].type.dtype.kind != "f":
        return None
    by_node = dict(zip(graph[task.node].operands, product.operands, strict=True))
    matrix, vector = by_node[shape.matrix], by_node[shape.vector]
    if not isinstance(matrix, Load) or not isinstance(vector, Load):
        return None
    if len(matrix.index) != 2 or len(vector.index) != 1:
        return None
    variables = {Affine.variable(axis.name): axis for axis in task.axes if axis.extent != 1}
    if matrix.index[0] == matrix.index[1] or not all(index in variables for index in (*matrix.index, *vector.index)):
        return None
    return variables[matrix.index[0]]  # type: ignore[index]  # the line above: it is one of the variables


def _is_call(graph: Graph, identity: int) -> bool:
    return matrix_operands(graph, identity) is not None and not is_skinny(graph, identity)


def _memory(graph: Graph, plan: Plan, operands: tuple[int, ...]) -> list[int]:
    """The stored values and leaves that some operands read, views and inlined expressions looked through."""
    found: dict[int, None] = {}
    todo = list(operands)
    while todo:
        identity = todo.pop()
        if identity in plan.stored or not graph[identity].operands:
            found[identity] = None
        else:
            todo.extend(read_by(graph, identity))
    return list(found)
