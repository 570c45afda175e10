"""Every op of the table: types, values, first and second derivatives, in every mode."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from gradgen.diff import pull_back, push_forward
from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Graph, Type, verify
from gradgen.ops import OPS, Value, lift
from tests.interpret import Evaluate, inputs_like, new_input, set_outputs
from tests.ops.cases import LEAVES, ROWS, Case, cases, moving, smooth_cases
from tests.ops.differences import difference, inner


def ids(found: Sequence[tuple[str, Case]]) -> list[str]:
    return [
        f"{name}-{'-'.join('x'.join(map(str, shape)) or 'scalar' for shape in case.shapes)}" for name, case in found
    ]


every_case = pytest.mark.parametrize(("name", "case"), cases(), ids=ids(cases()))
every_smooth_case = pytest.mark.parametrize(("name", "case"), smooth_cases(), ids=ids(smooth_cases()))


class Call:
    """An op called on the inputs of a graph of its own, with those operands that can move."""

    def __init__(self, name: str, case: Case, dtypes: str) -> None:
        self.graph = Graph(f"of_{name}")
        self.op, self.case = OPS[name], case
        types = case.types(dtypes)
        self.operands = [new_input(self.graph, type_) for type_ in types]
        self.positions = moving(self.op, types)
        self.moving = [self.operands[position] for position in self.positions]
        self.out = self.op(*self.operands, **case.attributes)

    def values(self, dtypes: str = "d") -> list[np.ndarray]:
        """Values for the inputs there are: the operands drawn from the row, directions from a normal distribution."""
        rng = np.random.default_rng(1)
        extra = [self.graph[identity].type for identity in self.graph.inputs[len(self.operands) :]]
        return self.case.draw(dtypes) + [np.asarray(rng.standard_normal(t.shape), t.dtype) for t in extra]

    def tangents(self) -> list[Value]:
        """Inputs for the tangents of the moving operands."""
        return inputs_like(self.graph, self.moving)

    def run(self, evaluate: Evaluate, outputs: Sequence[Value], values: Sequence[np.ndarray]) -> list[np.ndarray]:
        return evaluate(verify(set_outputs(self.graph, outputs)), values)


def test_every_op_has_a_row() -> None:
    assert sorted(ROWS) == sorted(set(OPS) - set(LEAVES))


@every_case
def test_values_have_the_type_of_the_rule(name: str, case: Case, evaluate: Evaluate) -> None:
    for dtypes in case.dtypes:
        call = Call(name, case, dtypes)
        values = call.values(dtypes)
        [result] = call.run(evaluate, [call.out], values)
        expected = np.asarray(call.op.numpy(*values, **case.attributes))
        assert call.out.type == Type(expected.dtype, expected.shape), dtypes
        # vector mathematics may differ from NumPy's by 4 units in the last place, integers by nothing
        slack = 4 * np.finfo(expected.dtype).eps if expected.dtype.kind == "f" else 0
        np.testing.assert_allclose(result, expected, rtol=slack, atol=slack, strict=True)


@every_smooth_case
def test_tangent_is_the_limit_of_differences(name: str, case: Case, evaluate: Evaluate) -> None:
    call = Call(name, case, case.real)
    moved = push_forward([call.out], call.moving, call.tangents())
    values = call.values(case.real)
    [tangent] = call.run(evaluate, moved, values)
    operands, directions = values[: len(call.operands)], values[len(call.operands) :]

    def along(*changed: np.ndarray) -> list[np.ndarray]:
        arguments = list(operands)
        for position, x in zip(call.positions, changed, strict=True):
            arguments[position] = x
        return [call.op.numpy(*arguments, **case.attributes).astype(np.float64)]

    [expected] = difference(along, [operands[position] for position in call.positions], directions)
    # astype to float32 can be differenced no better than float32 goes
    coarse = call.out.dtype != np.float64
    np.testing.assert_allclose(tangent, expected, rtol=1e-2 if coarse else 2e-7, atol=1e-3 if coarse else 2e-8)
    assert tangent.shape == call.out.shape


@every_smooth_case
def test_adjoint_is_the_transpose_of_the_tangent(name: str, case: Case, evaluate: Evaluate) -> None:
    call = Call(name, case, case.real)
    tangents, [cotangent] = call.tangents(), inputs_like(call.graph, [call.out])
    pushed = push_forward([call.out], call.moving, tangents)
    pulled = pull_back([call.out], call.moving, [cotangent])
    assert [value.type for value in pulled] == [value.type for value in call.moving]
    values = call.values(case.real)
    pushed_value, *pulled_values = call.run(evaluate, [*pushed, *pulled], values)
    forward, scale = inner([pushed_value], values[-1:])
    backward, _ = inner(pulled_values, values[len(call.operands) : -1])
    assert abs(forward - backward) <= (1e-12 if call.out.dtype == np.float64 else 1e-5) * scale


@every_smooth_case
def test_second_derivatives_agree_in_every_mode(name: str, case: Case, evaluate: Evaluate) -> None:
    call = Call(name, case, case.real)
    t, u, [ct] = call.tangents(), call.tangents(), inputs_like(call.graph, [call.out])
    first, gradient = push_forward([call.out], call.moving, t), pull_back([call.out], call.moving, [ct])
    nested = {
        "forward over forward": (push_forward(first, call.moving, u), [ct]),
        "reverse over forward": (pull_back(first, call.moving, [ct]), u),
        "forward over reverse": (push_forward(gradient, call.moving, u), t),
        "reverse over reverse": (pull_back(gradient, call.moving, t), u),
    }
    outputs = [out for results, _ in nested.values() for out in results]
    values = call.values(case.real)
    known = dict(zip(call.graph.inputs, values, strict=True))
    results = iter(call.run(evaluate, outputs, values))
    numbers = {
        mode: inner([next(results) for _ in found], [known[value.id] for value in against])
        for mode, (found, against) in nested.items()
    }
    expected, scale = second_difference(call, evaluate, first, known, u, ct)
    coarse = call.out.dtype != np.float64
    assert numbers["forward over forward"][0] == pytest.approx(
        expected, rel=1e-6, abs=(1e-3 if coarse else 1e-7) * scale
    )
    for number, size in numbers.values():
        assert abs(number - numbers["forward over forward"][0]) <= (1e-5 if coarse else 1e-11) * size


def second_difference(
    call: Call, evaluate: Evaluate, first: list[Value], known: dict[int, np.ndarray], u: list[Value], ct: Value
) -> tuple[float, float]:
    """``<ct, d(J t)[u]>``, the last derivative by differences."""
    set_outputs(call.graph, first)

    def along(*changed: np.ndarray) -> list[np.ndarray]:
        replaced = known | {x.id: value for x, value in zip(call.moving, changed, strict=True)}
        return [out.astype(np.float64) for out in evaluate(call.graph, list(replaced.values()))]

    slope = difference(along, [known[x.id] for x in call.moving], [known[d.id] for d in u])
    return inner(slope, [known[ct.id]])


@every_smooth_case
def test_float32_stays_float32(name: str, case: Case, evaluate: Evaluate) -> None:
    results = {}
    for dtype in "df":
        call = Call(name, case, case.real.replace("d", dtype))
        pulled = pull_back([call.out], call.moving, [lift(1.0, call.out)])
        second = push_forward(pulled, call.moving, call.tangents())
        results[dtype] = call.run(evaluate, [*pulled, *second], call.values(case.real.replace("d", dtype)))
    assert {result.dtype for result in results["f"]} == {np.dtype(np.float32)}
    for single, double in zip(results["f"], results["d"], strict=True):
        np.testing.assert_allclose(single, double, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize(
    "name", sorted(name for name in ROWS if OPS[name].is_elementwise and len(ROWS[name][0].shapes) > 1)
)
def test_operands_that_do_not_fit_are_refused(name: str) -> None:
    case = ROWS[name][-1]
    *rest, last = case.types(case.dtypes[0])
    with pytest.raises(ShapeError):
        OPS[name].type(*rest, last.with_shape((7,)), **case.attributes)
    with pytest.raises(DTypeError):
        OPS[name].type(*rest, last.with_dtype(np.complex64), **case.attributes)
