"""Long kernels are cut into parts: the same results as in one piece."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg
from gradgen.c import emit
from gradgen.lower import parts
from gradgen.native.compiler import find_compiler

needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="no C compiler")


def scalars(x, y):
    a = np.sin(x) * y
    for _ in range(8):
        a = np.sin(a) + np.cos(x * a) / (1.0 + a * a)
    return a * y


def arrays(x, y):
    table = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    s = np.sum(np.exp(x) * table)
    c = np.cumsum(x * s)
    return np.sum(c * y) + s * np.max(y)


def indexed(x, y):
    return np.sum(np.concatenate([x, y])[np.array([0, 3, 3, 7])] ** 2) * np.sum(y)


CASES = [
    (scalars, (0.3, 1.7)),
    (arrays, (np.linspace(0.1, 1.0, 5), np.linspace(2.0, 1.0, 5))),
    (indexed, (np.linspace(0.1, 1.0, 5), np.linspace(2.0, 1.0, 5))),
]


@needs_compiler
@pytest.mark.parametrize(("function", "arguments"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_parts_compute_what_the_whole_does(function, arguments, monkeypatch, tmp_path):
    whole = gg.value_and_grad(function, argnums=(0, 1)).lower(*arguments)
    expected = whole.compile()(*arguments)
    monkeypatch.setattr(parts, "LONG", 3)
    monkeypatch.setattr(parts, "PART", 4)
    kernel = parts.cut_parts(whole.stages.nest)
    assert kernel.parts
    assert "static GG_APART int" in emit(kernel)
    monkeypatch.setenv("GRADGEN_CACHE_DIR", str(tmp_path))
    again = gg.value_and_grad(function, argnums=(0, 1)).lower(*arguments)
    again.stages.traced.graph.name = "in_parts"
    value, gradients = again.compile()(*arguments)
    np.testing.assert_array_equal(value, expected[0])
    for got, wanted in zip(gradients, expected[1], strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_a_short_kernel_stays_whole():
    kernel = gg.compile(scalars).lower(0.3, 1.7).stages.nest
    assert not kernel.parts
