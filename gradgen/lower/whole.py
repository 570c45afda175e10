"""Tasks that are done all at once: assemblies piece by piece, and calls of product kernels."""

from __future__ import annotations

from collections.abc import Sequence

from gradgen.errors import GradgenError
from gradgen.ir import FORWARD, Dim, Extent, Graph, size_of
from gradgen.lower.express import Reader, flat_index
from gradgen.lower.gemm import MatrixProduct, call, matrix_operands, own_call, suffix
from gradgen.lower.lanes import loop_of
from gradgen.lower.memory import Memory
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.task import Axis, Task, element
from gradgen.nest import Affine, Apply, Call, Constant, Load, Statement, Store, Zero
from gradgen.ops.lowering import Assembly, Routine

__all__ = ["kernel_call", "whole_statements"]

# What a runtime function's name ends with, by the dtype it is for.
SUFFIXES = {"f8": "", "f4": "f", "i8": "_i64", "i4": "_i32", "b1": "_b"}


def whole_statements(graph: Graph, plan: Plan, memory: Memory, task: Task) -> list[Statement]:
    """An assembly or a matrix product."""
    node, lowering = graph[task.node], lowering_of(graph, task.node)
    zero = Constant(0, node.type.dtype)
    out = memory.array_of(task.node)
    if isinstance(lowering, Routine):
        return _routine(graph, memory, task, lowering)
    if not isinstance(lowering, Assembly):
        product = matrix_operands(graph, task.node)
        assert product is not None  # that is why it is done at once
        left, right = memory.array_of(product.left), memory.array_of(product.right)
        return [call(product, out, left, right, suffix(node.type.dtype), node.source.text, memory.loops)]
    fills = lowering.covers or node.type in graph.types(node.operands)
    statements: list[Statement] = [] if fills else [Zero(out, zero)]
    for position in range(len(node.operands)):
        statements += _piece(graph, plan, memory, task, position)
    return statements


def _routine(graph: Graph, memory: Memory, task: Task, lowering: Routine) -> list[Statement]:
    """The runtime's function for each row, or each matrix, of a stack."""
    node = graph[task.node]
    types = graph.types(node.operands)
    sizes = lowering.numbers(node, types)
    depth = types[0].ndim - lowering.core
    entries = _entries(types[0].shape[:depth], graph, task.node)
    function, side_by_side = _function(lowering, lowering.name(node), sizes, entries)
    entry = Affine() if side_by_side or entries.constant == 1 else Affine.variable(memory.loops[0])
    arrays = [(memory.array_of(node.operands[k]), types[k]) for k in lowering.read(node)]
    arrays.append((memory.array_of(task.node), node.type))
    first = [*([entries] if side_by_side else []), *map(Affine.of, sizes)]
    places = [_entry(array, type_.shape[depth:], entry, graph, task.node) for array, type_ in arrays]
    addresses = tuple(range(len(first), len(first) + len(places) + 1))
    last: list[Load | Affine] = [Affine()] if lowering.work else []
    if memory.has_array(~task.node):
        last = [Load(memory.arrays[~task.node].name, (Affine(),))]
    comment = node.source.text if node.sweep == FORWARD else ""
    site = memory.site(node.source) if lowering.fails else None
    call_ = Call(function + SUFFIXES[types[0].dtype.str[1:]], (*first, *places, *last), addresses, comment, site)
    return [call_ if not entry.terms else loop_of(memory.loops[0], Affine(), entries, [call_])]


def _function(lowering: Routine, name: str, sizes: Sequence[Extent], entries: Affine) -> tuple[str, bool]:
    """Which function does it, by the sizes; and whether that takes all entries at once."""
    known = all(isinstance(size, int) for size in sizes)
    if known and entries.constant != 1 and lowering.lanes and int(sizes[0]) <= lowering.lanes:
        return f"{name}_lanes", True
    if lowering.small is None or (known and lowering.small(*sizes)):
        return name, False
    return name.replace("gg_", "gg_lapack_", 1), False


