"""The same graph gives the same text, a call the same bits, whatever else the process does."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import gradgen as gg
from tests.compiled.build import build
from tests.compiled.random_graphs import draw, inputs_for, with_derivatives

ROOT = Path(__file__).parents[2]
SEEDS = range(0, 120)
# Prints a digest of the C of some graphs: their names are hashed, sets and dictionaries are used.
SCRIPT = """
import hashlib
from gradgen.c import emit
from gradgen.lower import lower
from gradgen.rewrite import FINAL, rewrite
from tests.compiled.random_graphs import draw, with_derivatives
from tests.golden.functions import EXAMPLES
graphs = [with_derivatives(draw(seed), "cotangents") for seed in range(40)]
text = "".join(emit(lower(rewrite(graph, FINAL))) for graph in graphs)
text += "".join(example.source() for example in EXAMPLES.values())
print(hashlib.sha256(text.encode()).hexdigest())
"""


def digest(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_text_does_not_depend_on_hashes() -> None:
    assert digest("1") == digest("2") != ""


def test_every_call_gives_the_same_bits(workshop: Path) -> None:
    graphs = [with_derivatives(draw(seed), "cotangents") for seed in SEEDS]
    for graph, kernel in zip(graphs, build(graphs, folder=workshop), strict=True):
        values = inputs_for(graph)
        first = [result.tobytes() for result in kernel(*values)]
        # arrays at other addresses: memory that the first call left is taken up by something else
        kept = [np.empty(number) for number in (3, 17, 1000)]
        assert [result.tobytes() for result in kernel(*[value.copy() for value in values])] == first
        del kept


def network(x: np.ndarray, w: np.ndarray, v: np.ndarray) -> np.ndarray:
    hidden = np.tanh(x @ w)
    return np.sum(np.log1p(np.exp(hidden @ v))) + np.sum(w * w)


def test_threads_share_a_function() -> None:
    rng = np.random.default_rng(0)
    function = gg.value_and_grad(network, argnums=(1, 2))
    points = [[rng.standard_normal(shape) for shape in ((300, 60), (60, 40), (40,))] for _ in range(8)]
    alone = [function(*point) for point in points]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda point: function(*point), points * 25))
    for k, (value, gradients) in enumerate(together):
        expected, expected_gradients = alone[k % len(points)]
        assert value == expected
        for gradient, wanted in zip(gradients, expected_gradients, strict=True):
            np.testing.assert_array_equal(gradient, wanted)


def test_threads_specialise_at_once() -> None:
    """Eight threads make the first calls, of three different types, at the same time."""
    function = gg.grad(lambda x: np.sum(np.sin(x) * x))
    points = [np.linspace(0.0, 1.0, size) for size in (3, 64, 65)] * 8
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(function, points))
    for x, gradient in zip(points, found, strict=True):
        np.testing.assert_allclose(gradient, np.sin(x) + x * np.cos(x), rtol=1e-13)


def test_other_layouts_give_the_same_bits() -> None:
    rng = np.random.default_rng(0)
    function = gg.value_and_grad(network, argnums=(1, 2))
    x, w, v = (rng.standard_normal(shape) for shape in ((20, 6), (6, 5), (5,)))
    value, gradients = function(x, w, v)
    spread = np.zeros((40, 6))
    spread[::2] = x
    backwards = v[::-1].copy()
    other, others = function(spread[::2], np.asfortranarray(w), backwards[::-1])
    assert other == value
    for gradient, wanted in zip(others, gradients, strict=True):
        np.testing.assert_array_equal(gradient, wanted)
