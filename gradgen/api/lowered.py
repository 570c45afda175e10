"""`LoweredFunction`: a function for fixed argument types, stopped before building."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gradgen.ir import Graph
from gradgen.pipeline import Lowered
from gradgen.trace import Tree

if TYPE_CHECKING:
    from gradgen.formula import Formula

__all__ = ["LoweredFunction"]


class LoweredFunction:
    """A function for fixed argument types on its way to C: everything can be looked at.

    Attributes
    ----------
    graph : Graph
        The optimised graph; prints as a listing.
    source : str
        The C.
    result : Tree
        The structure of the result.
    """

    def __init__(self, stages: Lowered, result: Tree, kernel: Callable[[], Callable[..., Any]]) -> None:
        self.stages, self.result, self._kernel = stages, result, kernel

    @property
    def graph(self) -> Graph:
        """The optimised graph."""
        return self.stages.graph

    @property
    def source(self) -> str:
        """The C text."""
        return self.stages.source

    def formula(self, symmetric: Sequence[str] = ()) -> Formula:
        """What it computes, as an expression of matrix algebra; see `Compiled.formula`."""
        from gradgen.formula import formula  # here, because who calls kernels reads no formulas

        return formula(self.graph, symmetric)

    def after(self, name: str) -> Graph:
        """The graph after a pass, by its name; ``"trace"`` for the graph as traced."""
        return self.stages.after(name)

    def compile(self) -> Callable[..., Any]:
        """Build it; the kernel takes the leaves of the arguments and gives those of the result."""
        return self._kernel()
