"""One decomposition of a matrix for all that needs it.

    eigvalsh(a)  ->  the eigenvalues of eigh(a)     where eigh(a) is computed anyway, for a derivative say
    svdvals(a)   ->  those of svd(a)

Alone the values are cheaper; beside the vectors they are there for nothing.
"""

from __future__ import annotations

from collections import Counter

from gradgen.ir import Graph, Node, rebuild
from gradgen.ops import Value
from gradgen.ops.singular import svd, svd_parts
from gradgen.ops.spectrum import eigh, eigh_values

__all__ = ["share_decompositions"]

# An op, its operands and its attributes.
Key = tuple[str, tuple[int, ...], tuple[tuple[str, object], ...]]


def share_decompositions(graph: Graph, fired: Counter[str]) -> Graph:
    """A new graph in which values come from the decomposition that is there."""
    live = [graph[identity] for identity in graph.live()]
    whole = {(node.op.name, node.operands, node.attributes) for node in live if node.op.name in ("eigh", "svd")}
    if not whole or not any(node.op.name in ("eigvalsh", "svdvals") for node in live):
        return graph

    def other(target: Graph, identity: int, mapping: dict[int, int]) -> int | None:
        node = graph[identity]
        key = _decomposition(node, whole)
        if key is None:
            return None
        target.source, target.sweep = node.source, node.sweep
        name, _, attributes = key
        a, (_, chosen) = Value(target, mapping[node.operands[0]]), attributes[0]
        fired[f"{node.op.name}(a) -> values of {name}(a), where that is there"] += 1
        if name == "eigh":
            return eigh_values(eigh(a, lower=chosen), a).id
        return svd_parts(svd(a, full=chosen), a, bool(chosen))[1].id

    return rebuild(graph, other)


def _decomposition(node: Node, whole: set[Key]) -> Key | None:
    """The decomposition that has these values, if it is there."""
    if node.op.name == "eigvalsh":
        candidates: list[Key] = [("eigh", node.operands, node.attributes)]
    elif node.op.name == "svdvals":
        candidates = [("svd", node.operands, (("full", full),)) for full in (False, True)]
    else:
        return None
    return next((key for key in candidates if key in whole), None)
