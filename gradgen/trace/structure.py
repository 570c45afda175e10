"""Diagonal matrices made in the traced function, ``np.eye(n)`` among them, as what they are.

As an op the matrix takes no memory, is computed where it is used, and rules see its zeros. Arrays from
outside stay as they are: they may hold something else at the next call.
"""

from __future__ import annotations

import numpy as np

from gradgen.ops.diagonals import diag
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.moves import as_traced

__all__ = ["structured"]


def structured(data: np.ndarray) -> TracedArray | np.ndarray:
    """A diagonal matrix as its diagonal; other data as it is."""
    if not _is_diagonal(data):
        return data
    entries = np.array(np.diagonal(data))
    same = (entries == entries[0]).all()
    return emit(diag, as_traced(np.broadcast_to(entries[:1], entries.shape) if same else entries))


def _is_diagonal(data: np.ndarray) -> bool:
    """Of floats, at least two by two, and positive zeros beside the diagonal."""
    if data.ndim != 2 or data.shape[0] != data.shape[1] or len(data) < 2 or data.dtype.kind != "f":
        return False
    rest = np.array(data)
    np.fill_diagonal(rest, 0.0)
    return not rest.any() and not np.signbit(rest).any() and bool(np.diagonal(data).all())
