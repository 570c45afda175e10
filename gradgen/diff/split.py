"""Cut a function in two: what can be computed now, and what must wait for further inputs.

So a pull-back keeps what the forward sweep has computed (its tape) and does not compute it again. What
to save is a minimum cut: of all sets of values from which the rest can be had without repeating a
product, a sum or an expensive function, the one with the fewest bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from gradgen.ir import Graph, copy_node, size_of
from gradgen.ops import OPS
from gradgen.ops.leaf import input_op
from gradgen.ops.lowering import Expression, Leaf, Reshaping, View

__all__ = ["Halves", "split"]

# An elementwise op of at most this many additions is done again rather than saved, if what it needs is there.
CHEAP = 8
# The cut is computed exactly on graphs of up to this many nodes; beyond, all that is needed is saved.
LARGEST = 3000
# Bytes that a size known only at call time counts for.
UNKNOWN = 1 << 20


@dataclass(frozen=True)
class Halves:
    """A function in two parts.

    Attributes
    ----------
    now : Graph
        From the early inputs to the early outputs and the saved values.
    later : Graph
        From the kept inputs, the saved values and the late inputs to the late outputs.
    kept : tuple of int
        Early inputs that the second part needs too, as nodes of the whole.
    saved : tuple of int
        The saved values, likewise.
    """

    now: Graph
    later: Graph
    kept: tuple[int, ...]
    saved: tuple[int, ...]


def split(graph: Graph, late_inputs: Sequence[int], late_outputs: Sequence[int], keep_all: bool = False) -> Halves:
    """Cut a graph by what depends on some of its inputs.

    Parameters
    ----------
    graph : Graph
        Optimised; its last outputs are ``late_outputs``.
    late_inputs, late_outputs : sequence of int
        Inputs that come later, and the outputs that wait for them.
    keep_all : bool, optional
        Whether the second part takes all early inputs, needed or not, so that they say nothing about the cut.
    """
    late = graph.reached(late_inputs)
    needed = set(graph.live(late_outputs))
    used = {operand for identity in needed & late for operand in graph[identity].operands if operand not in late}
    used.update(output for output in late_outputs if output not in late)
    frontier = sorted(identity for identity in used if not graph.is_constant(identity))
    cut = _cut(graph, frontier)
    saved = tuple(identity for identity in cut if identity not in graph.inputs)
    early_outputs = graph.outputs[: len(graph.outputs) - len(late_outputs)]
    early_inputs = [identity for identity in graph.inputs if identity not in set(late_inputs)]
    kept = tuple(early_inputs if keep_all else [identity for identity in cut if identity in graph.inputs])
    now = _part(graph, f"{graph.name}_forward", early_inputs, [*early_outputs, *saved])
    later = _part(graph, f"{graph.name}_adjoint", [*kept, *saved, *late_inputs], late_outputs)
    return Halves(now, later, kept, saved)


def _cut(graph: Graph, frontier: Sequence[int]) -> list[int]:
    """Which values to save, so that all of the frontier can be had again cheaply."""
    needed = graph.live(frontier)
    if len(needed) > LARGEST or not frontier:
        return list(frontier)
    network = nx.DiGraph()
    for identity in needed:
        if graph.is_constant(identity):
            continue
        network.add_edge((identity, "in"), (identity, "out"), capacity=_bytes(graph, identity))
        if not _is_cheap(graph, identity):
            network.add_edge("source", (identity, "in"))
        for operand in graph[identity].operands:
            network.add_edge((operand, "out"), (identity, "in"))
    for identity in frontier:
        network.add_edge((identity, "out"), "sink")
    _, (sources, _) = nx.minimum_cut(network, "source", "sink")
    return sorted(
        node[0] for node in sources if node != "source" and node[1] == "in" and (node[0], "out") not in sources
    )


def _is_cheap(graph: Graph, identity: int) -> bool:
    """Whether it may be computed again."""
    lowering = OPS[graph[identity].op.name].lowering
    if isinstance(lowering, Leaf):
        return graph[identity].op.name != "input"
    return isinstance(lowering, View | Reshaping) or (isinstance(lowering, Expression) and lowering.cost <= CHEAP)


def _bytes(graph: Graph, identity: int) -> int:
    type_ = graph[identity].type
    size = size_of(type_.shape)
    # One more, so that of two equal cuts the one with fewer values wins.
    return 1 + (UNKNOWN if size is None else size) * type_.dtype.itemsize


def _part(graph: Graph, name: str, inputs: Sequence[int], outputs: Sequence[int]) -> Graph:
    """The graph from these values to those."""
    part = Graph(name)
    mapping: dict[int, int] = {}
    for serial, identity in enumerate(inputs):
        node = graph[identity]
        part.source, part.sweep = node.source, node.sweep
        mapping[identity] = input_op.leaf(part, serial=serial, type=node.type).id
        part.names[mapping[identity]] = graph.names.get(identity, f"saved_{serial}")
    for identity in graph.between(set(inputs), outputs):
        mapping[identity] = copy_node(graph, identity, part, mapping)
    part.inputs = [mapping[identity] for identity in inputs]
    part.outputs = [mapping[identity] for identity in outputs]
    return part
