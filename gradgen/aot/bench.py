"""How long a call of each export takes, beside its value alone and beside NumPy: what ``gradgen bench FILE`` prints."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradgen.aot.declare import Export
from gradgen.aot.selftest import draw
from gradgen.aot.transform import Planned, data_of, plan
from gradgen.api import compile, vjp
from gradgen.api.leaves import leaf_type
from gradgen.errors import ArgumentError
from gradgen.ir import Dim
from gradgen.trace import flatten

__all__ = ["Measured", "arguments_for", "bench_export", "dims_of", "parse_sizes", "run_tools", "table"]

USUAL = 1000
ROUNDS, BLOCK = 15, 4e-3

Call = Callable[[], Any]


@dataclass(frozen=True)
class Measured:
    """Seconds per call of one export, medians.

    Attributes
    ----------
    name : str
        Of the export.
    dims : dict of str to int
        The named sizes that it was called with.
    call : float
        As it is exported, called from Python.
    value : float
        Its function alone, compiled too.
    numpy : float
        Its function alone, run by NumPy.
    moved : int
        The bytes of arguments and results, which a call must move at least.
    """

    name: str
    dims: dict[str, int]
    call: float
    value: float
    numpy: float
    moved: int


def bench_export(export: Export, sizes: Mapping[str, int]) -> Measured:
    """Compile an export and time it.

    Parameters
    ----------
    export : Export
        What a file declares.
    sizes : mapping of str to int
        For named dimensions; those that are missing are 1000.
    """
    planned, (function, names, _) = plan(export), data_of(export)
    dims = {name: sizes.get(name, USUAL) for name in dims_of(planned)}
    given = arguments_for(planned, dims)
    own = given[: len(names)]
    call = _call_of(planned, function, given)
    seconds, value, numpy = _medians([call, _bound(compile(function), own), _bound(function, own)])
    moved = sum(np.asarray(leaf).nbytes for leaf in flatten((given, call()))[0])
    return Measured(export.name, dims, seconds, value, numpy, moved)


def dims_of(planned: Planned) -> list[str]:
    """The named sizes of its arguments, in the order in which they appear."""
    shapes = [leaf_type(leaf, "").shape for leaf in planned.examples]
    return list(dict.fromkeys(extent.name for shape in shapes for extent in shape if isinstance(extent, Dim)))


def arguments_for(planned: Planned, dims: dict[str, int]) -> list[Any]:
    """The examples that were given in the place of types, else numbers between 0.2 and 0.8."""
    rng, given = np.random.default_rng(0), []
    for name, type_ in zip(planned.names, planned.types, strict=True):
        leaves, tree = flatten(type_)
        drawn = [draw(leaf_type(leaf, name), leaf, dims, rng) for leaf in leaves]
        given.append(tree.unflatten([array if array.ndim else array[()] for array in drawn]))
    return given


def _call_of(planned: Planned, function: Callable[..., Any], given: Sequence[Any]) -> Call:
    """A call as a user makes it; of a pair with a tape, both sweeps."""
    if planned.taped is None:
        return _bound(planned.compiled, given)

    def both() -> Any:
        value, pull_back = vjp(function, *given)
        leaves, tree = flatten(value)
        return pull_back(tree.unflatten([np.ones_like(leaf) for leaf in leaves]))

    return both


def _bound(function: Callable[..., Any], given: Sequence[Any]) -> Call:
    return lambda: function(*given)


def _medians(calls: Sequence[Call]) -> list[float]:
    """Seconds per call of each, over rounds in which all have their turn."""
    repeats = [_repeats(call) for call in calls]
    rounds = [[_seconds(call, count) for call, count in zip(calls, repeats, strict=True)] for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def _repeats(call: Call) -> int:
    call()  # the first pays for what the later ones find done
    return max(1, round(BLOCK / _seconds(call, 3)))


def _seconds(call: Call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def parse_sizes(texts: Sequence[str]) -> dict[str, int]:
    """Sizes by name.

    Examples
    --------
    >>> parse_sizes(["n=100", "m=7"])
    {'n': 100, 'm': 7}
    """
    found = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not (name and number.isdecimal()):
            raise ArgumentError(f"--size {text}: give a name and a number, as in --size n=1000")
        found[name] = int(number)
    return found


def run_tools(quick: bool) -> int:
    """All tools side by side, which only a checkout can: the table of `benchmarks/README.md`."""
    root = Path(__file__).parents[2]
    if not (root / "benchmarks" / "__main__.py").exists():
        remedy = "name a file of your own, gradgen bench kernels.py, or run make bench in a checkout"
        raise ArgumentError(f"the tools side by side are not installed with gradgen; {remedy}")
    flags = ["--quick"] if quick else []
    return subprocess.run([sys.executable, "-m", "benchmarks", *flags], cwd=root, check=False).returncode


def table(rows: Sequence[Measured]) -> Iterator[str]:
    """Lines of a table.

    Examples
    --------
    >>> print(*table([Measured("loss_grad", {"n": 10}, 2e-6, 1e-6, 8e-6, 4000)]), sep="\\n")
    export           sizes      call  value alone  × value  NumPy's value  × NumPy      moved
    loss_grad        n = 10     2 µs         1 µs      2.0           8 µs     0.25   2.0 GB/s
    """
    wide = max([16, *(len(row.name) + 1 for row in rows)])
    sized = max([7, *(len(_sizes(row)) + 1 for row in rows)])
    heading = f"{'call':>7}  {'value alone':>11}  {'× value':>7}  {'NumPy' + chr(39) + 's value':>13}  {'× NumPy':>7}"
    yield f"{'export':<{wide}} {'sizes':<{sized}} {heading}  {'moved':>9}"
    for row in rows:
        over, under = f"{row.call / row.value:.1f}", f"{row.call / row.numpy:.2f}"
        times = f"{_time(row.call):>7}  {_time(row.value):>11}  {over:>7}  {_time(row.numpy):>13}  {under:>7}"
        yield f"{row.name:<{wide}} {_sizes(row):<{sized}} {times}  {row.moved / row.call / 1e9:>4.1f} GB/s"


def _sizes(row: Measured) -> str:
    return ", ".join(f"{name} = {size}" for name, size in row.dims.items())


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
