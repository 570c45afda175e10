"""``NAME_selftest``: inputs and expected results stored with a kernel, so that a target can prove itself.

What is expected is computed by NumPy, from the optimised graph. Inputs are the examples that an export was
given in the place of types, else drawn between 0.2 and 0.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from gradgen.aot.unit import ADJOINT, FORWARD, Unit
from gradgen.c.emit import needs_work, wrapped
from gradgen.c.expression import c_type, number
from gradgen.errors import ArgumentError
from gradgen.ir import DTYPES, Dim, Type
from gradgen.native.reference import evaluate

__all__ = ["declarations", "draw", "selftests", "sizes"]

SMALLEST = 5
TOLERANCES = {"f64": 1e-9, "f32": 1e-4}


@dataclass(frozen=True)
class _Trial:
    """One call of a unit: its inputs, the tape included, and what they give."""

    unit: Unit
    dims: dict[str, int]
    inputs: list[np.ndarray]
    results: list[np.ndarray]


def selftests(units: Sequence[Unit]) -> Iterator[str]:
    """The functions, two for each export."""
    for _, group in groupby(units, key=lambda unit: unit.label):
        yield from _selftest(_trials(list(group)))


def declarations(units: Sequence[Unit]) -> Iterator[str]:
    """Their prototypes."""
    for name in dict.fromkeys(unit.label for unit in units):
        yield f"/* GG_OK if {name} gives what was stored; memory has {name}_selftest_size() bytes, aligned to 64. */"
        yield f"int {name}_selftest(void *memory);"
        yield f"ptrdiff_t {name}_selftest_size(void);"
        yield ""


# --- the numbers -----------------------------------------------------------------------------------------


def _trials(units: Sequence[Unit]) -> list[_Trial]:
    """A call of each unit of one export; an adjoint sweep is given what the forward sweep has saved."""
    rng = np.random.default_rng(0)
    trials: list[_Trial] = []
    for unit in units:
        dims = sizes(unit)
        if unit.role == ADJOINT:
            before = trials[-1]
            saved = before.results[len(before.results) - unit.saved :]
            types = unit.graph.types(unit.graph.inputs)[len(before.inputs) + unit.saved :]
            inputs = [*before.inputs, *saved, *[_drawn(type_, dims, rng) for type_ in types]]
        else:
            pairs = zip(unit.graph.types(unit.graph.inputs), unit.examples, strict=True)
            inputs = [draw(type_, example, dims, rng) for type_, example in pairs]
        trials.append(_Trial(unit, dims, inputs, _expected(unit, inputs)))
    return trials


def sizes(unit: Unit) -> dict[str, int]:
    """Small values for the named sizes, all different."""
    least = dict(unit.nest.least)
    return {name: max(least.get(name, 0), SMALLEST) + k for k, name in enumerate(unit.nest.dims)}


def draw(type_: Type, example: Any, dims: dict[str, int], rng: np.random.Generator) -> np.ndarray:
    """An array of this type: the example if it is one, else random numbers."""
    if isinstance(example, np.ndarray | np.generic | float | int):
        return np.array(example, type_.dtype, order="C")
    return _drawn(type_, dims, rng)


def _drawn(type_: Type, dims: dict[str, int], rng: np.random.Generator) -> np.ndarray:
    shape = tuple(dims[e.name] + e.offset if isinstance(e, Dim) else e for e in type_.shape)
    if type_.dtype.kind == "f":
        return np.round(rng.uniform(0.2, 0.8, shape), 6).astype(type_.dtype)
    return rng.integers(0, 2, shape).astype(type_.dtype)


def _expected(unit: Unit, inputs: list[np.ndarray]) -> list[np.ndarray]:
    remedy = "give the export an example in the place of a type, as A=np.eye(3)"
    try:
        results = [np.asarray(result) for result in evaluate(unit.graph, inputs)]
    except np.linalg.LinAlgError as error:
        reason = f"for numbers between 0.2 and 0.8: {str(error).partition(chr(10))[0]}"
        raise ArgumentError(f"{unit.name}: it cannot be tested: {reason}; {remedy}") from None
    if not all(np.all(np.isfinite(result)) for result in results):
        raise ArgumentError(f"{unit.name}: numbers between 0.2 and 0.8 give no finite results to test; {remedy}")
    return results


# --- the text --------------------------------------------------------------------------------------------


def _selftest(trials: Sequence[_Trial]) -> Iterator[str]:
    name = trials[0].unit.label
    yield from (f"int {name}_selftest(void *memory)", "{")
    calls, size = [], 0
    if len(trials) > 1:  # the tape, which both use
        size = _up(sum(_up(array.nbytes) for array in trials[0].results[-trials[0].unit.saved :]))
    for trial in trials:
        lines, size = _called(trial, size)
        calls += lines
    if any("place + " in line for line in calls):
        yield "    char *const place = memory;"
    for trial in trials:
        yield from _data(trial)
    yield from ("    int status;", *calls, "    return GG_OK;", "}", "")
    yield from (f"ptrdiff_t {name}_selftest_size(void)", "{", f"    return {max(size, 1)};", "}", "")


def _shown(trial: _Trial) -> list[np.ndarray]:
    """The inputs without those on the tape."""
    unit = trial.unit
    start = len(trial.inputs) - unit.cotangents - unit.saved
    return trial.inputs[:start] + trial.inputs[start + unit.saved :] if unit.role == ADJOINT else trial.inputs


def _given(trial: _Trial) -> list[np.ndarray]:
    """The results without those on the tape."""
    return trial.results[: len(trial.results) - trial.unit.saved] if trial.unit.role == FORWARD else trial.results


def _input_name(trial: _Trial, k: int) -> str:
    """An adjoint sweep takes the arguments of the forward sweep, and cotangents."""
    again = trial.unit.role == ADJOINT and k < len(_shown(trial)) - trial.unit.cotangents
    return f"{FORWARD if again else trial.unit.role}_in_{k}"


def _result_name(trial: _Trial, k: int) -> str:
    return f"{trial.unit.role}_out_{k}"


def _data(trial: _Trial) -> Iterator[str]:
    named = {_input_name(trial, k): array for k, array in enumerate(_shown(trial)) if array.ndim}
    stored = {name: array for name, array in named.items() if name.startswith(trial.unit.role)}
    stored.update((_result_name(trial, k), array) for k, array in enumerate(_given(trial)))
    for name, array in stored.items():
        values = [number(value, array.dtype) for value in array.reshape(-1).tolist()]
        text = wrapped(values or ["0"], "        ")
        yield f"    static const {c_type(array.dtype)} {name}[] = {{\n{text}\n    }};"


def _called(trial: _Trial, size: int) -> tuple[list[str], int]:
    """The call and the comparisons; how much memory is used up to here."""
    unit, arguments, places = trial.unit, [], []
    for k, array in enumerate(_shown(trial)):
        arguments.append(_input_name(trial, k) if array.ndim else number(array.item(), array.dtype))
    for array in _given(trial):
        places.append(f"(void *)(place + {size})" if size else "memory")
        size += _up(max(array.nbytes, array.itemsize))
    arguments += [*places, *[str(trial.dims[name]) for name in unit.nest.dims]]
    arguments += ["memory"] if unit.role in (FORWARD, ADJOINT) else []
    work = _work_bytes(trial)
    if needs_work(unit.nest):
        arguments.append(f"place + {size}")
    lines = [f"    status = {unit.name}({wrapped(arguments, ' ' * 8).lstrip()});"]
    lines += ["    if (status != GG_OK) return status;"]
    for k, (array, place) in enumerate(zip(_given(trial), places, strict=True)):
        kind = DTYPES[array.dtype]
        tolerance, expected = TOLERANCES.get(kind, 0.0), _result_name(trial, k)
        lines.append(f"    if (!gg_near_{kind}({array.size}, {place}, {expected}, {tolerance})) return GG_WRONG;")
    return lines, size + work


def _work_bytes(trial: _Trial) -> int:
    """The workspace for these sizes."""
    nest = trial.unit.nest
    total = nest.work_size
    for array in nest.of("arena"):
        if array.slot < 0:
            extents = [trial.dims[e.name] + e.offset if isinstance(e, Dim) else e for e in array.shape]
            total += _up(int(np.prod(extents)) * array.dtype.itemsize)
    return _up(total)


def _up(size: int) -> int:
    return -(-size // 64) * 64
