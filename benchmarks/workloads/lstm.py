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


def by_hand(main: Array, extra: Array, start: Array, text: Array) -> tuple[Any, ...]:
    """Value and gradient: the gates that look at x, and those that look at the hidden state, two by two."""
    weight, bias = main[0::2], main[1::2]
    hidden, state = list(start[0::2]), list(start[1::2])
    inputs, steps, kept = text[:-1] * extra[0], len(text) - 1, []
    outputs = np.empty((steps, B))
    for t in range(steps):
        x = inputs[t]
        for layer in range(LAYERS):
            w, b = weight[layer], bias[layer]
            h, c = hidden[layer], state[layer]
            forget, outgate = sigmoid(x * w[0::2] + b[0::2])
            pre = h * w[1::2] + b[1::2]
            ingate, change = sigmoid(pre[0]), np.tanh(pre[1])
            after = c * forget + ingate * change
            high = np.tanh(after)
            kept.append((x, h, c, forget, ingate, outgate, change, high))
            x = hidden[layer] = outgate * high
            state[layer] = after
        outputs[t] = x
    y, gold = outputs * extra[1] + extra[2], text[1:]
    e = np.exp(y)
    total, golden = np.sum(e, axis=1) + 2.0, np.sum(gold, axis=1)
    per = -1.0 / (steps * B)
    y_bar = per * (gold - (golden / total)[:, None] * e)
    extra_bar, main_bar = np.zeros_like(extra), np.zeros_like(main)
    extra_bar[1], extra_bar[2] = np.sum(y_bar * outputs, axis=0), np.sum(y_bar, axis=0)
    outputs_bar = y_bar * extra[1]
    h_bar, c_bar = [0.0] * LAYERS, [0.0] * LAYERS
    for t in reversed(range(steps)):
        x_bar = outputs_bar[t]
        for layer in reversed(range(LAYERS)):
            x, h, c, forget, ingate, outgate, change, high = kept[LAYERS * t + layer]
            w, out_bar = weight[layer], x_bar + h_bar[layer]
            after_bar = c_bar[layer] + out_bar * outgate * (1.0 - high * high)
            gates = np.stack([
                after_bar * c * forget * (1.0 - forget),
                after_bar * change * ingate * (1.0 - ingate),
                out_bar * high * outgate * (1.0 - outgate),
                after_bar * ingate * (1.0 - change * change),
            ])  # fmt: skip
            main_bar[2 * layer, 0::2] += gates[0::2] * x
            main_bar[2 * layer, 1::2] += gates[1::2] * h
            main_bar[2 * layer + 1] += gates
            back = gates * w
            x_bar, h_bar[layer] = back[0] + back[2], back[1] + back[3]
            c_bar[layer] = after_bar * forget
        extra_bar[0] += x_bar * text[t]
    value = per * (np.sum(gold * y) - np.sum(golden * np.log(total)))
    return value, main_bar, extra_bar


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


UNROLLED = "it unrolls the loop over steps, having none that it traces and differentiates as a loop"
WORKLOAD = Workload(
    "LSTM, l = 2",
    loss,
    {"c = 20": partial(data, 20), "c = 100": partial(data, 100), "c = 1024": partial(data, 1024)},
    argnums=(0, 1),
    by_hand=by_hand,
    variants={"jax": jax},
    without={
        "gradgen c = 1024": f"{UNROLLED}; so many take too long to compile",
        "torch_compile": UNROLLED,
        "pytensor": "not written: its loop is scan",
        "casadi_vm": "not written",
        "casadi_c": "not written",
    },
    quick=(),
)
