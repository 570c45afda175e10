"""The rows of linear algebra: matrices well away from singular, and factors made of the matrices they stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradgen.ops import OPS, Value
from gradgen.ops.matrix import matmul, symmetric, transposed
from gradgen.ops.value import constant, lift
from tests.ops.case import REAL, Case, Domain, Row, Shape, shaped

__all__ = ["MATRICES"]

Build = Callable[..., Sequence[Value]]


def built(build: Build, *calls: tuple[Any, ...], dtypes: tuple[str, ...] = REAL) -> Row:
    """Calls ``(shape, …, attributes)`` whose operands ``build`` makes of what is drawn."""
    return tuple(
        Case((Domain(),) * len(shapes), tuple(shapes), dtypes, attributes, build) for *shapes, attributes in calls
    )


def spread(x: Value) -> Value:
    """With 4, 5, 6, … on the diagonal in addition: invertible, and no two of its eigenvalues coincide."""
    steps = OPS["arange"].leaf(x.graph, extent=x.shape[-1], dtype=x.dtype.str) + 4.0
    rows = OPS["broadcast"](steps, shape=x.shape[:-1], axes=(x.ndim - 2,)) if x.ndim > 2 else steps
    return x + OPS["diag"](rows)


def definite(x: Value) -> Value:
    """Symmetric with positive eigenvalues."""
    return matmul(x, transposed(x)) + spread(lift(0.0, x))


def behind(factor: str, of: Callable[[Value], Value] = spread, **attributes: Any) -> Build:
    """A factor of a matrix, the matrix, and what else there is."""

    def build(x: Value, *others: Value) -> list[Value]:
        a = of(x)
        return [OPS[factor](a, **attributes), a, *others]

    return build


def alone(of: Callable[[Value], Value]) -> Build:
    """One matrix, and what else there is."""
    return lambda x, *others: [of(x), *others]


def apart(x: Value) -> Value:
    """Eigenvalues well apart, so that no vector is near another one, and a quarter from symmetric."""
    return spread(0.25 * x)


def turning(x: Value) -> Value:
    """Turns by angles of different size in planes: all eigenvalues are complex."""
    n = int(x.shape[-1])
    planes = np.kron(np.diag(np.arange(1.0, n // 2 + 1)), [[0.5, -1.0], [1.0, 0.5]]).astype(x.dtype)
    return 0.1 * x + OPS["broadcast"](constant(x.graph, planes), shape=x.shape, axes=(x.ndim - 2, x.ndim - 1))


def small(x: Value) -> Value:
    """Of a norm below 2: beyond, SciPy's exponential loses digits."""
    return 0.25 * x


def same(x: Value) -> Value:
    """As drawn: singular values of random matrices differ."""
    return x


def of_packed(x: Value) -> list[Value]:
    a = spread(x)
    return [OPS["lu"](transposed(a)), a]


def of_pseudo_inverse(x: Value) -> list[Value]:
    from gradgen.ops.pseudo_inverse import inverse_in_parts
    from gradgen.ops.singular import svd, svd_parts

    u, s, vh = svd_parts(svd(x, full=False), x, False)
    inverse = inverse_in_parts(u, s, vh, _no_cutoff(s), x)
    return [Value(x.graph, inverse.node.operands[0]), x]


def of_least_squares(x: Value, b: Value) -> list[Value]:
    from gradgen.ops.singular import svd

    f = svd(x, full=False)
    inverse = OPS["pseudo_inverse"](*of_pseudo_inverse(x))
    s = OPS["svd_s"](f, x, full=False, start=int(x.shape[-2]) * min(map(int, x.shape[-2:])))
    return [matmul(inverse, b), f, _no_cutoff(s), x, b]


def of_spectral(x: Value) -> list[Value]:
    a = symmetric(spread(x))
    f = OPS["eigh"](a, lower=True)
    w, v = OPS["eigh_values"](f, a), OPS["eigh_vectors"](f, a)
    g = OPS["exp"](0.25 * w)
    columns = OPS["broadcast"](g, shape=v.shape, axes=(*range(v.ndim - 2), v.ndim - 1))
    return [matmul(v * columns, transposed(v)), f, a, g, 0.25 * g]


def _no_cutoff(s: Value) -> Value:
    return lift(0.0, OPS["sum"](s, axes=(s.ndim - 1,)))


SQUARES: tuple[Shape, ...] = ((3, 3), (2, 2, 2), (1, 1), (0, 0))
OBLONGS: tuple[Shape, ...] = ((4, 2), (2, 4), (2, 3, 2), (3, 3), (0, 2))


def each(shapes: Sequence[Shape], **attributes: Any) -> list[tuple[Any, ...]]:
    """A call for each shape."""
    return [(shape, attributes) for shape in shapes]


def systems(**attributes: Any) -> list[tuple[Any, ...]]:
    """Right-hand sides that are vectors or have columns."""
    shapes = [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 2, 2), (2, 2, 2)), ((0, 0), (0, 2))]
    return [(*pair, attributes) for pair in shapes]


def svd_part(name: str, full: bool) -> Row:
    """A part of the singular value decomposition."""
    row: list[Case] = []
    for shape in OBLONGS:
        wider = shape[-2] - shape[-1] if name == "svd_u" else shape[-1] - shape[-2]
        if full and name != "svd_s" and wider > 1:
            continue  # of two vectors and more beside each other only the plane is determined
        if 0 in shape and full:
            continue
        attributes: dict[str, Any] = {"full": full}
        if name == "svd_s":
            attributes["start"] = shape[-2] * (shape[-2] if full else min(shape[-2:]))
        row += built(behind("svd", same, full=full), (shape, attributes))
    return tuple(row)


