"""The results as text: one row for each workload and size, ratios to the hand-written C."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["HEADINGS", "function_table", "label", "limits_table", "losses", "ratio_table", "reasons", "starts_table"]

Row = Mapping[str, Any]

# In the order of the columns, and of the starts: what takes longest to compile is last, and waits for nobody's turn.
HEADINGS = {
    "c": "C by hand", "gradgen": "gradgen", "numpy": "NumPy by hand", "casadi_vm": "CasADi", "casadi_c": "CasADi's C",
    "autograd": "autograd", "jax": "JAX", "torch_eager": "PyTorch", "pytensor": "PyTensor",
    "torch_compile": "torch.compile",
}  # fmt: skip


def label(row: Row) -> str:
    """The name of a row."""
    return f"{row['title']}, {row['size']}" if row["size"] else str(row["title"])


def tools_of(rows: Sequence[Row]) -> list[str]:
    """The tools that were run, in the order of their columns."""
    run = {tool for row in rows for tool in row["tools"]}
    return [*(tool for tool in HEADINGS if tool in run), *sorted(run - set(HEADINGS))]


def heading(tool: str) -> str:
    """What stands over its column."""
    return HEADINGS.get(tool, tool)


def kernels_of(rows: Sequence[Row]) -> list[str]:
    """The tools whose kernels were timed without Python."""
    timed = {tool for row in rows for tool, found in row["tools"].items() if "gradient" in found}
    return [tool for tool in tools_of(rows) if tool in timed and tool != "c"]


def ratio_table(rows: Sequence[Row]) -> list[list[str]]:
    """Times over that of the C gradient: of kernels without Python, and of calls from Python."""
    tools, kernels = [tool for tool in tools_of(rows) if tool != "c"], kernels_of(rows)
    names = [f"{heading(tool)}, kernel" for tool in kernels]
    lines = [["value and derivative", "C function", "C gradient", *names, *map(heading, tools)]]
    for row in rows:
        found = row["tools"]
        function, gradient = (found.get("c", {}).get(way) for way in ("function", "gradient"))
        cells = [time(function), with_ratio(gradient, function)]
        cells += [with_ratio(found.get(tool, {}).get("gradient"), gradient) for tool in kernels]
        cells += [with_ratio(found.get(tool, {}).get("call"), gradient) for tool in tools]
        lines.append([label(row), *cells])
    return lines


def function_table(rows: Sequence[Row]) -> list[list[str]]:
    """The derivative over the hand-written C of the function alone."""
    tools, kernels = [tool for tool in tools_of(rows) if tool != "c"], kernels_of(rows)
    lines = [["", "C gradient", *(f"{heading(tool)}, kernel" for tool in kernels), *map(heading, tools)]]
    for row in rows:
        found = row["tools"]
        unit = found.get("c", {}).get("function")
        times = [found.get(tool, {}).get("gradient") for tool in ("c", *kernels)]
        times += [found.get(tool, {}).get("call") for tool in tools]
        lines.append([label(row), *(ratio(seconds, unit) for seconds in times)])
    return lines


def ratio(seconds: float | None, unit: float | None) -> str:
    """How often the unit goes into a time."""
    if seconds is None or unit is None:
        return "–"
    return f"{seconds / unit:.2f}" if seconds < 10 * unit else f"{seconds / unit:.0f}"


def starts_table(rows: Sequence[Row], which: str) -> list[list[str]]:
    """Cold or warm starts in milliseconds, or peak memory in megabytes."""
    tools = [tool for tool in tools_of(rows) if tool != "c"]
    unit = {"cold": 1e3, "warm": 1e3, "memory": 1e-6}[which]
    lines = [["", *map(heading, tools)]]
    for row in rows:
        values = [row["tools"].get(tool, {}).get(which) for tool in tools]
        lines.append([label(row), *("–" if value is None else plain(value * unit) for value in values)])
    return lines


def plain(value: float) -> str:
    """Three digits, and never a power of ten."""
    return f"{value:.3g}" if value < 1000.0 else f"{value:.0f}"


def limits_table(rows: Sequence[Row], machine: Mapping[str, float]) -> list[list[str]]:
    """Which share of the machine's limit the derivatives reach, where one holds."""
    tools = tools_of(rows)
    lines = [["", "limit", *map(heading, tools)]]
    for row in rows:
        if "flops" in row:
            amount, rate, name = row["flops"], machine["dgemm_flops"], "dgemm"
        elif "bytes" in row:
            cached = row["bytes"] <= 24e6
            rate = machine["cached_read_bytes" if cached else "read_bytes"]
            amount, name = row["bytes"], "cache" if cached else "memory"
        else:
            continue
        lines.append([label(row), name, *(share(row["tools"].get(tool, {}), amount / rate) for tool in tools)])
    return lines


def share(found: Row, least: float) -> str:
    """The least time over the time taken."""
    seconds = found.get("call", found.get("gradient"))
    return "–" if seconds is None else f"{100 * least / seconds:.0f} %"


def reasons(rows: Sequence[Row]) -> list[str]:
    """Why there is a dash, each reason once."""
    dashes: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for tool in tools_of(rows):
            reason = row["tools"].get(tool, {}).get("reason")
            if reason:
                dashes.setdefault((tool, reason), []).append(label(row))
    return [f"{heading(tool)}: {reason} ({'; '.join(where)})" for (tool, reason), where in dashes.items()]


def losses(rows: Sequence[Row]) -> list[str]:
    """The rows where gradgen's kernel is furthest behind the C, worst first."""
    behind = []
    for row in rows:
        own, c = row["tools"].get("gradgen", {}).get("gradient"), row["tools"].get("c", {}).get("gradient")
        if own and c and own > 1.1 * c:
            behind.append((own / c, label(row)))
    return [f"{name}: {ratio:.2f} × the C by hand" for ratio, name in sorted(behind, reverse=True)[:3]]


def time(seconds: float | None) -> str:
    """A time in the unit that suits it."""
    if seconds is None:
        return "–"
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def with_ratio(seconds: float | None, unit: float | None) -> str:
    """A time, and how often the unit goes into it."""
    if seconds is None or unit is None:
        return time(seconds)
    return f"{time(seconds)} ({ratio(seconds, unit)})"
