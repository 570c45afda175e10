"""Functions of NumPy that compute: operators, ufuncs, reductions and products, with their arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

from tests.trace.samples import MASK, SQUARE, WHOLE, Case, M, N, S, T, V, W, array, over

OPERATORS = [
    *over(V, W, plus=lambda x, y: x + y, minus=lambda x, y: x - y, times=lambda x, y: x * y, over=lambda x, y: x / y),
    *over(V, W, power=lambda x, y: x**y, floor=lambda x, y: x // y, modulo=lambda x, y: x % y, sign=lambda x, y: -x),
    *over(V, W, less=lambda x, y: x < y, equal=lambda x, y: x == y, both=lambda x, y: (x < y) & (x > 0.2)),
    *over(V, reflected=lambda x: 2.0 - x, ratio=lambda x: 1 / x, left=lambda x: V * x, listed=lambda x: [1, 2, 3] * x),
    *over(V, square=lambda x: x**2, root=lambda x: x**0.5, inverse=lambda x: x**-1, same=lambda x: x**1, absolute=abs),
    *over(V, numbers=lambda x: np.float64(2.0) * x + np.int64(3), traced_list=lambda x: x * [x[0], 1, x[2] + 1]),
    *over(M, V, columns=lambda x, y: x + y[:, None], rows=lambda x, y: x.T * y, outer=lambda x, y: y[:, None] * y),
    *over(M, N, matmul=lambda x, y: x @ y, constant_left=lambda x, y: SQUARE @ x, constant_right=lambda x, y: x @ N),
    *over(S, number=lambda x: 2 * x + 1, sum_of_list=lambda x: sum([x, x, 1.0]), in_place=lambda x: add_in_place(x)),
    *over(V, divmod=lambda x: divmod(x, 0.3), rounded=lambda x: np.round(x, 1), round_one=lambda x: round(x[0])),
    *over(MASK, negated=lambda m: ~m, plus=lambda m: m + m, times=lambda m: m * m, counted=lambda m: m * 2),
    *over(MASK, either=lambda m: m | ~m, differ=lambda m: m ^ True, maximum=lambda m: np.maximum(m, ~m)),
]


def add_in_place(x: Any) -> Any:
    total = x * 2.0
    total += x
    total **= 2
    return total


UFUNCS = [
    *over(V, exp=np.exp, log=np.log, sin=np.sin, cos=np.cos, tanh=np.tanh, sqrt=np.sqrt, log1p=np.log1p, abs=np.abs),
    *over(V, square=np.square, reciprocal=np.reciprocal, positive=np.positive, degrees=np.degrees, fabs=np.fabs),
    *over(V, conjugate=np.conjugate, radians=np.deg2rad, isnan=np.isnan, sign=np.sign, rint=np.rint, sinc=np.sinc),
    *over(V, erf=scipy.special.erf, expit=scipy.special.expit, gammaln=scipy.special.gammaln),
    *over(V, W, maximum=np.maximum, minimum=np.minimum, arctan2=np.arctan2, hypot=np.hypot, logaddexp=np.logaddexp),
    *over(V, W, logical=lambda x, y: np.logical_and(x > 0.5, y), outer=np.multiply.outer, distance=np.subtract.outer),
    *over(V, as_single=lambda x: np.add(x, 1, dtype=np.float32), add_reduce=np.add.reduce, top=np.maximum.reduce),
    *over(M, product=lambda x: np.multiply.reduce(x, axis=1), low=lambda x: np.minimum.reduce(x, keepdims=True)),
    *over(WHOLE, power=lambda i: i**2, ratio=lambda i: i / 2, halves=lambda i: i // 2, root=lambda i: np.sqrt(i + 4)),
]

REDUCTIONS = [
    *over(M, sum=np.sum, mean=np.mean, prod=np.prod, max=np.max, amin=np.amin, var=np.var, std=np.std, ptp=np.ptp),
    *over(
        M, sum_1=lambda x: x.sum(1), mean_0=lambda x: x.mean(axis=0, keepdims=True), var_1=lambda x: x.var(1, ddof=1)
    ),
    *over(
        T, axes=lambda x: np.sum(x, (0, -1)), none=lambda x: np.sum(x, ()), kept=lambda x: np.max(x, 1, keepdims=True)
    ),
    *over(
        M, any=lambda x: np.any(x > 1), all=lambda x: (x > 0.2).all(axis=1), count=lambda x: np.count_nonzero(x > 0.5)
    ),
    *over(
        M, mask_sum=lambda x: np.sum(x > 0.5, 0), mask_mean=lambda x: np.mean(x > 0.5), highest=lambda x: np.max(x > 1)
    ),
    *over(M, average=lambda x: np.average(x, 1), weighted=lambda x: np.average(x, 1, weights=[1, 2, 3, 4.0])),
    *over(T, both=lambda x: np.average(x, weights=T), cumulated=lambda x: np.cumsum(x, 1), flat=lambda x: x.cumsum()),
    *over(M, cov=np.cov, biased=lambda x: np.cov(x, rowvar=False, bias=True), one_row=lambda x: np.cov(x[0])),
    *over(np.array([[1.0, np.nan], [3.0, 4.0]]), nansum=np.nansum, nanmean=lambda x: np.nanmean(x, axis=0)),
    *over(V, norm=np.linalg.norm, one=lambda x: np.linalg.norm(x, 1), top=lambda x: np.linalg.norm(x, np.inf)),
    *over(
        M,
        fro=np.linalg.norm,
        rows=lambda x: np.linalg.norm(x, axis=1),
        kept=lambda x: np.linalg.norm(x, axis=0, keepdims=True),
    ),
    *over(
        M,
        ones=lambda x: np.linalg.norm(x, 1),
        tops=lambda x: np.linalg.norm(x, np.inf),
        f=lambda x: np.linalg.norm(x, "fro"),
    ),
    *over(V, trapezoid=np.trapezoid, spaced=lambda x: np.trapezoid(x, dx=0.5), at=lambda x: np.trapezoid(x, V * 2)),
    *over(WHOLE, sum=np.sum, mean=np.mean, prod=np.prod, max=np.max, as_float=lambda i: np.sum(i, dtype=float)),
    *over(S, sum=np.sum, mean=np.mean),
]

PRODUCTS = [
    *over(
        V,
        W,
        dot=np.dot,
        inner=np.inner,
        vdot=np.vdot,
        outer=np.outer,
        cross=np.cross,
        linalg_outer=np.linalg.outer,
        vector=lambda x, y: x @ y,
    ),
    *over(M, N, dot_2=np.dot, method=lambda x, y: x.dot(y), tensordot=lambda x, y: np.tensordot(x, y, 1)),
    *over(M, V, vecmat=lambda x, y: y @ x, kron=lambda x, y: np.kron(x, y), dot_1=lambda x, y: np.dot(y, x)),
    *over(T, N, stack=lambda x, y: x @ y, dot_3=np.dot, twisted=lambda x, y: np.tensordot(y, x, ([0], [2]))),
    *over(T, M, inner_2=lambda x, y: np.inner(x, y), pairs=lambda x, y: np.tensordot(x, y), batch=lambda x, y: x @ y.T),
    *over(T, V, broadcast=lambda x, y: y @ x, units=lambda x, y: x[:, :1] @ y[:, None][:, [0, 0, 0, 0]].T[None]),
    *over(T, array(2, 4, 5), stacks=np.matmul, one_stack=lambda x, y: x[:1] @ y, many=lambda x, y: x[:, None] @ y),
    *over(SQUARE, trace=np.trace, diagonal=np.diagonal, above=lambda x: np.trace(x, 1), diag=lambda x: np.diag(x, -1)),
    *over(SQUARE, cube=lambda x: np.linalg.matrix_power(x, 3), chain=lambda x: np.linalg.multi_dot([V, x, V])),
    *over(M, wide=np.diagonal, high=lambda x: np.diagonal(x.T, -1), far=lambda x: np.diagonal(x, 9)),
    *over(T, axes=lambda x: np.diagonal(x, 1, 2, 0), traced=lambda x: np.trace(x, axis1=1, axis2=2)),
    *over(V, diag=np.diag, below=lambda x: np.diag(x, -2), over=lambda x: np.diag(x, 1), flat=np.diagflat),
    *over(S, V, scaled=np.dot, inner_0=np.inner),
]

EINSUM = [
    (subscripts, Case(lambda *xs, s=subscripts: np.einsum(s, *xs), tuple(arguments)))
    for subscripts, *arguments in [
        ("ij,jk->ik", M, N),
        ("ij,jk", M, N),
        ("ij->ji", M),
        ("ij->j", M),
        ("ij->", M),
        ("ii", SQUARE),
        ("ii->i", SQUARE),
        ("ii,i->i", SQUARE, V),
        ("iij->j", array(2, 2, 3)),
        ("i,i,i->", V, W, V),
        ("ij,jk,kl->il", M, N, N.T),
        ("ij,kj,k,i->", M, M, V, W),
        ("...j,jk->...k", T, N),
        ("...ij,...jk", T, T.transpose(0, 2, 1)),
        ("ij,kl->", M, N),
        ("ij,jk->i", M, N),
        ("bij,b->ij", T, array(2)),
        ("ij,ij->ij", M, M),
        ("ij,ij->", array(1, 4), M),
        ("ji", M),
        ("...,...->...", M, array(4)),
        ("i,,j->ij", V, S, W),
        ("ab,bc,cd,de,ef->af", array(2, 3), array(3, 2), array(2, 4), array(4, 2), array(2, 2)),
    ]
]

COMPUTING = {
    "operators": OPERATORS,
    "ufuncs": UFUNCS,
    "reductions": REDUCTIONS,
    "products": PRODUCTS,
    "einsum": EINSUM,
}
