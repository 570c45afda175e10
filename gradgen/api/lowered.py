"""`LoweredFunction`: a function for fixed argument types, stopped before building."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gradgen.ir import Graph
from gradgen.pipeline import Lowered
from gradgen.trace import Tree

if TYPE_CHECKING:
    from gradgen.formula import Formula
    from gradgen.picture import Picture

__all__ = ["LoweredFunction", "show"]


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

    def show(self, path: str | os.PathLike[str] | None = None) -> Picture:
        """Draw which values are computed in which loops, in which sweep, and what lies in memory between them.

        Parameters
        ----------
        path : str or path, optional
            Where to write it: a page, ``.html``, in which a value that is clicked shows its line of NumPy and its C, or
            a picture, ``.svg``. Without it the page opens in a browser; in a notebook the result displays itself.

        Examples
        --------
        >>> import gradgen as gg, numpy as np
        >>> lowered = gg.grad(lambda x: np.sum(np.sin(x) ** 2)).lower(gg.f64["n"])
        >>> lowered.show("sines.svg")                                                           # doctest: +SKIP
        <picture of lambda_grad>
        """
        return show(self.stages, path)

    def _repr_html_(self) -> str:
        """For Jupyter, which displays the page."""
        from gradgen.picture import draw  # here, because who calls kernels looks at no pictures

        return draw(self.graph, self.stages.nest, self.source)._repr_html_()

    def after(self, name: str) -> Graph:
        """The graph after a pass, by its name; ``"trace"`` for the graph as traced."""
        return self.stages.after(name)

    def compile(self) -> Callable[..., Any]:
        """Build it; the kernel takes the leaves of the arguments and gives those of the result."""
        return self._kernel()


def show(stages: Lowered, path: str | os.PathLike[str] | None) -> Picture:
    """Draw a function on its way to C; write the picture if there is a path, else let the user see it."""
    from gradgen.picture import draw

    made = draw(stages.graph, stages.nest, stages.source)
    if path is None:
        made.present()
    else:
        made.save(path)
    return made
