"""Which functions of NumPy take complex values: those that only move and add up elements, and those written here.

All others are refused, for what is written for real numbers (a norm as the root of a sum of squares) would be wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import TraceError
from gradgen.ops import Value
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.complex_pair import COMPLEX_ADVICE, Pair, as_pair, is_zero
from gradgen.trace.context import FUNCTIONS, numpy
from gradgen.trace.moves import as_traced, axes_of
from gradgen.trace.reductions import guarded_root

__all__ = ["complex_among", "embedded", "joined", "on_complex", "parts"]

Function = Callable[..., Any]

# fmt: off
# What is on complex values as written for real ones.
ALIKE = """
all any append apply_along_axis apply_over_axes array2string array_repr array_split array_str astype atleast_1d
atleast_2d atleast_3d average block broadcast_arrays broadcast_to can_cast choose column_stack common_type compress
concatenate convolve copy copyto count_nonzero cross cumprod cumsum cumulative_prod cumulative_sum delete diag
diag_indices_from diagflat diagonal diff dot dsplit dstack ediff1d einsum einsum_path empty_like expand_dims extract
fill_diagonal flip fliplr flipud full_like gradient hsplit hstack inner insert isclose iscomplexobj isrealobj kron
linspace matmul matrix_transpose matvec may_share_memory mean meshgrid min_scalar_type moveaxis nancumprod nancumsum
nanmean nanprod nansum ndim ones_like outer pad place polyadd polyder polyint polymul polysub polyval prod put
put_along_axis putmask ravel repeat reshape resize result_type roll rollaxis rot90 select shape shares_memory size
split squeeze stack sum swapaxes take take_along_axis tensordot tile trace transpose trapezoid tril tril_indices_from
triu triu_indices_from unstack vander vdot vsplit vstack where zeros_like lib.stride_tricks.sliding_window_view
linalg.cross linalg.diagonal linalg.matmul linalg.matrix_power linalg.matrix_transpose linalg.multi_dot linalg.outer
linalg.tensordot linalg.trace
"""
# fmt: on
ORDER = """
argmax argmin argpartition argsort clip max median min nanargmax nanargmin nanmax nanmedian nanmin nanpercentile
nanquantile partition percentile ptp quantile searchsorted sort amax amin digitize interp
"""
_ORDER = "complex numbers have no order; sort or compare by np.abs(z), np.real(z) or np.imag(z)"
ADVICE = {
    **dict.fromkeys(ORDER.split(), _ORDER),
    "real_if_close": "whether it is real depends on the numbers; take np.real(z)",
    "linalg.det": "np.sqrt(np.linalg.det(np.block([[R, -I], [I, R]]))) of its parts is the absolute value",
}


def _found(name: str) -> Any:
    """The function that goes by this name after ``np.``; None if this NumPy does not have it."""
    owner: Any = np
    for part in name.split("."):
        owner = getattr(owner, part, None)
    return owner


ALIKE_FUNCTIONS = {_found(name) for name in ALIKE.split()}
TABLE: dict[Function, Function] = {}


def on_complex(func: Function, name: str) -> Function:
    """What a function of NumPy is where an argument is complex.

    Raises
    ------
    TraceError
        If there is nothing; the message says what to write instead.
    """
    if func in TABLE:
        return TABLE[func]
    if func in ALIKE_FUNCTIONS:
        return FUNCTIONS[func]
    raise TraceError(f"of complex numbers is not supported; {ADVICE.get(name, COMPLEX_ADVICE)}")


def complex_among(objects: Any) -> bool:
    """Whether there is something complex among arguments, in lists too."""
    for each in objects:
        if type(each) in (list, tuple):
            if complex_among(each):
                return True
        elif isinstance(each, complex) or getattr(getattr(each, "dtype", None), "kind", "") == "c":
            return True
    return False


def _complex(*functions: Any) -> Callable[[Function], Function]:
    def register(implementation: Function) -> Function:
        TABLE.update(dict.fromkeys([function for function in functions if function is not None], implementation))
        return implementation

    return register


# --- parts -------------------------------------------------------------------------------------------


def joined(re: Any, im: Any) -> TracedArray:
    """The complex array with these parts, real arrays of one shape.

    Examples
    --------
    >>> from gradgen.trace import make_graph
    >>> from gradgen.ir import TypeMaker
    >>> graph = make_graph(lambda x: np.abs(joined(x, 2.0 * x)), TypeMaker(np.float64)[3])
    >>> [graph[identity].op.name for identity in graph.live()][-1]
    'hypot'
    """
    return emit(Pair, as_traced(re), as_traced(im))


def parts(z: Any) -> tuple[Any, Any]:
    """Real and imaginary part."""
    return _real(z), _imag(z)


def _pair(value: Value) -> Pair:
    return as_pair(value, value)


@_complex(np.real)
def _real(val: Any) -> Any:
    return emit(lambda value: _pair(value).re, as_traced(val))


@_complex(np.imag)
def _imag(val: Any) -> Any:
    return emit(lambda value: _pair(value).im, as_traced(val))


@_complex(np.angle)
def _angle(z: Any, deg: bool = False) -> Any:
    re, im = parts(z)
    angle = np.arctan2(im, re)
    return np.degrees(angle) if deg else angle


@_complex(np.round, np.around)
def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    return joined(*[np.round(part, decimals, out) for part in parts(a)])


@_complex(np.isreal)
def _isreal(x: Any) -> Any:
    return _imag(x) == 0.0


@_complex(np.iscomplex)
def _iscomplex(x: Any) -> Any:
    return _imag(x) != 0.0


# --- sizes -------------------------------------------------------------------------------------------


@_complex(np.var)
def _var(a: Any, *args: Any, mean: Any = np._NoValue, **kwargs: Any) -> Any:
    if mean is not np._NoValue:
        raise TraceError("leave away the argument mean= on complex numbers: it is not supported")
    return sum(np.var(part, *args, **kwargs) for part in parts(a))


@_complex(np.std)
def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    return guarded_root(_var(a, *args, **kwargs))


def _root_of_squares(z: Any, axes: Any, keepdims: Any) -> Any:
    return guarded_root(sum(np.sum(np.square(part), axis=axes, keepdims=keepdims) for part in parts(z)))


@_complex(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Of the absolute values, as all these norms are but those of singular values."""
    z = as_traced(x)
    axes = axes_of(axis, z.ndim)
    if ord is None or (ord in ("fro", "f") and len(axes) == 2) or (ord == 2 and len(axes) == 1):
        return _root_of_squares(z, axes, keepdims)
    if len(axes) == 2 and ord in (2, -2, "nuc"):
        raise TraceError(f"ord={ord!r} of a complex matrix is not supported; use None, 'fro', 1 or inf")
    return np.linalg.norm(np.abs(z), ord, axis, keepdims)


