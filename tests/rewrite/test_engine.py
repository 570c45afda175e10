"""The engine: what it keeps, what it drops, when it stops."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest

from gradgen.errors import GradgenError
from gradgen.ir import ADJOINT, Dim, Graph, Type, TypeMaker, verify
from gradgen.ops import OPS, Value
from gradgen.rewrite import EXACT, Table, rewrite, rewritten
from gradgen.rewrite.pattern import call, placeholders
from gradgen.rewrite.rule import Rule
from gradgen.source import Source
from tests.interpret import interpret, new_input, set_outputs

f64 = TypeMaker(np.float64)
x, y = placeholders("x y")
sin = call("sin")


def one_input(type_: Type = f64[4]) -> tuple[Graph, Value]:
    graph = Graph()
    return graph, new_input(graph, type_)


def test_names_lines_and_sweep_are_handed_on() -> None:
    graph, v = one_input()
    graph.source, graph.sweep = Source("model.py", 3), ADJOINT
    out = OPS["power"](v + v, 5.0)
    graph.names[out.id] = "z"
    after = rewrite(set_outputs(graph, [out]), EXACT)
    assert after.names[after.outputs[0]] == "z"
    made = [after[identity] for identity in after if identity not in after.inputs]
    assert {(node.source, node.sweep) for node in made} == {(Source("model.py", 3), ADJOINT)}


def test_a_value_keeps_its_own_name() -> None:
    graph, v = one_input()
    graph.names[v.id] = "v"
    inner = OPS["sin"](v)
    out = inner * 1.0
    graph.names |= {inner.id: "first", out.id: "second"}
    after = rewrite(set_outputs(graph, [out]), EXACT)
    assert after.names[after.outputs[0]] == "first"


def test_dead_nodes_go_and_unused_inputs_stay() -> None:
    graph, v = one_input()
    unused = new_input(graph, f64[2])
    OPS["exp"](unused)
    after = rewrite(set_outputs(graph, [-OPS["negative"](v)]), EXACT)
    assert len(after) == 2
    assert after.outputs == after.inputs[:1]


def test_rewritten_adds_to_the_same_graph_and_leaves_the_rest() -> None:
    graph, v = one_input()
    kept = v * 1.0
    (value,) = rewritten([OPS["sin"](kept)], EXACT)
    assert value.graph is graph
    assert value.node.operands == (v.id,)
    assert graph[kept.id].op.name == "multiply"
    verify(graph)


def test_rules_that_undo_each_other_are_named() -> None:
    there, back = Rule("x + sin(y) -> ...", x + sin(y), sin(y) - x), Rule("sin(y) - x -> ...", sin(y) - x, x + sin(y))
    graph, v = one_input()
    with pytest.raises(GradgenError, match=r"x \+ sin\(y\) -> \.\.\..*sin\(y\) - x -> \.\.\."):
        rewrite(set_outputs(graph, [v + OPS["sin"](v)]), Table([there, back]))


def test_a_rule_that_grows_for_ever_is_named() -> None:
    growing = Rule("sin(x) -> sin(x + x)", sin(x), sin(x + x))
    graph, v = one_input()
    with pytest.raises(GradgenError, match=r"sin\(x\) -> sin\(x \+ x\)"):
        rewrite(set_outputs(graph, [OPS["sin"](v)]), Table([growing]))


def test_a_rule_may_not_change_the_type() -> None:
    wrong = Rule("sin(x) -> sum(x)", sin(x), lambda x: OPS["sum"](x, axes=(0,)))
    graph, v = one_input()
    with pytest.raises(GradgenError, match="makes a f64 of a f64\\[4\\]"):
        rewrite(set_outputs(graph, [OPS["sin"](v)]), Table([wrong]))


def test_names_of_rules_are_unique() -> None:
    with pytest.raises(GradgenError, match="same name: twice"):
        Table([Rule("twice", sin(x), x), Rule("twice", x + y, x)])


def test_constants_are_told_apart_bit_by_bit() -> None:
    graph, v = one_input(f64.scalar)
    zero = OPS["multiply"](v * 0.0, -1.0)
    after = rewrite(set_outputs(graph, [v * 1.0, v / -0.0, zero, v * float("nan")]), EXACT)
    expected = interpret(graph, [np.array(2.0)])
    np.testing.assert_array_equal(interpret(after, [np.array(2.0)]), expected)
    assert [np.signbit(value) for value in interpret(after, [np.array(2.0)])[:3]] == [False, True, True]


def test_large_constants_stay_computed() -> None:
    graph, v = one_input(f64[1025])
    counted = OPS["sum"](
        OPS["reshape"](OPS["embed"](_ramp(graph), starts=(1,), steps=(1,), shape=(1025,)), shape=(1025,)) * v, axes=(0,)
    )
    after = rewrite(set_outputs(graph, [counted]), EXACT)
    assert all(np.prod(after[i].type.shape) <= 1024 for i in after if after[i].op.name == "constant")


def _ramp(graph: Graph) -> Value:
    from gradgen.ops import constant

    return constant(graph, np.arange(1024.0))


def test_named_dimensions() -> None:
    n = Dim("n")
    graph = Graph()
    v, s = new_input(graph, f64["n"]), new_input(graph, f64.scalar)
    tail = OPS["slice"](v, starts=(1,), steps=(1,), shape=(n - 1,))
    middle = OPS["slice"](tail, starts=(0,), steps=(1,), shape=(n - 2,))
    total = OPS["sum"](OPS["broadcast"](s, shape=(n,), axes=()), axes=(0,))
    whole = OPS["slice"](OPS["embed"](v, starts=(2,), steps=(1,), shape=(n + 5,)), starts=(2,), steps=(1,), shape=(n,))
    after = verify(rewrite(set_outputs(graph, [middle, total, whole]), EXACT))
    first, second, third = (after[output] for output in after.outputs)
    assert (first.op.name, first.operands, first["starts"]) == ("slice", (after.inputs[0],), (1,))
    assert [after[operand].op.name for operand in second.operands] == ["extent", "input"]
    assert third is after[after.inputs[0]]


@pytest.mark.parametrize("deep", ["negative", "concatenate"])
def test_long_graphs_do_not_overflow_the_stack(deep: str) -> None:
    """The slice has to go down through three thousand joins, one replacement after another."""
    graph, v = one_input(f64[1])
    out = v
    for _ in range(3000):
        out = OPS["concatenate"](out, v, axis=0) if deep == "concatenate" else -OPS["sin"](-out)
    out = OPS["slice"](out, starts=(0,), steps=(1,), shape=(1,))
    after = rewrite(set_outputs(graph, [out]), EXACT)
    assert len(after) == (1 if deep == "concatenate" else 3001)


@pytest.mark.slow
def test_speed(capsys: pytest.CaptureFixture[str]) -> None:
    """Printed with -s: seconds for a graph of 30 000 nodes; how fast it is depends on the machine."""
    random = np.random.default_rng(0)
    graph, v = one_input()
    values = [v]
    while len(graph) < 30_000:
        a, b = (values[-1 - int(random.integers(min(len(values), 8)))] for _ in range(2))
        values.append([a * b, a + b, a - b, -a, 2.0 * a, OPS["sin"](a), OPS["power"](a, 2.0)][int(random.integers(7))])
    fired: Counter[str] = Counter()
    graph.outputs = [identity for identity in graph if not graph.consumers(identity)]
    start = time.process_time()
    after = rewrite(graph, EXACT, fired)
    seconds = time.process_time() - start
    with capsys.disabled():
        print(f"\n{len(graph.live())} nodes to {len(after)} by {fired.total()} rewrites in {seconds:.2f} s")
    assert len(after) < len(graph)
