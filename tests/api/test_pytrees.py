"""Containers as arguments and results, and every way to pass arguments."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

import numpy as np
import pytest

import gradgen as gg

X, Y = np.array([0.3, -1.2, 2.0]), np.array([1.5, 0.25, -0.5])

Pair = collections.namedtuple("Pair", "x y")


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any = None


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: Any
    y: Any


class Registered:
    def __init__(self, x, y, label):
        self.x, self.y, self.label = x, y, label


gg.register_pytree(Registered, lambda r: ((r.x, r.y), r.label), lambda label, children: Registered(*children, label))


def product(x, y):
    return np.sum(np.sin(x) * y)


CONTAINERS = [
    ((X, Y), lambda p: (p[0], p[1])),
    ([X, Y], lambda p: (p[0], p[1])),
    ({"y": Y, "x": X}, lambda p: (p["x"], p["y"])),
    (collections.OrderedDict(y=Y, x=X), lambda p: (p["x"], p["y"])),
    (Pair(X, Y), lambda p: (p.x, p.y)),
    (Frozen(X, Y), lambda p: (p.x, p.y)),
    (Registered(X, Y, "text"), lambda p: (p.x, p.y)),
    ({"deep": [(X, None), Layer(Y)]}, lambda p: (p["deep"][0][0], p["deep"][1].weight)),
]


@pytest.mark.parametrize(("argument", "parts"), CONTAINERS, ids=lambda value: type(value).__name__)
def test_a_container_as_argument(backend, argument, parts):
    value, gradient = gg.value_and_grad(lambda p: product(*parts(p)), backend=backend)(argument)
    assert type(gradient) is type(argument)
    by_x, by_y = parts(gradient)
    np.testing.assert_allclose(value, product(X, Y), rtol=1e-14)
    np.testing.assert_allclose(by_x, np.cos(X) * Y, rtol=1e-14)
    np.testing.assert_allclose(by_y, np.sin(X), rtol=1e-14)


@pytest.mark.parametrize(("like", "parts"), CONTAINERS, ids=lambda value: type(value).__name__)
def test_a_container_as_result(backend, like, parts):
    def f(x, y):
        if isinstance(like, collections.OrderedDict):
            return collections.OrderedDict(y=y + 1, x=2 * x)
        return {
            tuple: lambda: (2 * x, y + 1), list: lambda: [2 * x, y + 1], Pair: lambda: Pair(2 * x, y + 1),
            dict: lambda: {"y": y + 1, "x": 2 * x, "deep": [(2 * x, None), Layer(y + 1)]},
            Frozen: lambda: Frozen(2 * x, y + 1), Registered: lambda: Registered(2 * x, y + 1, "text"),
        }[type(like)]()  # fmt: skip

    result = gg.compile(f, backend=backend)(X, Y)
    assert type(result) is type(like)
    for found, expected in zip(parts(result), (2 * X, Y + 1), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_container_as_result_of_each_call(backend):
    f = gg.compile(lambda x: {"a": x, "b": [2.0 * x]}, backend=backend)
    for x in (1.0, 2.0, 3.0):
        assert f(x) == {"a": x, "b": [2.0 * x]}


def test_none_within_stays(backend):
    gradient = gg.grad(lambda layer: np.sum(layer.weight**2), backend=backend)(Layer(X))
    np.testing.assert_allclose(gradient.weight, 2 * X, rtol=1e-14)
    assert gradient.bias is None


def test_a_kernel_for_a_container_is_not_taken_for_its_parts(backend):
    f = gg.compile(lambda p, q: p[0] - p[1] if q is None else p * q, backend=backend)
    for _ in range(2):
        np.testing.assert_array_equal(f((X, Y), None), X - Y)
        np.testing.assert_array_equal(f(X, Y), X * Y)


def test_a_list_of_numbers_is_a_container_of_numbers(backend):
    value, gradient = gg.value_and_grad(lambda p: p[0] * p[1], backend=backend)([2.0, 3.0])
    assert value == 6
    assert gradient == [3.0, 2.0]


def test_argument_labels_in_messages(backend):
    place = r"p\['deep'\]\[1\]\.weight"
    with pytest.raises(gg.ArgumentError, match=rf"f: argument {place} is of type set.*np\.asarray\({place}\)"):
        gg.compile(lambda p: p, backend=backend)({"deep": [X, Layer({1})]})


# --- keywords, defaults, *args ---------------------------------------------------------------------------


def with_defaults(x, scale=2.0, *rest, power=1.0, mode="sum"):
    total = np.sum(x**power) * scale + sum(np.sum(r) for r in rest)
    return total if mode == "sum" else total / x.size


CALLS = [
    ((X * X,), {}, 2.0, 1.0),
    ((X * X, 3.0), {}, 3.0, 1.0),
    ((X * X,), {"scale": 3.0}, 3.0, 1.0),
    ((), {"scale": 3.0, "x": X * X}, 3.0, 1.0),
    ((X * X,), {"power": 2.0}, 2.0, 2.0),
    ((X * X, 3.0, X, Y), {"power": 2.0, "mode": "sum"}, 3.0, 2.0),
]


@pytest.mark.parametrize(("args", "kwargs", "scale", "power"), CALLS)
def test_every_way_to_pass_arguments(backend, args, kwargs, scale, power):
    value_and_grad = gg.value_and_grad(with_defaults, backend=backend)
    for _ in range(2):  # compiled, and found again
        value, gradient = value_and_grad(*args, **kwargs)
        np.testing.assert_allclose(value, with_defaults(*args, **kwargs), rtol=1e-14)
        np.testing.assert_allclose(gradient, scale * power * (X * X) ** (power - 1), rtol=1e-13)
    assert len(value_and_grad.entries) == 1


def test_the_same_arguments_by_position_and_by_keyword_are_one_specialisation():
    f = gg.compile(lambda x, y: x - y, backend="numpy")
    assert f(3.0, 1.0) == f(3.0, y=1.0) == f(y=1.0, x=3.0) == 2
    assert len(f.entries) == 1


def test_a_default_between_given_arguments(backend):
    f = gg.grad(lambda x, y=2.0, z=3.0: x * y * z, 2, backend=backend)
    assert f(5.0, z=1.0) == 10


def test_keywords_of_any_name(backend):
    f = gg.compile(lambda **parts: parts["a"] - parts["b"], backend=backend)
    assert f(a=3.0, b=1.0) == f(b=1.0, a=3.0) == 2


def test_differentiation_by_one_of_many(backend):
    f = gg.grad(lambda *xs: sum(k * np.sum(x) for k, x in enumerate(xs)), (-1, 1), backend=backend)
    last, second = f(X, X, X)
    assert last.tolist() == [2, 2, 2]
    assert second.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [((), {}, "missing a required argument: 'x'"), ((X, 1.0), {"scale": 1.0}, "multiple values for argument 'scale'"),
     ((X,), {"scales": 1.0}, "unexpected keyword argument 'scales'")],
)  # fmt: skip
def test_a_wrong_call(backend, args, kwargs, message):
    with pytest.raises(gg.ArgumentError, match=message) as caught:
        gg.grad(with_defaults, backend=backend)(*args, **kwargs)
    assert str(caught.value).startswith("with_defaults_grad(x, scale=2.0, *rest, power=1.0, mode='sum'): ")
