"""Eigenvalues, singular values and the norms made of them: rows A14, A27, A34, A43 and A44."""

from __future__ import annotations

import numpy as np
from numpy.linalg import inv

from tests.gallery.draws import matrix, regular, symmetric, vector
from tests.gallery.problem import problem


@problem(
    "A14",
    by="X",
    arguments=(matrix(5, 5),),
    gradient=lambda X: np.eye(5),
    function_tex=r"\sum_i \lambda_i(X)",
    gradient_tex=r"I",
)
def sum_of_eigenvalues(X):
    return np.sum(np.linalg.eigvals(X)).real


@problem(
    "A14",
    by="X",
    arguments=(matrix(5, 5),),
    gradient=lambda X: np.linalg.det(X) * inv(X).T,
    function_tex=r"\prod_i \lambda_i(X)",
    gradient_tex=r"\det(X) X^{-T}",
)
def product_of_eigenvalues(X):
    return np.prod(np.linalg.eigvals(X)).real


@problem(
    "A14",
    by="X",
    arguments=(matrix(5, 5),),
    gradient=lambda X: np.eye(5),
    function_tex=r"\mathrm{tr} X = \sum_i \lambda_i(X)",
    gradient_tex=r"I",
)
def trace_of_general(X):
    return np.trace(X)


@problem(
    "A14",
    by="X",
    arguments=(matrix(5, 5),),
    gradient=lambda X: np.linalg.det(X) * inv(X).T,
    function_tex=r"\det X = \prod_i \lambda_i(X)",
    gradient_tex=r"\det(X) X^{-T}",
)
def det_of_general(X):
    return np.linalg.det(X)


@problem(
    "A27",
    by="x",
    arguments=(vector(4),),
    gradient=lambda x: 2 * x,
    hessian=lambda x: 2 * np.eye(len(x)),
    function_tex=r"\|x x^T\|_2",
    gradient_tex=r"2 x",
    hessian_tex=r"2 I",
)
def spectral_norm(x):
    return np.linalg.norm(np.outer(x, x), 2)


def _polar_factor(W):
    U, _, Vt = np.linalg.svd(W, full_matrices=False)
    return U @ Vt


@problem(
    "A34",
    by="W",
    arguments=(matrix(5, 3),),
    gradient=_polar_factor,
    function_tex=r"\|W\|_* = \mathrm{tr} \Sigma,\ W = U \Sigma V^T",
    gradient_tex=r"U V^T",
)
def nuclear_norm(W):
    _, sigma, _ = np.linalg.svd(W, full_matrices=False)
    return np.sum(sigma)


@problem(
    "A34",
    by="W",
    arguments=(matrix(3, 5),),
    gradient=_polar_factor,
    function_tex=r"\|W\|_*",
    gradient_tex=r"U V^T",
)
def nuclear_norm_by_name(W):
    return np.linalg.norm(W, "nuc")


def _condition_gradient(A):
    U, s, Vt = np.linalg.svd(A)
    return np.outer(U[:, 0], Vt[0]) / s[-1] - s[0] / s[-1] ** 2 * np.outer(U[:, -1], Vt[-1])


@problem(
    "A43",
    by="A",
    arguments=(regular(4),),
    gradient=_condition_gradient,
    function_tex=r"\|A\|_2 \|A^{-1}\|_2",
    gradient_tex=r"\frac{u_1 v_1^T}{\sigma_n} - \frac{\sigma_1}{\sigma_n^2} u_n v_n^T",
)
def condition_number(A):
    return np.linalg.norm(A, 2) * np.linalg.norm(np.linalg.inv(A), 2)


def _largest_gradient(A):
    v = np.linalg.eigh(A)[1][:, -1]
    return np.outer(v, v)


@problem(
    "A44",
    by="A",
    arguments=(symmetric(5),),
    gradient=_largest_gradient,
    function_tex=r"\lambda_{\max}(A),\ A = A^T",
    gradient_tex=r"v v^T",
    symmetric=True,
)
def largest_eigenvalue(A):
    return np.linalg.eigvalsh(A)[-1]


def _entry_gradient(A):
    eigenvalues, V = np.linalg.eigh(A)
    v, others = V[:, -1], V[:, :-1]
    row = others @ (others[0] / (eigenvalues[-1] - eigenvalues[:-1]))
    return (np.outer(row, v) + np.outer(v, row)) / 2


@problem(
    "A44",
    by="A",
    arguments=(symmetric(5),),
    gradient=_entry_gradient,
    function_tex=r"v_1,\ A v = \lambda_{\max} v,\ A = A^T",
    gradient_tex=r"\tfrac12 (r v^T + v r^T),\ r = (\lambda_{\max} I - A)^+ e_1",
    symmetric=True,
)
def entry_of_eigenvector(A):
    _, V = np.linalg.eigh(A)
    return V[0, -1]
