"""`Unit`: one C function of an export, lowered; `lower_export` makes those of an export, one or two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from traceback import walk_tb
from typing import Any

import numpy as np

from gradgen.aot.declare import Export
from gradgen.aot.transform import Planned, plan, result_names
from gradgen.api.tape import Cut
from gradgen.errors import GradgenError
from gradgen.ir import Graph, rebuild
from gradgen.native.signature import Signature
from gradgen.nest import Array, Kernel
from gradgen.ops import constant
from gradgen.pipeline import Lowered, is_long, make_signature, refuse_complex
from gradgen.source import LIBRARIES, PACKAGE, Source
from gradgen.trace import Traced, Tree

__all__ = ["ADJOINT", "FORWARD", "WHOLE", "Unit", "lower_export"]

WHOLE, FORWARD, ADJOINT = "whole", "forward", "adjoint"


@dataclass(frozen=True)
class Unit:
    """One C function.

    Attributes
    ----------
    export : Export
        What it was made for.
    name : str
        The public name.
    nest : Kernel
        The loop nests; of a sweep with a tape their function is called ``NAME_sweep`` and is not public.
    graph : Graph
        The optimised graph.
    role : str
        `WHOLE`, or which half of a pair.
    saved : int
        How many values the tape holds: the last results of a forward sweep, arguments before the cotangents of
        an adjoint one.
    cotangents : int
        How many arguments, the last ones, are cotangents.
    parameters : tuple of (str, Tree)
        The arguments as Python has them, cotangents aside: their names and structures.
    examples : tuple
        For each argument its type, or an example that the user gave in its place.
    result : Tree
        The structure of the result, without the tape.
    """

    export: Export
    name: str
    nest: Kernel
    graph: Graph
    role: str
    saved: int
    cotangents: int
    parameters: tuple[tuple[str, Tree], ...]
    examples: tuple[Any, ...]
    result: Tree

    @property
    def signature(self) -> Signature:
        """Types of the function of the nests, the tape's included."""
        return make_signature(self.graph, self.nest.name, self.nest.externals)

    @property
    def label(self) -> str:
        """The name of the whole: of a pair that of a function that gives the value and the pull-back."""
        return self.name if self.role == WHOLE else f"{self.export.name}_vjp"

    @property
    def names(self) -> dict[str, str]:
        """For each array of the nests the name that it has for the user."""
        arrays = [*self.nest.of("input"), *self.nest.of("output")]
        said = [self.graph.names.get(identity, "") for identity in (*self.graph.inputs, *self.graph.outputs)]
        plain = [re.sub(r"\W", "_", name, flags=re.ASCII) for name in said]
        return {a.name: name if name[:1].isalpha() else a.name for a, name in zip(arrays, plain, strict=True)}

    @property
    def arguments(self) -> list[Array]:
        """What the public function takes."""
        given = list(self.nest.of("input"))
        if self.role != ADJOINT:
            return given
        start = len(given) - self.cotangents - self.saved
        return given[:start] + given[start + self.saved :]

    @property
    def results(self) -> list[Array]:
        """What it gives."""
        given = list(self.nest.of("output"))
        return given[: len(given) - self.saved] if self.role == FORWARD else given

    @property
    def tape(self) -> list[Array]:
        """What it writes to the tape, or reads from it."""
        if self.role == FORWARD:
            given = list(self.nest.of("output"))
            return given[len(given) - self.saved :]
        given = list(self.nest.of("input"))
        start = len(given) - self.cotangents - self.saved
        return given[start : start + self.saved]

    @property
    def is_long(self) -> bool:
        """Whether other Python threads should run during a call."""
        return is_long(self.graph)


def lower_export(export: Export) -> list[Unit]:
    """Trace, differentiate, optimise and lower; errors name the export.

    Raises
    ------
    GradgenError
        If the function cannot be traced for these types.
    """
    try:
        planned = plan(export)
        return _pair(export, planned) if planned.taped else [_whole(export, planned)]
    except GradgenError as error:
        lines = [line for line in (_line_of(error), f"exported as {export.name} at {export.source}") if line]
        raise type(error)("\n  ".join([str(error), *lines])) from error


def _line_of(error: GradgenError) -> str:
    """The user's line that an error comes from, if the message does not have it yet."""
    if "\n  " in str(error):
        return ""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    own = [Source(file, line) for file, line in frames if not file.startswith((PACKAGE, *LIBRARIES))]
    return str(own[-1]) if own else ""


def _whole(export: Export, planned: Planned) -> Unit:
    lowered = planned.compiled.lower(*planned.types)
    traced = lowered.stages.traced
    graph = _baked(traced.graph, planned.count, traced.hidden)
    _name_results(graph, result_names(export, lowered.result))
    stages = _lowered(graph, export.name, traced)
    said = planned.parameters, planned.examples
    return Unit(export, export.name, stages.nest, stages.graph, WHOLE, 0, 0, *said, lowered.result)


def _pair(export: Export, planned: Planned) -> list[Unit]:
    """The two sweeps of a vjp; both take all arguments."""
    compiled = planned.taped
    assert compiled is not None
    cut: Cut = compiled.cut(compiled.call_of(*planned.types), frozenset(), keep_all=True)
    hidden, count, saved = cut.traced.hidden, planned.count, len(cut.halves.saved)
    forward = _baked(cut.halves.now, count, hidden)
    _name_results(forward, [*result_names(export, cut.value), *["saved"] * saved])
    now = _lowered(forward, f"{export.name}_forward_sweep", cut.traced)
    later = _lowered(_baked(cut.halves.later, count, hidden), f"{export.name}_adjoint_sweep", cut.traced)
    name, cotangents = export.name, cut.value.count
    said = planned.parameters, planned.examples
    return [
        Unit(export, f"{name}_forward", now.nest, now.graph, FORWARD, saved, 0, *said, cut.value),
        Unit(export, f"{name}_adjoint", later.nest, later.graph, ADJOINT, saved, cotangents, *said, cut.gradients),
    ]


def _lowered(graph: Graph, name: str, traced: Traced) -> Lowered:
    graph.name = name
    refuse_complex(graph)
    return Lowered(Traced(graph, traced.result))


def _name_results(graph: Graph, names: Sequence[str]) -> None:
    """Name the results that the user gave no name."""
    for identity, name in zip(graph.outputs, names, strict=True):
        graph.names.setdefault(identity, name)


def _baked(graph: Graph, count: int, arrays: Sequence[np.ndarray]) -> Graph:
    """A graph with the arrays, which stand behind ``count`` inputs, as constants: static data of the C."""
    inputs = graph.inputs[count : count + len(arrays)]
    found = dict(zip(inputs, arrays, strict=True))

    def change(target: Graph, identity: int, mapping: dict[int, int]) -> int | None:
        return constant(target, np.ascontiguousarray(found[identity])).id if identity in found else None

    made = rebuild(graph, change)
    del made.inputs[count : count + len(arrays)]
    return made
