"""ADBench's LSTM: two layers that predict the next character, and the loss of all predictions."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload

LAYERS, B = 2, 14  # of ADBench's data: characters are vectors of 14


def sigmoid(x: Array) -> Any:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


def cell(weight: Array, bias: Array, hidden: Array, state: Array, x: Array) -> tuple[Any, Any]:
    """One layer at one step; the rows are those of the forget, input, output and change gates."""
    forget = sigmoid(x * weight[0] + bias[0])
    ingate = sigmoid(hidden * weight[1] + bias[1])
    outgate = sigmoid(x * weight[2] + bias[2])
    change = np.tanh(hidden * weight[3] + bias[3])
    state = state * forget + ingate * change
    return outgate * np.tanh(state), state


def one_step(main: Array, extra: Array, memory: list[tuple[Any, Any]], x: Array, gold: Array) -> tuple[Any, Any]:
    """The memory after a character, and how well the next one was foretold."""
    x = x * extra[0]
    after = []
    for layer, (hidden, state) in enumerate(memory):
        x, state = cell(main[2 * layer], main[2 * layer + 1], hidden, state, x)
        after.append((x, state))
    y = x * extra[1] + extra[2]
    return after, np.sum(gold * (y - np.log(np.sum(np.exp(y)) + 2.0)))


def loss(main: Array, extra: Array, start: Array, text: Array) -> Any:
    """The negative mean of the log-probabilities; ``main`` has for each layer the rows of weights, then of biases."""
    memory = [(start[2 * layer], start[2 * layer + 1]) for layer in range(LAYERS)]
    total = 0.0
    for t in range(len(text) - 1):
        memory, score = one_step(main, extra, memory, text[t], text[t + 1])
        total = total + score
    return -total / ((len(text) - 1) * text.shape[1])


def data(length: int) -> tuple[Array, ...]:
    """Random parameters, and a random text."""
    random = np.random.default_rng(0)
    main, extra = random.normal(size=(2 * LAYERS, 4, B)) / 2, random.normal(size=(3, B))
    return main, extra, random.normal(size=(2 * LAYERS, B)) / 2, random.integers(0, 2, size=(length, B)).astype(float)


def jax(jnp: Any, main: Any, extra: Any, start: Any, text: Any) -> Any:
    """In JAX's words: its loop."""
    from jax import lax

    from benchmarks.workload import with_namespace

    own = with_namespace(one_step, jnp)
    memory = [(start[2 * layer], start[2 * layer + 1]) for layer in range(LAYERS)]
    _, scores = lax.scan(lambda before, pair: own(main, extra, before, *pair), memory, (text[:-1], text[1:]))
    return -jnp.sum(scores) / ((len(text) - 1) * text.shape[1])


UNROLLED = "the loop is unrolled, for want of one that is traced as a loop"
WORKLOAD = Workload(
    "LSTM, l = 2",
    loss,
    {"c = 20": partial(data, 20), "c = 100": partial(data, 100), "c = 1024": partial(data, 1024)},
    argnums=(0, 1),
    variants={"jax": jax},
    without={
        "gradgen c = 1024": f"{UNROLLED}; that comes later",
        "torch_compile": UNROLLED,
        "pytensor": UNROLLED,
        "casadi_vm": "not written",
        "casadi_c": "not written",
    },
    quick=(),
)
