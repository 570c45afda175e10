"""The functions of NumPy that make arrays and ask no argument how: while a function is traced, they do it here.

Data they make may be written into by the traced function, so it is a buffer; lists of traced values are joined.
Code of NumPy and SciPy themselves, and all that is not being traced, gets what NumPy makes.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.ir import DTYPES, Dim
from gradgen.trace.array import TracedArray
from gradgen.trace.context import FUNCTIONS, call, current, numpy, paused
from gradgen.trace.dispatch import as_numpy, traced_among, unwrapped
from gradgen.trace.memory import buffer
from gradgen.trace.moves import as_traced, cast, filled, prepare, to_shape, viewed
from gradgen.trace.patches import is_library, replace
from gradgen.trace.pieces import Pieces

__all__ = ["combined", "fresh", "intercept_implemented", "intercepts"]

Function = Callable[..., Any]


def intercepts(*originals: Function) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Have ``made(original, *args, **kwargs)`` answer for functions, in functions that are being traced."""

    def register(made: Callable[..., Any]) -> Callable[..., Any]:
        for original in originals:
            replace(original, _standing_for(original, made))
        return made

    return register


def _standing_for(original: Function, made: Callable[..., Any]) -> Function:
    @functools.wraps(original)
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        if current() is None or (is_library(sys._getframe(1)) and not traced_among(*args, *kwargs.values())):
            return original(*args, **kwargs)
        return call(original.__name__, made, original, *args, **kwargs)

    return stand_in


def fresh(result: Any) -> Any:
    """An array that NumPy has just made, so that it may be written into."""
    return buffer(result) if type(result) is np.ndarray and result.dtype in DTYPES else result


# --- from a shape ------------------------------------------------------------------------------------


@intercepts(np.eye, np.identity, np.arange, np.linspace, np.logspace, np.geomspace, np.tri)
def _generated(original: Function, *args: Any, **kwargs: Any) -> Any:
    if original.__name__ == "arange" and traced_among(*args, *kwargs.values()):
        reason = "how many numbers there are must be known while the function is traced"
        raise TraceError(f"{reason}; pass that as a static argument n, and write start + step * np.arange(n)")
    result = original(*unwrapped(args), **unwrapped(kwargs))
    return tuple(map(fresh, result)) if type(result) is tuple else fresh(result)


@intercepts(np.zeros, np.ones, np.empty)
def _filled(original: Function, shape: Any, dtype: Any = float, *args: Any, **kwargs: Any) -> Any:
    # What is in an empty array must not depend on what was there before.
    original = np.zeros if original.__name__ == "empty" else original
    if _is_open(shape):
        return filled(original((), dtype), np.dtype(dtype), shape if isinstance(shape, tuple | list) else (shape,))
    return fresh(original(unwrapped(shape), dtype, *args, **kwargs))


def _is_open(shape: Any) -> bool:
    """Whether a size is known only at the call; an error if one is traced."""
    extents = shape if isinstance(shape, tuple | list) else (shape,)
    for extent in extents:
        if traced_among(extent):
            operator.index(extent)
    return any(type(extent) is Dim for extent in extents)


