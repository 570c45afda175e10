"""Products that may be done block by block of rows, in a loop with what makes their operands and reads their result.

    y[n, i] = sum over j of Q[i, j] x[n, j]          a block of rows of y from one of x
    S[i, j] = sum over n of x[n, i] y[n, j]          a block of rows of x and y adds to S

In such a loop a tall operand needs room for one block only, and is in the cache when it is read.
"""

from __future__ import annotations

import math
from dataclasses import replace

from gradgen.ir import Extent, Graph
from gradgen.lower.gemm import SMALL, SMALL_KERNELS, MatrixProduct, matrix_operands
from gradgen.lower.plan import Plan, lowering_of
from gradgen.lower.schedule import ROWS, turns
from gradgen.lower.task import Axis, Task
from gradgen.nest import Affine, Constant
from gradgen.ops.lowering import Expression, Leaf, Product, Reduction

__all__ = ["by_rows"]

# To a sum of at most so many rows and columns blocks are added, in the second-level cache, as fast as BLAS does it.
WIDEST = 256


def by_rows(graph: Graph, plan: Plan, tasks: list[Task]) -> list[Task]:
    """The tasks, with such products among them opened along their rows."""
    return [_opened(graph, plan, task) for task in tasks]


def _opened(graph: Graph, plan: Plan, task: Task) -> Task:
    product = matrix_operands(graph, task.node) if isinstance(lowering_of(graph, task.node), Product) else None
    if not task.whole or product is None or not _in_place(graph, plan, product):
        return task
    extents = _extents(graph, product)
    row = next((label for label in extents if _may_lead(graph, task.node, product, label, extents)), "")
    if not row:
        return task
    labels = graph[task.node]["labels"]
    order = labels + "".join(label for label in extents if label not in labels)
    axes = {label: Axis(f"{task.node}{label}", extents[label], label not in labels) for label in order}
    where = {label: Affine() if extents[label] == 1 else Affine.variable(axes[label].name) for label in order}
    opened = replace(
        task,
        axes=tuple(axis for axis in axes.values() if axis.extent != 1),
        index=tuple(where[label] for label in labels),
        whole=False,
        rows=axes[row],
        product=product,
    )
    for operand, letters in zip((product.left, product.right), product.places, strict=True):
        opened.reads.setdefault(operand, []).append(tuple(where[label] for label in letters))
    if axes[row].reduced:
        opened.combine, opened.openmp = "{0} + {1}", "+"
        opened.initial = Constant(0, graph[task.node].type.dtype)
    return opened


def _in_place(graph: Graph, plan: Plan, product: MatrixProduct) -> bool:
    """Whether the operands are read where they are made, and by a kernel of the runtime's."""
    made = all(
        operand in plan.stored or isinstance(lowering_of(graph, operand), Leaf)
        for operand in (product.left, product.right)
    )
    return made and product.kind in SMALL_KERNELS


def _extents(graph: Graph, product: MatrixProduct) -> dict[str, Extent]:
    extents: dict[str, Extent] = {}
    for operand, labels in zip((product.left, product.right), product.places, strict=True):
        extents.update(zip(labels, graph[operand].type.shape, strict=True))
    return extents


def _may_lead(graph: Graph, identity: int, product: MatrixProduct, row: str, extents: dict[str, Extent]) -> bool:
    """Whether what belongs to some rows lies in one stretch everywhere, and is work for the runtime's kernel."""
    letters = (*product.places, graph[identity]["labels"])
    if row not in product.labels or not all(own.startswith(row) for own in letters if row in own):
        return False
    others = {label: extent for label, extent in extents.items() if label != row}
    if turns(extents[row]) in range(1, ROWS + 1) or not all(map(turns, others.values())):
        return False
    sizes = [turns(extent) for label, extent in others.items() if any(label in own for own in product.labels[:3])]
    if product.widths or math.prod(sizes) * (1 if row in product.labels[3:] else ROWS) <= SMALL:
        return True
    return row == product.labels[2] and max(sizes) <= WIDEST and _is_made_for(graph, product, identity)


def _is_made_for(graph: Graph, product: MatrixProduct, identity: int) -> bool:
    """Whether an operand is elementwise work that only this product and sums read: it is never stored whole."""
    for operand in (product.left, product.right):
        others = [lowering_of(graph, user) for user in graph.consumers(operand) if user != identity]
        made = isinstance(lowering_of(graph, operand), Expression) and operand not in graph.outputs
        if made and all(isinstance(lowering, Reduction) for lowering in others):
            return True
    return False
