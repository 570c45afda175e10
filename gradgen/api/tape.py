"""`vjp` by two kernels: the forward sweep saves what the adjoint sweep needs, and the pull-back starts from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.api.arguments import Function, Variables, check_real, function_name, stable, unflatten
from gradgen.api.compiled import Compiled
from gradgen.api.debugging import check_finite, is_hunting
from gradgen.api.transforms import returned
from gradgen.diff import placeholder, pull_back
from gradgen.diff.split import Halves, split
from gradgen.pipeline import Lowered, build, choose_backend
from gradgen.trace import Traced, TracedArray, Tree, flatten, standing_for

__all__ = ["Cut", "Sweeps", "Taped"]


@dataclass(frozen=True)
class Cut:
    """A function and its pull-back as two graphs, see `gradgen.diff.split`; the structure of what they give.

    ``traced`` is the whole, from the arguments and cotangents to the values and gradients.
    """

    halves: Halves
    traced: Traced
    value: Tree
    gradients: Tree
    dynamic: tuple[int, ...]
    kept: tuple[int, ...]


@dataclass(frozen=True)
class Sweeps:
    """One specialisation: the two kernels and how their results are structured.

    ``forward`` takes the arguments and gives the leaves of the value, and then what it saves; ``adjoint`` takes the
    arguments that are ``kept``, which are numbered with the hidden arrays after them, then what was saved, and then
    the cotangents, and gives the leaves of the gradients.
    """

    forward: Callable[..., Any]
    adjoint: Callable[..., Any]
    value: Tree
    gradients: Tree
    dynamic: tuple[int, ...]
    kept: tuple[int, ...]
    stages: Lowered
    later: Lowered

    def __call__(self, leaves: list[Any]) -> tuple[Any, Callable[[list[Any]], Any]]:
        arguments = [leaves[position] for position in self.dynamic]
        results = self.forward(*arguments)
        count = self.value.count
        # Arguments are copied: the caller may change them before pulling back. Hidden arrays are read anew.
        hidden = self.stages.traced.hidden
        kept = [np.array(arguments[k]) if k < len(arguments) else hidden[k - len(arguments)] for k in self.kept]
        tape = [*kept, *results[count:]]
        return self.value.unflatten(results[:count]), lambda cts: self._pull(tape, cts)

    def _pull(self, tape: list[Any], cotangents: list[Any]) -> Any:
        given = [*tape, *cotangents]
        gradients = self.adjoint(*given)
        if is_hunting():
            check_finite(self.later.graph.name, self.later.graph, given, gradients)
        return self.gradients.unflatten(gradients)

    def check(self, name: str, leaves: list[Any], result: Any) -> None:
        """Raise if the value is not finite; see `debug_nans`."""
        arguments = [leaves[position] for position in self.dynamic]
        check_finite(name, self.stages.graph, [*arguments, *self.stages.traced.hidden], flatten(result[0])[0])


class Taped(Compiled):
    """Called like ``f``; gives ``(y, pull)`` where ``pull(leaves of the cotangent)`` is the adjoint sweep.

    Parameters
    ----------
    f : callable
        The function.
    backend : str, optional
        As for `compile`.
    argnums : sequence of int, optional
        By which arguments; by default all.
    """

    def __init__(self, f: Function, backend: str | None = None, argnums: Sequence[int] | None = None) -> None:
        def both(*primals: Any) -> Any:
            variables = Variables.of(f, primals, range(len(primals)) if argnums is None else argnums)
            leaves, tree = returned(f, standing_for(f)(*variables.arguments))
            check_real(f, tree, "vjp")
            outputs = stable(leaves)
            cts = [placeholder(out) for out in outputs]
            for number, ct in enumerate(cts):
                ct.graph.names[ct.id] = "ct" if len(cts) == 1 else f"ct_{number}"
            results = variables.replaced([*outputs, *pull_back(outputs, variables.nodes, cts)])
            gradients = [TracedArray(value) for value in results[len(outputs) :]]
            cotangents = [TracedArray(ct) for ct in cts]  # results for now: so they are known where they become inputs
            return unflatten(tree, results[: len(outputs)]), variables.by_argument(gradients), cotangents

        super().__init__(both, name=f"{function_name(f)}_vjp", like=f, backend=backend)

    def sweeps(self, *types: Any) -> Sweeps:
        """The two kernels for arguments of these types."""
        call = self.call_of(*types)
        sweeps: Sweeps = self._build(call, self.static_leaves(call))
        return sweeps

    def cut(self, call: Any, static: frozenset[int], keep_all: bool = False) -> Cut:
        """Trace for the arguments of a call, and cut into the two sweeps."""
        whole, result, dynamic = self._trace(call, static)
        value, gradients, cotangents = result.children
        traced, count = whole.traced, gradients.count
        results = len(traced.graph.outputs) - cotangents.count
        traced.graph.inputs += traced.graph.outputs[results:]
        del traced.graph.outputs[results:]
        graph = Lowered(traced).graph
        late = graph.inputs[len(graph.inputs) - cotangents.count :]
        halves = split(graph, late, graph.outputs[len(graph.outputs) - count :], keep_all)
        kept = tuple(graph.inputs.index(identity) for identity in halves.kept)
        return Cut(halves, traced, value, gradients, dynamic, kept)

    def _build(self, call: Any, static: frozenset[int]) -> Any:
        cut = self.cut(call, static)
        backend, result = choose_backend(self.backend), cut.traced.result
        now = Lowered(Traced(cut.halves.now, result, cut.traced.hidden))
        later = Lowered(Traced(cut.halves.later, result))
        kernels = build(now, backend), build(later, backend)
        return Sweeps(*kernels, cut.value, cut.gradients, cut.dynamic, cut.kept, now, later)
