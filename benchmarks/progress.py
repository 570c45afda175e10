"""How far the run is: a bar where rich is there and somebody looks, else a line for each case."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["progress", "show"]

T = TypeVar("T")
Step = Callable[[str], None]


@contextmanager
def progress(total: int) -> Iterator[tuple[Step, Step]]:
    """Two functions: one begins the next case, the other says what is done for it."""
    try:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        yield _plain(total)
        return
    if not sys.stdout.isatty():
        yield _plain(total)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, transient=True) as bar:
        task, case = bar.add_task("", total=total), [""]

        def begin(name: str) -> None:
            bar.update(task, advance=1 if case[0] else 0, description=name)
            case[0] = name

        yield begin, lambda what: bar.update(task, description=f"{case[0]}: {what}")


def _plain(total: int) -> tuple[Step, Step]:
    done = [0]

    def begin(name: str) -> None:
        done[0] += 1
        print(f"[{done[0]}/{total}] {name}", flush=True)

    return begin, lambda what: None


def show(title: str, lines: Sequence[Sequence[str]]) -> None:
    """Print a table, the first line of which is its heading."""
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        print(f"\n{title}", *("  ".join(line) for line in lines), sep="\n")
        return
    table = Table(title=title, title_justify="left")
    for k, heading in enumerate(lines[0]):
        table.add_column(heading, justify="right" if k else "left")
    for line in lines[1:]:
        table.add_row(*line)
    console = Console()
    # A terminal may be narrow; a file takes the table as wide as it is.
    (console if console.is_terminal else Console(width=40 + 24 * len(lines[0]))).print(table)