def function_of_matrices(name: str, of: Callable[[Value], Value]) -> dict[str, Row]:
    """A function of matrices and its derivatives; of the last ones there are no further derivatives by the matrix."""

    def at_known_matrix(*directions: Value) -> list[Value]:
        return [of(lift(0.25, directions[0])), *directions]

    rows = {name: built(alone(of), *each(SQUARES)), f"{name}_1": built(alone(of), *pairs())}
    for order in (2, 3):
        calls = [(*[shape] * order, {}) for shape in SQUARES]
        rows[f"{name}_{order}"] = built(at_known_matrix, *calls)
    return rows


def pairs() -> list[tuple[Any, ...]]:
    """A matrix and a direction."""
    return [(shape, shape, {}) for shape in SQUARES]


MATRICES: dict[str, Row] = {
    "tril": shaped(((3, 3), {"k": 0}), ((2, 3, 2), {"k": -1}), ((2, 4), {"k": 1}), ((0, 2), {"k": 0})),
    "triu": shaped(((3, 3), {"k": 0}), ((2, 3, 2), {"k": -1}), ((2, 4), {"k": 1}), ((0, 2), {"k": 0})),
    # LU
    "lu": built(alone(spread), *each(SQUARES)),
    "lu_solve": built(behind("lu"), *systems(transposed=False), *systems(transposed=True)),
    "lu_inverse": built(behind("lu"), *each(SQUARES)),
    "lu_det": built(behind("lu"), *each(SQUARES)),
    "lu_slogdet": built(behind("lu"), *each(SQUARES)),
    "adjugate": built(behind("lu"), *each(((4, 4), *SQUARES))),
    "lu_packed": built(of_packed, *each(SQUARES)),
    "pivot_order": tuple(Case((Domain(2, 2),), (shape,), ("l",)) for shape in ((3,), (2, 3), (0,))),
    "triangular_solve": built(
        alone(spread),
        *systems(lower=True, transposed=False, unit=False),
        *systems(lower=False, transposed=True, unit=False),
        *systems(lower=True, transposed=True, unit=True),
    ),
    # Cholesky
    "cholesky": built(alone(definite), *each(SQUARES)),
    "cholesky_solve": built(behind("cholesky", definite), *systems()),
    "cholesky_inverse": built(behind("cholesky", definite), *each(SQUARES)),
    "cholesky_logdet": built(behind("cholesky", definite), *each(SQUARES)),
    # QR
    "qr": shaped(*each(OBLONGS, complete=False), *each(OBLONGS, complete=True), dtypes=REAL),
    "qr_q": built(behind("qr", same, complete=False), *each(OBLONGS, complete=False))
    + built(behind("qr", same, complete=True), *each(((3, 2), (2, 4)), complete=True)),
    "qr_r": built(behind("qr", same, complete=False), *each(OBLONGS, complete=False))
    + built(behind("qr", same, complete=True), *each(((3, 2), (2, 4)), complete=True)),
    # eigenvalues of symmetric matrices
    "eigh": built(alone(spread), *each(SQUARES, lower=True), *each(SQUARES[:1], lower=False)),
    "eigh_values": built(behind("eigh", lambda x: symmetric(spread(x)), lower=True), *each(SQUARES)),
    "eigh_vectors": built(behind("eigh", lambda x: symmetric(spread(x)), lower=True), *each(SQUARES)),
    "spectral": built(of_spectral, *each(SQUARES)),
    "eigvalsh": built(
        alone(lambda x: symmetric(spread(x))), *each(SQUARES, lower=True), *each(SQUARES[:1], lower=False)
    ),
    # eigenvalues of general matrices
    "eig": built(alone(apart), *each(SQUARES)),
    "eig_values": built(behind("eig", apart), *each(SQUARES, part=0))
    + built(behind("eig", turning), *each(((2, 2), (2, 4, 4)), part=1)),
    # Only in float64: NumPy computes in that for float32 too, and there signs may be others.
    "eig_vectors": built(behind("eig", apart), *each(SQUARES, part=0), dtypes=("d",))
    + built(behind("eig", turning), *each(((2, 2), (2, 4, 4)), part=1), dtypes=("d",)),
    # functions of matrices
    **function_of_matrices("expm", small),
    **function_of_matrices("logm", apart),
    "sqrtm": built(alone(apart), *each(SQUARES)),
    "sylvester": built(
        lambda a, b, q: [apart(a), apart(b), q],
        ((3, 3), (2, 2), (3, 2), {}),
        ((2, 2, 2), (2, 1, 1), (2, 2, 1), {}),
        ((1, 1), (1, 1), (1, 1), {}),
        ((0, 0), (2, 2), (0, 2), {}),
    ),
    # singular values
    "svd": shaped(*each(OBLONGS, full=False), *each(OBLONGS[2:4], full=True), dtypes=REAL),
    "svd_u": svd_part("svd_u", False) + svd_part("svd_u", True),
    "svd_s": svd_part("svd_s", False) + svd_part("svd_s", True),
    "svd_vh": svd_part("svd_vh", False) + svd_part("svd_vh", True),
    "svdvals": shaped(*each(OBLONGS), dtypes=REAL),
    "pseudo_inverse": built(of_pseudo_inverse, *each(OBLONGS)),
    "least_squares": built(of_least_squares, ((4, 2), (4,), {}), ((2, 4), (2, 3), {}), ((2, 3, 2), (2, 3, 1), {})),
}
