"""Functions that ask about an array what is known while tracing: its shape, its dtype, its text."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Dim, Extent, shape_text
from gradgen.trace.array import TracedArray
from gradgen.trace.context import implements
from gradgen.trace.moves import as_traced, fixed, kind_of, number_of, one_axis, result_dtype, specimen

__all__: list[str] = []


@implements(np.shape)
def _shape(a: Any) -> tuple[Extent, ...]:
    return as_traced(a).shape


@implements(np.ndim)
def _ndim(a: Any) -> int:
    return as_traced(a).ndim


@implements(np.size)
def _size(a: Any, axis: Any = None) -> Any:
    shape = as_traced(a).shape
    extents = shape if axis is None else (shape[one_axis(axis, len(shape))],)
    open_ended = [extent for extent in extents if isinstance(extent, Dim)]
    if len(open_ended) == 1 and all(extent == 1 for extent in extents if extent not in open_ended):
        return open_ended[0]
    return number_of(extents, np.dtype(np.int64))


@implements(np.result_type)
def _result_type(*arrays_and_dtypes: Any) -> np.dtype:
    return np.result_type(*[specimen(kind_of(x)) if type(x) is TracedArray else x for x in arrays_and_dtypes])


@implements(np.can_cast)
def _can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    return np.can_cast(as_traced(from_).dtype, to, casting)


@implements(np.min_scalar_type)
def _min_scalar_type(a: Any, /) -> np.dtype:
    return as_traced(a).dtype


@implements(np.common_type)
def _common_type(*arrays: Any) -> Any:
    common = result_dtype(*arrays, 1.0)
    return common.type


@implements(np.iscomplexobj)
def _iscomplexobj(x: Any) -> bool:
    return as_traced(x).dtype.kind == "c"


@implements(np.isrealobj)
def _isrealobj(x: Any) -> bool:
    return as_traced(x).dtype.kind != "c"


@implements(np.may_share_memory, np.shares_memory)
def _share(a: Any, b: Any, /, max_work: Any = None) -> bool:
    """Traced arrays never change, so nothing can be seen through another."""
    return False


def _rows_and_columns(arr: Any) -> tuple[int, int]:
    x = as_traced(arr)
    if x.ndim != 2:
        raise ShapeError(f"needs a matrix, not {x.ndim} dimensions")
    return fixed(x.shape[0]), fixed(x.shape[1])


@implements(np.tril_indices_from)
def _tril_indices_from(arr: Any, k: int = 0) -> Any:
    rows, columns = _rows_and_columns(arr)
    return np.tril_indices(rows, k, columns)


@implements(np.triu_indices_from)
def _triu_indices_from(arr: Any, k: int = 0) -> Any:
    rows, columns = _rows_and_columns(arr)
    return np.triu_indices(rows, k, columns)


@implements(np.diag_indices_from)
def _diag_indices_from(arr: Any) -> Any:
    x = as_traced(arr)
    if x.ndim < 2 or len(set(x.shape)) > 1:
        raise ShapeError(f"all axes must be equally long, not {shape_text(x.shape)}")
    return np.diag_indices(fixed(x.shape[0]), x.ndim)


@implements(np.array_repr, np.array_str, np.array2string)
def _text(a: Any, *args: Any, **kwargs: Any) -> str:
    return repr(a)


@implements(np.real, np.real_if_close)
def _real(val: Any, tol: float = 100) -> TracedArray:
    x = as_traced(val)
    if x.dtype.kind == "c":
        raise DTypeError("of a complex array is not supported")
    return x
