"""The graph: a static DAG of immutable nodes, hash-consed, held by a `networkx.DiGraph`.

    graph  = inputs, nodes, outputs
    node   = op (operand, …) {attribute = value, …} : type

A node is identified by a small integer; operands always come before the nodes that use them, so
ascending order is a topological order. Equal work is one node from the start: a node is looked up
by op, operands and attributes, never by the source line it came from. networkx keeps one edge for
``h * h``: the order of operands lives in the node, the edges mirror it, `verify` holds both together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import networkx as nx
import numpy as np

from gradgen.errors import GradgenError
from gradgen.ir.types import Type
from gradgen.source import NOWHERE, Source

__all__ = ["FORWARD", "Attributes", "Graph", "Node", "Operation"]

Attributes = tuple[tuple[str, Hashable], ...]

FORWARD, TANGENT, ADJOINT = "forward", "tangent", "adjoint"


class Operation(Protocol):
    """What the graph needs to know of an op; `gradgen.ops` defines them."""

    @property
    def name(self) -> str:
        """The name it is printed and looked up by."""

    @property
    def commutative(self) -> bool:
        """Whether its two operands may change places."""

    @property
    def type(self) -> Callable[..., Type]:
        """The type rule: operand types and attributes to the type of the result."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the graph and how it is made.

    Parameters
    ----------
    op : Operation
        What makes it.
    operands : tuple of int
        The nodes it is made from, in order.
    attributes : tuple of (str, hashable)
        What else the op must know, sorted by name.
    type : Type
        Its dtype and shape.
    source : Source
        The user's line it came from; a derivative carries the line of what it differentiates.
    sweep : str
        ``"forward"``, ``"tangent"`` or ``"adjoint"``: what it is computed for.
    """

    op: Operation
    operands: tuple[int, ...]
    attributes: Attributes
    type: Type
    source: Source = NOWHERE
    sweep: str = FORWARD

    def __getitem__(self, attribute: str) -> Any:
        return dict(self.attributes)[attribute]


@dataclass(eq=False)
class Graph:
    """A function as data.

    Attributes
    ----------
    dag : networkx.DiGraph
        Integer keys; the `Node` is the node attribute ``"node"``.
    inputs, outputs : list of int
        Nodes, in the order of the function's arguments and results.
    names : dict of int to str
        The names that the user gave to values.
    notes : list of str
        What transforms decided, for `explain`.
    source, sweep
        Where the nodes added next come from.
    """

    name: str = "f"
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    source: Source = NOWHERE
    sweep: str = FORWARD
    _nodes: list[Node] = field(default_factory=list)
    _known: dict[Hashable, int] = field(default_factory=dict)
    _dag: nx.DiGraph[int] = field(default_factory=nx.DiGraph)

    @property
    def dag(self) -> nx.DiGraph[int]:
        """The graph as networkx has it; it catches up when asked, since passes make graphs that nobody asks."""
        for identity in range(self._dag.number_of_nodes(), len(self._nodes)):
            self._dag.add_node(identity, node=self._nodes[identity])
            self._dag.add_edges_from((operand, identity) for operand in self._nodes[identity].operands)
        return self._dag

    def add(self, op: Operation, operands: tuple[int, ...] = (), attributes: Attributes = ()) -> int:
        """The node of ``op`` on these operands: the one that is there already, or a new one.

        Raises
        ------
        ShapeError, DTypeError
            From the op's type rule, with the user's line.
        """
        key = (op.name, operands, attributes)
        known = self._known.get(key)
        if known is None and op.commutative and len(operands) == 2:
            known = self._known.get((op.name, operands[::-1], attributes))
        if known is not None:
            return known
        try:
            type_ = op.type(*[self._nodes[operand].type for operand in operands], **dict(attributes))
        except GradgenError as error:
            raise type(error)(f"{op.name}: {error}\n  {self.source}") from None
        self._known[key] = identity = len(self._nodes)
        node = Node(op, operands, attributes, type_, self.source, self.sweep)
        self._nodes.append(node)
        return identity

    def __getitem__(self, identity: int) -> Node:
        return self._nodes[identity]

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._nodes)))

    def types(self, identities: Iterable[int]) -> tuple[Type, ...]:
        """The types of several nodes."""
        return tuple(self._nodes[identity].type for identity in identities)

    def consumers(self, identity: int) -> list[int]:
        """The nodes that use this one, in order."""
        return sorted(self.dag.successors(identity))

    def live(self, roots: Iterable[int] | None = None) -> list[int]:
        """The nodes that the outputs (or the given roots) and the inputs consist of, in order."""
        todo = list(self.outputs + self.inputs if roots is None else roots)
        seen = set(todo)
        while todo:
            for operand in self._nodes[todo.pop()].operands:
                if operand not in seen:
                    seen.add(operand)
                    todo.append(operand)
        return sorted(seen)

    def between(self, inputs: Container[int], outputs: Iterable[int]) -> list[int]:
        """The nodes that the outputs are made of, in order, not looking behind the inputs; without these."""
        todo = [output for output in outputs if output not in inputs]
        found = set(todo)
        while todo:
            for operand in self._nodes[todo.pop()].operands:
                if operand not in inputs and operand not in found:
                    found.add(operand)
                    todo.append(operand)
        return sorted(found)

    def is_constant(self, identity: int) -> bool:
        """Whether a value depends on no input."""
        todo, seen = [identity], {identity}
        while todo:
            node = self._nodes[todo.pop()]
            if node.op.name == "input":
                return False
            new = [operand for operand in node.operands if operand not in seen]
            seen.update(new)
            todo += new
        return True

    def reached(self, starts: Iterable[int]) -> set[int]:
        """The nodes that depend on any of these, the starts included."""
        reached = set(starts)
        for identity in range(min(reached, default=len(self)), len(self)):
            if not reached.isdisjoint(self._nodes[identity].operands):
                reached.add(identity)
        return reached

    def digest(self) -> str:
        """A name for what this graph computes, the same in every process; source lines do not enter."""
        order = {identity: position for position, identity in enumerate(self.live())}
        digest = hashlib.sha256(self.name.encode())
        for identity in order:
            node = self._nodes[identity]
            operands = [order[operand] for operand in node.operands]
            digest.update(repr((node.op.name, operands, node.attributes, str(node.type))).encode())
        names = [self.names.get(identity) for identity in self.inputs]
        digest.update(repr(([order[i] for i in self.inputs], names, [order[o] for o in self.outputs])).encode())
        return digest.hexdigest()

    def __str__(self) -> str:
        from gradgen.ir.printer import text  # the printer knows the graph, the graph only offers it

        return text(self)


def copy_node(source: Graph, identity: int, target: Graph, mapping: Mapping[int, int]) -> int:
    """Add to ``target`` what ``identity`` is in ``source``, its operands mapped; keeps line, sweep and name."""
    node = source[identity]
    target.source, target.sweep = node.source, node.sweep
    copied = target.add(node.op, tuple([mapping[operand] for operand in node.operands]), node.attributes)
    if identity in source.names:
        target.names.setdefault(copied, source.names[identity])
    return copied


def rebuild(graph: Graph, change: Callable[[Graph, int, dict[int, int]], int | None] | None = None) -> Graph:
    """A new graph of the live nodes; ``change`` may answer another node for one, or None to copy it."""
    target = Graph(graph.name)
    mapping: dict[int, int] = {}
    for identity in graph.live():
        changed = change(target, identity, mapping) if change else None
        mapping[identity] = copy_node(graph, identity, target, mapping) if changed is None else changed
        if identity in graph.names:
            target.names.setdefault(mapping[identity], graph.names[identity])
    target.inputs = [mapping[identity] for identity in graph.inputs]
    target.outputs = [mapping[identity] for identity in graph.outputs]
    return target


def constant_attributes(value: np.ndarray) -> Attributes:
    """Constants are keyed by dtype, shape and raw bytes, else ``1 == True`` and ``-0.0 == 0.0`` would merge."""
    array = np.ascontiguousarray(value)
    return (("data", array.tobytes()), ("dtype", array.dtype.str), ("shape", np.shape(value)))


def constant_array(node: Node) -> np.ndarray:
    """The array that a constant node holds."""
    array: np.ndarray = np.frombuffer(node["data"], dtype=node["dtype"]).reshape(node["shape"])
    return array
