"""Figures as one self-contained HTML page: nothing is fetched, everything that comes from the user is escaped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from gradgen.errors import counted
from gradgen.picture.facts import facts, tape
from gradgen.picture.figure import Figure
from gradgen.picture.scene import detail, is_drawable, overview
from gradgen.picture.svg import KEPT, LEGEND, draw

__all__ = ["page"]

# Figures of more values begin with their loops.
LARGE = 60


def page(figures: Sequence[Figure], title: str) -> str:
    """The page.

    Parameters
    ----------
    figures : sequence of Figure
        The kernels; if there are several, the page lets one choose.
    title : str
        Of the page.
    """
    template = Template(_read("page.html"))
    names = "".join(f'<option value="{k}">{escape(figure.name)}</option>' for k, figure in enumerate(figures))
    return template.substitute(
        title=escape(title),
        style=_read("picture.css") + _read("page.css"),
        choices=names,
        several="" if len(figures) > 1 else "hidden",
        legend=_legend(figures),
        figures="\n".join(_section(figure, number) for number, figure in enumerate(figures)),
        facts=_json([facts(figure) for figure in figures]),
        script=_read("page.js"),
    )


def _read(name: str) -> str:
    return files("gradgen.picture").joinpath(name).read_text(encoding="utf-8")


def _json(data: object) -> str:
    """As text of a script element, which ends at the first ``</script`` whatever that is in."""
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _section(figure: Figure, number: int) -> str:
    first = "loops" if len(figure.cards) > LARGE else "values"
    summary = f"{counted(len(figure.cards), 'value')} in {counted(len(figure.root.inner), 'stage')}; {tape(figure)}"
    scenes = {"values": detail, "loops": overview} if is_drawable(figure) else {"loops": overview}
    views = {name: draw(scene(figure), figure.title) for name, scene in scenes.items()}
    divisions = "".join(
        f'<div class="view" data-view="{name}"{"" if name == first else " hidden"}>{text}</div>'
        for name, text in views.items()
    )
    return (
        f'<section class="figure" data-figure="{number}" data-first="{first}" data-summary="{escape(summary)}" hidden>'
        f"{divisions}</section>"
    )


def _legend(figures: Sequence[Figure]) -> str:
    sweeps = {look for figure in figures for value in figure.cards for look in _kinds(figure, value)}
    items = [f'<span class="key {kind}">{text}</span>' for kind, text in LEGEND if kind in sweeps]
    if any(figure.kept for figure in figures):
        items.append(f'<span class="key kept">{KEPT}</span>')
    return "".join(items)


def _kinds(figure: Figure, value: int) -> tuple[str]:
    node = figure.graph[value]
    return (node.sweep if node.operands else LEGEND[0][0],)
