"""Write docs/formulas.md, the formulas of the gallery beside those on paper: ``python docs/make_formulas.py``."""

from __future__ import annotations

import sys
from pathlib import Path

PAGE = Path(__file__).with_name("formulas.md")
sys.path.insert(0, str(PAGE.parents[1]))  # run from a checkout, with the tests beside

from gradgen.errors import TraceError  # noqa: E402
from tests.formula.problems import PAIRS, formula_of, symmetric  # noqa: E402
from tests.gallery.problem import Problem  # noqa: E402

HEAD = """# Formulas

`formula()` prints what a function computes, or its derivative, as an expression of matrix algebra in your own names:

```pycon
>>> import numpy as np, gradgen as gg
>>> def loss(x, A, mu):
...     return np.mean(np.log1p(np.exp(A @ x))) + 0.5 * mu * (x @ x)
>>> formula = gg.grad(loss).formula(gg.f64["n"], gg.f64["m", "n"], gg.f64)
>>> print(formula)
mu*x + A.T @ sigmoid(A @ x)/m
>>> print(gg.hessian(loss).formula(np.ones(3), np.ones((5, 3)), 1.0))
mu*I + A.T @ diag(s*(1 - s)) @ A/5
where s = sigmoid(A @ x)
>>> print(formula.numpy)
import numpy as np
from scipy.special import expit
<BLANKLINE>
def loss_grad(x, A, mu):
    m = A.shape[0]
    return mu*x + A.T @ expit(A @ x)/m

```

- It takes types or examples, as `lower` does; without any, those of the last call. `gg.f64["n"]` keeps a letter.
- `.text` (also `str`), `.latex` (also what Jupyter shows) and `.numpy`, a function that computes the same.
- In text, vectors are columns: `x.T @ y` is a number, `x @ y.T` a matrix. `*` and `/` are elementwise, `diag(v)` is the
  matrix and `e_0` the first unit vector. What has more than two axes is written with its indices, `(i==j)` being 1
  where both are equal. What has no matrix form stays an `einsum` or the NumPy function that it is.
- `symmetric=("A",)` says that an argument is a symmetric matrix, which shortens what comes of it.
- A formula holds where the function is defined. What guards a single point, such as the norm at 0, is not in it, and
  neither is what happens where two singular values coincide.

Below are all derivatives of [the gallery](gallery.md), first on paper, then as gradgen prints them. Second derivatives
through singular vectors, eigenvectors and determinants are right but not short: nobody would call these an answer.

Written by `docs/make_formulas.py`; do not edit.
"""


def section(problem: Problem, twice: bool) -> str:
    """What the page says about one derivative."""
    title = f"## {problem}{', Hessian' if twice else ''}"
    assumed = "".join(f", {name} symmetric" for name in symmetric(problem))
    paper = problem.hessian_tex if twice else problem.gradient_tex
    by = ", ".join(problem.by)
    try:
        printed = formula_of(problem, twice).text
    except TraceError:
        printed = "(a function that is not traced yet)"
    function = (
        problem.function_tex if problem.function_tex.startswith(("f =", "r =")) else f"f = {problem.function_tex}"
    )
    return f"{title}\n\n${function}$, by {by}{assumed}: ${paper}$\n\n```\n{printed}\n```\n"


def page() -> str:
    """The text of the page."""
    return "\n".join([HEAD, *[section(problem, twice) for problem, twice in PAIRS]])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
