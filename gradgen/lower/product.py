"""What kind of product a contraction is: a matrix by a vector, a matrix by a matrix, or something else."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from gradgen.ir import Graph

__all__ = ["POINTS", "SUMS", "TINY", "ProductShape", "is_skinny", "is_worth_a_call", "product_shape"]

# Up to this extent plain loops are unrolled by the C compiler and fuse with what is around them.
TINY = 4
# Sides of matrices up to this are written out where the other side is long, if that makes at most so many products
# for each of its points, and so many sums over it: as many as there are vector registers to keep them in.
SIDE, POINTS, SUMS = 8, 64, 16


@dataclass(frozen=True)
class ProductShape:
    """A contraction seen as a matrix product.

    Attributes
    ----------
    rows, columns, summed, batch : str
        Labels of the first operand only, of the second only, of both and not of the result, of all.
    matrix, vector : int
        For a matrix by a vector: which node is which, else -1.
    """

    rows: str
    columns: str
    summed: str
    batch: str
    matrix: int
    vector: int

    @property
    def is_matrix_product(self) -> bool:
        """Rows, columns and a sum: work that grows faster than the data, for BLAS."""
        return bool(self.rows and self.columns and self.summed and not self.batch)

    @property
    def is_stack(self) -> bool:
        """Products of many matrices, one after another."""
        return bool(self.rows and self.columns and len(self.summed) == 1 and self.batch)

    @property
    def is_matrix_vector(self) -> bool:
        """One label kept, one summed: every element of the matrix is read once."""
        return self.matrix >= 0


def is_worth_a_call(graph: Graph, identity: int) -> bool:
    """Whether the matrices of a stack are of known size, and too large for plain loops."""
    node, shape = graph[identity], product_shape(graph, identity)
    if node.type.dtype.kind != "f" or len(node["labels"]) < 3:
        return False
    extents = dict(zip(node["x_labels"], graph[node.operands[0]].type.shape, strict=True))
    extents.update(zip(node["y_labels"], graph[node.operands[1]].type.shape, strict=True))
    known = all(isinstance(extent, int) for extent in extents.values())
    return known and any(int(extents[label]) > TINY for label in node["labels"][-1] + shape.summed)


def is_skinny(graph: Graph, identity: int) -> bool:
    """Whether a matrix product is of many rows, or a long sum, all else in it small: it is written out then."""
    node, shape = graph[identity], product_shape(graph, identity)
    extents = dict(zip(node["x_labels"], graph[node.operands[0]].type.shape, strict=True))
    extents.update(zip(node["y_labels"], graph[node.operands[1]].type.shape, strict=True))
    small = {label: extent for label, extent in extents.items() if isinstance(extent, int) and extent <= SIDE}
    long = [label for label in extents if label not in small]
    return len(long) == 1 and prod(small.values()) <= (SUMS if long[0] in shape.summed else POINTS)


def product_shape(graph: Graph, identity: int) -> ProductShape:
    """Classify the labels of a contraction."""
    node = graph[identity]
    x, y, out = node["x_labels"], node["y_labels"], node["labels"]
    batch = "".join(label for label in x if label in y and label in out)
    summed = "".join(label for label in x if label in y and label not in out)
    rows = "".join(label for label in x if label not in y)
    columns = "".join(label for label in y if label not in x)
    matrix = vector = -1
    if not batch and len(summed) == 1 and len(rows + columns) == 1:
        matrix, vector = node.operands if rows else reversed(node.operands)
    return ProductShape(rows, columns, summed, batch, matrix, vector)