@intercepts(np.full)
def _full(original: Function, shape: Any, fill_value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    value = unwrapped(fill_value)
    if traced_among(value) or _is_open(shape):
        number = as_traced(value, None if dtype is None else np.dtype(dtype))
        return TracedArray(to_shape(number, shape if isinstance(shape, tuple | list) else (shape,)).value)
    return fresh(original(unwrapped(shape), value, dtype, *args, **kwargs))


@intercepts(np.zeros_like, np.ones_like, np.empty_like)
def _like(original: Function, prototype: Any, *args: Any, **kwargs: Any) -> Any:
    if traced_among(prototype):
        return TracedArray(original(prototype, *args, **kwargs).value)
    original = np.zeros_like if original.__name__ == "empty_like" else original
    return fresh(original(unwrapped(prototype), *args, **kwargs))


@intercepts(np.full_like)
def _full_like(original: Function, a: Any, fill_value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    value = unwrapped(fill_value)
    if not traced_among(a, value):
        return fresh(original(unwrapped(a), value, dtype, *args, **kwargs))
    prototype = as_traced(a)
    wanted = prototype.dtype if dtype is None else np.dtype(dtype)
    return TracedArray(to_shape(cast(as_traced(value), wanted), prototype.shape).value)


@intercepts(np.take, np.pad)
def _asked_of_the_first(original: Function, a: Any, *args: Any, **kwargs: Any) -> Any:
    """NumPy asks their first argument only, which here has another one that is traced beside it."""
    beside = not traced_among(a) and traced_among(*args, *kwargs.values())
    return original(as_traced(unwrapped(a)) if beside else a, *args, **kwargs)


# --- from values -------------------------------------------------------------------------------------


@intercepts(np.array)
def _array(
    original: Function, object: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, **kwargs: Any
) -> Any:
    if copy not in (True, np._CopyMode.ALWAYS):
        return _asarray(np.asarray, object, dtype)
    if not traced_among(object):
        return fresh(original(unwrapped(object), dtype, ndmin=ndmin, **kwargs))
    value = combined(object, dtype)
    new = viewed(value, (*[1] * (ndmin - value.ndim), *value.shape))
    # A single number is an array that can be written into, too.
    return _written_into(TracedArray(new.value))


def _written_into(array: TracedArray) -> TracedArray:
    if not array.ndim:
        array = array.reshape(1).reshape(())
    return array


@intercepts(np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite, np.require)
def _asarray(original: Function, a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    if type(a) is TracedArray and not a.is_scalar and dtype in (None, a.dtype):
        return numpy.atleast_1d(a) if original.__name__ == "ascontiguousarray" else a
    if traced_among(a):
        return _array(np.array, a, dtype)
    made = type(a) in (list, tuple, int, float, bool, complex, TracedArray) or isinstance(a, np.generic)
    result = original(unwrapped(a), dtype, *args, **kwargs)
    return fresh(result) if made else result


@intercepts(np.copy)
def _copy(original: Function, a: Any, *args: Any, **kwargs: Any) -> Any:
    return _array(np.array, a)


def combined(obj: Any, dtype: Any) -> TracedArray:
    """Nested lists that hold traced values as one array, with the dtype and shape NumPy gives it."""
    if type(obj) is TracedArray:
        return as_traced(obj, None if dtype is None else np.dtype(dtype))
    leaves: list[Any] = []
    _collect(obj, leaves)
    known = [leaf.dtype if hasattr(leaf, "dtype") else np.asarray(unwrapped(leaf)).dtype for leaf in leaves]
    common = np.result_type(*known) if dtype is None else np.dtype(dtype)
    if any(type(extent) is Dim for leaf in leaves for extent in np.shape(leaf)):
        return numpy.stack([combined(item, common) for item in obj])  # type: ignore[no-any-return]
    pieces = Pieces(common)
    codes = as_numpy(np.array, _coded(obj, pieces))
    return pieces.assemble(codes)


def _collect(obj: Any, leaves: list[Any]) -> None:
    if type(obj) in (list, tuple):
        for part in obj:
            _collect(part, leaves)
    else:
        leaves.append(prepare(obj))


def _coded(obj: Any, pieces: Pieces) -> Any:
    if type(obj) in (list, tuple):
        return [_coded(part, pieces) for part in obj]
    return pieces.add(unwrapped(prepare(obj)))


@intercepts(np.isscalar)
def _isscalar(original: Function, element: Any) -> bool:
    """NumPy asks for the class, which a traced number cannot have: its own numbers are scalars, 0-d arrays are not."""
    return bool(element.is_scalar if type(element) is TracedArray else original(element))


# --- lists in the place of an array ------------------------------------------------------------------

# fmt: off
OF_LISTS: list[Function] = [
    np.sum, np.prod, np.mean, np.average, np.std, np.var, np.max, np.min, np.ptp, np.median, np.any, np.all, np.sort,
    np.nansum, np.nanmean, np.nanmax, np.nanmin, np.percentile, np.quantile, np.cumsum, np.cumprod, np.diff,
    np.argmax, np.argmin, np.argsort, np.ravel, np.reshape, np.transpose, np.squeeze, np.flip, np.diag, np.trace,
    np.dot, np.outer, np.inner, np.cross, np.kron, np.round, np.clip, np.tile, np.repeat, np.roll, np.shape, np.size,
    np.linalg.norm, np.linalg.det, np.linalg.inv, np.linalg.solve, np.linalg.slogdet, np.linalg.cholesky, np.linalg.qr,
    np.linalg.eigh, np.linalg.eigvalsh, np.linalg.svd, np.linalg.svdvals, np.linalg.pinv, np.linalg.lstsq,
    np.linalg.cond, np.linalg.matrix_rank, np.linalg.matrix_norm, np.linalg.matrix_power, np.linalg.eig,
    np.linalg.eigvals, np.linalg.tensorinv, np.linalg.tensorsolve, np.linalg.vector_norm, np.vander,
]
# fmt: on


@intercepts(*OF_LISTS)
def _of_a_list(original: Function, *args: Any, **kwargs: Any) -> Any:
    """NumPy asks the list, which knows nothing of what it holds."""
    return original(*map(_joined, args), **{name: _joined(value) for name, value in kwargs.items()})


@intercepts(np.linalg.multi_dot)
def _of_lists(original: Function, arrays: Any, **kwargs: Any) -> Any:
    return original([*map(_joined, arrays)], **kwargs)


def _joined(obj: Any) -> Any:
    """A list with something traced in it as one array; all else as it is."""
    if type(obj) in (list, tuple) and traced_among(obj):
        return TracedArray(combined(obj, None).value)
    return obj


# --- what others have implemented of functions without a protocol --------------------------------------


def _implemented(original: Function, *args: Any, **kwargs: Any) -> Any:
    if not traced_among(*args, *kwargs.values()):
        with paused():
            return original(*unwrapped(args), **unwrapped(kwargs))
    return FUNCTIONS[original](*unwrapped(args), **unwrapped(kwargs))


def intercept_implemented() -> None:
    """Have the functions of SciPy that are in the table, and do not ask their arguments, answered from there."""
    for function in list(FUNCTIONS):
        if (getattr(function, "__module__", None) or "").startswith("scipy.") and not isinstance(function, np.ufunc):
            intercepts(function)(_implemented)
