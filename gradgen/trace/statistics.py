"""Reductions that pass over NaN, and the second moments of several variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.trace.array import TracedArray
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, cast, number_of, plain
from gradgen.trace.reductions import guarded_root

__all__: list[str] = []

NO: Any = np._NoValue


def _known(a: Any, where: Any = NO) -> tuple[TracedArray, Any]:
    """An array and where its numbers are: not NaN, and among those asked for."""
    x = as_traced(a)
    numbers = np.logical_not(np.isnan(x))
    return x, numbers if where is NO or where is True else np.logical_and(numbers, where)


@implements(np.nansum)
def _nansum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> Any:
    x, known = _known(a, where)
    return np.sum(x, axis=axis, dtype=dtype, out=out, keepdims=keepdims, initial=initial, where=known)


@implements(np.nanprod)
def _nanprod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> Any:
    x, known = _known(a, where)
    return np.prod(x, axis=axis, dtype=dtype, out=out, keepdims=keepdims, initial=initial, where=known)


@implements(np.nanmean)
def _nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO
) -> Any:
    x, known = _known(a, where)
    return numpy.mean(x, axis=axis, dtype=dtype, out=out, keepdims=keepdims, where=known)


@implements(np.nanvar)
def _nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, *args: Any, **kwargs: Any
) -> Any:
    keywords = dict(zip(("keepdims",), args, strict=False)) | kwargs
    x, known = _known(a, keywords.pop("where", NO))
    spread = numpy.var(x, axis=axis, dtype=dtype, out=out, ddof=ddof, where=known, **keywords)
    # Of too few numbers nothing is known, and np.var would say infinity.
    enough = numpy.sum(known, axis=axis, keepdims=keywords.get("keepdims", False)) > ddof
    return np.where(enough, spread, np.nan)


@implements(np.nanstd)
def _nanstd(a: Any, *args: Any, **kwargs: Any) -> Any:
    return guarded_root(_nanvar(a, *args, **kwargs))


@implements(np.nanmax)
def _nanmax(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO) -> Any:
    return _nan_extreme(np.max, -np.inf, a, axis, out, keepdims, initial, where)


@implements(np.nanmin)
def _nanmin(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO) -> Any:
    return _nan_extreme(np.min, np.inf, a, axis, out, keepdims, initial, where)


def _nan_extreme(find: Any, least: float, a: Any, axis: Any, out: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    """The extremum of the numbers; NaN where there is none."""
    plain(out=out)
    x, known = _known(a, where)
    if x.dtype.kind != "f":
        return find(x, axis=axis, keepdims=keepdims, initial=initial, where=where)
    begun = least if initial is NO else initial
    result = find(np.where(known, x, begun), axis=axis, keepdims=keepdims, initial=initial)
    if initial is not NO:
        return result
    return np.where(numpy.any(known, axis=axis, keepdims=keepdims), result, np.nan)


@implements(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    kind = dtype or np.result_type(*[as_traced(each).dtype for each in (m, y) if each is not None], np.float64)
    x = _variables(m, rowvar, kind)
    if y is not None:
        x = np.concatenate([x, _variables(y, rowvar, kind)])
    weights = _product_of(fweights, aweights)
    lost = ddof if ddof is not None else 0 if bias else 1
    if weights is None:
        centred = x - np.mean(x, axis=1, keepdims=True)
        return np.squeeze(centred @ centred.T / (number_of(x.shape[1:], x.dtype) - lost))
    total = numpy.sum(weights)
    centred = x - (x @ weights / total)[:, None]
    # The numbers of observations count fully, the weights of their importance only among themselves.
    again = total if aweights is None else numpy.sum(weights * aweights) / total
    return np.squeeze((centred * weights) @ centred.T / (total - lost * again))


def _variables(m: Any, rowvar: bool, dtype: Any) -> Any:
    """One variable in each row."""
    x: Any = cast(as_traced(m), dtype)
    if x.ndim > 2:
        raise ShapeError(f"needs one or two dimensions, not {x.ndim}")
    return np.atleast_2d(x) if rowvar or x.ndim == 1 else x.T


def _product_of(first: Any, second: Any) -> Any:
    if first is None or second is None:
        given = second if first is None else first
        return None if given is None else as_traced(given, np.dtype(float))
    return as_traced(first, np.dtype(float)) * as_traced(second, np.dtype(float))


@implements(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = _cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    spread = np.sqrt(np.diag(c))
    return np.clip(c / spread[:, None] / spread[None, :], -1, 1)
