"""``np.einsum``: any number of operands, as diagonals and pairwise products in a good order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Dim, shape_text
from gradgen.trace.array import TracedArray
from gradgen.trace.context import implements
from gradgen.trace.moves import as_traced, permute, plain
from gradgen.trace.products import LETTERS, diagonal, multiplied, product, summed

__all__: list[str] = []


@implements(np.einsum)
def _einsum(*operands: Any, out: Any = None, dtype: Any = None, optimize: Any = None, **kwargs: Any) -> TracedArray:
    plain(out=out, **{name: value for name, value in kwargs.items() if name not in ("order", "casting")})
    subscripts, arrays = _as_text(operands)
    xs = multiplied(*arrays, dtype=dtype)
    labels, result = _parsed(subscripts.replace(" ", ""), xs)
    terms = [_without_repeats(x, own) for x, own in zip(xs, labels, strict=True)]
    for chosen in _path(terms, result):
        pair = [terms.pop(position) for position in sorted(chosen, reverse=True)][::-1]
        others = result + "".join(own for _, own in terms)
        terms.append(_combined(pair, others, result if not terms else None))
    x, own = terms[0]
    return permute(x, [own.index(label) for label in result])


def _as_text(operands: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """The subscripts as one string; NumPy also takes a list of numbers after each operand."""
    if isinstance(operands[0], str):
        return operands[0], operands[1:]
    arrays, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
    terms = ",".join(_letters(labels) for labels in lists[: len(arrays)])
    return (f"{terms}->{_letters(operands[-1])}" if len(operands) % 2 else terms), arrays


def _letters(labels: Sequence[Any]) -> str:
    return "".join("..." if label is Ellipsis else LETTERS[label] for label in labels)


@implements(np.einsum_path)
def _einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> Any:
    """The order depends on shapes only, so that NumPy can say it."""
    subscripts, arrays = _as_text(operands)
    dummies = [np.broadcast_to(0.0, as_traced(x).shape) for x in arrays]  # type: ignore[arg-type]
    return np.einsum_path(subscripts, *dummies, optimize=optimize)


def _parsed(subscripts: str, xs: Sequence[TracedArray]) -> tuple[list[str], str]:
    """One letter for each axis of each operand, and for each of the result; ``...`` is spelled out."""
    left, arrow, right = subscripts.partition("->")
    terms = left.split(",")
    if len(terms) != len(xs):
        raise ShapeError(f"{len(terms)} terms in '{subscripts}' for {len(xs)} operands")
    unused = [letter for letter in LETTERS if letter not in subscripts]
    counts = [x.ndim - len(term.replace("...", "")) for term, x in zip(terms, xs, strict=True)]
    widest = max([count for term, count in zip(terms, counts, strict=True) if "..." in term], default=0)
    stack = "".join(unused[:widest])
    spelled = []
    for term, x, count in zip(terms, xs, counts, strict=True):
        if count < 0 or (count and "..." not in term):
            raise ShapeError(f"'{term}' in '{subscripts}' for {shape_text(x.shape)}")
        spelled.append(term.replace("...", stack[widest - count :]))
    if not arrow:
        right = "..." + "".join(sorted(c for c in set(left) if c.isalpha() and left.count(c) == 1))
    result = right.replace("...", stack)
    if len(set(result)) != len(result) or not set(result) <= set("".join(spelled)):
        raise ShapeError(f"the result of '{subscripts}' repeats a label, or has one that no operand has")
    return spelled, result


def _without_repeats(x: TracedArray, labels: str) -> tuple[TracedArray, str]:
    """Take the diagonal of axes that share a label."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if x.shape[first] != x.shape[second]:
                raise ShapeError(f"'{labels}' for {shape_text(x.shape)}")
            x = diagonal(x, 0, first, second)
            labels = labels[:first] + labels[first + 1 : second] + labels[second + 1 :] + label
    return x, labels


def _path(terms: Sequence[tuple[TracedArray, str]], result: str) -> list[tuple[int, ...]]:
    """Which operands to combine first; a named dimension counts as 64 there."""
    if len(terms) <= 2:
        return [tuple(range(len(terms)))]
    shapes = [[64 if isinstance(extent, Dim) else extent for extent in x.shape] for x, _ in terms]
    dummies = [np.broadcast_to(0.0, shape) for shape in shapes]
    subscripts = ",".join(own for _, own in terms) + "->" + result
    path = np.einsum_path(subscripts, *dummies, optimize="optimal" if len(terms) <= 4 else "greedy")[0][1:]
    # A step may join more than two operands: pair them from the left, the partial product coming last.
    steps: list[tuple[int, ...]] = []
    count = len(terms)
    for chosen in path:
        steps.extend(_pairwise(sorted(chosen), count))
        count -= len(chosen) - 1
    return steps


def _pairwise(chosen: list[int], count: int) -> list[tuple[int, ...]]:
    steps: list[tuple[int, ...]] = []
    while len(chosen) > 1:
        first, second = chosen[0], chosen[1]
        steps.append((first, second))
        count -= 1
        moved = [position - (position > first) - (position > second) for position in chosen[2:]]
        chosen = [*moved, count - 1]
    return steps


def _combined(terms: Sequence[tuple[TracedArray, str]], others: str, final: str | None) -> tuple[TracedArray, str]:
    """One operand summed, or two contracted, to the labels that are still wanted."""
    letters = dict.fromkeys(itertools.chain(*[own for _, own in terms]))
    wanted = "".join(letter for letter in letters if letter in others) if final is None else final
    if len(terms) == 2:
        return product(*terms[0], *terms[1], wanted), wanted
    return summed(*terms[0], wanted)
