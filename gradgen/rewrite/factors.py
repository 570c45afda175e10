"""A value as a sum of products in index notation: factors with a label for each axis, whatever it was written with.

    V @ (g * (V.T @ b))  ->  V_ik g_k V_jk b_j
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_letters

from gradgen.ir import Graph
from gradgen.ops import OPS, Value

__all__ = ["Factor", "multiplied", "read_factors"]

# More factors are no formula that someone wrote, and a square of squares has exponentially many.
MOST = 12


@dataclass(frozen=True)
class Factor:
    """A value with a label for each axis; ``divides`` if the product is divided by it."""

    value: Value
    labels: str
    divides: bool = False


def read_factors(root: Value, labels: str, through: Container[int]) -> list[Factor] | None:
    """The factors of ``root``; what has no label in ``labels`` is summed over.

    Only nodes in ``through`` are taken apart. None where there are too many factors or labels, or where a
    sum is over what no factor has.
    """
    fresh = iter([letter for letter in ascii_letters if letter not in labels])
    done: list[Factor] = []
    todo = [Factor(root, labels)]
    summed: set[str] = set()
    while todo:
        factor = todo.pop()
        name = factor.value.node.op.name
        if name == "diag" and not factor.divides and (gone := _gone(factor, summed)):
            kept = next(label for label in factor.labels[-2:] if label != gone)
            on_diagonal = Factor(Value(root.graph, factor.value.node.operands[0]), factor.labels[:-2] + kept)
            todo, done = ([_renamed(each, gone, kept) for each in factors] for factors in ([*todo, on_diagonal], done))
            summed.discard(gone)
            continue
        try:
            parts = _parts(factor, fresh, summed) if factor.value.id in through or name == "broadcast" else None
        except StopIteration:
            return None
        if parts is None:
            done.append(factor)
        else:
            todo += parts
        if len(todo) + len(done) > MOST:
            return None
    held = set("".join(factor.labels for factor in done))
    return done if summed | set(labels) <= held else None


def _gone(factor: Factor, summed: set[str]) -> str:
    """The label of a diagonal matrix that becomes the other one, where one is summed over."""
    return next((label for label in factor.labels[-2:] if label in summed), "")


def _renamed(factor: Factor, old: str, new: str) -> Factor:
    return replace(factor, labels=factor.labels.replace(old, new))


def _parts(factor: Factor, fresh: Iterator[str], summed: set[str]) -> list[Factor] | None:
    """What a factor is the product of, or None."""
    node, graph, labels, divides = factor.value.node, factor.value.graph, factor.labels, factor.divides
    operands = [Value(graph, operand) for operand in node.operands]
    match node.op.name:
        case "multiply":
            return [Factor(x, labels, divides) for x in operands]
        case "divide":
            return [Factor(operands[0], labels, divides), Factor(operands[1], labels, not divides)]
        case "broadcast":
            return [Factor(operands[0], "".join(labels[axis] for axis in node["axes"]), divides)]
        case "transpose":
            axes = node["axes"]
            return [Factor(operands[0], "".join(labels[axes.index(axis)] for axis in range(len(axes))), divides)]
        case "contract" if not divides:
            names = dict(zip(node["labels"], labels, strict=True))
            for letter in node["x_labels"]:
                if letter not in names:
                    names[letter] = next(fresh)
                    summed.add(names[letter])
            both = (node["x_labels"], node["y_labels"])
            return [
                Factor(x, "".join(names[letter] for letter in mine)) for x, mine in zip(operands, both, strict=True)
            ]
        case "sum" if not divides:
            kept, axes = iter(labels), node["axes"]
            whole = [next(fresh) if axis in axes else next(kept) for axis in range(operands[0].ndim)]
            summed.update(whole[axis] for axis in axes)
            return [Factor(operands[0], "".join(whole))]
    return None


def multiplied(graph: Graph, factors: Sequence[Factor], labels: str) -> Value | None:
    """The sum of products over all labels but ``labels``; None where this takes more than contractions."""
    (first, *others) = factors
    value, mine = first.value, first.labels
    for position, other in enumerate(others):
        wanted = labels + "".join(later.labels for later in others[position + 1 :])
        both = "".join(dict.fromkeys(mine + other.labels))
        result = "".join(label for label in both if label in wanted)
        if position == len(others) - 1 and set(result) == set(labels):
            result = labels
        shared = set(mine) & set(other.labels)
        if other.divides or any(label not in result and label not in shared for label in both):
            return None
        value = OPS["contract"](value, other.value, x_labels=mine, y_labels=other.labels, labels=result)
        mine = result
    return value if mine == labels else None
