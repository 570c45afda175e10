"""Python's numbers as arguments take the dtype of what they meet, and NumPy's scalars keep theirs (NEP 50)."""

import operator

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.compiler import find_compiler
from gradgen.trace import is_weak

ARRAYS = [
    np.array([1.5, 2.0, 3.0]),
    np.array([1.5, 2.0, 3.0], np.float32),
    np.array([1, 2, 3]),
    np.array([1, 2, 3], np.int32),
    np.array([True, False, True]),
]
NUMBERS = [0.5, 2, np.float64(0.5), np.float32(0.5), np.int64(2), np.int32(2), np.array(0.5), np.array(2)]
OPERATIONS = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "gt")},
    # By a float64 of 0.5 or 2 ndarray's operator stayed in single precision in NumPy 2.0.
    "pow": lambda x, t: x**t if is_weak(t) else np.power(x, t),
    "power": np.power,
    "reflected sub": lambda x, t: t - x,
    "reflected quotient": lambda x, t: t / x,
    "maximum": np.maximum,
    "hypot": np.hypot,
    "where": lambda x, t: np.where(x > 1, x, t),
    "two numbers first": lambda x, t: x * (t * 2 + 1),
    "a ufunc is strong": lambda x, t: x * np.multiply(t, 2),
    "a root is strong": lambda x, t: x * np.sqrt(t),
    "asarray is strong": lambda x, t: x * np.asarray(t),
    "a new array is strong": lambda x, t: x * np.array([t, t, t]),
    "signs": lambda x, t: x * -abs(+t),
    "compared": lambda x, t: x * (t > 0),
    "compared and counted": lambda x, t: x + ((t > 0) + 1) * 2,
    "divided": lambda x, t: x * divmod(t, 2)[1],
    "quotient of numbers": lambda x, t: x * (t / 4),
    "negative power": lambda x, t: x * (t * 1.0) ** -1,
    "clip": lambda x, t: np.clip(x, t, 2 * t) if x.dtype != bool else x,
    "joined": lambda x, t: np.concatenate([x, np.atleast_1d(t)]),
    "appended": np.append,
    "full": lambda x, t: np.full(3, t) + x,
    "full like": np.full_like,
    "asked": lambda x, t: np.zeros(2, np.result_type(x, t)),
    "sum from": lambda x, t: np.sum(x, initial=t) if x.dtype != bool else x,
    "stored": lambda x, t: np.stack([x, x]) * np.array(t),
    "alone": lambda x, t: t * 2,
}

# Of functions that are no ufuncs some make an array of a number first, and some let it adapt.
FUNCTIONS = {
    **{name: getattr(np, name) for name in ("dot", "inner", "outer", "kron", "heaviside", "copysign", "fmod")},
    "einsum": lambda x, t: np.einsum("i,->i", x, t),
    "tensordot": lambda x, t: np.tensordot(x, t, 0),
    "linspace": np.linspace,
    "logspace": np.logspace,
    "select": lambda x, t: np.select([x > 1], [x], t),
    "piecewise": lambda x, t: np.piecewise(x, [x > 1], [lambda v: v * t, 1.0]),
    "choose": lambda x, t: np.choose(np.array([0, 1, 0]), [x, t]),
    "nan_to_num": lambda x, t: np.nan_to_num(x, nan=t),
    "polyval at a number": np.polyval,
    "polyval of numbers": lambda x, t: np.polyval([t, 1.0], x),
    "trapezoid": lambda x, t: np.trapezoid(x, dx=t),
    "gradient": np.gradient,
    "diff": lambda x, t: np.diff(x, prepend=t),
    "interp": lambda x, t: np.interp(t, x, x),
    "pad": lambda x, t: np.pad(x, 1, constant_values=t),
    "average": lambda x, t: np.average(x, weights=[t, t, 1.0]),
    "stack": lambda x, t: np.stack([x[0], t]),
    "hstack": lambda x, t: np.hstack([x, t]),
    "r_": lambda x, t: np.r_[x, t],
    "insert": lambda x, t: np.insert(x, 0, t),
    "divmod": lambda x, t: np.divmod(x, t)[0],
    "float_power": np.float_power,
    "cross": lambda x, t: np.cross(x, [t, t, t]),
    "meshgrid": lambda x, t: np.meshgrid(x, t)[1],
    "broadcast": lambda x, t: np.broadcast_arrays(x, t)[1],
    "stored": lambda x, t: _stored(x, t),
}


def _stored(x, t):
    y = np.zeros_like(x)
    y[1:] = t
    y *= t
    return y


def _kind(value: object) -> str:
    dtype = getattr(value, "dtype", None)
    return f"{type(value).__name__}-{dtype}" if dtype is not None else type(value).__name__


