"""runtime/gg_math.h against NumPy and SciPy: accuracy, special values, and that its loops become vector loops."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

from tests.runtime.conftest import NATIVE, Build

Array = np.ndarray
INF, NAN = np.inf, np.nan
WIDE = np.longdouble


def wide(name: str) -> Callable[..., Any]:
    """NumPy's function in extended precision, so that an ULP of a result can be told from one of the reference."""
    return lambda *x: getattr(np, name)(*(part.astype(WIDE) for part in x))


def each(function: Callable[[float], float]) -> Callable[[Array], Array]:
    return lambda x: np.array([function(float(value)) for value in x])


def expit(x: Array) -> Array:
    return 1 / (1 + np.exp(-x.astype(WIDE)))


def logit(x: Array) -> Array:
    return np.log(x.astype(WIDE)) - np.log1p(-x.astype(WIDE))


def log1pexp(x: Array) -> Any:
    return np.logaddexp(x.astype(WIDE), WIDE(0))


def log_expit(x: Array) -> Any:
    return np.negative(log1pexp(-x))


def xlogy(x: Array, y: Array) -> Any:
    return np.where((x == 0) & ~np.isnan(y), WIDE(0), x.astype(WIDE) * np.log(y.astype(WIDE)))


def xlog1py(x: Array, y: Array) -> Any:
    return np.where((x == 0) & ~np.isnan(y), WIDE(0), x.astype(WIDE) * np.log1p(y.astype(WIDE)))


# name: reference, the range most use falls in, the greatest error in ULP
UNARY: dict[str, tuple[Callable[[Array], Array], float, float, float]] = {
    **{name: (wide(name), low, high, 4) for name, low, high in [
        ("exp", -745, 709), ("exp2", -1074, 1023), ("expm1", -40, 709), ("log", 0, 10), ("log2", 0, 10),
        ("log10", 0, 10), ("log1p", -1, 10), ("sin", -100, 100), ("cos", -100, 100), ("tan", -100, 100),
        ("sinh", -10, 10), ("cosh", -10, 10), ("tanh", -20, 20), ("cbrt", -10, 10), ("sqrt", 0, 10),
        ("fabs", -9, 9), ("absolute", -9, 9), ("floor", -9, 9), ("ceil", -9, 9), ("trunc", -9, 9), ("rint", -9, 9),
        ("sign", -9, 9),
    ]},
    **{c: (wide(name), low, high, 4) for c, name, low, high in [
        ("asin", "arcsin", -1, 1), ("acos", "arccos", -1, 1), ("atan", "arctan", -10, 10),
        ("asinh", "arcsinh", -10, 10), ("acosh", "arccosh", 1, 10), ("atanh", "arctanh", -1, 1),
    ]},
    "erf": (each(math.erf), -6, 6, 5),
    "erfc": (each(math.erfc), -6, 26, 5),
    "lgamma": (scipy.special.gammaln, 3, 100, 20),
    "tgamma": (scipy.special.gamma, 0.1, 100, 20),
    "expit": (expit, -700, 40, 5),
    "logit": (logit, 0, 1, 6),
    "log1pexp": (log1pexp, -700, 40, 6),
    "log_expit": (log_expit, -40, 700, 6),
    "sinc": (lambda x: np.sinc(x.astype(float)), -0.7, 0.7, 8),
}  # fmt: skip
BINARY: dict[str, Callable[[Array, Array], Array]] = {
    **{name: wide(name) for name in
       ("maximum", "minimum", "fmax", "fmin", "hypot", "copysign", "fmod", "nextafter", "power")},
    **{name: getattr(np, name) for name in ("mod", "floor_divide", "heaviside", "logaddexp", "logaddexp2")},
    "pow": wide("power"), "atan2": wide("arctan2"), "xlogy": xlogy, "xlog1py": xlog1py,
    "nextafter": np.nextafter,
}  # fmt: skip
PREDICATES = ["isnan", "isinf", "isfinite", "signbit"]
INTEGER = ["mod", "floor_divide", "fmod", "power", "maximum", "minimum"]
# NumPy and SciPy leave the sign of a zero open here, or differ in it from one version to the next.
SIGN_OF_ZERO_FREE = {"xlogy", "xlog1py", "maximum", "minimum", "fmax", "fmin", "hypot", "log_expit"}

