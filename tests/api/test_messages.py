"""What is wrong with a call, a type or a result is said with its cause and the remedy."""

import re
import sys
from collections import namedtuple

import numpy as np
import pytest

import gradgen as gg
from gradgen.trace import flatten

X = np.ones(3)
WHOLE = np.arange(3)


def square(x):
    return np.sum(x * x)


@pytest.mark.parametrize(
    ("shape", "message"),
    [(-1, 'gg.f64[...]: -1 is negative; write the number of elements, or a name such as "n"'),
     (2.5, "2.5 is no size; write a whole number"), ("n+1", '\'n+1\' is no name; a size is named by one word, as "n"'),
     (True, "True is no size"), (None, "None is no size"), ([2, 3], "[2, 3] is no size"), ((3, ""), "'' is no name"),
     ("n m", "'n m' is no name"), ((2, -3), "-3 is negative")],
)  # fmt: skip
def test_a_shape_is_whole_numbers_and_names(shape, message):
    with pytest.raises(gg.ArgumentError, match=re.escape(message)):
        gg.f64[shape]


def test_shapes_that_are_right():
    assert gg.f64[2, 0, "n", gg.Dim("n") + 1, np.int64(3)].shape == (2, 0, gg.Dim("n"), gg.Dim("n", 1), 3)
    assert gg.f64[()] == gg.f64.scalar
    assert type(gg.f64[np.int64(3)].shape[0]) is int


@pytest.mark.parametrize("primals", [X, 1.0, (X,)])
@pytest.mark.parametrize("tangents", [X, 1.0, None])
def test_jvp_wants_tuples(primals, tangents):
    with pytest.raises(gg.ArgumentError, match=re.escape("square: jvp takes the arguments as a tuple")) as caught:
        gg.jvp(square, primals, tangents)
    assert "gg.jvp(f, (x,), (v,))" in str(caught.value)


def test_jvp_wants_as_many_tangents():
    with pytest.raises(gg.ArgumentError, match="square: 1 primal and 2 tangents; give one tangent for each argument"):
        gg.jvp(square, (X,), (X, X))


@pytest.mark.parametrize(
    ("argnums", "message"),
    [(0.5, "argnums must be the number of an argument, counted from 0, or a tuple of such numbers, not 0.5"),
     ("x", "not 'x'"), (None, "not None"), (True, "not True"), ((0, 0.5), "not (0, 0.5)"),
     (1, "argnums 1, but there is 1 positional argument, counted from 0"), (-2, "argnums -2, but there is 1"),
     ((0, -1), "argnums (0, -1) name one argument twice; name each once")],
)  # fmt: skip
@pytest.mark.parametrize("transform", [gg.grad, gg.jacobian, gg.hessian])
def test_argnums(transform, argnums, message):
    with pytest.raises(gg.ArgumentError, match=re.escape(message)):
        transform(square, argnums)(X)


Layer = namedtuple("Layer", ["weight", "bias"])


@pytest.mark.parametrize(
    ("argument", "place"),
    [(WHOLE, "argument 0 is i64[3]"), ({"w": [X, WHOLE]}, "argument 0['w'][1] is i64[3]"),
     ([Layer(X, {2: WHOLE})], "argument 0[0].bias[2] is i64[3]"), ((X, (X, WHOLE)), "argument 0[1][1] is")],
)  # fmt: skip
def test_an_integer_in_a_container_is_named(argument, place):
    with pytest.raises(gg.DifferentiationError, match=re.escape(place)):
        gg.grad(lambda p: np.sum(flatten(p)[0][0] * 1.0))(argument)


def test_an_unknown_backend_is_an_argument_error():
    with pytest.raises(gg.ArgumentError, match="no backend 'cuda'; there are c, numpy"):
        gg.compile(square, backend="cuda")(X)


RESULTS = [
    (lambda x: None, gg.DifferentiationError, "got None; return the number"),
    (lambda x: [1.0, 2.0], gg.DifferentiationError, "got f64, f64; return one number, with has_aux=True"),
    (lambda x: "text", gg.TraceError, "of what it returned, 'text' is not an array or a number"),
    (lambda x: 3, gg.DifferentiationError, "got i64; it moves in steps, if at all"),
    (lambda x: x, gg.DifferentiationError, "got f64[3]; sum it"),
    (lambda x: np.array(["a"]), gg.DTypeError, "of what it returned, dtype <U1 is not supported"),
]


@pytest.mark.parametrize(("f", "kind", "message"), RESULTS)
def test_a_gradient_of_something_else(f, kind, message):
    with pytest.raises(kind, match=re.escape(message)) as caught:
        gg.grad(f)(X)
    assert "\n  test_messages.py:" in str(caught.value)


def nested(entry, levels):
    for _ in range(levels):
        entry = [entry]
    return entry


@pytest.mark.parametrize("f", [lambda x: nested(x, 5000), lambda x: x], ids=["result", "argument"])
def test_containers_nested_too_deeply(f):
    limit = sys.getrecursionlimit()  # which hypothesis may have raised
    sys.setrecursionlimit(1000)
    try:
        with pytest.raises(gg.ArgumentError, match="contains itself or is nested hundreds of levels deep; keep"):
            gg.compile(f)(nested(1.0, 5000))
    finally:
        sys.setrecursionlimit(limit)


def test_a_container_that_contains_itself():
    own = [1.0]
    own.append(own)
    with pytest.raises(gg.ArgumentError, match="a tuple contains itself"):
        gg.compile(lambda x: x)(own)


def test_an_array_of_too_many_axes():
    with pytest.raises(gg.ShapeError, match=r"nested more than 64 levels deep[^\n]*\n  test_messages.py:"):
        gg.compile(lambda x: np.sum(np.array(nested(x, 5000))))(1.0)
    assert float(gg.compile(lambda x: np.sum(np.array(nested(x, 30))))(2.0)) == 2.0


def test_a_long_line_is_cut():
    def long(x):
        return x @ np.ones(4) + np.sum([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0]])  # fmt: skip  # noqa: E501

    with pytest.raises(gg.ShapeError) as caught:
        gg.compile(long)(X)
    line = str(caught.value).splitlines()[1]
    assert line.startswith("  test_messages.py:")
    assert line.endswith("…")
    assert len(line) < 200


def test_a_store_by_traced_indices_names_remedies_that_work():
    def stores(i):
        out = np.zeros(5)
        out[i] = 2.0
        return out

    with pytest.raises(gg.TraceError, match=r"write np.add.at\(x, i, values\)") as caught:
        gg.compile(stores)(WHOLE)
    assert "np.where(np.any(np.arange(n) == i[:, None], axis=0), value, x)" in str(caught.value)
    expected = stores(WHOLE)

    def chooses(i):
        return np.where(np.any(np.arange(5) == i[:, None], axis=0), 2.0, np.zeros(5))

    def adds(i):
        out = np.zeros(5)
        np.add.at(out, i, 2.0)
        return out

    for function in (chooses, adds):
        np.testing.assert_array_equal(gg.compile(function)(WHOLE), expected)
