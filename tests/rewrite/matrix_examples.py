"""For each rule of linear algebra, by its name, a graph on which it fires."""

from __future__ import annotations

from gradgen.ops import OPS, Value
from gradgen.ops.matrix import matmul, symmetric, transposed
from tests.rewrite.vocabulary import Build, broadcast, contract, sum_

diag, diagonal = OPS["diag"], OPS["diagonal"]


def regular(k: Value) -> Value:
    """A matrix far from singular."""
    return k + 5.0 * diag(0.0 * diagonal(k) + 1.0)


def lower(k: Value) -> Value:
    return OPS["tril"](regular(k), k=0)


def upper(k: Value) -> Value:
    return OPS["triu"](regular(k), k=0)


def factor(k: Value) -> Value:
    return OPS["cholesky"](positive(k))


def positive(k: Value) -> Value:
    return regular(symmetric(k)) + 5.0 * diag(0.0 * diagonal(k) + 1.0)


def solve(a: Value, b: Value, transposed: bool = False) -> Value:
    return OPS["lu_solve"](OPS["lu"](a), a, b, transposed=transposed)


def with_factor(op: str, a: Value) -> Value:
    return OPS[op](OPS["lu"](a), a)


def by_factor(k: Value, b: Value) -> Value:
    return OPS["cholesky_solve"](factor(k), positive(k), b)


def by_triangle(t: Value, b: Value, transposed: bool = False) -> Value:
    return OPS["triangular_solve"](t, b, lower=True, transposed=transposed, unit=False)


MATRICES: dict[str, Build] = {
    "lu_solve(k * x) -> k * lu_solve(x)": lambda k, c: solve(regular(k), 3.0 * c),
    "cholesky_solve(k * x) -> k * cholesky_solve(x)": lambda k, c: OPS["cholesky_solve"](
        factor(k), positive(k), 3.0 * c
    ),
    "triangular_solve(k * x) -> k * triangular_solve(x)": lambda k, d: by_triangle(lower(k), 3.0 * d),
    "lu_solve(-x) -> -lu_solve(x)": lambda k, c: solve(regular(k), -c),
    "cholesky_solve(-x) -> -cholesky_solve(x)": lambda k, c: by_factor(k, -c),
    "triangular_solve(-x) -> -triangular_solve(x)": lambda k, c: by_triangle(lower(k), -c),
    "solve(triangular, b) -> triangular_solve": lambda k, c: solve(lower(k), c),
    "triangular_solve(T^T, b) -> triangular_solve(T, b, transposed)": lambda k, d: OPS["triangular_solve"](
        transposed(lower(k)), d, lower=False, transposed=True, unit=False
    ),
    "diagonal(A^T) -> diagonal(A)": lambda k: diagonal(transposed(k)),
    "det(triangular) -> prod(diagonal)": lambda k: with_factor("lu_det", upper(k)),
    "slogdet(triangular) -> sum(log|diagonal|)": lambda k: with_factor("lu_slogdet", lower(k)),
    "inv(triangular) -> triangular_solve(I)": lambda k: with_factor("lu_inverse", upper(k)),
    "solve(A^T, b) -> solve(A, b, transposed)": lambda k, c: solve(transposed(regular(k)), c),
    "inv(A^T) -> inv(A)^T": lambda k: with_factor("lu_inverse", transposed(regular(k))),
    "lu_det(A^T) -> lu_det(A)": lambda k: with_factor("lu_det", transposed(regular(k))),
    "lu_slogdet(A^T) -> lu_slogdet(A)": lambda k: with_factor("lu_slogdet", transposed(regular(k))),
    "inv(A) @ b -> solve(A, b)": lambda k, c: matmul(with_factor("lu_inverse", regular(k)), c),
    "diagonal(contract(x, y)) -> contract(x, y)": lambda k, h: diagonal(matmul(k, h)),
    "sum(contract(x, y)), of shared labels -> contract(x, y)": lambda m, n: sum_(contract(m, n, "ij,ij->i"), 0),
    "tril(triangular) -> itself or its diagonal": lambda k: OPS["tril"](lower(k), k=0),
    "triu(triangular) -> itself or its diagonal": lambda k: OPS["triu"](lower(k), k=0),
}

# The same rules where other parts of them decide.
MATRIX_VARIANTS: dict[str, list[Build]] = {
    "solve(triangular, b) -> triangular_solve": [
        lambda k, d: solve(upper(k), d, transposed=True),
        lambda k, c: solve(transposed(lower(k)), c),
        lambda k, d: solve(factor(k), d),
        lambda k, d: solve(OPS["qr_r"](OPS["qr"](regular(k), complete=False), regular(k), complete=False), d),
    ],
    "inv(A) @ b -> solve(A, b)": [
        lambda k, d: matmul(with_factor("lu_inverse", regular(k)), d),
        lambda k, d: contract(with_factor("lu_inverse", regular(k)), d, "ij,ik->kj"),
        lambda k, d: contract(broadcast(d, 3, 4, 2, axes=(1, 2)), with_factor("lu_inverse", regular(k)), "abc,ib->aic"),
    ],
    "slogdet(triangular) -> sum(log|diagonal|)": [
        lambda k: with_factor("lu_slogdet", OPS["tril"](k, k=0)),
    ],
    "diagonal(contract(x, y)) -> contract(x, y)": [
        lambda m, n: diagonal(contract(m, n, "ij,kj->ik")),
        lambda k: diagonal(contract(k, k, "ij,kj->ik")),
    ],
    "tril(triangular) -> itself or its diagonal": [lambda k: OPS["tril"](transposed(lower(k)), k=0)],
    "triu(triangular) -> itself or its diagonal": [lambda k: OPS["triu"](upper(k), k=0)],
}

# Before differentiation only.
FACTORED: dict[str, Build] = {
    "L^-T (L^-1 b) -> solve(A, b), A = L L^T": lambda k, d: by_triangle(
        factor(k), by_triangle(factor(k), d), transposed=True
    ),
    "sum(log(diagonal(L))) -> log det A / 2, A = L L^T": lambda k: sum_(OPS["log"](diagonal(factor(k))), 0),
    "(L^-1 b)^T (L^-1 c) -> b^T solve(A, c), A = L L^T": lambda k, h, d: contract(
        by_triangle(factor(k), h), by_triangle(factor(k), d), "ij,ik->jk"
    ),
    "sum((L^-1 b)^2) -> sum(b * solve(A, b)), A = L L^T": lambda k, d: sum_(
        by_triangle(factor(k), d) * by_triangle(factor(k), d), 0
    ),
}