TYPES: dict[str, tuple[str, type[np.floating]]] = {"": ("double", np.float64), "f": ("float", np.float32)}
INTEGERS: dict[str, tuple[str, type[np.signedinteger]]] = {"i64": ("int64_t", np.int64), "i32": ("int32_t", np.int32)}
SPECIAL = [
    0.0, -0.0, 1e-40, -1e-40, 1e-30, -1e-30, 1e-8, -1e-8, 0.25, 0.5, -0.5, 1.0, -1.0, 1.5, 2.0, -2.0, 2.5, -2.5, 3.0,
    -3.0, 7.0, -7.0, 10.0, 26.5, 30.0, 88.0, -88.0, 100.0, -100.0, 104.0, -104.0, 127.0, 128.0, -150.0, 709.0, 710.0,
    -709.0, -745.0, -746.0, 1023.0, 1024.0, -1075.0, 1e5, -1e5, 1e10, -1e10, 1e22, 1e38, -1e38, INF, -INF, NAN,
]  # fmt: skip
SPECIAL64 = [*SPECIAL, 5e-324, -5e-324, 1e-310, -1e-310, 2.0**-1022, 1e300, -1e300, 1.7e308, -1.7e308]


def loop(name: str, c: str, to: str, arity: int) -> str:
    """A C function of one line that applies gg_<name> to every element."""
    parameters = ", ".join(f"const {c} *restrict x{i}" for i in range(arity))
    call = f"gg_{name}({', '.join(f'x{i}[i]' for i in range(arity))})"
    head = f"void t_{name}(ptrdiff_t n, {parameters}, {to} *restrict y); void t_{name}(ptrdiff_t n, {parameters}, "
    return f"{head}{to} *restrict y) {{ GG_SIMD for (ptrdiff_t i = 0; i < n; ++i) y[i] = {call}; }}\n"


def driver() -> str:
    lines = ['#include "gg_math.h"\n']
    for suffix, (c, _) in TYPES.items():
        lines += [loop(name + suffix, c, c, 1) for name in UNARY]
        lines += [loop(name + suffix, c, c, 2) for name in BINARY]
        lines += [loop(name + suffix, c, "int32_t", 1) for name in PREDICATES]
    for suffix, (c, _) in INTEGERS.items():
        lines += [loop(f"{name}_{suffix}", c, c, 2) for name in INTEGER]
        lines += [loop(f"{name}_{suffix}", c, c, 1) for name in ("absolute", "sign")]
    return "".join(lines)


@pytest.fixture(scope="module")
def math_h(load: Callable[[str], ctypes.CDLL]) -> ctypes.CDLL:
    return load(driver())


def call(library: ctypes.CDLL, name: str, *arrays: Array, to: type | None = None) -> Array:
    out = np.empty(arrays[0].shape, to or arrays[0].dtype)
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (*arrays, out)]
    getattr(library, f"t_{name}")(ctypes.c_ssize_t(out.size), *pointers)
    return out


def ulps(got: Array, want: Array) -> Array:
    """Errors in units of the last place of the wanted value; infinite where one of the two is not finite."""
    with np.errstate(all="ignore"):
        rounded = want.astype(got.dtype)
        unit = np.spacing(np.maximum(np.abs(rounded), np.finfo(got.dtype).tiny)).astype(WIDE)
        error = np.abs(got.astype(WIDE) - want) / unit
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    # Where the truth lies half a unit below overflow, both neighbours are right.
    return np.where(same, 0, np.where(np.isfinite(got) & np.isfinite(rounded), error, INF)).astype(float)


def reference(function: Callable[..., Array], *arrays: Array) -> Array:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(function(*arrays))


def sample(low: float, high: float, dtype: type, size: int = 3001) -> Array:
    rng = np.random.default_rng(5)
    if dtype is np.float32:
        low, high = max(low, -86.0), min(high, 88.0)
    return rng.uniform(low, high, size).astype(dtype)


