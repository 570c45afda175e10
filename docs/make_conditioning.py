"""Write docs/conditioning.md: derivatives of badly conditioned problems, against 60 digits.

    python docs/make_conditioning.py

Needs mpmath. The errors are roundings, so another machine's differ in their digits, not in their size.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np

import gradgen as gg

CONDITION = 1e12
SIZE = 8
PAGE = Path(__file__).resolve().parent / "conditioning.md"
mp.mp.dps = 60


class Problem(NamedTuple):
    """A function of a badly conditioned matrix, its gradient in many digits, and by the textbook in NumPy."""

    name: str
    function: Callable[[Any], Any]
    matrix: np.ndarray
    exact: Callable[[Any], Any]
    textbook: Callable[[np.ndarray], np.ndarray]
    sensitivity: float


def orthogonal(seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(SIZE, SIZE)))[0]


VALUES = np.logspace(0, -np.log10(CONDITION), SIZE)
GENERAL = orthogonal(0) * VALUES @ orthogonal(1).T
HALF = orthogonal(2)
SYMMETRIC = HALF * VALUES @ HALF.T
SYMMETRIC = (SYMMETRIC + SYMMETRIC.T) / 2
B, C = np.linspace(1.0, 2.0, SIZE), np.linspace(-1.0, 0.5, SIZE)


def solution(a: Any) -> Any:
    return C @ np.linalg.solve(a, B)


def exact_solution(a: Any) -> Any:
    inverse = mp.inverse(a)
    x, y = inverse * mp.matrix(B.tolist()), inverse.T * mp.matrix(C.tolist())
    return -y * x.T


def textbook_solution(a: np.ndarray) -> np.ndarray:
    return -np.outer(np.linalg.solve(a.T, C), np.linalg.solve(a, B))


def smallest(a: Any) -> Any:
    return np.linalg.eigvalsh(a)[0]


def vectors_of(a: Any) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors in many digits, ascending."""
    return mp.eigsy(a)


def exact_smallest(a: Any) -> Any:
    _, q = vectors_of(a)
    return q[:, 0] * q[:, 0].T


def textbook_smallest(a: np.ndarray) -> np.ndarray:
    v = np.linalg.eigh(a)[1][:, 0]
    return np.outer(v, v)


def component(a: Any) -> Any:
    """What does not depend on the sign of the vector: the square of its first entry."""
    return np.linalg.eigh(a)[1][0, 0] ** 2


def exact_component(a: Any) -> Any:
    w, q = vectors_of(a)
    total = mp.zeros(SIZE)
    for j in range(1, SIZE):
        turned = q[0, 0] * q[0, j] / (w[0] - w[j])
        total += turned * (q[:, 0] * q[:, j].T + q[:, j] * q[:, 0].T)
    return total


def textbook_component(a: np.ndarray) -> np.ndarray:
    w, v = np.linalg.eigh(a)
    turned = np.concatenate([[0.0], v[0, 0] * v[0, 1:] / (w[0] - w[1:])])
    outer = np.outer(v[:, 0], v @ turned)
    return np.asarray(outer + outer.T)


GAP = float((VALUES[-2] - VALUES[-1]) / VALUES[0])
PROBLEMS = (
    Problem("`c @ np.linalg.solve(A, b)`", solution, GENERAL, exact_solution, textbook_solution, CONDITION),
    Problem(
        "`np.linalg.slogdet(A)[1]`",
        lambda a: np.linalg.slogdet(a)[1],
        GENERAL,
        lambda a: mp.inverse(a).T,
        lambda a: np.linalg.inv(a).T,
        CONDITION,
    ),
    Problem(
        "`2 * np.sum(np.log(np.diag(np.linalg.cholesky(A))))`",
        lambda a: 2.0 * np.sum(np.log(np.diag(np.linalg.cholesky(a)))),
        SYMMETRIC,
        mp.inverse,
        np.linalg.inv,
        CONDITION,
    ),
    Problem("`np.linalg.eigvalsh(A)[0]`", smallest, SYMMETRIC, exact_smallest, textbook_smallest, 1.0 / GAP),
    Problem("`np.linalg.eigh(A)[1][0, 0]**2`", component, SYMMETRIC, exact_component, textbook_component, 1.0 / GAP),
)


def error(found: np.ndarray, exact: Any) -> float:
    """Relative, in the Frobenius norm, computed in many digits."""
    difference = mp.matrix(found.tolist()) - exact
    return (
        float(mp.norm(difference, 2) / mp.norm(exact, 2))
        if exact.cols == 1
        else float(mp.mnorm(difference, "f") / mp.mnorm(exact, "f"))
    )


def rows(backend: str | None = None) -> list[tuple[str, float, float, float]]:
    """For each problem the errors of gradgen and of the textbook, and what rounding the input alone may do."""
    found = []
    for problem in PROBLEMS:
        exact = problem.exact(mp.matrix(problem.matrix.tolist()))
        ours = error(gg.grad(problem.function, backend=backend)(problem.matrix), exact)
        textbook = error(problem.textbook(problem.matrix), exact)
        found.append((problem.name, ours, textbook, problem.sensitivity * float(np.finfo(float).eps)))
    return found


def page() -> str:
    lines = [
        "# Badly conditioned matrices",
        "",
        f"Matrices of {SIZE} × {SIZE} with condition number {CONDITION:.0e}. The gradient's relative error in the",
        "Frobenius norm, against 60 digits (mpmath) for exactly the same matrix of floats. *Textbook* is the",
        "closed form written in NumPy. The last column is what a change of the matrix by one rounding may do to",
        "the answer: the condition number, or for eigenvectors the reciprocal of the gap to the next eigenvalue",
        "relative to the largest, times 2.2e-16. No method that starts from rounded floats does reliably better.",
        "",
        "| function | gradgen | textbook | sensitivity × rounding |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {ours:.1e} | {textbook:.1e} | {bound:.1e} |" for name, ours, textbook, bound in rows()]
    return "\n".join([*lines, "", "Written by `python docs/make_conditioning.py`.", ""])


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE.read_text())
