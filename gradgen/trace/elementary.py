"""Elementwise functions that are more than one op, or give more than one result."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.ops.trigonometric import sinc
from gradgen.trace.array import emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, cast, plain

__all__: list[str] = []


@implements(np.nan_to_num)
def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    value = as_traced(x)
    if value.dtype.kind != "f":
        return value
    limits = np.finfo(value.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    number, high, low = (as_traced(each, value.dtype) for each in (nan, high, low))
    finite = np.where(value == np.inf, high, np.where(value == -np.inf, low, value))
    return np.where(value != value, number, finite)


@implements(np.sinc)
def _sinc(x: Any) -> Any:
    value = as_traced(x)
    return emit(sinc, value if value.dtype.kind in "fc" else cast(value, np.float64))


@implements(np.round, np.around)
def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    plain(out=out)
    x = as_traced(a)
    if x.dtype.kind in "bi" and decimals >= 0:
        return x
    return np.rint(x) if not decimals else np.rint(x * 10.0**decimals) / 10.0**decimals


def _fix(x: Any, out: Any = None) -> Any:
    plain(out=out)
    return np.trunc(x)


if hasattr(np, "fix"):  # deprecated since NumPy 2.5
    implements(np.fix)(_fix)


@implements(np.divmod)
def _divmod(x1: Any, x2: Any, /) -> Any:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@implements(np.modf)
def _modf(x: Any, /) -> Any:
    """What stands behind the point and what before it; both with the sign of x."""
    value: Any = as_traced(x)
    value = value if value.dtype.kind == "f" else cast(value, np.float64)
    whole = np.trunc(value)
    part = np.copysign(np.where(np.isinf(value), 0.0, value - whole), value)
    return part, whole


@implements(np.ldexp)
def _ldexp(x1: Any, x2: Any, /) -> Any:
    value: Any = as_traced(x1)
    value = value if value.dtype.kind == "f" else cast(value, np.float64)
    return value * np.exp2(as_traced(x2, value.dtype))


@implements(np.angle)
def _angle(z: Any, deg: bool = False) -> Any:
    """Of a real number 0 or pi."""
    x = as_traced(z)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    angle = as_traced(np.where(x < 0, np.pi, 0.0), dtype)
    return np.degrees(angle) if deg else angle


@implements(np.imag)
def _imag(val: Any) -> Any:
    return numpy.zeros_like(as_traced(val))


@implements(np.isclose)
def _isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    x, y = as_traced(a), as_traced(b)
    close = np.logical_and(np.abs(x - y) <= atol + rtol * np.abs(y), np.isfinite(y))
    close = np.logical_or(close, x == y)
    return np.logical_or(close, np.logical_and(np.isnan(x), np.isnan(y))) if equal_nan else close


@implements(np.isposinf)
def _isposinf(x: Any, out: Any = None) -> Any:
    plain(out=out)
    return as_traced(x) == np.inf


@implements(np.isneginf)
def _isneginf(x: Any, out: Any = None) -> Any:
    plain(out=out)
    return as_traced(x) == -np.inf


@implements(np.isreal)
def _isreal(x: Any) -> Any:
    return numpy.ones_like(as_traced(x), dtype=bool)


@implements(np.iscomplex)
def _iscomplex(x: Any) -> Any:
    return numpy.zeros_like(as_traced(x), dtype=bool)
