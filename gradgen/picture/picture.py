"""`Picture`: the graph of some kernels, drawn; what `show` gives."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from html import escape
from pathlib import Path

from gradgen.errors import ArgumentError
from gradgen.ir import Graph
from gradgen.nest import Kernel
from gradgen.picture.figure import Figure, make_figure
from gradgen.picture.page import page
from gradgen.picture.scene import detail, is_drawable, overview
from gradgen.picture.svg import file

__all__ = ["Picture", "draw"]

# Of the frame in a notebook, in pixels.
HEIGHT = 640


class Picture:
    """Which values are computed in which loops, and where in the C.

    In Jupyter it displays itself.

    Attributes
    ----------
    html : str
        A page in which one can zoom, and choose a value to see its line of NumPy and its C.
    svg : str
        The picture alone, of the first kernel.
    """

    def __init__(self, figures: Sequence[Figure]) -> None:
        if not figures:
            raise ArgumentError("there is nothing to show; export at least one function")
        self.figures = tuple(figures)

    @functools.cached_property
    def html(self) -> str:
        """The page."""
        return page(self.figures, ", ".join(figure.name for figure in self.figures))

    @functools.cached_property
    def svg(self) -> str:
        """The picture: every value, or of thousands the loops only."""
        first = self.figures[0]
        return file(detail(first) if is_drawable(first) else overview(first), first.title)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it.

        Parameters
        ----------
        path : str or path
            Ends in ``.html`` or ``.svg``; an SVG has one kernel.
        """
        to = Path(path)
        if to.suffix not in (".html", ".svg"):
            raise ArgumentError(f"a picture is written as .html or .svg, not as {to.name!r}")
        if to.suffix == ".svg" and len(self.figures) > 1:
            names = ", ".join(figure.name for figure in self.figures)
            raise ArgumentError(f"an SVG shows one kernel, and there are {names}; choose one, or write .html")
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(self.html if to.suffix == ".html" else self.svg, encoding="utf-8")
        return to

    def present(self) -> None:
        """Open the page in a browser, from a temporary file; in a notebook, which displays results, do nothing."""
        if "ipykernel" in sys.modules:
            return
        handle, name = tempfile.mkstemp(prefix=f"{self.figures[0].name}-", suffix=".html")
        os.close(handle)
        webbrowser.open(self.save(name).as_uri())

    def _repr_html_(self) -> str:
        """For Jupyter: in a frame, so that the page and the notebook do not disturb each other."""
        frame = f'width="100%" height="{HEIGHT}" style="border: 1px solid #8886; border-radius: 6px"'
        return f'<iframe srcdoc="{escape(self.html)}" {frame}></iframe>'

    def __repr__(self) -> str:
        return f"<picture of {', '.join(figure.name for figure in self.figures)}>"


def draw(graph: Graph, kernel: Kernel, source: str) -> Picture:
    """The picture of one kernel.

    Parameters
    ----------
    graph : Graph
        The optimised graph.
    kernel, source
        The loop nests made of it, and their C.
    """
    return Picture([make_figure(graph, kernel, source)])
