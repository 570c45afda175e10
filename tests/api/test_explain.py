"""`explain` says what was made of a function: types, rewrites, loops, memory."""

from __future__ import annotations

import re

import numpy as np

import gradgen as gg


def loss(w, a):
    return np.sum(np.tanh(a @ w))


def numbers(pattern, text):
    return [int(found) for found in re.search(pattern, text).groups()]


def test_a_function_that_was_not_called():
    assert gg.grad(loss).explain() == "loss_grad: traced and compiled for 0 combinations of argument types"


def test_each_combination_of_types(backend):
    f = gg.grad(loss, backend=backend)
    f(np.ones(4), np.ones((3, 4)))
    f(np.zeros(4), np.zeros((3, 4)))
    head, first, *_ = f.explain().splitlines()
    assert head == "loss_grad: traced and compiled for 1 combination of argument types"
    assert first == "  (w: f64[4], a: f64[3, 4])"
    f(np.ones(5), np.ones((3, 5)))
    assert f.explain().splitlines()[0].endswith("for 2 combinations of argument types")
    assert "  (w: f64[5], a: f64[3, 5])" in f.explain().splitlines()


def test_numbers_are_those_of_the_stages(backend):
    f = gg.grad(loss, backend=backend)
    f(np.ones(4), np.ones((3, 4)))
    lowered = f.lower(gg.f64[4], gg.f64[3, 4])
    text = f.explain()
    nodes, after, rewrites = numbers(r"graph: (\d+) nodes as traced, (\d+) after (\d+) rewrites", text)
    assert nodes == len(lowered.after("trace").live())
    assert after == len(lowered.graph.live())
    assert rewrites > 0
    loops, lanes, calls = numbers(r"C: (\d+) loops, (\d+) of them in vector lanes; (\d+) calls", text)
    assert loops == len(re.findall(r"\bfor \(", lowered.source))
    assert lanes == lowered.source.count("GG_SIMD")
    assert calls == len(re.findall(r"^ +gg_(?:gemv|gemm|ger|blas)\w*\(", lowered.source, re.MULTILINE))
    assert re.search(r"memory: [\d.]+ kB of scratch, [\d.]+ kB on the stack", text)


def test_what_fired_most(backend):
    f = gg.compile(lambda x: x + 0.0 * np.ones(3) * 1.0, backend=backend)
    f(np.ones(3))
    assert re.search(r"most often: .+ \(\d+\)", f.explain())


def test_the_mode_of_a_jacobian_is_noted(backend):
    f = gg.jacobian(lambda x: x[:2] * np.sum(x), backend=backend)
    f(np.ones(6))
    assert "jacobian of f: reverse mode, inputs to outputs 6 > 2 x 2" in f.explain()
