"""Products of two matrices: which contractions are one, and the call that computes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from gradgen.ir import Dim, Extent, Graph
from gradgen.lower.lanes import loop_of
from gradgen.lower.plan import lowering_of
from gradgen.lower.product import TINY, is_worth_a_call, product_shape
from gradgen.nest import Affine, Call, Load, Statement
from gradgen.ops.lowering import Leaf

__all__ = ["MatrixProduct", "call", "matrix_operands", "own_call", "suffix"]

# Products of fewer multiplications than this go to the runtime's own kernel: a call of BLAS costs more.
SMALL = 40**3
SMALL_KERNELS = {"nn": "gg_gemm", "tn": "gg_gemm_tn", "nt": "gg_gemm_nt"}


# For each axis of a stack its extent, and how far apart its matrices lie in left, right and out.
Stack = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class MatrixProduct:
    """``out (m x n) = left (m x k) right (k x n)``, operands possibly stored transposed; for each entry of a stack.

    ``widths`` tell how far apart the rows of left, right and out lie, if not as in a matrix by itself.
    ``labels`` are those of m, n, k and of each axis of the stack, ``places`` those of left and right as they lie in
    memory.
    """

    left: int
    left_transposed: bool
    right: int
    right_transposed: bool
    m: Extent
    n: Extent
    k: Extent
    labels: tuple[str, ...]
    places: tuple[str, str]
    stack: Stack = ()
    widths: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """Which operands are stored transposed, as BLAS has it."""
        return "nt"[self.left_transposed] + "nt"[self.right_transposed]

    @property
    def own_widths(self) -> tuple[Extent, ...]:
        """How far apart rows lie in matrices by themselves."""
        return self.m if self.left_transposed else self.k, self.k if self.right_transposed else self.n, self.n

    @property
    def is_own(self) -> bool:
        """Whether the runtime's kernel takes it: it is small, or its matrices lie between each other."""
        sizes = (self.m, self.n, self.k)
        small = all(isinstance(size, int) for size in sizes) and reduce(lambda a, b: a * b, map(int, sizes)) <= SMALL
        return self.kind in SMALL_KERNELS and (small or (self.widths or self.own_widths) != self.own_widths)


def matrix_operands(graph: Graph, identity: int) -> MatrixProduct | None:
    """The contraction as one product of matrices that lie in memory row by row, if it is one."""
    node, shape = graph[identity], product_shape(graph, identity)
    if shape.is_stack and is_worth_a_call(graph, identity):
        return _stacked(graph, identity)
    if not shape.is_matrix_product or node.type.dtype.kind != "f":
        return None
    (x, x_labels), (y, y_labels) = (
        _in_memory(graph, operand, labels)
        for operand, labels in zip(node.operands, (node["x_labels"], node["y_labels"]), strict=True)
    )
    out = node["labels"]
    if out[: len(shape.rows)] != "".join(label for label in out if label in shape.rows):
        x, x_labels, y, y_labels = y, y_labels, x, x_labels  # out is stored transposed: (left right)^T = right^T left^T
    rows = "".join(label for label in out if label in x_labels)
    columns = "".join(label for label in out if label in y_labels)
    summed = "".join(label for label in x_labels if label in y_labels)
    fits = x_labels in (rows + summed, summed + rows) and y_labels in (summed + columns, columns + summed)
    if not fits or out != rows + columns:
        return None
    extents = dict(zip(x_labels + y_labels, graph[x].type.shape + graph[y].type.shape, strict=True))
    sizes = [_product([extents[label] for label in group]) for group in (rows, columns, summed)]
    if any(size is None for size in sizes) or all(isinstance(size, int) and size <= TINY for size in sizes):
        return None
    m, n, k = (size for size in sizes if size is not None)
    if (m, k) == (1, 1) or (k, n) == (1, 1):
        return None  # a single number need not be in memory
    turned = x_labels == summed + rows, y_labels == columns + summed
    return MatrixProduct(x, turned[0], y, turned[1], m, n, k, (rows, columns, summed), (x_labels, y_labels))


