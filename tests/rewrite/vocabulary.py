"""What examples of rules are made of: inputs by their names, and ops in short.

An example is a function of values whose names say what they are (`TYPES`). Those in `FINITE` keep to
ordinary numbers when the others take NaN and infinities: they are factors that a sum gives away.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from gradgen.ir import Graph, Type, TypeMaker
from gradgen.ops import OPS, Value, constant, full
from tests.interpret import new_input, set_outputs

f64, f32, i64, boolean = (TypeMaker(dtype) for dtype in (np.float64, np.float32, np.int64, np.bool_))
TYPES: dict[str, Type] = {
    "s": f64.scalar,
    "t": f64.scalar,
    "r": f64[4],
    "v": f64[4],
    "w": f64[4],
    "o": f64[3],
    "m": f64[3, 4],
    "n": f64[3, 4],
    "p": f64[2, 3, 4],
    "q": f64[4, 2],
    "u": f64[1, 4],
    "g": f32[4],
    "k": f64[4, 4],
    "h": f64[4, 4],
    "c": f64[4],
    "d": f64[4, 2],
    "i": i64[4],
    "b": boolean[4],
}
FINITE = ("s", "t", "r", "o", "k", "h", "c", "d")
SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -2.5])

Build = Callable[..., Value]


def example_graph(build: Build, sweep: str) -> Graph:
    """The graph of an example; its inputs are the function's parameters."""
    graph = Graph()
    inputs = [new_input(graph, TYPES[name]) for name in inspect.signature(build).parameters]
    graph.sweep = sweep
    return set_outputs(graph, [build(*inputs)])


def draw(build: Build, seed: int, special: bool = False) -> list[np.ndarray]:
    """Random values for the parameters of an example, around 1 and of both signs, or special ones."""
    random = np.random.default_rng(seed)
    return [_draw_one(random, name, special and name not in FINITE) for name in inspect.signature(build).parameters]


def _draw_one(random: np.random.Generator, name: str, special: bool) -> np.ndarray:
    type_ = TYPES[name]
    shape = tuple(int(extent) for extent in type_.shape)
    if special and type_.dtype.kind == "f":
        return random.choice(SPECIAL, shape).astype(type_.dtype)
    drawn = random.uniform(0.4, 2.0, shape) * random.choice([-1.0, 1.0], shape)
    return np.asarray(
        drawn > 0 if type_.dtype == np.bool_ else 10 * drawn if type_.dtype.kind == "i" else drawn
    ).astype(type_.dtype)


def broadcast(x: Value, *shape: int, axes: tuple[int, ...] = ()) -> Value:
    return OPS["broadcast"](x, shape=shape, axes=axes)


def every(s: Value, like: Value) -> Value:
    return broadcast(s, *like.shape)


def sum_(x: Value, *axes: int, op: str = "sum") -> Value:
    return OPS[op](x, axes=axes)


def contract(x: Value, y: Value, labels: str) -> Value:
    operands, result = labels.split("->")
    first, second = operands.split(",")
    return OPS["contract"](x, y, x_labels=first, y_labels=second, labels=result)


def cut(x: Value, starts: tuple[int, ...], shape: tuple[int, ...], steps: tuple[int, ...] | None = None) -> Value:
    return OPS["slice"](x, starts=starts, steps=steps or (1,) * x.ndim, shape=shape)


def put(x: Value, starts: tuple[int, ...], shape: tuple[int, ...], steps: tuple[int, ...] | None = None) -> Value:
    steps = steps or (1,) * x.ndim
    return OPS["embed" if set(steps) == {1} else "place"](x, starts=starts, steps=steps, shape=shape)


def place(x: Value, starts: tuple[int, ...], shape: tuple[int, ...], steps: tuple[int, ...]) -> Value:
    return OPS["place"](x, starts=starts, steps=steps, shape=shape)


def turn(x: Value, *axes: int) -> Value:
    return OPS["transpose"](x, axes=axes)


def reshape(x: Value, *shape: int) -> Value:
    return OPS["reshape"](x, shape=shape)


def array(like: Value, values: object) -> Value:
    return constant(like.graph, np.array(values))


exp, log, log1p, expit, sqrt, where, power = (
    OPS[name] for name in ("exp", "log", "log1p", "expit", "sqrt", "where", "power")
)
maximum, minimum, absolute, logical_not, astype, logaddexp = (
    OPS[name] for name in ("maximum", "minimum", "abs", "logical_not", "astype", "logaddexp")
)


def truth(like: Value, answer: bool) -> Value:
    return full(like.graph, np.array(answer), like.shape)
