"""Determinants, inverses and systems of equations: rows A10, A11, A14, A18, A29 to A33, A35 and A45."""

from __future__ import annotations

import numpy as np
from numpy.linalg import inv

from tests.gallery.draws import matrix, number, positive, regular, vector
from tests.gallery.problem import problem


@problem(
    "A10",
    by="X",
    arguments=(regular(4),),
    gradient=lambda X: np.linalg.det(X) * inv(X).T,
    function_tex=r"\det X",
    gradient_tex=r"\det(X) X^{-T}",
)
def determinant(X):
    return np.linalg.det(X)


def _log_det_hessian(X):
    """Of d²f[H1, H2] = -tr(X^-1 H1 X^-1 H2)."""
    return -np.einsum("li,jk->ijkl", inv(X), inv(X))


@problem(
    "A11",
    by="X",
    arguments=(regular(4),),
    gradient=lambda X: inv(X).T,
    hessian=_log_det_hessian,
    function_tex=r"\ln \det X,\ \det X > 0",
    gradient_tex=r"X^{-T}",
    hessian_tex=r"d^2 f[H_1, H_2] = -\mathrm{tr}(X^{-1} H_1 X^{-1} H_2)",
)
def log_det(X):
    _, log_of_it = np.linalg.slogdet(X)
    return log_of_it


@problem(
    "A18",
    by="X",
    arguments=(regular(4), matrix(4, 4)),
    gradient=lambda X, S: S - inv(X).T,
    function_tex=r"\langle S, X \rangle - \ln \det X",
    gradient_tex=r"S - X^{-T}",
)
def likelihood(X, S):
    return np.sum(S * X) - np.log(np.linalg.det(X))


@problem(
    "A29",
    by="X",
    arguments=(matrix(4, 4),),
    gradient=lambda X: np.eye(4),
    function_tex=r"\mathrm{tr} X",
    gradient_tex=r"I",
)
def trace(X):
    return np.trace(X)


@problem(
    "A29",
    by="X",
    arguments=(regular(4),),
    gradient=lambda X: -(inv(X) @ inv(X)).T,
    function_tex=r"\mathrm{tr} X^{-1}",
    gradient_tex=r"-(X^{-2})^T",
)
def trace_of_inverse(X):
    return np.trace(np.linalg.inv(X))


@problem(
    "A29",
    by="X",
    arguments=(regular(5),),
    gradient=lambda X: np.linalg.det(X) * inv(X).T,
    function_tex=r"\det X",
    gradient_tex=r"\det(X) X^{-T}",
)
def det(X):
    return np.linalg.det(X)


@problem(
    "A29",
    by="X",
    arguments=(regular(4),),
    gradient=lambda X: inv(X).T,
    function_tex=r"\ln \det X",
    gradient_tex=r"X^{-T}",
)
def log_of_det(X):
    return np.log(np.linalg.det(X))


def _shifted_inverse(t, A):
    return inv(A - t * np.eye(len(A)))


def _characteristic_slope(t, A):
    return -characteristic(t, A) * np.trace(_shifted_inverse(t, A))


def _characteristic_curvature(t, A):
    M = _shifted_inverse(t, A)
    return characteristic(t, A) * (np.trace(M) ** 2 - np.trace(M @ M))


@problem(
    "A30",
    by="t",
    arguments=(number(-0.3, 0.3), regular(4)),
    gradient=_characteristic_slope,
    hessian=_characteristic_curvature,
    function_tex=r"f = \det(A - t I)",
    gradient_tex=r"-f \, \mathrm{tr} M,\ M = (A - t I)^{-1}",
    hessian_tex=r"f \left((\mathrm{tr} M)^2 - \mathrm{tr}(M^2)\right)",
)
def characteristic(t, A):
    return np.linalg.det(A - t * np.eye(len(A)))


def _sandwich_gradient(X, A, B):
    Y = inv(X)
    outer = A.T @ Y @ B.T @ X.T + X.T @ A.T @ Y @ B.T
    return outer - Y.T @ A @ X @ X @ B @ Y.T


@problem(
    "A31",
    by="X",
    arguments=(regular(4), matrix(4, 4), matrix(4, 4)),
    gradient=_sandwich_gradient,
    function_tex=r"\mathrm{tr}(A X^2 B X^{-T})",
    gradient_tex=r"A^T X^{-1} B^T X^T + X^T A^T X^{-1} B^T - X^{-T} A X^2 B X^{-T}",
)
def sandwich(X, A, B):
    return np.trace(A @ X @ X @ B @ np.linalg.inv(X).T)


@problem(
    "A32",
    by="X",
    arguments=(regular(4), matrix(3, 4), matrix(4, 3)),
    gradient=lambda X, A, B: -inv(X).T @ A.T @ B.T @ inv(X).T,
    function_tex=r"\mathrm{tr}(A X^{-1} B)",
    gradient_tex=r"-X^{-T} A^T B^T X^{-T}",
)
def trace_with_inverse(X, A, B):
    return np.trace(A @ np.linalg.inv(X) @ B)


def _solution_gradient(A, b):
    x = np.linalg.solve(A, b)
    lam = np.linalg.solve(A.T, np.cos(x))
    return -np.outer(lam, x), lam


@problem(
    "A33",
    by="A b",
    arguments=(regular(5), vector(5)),
    gradient=_solution_gradient,
    function_tex=r"L(x) = \sum_i \sin x_i,\ x = A^{-1} b",
    gradient_tex=r"-\lambda x^T;\quad \lambda = A^{-T} \bar x,\quad \bar x = \partial L / \partial x",
)
def solution(A, b):
    x = np.linalg.solve(A, b)
    return np.sum(np.sin(x))


@problem(
    "A35",
    by="X",
    arguments=(regular(4), vector(4), vector(4)),
    gradient=lambda X, a, b: -inv(X).T @ np.outer(a, b) @ inv(X).T,
    function_tex=r"a^T X^{-1} b",
    gradient_tex=r"-X^{-T} a b^T X^{-T}",
)
def bilinear_of_inverse(X, a, b):
    return a @ np.linalg.inv(X) @ b


@problem(
    "A45",
    by="A",
    arguments=(positive(5),),
    gradient=lambda A: inv(A),
    function_tex=r"\ln \det A = 2 \sum_i \ln L_{ii},\ A = L L^T",
    gradient_tex=r"A^{-1}",
    symmetric=True,
)
def log_det_by_cholesky(A):
    L = np.linalg.cholesky(A)
    return 2 * np.sum(np.log(np.diag(L)))
