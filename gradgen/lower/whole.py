"""Tasks that are done all at once: assemblies piece by piece, and calls of product kernels."""

from __future__ import annotations

from gradgen.errors import GradgenError
from gradgen.ir import FORWARD, Graph, size_of
from gradgen.lower.express import Reader
from gradgen.lower.gemm import call, matrix_operands
from gradgen.lower.lanes import loop_of
from gradgen.lower.memory import Memory
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.task import Axis, Task, element
from gradgen.nest import Affine, Apply, Call, Constant, Load, Statement, Store, Zero
from gradgen.ops.lowering import Assembly, RowCall

__all__ = ["kernel_call", "whole_statements"]


def whole_statements(graph: Graph, plan: Plan, memory: Memory, task: Task) -> list[Statement]:
    """An assembly or a matrix product."""
    node, lowering = graph[task.node], lowering_of(graph, task.node)
    zero = Constant(0, node.type.dtype)
    out = memory.array_of(task.node)
    if isinstance(lowering, RowCall):
        return _row_calls(graph, memory, task, lowering)
    if not isinstance(lowering, Assembly):
        product = matrix_operands(graph, task.node)
        assert product is not None  # that is why it is done at once
        left, right = memory.array_of(product.left), memory.array_of(product.right)
        return call(product, out, left, right, zero, node.source.text)
    fills = lowering.covers or node.type in graph.types(node.operands)
    statements: list[Statement] = [] if fills else [Zero(out, zero)]
    for position in range(len(node.operands)):
        statements += _piece(graph, plan, memory, task, position)
    return statements


def _row_calls(graph: Graph, memory: Memory, task: Task, lowering: RowCall) -> list[Statement]:
    """The runtime's function for each row."""
    node = graph[task.node]
    type_ = graph[node.operands[0]].type
    width, rows = Affine.of(type_.shape[-1]), size_of(type_.shape[:-1])
    if rows is None or width.constant is None:
        raise GradgenError(f"{node.op.name} of {type_} is not supported: its sizes must be fixed\n  {node.source}")
    row = Affine() if rows == 1 else Affine.variable(memory.loops[0])
    x = Load(memory.array_of(node.operands[0]), (row * width.constant,))
    out = Load(memory.array_of(task.node), (row if lowering.one else row * width.constant,))
    suffix = {"f8": "", "f4": "f", "i8": "_i64", "i4": "_i32", "b1": "_b"}[type_.dtype.str[1:]]
    comment = node.source.text if node.sweep == FORWARD else ""
    call_ = Call(lowering.function + suffix, (width, x, out), (1, 2), comment)
    return [call_ if rows == 1 else loop_of(memory.loops[0], Affine(), Affine.of(rows), [call_])]


def _piece(graph: Graph, plan: Plan, memory: Memory, task: Task, position: int) -> list[Statement]:
    """Store one operand of an assembly where it belongs."""
    node, lowering = graph[task.node], lowering_of(graph, task.node)
    assert isinstance(lowering, Assembly)
    types = graph.types(node.operands)
    shape = types[position].shape
    index = tuple(
        Affine() if extent == 1 else Affine.variable(memory.loops[axis]) for axis, extent in enumerate(shape)
    )
    ranges = {memory.loops[axis]: (Affine(), Affine.of(extent)) for axis, extent in enumerate(shape)}
    value = Reader(graph, plan, memory.reference, ranges).at(node.operands[position], index)
    where = lowering.pieces(position, index, node, types)
    statement: Statement = Store(memory.array_of(task.node), where, node.type.dtype, value)
    for axis in reversed(range(len(shape))):
        if shape[axis] != 1:
            statement = loop_of(memory.loops[axis], Affine(), Affine.of(shape[axis]), [statement])
    return [statement]


def kernel_call(
    graph: Graph, reader: Reader, memory: Memory, task: Task, start: Affine, stop: Affine
) -> list[Statement]:
    """A matrix-vector product over the rows of a block, by the runtime's kernel."""
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
