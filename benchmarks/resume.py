"""Rows of a run that was cut short: ``--resume`` takes them over if nothing that is measured has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS, environment

__all__ = ["Unfinished", "fingerprint"]

Row = dict[str, Any]

ROOT = Path(__file__).parent.parent


def fingerprint(*more: Any) -> str:
    """A digest of the sources, of machine, compiler and versions, and of what else is given.

    Examples
    --------
    >>> one, same, other = fingerprint("two"), fingerprint("two"), fingerprint("three")
    >>> one == same, one == other
    (True, False)
    """
    digest = hashlib.sha256(json.dumps([environment(), *map(str, more)], sort_keys=True).encode())
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources() -> Iterator[Path]:
    """The files that decide what is measured."""
    for folder in ("gradgen", "runtime", "benchmarks"):
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".c", ".h"})


class Unfinished:
    """The rows so far, in a file that is there while a run is not finished.

    Parameters
    ----------
    name : str
        Of the results.
    key : str
        What `fingerprint` gives; rows that were measured under another one are forgotten.
    resume : bool
        Whether to take over any.
    """

    def __init__(self, name: str, key: str, resume: bool) -> None:
        self.path, self.key = RESULTS / f"{name}.unfinished.json", key
        self.rows: list[Row] = []
        if resume and self.path.exists():
            left = json.loads(self.path.read_text(encoding="utf-8"))
            self.rows = left["rows"] if left["key"] == key else []

    def find(self, name: str, size: str) -> Row | None:
        """The row of this case, if it is there."""
        return next((row for row in self.rows if (row["workload"], row["size"]) == (name, size)), None)

    def add(self, row: Row) -> Row:
        """Keep one more."""
        self.rows.append(row)
        self.path.write_text(json.dumps({"key": self.key, "rows": self.rows}) + "\n", encoding="utf-8")
        return row

    def finish(self) -> None:
        """All is measured and written elsewhere."""
        self.path.unlink(missing_ok=True)
