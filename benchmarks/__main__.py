"""Workloads × tools, side by side, in one run on one core: `make bench`.

    python -m benchmarks [--quick] [--tools c,gradgen,jax] [--workloads gmm,mlp] [--name NAME] [--resume]

Writes ``benchmarks/results/NAME.json`` and, when nothing was left out, the plots and tables of `benchmarks/README.md`.
With ``--quick`` only gradgen and the C by hand run, on the sizes that matter, and are compared with the committed
results; nothing is written, and the status is 1 if something got worse.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from typing import Any

from benchmarks.guard import worse
from benchmarks.machine import limits
from benchmarks.measure import Plan, measure
from benchmarks.page import write_page
from benchmarks.progress import progress, show
from benchmarks.report import RESULTS, environment
from benchmarks.resume import Unfinished, fingerprint
from benchmarks.table import HEADINGS, label, limits_table, ratio_table, reasons, starts_table
from benchmarks.tool import tool_names
from benchmarks.workload import cases

Content = dict[str, Any]

FULL = Plan()
QUICK = Plan(rounds=9, block=0.01, seconds=4.0, cold=False)
PUBLISHED = "bench"


def main() -> None:
    """Measure what is asked for."""
    asked = arguments()
    pin()
    if asked.quick:
        sys.exit(guard(asked))
    plan, begin = (FULL if asked.cold else Plan(cold=False)), time.monotonic()
    unfinished = Unfinished(asked.name, fingerprint(asked.tools, plan), asked.resume)
    content = run(asked, plan, unfinished)
    if not (asked.tools or asked.workloads):
        from benchmarks.curves import all_curves

        content["curves"] = all_curves()
    content["seconds"] = round(time.monotonic() - begin)
    print_tables(content)
    path = RESULTS / f"{asked.name}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.finish()
    print(f"written to {path.relative_to(RESULTS.parent.parent)} after {content['seconds'] / 60:.1f} minutes")
    if asked.name == PUBLISHED:
        publish(content)


def arguments() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="gradgen and C only, compared with the committed results")
    parser.add_argument("--tools", type=names, help=f"of {', '.join(tool_names())}")
    parser.add_argument("--workloads", type=names, help="by the names of their files")
    parser.add_argument("--name", help="the results go to benchmarks/results/NAME.json")
    parser.add_argument("--resume", action="store_true", help="keep the rows that a run cut short has measured")
    parser.add_argument("--no-cold", dest="cold", action="store_false", help="without the starts with nothing on disk")
    asked = parser.parse_args()
    unknown = set(asked.tools or ()) - set(tool_names())
    if unknown:
        parser.error(f"no tool {', '.join(sorted(unknown))}; there are {', '.join(tool_names())}")
    partial = asked.tools or asked.workloads or not asked.cold
    asked.name = asked.name or ("partial" if partial else PUBLISHED)
    return asked


def names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name for name in text.split(",") if name]


def pin() -> None:
    """Stay on one core with all the processes that are started from here."""
    if hasattr(os, "sched_setaffinity"):  # not on macOS
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run(asked: argparse.Namespace, plan: Plan, unfinished: Unfinished | None = None) -> Content:
    """All rows."""
    tools = asked.tools or sorted(tool_names(), key=lambda tool: [*HEADINGS, tool].index(tool))
    chosen, rows = cases(asked.workloads, asked.quick), []
    machine = limits()
    with progress(len(chosen)) as (begin, say):
        for name, size in chosen:
            begin(f"{name} {size}".strip())
            row = unfinished.find(name, size) if unfinished else None
            if row is None:
                row = measure(name, size, tools, plan, say)
                if unfinished:
                    unfinished.add(row)
            rows.append(row)
    content = environment()
    for tool in tools:
        found = (row["tools"].get(tool, {}).get("version") for row in rows)
        version = next((version for version in found if version), None)
        if version:
            content["versions"].setdefault(HEADINGS.get(tool, tool), version)
    return {**content, "machine": machine, "plan": asdict(plan), "rows": rows}


def print_tables(content: Content) -> None:
    """The tables, in the terminal."""
    rows = content["rows"]
    show("time per call (× the C gradient; the C gradient × the C function)", ratio_table(rows))
    if any("cold" in found for row in rows for found in row["tools"].values()):
        show("first derivative with nothing on disk, ms", starts_table(rows, "cold"))
    show("share of the machine's limit", limits_table(rows, content["machine"]))
    for reason in reasons(rows):
        print(f"–  {reason}")


def publish(content: Content) -> None:
    """The plots and the page."""
    from benchmarks.plots import draw

    write_page(content, draw(content))


def guard(asked: argparse.Namespace) -> int:
    """Compare with the committed results; what looks worse is measured once more before it is said."""
    asked.tools = ["c", "gradgen"]
    content = run(asked, QUICK)
    show("time per call (× the C gradient)", ratio_table(content["rows"]))
    path = RESULTS / f"{PUBLISHED}.json"
    if not path.exists():
        print("there are no committed results to compare with; make bench makes some")
        return 0
    committed = json.loads(path.read_text(encoding="utf-8"))
    if committed["processor"] != content["processor"]:
        print(f"the committed results are from another processor: {committed['processor']}")
    suspects = worse(content["rows"], committed["rows"])
    again = worse([measure(*key, asked.tools, QUICK) for key in suspects], committed["rows"])
    labels = {(row["workload"], row["size"]): label(row) for row in content["rows"]}
    for key, lines in again.items():
        print(f"worse: {labels[key]}: {'; '.join(lines)}")
    print("something got worse by more than 15 %" if again else "nothing got worse by more than 15 %")
    return 1 if again else 0


if __name__ == "__main__":
    main()
