"""A constrained fit by SciPy's trust-constr: gradient, Jacobian of the constraint, and products with the Hessians.

    python -m examples.trust_constr

Logistic regression on the breast-cancer data with coefficients of bounded length. The bound is the length that
scikit-learn's ridge penalty gives, so the coefficients have to be the same, and the multiplier of the constraint
has to be the strength of the penalty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import NonlinearConstraint, OptimizeResult, minimize
from scipy.sparse.linalg import LinearOperator
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import gradgen as gg

Array = NDArray[np.float64]

MU = 1e-2


def loss(w: Array, A: Array, y: Array) -> Any:
    """Mean logistic loss of the labels ``y``, which are +1 or -1."""
    return np.mean(np.log1p(np.exp(-y * (A @ w))))


def half_square(w: Array) -> Any:
    """Half the squared length, as a vector of one constraint."""
    return 0.5 * np.array([w @ w])


def weighted(w: Array, v: Array) -> Any:
    """The constraints, weighted with their multipliers: a number, which has a Hessian."""
    return v @ half_square(w)


curvature = gg.hvp(weighted)


def constraint(bound: float) -> NonlinearConstraint:
    """``half_square(w) <= bound`` with its derivatives."""

    def hessian(w: Array, v: Array) -> LinearOperator:
        shape = len(w), len(w)
        return LinearOperator(shape, matvec=lambda direction: curvature(w, v, floats(direction)), dtype=w.dtype)

    return NonlinearConstraint(gg.compile(half_square), -np.inf, bound, jac=gg.jacobian(half_square), hess=hessian)


def floats(direction: Any) -> Array:
    """SciPy asks for the dtype of a product with a vector of int8, which is not one of those that are compiled."""
    return np.ravel(direction).astype(np.float64, copy=False)


def solve(A: Array, y: Array, bound: float) -> OptimizeResult:
    """The shortest loss within the bound."""
    product = gg.hvp(loss)
    return minimize(
        gg.compile(loss), np.zeros(A.shape[1]), args=(A, y), jac=gg.grad(loss),
        hessp=lambda w, direction, A, y: product(w, A, y, floats(direction)),
        method="trust-constr", constraints=[constraint(bound)], options={"gtol": 1e-9, "xtol": 1e-12},
    )  # fmt: skip


def main() -> None:
    """Solve, check, print."""
    data = load_breast_cancer()
    A, y = StandardScaler().fit_transform(data.data), 2.0 * data.target - 1.0
    ridge = LogisticRegression(C=1.0 / (MU * len(y)), fit_intercept=False, tol=1e-12, max_iter=5000).fit(A, y)
    known = ridge.coef_[0]
    found = solve(A, y, float(half_square(known)[0]))
    off, multiplier = np.abs(found.x - known).max(), found.v[0][0]
    assert off < 1e-4, off
    assert abs(multiplier - MU) < 1e-3 * MU, multiplier
    print(f"trust-constr  {found.nit} steps, loss {found.fun:.6f}")
    print(f"coefficients  differ from scikit-learn's by {off:.1e}")
    print(f"multiplier    {multiplier:.7f}, the ridge penalty {MU:g}")


if __name__ == "__main__":
    main()
