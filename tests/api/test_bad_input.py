"""Each kind of bad input is a clear error or correct work; what it says is part of what is tested."""

from __future__ import annotations

import datetime
import decimal
import fractions

import numpy as np
import pytest

import gradgen as gg

X = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def double(backend):
    def twice(x):
        return 2 * x + 1

    return gg.compile(twice, backend=backend)


# --- correct work ------------------------------------------------------------------------------------------

LAYOUTS = {
    "fortran": np.asfortranarray(X),
    "transposed": X.T,
    "negative": X[::-1, ::-1],
    "sliced": np.arange(24.0).reshape(4, 6)[::2, 1::2],
    "broadcast": np.broadcast_to(np.array([1.0, 2.0, 3.0]), (2, 3)),
    "unaligned": np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(np.float64).reshape(2, 3),
    "length one": np.zeros((4, 1, 3))[::2, ::-1],
    "no elements": np.zeros((3, 0))[::-1],
    "zero strides": np.lib.stride_tricks.as_strided(np.ones(1), (2, 3), (0, 0)),
}


@pytest.mark.parametrize("x", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_in_memory(double, x):
    for argument in (np.zeros(x.shape), x):  # compiled for the plain layout, called with the other one
        np.testing.assert_array_equal(double(argument), 2 * argument + 1)
    assert len(double.entries) == 1


@pytest.mark.parametrize("x", LAYOUTS.values(), ids=LAYOUTS)
def test_the_first_call_may_have_any_layout(double, x):
    result = double(x)
    np.testing.assert_array_equal(result, 2 * x + 1)
    assert result.flags.c_contiguous


def test_read_only(double):
    x = X.copy()
    x.flags.writeable = False
    np.testing.assert_array_equal(double(x), 2 * X + 1)
    assert double(x).flags.writeable


def test_memory_map(double, tmp_path):
    x = np.memmap(tmp_path / "x", np.float64, "w+", shape=(2, 3))
    x[:] = X
    for _ in range(2):
        assert type(double(x)) is np.ndarray
        np.testing.assert_array_equal(double(x), 2 * X + 1)


NUMBERS = [2.0, np.float64(2), np.array(2.0), np.float32(2), 2, np.int32(2), np.array(2), 2**62 - 1]


@pytest.mark.parametrize("x", NUMBERS, ids=repr)
def test_single_numbers(double, x):
    result = double(x)
    assert result == 2 * x + 1
    assert result.shape == ()
    assert result.dtype == (2 * np.asarray(x) + 1).dtype


def test_a_float_and_an_array_of_no_dimensions_are_the_same_to_a_kernel(backend):
    f = gg.compile(lambda x: 2 * x, backend=backend)
    assert [f(x) for x in (2.0, np.float64(3), np.array(4.0), 2.5)] == [4, 6, 8, 5]


@pytest.mark.parametrize("x", [np.nan, np.inf, -np.inf, -0.0])
def test_special_numbers(double, x):
    np.testing.assert_array_equal(double(x), 2 * x + 1)


def test_a_long_double_of_eight_bytes_and_long_long_are_known(double):
    x = np.arange(3, dtype=np.longlong)
    np.testing.assert_array_equal(double(x), 2 * x + 1)
    assert double(x).dtype == np.int64


# --- clear errors ------------------------------------------------------------------------------------------

REFUSED = {
    "byte order": (X.astype(">f8"), r"has the bytes .* in the other order; convert it with x.astype\(np.float64\)"),
    "float16": (X.astype(np.float16), r"is float16\[2, 3\], .*convert it with x.astype\(np.float32\)"),
    "longdouble": (np.longdouble(1), r"is float128, .*convert it with x.astype\(np.float64\)"),
    "uint8": (np.zeros(3, np.uint8), r"is uint8\[3\], .*convert it with x.astype\(np.int64\)"),
    "complex array": (X * 1j, r"is c128\[2, 3\]; only real numbers are compiled: pass real and imaginary part"),
    "complex number": (1 + 2j, r"is the complex number \(1\+2j\); only real numbers are compiled"),
    "strings": (np.array(["a", "b"]), r"is <U1\[2\], which are not numbers"),
    "objects": (np.array([1.0, None]), r"is object\[2\], which are not numbers"),
    "dates": (np.datetime64("2020-01-01"), r"is datetime64\[D\], which are not numbers"),
    "records": (np.zeros(2, [("a", float)]), r".*which are not numbers"),
    "matrix": (X.view(np.matrix), r"is a matrix, a subclass of ndarray; pass np.asarray\(x\)"),
    "masked array": (np.ma.array([1.0], mask=[1]), r"is a MaskedArray, a subclass of ndarray; pass np.asarray\(x\)"),
    "set": ({1.0}, r"is of type set, not an array or a number; convert it with np.asarray\(x\)"),
    "fraction": (fractions.Fraction(1, 2), r"is of type Fraction, not an array or a number"),
    "decimal": (decimal.Decimal(1), r"is of type Decimal, not an array or a number"),
    "date": (datetime.date(2020, 1, 1), r"is of type date, not an array or a number"),
    "huge int": (2**70, r"is the int 1180591620717411303424, which does not fit in 64 bits; pass float\(x\)"),
    "int of 64 bits": (2**63, r".*does not fit in 64 bits"),
}  # fmt: skip


@pytest.mark.parametrize(("x", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(double, x, message):
    double(X)  # so that there is a kernel that might have taken it
    with pytest.raises(gg.ArgumentError, match=f"^twice: argument x {message}"):
        double(x)


def test_a_huge_int_after_a_small_one(double):
    assert double(3) == 7
    with pytest.raises(gg.ArgumentError, match="does not fit in 64 bits"):
        double(2**64)


def test_a_list_is_a_list_as_in_plain_python(backend):
    assert gg.compile(lambda x: x * 2, backend=backend)([1.0, 2.0]) == [1, 2, 1, 2]
    with pytest.raises(AttributeError, match="'list' object has no attribute 'sum'"):
        gg.compile(lambda x: x.sum(), backend=backend)([1.0, 2.0])


def test_none_and_strings_reach_the_function_as_they_are(backend):
    f = gg.compile(lambda x, y: x if y is None else x * len(y), backend=backend)
    assert f(2.0, None) == 2
    assert f(2.0, "abc") == 6
    with pytest.raises(TypeError, match="NoneType"):
        gg.compile(lambda x: x + 1, backend=backend)(None)


@pytest.mark.parametrize(("argument", "got"), [("abc", "'abc'"), (np.sin, "ufunc 'sin'")])
def test_a_derivative_by_what_is_no_number(backend, argument, got):
    with pytest.raises(gg.DifferentiationError, match=f"argument 0 is .*{got}.*, which carries no derivative"):
        gg.grad(lambda x: 1.0, backend=backend)(argument)


@pytest.mark.parametrize("result", ["text", {1.0}, object(), (k for k in "ab")], ids=lambda r: type(r).__name__)
def test_a_result_that_cannot_be_compiled(backend, result):
    with pytest.raises(gg.TraceError, match=r"the function returned (.|\n)*test_bad_input.py:\d+:"):
        gg.compile(lambda x: result, backend=backend)(2.0)


def test_a_result_of_another_dtype(backend):
    with pytest.raises(gg.DTypeError, match="dtype <U1 is not supported"):
        gg.compile(lambda x: np.array(["a"]), backend=backend)(2.0)


@pytest.mark.parametrize("transform", [gg.grad, gg.value_and_grad, lambda f, backend: lambda x: gg.vjp(f, x)])
def test_complex_results_are_not_differentiated_backwards(transform, backend):
    def rotated(x):
        return x * 1j

    derivative = transform(rotated, backend=backend)
    with pytest.raises(gg.DifferentiationError, match=r"rotated: .* needs a real result, got a complex one; return np"):
        derivative(2.0)


@pytest.mark.parametrize("args", [(), (X, X)])
def test_wrong_number_of_arguments(double, args):
    with pytest.raises(gg.ArgumentError, match=r"twice\(x\): (missing a required|too many positional) argument"):
        double(*args)


def test_shapes_that_do_not_fit_each_other(backend):
    def predict(A, w):
        return A @ w

    f = gg.compile(predict, backend=backend)
    f(X, np.ones(3))
    message = r"matmul: .*\(2, 3\).*\(2,\)[^\n]*\n  test_bad_input.py:\d+:  return A @ w"
    with pytest.raises(gg.ShapeError, match=message):
        f(X, np.ones(2))


def test_an_unknown_backend():
    with pytest.raises(gg.GradgenError, match="no backend 'gpu'; there are c, numpy"):
        gg.compile(np.sin, backend="gpu")(1.0)


# --- a kernel made by hand ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "message"),
    [(np.ones(3, np.float32), r"must be f64\[3\], but is f32\[3\]; convert it with x.astype\(np.float64\)"),
     (np.ones(2), r"must be f64\[3\], but has shape \(2,\); pass that shape, or compile for this one"),
     ([1.0, 2.0, 3.0], r"must be f64\[3\], but is of type list; convert it with np.asarray\(x, dtype=np.float64\)"),
     (2.0, r"must be f64\[3\], but has shape \(\)")],
)  # fmt: skip
def test_a_kernel_checks_its_arguments(backend, x, message):
    kernel = gg.compile(lambda x: 2 * x, backend=backend).lower(gg.f64[3]).compile()
    assert kernel(np.ones(3)).tolist() == [2, 2, 2]
    with pytest.raises(gg.ArgumentError, match=f"f: argument x {message}"):
        kernel(x)


def test_a_kernel_for_any_size(backend):
    kernel = gg.compile(lambda x, y: np.sum(x * y), backend=backend).lower(gg.f64["n"], gg.f64["n"]).compile()
    assert kernel(np.ones(5), np.ones(5)) == 5
    with pytest.raises(gg.ArgumentError, match=r"argument y must be f64\[n\], but has shape \(4,\), while n is 5 in x"):
        kernel(np.ones(5), np.ones(4))


def test_a_kernel_in_a_trace(backend):
    kernel = gg.compile(lambda x: 2 * x, backend=backend).lower(gg.f64[3]).compile()
    _, pull_back = gg.vjp(np.sin, np.ones(3), backend=backend)
    for f in (kernel, lambda x: pull_back(x)[0]):
        with pytest.raises(gg.ArgumentError, match="is a traced value, while a kernel takes numbers; trace"):
            gg.grad(lambda x, f=f: np.sum(f(x)), backend=backend)(np.ones(3))