def _stacked(graph: Graph, identity: int) -> MatrixProduct | None:
    """One product for each entry of the other labels, if each matrix has its columns, or its rows, side by side."""
    node = graph[identity]
    (left, left_labels), (right, right_labels) = (
        _in_memory(graph, operand, labels)
        for operand, labels in zip(node.operands, (node["x_labels"], node["y_labels"]), strict=True)
    )
    out, column = node["labels"], node["labels"][-1]
    if column in left_labels:
        left, left_labels, right, right_labels = right, right_labels, left, left_labels
    steps = [_strides(graph[x].type.shape, labels) for x, labels in ((left, left_labels), (right, right_labels))]
    steps.append(_strides(node.type.shape, out))
    extents = dict(zip(out, map(int, node.type.shape), strict=True))
    extents.update(zip(left_labels, map(int, graph[left].type.shape), strict=True))
    row = max((label for label in left_labels if label not in right_labels), key=extents.__getitem__)
    summed = product_shape(graph, identity).summed
    turned = left_labels[-1] == row, right_labels[-1] == summed
    beside = left_labels[-1] in (row, summed) and right_labels[-1] in (summed, column) and column not in left_labels
    if not beside or turned == (True, True):
        return None
    widths = (
        steps[0][summed if turned[0] else row],
        steps[1][column if turned[1] else summed],
        steps[2][row],
    )
    labels = row, column, summed, *(label for label in out if label not in (row, column))
    apart = tuple((extents[label], *(step.get(label, 0) for step in steps)) for label in labels[3:])
    m, n, k = (extents[label] for label in labels[:3])
    places = left_labels, right_labels
    return MatrixProduct(left, turned[0], right, turned[1], m, n, k, labels, places, apart, widths)


def _strides(shape: tuple[Extent, ...], labels: str) -> dict[str, int]:
    """How many elements a step along each label is, row by row."""
    return {label: reduce(lambda a, b: a * b, map(int, shape[axis + 1 :]), 1) for axis, label in enumerate(labels)}


def _in_memory(graph: Graph, identity: int, labels: str) -> tuple[int, str]:
    """An argument behind transposes is read where it lies, with its labels permuted; else the value itself."""
    base, moved = identity, labels
    while graph[base].op.name == "transpose":
        axes = graph[base]["axes"]
        moved = "".join(moved[axes.index(axis)] for axis in range(len(axes)))
        base = graph[base].operands[0]
    return (base, moved) if isinstance(lowering_of(graph, base), Leaf) else (identity, labels)


def _product(extents: list[Extent]) -> Extent | None:
    if len(extents) == 1:
        return extents[0]
    return None if any(isinstance(e, Dim) for e in extents) else reduce(lambda a, b: a * b, map(int, extents), 1)


def call(
    product: MatrixProduct, out: str, left: str, right: str, ending: str, comment: str, loops: Sequence[str]
) -> Statement:
    """The statement that computes it into ``out``; a stack in loops over the variables ``loops``."""
    places = [Load(array, (Affine(),)) for array in (left, right, out)]
    if product.is_own:
        return own_call(product, places, {}, ending, comment, loops)
    arguments: list[Load | Affine] = [*map(Affine.of, (product.m, product.n, product.k))]
    arguments += _stepped(product, places, loops)
    statement = Call(f"gg_blas_gemm_{product.kind}{ending}", tuple(arguments), (3, 4, 5), comment)
    return _in_loops(statement, product, {}, loops)


def own_call(
    product: MatrixProduct,
    places: Sequence[Load],
    counts: dict[str, Affine],
    ending: str,
    comment: str,
    loops: Sequence[str],
) -> Statement:
    """The runtime's kernel on left, right and out from their ``places`` on; of some labels only so many entries."""
    sizes = [
        counts.get(label, Affine.of(extent))
        for label, extent in zip(product.labels, (product.m, product.n, product.k), strict=False)
    ]
    widths = map(Affine.of, product.widths or product.own_widths)
    pairs = zip(_stepped(product, places, loops), widths, strict=True)
    arguments = (*sizes, *(argument for pair in pairs for argument in pair))
    statement = Call(SMALL_KERNELS[product.kind] + ending, arguments, (3, 5, 7), comment)
    return _in_loops(statement, product, counts, loops)


def suffix(dtype: np.dtype) -> str:
    """What the names of functions for a dtype end with."""
    return "f" if dtype.itemsize == 4 else ""


def _stepped(product: MatrixProduct, places: Sequence[Load], loops: Sequence[str]) -> list[Load]:
    """Where the matrices of a turn begin."""
    stepped = []
    for which, place in enumerate(places):
        (at,) = place.index
        assert isinstance(at, Affine)
        for variable, (extent, *steps) in zip(loops, product.stack, strict=False):
            at = at if extent == 1 else at + Affine.variable(variable) * steps[which]
        stepped.append(Load(place.array, (at,)))
    return stepped


def _in_loops(
    statement: Statement, product: MatrixProduct, counts: dict[str, Affine], loops: Sequence[str]
) -> Statement:
    """The statement for each entry of the stack."""
    turns = zip(loops, product.labels[3:], product.stack, strict=False)
    for variable, label, (extent, *_) in reversed(list(turns)):
        if extent != 1:
            statement = loop_of(variable, Affine(), counts.get(label, Affine.of(extent)), [statement])
    return statement
