"""Names for parts that are long and used more than once: ``where p = softmax(A @ x + b)``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from gradgen.formula.notation import Node
from gradgen.formula.text import Text

__all__ = ["named_parts"]

# What is shorter is easier to read where it stands, if it stands there so often.
SHORTEST, LONG = 9, 14
# What functions of a kind are usually called.
USUAL = {"softmax": "p", "expit": "s", "exp": "e", "inv": "M", "norm": "r", "inner": "q", "sum": "r", "tanh": "h"}
OF_VECTORS = {"svd_u": "u", "svd_vh": "v", "eigh_vectors": "v"}


def named_parts(outputs: Sequence[Node], known: Mapping[Node, str], taken: Iterable[str]) -> list[tuple[str, Node]]:
    """The parts to name, each before those that use it.

    Parameters
    ----------
    outputs : sequence of Node
        The results.
    known : mapping of Node to str
        The user's names.
    taken : iterable of str
        Names that something has.
    """
    banned = set[Node]()
    chosen = _worth(_repeated(outputs, banned), banned, known)
    while len(again := _worth(_repeated(outputs, banned), banned, known)) != len(chosen):
        chosen = again
    names: dict[Node, str] = {}
    used = set(taken)
    for node in chosen:
        names[node] = _free(known.get(node) or _usual(node), used)
        used.add(names[node])
    return [(name, node) for node, name in names.items()]


def _function(node: Node) -> str:
    if node.kind == "scaled":
        return _function(node.parts[node.data[1][0]]) if node.data[1][1] else node.kind
    return str(node.data[0]) if node.kind == "call" else node.kind


def _usual(node: Node) -> str:
    function = _function(node)
    if function == "item":
        return OF_VECTORS.get(_function(node.parts[0]), "t")
    return USUAL.get(function, "t")


def _repeated(outputs: Sequence[Node], banned: Collection[Node]) -> Counter[Node]:
    """What stands more than once, if each of these parts is written down only once, and how often."""
    nodes = dict.fromkeys(part for root in outputs for part in root.unique())
    uses, repeated, roots = Counter[Node](), Counter[Node](), set(outputs)
    for node in sorted(nodes, key=lambda node: -node.size):
        once = node in roots
        if not once and uses[node] > 1 and node.parts and node not in banned:
            repeated[node] = uses[node]
            once = True
        for part in node.parts:
            uses[part] += 1 if once else uses[node]
    return repeated


def _worth(repeated: Counter[Node], banned: set[Node], known: Collection[Node]) -> list[Node]:
    """Those for which a name saves reading, now that their own parts have names; the others are banned."""
    printer, chosen = Text(), []
    for node in sorted(repeated, key=lambda node: (node.size, node.key)):
        text = printer.spelt(node)[0]
        if len(text) >= (SHORTEST if repeated[node] > 2 or node in known else LONG):
            printer.names[node] = "t"
            chosen.append(node)
        else:
            banned.add(node)
    return chosen


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
