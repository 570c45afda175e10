"""Calls of a kernel, with fitting and with wrong arguments; both implementations must agree to the word."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from gradgen.errors import ArgumentError, GradgenError
from gradgen.ir.types import Type
from gradgen.native.load import open_library
from tests.native.entries import SIGNATURES, echo

X = np.arange(6.0)
M = X.reshape(2, 3)


def read_only(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def misaligned(array: np.ndarray) -> np.ndarray:
    raw = np.zeros(array.nbytes + 1, np.uint8)[1:]
    view = raw.view(array.dtype).reshape(array.shape)
    view[...] = array
    assert not view.flags.aligned
    return view


def test_results_are_arranged_as_the_tree_says(kernel: Any) -> None:
    assert isinstance(kernel("transpose_sum")(M), list)
    assert kernel("transpose_sum", tree=1)(M) == 15.0
    transposed, (total, again) = kernel("transpose_sum", tree=(0, (1, 0)))(M)
    np.testing.assert_array_equal(transposed, M.T)
    assert total == 15.0
    assert again is transposed
    assert kernel("transpose_sum", tree=())(M) == ()


def test_results_are_new_arrays_and_numpy_scalars(kernel: Any) -> None:
    transpose_sum = kernel("transpose_sum", tree=(0, 1))
    (first, total), (second, _) = transpose_sum(M), transpose_sum(M)
    assert not np.shares_memory(first, second)
    assert first.flags.c_contiguous
    assert first.flags.writeable
    assert type(total) is np.float64


@pytest.mark.parametrize(
    "same",
    [M, read_only(M), np.asfortranarray(M), np.repeat(M, 2, 1)[:, ::2], np.flip(np.flip(M).copy()), misaligned(M)],
    ids=["plain", "read-only", "fortran", "strided", "negative", "misaligned"],
)  # fmt: skip
def test_any_layout_gives_the_same(kernel: Any, same: np.ndarray) -> None:
    before = same.copy()
    np.testing.assert_array_equal(kernel("transpose_sum", tree=0)(same), M.T)
    np.testing.assert_array_equal(same, before)


def test_an_argument_given_twice(kernel: Any) -> None:
    np.testing.assert_array_equal(kernel("add", tree=0)(X[::2], X[::2]), 2 * X[::2])


@pytest.mark.parametrize("size", [0, 1, 2, 17])
def test_named_dimension_takes_any_size(kernel: Any, size: int) -> None:
    x = np.arange(float(size))
    np.testing.assert_array_equal(kernel("add", tree=0)(x, x), x + x)


def test_named_dimension_with_offset(kernel: Any) -> None:
    np.testing.assert_array_equal(kernel("difference", tree=0)(X**2), np.diff(X**2))
    with pytest.raises(ValueError, match="negative dimensions"):
        kernel("difference", tree=0)(np.zeros(0))


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (np.float64, [2.5, np.float64(2.5), np.array(2.5), float("inf"), -0.0]),
        (np.float32, [2.5, np.float32(2.5), np.array(2.5, np.float32), 1e300]),
        (np.int64, [-3, np.int64(7), np.array(7), np.array(7, "q"), 2**63 - 1, -(2**63)]),
        (np.int32, [np.int32(7), np.array(7, np.int32)]),
        (np.bool_, [True, False, np.True_, np.array(True)]),
        (np.complex128, [1 + 2j, np.complex128(3j), np.array(1j)]),
        (np.complex64, [1 + 2j, np.complex64(3j)]),
    ],
)
def test_scalars_that_fit(kernel: Any, dtype: Any, values: list[Any]) -> None:
    same = kernel(echo(dtype), tree=0)
    for value in values:
        result = same(value)
        assert type(result) is np.dtype(dtype).type
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(result, np.asarray(value).astype(dtype))


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        (np.float64, 3, "must be f64, but is the int 3; write float(x)"),
        (np.float64, True, "must be f64, but is the bool True; write float(x)"),
        (np.float64, 1j, "is the complex 1j; write float(x)"),
        (np.float64, np.float32(1), "is a float32; write np.float64(x)"),
        (np.float64, np.array(1, np.float32), "is f32; convert it with x.astype(np.float64)"),
        (np.float64, np.zeros(1), "has shape (1,); pass one number"),
        (np.float64, None, "is of type NoneType; convert it with np.asarray(x, dtype=np.float64)"),
        (np.float64, "1", "is of type str"),
        (np.int64, 2.0, "must be i64, but is the float 2.0; write np.int64(x)"),
        (np.int64, 2**63, "does not fit in 64 bits"),
        (np.int64, -(2**63) - 1, "does not fit in 64 bits"),
        (np.int64, False, "is the bool False; write np.int64(x)"),
        (np.int32, 3, "must be i32, but is the int 3; write np.int32(x)"),
        (np.bool_, 1, "must be bool, but is the int 1; write bool(x)"),
        (np.complex128, 1.0, "must be c128, but is the float 1.0; write complex(x)"),
    ],
)
def test_scalars_that_do_not_fit(kernel: Any, dtype: Any, value: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        kernel(echo(dtype), tree=0)(value)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (M.astype(np.float32), "must be f64[2, 3], but is f32[2, 3]; convert it with x.astype(np.float64)"),
        (M.astype(int), "but is i64[2, 3]; convert it with x.astype(np.float64)"),
        (M.astype(np.float16), "but is float16[2, 3]"),
        (M.astype(M.dtype.newbyteorder()), "other order; convert it with x.astype(np.float64)"),
        (M.astype(object), "but is object[2, 3]"),
        (M.astype("m8[s]"), "but is timedelta64[s][2, 3]"),
        (M.T, "has shape (3, 2); pass that shape, or compile for this one"),
        (X, "has shape (6,); pass an array of 2 dimensions"),
        (M[None], "has shape (1, 2, 3); pass an array of 2 dimensions"),
        (M.tolist(), "is of type list; convert it with np.asarray(x, dtype=np.float64)"),
        (np.ma.masked_array(M), "is a MaskedArray, a subclass of ndarray; pass np.asarray(x)"),
        (2.0, "has shape (); pass an array of 2 dimensions"),
        (np.float64(2), "has shape (); pass an array of 2 dimensions"),
    ],
)
def test_arrays_that_do_not_fit(kernel: Any, value: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        kernel("transpose_sum")(value)
    assert str(raised.value).startswith("transpose_sum: argument x must be f64[2, 3], but ")
    assert message in str(raised.value)


def test_the_remedy_for_swapped_bytes_works(kernel: Any) -> None:
    swapped = M.astype(M.dtype.newbyteorder())
    np.testing.assert_array_equal(kernel("transpose_sum", tree=0)(swapped.astype(np.float64)), M.T)


def test_named_dimensions_must_agree(kernel: Any) -> None:
    with pytest.raises(ArgumentError, match=r"argument y must be f64\[n\], but has shape \(5,\), while n is 6 in x"):
        kernel("add")(X, X[:5])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_wrong_number_of_arguments(kernel: Any, count: int) -> None:
    with pytest.raises(ArgumentError, match=rf"add takes 2 arguments \(x, y\), {count} given"):
        kernel("add")(*[X] * count)


def test_keywords_are_refused(kernel: Any) -> None:
    with pytest.raises(TypeError):
        kernel("add")(X, y=X)


def test_hidden_arrays_are_read_anew(kernel: Any) -> None:
    table = np.ones(6)
    add = kernel("add", tree=0, hidden=(table,))
    np.testing.assert_array_equal(add(X), X + 1)
    table[:] = 5
    np.testing.assert_array_equal(add(X), X + 5)
    with pytest.raises(ArgumentError, match="add takes 1 argument "):
        add(X, X)
    with pytest.raises(ArgumentError, match="argument y must be"):
        add(X[:3])


def test_a_hidden_array_of_other_layout(kernel: Any) -> None:
    table = np.arange(12.0)[::-2]
    np.testing.assert_array_equal(kernel("add", tree=0, hidden=(table,))(X), X + table)


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        (1, np.linalg.LinAlgError, "singular matrix"),
        (2, np.linalg.LinAlgError, "not positive definite"),
        (3, np.linalg.LinAlgError, "no convergence"),
        (4, MemoryError, "out of memory"),
        (77, GradgenError, "fail failed with status 77"),
    ],
)
def test_statuses_become_exceptions(kernel: Any, code: int, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        kernel("fail")(code)


def test_too_much_scratch_is_a_memory_error(kernel: Any) -> None:
    with pytest.raises(MemoryError):
        kernel("greedy")(1.0)


def test_scratch_grows(kernel: Any) -> None:
    repeat = kernel("repeat", tree=0)
    for size in (3, 1000, 1, 1001):
        assert repeat(np.ones(size)) == size


@pytest.mark.parametrize("release_gil", [False, True])
def test_threads_share_a_kernel(kernel: Any, release_gil: bool) -> None:
    repeat = kernel("repeat", tree=0, release_gil=release_gil)
    start = threading.Barrier(4)

    def work(seed: int) -> list[tuple[float, float]]:
        start.wait()
        return [(repeat(x), x.sum()) for x in (np.full(64, float(seed + k)) for k in range(25))]

    with ThreadPoolExecutor(4) as pool:
        pairs = [pair for result in pool.map(work, range(4)) for pair in result]
    got, expected = np.array(pairs).T
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_no_references_are_lost_or_kept(kernel: Any) -> None:
    add, x, strided = kernel("add", tree=0), np.ones(6), np.ones(12)[::2]
    before = sys.getrefcount(x), sys.getrefcount(strided)
    result = [add(x, strided) for _ in range(100)][-1]
    for wrong in (3.0, strided[:2]):
        with pytest.raises(ArgumentError):
            add(x, wrong)
    assert (sys.getrefcount(x), sys.getrefcount(strided)) == before
    assert sys.getrefcount(result) == 2


def test_many_arguments_take_memory_beyond_the_stack(calls: Any, built: Any) -> None:
    types = (Type(np.dtype(np.float64), (6,)),) * 200
    signature = SIGNATURES["add"]
    names = tuple(f"x{i}" for i in range(200))
    slots = signature.slots(types)
    many = calls.Kernel(
        "add", open_library(built).call, 0, (("d", ((0, 0),)), *slots[1:]), (("d", ((0, 0),)),), ("n",), names, tree=0
    )
    np.testing.assert_array_equal(many(*[X] * 200), 2 * X)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tree": 1},
        {"tree": (0, (1,))},
        {"tree": "x"},
        {"tree": -1},
        {"hidden": (X,) * 3},
        {"argument_names": ("x",)},
        {"dims": ()},
        {"dims": ("n", "unbound")},
        {"call_address": 0},
    ],
    ids=str,
)
def test_descriptions_are_checked(calls: Any, wrong: dict[str, Any]) -> None:
    vector = ("d", ((0, 0),))
    right = {"name": "f", "call_address": 1, "work_address": 0, "arguments": (vector, vector), "results": (vector,),
             "dims": ("n",), "argument_names": ("x", "y")}  # fmt: skip
    calls.Kernel(**right)
    with pytest.raises(ValueError, match=r"."):
        calls.Kernel(**{**right, **wrong})


def test_a_kernel_tells_what_it_is(kernel: Any) -> None:
    add = kernel("add", tree=0, hidden=(X,))
    assert (add.name, add.dims, add.argument_names, add.tree) == ("add", ("n",), ("x", "y"), 0)
    assert add.arguments == (("d", ((0, 0),)), ("d", ((0, 0),)))
    assert add.hidden[0] is X
