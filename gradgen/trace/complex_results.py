"""Complex results: two real outputs of the graph, and one complex array for whoever called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.ops import Value
from gradgen.trace.array import TracedArray
from gradgen.trace.complex_functions import joined
from gradgen.trace.complex_pair import Pair
from gradgen.trace.tree import Tree, flatten, register_pytree

__all__ = ["halved", "has_complex"]


class Halves:
    """The place of a complex leaf in a structure of results; put together it is the complex array."""

    def __init__(self, re: Any, im: Any) -> None:
        self.re, self.im = re, im


def halved(leaves: Sequence[Value], tree: Tree) -> tuple[list[Value], Tree]:
    """Leaves and their structure with two real leaves in the place of a complex one."""
    if not any(isinstance(leaf, Pair) for leaf in leaves):
        return list(leaves), tree
    return flatten(tree.unflatten([Halves(z.re, z.im) if isinstance(z, Pair) else z for z in leaves]))


def has_complex(tree: Tree) -> bool:
    """Whether some result is complex."""
    return tree.kind is Halves or any(map(has_complex, tree.children))


def _rejoined(re: Any, im: Any) -> Any:
    """A complex array, or the structure of them that a Jacobian has for each result."""
    leaves, tree = flatten(re)
    return tree.unflatten(map(_one, leaves, flatten(im)[0]))


def _one(re: Any, im: Any) -> Any:
    if isinstance(re, TracedArray):
        return joined(re, im)
    # Not re + 1j * im, which makes NaN of an infinite part.
    both = np.empty(np.shape(re), np.result_type(re, np.complex64))
    both.real, both.imag = re, im
    return both if both.ndim else both[()]


register_pytree(Halves, lambda z: ((z.re, z.im), ("real", "imag")), lambda _, children: _rejoined(*children))
