"""Functions of matrices by products alone: rows A01, A15, A17, A22, A35, A37, A41 and A42."""

from __future__ import annotations

import numpy as np

from tests.gallery.draws import matrix, vector
from tests.gallery.problem import problem


@problem(
    "A01",
    by="x",
    arguments=(vector(3), matrix(5, 3)),
    gradient=lambda x, A: A,
    function_tex=r"A x",
    gradient_tex=r"A",
)
def product(x, A):
    return A @ x


@problem(
    "A01",
    by="A",
    arguments=(matrix(4, 3), vector(3)),
    gradient=lambda A, x: np.einsum("ik,q->ikq", np.eye(len(A)), x),
    function_tex=r"A x",
    gradient_tex=r"\frac{\partial f_i}{\partial A_{kq}} = \delta_{ik} x_q",
)
def product_by_matrix(A, x):
    return A @ x


@problem(
    "A15",
    by="X",
    arguments=(matrix(4, 3),),
    gradient=lambda X: 2 * X,
    function_tex=r"\|X\|_F^2",
    gradient_tex=r"2 X",
)
def squared_norm(X):
    return np.linalg.norm(X, "fro") ** 2


@problem(
    "A17",
    by="X",
    arguments=(matrix(4, 3), matrix(3, 4)),
    gradient=lambda X, A: A.T,
    function_tex=r"\mathrm{tr}(A X)",
    gradient_tex=r"A^T",
)
def trace_of_product(X, A):
    return np.trace(A @ X)


@problem(
    "A22",
    by="X",
    arguments=(matrix(4, 3), matrix(5, 4), matrix(5, 3)),
    gradient=lambda X, A, B: A.T @ (A @ X - B) / np.linalg.norm(A @ X - B),
    function_tex=r"\|A X - B\|_F",
    gradient_tex=r"\frac{A^T (A X - B)}{\|A X - B\|_F}",
)
def distance(X, A, B):
    return np.linalg.norm(A @ X - B)


@problem(
    "A35",
    by="X",
    arguments=(matrix(3, 5), vector(3), vector(5)),
    gradient=lambda X, a, b: np.outer(a, b),
    function_tex=r"a^T X b",
    gradient_tex=r"a b^T",
)
def bilinear(X, a, b):
    return a @ X @ b


def _gram_jacobian(B):
    one = np.eye(B.shape[1])
    return np.einsum("jp,iq->pqij", one, B) + np.einsum("jq,ip->pqij", one, B)


@problem(
    "A37",
    by="B",
    arguments=(matrix(4, 3),),
    gradient=_gram_jacobian,
    function_tex=r"B^T B",
    gradient_tex=r"\frac{\partial f_{pq}}{\partial B_{ij}} = \delta_{jp} B_{iq} + \delta_{jq} B_{ip}",
)
def gram(B):
    return B.T @ B


def _decomposition_gradient(A, B, C, T):
    E = np.einsum("ir,jr,kr->ijk", A, B, C) - T
    return (
        np.einsum("ijk,jr,kr->ir", E, B, C),
        np.einsum("ijk,ir,kr->jr", E, A, C),
        np.einsum("ijk,ir,jr->kr", E, A, B),
    )


@problem(
    "A41",
    by="A B C",
    arguments=(matrix(3, 2), matrix(4, 2), matrix(5, 2), matrix(3, 4, 5)),
    gradient=_decomposition_gradient,
    function_tex=r"\tfrac12 \|T - \sum_r a_r \otimes b_r \otimes c_r\|_F^2",
    gradient_tex=r"\sum_{jk} E_{ijk} B_{jr} C_{kr};\quad \sum_{ik} E_{ijk} A_{ir} C_{kr};\quad "
    r"\sum_{ij} E_{ijk} A_{ir} B_{jr},\quad E = \sum_r a_r \otimes b_r \otimes c_r - T",
)
def tensor_decomposition(A, B, C, T):
    return 0.5 * np.sum((T - np.einsum("ir,jr,kr->ijk", A, B, C)) ** 2)


def _factorisation_gradient(U, V, A):
    E = U @ V.T - A
    return E @ V, E.T @ U


@problem(
    "A42",
    by="U V",
    arguments=(matrix(5, 2), matrix(4, 2), matrix(5, 4)),
    gradient=_factorisation_gradient,
    function_tex=r"\tfrac12 \|A - U V^T\|_F^2",
    gradient_tex=r"(U V^T - A) V;\quad (U V^T - A)^T U",
)
def factorisation(U, V, A):
    return 0.5 * np.linalg.norm(A - U @ V.T) ** 2