def _entries(stack: Sequence[Extent], graph: Graph, identity: int) -> Affine:
    """How many calls there are."""
    size = size_of(stack)
    if size is not None:
        return Affine.of(size)
    open_, fixed = [e for e in stack if isinstance(e, Dim)], [e for e in stack if not isinstance(e, Dim)]
    if len(open_) > 1:
        raise _too_open(graph, identity)
    return Affine.of(open_[0]) * (size_of(fixed) or 0)


def _entry(array: str, core: Sequence[Extent], entry: Affine, graph: Graph, identity: int) -> Load:
    """Where the row or matrix of a turn begins."""
    size = size_of(core)
    if size is None and entry.terms:
        raise _too_open(graph, identity)
    return Load(array, (entry * (size or 0),))


def _too_open(graph: Graph, identity: int) -> GradgenError:
    node = graph[identity]
    types = ", ".join(map(str, graph.types(node.operands)))
    return GradgenError(
        f"{node.op.name} of {types}: in a stack, the rows or matrices must have fixed sizes; compile for fixed sizes\n"
        f"  {node.source}"
    )


def _piece(graph: Graph, plan: Plan, memory: Memory, task: Task, position: int) -> list[Statement]:
    """Store one operand of an assembly where it belongs."""
    node, lowering = graph[task.node], lowering_of(graph, task.node)
    assert isinstance(lowering, Assembly)
    types = graph.types(node.operands)
    shape = types[position].shape
    index = tuple(Affine() if extent == 1 else Affine.variable(memory.loops[axis]) for axis, extent in enumerate(shape))
    ranges = {memory.loops[axis]: (Affine(), Affine.of(extent)) for axis, extent in enumerate(shape)}
    value = Reader(graph, plan, memory.reference, ranges).at(node.operands[position], index)
    where = lowering.pieces(position, index, node, types)
    statement: Statement = Store(memory.array_of(task.node), where, node.type.dtype, value)
    for axis in reversed(range(len(shape))):
        if shape[axis] != 1:
            statement = loop_of(memory.loops[axis], Affine(), Affine.of(shape[axis]), [statement])
    return [statement]


def _matrix_product(
    graph: Graph, memory: Memory, task: Task, product: MatrixProduct, start: Affine, stop: Affine
) -> Statement:
    """That of some rows; added up where the rows are what is summed over."""
    node, rows = graph[task.node], task.rows
    assert rows is not None  # that is why it is here
    row, comment = rows.name[-1], node.source.text if node.sweep == FORWARD else ""
    operands = zip((product.left, product.right, task.node), (*product.places, node["labels"]), strict=True)
    places = [_first_row(memory, identity, labels, row, start) for identity, labels in operands]
    ending = ("_add" if rows.reduced else "") + suffix(node.type.dtype)
    return own_call(product, places, {row: stop - start}, ending, comment, memory.loops)


def _first_row(memory: Memory, identity: int, labels: str, row: str, start: Affine) -> Load:
    """Where in its array a block of a value begins."""
    array, index = memory.element(identity, tuple(start if label == row else Affine() for label in labels))
    return Load(array, (flat_index(index, memory.arrays[identity].shape),))


def kernel_call(
    graph: Graph, reader: Reader, memory: Memory, task: Task, start: Affine, stop: Affine
) -> list[Statement]:
    """A product over the rows of a block, by the runtime's kernel."""
    if task.product is not None:
        return [_matrix_product(graph, memory, task, task.product, start, stop)]
    rows = task.rows
    assert rows is not None  # that is why a kernel does it
    columns: Axis = next(axis for axis in task.axes if axis != rows)
    position = {rows.name: start, columns.name: Affine()}
    product = element(graph, reader, task.node, position)
    assert isinstance(product, Apply)  # of the two operands as they lie in memory
    matrix, vector = sorted(product.operands, key=lambda load: -len(load.index) if isinstance(load, Load) else 0)
    where = tuple(position[index.terms[0][0]] for index in task.index)
    out = Load(*memory.element(task.node, where))
    suffix = "f" if graph[task.node].type.dtype.itemsize == 4 else ""
    function = f"gg_gemv_t_add{suffix}" if rows.reduced else f"gg_gemv{suffix}"
    width = Affine.of(columns.extent)
    node = graph[task.node]
    comment = node.source.text if node.sweep == "forward" else ""
    return [Call(function, (stop - start, width, matrix, width, vector, out), (2, 4, 5), comment)]
