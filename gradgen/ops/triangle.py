"""The triangles of the last two axes: ``tril`` and ``triu``, each its own transpose."""

from __future__ import annotations

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Node, Type
from gradgen.ops.lowering import Access, Index, View
from gradgen.ops.op import Linear, Op, define

__all__ = ["tril", "triu"]


def _matrices(x: Type, k: int) -> Type:
    if x.ndim < 2:
        raise ShapeError(f"{x} is not a matrix")
    return x


def _below(index: Index, node: Node, x: Type) -> Access:
    return index, ((index[-2] - index[-1] + node["k"]).within(x.shape[-2] + max(node["k"], 0), upper=False),)


def _above(index: Index, node: Node, x: Type) -> Access:
    return index, ((index[-1] - index[-2] - node["k"]).within(x.shape[-1] + max(-node["k"], 0), upper=False),)


# Zero above the diagonal number k.
tril: Op = define(
    "tril",
    numpy=lambda x, k: np.tril(x, k),
    type=_matrices,
    c=View(_below),
    batch=lambda size, batched, k: {"k": k},
    rules=[Linear(lambda ct, x, k: tril(ct, k=k))],
)

# Zero below the diagonal number k.
triu: Op = define(
    "triu",
    numpy=lambda x, k: np.triu(x, k),
    type=_matrices,
    c=View(_above),
    batch=lambda size, batched, k: {"k": k},
    rules=[Linear(lambda ct, x, k: triu(ct, k=k))],
)
