"""Diagonals of the last two axes, made and taken. They are each other's transposes."""

from __future__ import annotations

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Node, Type
from gradgen.ops.lowering import Access, Index, View
from gradgen.ops.op import Linear, Op, define

__all__ = ["diag", "diagonal"]


def _diag(x: np.ndarray) -> np.ndarray:
    out = np.zeros((*np.shape(x), np.shape(x)[-1]), np.asarray(x).dtype)
    here = np.arange(np.shape(x)[-1])
    out[..., here, here] = x
    return out


def _diag_type(x: Type) -> Type:
    if not x.ndim:
        raise ShapeError("a scalar has no axis to make a diagonal of")
    return x.with_shape((*x.shape, x.shape[-1]))


def _diag_access(index: Index, node: Node, x: Type) -> Access:
    *first, i, j = index
    return (*first, i), () if i == j else ((i - j).within(1),)


# Zeros with x on the diagonal: the Jacobian of an elementwise function.
diag = define(
    "diag",
    numpy=_diag,
    type=_diag_type,
    c=View(_diag_access),
    batch=lambda size, batched: {},
    rules=[Linear(lambda ct, x: diagonal(ct))],
)


def _diagonal_type(x: Type) -> Type:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"the last two axes of {x} are not those of a square matrix")
    return x.with_shape(x.shape[:-1])


diagonal: Op = define(
    "diagonal",
    numpy=lambda x: np.array(np.diagonal(x, axis1=-2, axis2=-1)),
    type=_diagonal_type,
    c=View(lambda index, node, x: ((*index, index[-1]), ())),
    batch=lambda size, batched: {},
    rules=[Linear(lambda ct, x: diag(ct))],
)
