"""The rule engine: one forward pass, each node rewritten until no rule applies to it.

Rules see operands that are already in final form and build with ops on values; the engine gives
what they build the source line and the sweep of the node replaced, and hands on the user's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gradgen.errors import GradgenError
from gradgen.ir import Graph, copy_node, rebuild
from gradgen.ops import Value
from gradgen.rewrite.pattern import Bound, Call, Pattern
from gradgen.rewrite.rule import Rule

__all__ = ["Table", "rewrite", "rewritten"]

# So often may rules fire for the sake of one node before we call it a loop.
FIRINGS = 10_000
LEAVES = ("input", "constant")


class Table:
    """Rules in order of precedence, indexed by the ops that they start with.

    Parameters
    ----------
    rules : iterable of Rule
        The rules; their names are unique.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        twice = [name for name, count in Counter(rule.name for rule in self.rules).items() if count > 1]
        if twice:
            raise GradgenError(f"rules with the same name: {', '.join(twice)}")
        self._variants = [(rule, variant) for rule in self.rules for variant in rule.pattern.variants()]
        self._index: dict[tuple[str, ...], list[tuple[Rule, Pattern]]] = {}

    def __add__(self, other: Table) -> Table:
        return Table((*self.rules, *other.rules))

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def candidates(self, key: tuple[str, ...]) -> list[tuple[Rule, Pattern]]:
        """The rules that can match a node whose op, and those of its operands, are ``key``."""
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = [entry for entry in self._variants if _may_match(entry[1], key)]
        return found


def _may_match(pattern: Pattern, key: tuple[str, ...]) -> bool:
    if not isinstance(pattern, Call):
        return not pattern.heads or key[0] in pattern.heads
    if pattern.op != key[0]:
        return False
    if pattern.operands is None:
        return True
    heads = [operand.heads for operand in pattern.operands]
    return len(heads) == len(key) - 1 and all(not head or op in head for head, op in zip(heads, key[1:], strict=True))


def rewrite(graph: Graph, table: Table, fired: Counter[str] | None = None) -> Graph:
    """A new graph that computes the same with fewer or cheaper nodes; nodes that nobody needs are gone.

    Parameters
    ----------
    graph : Graph
        The graph; it is not changed.
    table : Table
        The rules.
    fired : Counter, optional
        Counts, by name, how often each rule fired.

    Returns
    -------
    Graph
        With inputs and outputs in the same order.
    """
    target = Graph(graph.name)
    final = _Pass(target, table, fired).run(graph, graph.live())
    target.inputs = [final[identity] for identity in graph.inputs]
    target.outputs = [final[identity] for identity in graph.outputs]
    return target if len(target.live()) == len(target) else rebuild(target)


def rewritten(outputs: Sequence[Value], table: Table, fired: Counter[str] | None = None) -> list[Value]:
    """Values of the same graph that stand for ``outputs``; nodes are added, none are changed.

    Parameters
    ----------
    outputs : sequence of Value
        Values of one graph.
    table, fired
        As for `rewrite`.
    """
    if not outputs:
        return []
    graph = outputs[0].graph
    final = _Pass(graph, table, fired).run(graph, graph.live([out.id for out in outputs]))
    return [Value(graph, final[out.id]) for out in outputs]


class _Pass:
    """One pass of a table, building in ``graph``.

    ``becomes`` says what a node is replaced by; ``final`` what stands for it in the end.
    """

    def __init__(self, graph: Graph, table: Table, fired: Counter[str] | None) -> None:
        self.graph, self.table = graph, table
        self.fired: Counter[str] = Counter() if fired is None else fired
        self.becomes: dict[int, int] = {}
        self.final: dict[int, int] = {}

    def run(self, source: Graph, live: Sequence[int]) -> dict[int, int]:
        """Rewrite the nodes ``live`` of ``source``, which may be the graph itself."""
        mapping: dict[int, int] = {}
        for identity in live:
            mapping[identity] = self.settle(copy_node(source, identity, self.graph, mapping))
        return mapping

    def settle(self, identity: int) -> int:
        """The final form of a node. Not recursive: a replacement may reach far down a long graph."""
        todo, fired = [identity], Counter[str]()
        while todo:
            current = todo[-1]
            if current in self.final:
                todo.pop()
                continue
            waiting = [operand for operand in self.graph[current].operands if operand not in self.final]
            if waiting:  # operands that a replacement has made
                todo += waiting
                continue
            if current in self.becomes:
                self._close(current, fired)
            else:
                self._step(current, fired)
            if current not in self.final:
                todo.append(self.becomes[current])
        self.fired.update(fired)
        return self.final[identity]

    def _step(self, current: int, fired: Counter[str]) -> None:
        """Bring the operands to their final form, or else let one rule fire, or else call it final."""
        node = self.graph[current]
        self.graph.source, self.graph.sweep = node.source, node.sweep
        operands = tuple([self.final[operand] for operand in node.operands])
        if operands != node.operands:
            self.becomes[current] = self.graph.add(node.op, operands, node.attributes)
            return
        replacement = self._fire(current, fired)
        if replacement is None:
            self.final[current] = current
        else:
            self.becomes[current] = replacement

    def _close(self, current: int, fired: Counter[str]) -> None:
        """A node whose replacement has been settled; if it has not, the rules have come back to it."""
        replacement = self.becomes[current]
        if replacement not in self.final:
            raise GradgenError(_loop(fired))
        self.final[current] = final = self.final[replacement]
        name = self.graph.names.get(current)
        if name is not None and self.graph[final].op.name not in LEAVES:
            self.graph.names.setdefault(final, name)

    def _fire(self, current: int, fired: Counter[str]) -> int | None:
        """What the first rule that applies makes of a node; None if none does."""
        graph = self.graph
        node = graph[current]
        key = (node.op.name, *[graph[operand].op.name for operand in node.operands])
        for rule, variant in self.table.candidates(key):
            bound: Bound = {"root": current}
            if not variant.match(graph, current, bound):
                continue
            made = rule.apply({name: Value(graph, identity) for name, identity in bound.items()})
            if made is None or made.id == current:
                continue
            if made.type != node.type:
                raise GradgenError(f"rule {rule.name} makes a {made.type} of a {node.type}\n  {node.source}")
            fired[rule.name] += 1
            if fired.total() > FIRINGS:
                raise GradgenError(_loop(fired))
            return made.id
        return None


def _loop(fired: Counter[str]) -> str:
    return "these rules undo each other without end: " + "; ".join(name for name, _ in fired.most_common(5))
