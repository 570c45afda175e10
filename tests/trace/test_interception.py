"""NumPy's functions that make arrays, inside a traced function and for everybody else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import array, asarray, full, zeros

from gradgen.errors import GradgenError, ShapeError, TraceError
from gradgen.ir import TypeMaker
from gradgen.trace import make_graph
from tests.trace.programs import assert_as_numpy

f64, f32 = TypeMaker(np.float64), TypeMaker(np.float32)
X = np.array([0.3, -0.7, 1.1])
M = np.arange(6.0).reshape(2, 3) / 7
TABLE = np.arange(9.0).reshape(3, 3)

# --- arrays of traced values -------------------------------------------------------------------------

LISTS: list[Callable[[Any], Any]] = [
    lambda x: np.array([[np.cos(x[0]), -np.sin(x[0])], [np.sin(x[0]), np.cos(x[0])]]) @ x[:2],
    lambda x: np.trace(np.array([[x[0], 1], [2, x[1]]])),
    lambda x: np.array([x, x * 2, [1, 2, 3]]),
    lambda x: np.array((x[0], 1, True)),
    lambda x: np.array([1, np.float32(2)]) * x[0],
    lambda x: np.array([[x, x], [x, TABLE[0]]]),
    lambda x: np.array([x[0], x[1]], dtype=np.float32),
    lambda x: np.array([x[0], x[1]], dtype=int),
    lambda x: np.array(x, ndmin=3),
    lambda x: np.array(x[0]),
    lambda x: np.array([x]),
    lambda x: np.array([[]]) + x[0],
    lambda x: np.array([x[0] > 0, True]),
    lambda x: np.array([[x[i] * j for j in range(3)] for i in range(3)]),
    lambda x: np.asarray([x[0], 2.0]),
    lambda x: np.asarray(x, dtype=np.float32),
    lambda x: np.asarray(x) is not None and np.asarray(x),
    lambda x: np.ascontiguousarray(x.reshape(3, 1).T),
    lambda x: np.asanyarray([x, x]),
    lambda x: np.stack([x, np.zeros(3)]),
    lambda x: np.block([[x[:, None], np.eye(3)], [1.0, x[None]]]),
    lambda x: np.hstack([x, [1.0, 2.0]]),
    lambda x: np.concatenate([np.array([x[0]]), x]),
    lambda x: np.full(3, x[0]),
    lambda x: np.full((2, 2), x[0], dtype=np.float32),
    lambda x: np.full((2, 3), x),
    lambda x: np.full_like(TABLE, x[0]),
    lambda x: np.full_like(TABLE, x, dtype=np.float32),
    lambda x: np.full_like(x, 2),
    lambda x: np.linspace(x[0], x[1], 5),
    lambda x: np.meshgrid(x, np.arange(2.0)),
    lambda x: np.r_[x, 1.0],
    lambda x: np.r_[0, x[0], 1:3, x, [4, x[1]]],
    lambda x: np.c_[x, x * 2, TABLE],
    lambda x: np.c_[x],
    lambda x: np.vectorize(lambda t: t * t + 1)(x),
    lambda x: np.vectorize(lambda t, s: (t + s, t * s))(x, np.array([1.0, 2.0, 3.0])),
    lambda x: np.vectorize(lambda t: t + 1, otypes=[np.float32])(x),
    lambda x: (np.sum([x[0], x[1] * 2]), np.mean([x[0], 1.0]), np.max([x, 2 * x], axis=1), np.dot([x[0], 1], [2, 3])),
    lambda x: (np.linalg.norm([x[0], x[1]]), np.cumsum([v * v for v in x]), np.reshape((x[0], x[1]), (2, 1))),
    lambda x: sum([x[i] for i in range(3)]) + sum(x),
    lambda x: [a * b for a, b in zip(x, np.arange(3), strict=True)],
]


@pytest.mark.parametrize("function", LISTS)
def test_arrays_of_traced_values(function: Callable[[Any], Any]) -> None:
    assert_as_numpy(function, X)


@pytest.mark.parametrize("function", LISTS[:3])
def test_arrays_of_single_precision(function: Callable[[Any], Any]) -> None:
    graph = make_graph(function, f32[3])
    expected = function(X.astype(np.float32))
    assert graph[graph.outputs[0]].type.dtype == expected.dtype


GENERATOR, OLD_GENERATOR = np.random.default_rng(0), np.random.RandomState(0)

REFUSED = [
    (lambda x: np.array([x, x[:2]]), ShapeError, "array: setting an array element with a sequence"),
    (lambda x: np.array([[x[0]], [x[0], x[1]]]), ShapeError, "inhomogeneous"),
    (lambda x: np.arange(x[0]), TraceError, r"^arange: .* must be known while .*write start \+ step"),
    (lambda x: np.zeros(x[0].astype(int)), TraceError, "must be known"),
    (lambda x: TABLE.dot(x), TraceError, "write TABLE @ x|A @ x for A.dot"),
    (lambda x: np.sin([x, x]), TraceError, r"np.array\(\["),
    (lambda x: np.frompyfunc(lambda t: t, 1, 1)(x), TraceError, "is not supported"),
    (lambda x: np.r_["0,2", x, x], TraceError, r"^np.r_ with a text .* np.stack or np.block"),
    (lambda x: np.vectorize(lambda a, b: a, signature="(n),()->(n)")(x, 1.0), TraceError, "write a loop"),
    (lambda x: x * np.random.normal(size=3), TraceError, "pass them in as an argument"),
    (lambda x: x * np.random.default_rng(0).normal(size=3), TraceError, "pass them in as an argument"),
    (lambda x: x * GENERATOR.standard_normal(3), TraceError, "pass them in as an argument"),
    (lambda x: x * GENERATOR.permutation(3), TraceError, "pass them in as an argument"),
    (lambda x: x * OLD_GENERATOR.standard_normal(3), TraceError, "pass them in as an argument"),
    (lambda x: np.random.uniform(x[0]), TraceError, "pass them in as an argument"),
    (lambda x: max(x), TraceError, "np.maximum / np.minimum or np.max"),
    (lambda x: sorted(x), TraceError, "np.sort for sorted"),
    (lambda x: 1.0 in x, TraceError, "np.any"),
    (lambda x: x.copy() if x[0] > 0 else x, TraceError, "np.where"),
]


@pytest.mark.parametrize(("function", "kind", "message"), REFUSED)
def test_what_cannot_be_made_says_what_can(
    function: Callable[[Any], Any], kind: type[GradgenError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        make_graph(function, f64[3])
    assert "\n  test_interception.py:" in str(caught.value)


# --- plain data in a traced function -----------------------------------------------------------------


def decides(x: Any) -> Any:
    grid = np.linspace(0, 1, 5)
    weights = np.ones_like(grid)
    weights[1:-1] = 2
    weights[grid > 0.6] += 1
    count = int(weights.sum())
    if np.any(weights > 1) and weights[0] == 1 and 2 in weights:
        count += len([w for w in weights.tolist() if w > 2])
    order = np.argsort(-weights, kind="stable")
    assert isinstance(grid, np.ndarray)
    assert f"{weights[1]:.1f}" == "2.0"
    return x[0] * weights[order] + count + np.diff(grid)[0] + grid.size


def indexes(x: Any) -> Any:
    first = np.arange(2)
    chosen = np.zeros(3, bool)
    chosen[first] = True
    return TABLE[first] @ x, x[first], x[chosen], np.where(chosen, x, 0.0), x[np.array(1)], TABLE[np.array(1)] * x


def libraries(x: Any) -> Any:
    import scipy.linalg

    A = np.eye(3) * 2
    A[0, 1] = 0.5
    inverse = scipy.linalg.inv(A)
    roots = np.linalg.eigvals(A)
    spread = np.add.outer(np.arange(3.0), np.arange(3.0))
    return inverse @ x + np.sort(roots) + spread @ x


def kept_views(x: Any) -> Any:
    data = np.arange(6.0)
    view = data.reshape(2, 3)
    other = view[0]
    view[1, 0] = 10.0
    data[0] = x[0]
    other[1] = x[1]
    return data, view, other


@pytest.mark.parametrize("function", [decides, indexes, libraries, kept_views])
def test_plain_data_stays_plain(function: Callable[[Any], Any]) -> None:
    assert_as_numpy(function, X)


def test_a_plain_copy_in_use_is_not_left_behind() -> None:
    kept = []

    def f(x: Any) -> Any:
        A = np.zeros(3)
        kept.append(TABLE.__matmul__(A))
        plain = memoryview(A.__array__())
        A[0] = x[0]
        return A, plain

    with pytest.raises(TraceError, match="still holds it as a plain array"):
        make_graph(f, f64[3])


def test_what_is_written_into_a_plain_copy_is_not_lost() -> None:
    def f(x: Any) -> Any:
        np.zeros(3).__array__()[0] = 1.0

    with pytest.raises(ValueError, match="read-only"):
        make_graph(f, f64[3])


# --- names bound by `from numpy import ...` ----------------------------------------------------------


def test_names_of_the_module_work() -> None:
    def f(x: Any) -> Any:
        out = zeros(3)
        out[0] = x[1]
        return out + asarray([x[0], 1, 2]) + array([x[0]] * 3) + full(3, x[2])

    assert_as_numpy(f, X)
    assert zeros is np.zeros


def test_names_a_closure_has_end_in_the_error() -> None:
    from numpy import array as local_array
    from numpy import zeros as local_zeros

    def f(x: Any) -> Any:
        out = local_zeros(3)
        out[0] = x[1]
        return out

    for function in (f, lambda x: local_array([x[0], x[1]])):
        with pytest.raises(TraceError, match=r"inside the function|write local_array\(np.array\("):
            make_graph(function, f64[3])


def test_names_of_a_namespace_that_is_no_module_work() -> None:
    namespace: dict[str, Any] = {}
    exec("from numpy import zeros as z\ndef f(x):\n    out = z(3)\n    out[1] = x[0]\n    return out", namespace)
    assert_as_numpy(namespace["f"], X)
    assert namespace["z"] is np.zeros


def test_a_module_imported_by_the_function_keeps_numpys_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported_late.py").write_text("from numpy import zeros\n\ndef make(n):\n    return zeros(n)\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def f(x: Any) -> Any:
        import imported_late

        out = imported_late.make(3)
        out[0] = x[0]
        return out

    assert_as_numpy(f, X)
    assert sys.modules.pop("imported_late").zeros is np.zeros


def test_generators_draw_as_ever_when_a_trace_is_over() -> None:
    with pytest.raises(TraceError):
        make_graph(lambda x: x * GENERATOR.standard_normal(3), f64[3])
    assert type(GENERATOR.standard_normal(3)) is np.ndarray
    assert type(np.random.default_rng(1).normal(size=2)) is np.ndarray


@pytest.mark.parametrize(
    "f", [lambda x: x[0], lambda x: x, lambda x: np.sum(x), lambda x: x[:1], lambda x: x.reshape(3, 1)]
)
def test_isscalar_takes_the_branch_that_numpy_takes(f: Callable[[Any], Any]) -> None:
    seen = []

    def function(x: Any) -> Any:
        seen.append(np.isscalar(f(x)))
        return x

    make_graph(function, f64[3])
    function(np.ones(3))
    assert seen[0] == seen[1]
