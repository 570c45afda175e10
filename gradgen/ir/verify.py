"""The check that a graph is one: run after every pass in tests, and by whoever doubts."""

from __future__ import annotations

import networkx as nx

from gradgen.errors import GradgenError
from gradgen.ir.graph import Graph

__all__ = ["verify"]


def verify(graph: Graph) -> Graph:
    """The graph itself, once everything that passes rely on holds.

    Raises
    ------
    GradgenError
        If nodes and edges disagree, a node's type is not what its op's type rule says, an operand
        comes after its use, or an input or output is missing: a defect of the pass that made it.
    """
    if len(graph) != graph.dag.number_of_nodes() or not nx.is_directed_acyclic_graph(graph.dag):
        raise GradgenError(f"graph {graph.name}: nodes and edges disagree, or there is a cycle")
    for identity in graph:
        _verify_node(graph, identity)
    for identity in [*graph.inputs, *graph.outputs]:
        if not 0 <= identity < len(graph):
            raise GradgenError(f"graph {graph.name}: input or output {identity} is not a node")
    if len(set(graph.inputs)) != len(graph.inputs):
        raise GradgenError(f"graph {graph.name}: an input is listed twice")
    return graph


def _verify_node(graph: Graph, identity: int) -> None:
    node = graph[identity]
    where = f"graph {graph.name}, node {identity} ({node.op.name})"
    if graph.dag.nodes[identity]["node"] is not node or set(graph.dag.predecessors(identity)) != set(node.operands):
        raise GradgenError(f"{where}: the edges do not mirror the operands {node.operands}")
    if any(operand >= identity for operand in node.operands):
        raise GradgenError(f"{where}: an operand comes after its use")
    expected = node.op.type(*graph.types(node.operands), **dict(node.attributes))
    if expected != node.type:
        raise GradgenError(f"{where}: its type is {node.type}, the op's type rule says {expected}")
