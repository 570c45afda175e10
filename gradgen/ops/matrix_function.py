"""Functions of whole matrices: exponential, logarithm and root, and the equation that the root's derivative solves.

The derivative of ``expm`` along directions, one after another, is an op as well, ``expm_2(A, E1, E2)``: linear in each
direction, and the same whatever their order. Their transposes are themselves: with ``<ct, L(A, E)>`` goes
``L(A^T, ct) = L(A, ct^T)^T``. So one more derivative is one more direction, up to `MOST`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradgen.errors import DifferentiationError, ShapeError
from gradgen.ir import Extent, Type
from gradgen.ops.factor import all_batched
from gradgen.ops.lowering import Routine
from gradgen.ops.matrix import matmul, matrix, square, stacked, transposed
from gradgen.ops.op import Linear, Op, Tangent, define
from gradgen.ops.value import Value

__all__ = ["MOST", "expm", "expm_along", "logm", "sqrtm", "sylvester"]

# Derivatives of the exponential and the logarithm, one nested in the other.
MOST = 3
# Equations of at most so many unknowns are solved as one system.
SMALL = 36

Function = Callable[[np.ndarray], np.ndarray]


# --- references ----------------------------------------------------------------------------------


def _along(function: Function) -> Callable[..., np.ndarray]:
    """The mixed derivative of a function along directions: it stands in that of a block triangular matrix.

    R. Mathias, A chain rule for matrix functions and applications (1996).
    """

    def result(a: np.ndarray, *directions: np.ndarray) -> np.ndarray:
        n, block = len(a), a.astype(np.float64)
        for direction in directions:
            wide = np.kron(np.eye(len(block) // max(n, 1)), direction)
            block = np.block([[block, wide], [np.zeros_like(block), block]])
        return function(block)[:n, len(block) - n :].astype(a.dtype)

    return result


def _principal(a: np.ndarray, name: str) -> np.ndarray:
    import scipy.linalg  # slow to import, and needed without a compiler only

    if not a.size:
        return a
    w = np.linalg.eigvals(a)
    if np.any((w.imag == 0) & (w.real <= 0)):
        raise np.linalg.LinAlgError(f"no convergence: the matrix has no real {name}, as an eigenvalue is negative or 0")
    return np.asarray(getattr(scipy.linalg, name)(a)).real


def _expm(a: np.ndarray) -> np.ndarray:
    import scipy.linalg

    return np.asarray(scipy.linalg.expm(a))


# --- the exponential and the logarithm -----------------------------------------------------------


def _work(order: int) -> Callable[[int], tuple[Extent, ...]]:
    return lambda n: (n, (7 * 2**order + 2) * n + 1)


def _same(a: Type, *directions: Type) -> Type:
    if any(direction != a for direction in directions):
        raise ShapeError(f"directions {', '.join(map(str, directions))} for {a}")
    return square(a)


def _with_derivatives(name: str, function: str, reference: Function) -> list[Op]:
    """A function of matrices, and its derivatives along directions."""
    ops: list[Op] = []

    def tangent(t: Value, out: Value, a: Value, *directions: Value) -> Value:
        if len(directions) == MOST:
            raise DifferentiationError(
                f"{name} of {a.type}: {MOST} nested derivatives are supported, and this asks for one more; take the "
                f"last one by differences of the compiled derivative before it\n  {out.node.source}"
            )
        return ops[len(directions) + 1](a, *directions, t)

    def transpose(position: int) -> Linear:
        def pulled(ct: Value, a: Value, *directions: Value) -> Value:
            others = directions[:position] + directions[position + 1 :]
            return transposed(ops[len(directions)](a, *others, transposed(ct)))

        return Linear(pulled)

    for order in range(MOST + 1):
        mark = f"_{order}" if order else ""
        ops.append(
            define(
                name + mark,
                numpy=stacked(_along(reference), *[2] * (order + 1)),
                type=_same,
                c=Routine(function + mark, 2, lambda a, *directions: a.shape[-1:], work=_work(order), fails=True),
                batch=all_batched(lambda order=order: ops[order]),  # type: ignore[misc]
                rules=[Tangent(tangent), *map(transpose, range(order))],
            )
        )
    return ops


expm, expm_along, *_ = _with_derivatives("expm", "gg_matrix_exp", _expm)
logm, *_ = _with_derivatives("logm", "gg_matrix_log", lambda a: _principal(a, "logm"))


# --- the root, and the equation of Sylvester -----------------------------------------------------


def _sylvester(a: np.ndarray, b: np.ndarray, q: np.ndarray) -> np.ndarray:
    from scipy.linalg import schur
    from scipy.linalg.lapack import get_lapack_funcs

    if not q.size:
        return q
    r, u = schur(a)
    s, v = schur(b)
    (trsyl,) = get_lapack_funcs(("trsyl",), (r, s))
    x, scale, info = trsyl(r, s, u.T @ q @ v)
    if info:
        raise np.linalg.LinAlgError("singular matrix: A and -B have an eigenvalue in common")
    return np.asarray(u @ (x / scale) @ v.T, q.dtype)


def _sylvester_type(a: Type, b: Type, q: Type) -> Type:
    if square(a).shape[-1] != matrix(q).shape[-2] or square(b).shape[-1] != q.shape[-1]:
        raise ShapeError(f"A {a} and B {b} do not fit Q {q}")
    if not a.shape[:-2] == b.shape[:-2] == q.shape[:-2]:
        raise ShapeError(f"stacks of {a}, {b} and {q} differ")
    return q


def _is_small(m: int, n: int) -> bool:
    return m * n <= SMALL


def _sylvester_work(m: int, n: int) -> tuple[Extent, ...]:
    return (2 * m * n + 1, m, n) if _is_small(m, n) else (2, m + n + 17, m + n + 17)


# X with A X + X B = Q.
sylvester: Op = define(
    "sylvester",
    numpy=stacked(_sylvester, 2, 2, 2),
    type=_sylvester_type,
    c=Routine(
        "gg_sylvester",
        2,
        lambda a, b, q: (int(a.shape[-1]), int(b.shape[-1])),  # its makers fix the sizes
        work=_sylvester_work,
        small=_is_small,
        fails=True,
    ),
    batch=all_batched(lambda: sylvester),
    rules=[
        Tangent(lambda t, out, a, b, q: -sylvester(a, b, matmul(t, out))),
        Tangent(lambda t, out, a, b, q: -sylvester(a, b, matmul(out, t))),
        Linear(lambda ct, a, b, q: sylvester(transposed(a), transposed(b), ct)),
    ],
)

# X with X X = A whose eigenvalues have positive real parts: its tangent solves X dX + dX X = dA.
sqrtm: Op = define(
    "sqrtm",
    numpy=stacked(_along(lambda a: _principal(a, "sqrtm")), 2),
    type=square,
    c=Routine("gg_matrix_sqrt", 2, lambda a: a.shape[-1:], work=lambda n: (n, 9 * n + 1), fails=True),
    batch=all_batched(lambda: sqrtm),
    rules=[Tangent(lambda t, out, a: sylvester(out, out, t))],
)
