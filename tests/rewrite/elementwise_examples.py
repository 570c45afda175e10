"""For each exact rule of elements and their places, by its name, a graph on which it fires."""

from __future__ import annotations

from gradgen.ops import OPS
from tests.rewrite.vocabulary import (
    Build,
    absolute,
    array,
    astype,
    broadcast,
    cut,
    every,
    logical_not,
    maximum,
    minimum,
    place,
    power,
    put,
    reshape,
    sqrt,
    truth,
    turn,
    where,
)  # fmt: skip

FOLD: dict[str, Build] = {
    "f(constant, ...) -> constant": lambda v: v + sqrt(array(v, [1.0, 2.0, 3.0, 4.0])),
    "constant of equal elements -> broadcast": lambda v: v * array(v, [2.0, 2.0, 2.0, 2.0]),
    "f(broadcast(x), ...) -> broadcast(f(x, ...))": lambda v: broadcast(v, 3, 4, axes=(1,)) * 2.0,
}

MOVEMENT: dict[str, Build] = {
    "broadcast(x), of its own shape -> x": lambda m: broadcast(m, 3, 4, axes=(0, 1)),
    "broadcast(broadcast(x)) -> broadcast(x)": lambda v: broadcast(broadcast(v, 3, 4, axes=(1,)), 2, 3, 4, axes=(1, 2)),
    "transpose(x), in its own order -> x": lambda m: turn(m, 0, 1),
    "transpose(transpose(x)) -> transpose(x)": lambda p: turn(turn(p, 2, 0, 1), 1, 0, 2),
    "transpose(broadcast(x)) -> broadcast(transpose(x))": lambda m: turn(broadcast(m, 3, 5, 4, axes=(0, 2)), 1, 2, 0),
    "transpose(x), of unit axes -> reshape(x)": lambda u: turn(u, 1, 0),
    "reshape(x), to its own shape -> x": lambda m: reshape(m, 3, 4),
    "reshape(reshape(x)) -> reshape(x)": lambda m: reshape(reshape(m, 12), 2, 6),
    "reshape(broadcast(scalar)) -> broadcast(scalar)": lambda s: reshape(broadcast(s, 3, 4), 12),
    "reshape(broadcast(x)), of unit axes -> reshape(x)": lambda m: reshape(broadcast(m, 3, 1, 4, axes=(0, 2)), 2, 6),
    "reshape(x), adding unit axes -> broadcast(x)": lambda m: reshape(m, 3, 1, 4),
    "slice(x), of all of it -> x": lambda m: cut(m, (0, 0), (3, 4)),
    "embed(x), of all of it -> x": lambda m: put(m, (0, 0), (3, 4)),
    "place(x), of all of it -> x": lambda m: place(m, (0, 0), (3, 4), (1, 1)),
    "slice(slice(x)) -> slice(x)": lambda m: cut(cut(m, (2, 1), (3, 3), (-1, 1)), (1, 0), (2, 2), (1, 2)),
    "embed(embed(x)) -> one of them": lambda v: put(put(v, (1,), (6,)), (2,), (9,)),
    "embed(place(x)) -> one of them": lambda v: put(put(v, (1,), (9,), (2,)), (2,), (12,)),
    "place(embed(x)) -> one of them": lambda v: put(put(v, (1,), (6,)), (2,), (14,), (2,)),
    "place(place(x)) -> one of them": lambda v: put(put(v, (1,), (8,), (2,)), (1,), (24,), (3,)),
    "slice(place(x)), the same region -> x": lambda v: cut(put(v, (1,), (9,), (2,)), (1,), (4,), (2,)),
    "slice(embed(x)) -> embed(slice(x))": lambda v: cut(put(v, (3,), (9,)), (1,), (4,)),
    "slice(concatenate(x, ...)) -> slice(x), inside one piece": lambda v, w: cut(
        OPS["concatenate"](v, w, axis=0), (7,), (2,), (-2,)
    ),
    "slice(broadcast(x)) -> broadcast(slice(x))": lambda v: cut(broadcast(v, 3, 4, axes=(1,)), (1, 1), (2, 3)),
    "concatenate(x) -> x": lambda v: OPS["concatenate"](v, axis=0),
}

