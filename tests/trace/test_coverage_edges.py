"""Empty and single arrays, NaN, ties, other dtypes, named sizes: values as NumPy's, in C and on the references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.errors import GradgenError
from gradgen.native.compiler import find_compiler
from gradgen.trace import flatten

NAN = np.array([2.0, np.nan, 1.0, np.nan, 3.0])
TIES = np.array([2.0, 1.0, 2.0, 1.0, 0.0])
WHOLE = np.array([[3, -1, 2], [0, 7, 7]])
TRUTH = np.array([True, False, True])
EMPTY = np.zeros((0, 3))
ONE = np.array([[1.5]])
LONG = np.random.default_rng(0).standard_normal(3000)
ORDER = np.random.default_rng(1).permutation(3000)

CALLS: list[tuple[str, Callable[..., Any], np.ndarray]] = [
    ("sort with NaN", np.sort, NAN),
    ("argsort with NaN", np.argsort, NAN),
    ("argmax with NaN", np.argmax, NAN),
    ("nanargmin", np.nanargmin, NAN),
    ("median with NaN", np.median, NAN),
    ("nanmedian", np.nanmedian, NAN),
    ("quantile with NaN", lambda x: np.quantile(x, [0.1, 0.5]), NAN),
    ("nanstd", lambda x: np.nanstd(x, ddof=1), NAN),
    ("nanvar of nothing", lambda x: np.nanvar(x[1:2]), NAN),
    ("nanmax of nothing", lambda x: np.nanmax(x[1:2]), NAN),
    ("cumsum with NaN", np.cumsum, NAN),
    ("max with NaN", np.max, NAN),
    ("reductions by ufuncs", lambda x: (np.fmax.reduce(x), np.fmin.reduce(x), np.add.reduce(x, where=x > 1)), NAN),
    ("scans by ufuncs", lambda x: (np.add.accumulate(x), np.multiply.accumulate(x), np.logaddexp.reduce(x)), TIES),
    ("argsort of ties", lambda x: np.argsort(x, kind="stable"), TIES),
    ("argmin of ties", np.argmin, TIES),
    ("sorted whole numbers", np.sort, WHOLE),
    ("cumulative whole numbers", lambda x: (np.cumsum(x), np.cumprod(x, axis=1)), WHOLE),
    ("median of whole numbers", lambda x: np.median(x, axis=1), WHOLE),
    ("percentile of whole numbers", lambda x: np.percentile(x, 30), WHOLE),
    ("mean of some whole numbers", lambda x: np.mean(x, where=x > 1), WHOLE),
    ("gradient of whole numbers", lambda x: np.gradient(x, axis=1), WHOLE),
    ("indices into an array", lambda x: np.take(LONG, x), WHOLE),
    ("a border of traced numbers", lambda x: np.pad(ONE, 1, constant_values=x[0]), NAN),
    ("rows by traced numbers", lambda x: np.arange(24.0).reshape(8, 3)[x[1]], WHOLE),
    ("convolution of whole numbers", lambda x: np.convolve(x[0], x[1]), WHOLE),
    ("sum of truths", lambda x: (np.sum(x), np.mean(x), np.cumsum(x), np.any(x), np.max(x), np.argmax(x)), TRUTH),
    ("difference of truths", np.diff, TRUTH),
    ("sums of nothing", lambda x: (np.sum(x, axis=0), np.prod(x), np.all(x), np.any(x, axis=0)), EMPTY),
    ("scans of nothing", lambda x: (np.cumsum(x, axis=0), np.sort(x, axis=0), np.diff(x, axis=0)), EMPTY),
    ("maximum of nothing but a beginning", lambda x: np.max(x, axis=0, initial=1.0), EMPTY),
    ("join with nothing", lambda x: np.concatenate([x, np.ones((2, 3))]), EMPTY),
    ("one element", lambda x: (np.sort(x), np.median(x), np.std(x), np.pad(x, 1, "reflect"), np.trace(x)), ONE),
    ("interp of one point", lambda x: np.interp([0.0, 1.0, 2.0], x[0], x[0] + 1), ONE),
    ("long permutation", lambda x: x[ORDER], LONG),
    ("long sort", np.sort, LONG),
    ("long quantiles", lambda x: np.quantile(x.reshape(30, 100), [0.05, 0.95], axis=1), LONG),
    ("two permutations", lambda x: x.reshape(50, 60)[ORDER % 50, ORDER % 60], LONG),
]


@pytest.mark.parametrize(("f", "x"), [pytest.param(f, x, id=name) for name, f, x in CALLS])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_as_numpy(f: Callable[..., Any], x: np.ndarray) -> None:
    found, expected = flatten(gg.compile(f, backend="numpy")(x))[0], flatten(f(x))[0]
    for one, other in zip(found, expected, strict=True):
        assert (np.shape(one), np.asarray(one).dtype) == (np.shape(other), np.asarray(other).dtype)
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_compiled_together() -> None:
    def run(*xs: Any) -> Any:
        return [f(x) for (_, f, _), x in zip(CALLS, xs, strict=True)]

    arguments = [x for _, _, x in CALLS]
    for one, other in zip(flatten(gg.compile(run)(*arguments))[0], flatten(run(*arguments))[0], strict=True):
        assert (np.shape(one), np.asarray(one).dtype) == (np.shape(other), np.asarray(other).dtype)
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.cumsum(x) * np.arange(4.0)[1],
        lambda x: np.sort(x)[::-1],
        lambda x: x[np.argsort(x)],
        lambda x: np.median(x) + np.quantile(x, 0.3),
        lambda x: x[np.argmax(x)] - x[[0, -1, 2]],
        lambda x: np.pad(x, (1, 2), constant_values=3.0),
        lambda x: np.diff(x, prepend=0.0),
        lambda x: np.gradient(x),
        lambda x: np.convolve(x, np.array([1.0, -2.0, 1.0])),
        lambda x: np.interp(0.5, np.cumsum(x * x), x),
        lambda x: np.average(x, weights=x * x) + np.std(x, where=x > 0),
    ],
)
def test_named_sizes(f: Callable[..., Any]) -> None:
    compiled = gg.compile(f, backend="numpy").lower(gg.f64["n"]).compile()
    for n in (5, 9):
        x = LONG[:n]
        np.testing.assert_allclose(compiled(x), f(x), rtol=1e-13, atol=1e-14)


needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="no C compiler")


@pytest.mark.parametrize("backend", [pytest.param("c", marks=needs_compiler), "numpy"])
def test_out_of_bounds_at_the_call(backend: str) -> None:
    picked = gg.compile(lambda x, i, j: x[i, j], backend=backend)
    x = np.arange(12.0).reshape(3, 4)
    assert np.array_equal(picked(x, np.array([0, -3]), np.array([-4, 3])), [0.0, 3.0])
    for i, j in (([3, 0], [0, 0]), ([0, 0], [0, -5]), ([-4, 0], [0, 0])):
        with pytest.raises(IndexError):
            picked(x, np.array(i), np.array(j))


def test_ties_go_to_the_first_in_order_and_maxima_share() -> None:
    assert gg.grad(lambda x: np.sort(x)[1], backend="numpy")(TIES).tolist() == [0, 1, 0, 0, 0]
    assert gg.grad(lambda x: np.median(x), backend="numpy")(TIES).tolist() == [0, 0, 0, 1, 0]
    assert gg.grad(lambda x: np.max(x), backend="numpy")(TIES).tolist() == [0.5, 0, 0.5, 0, 0]


REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: np.max(x, where=x > 0), "initial="),
    (lambda x: np.quantile(x, 1.5), "range"),
    (lambda x: np.quantile(x, 0.5, method="inverted_cdf"), "linear"),
    (lambda x: np.digitize(x, x), "np.searchsorted"),
    (lambda x: np.insert(x, np.argmax(x), 1.0), "static argument"),
    (lambda x: np.bincount(x.astype(int)), "np.sum"),
    (lambda x: np.pad(x, 1, lambda *_: None), "np.concatenate"),
    (lambda x: np.pad(x, 1, "nonsense"), "none of NumPy's"),
    (lambda x: np.choose([0, 2, 1], [x, x]), "out of range"),
    (lambda x: np.compress(x > 1, x), "np.where(mask, x, 0.0)"),
    (lambda x: np.take_along_axis(x, x, 0), ".astype(int)"),
    (lambda x: np.trapezoid(x, axis=3), "axis 3"),
    (lambda x: np.interp(x, x, x[:2]), "one length"),
    (lambda x: np.searchsorted(x, x, side="middle"), "'left' or 'right'"),
]


@pytest.mark.parametrize(("f", "advice"), REFUSED)
def test_refusals(f: Callable[[Any], Any], advice: str) -> None:
    with pytest.raises((GradgenError, IndexError)) as caught:
        gg.compile(f, backend="numpy")(np.array([0.5, 1.5, 2.5]))
    assert advice in str(caught.value)
