"""For each exact rule of reductions and contractions, by its name, a graph on which it fires."""

from __future__ import annotations

from gradgen.ops import OPS, Value
from tests.rewrite.vocabulary import Build, array, broadcast, contract, every, put, reshape, sum_, turn

REDUCING = ("sum", "prod", "max", "min", "any", "all")


def _tested(x: Value, op: str) -> Value:
    """What ``op`` reduces: a bool for those that answer a question."""
    return OPS["greater"](x, 0.0) if op in ("any", "all") else x


def _of_each_reduction(op: str) -> dict[str, Build]:
    return {
        f"{op}(x), over no axes -> x": lambda m: sum_(_tested(m, op), op=op),
        f"{op}({op}(x)) -> {op}(x)": lambda p: sum_(sum_(_tested(p, op), 1, op=op), 0, op=op),
        f"{op}(x), over unit axes -> reshape(x)": lambda u: sum_(_tested(u, op), 0, 1, op=op),
        f"{op}(transpose(x)) -> {op}(x)": lambda p: sum_(turn(_tested(p, op), 2, 0, 1), 1, op=op),
        f"{op}(reshape(x)), over all -> {op}(x)": lambda m: sum_(reshape(_tested(m, op), 12), 0, op=op),
    }


def _of_repeated(op: str) -> Build:
    return lambda m: sum_(broadcast(_tested(m, op), 3, 5, 4, axes=(0, 2)), 0, 1, op=op)


REDUCTIONS: dict[str, Build] = {
    **{name: build for op in REDUCING for name, build in _of_each_reduction(op).items()},
    **{f"{op}(broadcast(x)) -> broadcast({op}(x))": _of_repeated(op) for op in ("max", "min", "any", "all")},
    "sum(broadcast(x)) -> count * broadcast(sum(x))": lambda m: sum_(broadcast(m, 3, 5, 4, 2, axes=(0, 2)), 0, 1),
    "sum(-x) -> -sum(x)": lambda m: sum_(-m, 1),
    "sum(v * x) -> v * sum(x), v the same along the axes": lambda s, m: sum_(m * every(s, m), 0),
    "sum((v * x) * y) -> v * sum(x * y), v the same along the axes": lambda s, m, n: sum_(n * (m * every(s, m)), 0),
    "sum(x / k) -> sum(x) / k": lambda m: sum_(m / 3.0, 0),
    "sum(broadcast(x) * broadcast(y)) -> contract(x, y)": lambda m, q: sum_(
        broadcast(m, 3, 2, 4, axes=(0, 2)) * broadcast(turn(q, 1, 0), 3, 2, 4, axes=(1, 2)), 2
    ),
    "sum(embed(x)) -> embed(sum(x))": lambda m: sum_(put(m, (1, 2), (5, 7)), 0),
}

PRODUCTS: dict[str, Build] = {
    "contract(-x, y) -> -contract(x, y)": lambda m, q: contract(m, -q, "ij,jk->ik"),
    "contract(x / k, y) -> contract(x, y) / k": lambda m, q: contract(m / 3.0, q, "ij,jk->ik"),
    "contract(v * x, y) -> v * contract(x, y), no label of v summed": lambda s, m, q: contract(
        m, every(s, q) * q, "ij,jk->ik"
    ),
    "contract(transpose(x), y) -> contract(x, y)": lambda m, q: contract(q, turn(m, 1, 0), "jk,ji->ik"),
    "transpose(contract(x, y)) -> contract(x, y)": lambda m, q: turn(contract(m, q, "ij,jk->ik"), 1, 0),
    "contract(broadcast(x), y) -> contract(x, y), fewer labels": lambda r, m: contract(
        broadcast(r, 2, 3, 4, axes=(2,)), m, "aij,ij->aj"
    ),
    "contract(x, y), summing nothing -> x * y": lambda v, o: contract(v, o, "j,i->ij"),
    "sum(contract(x, y)) -> contract(sum(x), y)": lambda m, d: sum_(contract(m, d, "ij,jk->ik"), 0),
    "sum(v * contract(x, y)) -> contract(sum(v * x), y)": lambda o, m, k: sum_(
        broadcast(o, 3, 4, axes=(0,)) * contract(k, m, "jk,ij->ik"), 0
    ),
    "sum(contract(x, y) + z) -> contract(sum(x), y) + sum(z)": lambda m, n, k: sum_(n + contract(m, k, "ij,jk->ik"), 0),
    "sum(v * contract(x, y) + z) -> contract(sum(v * x), y) + sum(z)": lambda o, m, n, k: sum_(
        broadcast(o, 3, 4, axes=(0,)) * contract(m, k, "ij,jk->ik") + n, 0
    ),
    "contract(x, y), summing one element -> contract(x, y)": lambda u, v: contract(u, reshape(v, 1, 4), "ij,ik->jk"),
}

REPEATED_FACTORS: dict[str, Build] = {
    "v * (w * x) -> (v * w) * x, v and w repeated alike, in a derivative": lambda o, s, m: (
        every(s, m) * (m * broadcast(o, 3, 4, axes=(0,)))
    ),
    "contract(v * transpose(x), y) -> contract(v * x, y), v repeated": lambda o, m, n: contract(
        broadcast(o, 4, 3, axes=(1,)) * turn(m, 1, 0), n, "aj,jk->ak"
    ),
}

# The same rules where other parts of them decide.
VARIANTS: dict[str, list[Build]] = {
    "v * (w * x) -> (v * w) * x, v and w repeated alike, in a derivative": [
        lambda r, v, m: broadcast(r, 3, 4, axes=(1,)) * (m * broadcast(v, 3, 4, axes=(1,))),
    ],
    "sum(v * x) -> v * sum(x), v the same along the axes": [
        lambda m: sum_(m * every(array(m, 3.0), m), 0),
        lambda o, m: sum_(m * broadcast(o, 3, 4, axes=(0,)), 1),
    ],
    "contract(v * x, y) -> v * contract(x, y), no label of v summed": [
        lambda m, q: contract(3.0 * m, q, "ij,jk->ik"),
        lambda o, m, q: contract(broadcast(o, 3, 4, axes=(0,)) * m, q, "ij,jk->ik"),
        lambda s, m, n: contract(every(s, m) * m, n, "ij,ij->"),
    ],
    "contract(broadcast(x), y) -> contract(x, y), fewer labels": [
        lambda r, m: contract(m, broadcast(r, 4, 5, axes=(0,)), "ij,jk->ik"),
        lambda s, m: contract(broadcast(s, 3, 2), m, "ik,ij->kj"),
        lambda r, m: contract(broadcast(r, 3, 4, axes=(1,)), m, "ij,ij->"),
    ],
    "contract(x, y), summing nothing -> x * y": [
        lambda m, n: contract(m, n, "ij,ij->ij"),
        lambda v, m: contract(v, m, "j,ij->ji"),
        lambda s, m: contract(s, m, ",ij->ij"),
    ],
    "sum(broadcast(x)) -> count * broadcast(sum(x))": [
        lambda s: sum_(broadcast(s, 3, 0), 1),
        lambda v: sum_(broadcast(v, 1, 4, axes=(1,)), 0),
    ],
}
