"""The rule engine: one forward pass, each node rewritten until no rule applies to it.

Rules see operands that are already in final form and build with ops on values; the engine gives
what they build the source line and the sweep of the node replaced, and hands on the user's name.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence

from gradgen.errors import GradgenError
from gradgen.ir import Graph, Node, copy_node, rebuild
from gradgen.ops import Value
from gradgen.rewrite.pattern import Bound, Pattern
from gradgen.rewrite.rule import Rule

__all__ = ["Table", "rewrite", "rewritten"]

# So often may rules fire for the sake of one node before we call it a loop.
FIRINGS = 10_000
# So many of the last rules are looked at for the message about it.
RECENT = 8
LEAVES = ("input", "constant")
NOT_YET = -1


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
        self._by_root: dict[str, list[tuple[Rule, Pattern]]] = {}
        self._index: dict[tuple[str, ...], list[tuple[Rule, Pattern]]] = {}

    def __add__(self, other: Table) -> Table:
        return Table((*self.rules, *other.rules))

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def candidates(self, key: tuple[str, ...]) -> list[tuple[Rule, Pattern]]:
        """The rules that can match a node whose op, and those of its operands, are ``key``."""
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = [entry for entry in self._of_root(key[0]) if entry[1].may_match(key)]
        return found

    def _of_root(self, op: str) -> list[tuple[Rule, Pattern]]:
        found = self._by_root.get(op)
        if found is None:
            rules = [rule for rule in self.rules if not rule.pattern.heads or op in rule.pattern.heads]
            found = self._by_root[op] = [(rule, variant) for rule in rules for variant in rule.pattern.variants()]
        return found


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
    return rebuild(target)


def rewritten(outputs: Sequence[Value], table: Table, fired: Counter[str] | None = None) -> list[Value]:
    """Values of the same graph that stand for ``outputs``; nodes are added, none are changed.

    Inputs stand for themselves; what lies between may be bypassed, so differentiate by inputs only.

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
        self.count, self.recent = 0, deque[str](maxlen=RECENT)
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
        todo, limit = [identity], self.count + FIRINGS
        while todo:
            current = todo[-1]
            if current in self.final:
                todo.pop()
                continue
            node = self.graph[current]
            operands = tuple([self.final.get(operand, NOT_YET) for operand in node.operands])
            if NOT_YET in operands:  # operands that a replacement has made
                todo += [operand for operand in node.operands if operand not in self.final]
                continue
            if current in self.becomes:
                self._close(current)
            else:
                self._step(current, node, operands)
            if self.count > limit:
                raise self._loop()
            if current not in self.final:
                todo.append(self.becomes[current])
        return self.final[identity]

    def _step(self, current: int, node: Node, operands: tuple[int, ...]) -> None:
        """Bring the operands to their final form, or else let one rule fire, or else call it final."""
        self.graph.source, self.graph.sweep = node.source, node.sweep
        if operands != node.operands:
            self.becomes[current] = self.graph.add(node.op, operands, node.attributes)
            return
        replacement = self._fire(current, node)
        if replacement is None:
            self.final[current] = current
        else:
            self.becomes[current] = replacement

    def _close(self, current: int) -> None:
        """A node whose replacement has been settled; if it has not, the rules have come back to it."""
        replacement = self.becomes[current]
        if replacement not in self.final:
            raise self._loop()
        self.final[current] = final = self.final[replacement]
        name = self.graph.names.get(current)
        if name is not None and self.graph[final].op.name not in LEAVES:
            self.graph.names.setdefault(final, name)

    def _fire(self, current: int, node: Node) -> int | None:
        """What the first rule that applies makes of a node; None if none does."""
        graph = self.graph
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
            self.fired[rule.name] += 1
            self.count += 1
            self.recent.append(rule.name)
            return made.id
        return None

    def _loop(self) -> GradgenError:
        names = "; ".join(name for name, _ in Counter(self.recent).most_common())
        return GradgenError(f"these rules undo each other without end: {names}")
