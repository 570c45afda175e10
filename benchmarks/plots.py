"""The figures of the page: ratios by workload, and the curves; each as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.report import RESULTS
from benchmarks.table import heading, label, tools_of

__all__ = ["draw"]

STYLE = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "gradgen"}
MARKERS = "oosD^v<>Ph*"


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
    figure, axes = plt.subplots(figsize=(8, 1 + 0.3 * len(kept)))
    for k, tool in enumerate(tools_of(kept)):
        way = "gradient" if tool == "c" else "call"
        points = [
            (row["tools"][tool][way] / row["tools"]["c"]["gradient"], -place)
            for place, row in enumerate(kept)
            if way in row["tools"].get(tool, {})
        ]
        if points:
            axes.plot(*zip(*points, strict=True), MARKERS[k % len(MARKERS)], ms=5, label=heading(tool))
    axes.set_xscale("log")
    axes.axvline(1.0, color="0.7", lw=0.8, zorder=0)
    axes.set_yticks([-place for place in range(len(kept))], [label(row) for row in kept])
    axes.set_xlabel("time per call / time of the hand-written C gradient")
    axes.grid(axis="y", color="0.93")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return save(figure, "ratios")


def draw_curves(curves: Mapping[str, Any]) -> str:
    """One panel for each curve."""
    figure, panels = plt.subplots(2, 3, figsize=(10, 5.5))
    flat: list[Axes] = list(panels.flat)
    for axes, (title, curve) in zip(flat, curves.items(), strict=False):
        for k, (tool, points) in enumerate(curve.items()):
            axes.plot(*zip(*points, strict=True), f"-{MARKERS[k]}", ms=3, lw=1, label=tool)
        axes.set(xscale="log", yscale="linear" if "/" in title else "log", title=title)
        axes.legend(frameon=False)
    for axes in flat[len(curves) :]:
        axes.set_axis_off()
    return save(figure, "curves")


def save(figure: Any, name: str) -> str:
    """Both forms, without a date, so that the same results give the same files."""
    figure.tight_layout()
    for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
        figure.savefig(RESULTS / f"{name}.{suffix}", dpi=150, bbox_inches="tight", metadata=metadata)
    plt.close(figure)
    return f"{RESULTS.name}/{name}.png"
