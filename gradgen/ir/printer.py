"""A graph as text that a person can read: one line per value, the user's names, the user's statement beside it."""

from __future__ import annotations

from gradgen.ir.graph import Graph, Node, constant_array

__all__ = ["text"]


def text(graph: Graph) -> str:
    """The graph as a listing.

    Returns
    -------
    str
        ``name(inputs) -> outputs`` and one line per live value, the statement it came from at the
        right wherever it changes.
    """
    live = graph.live()
    labels = _labels(graph, live)
    inputs = ", ".join(f"{labels[identity]}: {graph[identity].type}" for identity in graph.inputs)
    lines = [f"{graph.name}({inputs}):"]
    previous = ""
    for identity in live:
        node = graph[identity]
        if node.op.name in ("input", "constant"):
            continue
        line = f"    {labels[identity]} = {_call(graph, node, labels)} : {node.type}"
        statement = node.source.text
        lines.append(f"{line:<72}# {statement}" if statement and statement != previous else line)
        previous = statement
    lines.append(f"    return {', '.join(labels[identity] for identity in graph.outputs)}")
    return "\n".join(lines)


def _call(graph: Graph, node: Node, labels: dict[int, str]) -> str:
    attributes = [f"{name}={_attribute(value)}" for name, value in node.attributes]
    return f"{node.op.name}({', '.join([labels[operand] for operand in node.operands] + attributes)})"


def _attribute(value: object) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_attribute, value)) + ("," if len(value) == 1 else "") + ")"
    return str(value)


def _labels(graph: Graph, live: list[int]) -> dict[int, str]:
    """The user's name where there is one, made unique; a constant is its value; ``v0, v1, …`` else."""
    labels: dict[int, str] = {}
    taken: set[str] = set()
    for identity in live:
        node = graph[identity]
        label = graph.names.get(identity) or f"v{len(taken)}"
        if node.op.name == "constant":
            value = constant_array(node)
            label = str(value[()]) if value.ndim == 0 else f"<constant {node.type}>"
        else:
            base, number = label, 1
            while label in taken:
                number += 1
                label = f"{base}_{number}"
            taken.add(label)
        labels[identity] = label
    return labels