@_complex(np.linalg.vector_norm)
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if ord == 2:
        return _root_of_squares(x, axes_of(axis, as_traced(x).ndim), keepdims)
    return np.linalg.vector_norm(np.abs(as_traced(x)), axis=axis, keepdims=keepdims, ord=ord)


@_complex(np.linalg.matrix_norm)
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _norm(x, ord, axis=(-2, -1), keepdims=keepdims)


# --- products that conjugate, and matrices -------------------------------------------------------------


@_complex(_found("vecdot"))
def _vecdot(x1: Any, x2: Any, /, **kwargs: Any) -> Any:
    return FUNCTIONS[numpy.vecdot](np.conjugate(as_traced(x1)), x2, **kwargs)


@_complex(_found("vecmat"))
def _vecmat(x1: Any, x2: Any, /, **kwargs: Any) -> Any:
    return FUNCTIONS[numpy.vecmat](np.conjugate(as_traced(x1)), x2, **kwargs)


@_complex(np.linalg.vecdot)
def _linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return numpy.sum(np.conjugate(as_traced(x1)) * x2, axis=axis)


@_complex(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    return FUNCTIONS[np.correlate](a, np.conjugate(as_traced(v)), mode)


def embedded(a: TracedArray) -> Any:
    """The real matrix that does to both parts, one above the other, what the complex one does."""
    re, im = parts(a)
    upper, lower = numpy.concatenate([re, -im], axis=-1), numpy.concatenate([im, re], axis=-1)
    return numpy.concatenate([upper, lower], axis=-2)


@_complex(np.linalg.inv)
def _inv(a: Any) -> Any:
    matrix = as_traced(a)
    n = matrix.shape[-1]
    inverse: Any = np.linalg.inv(embedded(matrix))
    return joined(inverse[..., :n, :n], inverse[..., n:, :n])


@_complex(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    matrix, right = as_traced(a), as_traced(b)
    if is_zero(_imag(matrix).value):
        return joined(*[np.linalg.solve(_real(matrix), part) for part in parts(right)])
    axis = -1 if right.ndim == 1 else -2
    n = matrix.shape[-1]
    both: Any = numpy.moveaxis(np.linalg.solve(embedded(matrix), numpy.concatenate(parts(right), axis=axis)), axis, 0)
    return numpy.moveaxis(joined(both[:n], both[n:]), 0, axis)