def special(dtype: type) -> Array:
    return np.array(SPECIAL64 if dtype is np.float64 else SPECIAL, dtype)


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", UNARY)
def test_unary_is_accurate(math_h: ctypes.CDLL, name: str, suffix: str) -> None:
    function, low, high, bound = UNARY[name]
    x = sample(low, high, TYPES[suffix][1])
    assert ulps(call(math_h, name + suffix, x), reference(function, x)).max() <= bound


def reduction(name: str, suffix: str, start: str, c: str) -> str:
    head = f"{c} r_{name}{suffix}(ptrdiff_t n, const {c} *x)"
    return f"""{head};
    {head}
    {{
        {c} best = {start};
        GG_SIMD_REDUCE(gg_{name} : best)
        for (ptrdiff_t i = 0; i < n; ++i)
            best = gg_{name}{suffix}(best, x[i]);
        return best;
    }}
    """


def test_maximum_and_minimum_as_reductions(load: Callable[[str], ctypes.CDLL]) -> None:
    text = '#include "gg_math.h"\n'
    for suffix, (c, _) in TYPES.items():
        text += reduction("maximum", suffix, "-GG_INF", c) + reduction("minimum", suffix, "GG_INF", c)
    library = load(text)
    for (suffix, (_, dtype)), name, n in itertools.product(TYPES.items(), ("maximum", "minimum"), (1, 7, 100, 203)):
        function = getattr(library, f"r_{name}{suffix}")
        function.restype = ctypes.c_float if suffix else ctypes.c_double
        x = sample(-5, 5, dtype, n)
        assert function(ctypes.c_ssize_t(n), ctypes.c_void_p(x.ctypes.data)) == getattr(np, name).reduce(x)
        x[n // 2] = NAN
        assert np.isnan(function(ctypes.c_ssize_t(n), ctypes.c_void_p(x.ctypes.data)))


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_huge_angles_are_reduced_exactly(math_h: ctypes.CDLL, name: str, suffix: str) -> None:
    x = np.ldexp(sample(1, 2, np.float64), np.arange(3001) % (1000 if suffix == "" else 120)).astype(TYPES[suffix][1])
    want = each(getattr(math, name))(x).astype(WIDE)
    assert ulps(call(math_h, name + suffix, x), want).max() <= 5


def assert_same_specials(name: str, got: Array, want: Array, *x: Array) -> None:
    wrong = ulps(got, want) > 16
    if name not in SIGN_OF_ZERO_FREE:
        wrong |= (got == 0) & (np.signbit(got) != np.signbit(want))
    assert not wrong.any(), [(*(part[i] for part in x), got[i], want[i]) for i in np.flatnonzero(wrong)[:5]]


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", [name for name in UNARY if name not in ("sinc", "logit", "lgamma", "tgamma")])
def test_unary_special_values(math_h: ctypes.CDLL, name: str, suffix: str) -> None:
    x = special(TYPES[suffix][1])
    assert_same_specials(name, call(math_h, name + suffix, x), reference(UNARY[name][0], x), x)


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", BINARY)
def test_binary_for_every_pair_of_special_values(math_h: ctypes.CDLL, name: str, suffix: str) -> None:
    x, y = (part.ravel().copy() for part in np.meshgrid(*[special(TYPES[suffix][1])] * 2))
    assert_same_specials(name, call(math_h, name + suffix, x, y), reference(BINARY[name], x, y), x, y)


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", ["pow", "atan2", "hypot", "mod", "fmod", "floor_divide", "logaddexp", "xlogy"])
def test_binary_is_accurate(math_h: ctypes.CDLL, name: str, suffix: str) -> None:
    x, y = sample(0.01, 10, TYPES[suffix][1]), sample(-10, 10, TYPES[suffix][1])[::-1].copy()
    y = np.abs(y) if name == "xlogy" else y
    assert ulps(call(math_h, name + suffix, x, y), reference(BINARY[name], x, y)).max() <= 6


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("name", PREDICATES)
def test_predicates(math_h: ctypes.CDLL, name: str, suffix: str) -> None:
    x = special(TYPES[suffix][1])
    np.testing.assert_array_equal(call(math_h, name + suffix, x, to=np.int32), getattr(np, name)(x))


# At the poles of gamma and at -inf, libm follows the C standard and SciPy does not.
@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize(
    ("name", "x", "want"),
    [
        ("sinc", [0.0, -0.0, NAN], [1, 1, NAN]),
        ("logit", [0.0, -0.0, 1.0, 0.5, 1.5, -0.5, NAN], [-INF, -INF, INF, 0, NAN, NAN, NAN]),
        ("tgamma", [0.0, -0.0, 1.0, 5.0, INF, NAN], [INF, -INF, 1, 24, INF, NAN]),
        ("lgamma", [0.0, -0.0, 1.0, 2.0, -1.0, INF, NAN], [INF, INF, 0, 0, INF, INF, NAN]),
    ],
)
def test_points_of_their_own(math_h: ctypes.CDLL, name: str, x: list[float], want: list[float], suffix: str) -> None:
    np.testing.assert_array_equal(call(math_h, name + suffix, np.array(x, TYPES[suffix][1])), want)


@pytest.mark.parametrize("suffix", INTEGERS)
@pytest.mark.parametrize("name", INTEGER)
def test_integers_wrap_and_divide_by_zero_as_numpy(math_h: ctypes.CDLL, name: str, suffix: str) -> None:
    dtype = INTEGERS[suffix][1]
    limits = np.iinfo(dtype)
    values = [0, 1, -1, 2, -2, 3, -3, 7, -7, 10, 62, limits.max, limits.min, limits.max - 1, limits.min + 1]
    x, y = (part.ravel().copy() for part in np.meshgrid(*[np.array(values, dtype)] * 2))
    if name == "power":
        x, y = x[y >= 0], y[y >= 0]
    np.testing.assert_array_equal(call(math_h, f"{name}_{suffix}", x, y), reference(getattr(np, name), x, y))


@pytest.mark.parametrize("suffix", INTEGERS)
def test_integer_absolute_and_sign(math_h: ctypes.CDLL, suffix: str) -> None:
    limits = np.iinfo(INTEGERS[suffix][1])
    x = np.array([0, 5, -5, limits.max, limits.min], limits.dtype)
    np.testing.assert_array_equal(call(math_h, f"absolute_{suffix}", x), np.absolute(x))
    np.testing.assert_array_equal(call(math_h, f"sign_{suffix}", x), np.sign(x))


# What glibc has vector functions for.
VECTOR = [
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt", "hypot", "erf", "erfc"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
]
# fmod takes as many steps as the quotient has bits; lgamma, tgamma, nextafter have no vector form either.
SCALAR = {"fmod", "mod", "floor_divide", "lgamma", "tgamma", "nextafter"}


def test_loops_become_vector_loops(build: Build, libmvec: list[str]) -> None:
    if not libmvec:
        pytest.skip("needs glibc's vector functions")
    text = driver()
    library = build(text, [*NATIVE, "-fopt-info-vec-optimized", "-fno-ipa-icf"])
    vectorised = {int(line) for line in re.findall(r"driver\.c:(\d+):", (library.parent / "messages").read_text())}
    names = [re.match(r"void t_(\w+)\(", line) for line in text.splitlines()]
    floats = {name + suffix for name in (*UNARY, *BINARY) if name not in SCALAR for suffix in TYPES}
    missing = [m[1] for line, m in enumerate(names, 1) if m and m[1] in floats and line not in vectorised]
    assert not missing


def test_loops_call_the_vector_functions(build: Build, libmvec: list[str]) -> None:
    if not libmvec:
        pytest.skip("needs glibc's vector functions")
    called = set(re.findall(rb"_ZGV[a-z]N\d+v+_(\w+)", build(driver(), NATIVE).read_bytes()))
    assert called >= {(name + suffix).encode() for name in VECTOR for suffix in TYPES}


def test_results_do_not_depend_on_alignment(math_h: ctypes.CDLL) -> None:
    x, seen = sample(-5, 5, np.float64, 203), set()
    for offset in range(8):
        shifted = np.empty(211)[offset : offset + 203]
        shifted[:] = x
        seen.add(call(math_h, "log1pexp", shifted).tobytes())
    assert len(seen) == 1
