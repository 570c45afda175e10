"""What people write, and the formula that they expect to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from scipy.special import logsumexp

import gradgen as gg
from gradgen.errors import ArgumentError, GradgenError
from gradgen.formula import Formula
from gradgen.formula.algebra import factor_expr, symbol
from gradgen.formula.arrange import arranged
from gradgen.formula.term import Call

f64 = gg.f64
VECTOR, MATRIX, SQUARE = f64["n"], f64["m", "n"], f64["n", "n"]

Case = tuple[Callable[..., Any], tuple[Any, ...], str]

VALUES: dict[str, Case] = {
    "form": (lambda x, A: x @ A @ x, (VECTOR, SQUARE), "x.T @ A @ x"),
    "norm": (lambda x, A: np.linalg.norm(A @ x), (VECTOR, MATRIX), "norm(A @ x)"),
    "norm by hand": (lambda x: np.sqrt(np.sum(x**2)), (VECTOR,), "norm(x)"),
    "trace": (lambda A, B: np.trace(A @ B), (MATRIX, f64["n", "m"]), "trace(A @ B)"),
    "inner product of matrices": (lambda A, B: np.sum(A * B), (MATRIX, MATRIX), "sum(A*B)"),
    "logistic function": (lambda x: 1 / (1 + np.exp(-x)), (VECTOR,), "sigmoid(x)"),
    "softmax": (lambda x: np.exp(x) / np.sum(np.exp(x)), (VECTOR,), "softmax(x)"),
    "softmax, shifted": (lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))), (VECTOR,), "softmax(x)"),
    "softmax of rows": (
        lambda X: np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True),
        (f64[4, 3],),
        "softmax(X, axis=1)",
    ),
    "logsumexp": (lambda x: logsumexp(x), (f64[4],), "logsumexp(x)"),
    "rows scaled": (lambda v, A: v[:, None] * A, (f64["m"], MATRIX), "diag(v) @ A"),
    "columns scaled": (lambda v, A: A * v, (VECTOR, MATRIX), "A @ diag(v)"),
    "bias in each row": (lambda X, W, b: X @ W.T + b, (MATRIX, f64["k", "n"], f64["k"]), "X @ W.T + b"),
    "solve": (lambda A, b: np.linalg.solve(A, b), (f64[3, 3], f64[3]), "inv(A) @ b"),
    "inverse crossed out": (lambda A, b: np.linalg.inv(A) @ (A @ b), (f64[3, 3], f64[3]), "b"),
    "like terms": (lambda x, a, b: x * a + x * b, (VECTOR, f64, f64), "(a + b)*x"),
    "cancelled": (lambda x, y: (x + y) - x, (VECTOR, VECTOR), "y"),
    "square": (lambda x, y: x**2 + 2 * x * y + y**2, (f64, f64), "(x + y)**2"),
    "mean": (lambda x: np.mean(x), (VECTOR,), "sum(x)/n"),
    "mean of a known number": (lambda x: np.mean(x), (f64[7],), "sum(x)/7"),
    "variance": (lambda x: np.var(x), (f64[4],), "0.25*(r.T @ r)\nwhere r = x - 0.25*sum(x)"),
    "a part": (lambda x: x[1:3], (f64[5],), "x[1:3]"),
    "an entry": (lambda x: x[2], (f64[5],), "x[2]"),
    "numbers side by side": (lambda x, y: np.array([x + y, x * y]), (f64, f64), "[x + y, x*y]"),
    "numbers": (lambda x: np.zeros(3) + 1.5, (f64,), "1.5*ones(3)"),
}

GRADIENTS: dict[str, Case] = {
    "linear": (lambda x, c: c @ x, (VECTOR, VECTOR), "c"),
    "sum": (lambda x: np.sum(x), (VECTOR,), "ones(n)"),
    "an entry": (lambda x: x[1], (f64[3],), "e_1"),
    "ridge": (
        lambda w, X, y, mu: np.mean((X @ w - y) ** 2) + mu * (w @ w),
        (VECTOR, MATRIX, f64["m"], f64),
        "2*(mu*w + X.T @ (X @ w - y)/m)",
    ),
    "rectifier": (
        lambda x, A: np.sum(np.maximum(A @ x, 0.0) ** 2),
        (VECTOR, MATRIX),
        "2*A.T @ ((A @ x >= 0)*maximum(A @ x, 0))",
    ),
    "tanh": (lambda x, a: a @ np.tanh(x), (VECTOR, VECTOR), "a*(1 - tanh(x)**2)"),
    "matrix norm": (lambda A: np.linalg.norm(A), (MATRIX,), "A/norm(A)"),
    "entropy": (lambda p: np.sum(p * np.log(p)), (VECTOR,), "1 + log(p)"),
    "geometric mean": (lambda x: np.exp(np.mean(np.log(x))), (f64[3],), "exp(sum(log(x))/3)/(3*x)"),
    "a third power's root": (
        lambda x: np.sum(np.abs(x) ** 3) ** (1 / 3),
        (f64[3],),
        "x*abs(x)/(abs(x).T @ x**2)**(2/3)",
    ),
    "sums of columns": (lambda X: np.sum((X - X.mean(0)) ** 2), (f64[4, 3],), "2*X - 0.5*sum(X, axis=0)"),
    "Gram matrix": (lambda X: np.linalg.slogdet(X.T @ X)[1], (f64[4, 3],), "2*X @ inv(X.T @ X)"),
    "log det of a diagonal": (lambda d: np.linalg.slogdet(np.diag(d))[1], (f64[3],), "1/d"),
    "zero": (lambda x, y: y @ y, (VECTOR, VECTOR), "0*ones(n)"),
}


@pytest.mark.parametrize("case", VALUES.values(), ids=VALUES)
def test_value(case: Case) -> None:
    function, types, expected = case
    assert gg.compile(function).formula(*types).text == expected


@pytest.mark.parametrize("case", GRADIENTS.values(), ids=GRADIENTS)
def test_gradient(case: Case) -> None:
    function, types, expected = case
    assert gg.grad(function).formula(*types).text == expected


def test_symmetric_matrices_shorten_it() -> None:
    gradient = gg.grad(lambda x, A: x @ A @ x)
    assert str(gradient.formula(VECTOR, SQUARE)) == "(A + A.T) @ x"
    assert str(gradient.formula(VECTOR, SQUARE, symmetric=("A",))) == "2*A @ x"
    assert str(gradient.lower(VECTOR, SQUARE).formula(symmetric=("A",))) == "2*A @ x"
    rows = gg.compile(lambda X, A: X @ np.linalg.inv(A) @ A.T @ A).formula(f64[4, 3], f64[3, 3], symmetric=("A",))
    assert rows.text == "X @ A"
    assert gg.compile(lambda X, A: X @ np.linalg.inv(A)).formula(f64[4, 3], f64[3, 3], symmetric=("A",)).text == (
        "X @ inv(A)"
    )


def test_many_axes_have_indices() -> None:
    def tensor(A: Any, B: Any, C: Any) -> Any:
        return np.einsum("ir,jr,kr->ijk", A, B, C)

    formula = gg.compile(tensor).formula(f64[4, 2], f64[5, 2], f64[3, 2])
    assert formula.text == "result[i,j,k] = sum[l] A[i,l]*B[j,l]*C[k,l]"
    assert formula.latex == r"\mathrm{result}_{i,j,k} = \sum_{l} A_{il} \, B_{jl} \, C_{kl}"


def loss(x: Any, A: Any, b: Any) -> Any:
    residual = A @ x - b
    return 0.5 * np.sum(residual**2)


def test_results_have_names_and_share_the_users() -> None:
    formula = gg.value_and_grad(loss, (0, 1)).formula(VECTOR, MATRIX, f64["m"])
    assert formula.text.splitlines() == [
        "loss = 0.5*(residual.T @ residual)",
        "x_bar = A.T @ residual",
        "A_bar = residual @ x.T",
        "where residual = A @ x - b",
    ]
    x, A, b = np.ones(2), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.zeros(3)
    names: dict[str, Any] = {}
    exec(formula.numpy, names)
    value, by_x, by_A = names["loss_value_and_grad"](x, A, b)
    expected, (wanted_x, wanted_A) = gg.value_and_grad(loss, (0, 1), backend="numpy")(x, A, b)
    np.testing.assert_allclose(value, expected)
    np.testing.assert_allclose(by_x, wanted_x)
    np.testing.assert_allclose(by_A, wanted_A)


def test_of_the_last_call() -> None:
    gradient = gg.grad(loss, backend="numpy")
    with pytest.raises(ArgumentError, match="was not called yet"):
        gradient.formula()
    gradient(np.ones(2), np.ones((3, 2)), np.ones(3))
    assert gradient.formula().text == "A.T @ (A @ x - b)"


def test_latex() -> None:
    formula = gg.grad(loss).formula(VECTOR, MATRIX, f64["m"])
    assert formula.latex == r"A^\top \left(A x - b\right)"
    assert formula._repr_latex_() == rf"$\displaystyle {formula.latex}$"
    determinant = gg.grad(lambda X, S: np.sum(S * X) - np.log(np.linalg.det(X)))
    assert determinant.formula(f64[3, 3], f64[3, 3]).latex == r"S - X^{-\top}"
    decay = gg.grad(lambda x, mu: 0.5 * mu * np.linalg.norm(x))
    assert decay.formula(VECTOR, f64).latex == r"\frac{\mu x}{2 \left\lVert x \right\rVert_2}"


def test_numpy_says_where_sizes_come_from() -> None:
    source = gg.grad(lambda x: np.mean(np.sin(x))).formula(VECTOR).numpy
    assert source.splitlines()[-2:] == ["    n = x.shape[0]", "    return np.cos(x)/n"]


def test_what_numpy_has_not_is_an_error() -> None:
    unknown = Call("quux", (symbol("x", (3,)),), (3,), False)
    formula = Formula("f", ("x",), {}, (("y", arranged(factor_expr(unknown))),))
    assert formula.text == "quux(x)"
    with pytest.raises(GradgenError, match="quux has no form in NumPy"):
        _ = formula.numpy


def test_latex_of_numbers_and_names() -> None:
    sums = gg.jacobian(lambda v: np.array([v[0] + v[1], v[0] - v[1]])).formula(f64[2])
    assert sums.text == "[[1, 1], [1, -1]]"
    assert sums.latex == r"\begin{pmatrix} 1 & 1 \\ 1 & -1 \end{pmatrix}"
    rayleigh = gg.grad(lambda x, A: (x @ A @ x) / (x @ x)).formula(VECTOR, SQUARE, symmetric=("A",))
    assert rayleigh.latex.endswith(r"\left(A x - \frac{\left(x^\top A x\right) x}{x^\top x}\right)")
    assert gg.grad(lambda x, lam: lam * x**2).formula(f64, f64).latex == r"2 \, \lambda \, x"


@pytest.mark.parametrize(
    "function",
    [
        lambda X, B: np.sum(B * scipy.linalg.expm(X)),
        lambda X, B: np.sum(B * scipy.linalg.sqrtm(X @ X.T)),
        lambda X, B: np.sum(scipy.linalg.solve_sylvester(X, B, B @ B)),
    ],
    ids=["expm", "sqrtm", "solve_sylvester"],
)
def test_functions_of_matrices_are_scipys_in_the_code(function: Callable[..., Any]) -> None:
    X, B = np.array([[2.0, 0.5], [-0.3, 1.5]]), np.array([[1.0, 0.2], [0.4, 3.0]])
    gradient = gg.grad(function, backend="numpy")
    source = gradient.formula(X, B).numpy
    assert "import scipy.linalg\n" in source
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    printed = namespace[source.split("def ")[1].split("(")[0]]
    np.testing.assert_allclose(printed(X, B), gradient(X, B), rtol=1e-10)
