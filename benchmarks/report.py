"""Measurements, with their targets, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gradgen import __version__
from gradgen.native.compiler import find_compiler

__all__ = ["Measurement", "environment", "show", "write"]

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "scipy", "networkx", "cffi", "autograd")


@dataclass(frozen=True)
class Measurement:
    """One number, and what it should be."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    @property
    def target(self) -> str:
        """The target as it is shown."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}"
        return "" if self.at_most is None else f"≤ {self.at_most:g} {self.unit}"


def show(measurements: Sequence[Measurement], console: Console) -> None:
    """Print the table."""
    table = Table("")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("met")
    for one in measurements:
        met = {True: "yes", False: "[red]no[/red]", None: ""}[one.met]
        shown = f"{one.value:.3g}" if one.value < 1000 else f"{one.value:.0f}"
        table.add_row(one.name, f"{shown} {one.unit}", one.target, met)
    console.print(table)


def write(measurements: Sequence[Measurement], name: str) -> Path:
    """Write the JSON, with all that is needed to compare it with another."""
    content = {**environment(), "measurements": [{**asdict(one), "met": one.met} for one in measurements]}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def environment() -> dict[str, Any]:
    """Processor, compiler and versions."""
    packages = {name: version(name) for name in PACKAGES}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "compiler": _compiler(),
        "versions": {"gradgen": __version__, "python": platform.python_version(), **packages},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _compiler() -> dict[str, str] | None:
    compiler = find_compiler()
    if compiler is None:
        return None
    done = subprocess.run([*compiler.command, "--version"], stdout=subprocess.PIPE, text=True, check=False)
    return {"version": done.stdout.partition("\n")[0], "flags": " ".join(compiler.flags)}
