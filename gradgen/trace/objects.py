"""NumPy's objects that are called or indexed like functions, ``np.r_``, ``np.c_`` and ``np.vectorize``, in a trace."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.trace.context import call, current, fail, numpy
from gradgen.trace.dispatch import traced_among, unwrapped
from gradgen.trace.intercept import combined, fresh
from gradgen.trace.moves import as_traced, cast, result_dtype
from gradgen.trace.operators import is_weak
from gradgen.trace.patches import replace

__all__: list[str] = []


class Joining:
    """Stands for ``np.r_`` and ``np.c_``."""

    def __init__(self, original: Any, columns: bool) -> None:
        self.original, self.columns = original, columns

    def __getitem__(self, key: Any) -> Any:
        entries = key if isinstance(key, tuple) else (key,)
        if current() is None or not traced_among(*entries):
            result = self.original[unwrapped(key)]
            return result if current() is None else fresh(result)
        if any(isinstance(entry, str) for entry in entries):
            raise fail(TraceError, "np.r_ with a text is not supported on traced arrays; use np.stack or np.block")
        name = "c_" if self.columns else "r_"
        return call(name, self._joined, entries)

    def _joined(self, entries: tuple[Any, ...]) -> Any:
        parts = [np.r_[entry] if isinstance(entry, slice) else combined(entry, None) for entry in entries]
        common = result_dtype(*[entry if is_weak(entry) else part for entry, part in zip(entries, parts, strict=True)])
        if not self.columns:
            return numpy.concatenate([numpy.atleast_1d(part) for part in parts], dtype=common)
        columns = [part if part.ndim > 1 else numpy.reshape(part, (-1, 1)) for part in parts]
        return numpy.concatenate(columns, axis=-1, dtype=common)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def __len__(self) -> int:
        return len(self.original)


replace(np.r_, Joining(np.r_, columns=False))
replace(np.c_, Joining(np.c_, columns=True))

_vectorize_call = np.vectorize.__call__


def _vectorized(self: Any, *args: Any, **kwargs: Any) -> Any:
    if current() is None or not traced_among(*args, *kwargs.values()):
        return _vectorize_call(self, *unwrapped(args), **unwrapped(kwargs))
    return call("vectorize", _element_by_element, self, *args, **kwargs)


def _element_by_element(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Call the function on each element; as in NumPy, its first results say the dtypes of all."""
    if self.signature or self.excluded or kwargs:
        raise TraceError("with a signature, excluded or named arguments is not supported; write a loop")
    arrays = numpy.broadcast_arrays(*[as_traced(arg) for arg in args])
    rows = [self.pyfunc(*[array[index] for array in arrays]) for index in np.ndindex(*arrays[0].shape)]
    if not rows:
        raise TraceError("of no elements: the dtype of the result is not known")
    several = type(rows[0]) is tuple
    columns = list(zip(*rows, strict=True)) if several else [rows]
    kinds = self.otypes or [as_traced(column[0]).dtype for column in columns]
    results = [
        numpy.reshape(combined([cast(as_traced(entry), kind) for entry in column], None), arrays[0].shape)
        for column, kind in zip(columns, kinds, strict=True)
    ]
    return tuple(results) if several else results[0]


replace(_vectorize_call, _vectorized, owner=np.vectorize)
