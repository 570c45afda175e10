"""`explain`: what was made of a function, in a few lines that a person can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gradgen.ir import Graph, size_of
from gradgen.nest import Call, For, Kernel, Statement, When, Zero
from gradgen.pipeline import Lowered

__all__ = ["explain"]


def explain(name: str, specialisations: Sequence[Lowered]) -> str:
    """The report on a compiled function.

    Parameters
    ----------
    name : str
        What it is called.
    specialisations : sequence of Lowered
        One for each combination of argument types it met.
    """
    count = len(specialisations)
    lines = [f"{name}: traced and compiled for {count} combination{'s' if count != 1 else ''} of argument types"]
    for stages in specialisations:
        lines += [f"  {line}" for line in _specialisation(stages)]
    return "\n".join(lines)


def _specialisation(stages: Lowered) -> Iterator[str]:
    traced, graph, nest = stages.traced.graph, stages.graph, stages.nest
    yield f"({', '.join(_argument(traced, identity) for identity in traced.inputs)})"
    yield from (f"  {note}" for note in traced.notes)
    fired = sum(stages.fired.values())
    yield f"  graph: {len(traced.live())} nodes as traced, {len(graph.live())} after {fired} rewrites"
    most = stages.fired.most_common(3)
    if most:
        yield "  most often: " + "; ".join(f"{rule} ({times})" for rule, times in most)
    found = Counter(_kinds(nest.body))
    lanes, calls = f"{found['lanes']} of them in vector lanes", f"{found['call']} calls of product kernels"
    yield f"  C: {found['loop']} loops, {lanes}; {calls}"
    yield f"  memory: {_kilobytes(nest)}"


def _argument(graph: Graph, identity: int) -> str:
    return f"{graph.names.get(identity, 'x')}: {graph[identity].type}"


def _kinds(body: Sequence[Statement]) -> Iterator[str]:
    todo = list(body)
    while todo:
        statement = todo.pop()
        if isinstance(statement, For | Zero):
            yield "loop"
        if isinstance(statement, For) and statement.simd:
            yield "lanes"
        if isinstance(statement, Call):
            yield "call"
        if isinstance(statement, For | When):
            todo.extend(statement.body)


def _kilobytes(nest: Kernel) -> str:
    stack = sum((size_of(array.shape) or 0) * array.dtype.itemsize for array in nest.of("stack"))
    return f"{nest.work_size / 1024:.1f} kB of scratch, {stack / 1024:.1f} kB on the stack"
