"""The user's names for values: after a trace, the value that a statement assigns is called by its target."""

from __future__ import annotations

from collections.abc import Iterable

from gradgen.ir import FORWARD, Graph
from gradgen.source import Source

__all__ = ["name_statements"]


def name_statements(graph: Graph, outputs: Iterable[int] | None = None) -> None:
    """Name the one value of each assignment that nothing else in the same statement uses.

    Parameters
    ----------
    graph : Graph
        The graph; names that there are stay.
    outputs : iterable of int, optional
        Look at what these consist of; by default at the graph's outputs.
    """
    statements: dict[Source, list[int]] = {}
    first_lines: dict[Source, Source] = {}
    for identity in graph.live(outputs):
        node = graph[identity]
        if node.operands and node.sweep == FORWARD and node.source.target is not None:
            statements.setdefault(_first_line(node.source, first_lines), []).append(identity)
    for start, identities in statements.items():
        members = set(identities)
        results = [identity for identity in identities if members.isdisjoint(graph.dag.successors(identity))]
        if len(results) == 1 and start.target is not None:
            graph.names.setdefault(results[0], start.target)


def _first_line(source: Source, known: dict[Source, Source]) -> Source:
    """The line at which the statement begins, so that the lines of a long one are one statement."""
    passed = [source]
    while passed[-1] not in known:
        above = Source(source.file, passed[-1].line - 1)
        if above.line < 1 or above.text != source.text:
            known[passed[-1]] = passed[-1]
        else:
            passed.append(above)
    first = known[passed[-1]]
    known.update(dict.fromkeys(passed, first))
    return first
