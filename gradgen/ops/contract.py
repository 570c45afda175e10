"""One product for all: `contract` sums products of two operands over shared labels, as einsum does.

``dot``, ``matmul``, ``inner``, ``outer``, ``tensordot`` and ``einsum`` are decomposed into it. No label
occurs twice in one operand, and a label that the result lacks occurs in both (trace/ sees to it), so
the op is bilinear and its transposes are contractions again.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Extent, Type
from gradgen.ops.lowering import Product
from gradgen.ops.op import Linear, define
from gradgen.ops.value import Value

__all__ = ["contract"]


def _contract_type(x: Type, y: Type, x_labels: str, y_labels: str, labels: str) -> Type:
    if x.dtype != y.dtype:
        raise DTypeError(f"the dtypes {x.dtype} and {y.dtype} differ")
    extents: dict[str, Extent] = {}
    for operand, letters in ((x, x_labels), (y, y_labels)):
        if len(letters) != operand.ndim or len(set(letters)) != len(letters):
            raise ShapeError(f"labels '{letters}' for {operand}")
        for letter, extent in zip(letters, operand.shape, strict=True):
            if extents.setdefault(letter, extent) != extent:
                raise ShapeError(f"'{x_labels},{y_labels}->{labels}': cannot multiply {x} by {y}")
    if any(letter not in labels and not (letter in x_labels and letter in y_labels) for letter in extents):
        raise ShapeError(f"'{x_labels},{y_labels}->{labels}' sums a label of one operand only")
    return x.with_shape([extents[letter] for letter in labels])


def _contract(x: np.ndarray, y: np.ndarray, x_labels: str, y_labels: str, labels: str) -> np.ndarray:
    return np.asarray(np.einsum(f"{x_labels},{y_labels}->{labels}", x, y, optimize=True))


def _with_batch_label(
    size: Extent, batched: Sequence[bool], x_labels: str, y_labels: str, labels: str
) -> dict[str, str]:
    new = next(letter for letter in ascii_letters if letter not in x_labels + y_labels)
    first, second = (new if has_axis else "" for has_axis in batched)
    return {"x_labels": first + x_labels, "y_labels": second + y_labels, "labels": new + labels}


def _product(x: Value, y: Value, x_labels: str, y_labels: str, labels: str) -> Value:
    return contract(x, y, x_labels=x_labels, y_labels=y_labels, labels=labels)


contract = define(
    "contract",
    numpy=_contract,
    type=_contract_type,
    c=Product(),
    batch=_with_batch_label,
    rules=[
        # Every label of x is in the result or in y, so the cotangent times y has them all; likewise for y.
        Linear(lambda ct, x, y, x_labels, y_labels, labels: _product(ct, y, labels, y_labels, x_labels)),
        Linear(lambda ct, x, y, x_labels, y_labels, labels: _product(ct, x, labels, x_labels, y_labels)),
    ],
)
