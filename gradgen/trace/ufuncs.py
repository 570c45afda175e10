"""The ufunc path: NumPy's promotion and broadcasting made explicit, then what `gradgen.ops` has for the ufunc.

An op added there is traced from its ufunc; it needs nothing here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import DTypeError, TraceError
from gradgen.ir import DTYPES, broadcast_shapes
from gradgen.ops.compositions import translation
from gradgen.trace.advice import advice_for
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.complex_functions import complex_among, on_complex
from gradgen.trace.complex_ufuncs import complex_translation
from gradgen.trace.context import FUNCTIONS, implements
from gradgen.trace.moves import Operand, as_traced, kind_of, plain, prepare, shape_of, to_shape

__all__ = ["REDUCTIONS", "operate"]

REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
    np.fmax: np.nanmax,
    np.fmin: np.nanmin,
}
ACCUMULATIONS: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}


@implements(np.ufunc)
def _apply(ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """What ``__array_ufunc__`` is asked for."""
    begun: tuple[str, ...] = ("initial", "where") if method == "reduce" else ()
    given = {key: kwargs.pop(key) for key in begun if key in kwargs}
    _check_keywords(kwargs)
    if method == "__call__":
        return _called(ufunc, *inputs, **kwargs)
    if method == "reduce" and ufunc in REDUCTIONS:
        kwargs.update(given)
        return _reduced(ufunc, *inputs, **kwargs)
    if method == "accumulate" and ufunc in ACCUMULATIONS:
        return _accumulated(ufunc, *inputs, **kwargs)
    if method == "outer":
        x, y = (as_traced(operand) for operand in inputs)
        return ufunc(x.reshape(*x.shape, *[1] * y.ndim), y, **kwargs)
    if method == "at":
        raise TraceError("np.ufunc.at changes an array in place; build the new array with np.where or np.concatenate")
    remedy = "write it with array operations"
    if method == "accumulate" and ufunc in REDUCTIONS:
        remedy = f"write np.array([np.{REDUCTIONS[ufunc].__name__}(x[: i + 1], axis=0) for i in range(len(x))])"
    raise TraceError(f"np.{ufunc.__name__}.{method} of a traced array is not supported; {remedy}")


def _check_keywords(kwargs: dict[str, Any]) -> None:
    """Drop what concerns memory only, refuse what there is no meaning for."""
    plain(out=kwargs.pop("out", None), where=kwargs.pop("where", None), signature=kwargs.pop("signature", None))
    plain(casting=kwargs.pop("casting", None), initial=kwargs.pop("initial", None))
    for memory in ("order", "subok"):
        kwargs.pop(memory, None)


def _reduced(ufunc: np.ufunc, x: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False, **given: Any) -> Any:
    # np.max and its kind take no dtype.
    keywords = given if dtype is None else {**given, "dtype": dtype}
    return REDUCTIONS[ufunc](x, axis=axis, keepdims=keepdims, **keywords)


def _accumulated(ufunc: np.ufunc, x: Any, axis: Any = 0, dtype: Any = None) -> Any:
    return ACCUMULATIONS[ufunc](x, axis=axis, dtype=dtype)


def _called(ufunc: np.ufunc, *inputs: Any, **kwargs: Any) -> Any:
    if ufunc in FUNCTIONS:  # products, and those with two results
        function = on_complex(ufunc, ufunc.__name__) if complex_among(inputs) else FUNCTIONS[ufunc]
        return function(*inputs, **kwargs)
    return operate(ufunc, *inputs, **kwargs)


def operate(ufunc: np.ufunc, *inputs: Any, dtype: Any = None) -> TracedArray:
    """An elementwise ufunc on operands of any dtype and shape.

    Raises
    ------
    DTypeError, ShapeError
        As NumPy would, and for a dtype the graph does not have.
    TraceError
        If there is no such operation.
    """
    translated = translation(ufunc)
    if translated is None:
        raise TraceError(f"is not supported on traced arrays; {advice_for(ufunc.__name__)}")
    operands = [prepare(x) for x in inputs]
    dtypes = _resolve(ufunc, tuple([kind_of(x) for x in operands]), None if dtype is None else np.dtype(dtype))
    _check_integer_power(ufunc, dtypes[0], operands)
    shape = broadcast_shapes(*[shape_of(x) for x in operands])
    # Converted before it is repeated: a constant stays one number.
    arrays = [to_shape(as_traced(x, wanted), shape) for x, wanted in zip(operands, dtypes, strict=False)]
    result = emit(complex_translation(ufunc) if dtypes[0].kind == "c" else translated, *arrays)
    if result.dtype != dtypes[-1]:
        raise DTypeError(f"of {dtypes[0]} is not supported on traced arrays")
    return result


@functools.lru_cache(maxsize=4096)
def _resolve(ufunc: np.ufunc, kinds: tuple[Any, ...], dtype: np.dtype | None) -> tuple[np.dtype, ...]:
    """The dtypes NumPy computes in: one for each operand, then the result's."""
    fixed: Any = {} if dtype is None else {"signature": (None,) * ufunc.nin + (dtype,) * ufunc.nout}
    if all(isinstance(kind, type) for kind in kinds):  # else whole numbers are compared as objects
        kinds = tuple(map(np.dtype, kinds))
    try:
        dtypes = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout), **fixed)
    except TypeError:
        names = ", ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
        raise DTypeError(f"not defined for {names}") from None
    for found in dtypes:
        if found not in DTYPES:
            raise DTypeError(f"dtype {found} is not supported; convert the operands with .astype(), e.g. to float64")
    return tuple(dtypes)


def _check_integer_power(ufunc: np.ufunc, dtype: np.dtype, operands: list[Operand]) -> None:
    if ufunc is np.power and dtype.kind == "i" and isinstance(operands[1], int) and operands[1] < 0:
        raise DTypeError("integers to negative integer powers are not allowed; convert the base with .astype(float)")