ODD = ("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "erf", "cbrt", "sign")
ARITHMETIC: dict[str, Build] = {
    "x * 1 -> x": lambda v: 1.0 * v,
    "x / 1 -> x": lambda v: v / 1.0,
    "x + 0 -> x": lambda v: 0.0 + v,
    "x - 0 -> x": lambda v: v - 0.0,
    "0 - x -> -x": lambda v: 0.0 - v,
    "-(-x) -> x": lambda v: -(-v),  # noqa: B002
    "(-x) * (-y) -> x * y": lambda v, w: (-v) * (-w),
    "(-x) / (-y) -> x / y": lambda v, w: (-v) / (-w),
    "x * (-1) -> -x": lambda v: v * -1.0,
    "x / (-1) -> -x": lambda v: v / -1.0,
    "k * (-x) -> (-k) * x": lambda v: 3.0 * -v,
    "-(k * x) -> (-k) * x": lambda v: -(v * 3.0),
    "(-x) / k -> x / (-k)": lambda v: (-v) / 3.0,
    "-(x / k) -> x / (-k)": lambda v: -(v / 3.0),
    "k / (-x) -> (-k) / x": lambda v: 3.0 / -v,
    "-(k / x) -> (-k) / x": lambda v: -(3.0 / v),
    "(-x) * y -> -(x * y)": lambda v, w: w * -v,
    "(-x) / y -> -(x / y)": lambda v, w: (-v) / w,
    "x / (-y) -> -(x / y)": lambda v, w: v / -w,
    "x + (-y) -> x - y": lambda v, w: -v + w,
    "x - (-y) -> x + y": lambda v, w: v - (-w),
    "(-x) - y -> -(x + y)": lambda v, w: -v - w,
    "-(x - y) -> y - x": lambda v, w: -(v - w),
    "abs(abs(x)) -> abs(x)": lambda v: absolute(absolute(v)),
    "abs(x) * abs(x) -> x * x": lambda v: absolute(v) * absolute(v),
    "x ** 0 -> 1": lambda v: power(v, 0.0),
    "x ** 1 -> x": lambda v: power(v, 1.0),
    "x ** 2 -> x * x": lambda v: power(v, 2.0),
    "x ** n -> x * x * ..., n = 3 ... 8": lambda v: power(v, 7.0),
    "x ** (-1) -> 1 / x": lambda v: power(v, -1.0),
    "x ** n -> (1 / x) ** (-n), n = -8 ... -2": lambda v: power(v, -5.0),
    "x / k -> x * (1 / k), k a power of two": lambda v: v / 8.0,
    "k * (d * x) -> (k * d) * x": lambda v: 3.0 * (v * 7.0),
    "k * (x / d) -> (k / d) * x": lambda v: 3.0 * (v / 7.0),
    "(k * x) / d -> (k / d) * x": lambda v: (3.0 * v) / 7.0,
    "(x / k) / d -> x / (k * d)": lambda v: (v / 3.0) / 7.0,
    "k / (d * x) -> (k / d) / x": lambda v: 3.0 / (7.0 * v),
    "k * (d / x) -> (k * d) / x": lambda v: 3.0 * (7.0 / v),
    "x + x -> 2 * x": lambda v: v + v,
    "x + k * x -> (1 + k) * x, k > 0": lambda v: v * 3.0 + v,
    "k * x + d * x -> (k + d) * x, of one sign": lambda v: -3.0 * v + v * -7.0,
    "(k * x) * (d * y) -> (k * d) * (x * y)": lambda v, w: (3.0 * v) * (w * 7.0),
    "k * ((d * x) * y) -> (k * d) * (x * y)": lambda v, w: 3.0 * (w * (v * 7.0)),
    "-((d * x) * y) -> (-d) * (x * y)": lambda v, w: -(w * (3.0 * v)),
    "(1 / x) * y -> y / x": lambda v, w: w * (1.0 / v),
    "x / (1 / y) -> x * y": lambda v, w: w / (1.0 / v),
    "x * 0 -> 0, in a derivative": lambda r: r * 0.0,
    "0 / x -> 0, in a derivative": lambda r: 0.0 / r,
    "x / s -> x * (1 / s), in a derivative": lambda s, v: v / every(s, v),
    "s * (t * x) -> (s * t) * x, for scalars": lambda s, t, v: every(s * 0.5, v) * (v * 3.0),
    "where(c, x, x) -> x": lambda b, v: where(b, v, v),
    "where(True, x, y) -> x": lambda v, w: where(truth(v, True), v, w),
    "where(False, x, y) -> y": lambda v, w: where(truth(v, False), v, w),
    "where(not c, x, y) -> where(c, y, x)": lambda b, v, w: where(logical_not(b), v, w),
    "where(c, where(c, x, y), z) -> where(c, x, z)": lambda b, v, w: where(b, where(b, v, w), -v),
    "where(c, x, where(c, y, z)) -> where(c, x, z)": lambda b, v, w: where(b, v, where(b, -v, w)),
    "not not c -> c": lambda b: logical_not(logical_not(b)),
    "maximum(x, x) -> x": lambda v: maximum(v, v),
    "minimum(x, x) -> x": lambda v: minimum(v, v),
    "astype(x), to its own dtype -> x": lambda v: astype(v, dtype="<f8"),
    "astype(astype(x)) -> astype(x), the inner one widening": lambda g: astype(astype(g, dtype="<f8"), dtype="<f4"),
}


def _negated(op: str) -> Build:
    return lambda v: OPS[op](-v)


ARITHMETIC |= {f"{op}(-x) -> -{op}(x)": _negated(op) for op in ODD}
ARITHMETIC |= {f"{op}(-x) -> {op}(x)": _negated(op) for op in ("cos", "cosh", "abs")}
