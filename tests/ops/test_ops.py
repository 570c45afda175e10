"""Every op of the table: types, values, first and second derivatives, in every mode."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from gradgen.diff import pull_back, push_forward
from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Graph, Type, verify
from gradgen.ops import OPS, Value, lift
from tests.interpret import Evaluate, inputs_like, interpret, set_outputs
from tests.ops.cases import LEAVES, ROWS, Case, cases, smooth_cases
from tests.ops.differences import difference, inner


def kind(name: str, case: Case) -> tuple[object, ...]:
    """What cases have in common that differ in their shapes only."""
    return name, case.domains, case.build, tuple(sorted(case.attributes.items()))


def size(case: Case) -> int:
    return sum(map(math.prod, case.shapes))


# They take SciPy most of a second, and have their rules from where those of expm, expm_1 … come too.
LABORIOUS = ("logm_1", "logm_2", "logm_3")


def each_of(found: Sequence[tuple[str, Case]]) -> pytest.MarkDecorator:
    """Run a test for all cases; of each kind the largest is in the fast tests."""
    largest: dict[tuple[object, ...], Case] = {}
    for name, case in found:
        known = largest.setdefault(kind(name, case), case)
        if size(case) > size(known):
            largest[kind(name, case)] = case
    return pytest.mark.parametrize(
        ("name", "case"),
        [
            pytest.param(
                *(name, case),
                id=f"{name}-{'-'.join('x'.join(map(str, shape)) or 'scalar' for shape in case.shapes)}",
                marks=() if largest[kind(name, case)] is case and name not in LABORIOUS else pytest.mark.slow,
            )
            for name, case in found
        ],
    )


every_case, every_smooth_case = each_of(cases()), each_of(smooth_cases())


class Call:
    """An op called on the inputs of a graph of its own, with those operands that can move."""

    def __init__(self, name: str, case: Case, dtypes: str) -> None:
        self.graph = Graph(f"of_{name}")
        self.op, self.case, self.dtypes = OPS[name], case, dtypes
        self.operands, self.positions, self.out = case.place(self.op, self.graph, dtypes)
        self.moving = [self.operands[position] for position in self.positions]

    def values(self, dtypes: str = "d") -> list[np.ndarray]:
        """Values for the inputs there are: the operands drawn from the row, directions from a normal distribution."""
        rng = np.random.default_rng(1)
        extra = [self.graph[identity].type for identity in self.graph.inputs[len(self.operands) :]]
        return self.case.draw(dtypes) + [np.asarray(rng.standard_normal(t.shape), t.dtype) for t in extra]

    def tangents(self) -> list[Value]:
        """Inputs for the tangents of the moving operands."""
        return inputs_like(self.graph, self.moving)

    def reference(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """The result by NumPy."""
        if self.case.build is None:
            return np.asarray(self.op.numpy(*values, **self.case.attributes))
        graph = Graph()
        return interpret(set_outputs(graph, [self.case.place(self.op, graph, self.dtypes)[2]]), values)[0]

    def run(self, evaluate: Evaluate, outputs: Sequence[Value], values: Sequence[np.ndarray]) -> list[np.ndarray]:
        return evaluate(verify(set_outputs(self.graph, outputs)), values)


def test_every_op_has_a_row() -> None:
    by_their_rules = {"custom", "custom_tangent", "held"}  # which tests/api/test_custom.py gives them
    by_others = {"checkpoint", "checkpoint_entry"}  # in tests/api/test_checkpoint.py: they do nothing alone
    assert sorted(ROWS) == sorted(set(OPS) - set(LEAVES) - by_their_rules - by_others)


@every_case
def test_values_have_the_type_of_the_rule(name: str, case: Case, evaluate: Evaluate) -> None:
    for dtypes in case.dtypes:
        made = Call(name, case, dtypes)
        values = made.values(dtypes)
        [result] = made.run(evaluate, [made.out], values)
        expected = made.reference(values)
        assert made.out.type == Type(expected.dtype, expected.shape), dtypes
        # vector mathematics may differ from NumPy's by 4 units in the last place, integers by nothing
        slack = 4 * np.finfo(expected.dtype).eps if expected.dtype.kind == "f" else 0
        np.testing.assert_allclose(result, expected, rtol=slack, atol=slack, strict=True)


def batchable() -> list[tuple[str, Case]]:
    return [(name, case) for name, case in cases() if callable(OPS[name].batch) and case.shapes and not case.build]


def patterns(name: str, count: int) -> list[tuple[bool, ...]]:
    """Which operands have the new axis: all, and for a product also one alone."""
    return [(True, True), (True, False), (False, True)] if name == "contract" else [(True,) * count]


@each_of(batchable())
def test_batch_does_the_same_for_each_entry(name: str, case: Case) -> None:
    op, size = OPS[name], 3
    entries = [case.draw(seed=seed, dtypes=case.dtypes[0]) for seed in range(size)]
    for batched in patterns(name, len(case.shapes)):
        attributes = op.batch(size, batched, **case.attributes)
        columns = list(zip(*entries, strict=True))
        stacked = [np.stack(xs) if new else xs[0] for xs, new in zip(columns, batched, strict=True)]
        chosen = [[xs[k] if new else xs[0] for xs, new in zip(columns, batched, strict=True)] for k in range(size)]
        result = op.numpy(*stacked, **attributes)
        expected = np.stack([op.numpy(*operands, **case.attributes) for operands in chosen])
        np.testing.assert_allclose(result, expected, rtol=1e-14, strict=True)
        types = [Type(x.dtype, x.shape) for x in stacked]
        assert op.type(*types, **attributes) == Type(expected.dtype, expected.shape)


@every_smooth_case
def test_tangent_is_the_limit_of_differences(name: str, case: Case, evaluate: Evaluate) -> None:
    made = Call(name, case, case.real)
    moved = push_forward([made.out], made.moving, made.tangents())
    values = made.values(case.real)
    [tangent] = made.run(evaluate, moved, values)
    operands, directions = values[: len(made.operands)], values[len(made.operands) :]

    def along(*changed: np.ndarray) -> list[np.ndarray]:
        arguments = list(operands)
        for position, x in zip(made.positions, changed, strict=True):
            arguments[position] = x
        return [made.reference(arguments).astype(np.float64)]

    [expected] = difference(along, [operands[position] for position in made.positions], directions)
    # astype to float32 can be differenced no better than float32 goes
    coarse = made.out.dtype != np.float64
    np.testing.assert_allclose(tangent, expected, rtol=1e-2 if coarse else 2e-7, atol=1e-3 if coarse else 2e-8)
    assert tangent.shape == made.out.shape


@every_smooth_case
def test_adjoint_is_the_transpose_of_the_tangent(name: str, case: Case, evaluate: Evaluate) -> None:
    made = Call(name, case, case.real)
    tangents, [cotangent] = made.tangents(), inputs_like(made.graph, [made.out])
    pushed = push_forward([made.out], made.moving, tangents)
    pulled = pull_back([made.out], made.moving, [cotangent])
    assert [value.type for value in pulled] == [value.type for value in made.moving]
    values = made.values(case.real)
    pushed_value, *pulled_values = made.run(evaluate, [*pushed, *pulled], values)
    forward, scale = inner([pushed_value], values[-1:])
    backward, _ = inner(pulled_values, values[len(made.operands) : -1])
    assert abs(forward - backward) <= (1e-12 if made.out.dtype == np.float64 else 1e-5) * scale


@every_smooth_case
def test_second_derivatives_agree_in_every_mode(name: str, case: Case, evaluate: Evaluate) -> None:
    made = Call(name, case, case.real)
    t, u, [ct] = made.tangents(), made.tangents(), inputs_like(made.graph, [made.out])
    first, gradient = push_forward([made.out], made.moving, t), pull_back([made.out], made.moving, [ct])
    nested = {
        "forward over forward": (push_forward(first, made.moving, u), [ct]),
        "reverse over forward": (pull_back(first, made.moving, [ct]), u),
        "forward over reverse": (push_forward(gradient, made.moving, u), t),
        "reverse over reverse": (pull_back(gradient, made.moving, t), u),
    }
    outputs = [out for results, _ in nested.values() for out in results]
    values = made.values(case.real)
    known = dict(zip(made.graph.inputs, values, strict=True))
    results = iter(made.run(evaluate, outputs, values))
    numbers = {
        mode: inner([next(results) for _ in found], [known[value.id] for value in against])
        for mode, (found, against) in nested.items()
    }
    expected, scale = second_difference(made, evaluate, first, known, u, ct)
    coarse = made.out.dtype != np.float64
    assert numbers["forward over forward"][0] == pytest.approx(
        expected, rel=1e-6, abs=(1e-3 if coarse else 1e-7) * scale
    )
    for number, size in numbers.values():
        assert abs(number - numbers["forward over forward"][0]) <= (1e-5 if coarse else 1e-11) * size


def second_difference(
    made: Call, evaluate: Evaluate, first: list[Value], known: dict[int, np.ndarray], u: list[Value], ct: Value
) -> tuple[float, float]:
    """``<ct, d(J t)[u]>``, the last derivative by differences."""
    set_outputs(made.graph, first)

    def along(*changed: np.ndarray) -> list[np.ndarray]:
        replaced = known | {x.id: value for x, value in zip(made.moving, changed, strict=True)}
        return [out.astype(np.float64) for out in evaluate(made.graph, list(replaced.values()))]

    slope = difference(along, [known[x.id] for x in made.moving], [known[d.id] for d in u])
    return inner(slope, [known[ct.id]])


@every_smooth_case
def test_float32_stays_float32(name: str, case: Case, evaluate: Evaluate) -> None:
    results = {}
    for dtype in "df":
        made = Call(name, case, case.real.replace("d", dtype))
        pulled = pull_back([made.out], made.moving, [lift(1.0, made.out)])
        second = push_forward(pulled, made.moving, made.tangents())
        results[dtype] = made.run(evaluate, [*pulled, *second], made.values(case.real.replace("d", dtype)))
    assert {result.dtype for result in results["f"]} == {np.dtype(np.float32)}
    for single, double in zip(results["f"], results["d"], strict=True):
        np.testing.assert_allclose(single, double, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize(
    "name", sorted(name for name in set(ROWS) & set(OPS) if OPS[name].is_elementwise and len(ROWS[name][0].shapes) > 1)
)
def test_operands_that_do_not_fit_are_refused(name: str) -> None:
    case = ROWS[name][-1]
    *rest, last = case.types(case.dtypes[0])
    with pytest.raises(ShapeError):
        OPS[name].type(*rest, last.with_shape((7,)), **case.attributes)
    with pytest.raises(DTypeError):
        OPS[name].type(*rest, last.with_dtype(np.complex64), **case.attributes)
