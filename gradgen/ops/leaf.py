"""Ops without operands: what is there before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import GradgenError
from gradgen.ir import Dim, Extent, Type
from gradgen.ops.lowering import Leaf
from gradgen.ops.op import NO_DERIVATIVE, define

__all__ = ["constant_op", "extent", "input_op"]


def _not_computed(*_: Any, **__: Any) -> Any:
    raise GradgenError("an input has no value of its own")


# An argument of the function, or (serial >= the number of arguments) a place that a transform fills.
input_op = define(
    "input",
    numpy=_not_computed,
    type=lambda serial, type: type,
    c=Leaf(),
    rules=NO_DERIVATIVE,
)


def _constant(data: bytes, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(data, dtype=dtype).reshape(shape)


constant_op = define(
    "constant",
    numpy=_constant,
    type=lambda data, dtype, shape: Type(np.dtype(dtype), shape),
    c=Leaf(),
    rules=NO_DERIVATIVE,
)


def _extent(extent: Extent, dtype: str) -> np.ndarray:
    if isinstance(extent, Dim):
        raise GradgenError(f"dimension {extent} is not bound")
    return np.asarray(extent, dtype)


# The size of a named dimension as a number, for `x.sum() / x.shape[0]`.
extent = define(
    "extent",
    numpy=_extent,
    type=lambda extent, dtype: Type(np.dtype(dtype)),
    c=Leaf(),
    rules=NO_DERIVATIVE,
)
