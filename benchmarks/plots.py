"""The figures of the page: ratios by workload, and the curves; each as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from benchmarks.report import RESULTS
from benchmarks.table import HEADINGS, heading, label, tools_of

__all__ = ["draw"]

STYLE = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "gradgen"}
# The same tool looks the same everywhere: the C black, gradgen red, and the others by their columns.
MARKERS = "|osD^v<>Phd"
COLOURS = ["black", "tab:red", "tab:blue", "tab:olive", "tab:green", "tab:purple", "tab:orange", "tab:pink", "tab:cyan",
           "tab:brown"]  # fmt: skip


def look(name: str) -> dict[str, Any]:
    """Colour and marker of a tool, by what stands over its column."""
    known = list(HEADINGS.values())
    place = known.index(name) if name in known else len(known)
    first = name == HEADINGS["gradgen"]
    return {
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKERS[place % len(MARKERS)],
        "zorder": 3 if first else 2,
    }


def draw(content: Mapping[str, Any]) -> list[str]:
    """Draw all; the names of the PNGs, relative to the page."""
    with plt.rc_context(STYLE):
        names = [draw_ratios(content["rows"])]
        if content.get("curves"):
            names.append(draw_curves(content["curves"]))
    return names


def draw_ratios(rows: Sequence[Mapping[str, Any]]) -> str:
    """For each row a line of marks: how many times the C gradient each tool takes."""
    kept = [row for row in rows if row["tools"].get("c", {}).get("gradient")]
    figure, axes = plt.subplots(figsize=(8, 1 + 0.25 * len(kept)))
    for tool in tools_of(kept):
        if tool == "c":
            continue
        points = [
            (row["tools"][tool]["call"] / row["tools"]["c"]["gradient"], -place)
            for place, row in enumerate(kept)
            if "call" in row["tools"].get(tool, {})
        ]
        if points:
            axes.plot(*zip(*points, strict=True), ms=5, lw=0, alpha=0.9, label=heading(tool), **look(heading(tool)))
    axes.set_xscale("log")
    axes.axvline(1.0, color="black", lw=0.8, zorder=0, label="C by hand")
    axes.set_yticks([-place for place in range(len(kept))], [label(row) for row in kept])
    axes.set_ylim(-len(kept) + 0.5, 0.5)
    axes.set_xlabel("time of a call from Python / time of the hand-written C gradient")
    axes.grid(axis="both", color="0.93")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return save(figure, "ratios")


def draw_curves(curves: Mapping[str, Any]) -> str:
    """One panel for each curve, and one legend for all."""
    columns = 3
    figure, panels = plt.subplots(-(-len(curves) // columns), columns, figsize=(10, 2.9 * -(-len(curves) // columns)))
    flat: list[Axes] = list(np.ravel(panels))
    for axes, (title, curve) in zip(flat, curves.items(), strict=False):
        for name, points in curve.items():
            axes.plot(*zip(*points, strict=True), ms=3.5, lw=1, label=name, **look(name))
        ratio = "/" in title
        axes.set(xscale="log", yscale="linear" if ratio else "log", title=title)
        if ratio:
            axes.set_ylim(bottom=0.0)
        axes.grid(color="0.93")
    for axes in flat[len(curves) :]:
        axes.set_axis_off()
    shown = {name: line for axes in flat for line, name in zip(*axes.get_legend_handles_labels(), strict=True)}
    order = [name for name in HEADINGS.values() if name in shown]
    figure.legend([shown[name] for name in order], order, ncols=len(order), loc="lower center", frameon=False,
                  bbox_to_anchor=(0.5, -0.04))  # fmt: skip
    return save(figure, "curves")


def save(figure: Any, name: str) -> str:
    """Both forms, without a date, so that the same results give the same files."""
    figure.tight_layout()
    for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
        figure.savefig(RESULTS / f"{name}.{suffix}", dpi=150, bbox_inches="tight", metadata=metadata)
    plt.close(figure)
    return f"{RESULTS.name}/{name}.png"
