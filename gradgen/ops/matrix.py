"""The words that the rules of linear algebra are written in: products, transposes and traces of stacks of matrices.

A stack is an array of matrices: the axes before the last two, which all operands of an op share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Extent, Type
from gradgen.ops.contract import contract
from gradgen.ops.shape import broadcast, reshape, slice_, transpose
from gradgen.ops.value import Value

__all__ = [
    "inner",
    "is_vector",
    "matmul",
    "matrix",
    "part",
    "repeated",
    "square",
    "stacked",
    "symmetric",
    "trace_of_product",
    "transposed",
]

STACK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def matrix(x: Type) -> Type:
    """Check that these are matrices of real numbers."""
    if x.dtype.kind != "f":
        raise DTypeError(f"linear algebra on {x} is not supported; convert it with .astype(np.float64)")
    if x.ndim < 2:
        raise ShapeError(f"{x} is not a matrix")
    return x


def square(x: Type) -> Type:
    """Check that these are square matrices of real numbers."""
    if matrix(x).shape[-1] != x.shape[-2]:
        raise ShapeError(f"{x} is not a square matrix")
    return x


def transposed(x: Value) -> Value:
    """The last two axes exchanged."""
    *stack, rows, columns = range(x.ndim)
    return transpose(x, axes=(*stack, columns, rows))


def is_vector(b: Value | Type, a: Value | Type) -> bool:
    """Whether ``b`` holds one vector for each matrix of ``a``."""
    return len(b.shape) == len(a.shape) - 1


def matmul(a: Value, b: Value) -> Value:
    """``a @ b`` for each entry of a stack; ``b`` may hold vectors."""
    stack = STACK[: a.ndim - 2]
    columns = "" if is_vector(b, a) else "k"
    return contract(a, b, x_labels=f"{stack}ij", y_labels=f"{stack}j{columns}", labels=f"{stack}i{columns}")


def inner(a: Value, b: Value) -> Value:
    """The sum of ``a * b`` over both axes of each matrix."""
    stack = STACK[: a.ndim - 2]
    return contract(a, b, x_labels=f"{stack}ij", y_labels=f"{stack}ij", labels=stack)


def trace_of_product(a: Value, b: Value) -> Value:
    """The trace of ``a @ b``, without the product."""
    stack = STACK[: a.ndim - 2]
    return contract(a, b, x_labels=f"{stack}ij", y_labels=f"{stack}ji", labels=stack)


def symmetric(x: Value) -> Value:
    """``(x + x.T) / 2``"""
    return 0.5 * (x + transposed(x))


def repeated(x: Value, size: Extent) -> Value:
    """The value for each entry of a new first axis."""
    return broadcast(x, shape=(size, *x.shape), axes=tuple(range(1, x.ndim + 1)))


def part(packed: Value, start: int, shape: Sequence[Extent]) -> Value:
    """An array out of the last axis of a packed result, from a position on."""
    count = int(np.prod([int(extent) for extent in shape]))
    stack = packed.shape[:-1]
    starts = (*(0 for _ in stack), start)
    return reshape(
        slice_(packed, starts=starts, steps=(1,) * packed.ndim, shape=(*stack, count)), shape=(*stack, *shape)
    )


def stacked(function: Callable[..., Any], *cores: int) -> Callable[..., Any]:
    """A function of single matrices as one of stacks; ``cores`` tells how many axes of each operand are its own."""

    def each(*operands: np.ndarray, **attributes: Any) -> np.ndarray:
        stack = operands[0].shape[: operands[0].ndim - cores[0]]
        if not stack:
            return np.asarray(function(*operands, **attributes))
        entries = [x.reshape(int(np.prod(stack)), *x.shape[len(stack) :]) for x in operands]
        results = [function(*entry, **attributes) for entry in zip(*entries, strict=True)]
        if not results:  # the shape of one result, from a matrix of ones
            one = np.asarray(function(*[np.ones(x.shape[1:], x.dtype) for x in entries], **attributes))
            return np.zeros((*stack, *one.shape), one.dtype)
        return np.asarray(results).reshape(*stack, *np.shape(results[0]))

    return each