def _numpy(function, x, t):
    """What NumPy gives, or the error it raises; integers wrap and divide by zero in silence."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(x, t))
    except (TypeError, ValueError) as error:
        return error


@pytest.mark.parametrize("x", ARRAYS, ids=lambda x: str(x.dtype))
@pytest.mark.parametrize("name", OPERATIONS)
def test_dtypes_and_values_are_numpys(name, x):
    _check(OPERATIONS[name], x)


@pytest.mark.parametrize("x", ARRAYS[:2], ids=lambda x: str(x.dtype))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_are_no_ufuncs_do_as_numpys(name, x):
    _check(FUNCTIONS[name], x)


def _check(function, x):
    compiled = gg.compile(function, backend="numpy")
    for t in NUMBERS:
        expected = _numpy(function, x, t)
        if isinstance(expected, Exception) or expected.dtype not in gg.ir.DTYPES:
            continue
        result = np.asarray(compiled(x, t))
        assert result.dtype == expected.dtype, _kind(t)
        np.testing.assert_allclose(result, expected, rtol=1e-6)


X = np.arange(1.0, 4.0, dtype=np.float32)


def test_a_kernel_takes_the_numbers_it_was_made_for():
    scaled = gg.compile(lambda x, t: x * t)
    for _ in range(2):
        assert [scaled(X, t).dtype for t in (0.5, np.float64(0.5), 2, np.int64(2), np.array(0.5))] == [
            "float32", "float64", "float32", "float64", "float64"
        ]  # fmt: skip


@pytest.mark.skipif(find_compiler() is None, reason="kernels are of C")
def test_one_kernel_serves_both_where_their_dtypes_agree():
    scaled = gg.compile(lambda x, t: np.sum(np.sin(x) * (t + 1.0) ** 2))
    for t in (0.5, np.float64(0.5), np.array(0.5)):
        scaled(np.ones(3), t)
    assert len(scaled.entries) == 1


def test_derivatives_by_a_python_number_are_float64():
    value, gradients = gg.value_and_grad(lambda x, t: np.sum(x * t), argnums=(0, 1))(X, 0.5)
    assert (value.dtype, gradients[0].dtype, gradients[1].dtype) == (np.float32, np.float32, np.float64)
    assert float(gradients[1]) == 6.0
    assert gg.hessian(lambda t: np.sum((X * t) ** 2))(0.5).dtype == np.float64


@pytest.mark.parametrize(
    "nested",
    [
        lambda f: gg.compile(f),
        lambda f: lambda x, t: gg.value_and_grad(lambda u: np.sum(f(x, u)))(t)[0] * np.ones(3, np.float32),
        lambda f: lambda x, t: gg.jvp(lambda u: f(x, u), (t,), (1.0,))[0],
        lambda f: lambda x, t: f(x, gg.stop_gradient(t)),
        lambda f: lambda x, t: gg.vmap(f, in_axes=(0, None))(x, t),
        lambda f: lambda x, t: _custom(f)(x, t),
    ],
    ids=["compile", "grad", "jvp", "stop_gradient", "vmap", "custom_jvp"],
)
def test_numbers_stay_pythons_through_transforms(nested):
    function = gg.compile(nested(lambda x, t: x * (t / 2)))
    assert function(X, 0.5).dtype == np.float32
    assert function(X, np.float64(0.5)).dtype == np.float64


def test_a_taylor_polynomial_of_a_number():
    model = gg.taylor(lambda t: np.sum(X * t), 0.0, 2)
    assert (model(0.5).dtype, model(np.float64(0.5)).dtype) == (np.float32, np.float64)


def _custom(f):
    g = gg.custom_jvp(f)
    g.defjvp(lambda primals, tangents: (f(*primals), f(tangents[0], primals[1]) + f(primals[0], tangents[1])))
    return g


def test_in_containers_as_well():
    scaled = gg.compile(lambda p: p["x"] * p["t"])
    assert scaled({"x": X, "t": 0.5}).dtype == np.float32
    assert scaled({"x": X, "t": np.float64(0.5)}).dtype == np.float64


def test_python_numbers_alone_give_float64_and_int64():
    results = gg.compile(lambda s, n: (s * 2, n * 2, n / 2, n // 2, (s > 0) + (n > 0)))(0.5, 3)
    assert [result.dtype for result in results] == ["float64", "int64", "float64", "int64", "int64"]
    assert list(map(float, results)) == [1.0, 6.0, 1.5, 1.0, 2.0]


def test_a_negative_power_of_a_whole_number_is_a_quotient():
    assert float(gg.compile(lambda n: n**-1)(2)) == 0.5
    with pytest.raises(gg.GradgenError, match="negative integer powers"):
        gg.compile(lambda n: n**-1)(np.int64(2))


def test_a_direction_may_be_a_whole_number():
    assert float(gg.hvp(lambda t: t**3)(2.0, 1)) == 12.0
