"""Calls of what computes element by element, along axes, and of polynomials."""

from __future__ import annotations

import numpy as np

from tests.trace.coverage_samples import APART, HOLES, MASK, MASKS, L, M, N, Row, S, T, V, W, named, of, with_each

UNARY = {
    "arccosh": lambda x: np.arccosh(x + 1),
    **named(
        "absolute arccos arcsin arcsinh arctan arctanh cbrt ceil conjugate cos cosh deg2rad degrees exp exp2 expm1 "
        "fabs floor log log10 log1p log2 negative positive rad2deg radians reciprocal rint sign sin sinh sqrt square "
        "tan tanh trunc"
    ),
}
BINARY = named(
    "add arctan2 copysign divide float_power fmax fmin heaviside hypot logaddexp logaddexp2 maximum minimum multiply "
    "power subtract"
)
DIVISIONS = named("divmod floor_divide fmod remainder")
COMPARISONS = named("equal greater greater_equal less less_equal logical_and logical_or logical_xor not_equal")
PREDICATES = named("isfinite isinf isnan logical_not signbit")

ELEMENTWISE: dict[str, Row] = {
    **{name: of(V)(f) for name, f in UNARY.items()},
    **{name: of(M, APART)(f) for name, f in {**BINARY, **COMPARISONS}.items()},
    **{name: of(V)(f) for name, f in PREDICATES.items()},
    "bitwise_and": of(V)(lambda x: np.bitwise_and((9 * x).astype(int), 3)),
    "bitwise_or": of(V)(lambda x: np.bitwise_or((9 * x).astype(int), 3)),
    "bitwise_xor": of(V)(lambda x: np.bitwise_xor((9 * x).astype(int), 3)),
    "invert": of(V)(lambda x: np.invert((9 * x).astype(int))),
    **{name: of(M + 1, 0.808 + 0.001 * V)(f) for name, f in DIVISIONS.items()},
    "modf": of(V)(lambda x: np.modf(3 * x)),
    "ldexp": of(V)(lambda x: np.ldexp(x, [1, -2, 3, 0])),
    "matmul": of(M, N)(np.matmul) + of(T, N)(np.matmul) + of(V, N)(np.matmul) + of(M, V)(np.matmul),
    "angle": of(V)(lambda x: np.angle(x - 0.5)),
    "around": of(APART)(lambda x: np.around(x, 1)),
    "astype": of(V)(lambda x: np.astype(x, np.float64)),
    **({"fix": of(V)(lambda x: np.fix(4 * x))} if hasattr(np, "fix") else {}),  # deprecated since NumPy 2.5
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

METHODS = [
    *("linear", "hazen", "weibull", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf"),
    *("lower", "higher", "nearest", "midpoint"),
]
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
    "mean": of(M)(np.mean, lambda x: np.mean(x, axis=(0, 1), keepdims=True), lambda x: np.mean(x, axis=1, where=MASKS)),
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
    "quantile": of(M)(
        *with_each(lambda method: lambda x: np.quantile(x, [0.0, 0.37, 1.0], axis=1, method=method), METHODS)
    )
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
