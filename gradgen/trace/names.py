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
    results: dict[Source, set[int]] = {}
    first_lines: dict[Source, Source] = {}
    for identity in graph.live(outputs):
        node = graph[identity]
        if node.operands and node.sweep == FORWARD and node.source.target is not None:
            statement = results.setdefault(_first_line(node.source, first_lines), set())
            statement.difference_update(node.operands)
            statement.add(identity)
    for start, identities in results.items():
        if len(identities) == 1 and start.target is not None:
            graph.names.setdefault(identities.pop(), start.target)


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
