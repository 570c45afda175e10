"""One or more calls of everything of NumPy that is supported, by its name there.

A row is a list of calls; each is a function of the arrays it is differentiated by. Arguments that carry no
derivative stand inside the functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[..., Any]
RNG = np.random.default_rng(11)


def numbers(*shape: int) -> np.ndarray:
    """Distinct numbers between 0.15 and 0.95 in no order, so that no two tie and every function is defined."""
    count = int(np.prod(shape))
    return RNG.permutation(np.linspace(0.15, 0.95, count)).reshape(shape)


S, V, W, L, M, N, Q, T = (
    numbers(),
    numbers(4),
    numbers(4)[::-1] + 0.013,
    numbers(7),
    numbers(3, 4),
    numbers(4, 2),
    numbers(3, 3),
    numbers(2, 3, 4),
)
# Not in a whole ratio to the others, nor equal to any.
APART = 0.9137 * V + 0.0213
ONE, TWO = np.array([0, 2, 1]), np.array([[1, 1], [0, 2]])
MASK = np.array([True, False, True, True])
MASKS = np.arange(12).reshape(3, 4) % 3 != 0
HOLES = np.where(np.arange(12).reshape(3, 4) % 5 == 2, np.nan, 1.0)

Row = list[tuple[Function, tuple[np.ndarray, ...]]]


def of(*arguments: np.ndarray) -> Callable[..., Row]:
    """Calls with these arguments."""
    return lambda *functions: [(function, arguments) for function in functions]


UNARY = {
    "arccosh": lambda x: np.arccosh(x + 1),
    **{
        name: getattr(np, name)
        for name in (
            "absolute arccos arcsin arcsinh arctan arctanh cbrt ceil conjugate cos cosh deg2rad degrees exp exp2 expm1 "
            "fabs floor log log10 log1p log2 negative positive rad2deg radians reciprocal rint sign sin sinh sqrt square "
            "tan tanh trunc"
        ).split()
    },
}
DIVISIONS = {name: getattr(np, name) for name in "divmod floor_divide fmod remainder".split()}
BINARY = {
    name: getattr(np, name)
    for name in (
        "add arctan2 copysign divide float_power fmax fmin heaviside hypot logaddexp logaddexp2 maximum "
        "minimum multiply power subtract"
    ).split()
}
QUESTIONS = {
    **{
        name: getattr(np, name)
        for name in "equal greater greater_equal less less_equal logical_and logical_or logical_xor not_equal".split()
    },
    **{
        name: (lambda f: lambda x, y: f(x))(getattr(np, name))
        for name in "isfinite isinf isnan logical_not signbit".split()
    },
}
WHOLE = {
    **{
        name: (lambda f: lambda x: f((9 * x).astype(int), 3))(getattr(np, name))
        for name in "bitwise_and bitwise_or bitwise_xor".split()
    },
    "invert": lambda x: np.invert((9 * x).astype(int)),
}

ELEMENTWISE: dict[str, Row] = {
    **{name: of(V)(f) for name, f in UNARY.items()},
    **{name: of(M, APART)(f) for name, f in {**BINARY, **QUESTIONS}.items()},
    **{name: of(V)(f) for name, f in WHOLE.items()},
    **{name: of(M + 1, 0.808 + 0.001 * V)(f) for name, f in DIVISIONS.items()},
    "modf": of(V)(lambda x: np.modf(3 * x)),
    "ldexp": of(V)(lambda x: np.ldexp(x, [1, -2, 3, 0])),
    "matmul": of(M, N)(np.matmul) + of(T, N)(np.matmul) + of(V, N)(np.matmul) + of(M, V)(np.matmul),
    "angle": of(V)(lambda x: np.angle(x - 0.5)),
    "around": of(APART)(lambda x: np.around(x, 1)),
    "astype": of(V)(lambda x: np.astype(x, np.float64)),
    "fix": of(V)(lambda x: np.fix(4 * x)),
    "imag": of(V)(np.imag),
    "iscomplex": of(V)(np.iscomplex),
    "isreal": of(V)(np.isreal),
    "isclose": of(V, W)(lambda x, y: np.isclose(x, y, 0.1, 0.1), lambda x, y: np.isclose(x, y, equal_nan=True)),
    "isneginf": of(V)(lambda x: np.isneginf(-1 / np.floor(x))),
    "isposinf": of(V)(lambda x: np.isposinf(1 / np.floor(x))),
    "nan_to_num": of(V)(np.nan_to_num, lambda x: np.nan_to_num(np.where(MASK, x, np.nan), nan=2.0)),
    "real": of(V)(np.real),
    "real_if_close": of(V)(np.real_if_close),
    "round": of(APART)(lambda x: np.round(10 * x)),
    "sinc": of(V)(np.sinc, lambda x: np.sinc(3 * x - 1)),
}

CHOICE: dict[str, Row] = {
    "choose": of(V, W)(
        lambda x, y: np.choose([0, 1, 1, 0], [x, y]),
        lambda x, y: np.choose([0, 5, -1, 1], [x, y], mode="wrap"),
        lambda x, y: np.choose((2 * x).astype(int), [x, y], mode="clip"),
    ),
    "clip": of(V)(lambda x: np.clip(x, 0.3, 0.7), lambda x: np.clip(x, None, 0.5), lambda x: np.clip(x, x[0], 0.9)),
    "piecewise": of(V)(
        lambda x: np.piecewise(x, [x < 0.4, x > 0.7], [np.sin, lambda v: v**2, -1.0]),
        lambda x: np.piecewise(x, x < 0.5, [lambda v, a: a * v, 0], 3.0),
    ),
    "select": of(V, W)(lambda x, y: np.select([x < 0.3, y < 0.6], [x * y, y], 1.0)),
    "where": of(V, W)(lambda x, y: np.where(x > y, x * y, y), lambda x, y: np.where(MASK, x, 1.0)),
}

REDUCTIONS: dict[str, Row] = {
    "all": of(M)(lambda x: np.all(x > 0.3, axis=1), lambda x: np.all(x > 0.3, where=MASKS, axis=0)),
    "any": of(M)(lambda x: np.any(x > 0.9, axis=0, keepdims=True), lambda x: np.any(x > 0.9, where=MASKS)),
    "amax": of(M)(np.amax),
    "amin": of(M)(np.amin),
    "average": of(M, V)(
        lambda x, w: np.average(x, axis=1, weights=w),
        lambda x, w: np.average(x, weights=x * w, axis=0, returned=True),
        lambda x, w: np.average(x, axis=(0,), keepdims=True),
        lambda x, w: np.average(x, returned=True),
    ),
    "corrcoef": of(M)(np.corrcoef, lambda x: np.corrcoef(x, rowvar=False)) + of(V, W)(np.corrcoef),
    "count_nonzero": of(M)(lambda x: np.count_nonzero(x > 0.5, axis=0)),
    "cov": of(M, M[:1])(
        lambda x, y: np.cov(x),
        np.cov,
        lambda x, y: np.cov(x, bias=True, rowvar=False),
        lambda x, y: np.cov(x, aweights=[1.0, 2.0, 0.5, 1.0], fweights=[1, 3, 1, 2]),
        lambda x, y: np.cov(x, fweights=[1, 3, 1, 2], ddof=0),
    )
    + of(M, V)(lambda x, w: np.cov(x, aweights=w)),
    "max": of(M)(
        np.max, lambda x: np.max(x, axis=0, keepdims=True), lambda x: np.max(x, axis=1, initial=0.5, where=MASKS)
    ),
    "mean": of(M)(
        np.mean, lambda x: np.mean(x, axis=(0, 1), keepdims=True), lambda x: np.mean(x, axis=1, where=MASKS)
    ),
    "median": of(M)(np.median, lambda x: np.median(x, axis=0), lambda x: np.median(x, axis=1, keepdims=True)),
    "min": of(M)(np.min, lambda x: np.min(x, axis=(1,), initial=0.4)),
    "nanmax": of(M)(lambda x: np.nanmax(x * HOLES, axis=0), lambda x: np.nanmax(x, initial=0.1)),
    "nanmean": of(M)(lambda x: np.nanmean(x * HOLES, axis=1), lambda x: np.nanmean(x * HOLES, keepdims=True)),
    "nanmedian": of(M)(lambda x: np.nanmedian(x * HOLES, axis=1), lambda x: np.nanmedian(x * HOLES)),
    "nanmin": of(M)(lambda x: np.nanmin(x * HOLES, axis=0, keepdims=True)),
    "nanpercentile": of(M)(lambda x: np.nanpercentile(x * HOLES, [20, 70], axis=1)),
    "nanprod": of(M)(lambda x: np.nanprod(x * HOLES, axis=1)),
    "nanquantile": of(M)(
        lambda x: np.nanquantile(x * HOLES, 0.3, axis=0),
        lambda x: np.nanquantile(x * HOLES, 0.3, axis=1, method="hazen", keepdims=True),
    ),
    "nanstd": of(M)(lambda x: np.nanstd(x * HOLES, axis=1)),
    "nansum": of(M)(lambda x: np.nansum(x * HOLES, axis=0), lambda x: np.nansum(x * HOLES, initial=2.0, where=MASKS)),
    "nanvar": of(M)(lambda x: np.nanvar(x * HOLES, axis=1, ddof=1), lambda x: np.nanvar(x, keepdims=True)),
    "percentile": of(M)(
        lambda x: np.percentile(x, 30),
        lambda x: np.percentile(x, [10, 50, 99], axis=1, keepdims=True),
        lambda x: np.percentile(x, 40, axis=(0, 1), method="midpoint"),
    ),
    "prod": of(M)(np.prod, lambda x: np.prod(x, axis=1, where=MASKS, initial=2.0)),
    "ptp": of(M)(np.ptp, lambda x: np.ptp(x, axis=1, keepdims=True)),
    "quantile": [
        call
        for method in (
            "linear hazen weibull median_unbiased normal_unbiased interpolated_inverted_cdf lower higher nearest midpoint"
        ).split()
        for call in of(M)((lambda m: lambda x: np.quantile(x, [0.0, 0.37, 1.0], axis=1, method=m))(method))
    ]
    + of(M, S)(lambda x, q: np.quantile(x, q, axis=0)),
    "std": of(M)(np.std, lambda x: np.std(x, axis=0, ddof=1), lambda x: np.std(x, axis=1, where=MASKS)),
    "sum": of(M)(
        np.sum,
        lambda x: np.sum(x, axis=1, keepdims=True),
        lambda x: np.sum(x, axis=0, where=MASKS, initial=3.0),
        lambda x: np.sum(x, where=x > 0.5),
    ),
    "var": of(M)(
        np.var, lambda x: np.var(x, axis=1, ddof=1, keepdims=True), lambda x: np.var(x, axis=0, where=MASKS, ddof=1)
    ),
}

SCANS: dict[str, Row] = {
    "cumprod": of(M)(np.cumprod, lambda x: np.cumprod(x, axis=1)),
    "cumsum": of(M)(np.cumsum, lambda x: np.cumsum(x, axis=0)),
    "diff": of(M, V)(
        lambda x, y: np.diff(x, axis=0),
        lambda x, y: np.diff(x, 2),
        lambda x, y: np.diff(y, prepend=0.5, append=y[:2]),
        lambda x, y: np.diff(x, axis=0, prepend=y[None]),
    ),
    "ediff1d": of(M)(np.ediff1d, lambda x: np.ediff1d(x, to_end=[1.0, 2.0], to_begin=x[0])),
    "gradient": of(L)(np.gradient, lambda x: np.gradient(x, 0.5), lambda x: np.gradient(x, 0.5, edge_order=2))
    + of(L, L)(lambda x, t: np.gradient(x, np.cumsum(t)), lambda x, t: np.gradient(x, np.cumsum(t), edge_order=2))
    + of(M)(np.gradient, lambda x: np.gradient(x, 2.0, 3.0), lambda x: np.gradient(x, axis=1)),
    "nancumprod": of(M)(lambda x: np.nancumprod(x * HOLES, axis=1)),
    "nancumsum": of(M)(lambda x: np.nancumsum(x * HOLES)),
    "trapezoid": of(M, V)(
        lambda x, t: np.trapezoid(x), lambda x, t: np.trapezoid(x, t), lambda x, t: np.trapezoid(x, dx=0.5, axis=0)
    ),
    "unwrap": of(L)(
        lambda x: np.unwrap(9 * x), lambda x: np.unwrap(9 * x, discont=4.0), lambda x: np.unwrap(5 * x, period=2.0)
    ),
}
if hasattr(np, "cumulative_sum"):
    SCANS["cumulative_sum"] = of(V)(np.cumulative_sum, lambda x: np.cumulative_sum(x, include_initial=True))
    SCANS["cumulative_prod"] = of(M)(lambda x: np.cumulative_prod(x, axis=1, include_initial=True))

ORDER: dict[str, Row] = {
    "argmax": of(M)(np.argmax, lambda x: np.argmax(x, axis=0), lambda x: np.argmax(x, axis=1, keepdims=True)),
    "argmin": of(M)(lambda x: np.argmin(x, keepdims=True), lambda x: np.argmin(x, axis=0)),
    "argpartition": of(V)(lambda x: x[np.argpartition(x, 2)[2]]),
    "argsort": of(M)(
        np.argsort, lambda x: np.argsort(x, axis=0), lambda x: np.argsort(x, axis=None), lambda x: x[np.argsort(x[:, 0])]
    ),
    "digitize": of(V)(
        lambda x: np.digitize(x, [0.3, 0.5, 0.7]),
        lambda x: np.digitize(x, [0.7, 0.5, 0.3], right=True),
    ),
    "nanargmax": of(M)(lambda x: np.nanargmax(x * HOLES, axis=1)),
    "nanargmin": of(M)(lambda x: np.nanargmin(x * HOLES)),
    "partition": of(V)(lambda x: np.partition(x, 1)[1]),
    "searchsorted": of(V, W)(
        lambda x, y: np.searchsorted(np.sort(x), y),
        lambda x, y: np.searchsorted(x, y, side="right", sorter=np.argsort(x)),
    ),
    "sort": of(M)(np.sort, lambda x: np.sort(x, axis=0), lambda x: np.sort(x, axis=None))
    + of(T)(lambda x: np.sort(x, axis=1, kind="stable")),
    "take": of(M)(
        lambda x: np.take(x, [5, 1, -1, 5]),
        lambda x: np.take(x, [0, 5], axis=1, mode="clip"),
        lambda x: np.take(x, np.argmax(x, axis=1), axis=1),
        lambda x: np.take(x, [-1, 7], axis=0, mode="wrap"),
    ),
    "take_along_axis": of(M)(
        lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
        lambda x: np.take_along_axis(x, np.array([[1, 0, 2, 1]]), axis=0),
        lambda x: np.take_along_axis(x, np.array([5, -1]), axis=None),
    ),
}

PRODUCTS: dict[str, Row] = {
    "convolve": of(V, L)(
        np.convolve, lambda x, y: np.convolve(x, y, "same"), lambda x, y: np.convolve(y, x, "valid")
    )
    + of(numbers(20), numbers(18))(np.convolve),
    "correlate": of(V, L)(
        np.correlate, lambda x, y: np.correlate(y, x, "same"), lambda x, y: np.correlate(x, y, "full")
    ),
    "cross": of(Q, Q[0])(np.cross, lambda x, y: np.cross(x, y, axisa=0, axisc=0)),
    "dot": of(M, N)(np.dot) + of(T, N)(np.dot) + of(V, W)(np.dot) + of(M, S)(np.dot),
    "einsum": of(M, N)(
        lambda x, y: np.einsum("ij,jk->ik", x, y),
        lambda x, y: np.einsum("ij,jk", x, y, optimize=True),
        lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [2, 0]),
        lambda x, y: np.einsum("ij,jk,ij->k", x, y, x, optimize="greedy"),
    )
    + of(Q)(
        lambda x: np.einsum("ii->i", x), lambda x: np.einsum("ii", x), lambda x: np.einsum("ij,ji,ii->j", x, x, x)
    )
    + of(T, T)(lambda x, y: np.einsum("...ij,...kj->...ik", x, y)),
    "inner": of(M, V)(np.inner) + of(T, M)(np.inner),
    "kron": of(M, N)(np.kron) + of(V, Q)(np.kron),
    "linalg.cross": of(Q, Q)(np.linalg.cross),
    "linalg.matmul": of(M, N)(np.linalg.matmul),
    "linalg.matrix_norm": of(T)(np.linalg.matrix_norm, lambda x: np.linalg.matrix_norm(x, ord=1, keepdims=True)),
    "linalg.matrix_power": of(Q)(lambda x: np.linalg.matrix_power(x, 5)),
    "linalg.multi_dot": of(M, N)(lambda x, y: np.linalg.multi_dot([x, y, y.T, x.T])),
    "linalg.norm": of(M)(
        np.linalg.norm,
        lambda x: np.linalg.norm(x, axis=1),
        lambda x: np.linalg.norm(x, 3, axis=0, keepdims=True),
        lambda x: np.linalg.norm(x, np.inf),
        lambda x: np.linalg.norm(x, -np.inf, axis=1),
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.linalg.norm(x, 0, axis=1),
    ),
    "linalg.outer": of(V, W)(np.linalg.outer),
    "linalg.tensordot": of(T, N)(lambda x, y: np.linalg.tensordot(x, y, axes=1)),
    "linalg.vecdot": of(M, V)(np.linalg.vecdot),
    "linalg.vector_norm": of(M)(np.linalg.vector_norm, lambda x: np.linalg.vector_norm(x, axis=0, ord=1.5)),
    "outer": of(V, M)(np.outer),
    "tensordot": of(T, N)(lambda x, y: np.tensordot(x, y, 1), lambda x, y: np.tensordot(x, y, ([0, 2], [1, 0]))),
    "vdot": of(V, W)(np.vdot) + of(M, M)(np.vdot),
}
for _name, _first, _second in (("vecdot", M, V), ("matvec", M, V), ("vecmat", V, N)):
    if hasattr(np, _name):
        PRODUCTS[_name] = of(_first, _second)(getattr(np, _name))

SHAPES: dict[str, Row] = {
    "atleast_1d": of(S, V)(np.atleast_1d),
    "atleast_2d": of(S, V)(np.atleast_2d),
    "atleast_3d": of(V, M)(np.atleast_3d),
    "broadcast_arrays": of(M, V)(np.broadcast_arrays),
    "broadcast_to": of(V)(lambda x: np.broadcast_to(x, (2, 3, 4))),
    "copy": of(M)(np.copy),
    "expand_dims": of(M)(lambda x: np.expand_dims(x, (0, -1))),
    "flip": of(M)(np.flip, lambda x: np.flip(x, 1)),
    "fliplr": of(M)(np.fliplr),
    "flipud": of(M)(np.flipud),
    "linalg.matrix_transpose": of(T)(np.linalg.matrix_transpose),
    "matrix_transpose": of(T)(np.matrix_transpose),
    "meshgrid": of(V, L)(np.meshgrid, lambda x, y: np.meshgrid(x, y, indexing="ij", sparse=True)),
    "moveaxis": of(T)(lambda x: np.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, [0, 1], [-1, 0])),
    "pad": of(M)(
        lambda x: np.pad(x, 2),
        lambda x: np.pad(x, ((1, 0), (2, 3)), constant_values=((1.0, 2.0), (3.0, 4.0))),
        *[
            (lambda mode: lambda x: np.pad(x, ((2, 5), (1, 6)), mode))(mode)
            for mode in ("edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "mean", "median", "minimum")
        ],
        lambda x: np.pad(x, ((1, 2), (2, 2)), "reflect", reflect_type="odd"),
        lambda x: np.pad(x, 3, "symmetric", reflect_type="odd"),
        lambda x: np.pad(x, (2, 1), "linear_ramp", end_values=(1.0, -1.0)),
        lambda x: np.pad(x, 2, "mean", stat_length=2),
        lambda x: np.pad(x, 1, "maximum", stat_length=((1, 2), (3, 1))),
    )
    + of(V, S)(lambda x, c: np.pad(x, (2, 1), constant_values=c)),
    "permute_dims": of(T)(lambda x: np.permute_dims(x, (2, 0, 1))),
    "ravel": of(M)(np.ravel, lambda x: np.ravel(x, "F")),
    "repeat": of(M)(
        lambda x: np.repeat(x, 2), lambda x: np.repeat(x, 3, axis=0), lambda x: np.repeat(x, [1, 0, 2], axis=0)
    ),
    "reshape": of(M)(lambda x: np.reshape(x, (2, -1)), lambda x: np.reshape(x, (4, 3), order="F")),
    "resize": of(M)(lambda x: np.resize(x, (5, 7)), lambda x: np.resize(x, 5)),
    "roll": of(M)(
        lambda x: np.roll(x, 2), lambda x: np.roll(x, (1, -2), (0, 1)), lambda x: np.roll(x, -5, axis=1)
    ),
    "rollaxis": of(T)(lambda x: np.rollaxis(x, 2), lambda x: np.rollaxis(x, 0, 2)),
    "rot90": of(M)(np.rot90, lambda x: np.rot90(x, -1), lambda x: np.rot90(x, 2, (1, 0))),
    "squeeze": of(V)(lambda x: np.squeeze(x[None, :, None]), lambda x: np.squeeze(x[None, :, None], 0)),
    "swapaxes": of(T)(lambda x: np.swapaxes(x, 0, 2)),
    "tile": of(M)(lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1, 3))),
    "transpose": of(T)(np.transpose, lambda x: np.transpose(x, (1, 2, 0))),
    "lib.stride_tricks.sliding_window_view": of(L)(lambda x: np.lib.stride_tricks.sliding_window_view(x, 3))
    + of(M)(lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2))),
}

JOINING: dict[str, Row] = {
    "append": of(M, V)(np.append, lambda x, y: np.append(x, y[None], axis=0)),
    "apply_along_axis": of(M)(
        lambda x: np.apply_along_axis(np.sum, 0, x), lambda x: np.apply_along_axis(lambda row: row[:2] ** 2, 1, x)
    ),
    "apply_over_axes": of(T)(lambda x: np.apply_over_axes(np.sum, x, [0, 2])),
    "array_split": of(L)(lambda x: np.array_split(x, 3), lambda x: np.array_split(x, [2, 5])),
    "block": of(M, V)(lambda x, y: np.block([[x], [y]]), lambda x, y: np.block([[x, x], [np.ones((3, 8))]])),
    "column_stack": of(V, W)(lambda x, y: np.column_stack([x, y])),
    "compress": of(M)(lambda x: np.compress(MASK, x, axis=1), lambda x: np.compress(MASK, x)),
    "concatenate": of(M, V)(
        lambda x, y: np.concatenate([x, y[None]]), lambda x, y: np.concatenate([x, x], axis=-1), lambda x, y: np.concatenate((x, y), axis=None)
    ),
    "delete": of(M)(lambda x: np.delete(x, 1, axis=0), lambda x: np.delete(x, [0, -1])),
    "dsplit": of(T)(lambda x: np.dsplit(x, 2)),
    "dstack": of(V, W)(lambda x, y: np.dstack([x, y])),
    "extract": of(M)(lambda x: np.extract(MASKS, x)),
    "hsplit": of(M)(lambda x: np.hsplit(x, [1, 3])),
    "hstack": of(V, W)(lambda x, y: np.hstack([x, y])),
    "insert": of(M, V)(
        lambda x, y: np.insert(x, 1, y, axis=0),
        lambda x, y: np.insert(x, [0, 2], 1.0, axis=1),
        lambda x, y: np.insert(y, -1, x[0, 0]),
        lambda x, y: np.insert(y, slice(0, 2), x[0, :2]),
    ),
    "split": of(V)(lambda x: np.split(x, 2), lambda x: np.split(x, [1, 3])),
    "stack": of(V, W)(lambda x, y: np.stack([x, y]), lambda x, y: np.stack([x, y], axis=-1)),
    "unstack": of(M)(lambda x: np.unstack(x, axis=1)) if hasattr(np, "unstack") else [],
    "vsplit": of(M)(lambda x: np.vsplit(x, 3)),
    "vstack": of(M, V)(lambda x, y: np.vstack([x, y])),
}

DIAGONALS: dict[str, Row] = {
    "diag": of(V)(np.diag, lambda x: np.diag(x, -2)) + of(M)(np.diag, lambda x: np.diag(x, 1)),
    "diagflat": of(Q)(np.diagflat),
    "diagonal": of(T)(np.diagonal, lambda x: np.diagonal(x, 1, 2, 1)),
    "linalg.diagonal": of(T)(np.linalg.diagonal),
    "linalg.trace": of(T)(np.linalg.trace),
    "trace": of(T)(np.trace) + of(M)(lambda x: np.trace(x, 1)),
    "tril": of(M)(np.tril, lambda x: np.tril(x, -1)),
    "triu": of(T)(np.triu, lambda x: np.triu(x, 1)),
}

CREATION: dict[str, Row] = {
    "empty_like": of(M)(lambda x: 0 * np.empty_like(x)),
    "full_like": of(M, V)(np.full_like, lambda x, y: np.full_like(y, x[0, 0])),
    "geomspace": of(S)(lambda x: np.geomspace(x, 3 * x, 5), lambda x: np.geomspace(-1.0, -x, 4)),
    "linspace": of(S, V)(
        lambda x, y: np.linspace(0, x, 4),
        lambda x, y: np.linspace(x, y, 3, endpoint=False),
        lambda x, y: np.linspace(x, y, 3, axis=-1),
        lambda x, y: np.linspace(x, 2.0, 5, retstep=True),
    ),
    "logspace": of(S)(lambda x: np.logspace(0, x, 4), lambda x: np.logspace(x, 1.0, 3, base=2.0)),
    "ones_like": of(M)(np.ones_like),
    "zeros_like": of(M)(lambda x: np.zeros_like(x, shape=(2,))),
}

POLYNOMIALS: dict[str, Row] = {
    "interp": of(APART, np.sort(L), L)(
        np.interp,
        lambda x, xp, fp: np.interp(2 * x - 0.5, xp, fp, left=-1.0, right=2.0),
        lambda x, xp, fp: np.interp(3 * x, xp, fp, period=1.1),
    ),
    "poly": of(V)(np.poly),
    "polyadd": of(V, L)(np.polyadd),
    "polyder": of(V)(np.polyder, lambda p: np.polyder(p, 2)),
    "polyint": of(V)(np.polyint, lambda p: np.polyint(p, 2, k=[1.0, 2.0])),
    "polymul": of(V, L)(np.polymul),
    "polysub": of(V, L)(np.polysub),
    "polyval": of(V, L)(np.polyval),
    "vander": of(V)(np.vander, lambda x: np.vander(x, 3, increasing=True)),
}

# What tells about an array, not about its numbers: the answer is a constant of the trace.
KNOWN: dict[str, Function] = {
    "can_cast": lambda x: np.can_cast(x, np.float64),
    "common_type": lambda x: np.common_type(x) is np.float64,
    "einsum_path": lambda x: len(np.einsum_path("ij,ij", x, x)[0]),
    "iscomplexobj": np.iscomplexobj,
    "isrealobj": np.isrealobj,
    "may_share_memory": lambda x: np.may_share_memory(x, np.ones(3)),
    "min_scalar_type": lambda x: np.min_scalar_type(x + 1.0) == np.float64,
    "ndim": np.ndim,
    "result_type": lambda x: np.result_type(x, 1.0) == np.float64,
    "shape": lambda x: np.array(np.shape(x)),
    "shares_memory": lambda x: np.shares_memory(x, np.ones(3)),
    "size": np.size,
}

FAMILIES: dict[str, dict[str, Row]] = {
    "elementwise": ELEMENTWISE,
    "choice": CHOICE,
    "reductions": REDUCTIONS,
    "scans": SCANS,
    "order": ORDER,
    "products": PRODUCTS,
    "shapes": SHAPES,
    "joining": JOINING,
    "diagonals": DIAGONALS,
    "creation": CREATION,
    "polynomials": POLYNOMIALS,
}
CALLS = [(f"{name}-{k}", *call) for family in FAMILIES.values() for name, row in family.items() for k, call in enumerate(row)]
