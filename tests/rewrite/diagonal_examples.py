"""For each rule of diagonal matrices, and of the last table, by its name, a graph on which it fires."""

from __future__ import annotations

from collections.abc import Sequence

from gradgen.ops import OPS, Value
from tests.rewrite.vocabulary import Build, broadcast, contract, sum_, turn

diag, diagonal = OPS["diag"], OPS["diagonal"]

DIAGONALS: dict[str, Build] = {
    "diagonal(diag(x)) -> x": lambda m: diagonal(diag(m)),
    "diag(x) * y -> diag(x * diagonal(y))": lambda v, r: diag(v) * broadcast(r, 4, 4, axes=(1,)),
    "diag(x) / y -> diag(x / diagonal(y))": lambda v, r: diag(v) / broadcast(r, 4, 4, axes=(0,)),
    "-diag(x) -> diag(-x)": lambda m: -diag(m),
    "diag(x) + diag(y) -> diag(x + y)": lambda v, w: diag(v) + diag(w),
    "diag(x) - diag(y) -> diag(x - y)": lambda m, n: diag(m) - diag(n),
    "transpose(diag(x)) -> diag(x)": lambda v: turn(diag(v), 1, 0),
    "diagonal(broadcast(x)) -> broadcast(x)": lambda v: diagonal(broadcast(v, 3, 4, 4, axes=(1,))),
    "sum(diag(x) * y, both axes) -> sum(x * diagonal(y))": lambda c, k: sum_(diag(c) * k, 0, 1),
    "sum(diag(x), one axis) -> x": lambda m: sum_(diag(m), 1),
    "contract(diag(x), y) -> x * y in the labels": lambda v, r: contract(diag(v), r, "ij,j->i"),
}

# The same rules where other parts of them decide.
DIAGONAL_VARIANTS: dict[str, list[Build]] = {
    "diag(x) * y -> diag(x * diagonal(y))": [lambda s, m: broadcast(s, 3, 4, 4) * diag(m)],
    "transpose(diag(x)) -> diag(x)": [
        lambda p: turn(diag(p), 1, 0, 3, 2),
        lambda p: turn(diag(p), 1, 0, 2, 3),
    ],
    "diagonal(broadcast(x)) -> broadcast(x)": [
        lambda v: diagonal(broadcast(v, 3, 4, 4, axes=(2,))),
        lambda s: diagonal(broadcast(s, 4, 4)),
        lambda v: diagonal(broadcast(diag(v), 3, 4, 4, axes=(1, 2))),
    ],
    "sum(diag(x), one axis) -> x": [lambda m: sum_(diag(m), 2)],
    "contract(diag(x), y) -> x * y in the labels": [
        lambda v, r: contract(r, diag(v), "i,ij->j"),
        lambda v, r: contract(diag(v), broadcast(r, 3, 4, axes=(1,)), "ij,aj->ia"),
        lambda m, r: contract(diag(m), r, "aij,j->ia"),
        lambda v, o: contract(broadcast(o, 3, 4, axes=(0,)), diag(v), "aj,ij->ai"),
    ],
}


class _Rule:
    """A rule as `custom` holds one; the rewriting only drops it."""

    name = "f"

    def tangent(self, number: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value | None:
        return tangents[0]


RULE = _Rule()

FINAL: dict[str, Build] = {
    "stop_gradient(x) -> x": lambda m: OPS["stop_gradient"](m),
    "held(x) -> x": lambda m: OPS["held"](m, call=3),
    "custom(y, ...) -> y": lambda m, v: OPS["custom"](m, v, rule=RULE, number=0),
    "checkpoint(y, ...) -> y": lambda m, v: OPS["checkpoint"](m, OPS["checkpoint_entry"](v, call=3), linear=0),
    "spectral(y, ...) -> y": lambda v: OPS["spectral"](
        OPS["diag"](v), OPS["eigh"](OPS["diag"](v), lower=True), OPS["diag"](v), v, v
    ),
    "checkpoint_entry(x) -> x": lambda m: OPS["checkpoint_entry"](m, call=3),
    "checkpoint_entry(x, ...) of one call -> of any": lambda m, v: OPS["checkpoint_entry"](m, v, call=3),
}
