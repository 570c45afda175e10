"""What a user calls things is never a reason to fail, whatever C or its library call so."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg

NAMES = [
    "double", "select", "index", "time", "exp", "y0", "errno", "stdin", "main", "x", "n", "work", "dims", "été",
    "GG_OK",
]  # fmt: skip


def made(name, text):
    namespace = {"np": np}
    exec(text, namespace)
    return namespace[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_of_this_name(backend, name):
    function = made(name, f"def {name}(x): return np.sum(np.exp(x) * x)")
    value, gradient = gg.value_and_grad(function, backend=backend)(np.ones(3))
    np.testing.assert_allclose([value, *gradient], [3 * np.e, *[2 * np.e] * 3], rtol=1e-14)
    np.testing.assert_allclose(gg.compile(function, backend=backend)(np.ones(3)), 3 * np.e, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_an_argument_of_this_name(backend, name):
    function = made("function", f"def function({name}): return np.sum(np.exp({name}) * {name})")
    np.testing.assert_allclose(gg.grad(function, backend=backend)(np.ones(3)), [2 * np.e] * 3, rtol=1e-14)


def test_functions_of_one_name_do_not_meet(backend):
    def make(factor):
        def loss(x):
            return np.sum(factor * x)

        return gg.grad(loss, backend=backend)

    functions = [make(factor) for factor in (1.0, 2.0, 3.0)]
    assert [f(np.ones(1)).tolist() for f in functions] == [[1], [2], [3]]
    assert [f(np.ones(1)).tolist() for f in functions] == [[1], [2], [3]]
