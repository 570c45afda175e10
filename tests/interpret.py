"""A graph run on the NumPy references of its ops: what every other way of running it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gradgen.ir import Graph, Type
from gradgen.ops import OPS, Value
from gradgen.ops.leaf import input_op

Evaluate = Callable[[Graph, Sequence[np.ndarray]], list[np.ndarray]]


def interpret(graph: Graph, values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The outputs of ``graph`` for the values of its inputs, in order."""
    known = dict(zip(graph.inputs, values, strict=True))
    with np.errstate(all="ignore"):
        for identity in graph.live(graph.outputs):
            if identity not in known:
                node = graph[identity]
                operands = [known[operand] for operand in node.operands]
                known[identity] = OPS[node.op.name].numpy(*operands, **dict(node.attributes))
    return [np.asarray(known[output]) for output in graph.outputs]


def new_input(graph: Graph, type_: Type) -> Value:
    """One more input of ``graph``."""
    value = input_op.leaf(graph, serial=len(graph), type=type_)
    graph.inputs.append(value.id)
    return value


def inputs_like(graph: Graph, values: Sequence[Value]) -> list[Value]:
    """Inputs of the types of ``values``: tangents for arguments, cotangents for results."""
    return [new_input(graph, value.type) for value in values]


def set_outputs(graph: Graph, outputs: Sequence[Value]) -> Graph:
    """The graph itself, with these outputs."""
    graph.outputs = [value.id for value in outputs]
    return graph
