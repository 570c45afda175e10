"""What is part of the program: named in static_argnames, or by itself."""

from __future__ import annotations

import dataclasses
import enum
import functools

import numpy as np
import pytest

import gradgen as gg

X = np.array([0.3, -1.2, 2.0])


def repeated(x, n):
    for _ in range(n):
        x = x * x
    return np.sum(x)


@pytest.mark.parametrize("names", ["n", ["n"], ("n",)])
def test_a_named_argument_is_static(backend, names):
    gradient = gg.grad(repeated, static_argnames=names, backend=backend)
    for n in (1, 2, 1):
        np.testing.assert_allclose(gradient(X, n), 2**n * X ** (2**n - 1), rtol=1e-13)
        np.testing.assert_allclose(gradient(X, n=n), 2**n * X ** (2**n - 1), rtol=1e-13)
    assert len(gradient.entries) == 2


def test_without_the_name_the_message_says_so(backend):
    with pytest.raises(gg.TraceError, match="pass it as a static argument"):
        gg.grad(repeated, backend=backend)(X, 2)


def test_a_name_that_is_no_parameter():
    with pytest.raises(gg.ArgumentError, match="repeated_grad: static_argnames has 'm', but the parameters are x, n"):
        gg.grad(repeated, static_argnames="m")


def test_a_static_keyword_only_argument(backend):
    def f(x, *, n):
        return repeated(x, n)

    gradient = gg.grad(f, static_argnames="n", backend=backend)
    np.testing.assert_allclose(gradient(X, n=1), 2 * X, rtol=1e-14)
    np.testing.assert_allclose(gradient(X, n=2), 4 * X**3, rtol=1e-13)


def test_a_static_container(backend):
    f = gg.compile(lambda x, spec: x[spec["at"]] * len(spec["more"]), static_argnames="spec", backend=backend)
    assert f(X, {"at": 1, "more": [1, 2]}) == 2 * X[1]
    assert f(X, {"at": 2, "more": [1, 2]}) == 2 * X[2]


def test_every_static_array_is_refused_not_only_the_second(backend):
    f = gg.compile(lambda x, table: x * table, static_argnames="table", backend=backend)
    for table in (np.ones(3), np.zeros(3)):
        with pytest.raises(gg.ArgumentError, match="argument table is static but of type ndarray, which has no hash"):
            f(X, table)


def test_zeros_of_both_signs_are_two_programs(backend):
    f = gg.compile(lambda x, zero: x * np.copysign(1.0, zero), static_argnames="zero", backend=backend)
    assert f(2.0, 0.0) == 2
    assert f(2.0, -0.0) == -2


def test_equal_values_of_different_types_are_different_programs(backend):
    f = gg.compile(lambda x, flag: x + (1 if flag is True else 2), static_argnames="flag", backend=backend)
    assert [f(0.0, flag) for flag in (1, True, 1.0)] == [2, 1, 2]


class Choice(enum.Enum):
    """A mode by name."""

    FIRST, SECOND = "first", "second"


class Number(enum.IntEnum):
    """A mode that is a number too."""

    FIRST, SECOND = 1, 2


MODES = [("a", "b"), (True, False), (None, ...), (np.sin, np.cos), (slice(1), slice(2)), (int, float), (b"a", b"b")]
MODES += [(Choice.FIRST, Choice.SECOND), (Number.FIRST, Number.SECOND)]


@pytest.mark.parametrize(("first", "second"), MODES, ids=repr)
def test_static_by_itself(backend, first, second):
    f = gg.grad(lambda x, mode: np.sum(x) if mode == first else 2 * np.sum(x), backend=backend)
    for _ in range(2):
        assert f(X, first).tolist() == [1, 1, 1]
        assert f(X, second).tolist() == [2, 2, 2]


def test_a_number_with_a_name_is_a_number(backend):
    for x in (X, X.astype(np.float32)):
        result = gg.compile(lambda x, n: x * n, backend=backend)(x, Number.SECOND)
        np.testing.assert_array_equal(result, x * Number.SECOND, strict=True)


def test_functions_as_arguments(backend):
    f = gg.grad(lambda x, g: np.sum(g(x)), backend=backend)
    np.testing.assert_allclose(f(X, np.sin), np.cos(X), rtol=1e-14)
    np.testing.assert_allclose(f(X, lambda x: x * x), 2 * X, rtol=1e-14)
    np.testing.assert_allclose(f(X, functools.partial(np.multiply, 3.0)), [3, 3, 3], rtol=1e-14)
    np.testing.assert_allclose(f(X, gg.compile(np.exp)), np.exp(X), rtol=1e-14)


def test_a_slice_chooses(backend):
    f = gg.grad(lambda x, part: np.sum(x[part] ** 2), backend=backend)
    np.testing.assert_allclose(f(X, slice(0, 2)), [2 * X[0], 2 * X[1], 0], rtol=1e-14)


@dataclasses.dataclass(frozen=True)
class Options:
    power: int


def test_a_static_object(backend):
    # A dataclass is a container, so its fields are static each.
    f = gg.compile(lambda x, o: sum(x for _ in range(o.power)), static_argnames="o", backend=backend)
    assert f(2.0, Options(3)) == 6
    assert f(2.0, Options(2)) == 4


def test_an_object_that_is_neither(backend):
    with pytest.raises(gg.ArgumentError, match=r"argument o is of type object.*static_argnames.*register_pytree"):
        gg.compile(lambda x, o: x, backend=backend)(2.0, object())
