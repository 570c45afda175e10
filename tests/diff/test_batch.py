"""`batch` does for every entry what the graph does for one, for every op and whichever operands have entries."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gradgen.diff import batch, pull_back, push_forward, substitute
from gradgen.errors import GradgenError
from gradgen.ir import Graph, Type
from gradgen.ops import OPS, Op, Value, full
from gradgen.ops.leaf import input_op
from gradgen.ops.lowering import Generator, Leaf
from tests.interpret import interpret, new_input, set_outputs
from tests.ops.cases import Case
from tests.ops.test_ops import cases, each_of

SIZE = 3


def is_data(name: str) -> bool:
    """Whether the op computes something of operands, by itself: leaves and the user's own rules do not."""
    return not isinstance(OPS[name].lowering, Leaf) and not name.startswith("custom")


CASES = [(name, case) for name, case in cases() if case.shapes and is_data(name) and not case.build]


def patterns(count: int) -> list[tuple[bool, ...]]:
    """Which operands have entries: each choice of at least one, or of one or all where there are many."""
    if count > 3:
        return [(True,) * count, *[tuple(k == one for k in range(count)) for one in range(count)]]
    return [pattern for pattern in itertools.product([True, False], repeat=count) if any(pattern)]


@each_of(CASES)
def test_every_op_along_every_choice_of_operands(name: str, case: Case) -> None:
    op, entries = OPS[name], [case.draw(seed=seed, dtypes=case.dtypes[0]) for seed in range(SIZE)]
    for has_axis in patterns(len(case.shapes)):
        graph = Graph()
        samples = [new_input(graph, Type(np.asarray(x).dtype, np.shape(x))) for x in entries[0]]
        out = op(*samples, **case.attributes)
        columns = list(zip(*entries, strict=True))
        values = [np.stack(xs) if has else np.asarray(xs[0]) for xs, has in zip(columns, has_axis, strict=True)]
        graph.inputs = []
        operands = [
            new_input(graph, Type(x.dtype, x.shape)) if has else sample
            for x, has, sample in zip(values, has_axis, samples, strict=True)
        ]
        graph.inputs = [operand.id for operand in operands]
        many = {s.id: x for s, x, has in zip(samples, operands, has_axis, strict=True) if has}
        found = batch([out], many, SIZE)
        chosen = [[xs[k] if has else xs[0] for xs, has in zip(columns, has_axis, strict=True)] for k in range(SIZE)]
        with np.errstate(all="ignore"):
            expected = np.stack([np.asarray(op.numpy(*xs, **case.attributes), out.dtype) for xs in chosen])
        [result] = interpret(set_outputs(graph, found), values)
        np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-13, strict=True)
        assert found[0].type == Type(expected.dtype, expected.shape)


def variable(graph: Graph, *shape: int) -> Value:
    return new_input(graph, Type(np.dtype(np.float64), shape))


def test_what_does_not_depend_on_the_variables_is_repeated() -> None:
    graph = Graph()
    x, many = variable(graph, 2), variable(graph, SIZE, 2)
    other = variable(graph, 4)
    [same, moving] = batch([OPS["sin"](other), OPS["sin"](x)], {x.id: many}, SIZE)
    assert (same.shape, same.node.op.name) == ((SIZE, 4), "broadcast")
    assert (moving.shape, moving.node.op.name) == ((SIZE, 2), "sin")
    assert batch([], {x.id: many}, SIZE) == []


def test_lines_sweeps_and_names_stay() -> None:
    graph = Graph()
    x, many = variable(graph, 2), variable(graph, SIZE, 2)
    graph.sweep = "adjoint"
    y = OPS["sin"](x)
    graph.names[y.id] = "x_bar"
    graph.sweep = "forward"
    [found] = batch([y], {x.id: many}, SIZE)
    assert (found.node.sweep, graph.names[found.id]) == ("adjoint", "x_bar")


def test_the_linear_part_of_a_long_chain_is_one_batch() -> None:
    """No recursion over the graph, and as many nodes as without the directions."""
    graph = Graph()
    x = variable(graph, 5)
    y = x
    for _ in range(3000):
        y = OPS["sin"](y)
    t = input_op.leaf(graph, serial=len(graph), type=x.type)
    [moved] = push_forward([y], [x], [t])
    before = len(graph)
    many = variable(graph, SIZE, 5)
    [found] = batch([moved], {t.id: many}, SIZE)
    assert found.shape == (SIZE, 5)
    # a product for each sine, and one broadcast of its slope
    assert len(graph) - before <= 2 * 3000 + 2


def test_batches_of_derivatives_are_derivatives_of_batches() -> None:
    graph = Graph()
    x, many = variable(graph, 4), variable(graph, SIZE, 4)
    out = OPS["sum"](OPS["exp"](OPS["sin"](x)) * x, axes=(0,))
    one = full(graph, np.ones(()), ())
    inner = batch(pull_back([out], [x], [one]), {x.id: many}, SIZE)
    outer = pull_back(batch([out], {x.id: many}, SIZE), [many], [full(graph, np.ones(()), (SIZE,))])
    graph.inputs = [many.id]
    values = [np.random.default_rng(0).normal(size=(SIZE, 4))]
    first, second = interpret(set_outputs(graph, [*inner, *outer]), values)
    np.testing.assert_allclose(first, second, rtol=1e-14)


def test_every_op_says_how_it_goes_along() -> None:
    without = {name for name, op in OPS.items() if op.batch is None and not op.is_elementwise}
    no_operands = {name for name in without if isinstance(OPS[name].lowering, Leaf | Generator)}
    assert without - no_operands == {"custom", "custom_tangent"}  # by their rules


def test_an_op_that_does_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph()
    x = variable(graph, 3)
    op = OPS["diag"]
    mute = Op("mute", op.numpy, op.type, op.lowering, op.rules)
    monkeypatch.setitem(OPS, "mute", mute)
    with pytest.raises(GradgenError, match="mute does not say how it goes along a batch"):
        batch([mute(x)], {x.id: variable(graph, SIZE, 3)}, SIZE)


# --- substitute ------------------------------------------------------------------------------------------


def test_substitute_puts_values_in_the_place_of_variables() -> None:
    graph = Graph()
    x, y = variable(graph, 3), variable(graph, 3)
    t = input_op.leaf(graph, serial=len(graph), type=x.type)
    found = substitute([t * x + OPS["sin"](t), x, t], {t.id: y})
    assert found[0].id == (y * x + OPS["sin"](y)).id
    assert [out.id for out in found[1:]] == [x.id, y.id]
    assert substitute([], {t.id: y}) == []


def test_substitute_does_not_go_into_what_it_puts_there() -> None:
    graph = Graph()
    t = variable(graph, 3)
    [found] = substitute([OPS["sin"](t)], {t.id: OPS["exp"](t)})
    assert found.id == OPS["sin"](OPS["exp"](t)).id
