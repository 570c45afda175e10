"""Functions of `scipy.special` that are not ufuncs there, and so do not come here by themselves.

SciPy is not imported for them: they enter the table when somebody else has imported it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from gradgen.ir import broadcast_shapes
from gradgen.ops.special import polygamma
from gradgen.ops.stop import stop_gradient
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.intercept import intercept_implemented
from gradgen.trace.moves import as_traced, axes_of, cast, result_dtype, to_shape
from gradgen.trace.patches import when_loaded
from gradgen.trace.ufuncs import REDUCTIONS

__all__ = ["SCIPY_SPECIAL"]


def _inexact(x: Any) -> Any:
    value = as_traced(x)
    return value if value.dtype.kind in "fc" else cast(value, np.float64)


def _shift(x: TracedArray, axis: Any) -> Any:
    """The largest element, to keep exponentials in range; a constant to derivatives; 0 where it is not finite."""
    largest = numpy.max(x, axis=axis, keepdims=True)
    return emit(stop_gradient, as_traced(np.where(np.isfinite(largest), largest, 0.0), x.dtype))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """As scipy's: the logarithm of a sum of exponentials, with factors ``b``."""
    x = _inexact(a)
    if b is not None:
        factors = as_traced(b, result_dtype(x, b))
        shape = broadcast_shapes(x.shape, factors.shape)
        x, factors = to_shape(cast(x, factors.dtype), shape), to_shape(factors, shape)
        shift = _shift(numpy.where(factors == 0, -np.inf, x), axis)
        terms: Any = factors * np.exp(np.where(factors == 0, 0.0, x - shift))
    else:
        shift = _shift(x, axis)
        terms = np.exp(x - shift)
    total: Any = np.sum(terms, axis=axis, keepdims=keepdims)
    if not keepdims:
        shift = np.squeeze(shift, axis=axes_of(axis, x.ndim))
    if return_sign:
        return np.log(np.abs(total)) + shift, np.sign(total)
    return np.log(total) + shift


# What `np.logaddexp.reduce` means.
REDUCTIONS[np.logaddexp] = logsumexp


def softmax(x: Any, axis: Any = None) -> Any:
    """As scipy's: exponentials divided by their sum."""
    value = _inexact(x)
    exponentials = np.exp(value - _shift(value, axis))
    return exponentials / numpy.sum(exponentials, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """As scipy's: the logarithm of `softmax`."""
    value = _inexact(x)
    centred: Any = value - _shift(value, axis)
    return centred - numpy.log(numpy.sum(np.exp(centred), axis=axis, keepdims=True))


def _polygamma(n: Any, x: Any) -> TracedArray:
    """As scipy's: the n-th derivative of digamma."""
    point = _inexact(x)
    order = as_traced(n, point.dtype)
    shape = broadcast_shapes(order.shape, point.shape)
    return emit(polygamma, to_shape(order, shape), to_shape(point, shape))


# By their names in `scipy.special`; signatures are scipy's.
SCIPY_SPECIAL: dict[str, Callable[..., Any]] = {
    "log_softmax": log_softmax,
    "logsumexp": logsumexp,
    "polygamma": _polygamma,
    "softmax": softmax,
}


def _implement(module: ModuleType) -> None:
    for name, implementation in SCIPY_SPECIAL.items():
        implements(getattr(module, name))(implementation)
    intercept_implemented()


when_loaded("scipy.special", _implement)
