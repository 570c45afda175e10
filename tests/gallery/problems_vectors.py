"""Functions of a vector, or of a number: rows A02 to A09, A13 to A26 where they are such, A36, A38 and A47."""

from __future__ import annotations

import numpy as np

from tests.gallery.draws import matrix, number, positive, symmetric, vector
from tests.gallery.problem import problem


@problem(
    "A02",
    by="x",
    arguments=(vector(5), vector(5)),
    gradient=lambda x, c: c,
    function_tex=r"c^T x",
    gradient_tex=r"c",
)
def linear(x, c):
    return c @ x


@problem(
    "A03",
    by="x",
    arguments=(vector(4), matrix(4, 4), vector(4), number()),
    gradient=lambda x, A, b, c: 0.5 * (A + A.T) @ x + b,
    hessian=lambda x, A, b, c: 0.5 * (A + A.T),
    function_tex=r"\tfrac12 x^T A x + b^T x + c",
    gradient_tex=r"\tfrac12 (A + A^T) x + b",
    hessian_tex=r"\tfrac12 (A + A^T)",
)
def quadratic(x, A, b, c):
    return 0.5 * x @ A @ x + b @ x + c


def _bump_hessian(x):
    e = np.exp(-x @ x)
    return 2 * e * (np.eye(len(x)) - 2 * np.outer(x, x))


@problem(
    "A04",
    by="x",
    arguments=(vector(5, scale=0.5),),
    gradient=lambda x: 2 * np.exp(-x @ x) * x,
    hessian=_bump_hessian,
    function_tex=r"-e^{-x^T x}",
    gradient_tex=r"2 e^{-x^T x} x",
    hessian_tex=r"2 e^{-x^T x} (I - 2 x x^T)",
)
def bump(x):
    return -np.exp(-x @ x)


@problem(
    "A05",
    by="x",
    arguments=(vector(4), matrix(7, 4), vector(7)),
    large=(vector(500), matrix(2000, 500), vector(2000)),
    gradient=lambda x, A, b: A.T @ (A @ x - b),
    hessian=lambda x, A, b: A.T @ A,
    function_tex=r"\tfrac12 \|A x - b\|_2^2",
    gradient_tex=r"A^T (A x - b)",
    hessian_tex=r"A^T A",
)
def least_squares(x, A, b):
    return 0.5 * np.linalg.norm(A @ x - b) ** 2


@problem(
    "A06",
    by="x",
    arguments=(vector(6),),
    gradient=lambda x: x / np.linalg.norm(x),
    function_tex=r"\|x\|_2",
    gradient_tex=r"\frac{x}{\|x\|}",
)
def length(x):
    return np.linalg.norm(x)


@problem(
    "A07",
    by="x",
    arguments=(vector(4), matrix(6, 4)),
    gradient=lambda x, A: A.T @ (A @ x) / np.linalg.norm(A @ x),
    function_tex=r"\|A x\|_2",
    gradient_tex=r"\frac{A^T A x}{\|A x\|}",
)
def image_length(x, A):
    return np.linalg.norm(A @ x)


@problem(
    "A08",
    by="x",
    arguments=(vector(5),),
    gradient=lambda x: 2 * x / (1 + x @ x) ** 2,
    hessian=lambda x: 2 * np.eye(len(x)) / (1 + x @ x) ** 2 - 8 * np.outer(x, x) / (1 + x @ x) ** 3,
    function_tex=r"-\frac{1}{1 + x^T x}",
    gradient_tex=r"\frac{2 x}{(1 + x^T x)^2}",
    hessian_tex=r"\frac{2 I}{(1 + x^T x)^2} - \frac{8 x x^T}{(1 + x^T x)^3}",
)
def well(x):
    return -1 / (1 + x @ x)


@problem(
    "A09",
    by="x",
    arguments=(vector(4), lambda rng: positive(4)(rng) + np.triu(rng.standard_normal((4, 4)), 1) * 0.2),
    gradient=lambda x, A: (A + A.T) @ x / (x @ A @ x),
    function_tex=r"\ln(x^T A x)",
    gradient_tex=r"\frac{(A + A^T) x}{x^T A x}",
)
def log_of_form(x, A):
    return np.log(x @ A @ x)


@problem(
    "A19",
    by="x",
    arguments=(vector(5), positive(5)),
    gradient=lambda x, A: 2 * A @ x / (x @ A @ x),
    hessian=lambda x, A: 2 * A / (x @ A @ x) - 4 * np.outer(A @ x, A @ x) / (x @ A @ x) ** 2,
    function_tex=r"\ln \langle A x, x \rangle,\ A = A^T \succ 0",
    gradient_tex=r"\frac{2 A x}{q},\ q = \langle A x, x \rangle",
    hessian_tex=r"\frac{2 A}{q} - \frac{4 A x x^T A}{q^2}",
)
def log_of_inner(x, A):
    return np.log(np.inner(A @ x, x))


@problem(
    "A21",
    by="x",
    arguments=(vector(5),),
    gradient=lambda x: np.linalg.norm(x) * x,
    hessian=lambda x: np.linalg.norm(x) * np.eye(len(x)) + np.outer(x, x) / np.linalg.norm(x),
    function_tex=r"\tfrac13 \|x\|_2^3",
    gradient_tex=r"\|x\| x",
    hessian_tex=r"\|x\| I + \frac{x x^T}{\|x\|}",
)
def cubed_length(x):
    return np.linalg.norm(x) ** 3 / 3


def _self_power_hessian(x):
    t = x @ x
    g = t**t * (1 + np.log(t))
    return 2 * g * np.eye(len(x)) + 4 * t**t * ((1 + np.log(t)) ** 2 + 1 / t) * np.outer(x, x)


@problem(
    "A24",
    by="x",
    arguments=(vector(4, scale=0.7),),
    gradient=lambda x: 2 * (x @ x) ** (x @ x) * (1 + np.log(x @ x)) * x,
    hessian=_self_power_hessian,
    function_tex=r"t^t,\ t = \langle x, x \rangle",
    gradient_tex=r"2 g x,\ g = t^t (1 + \ln t)",
    hessian_tex=r"2 g I + 4 t^t \left((1 + \ln t)^2 + \tfrac1t\right) x x^T",
)
def self_power(x):
    return np.inner(x, x) ** np.inner(x, x)


def _rayleigh_gradient(x, A):
    return 2 * (A @ x - (x @ A @ x) / (x @ x) * x) / (x @ x)


def _rayleigh_hessian(x, A):
    s, G = x @ x, _rayleigh_gradient(x, A)
    return 2 * (A - (x @ A @ x) / s * np.eye(len(x))) / s - 2 / s * (np.outer(x, G) + np.outer(G, x))


@problem(
    "A25",
    by="x",
    arguments=(vector(5), symmetric(5)),
    gradient=_rayleigh_gradient,
    hessian=_rayleigh_hessian,
    function_tex=r"r = \frac{\langle A x, x \rangle}{\|x\|^2},\ A = A^T",
    gradient_tex=r"G = \frac2s (A x - r x),\ s = \|x\|^2",
    hessian_tex=r"\frac2s (A - r I) - \frac2s (x G^T + G x^T)",
)
def rayleigh(x, A):
    return np.inner(A @ x, x) / np.linalg.norm(x) ** 2


@problem(
    "A26",
    by="x",
    arguments=(vector(4), symmetric(4)),
    gradient=lambda x, A: 2 * ((x @ x) * x - A @ x),
    hessian=lambda x, A: 2 * ((x @ x) * np.eye(len(x)) + 2 * np.outer(x, x) - A),
    function_tex=r"\tfrac12 \|A - x x^T\|_F^2,\ A = A^T",
    gradient_tex=r"2 (\|x\|^2 x - A x)",
    hessian_tex=r"2 (\|x\|^2 I + 2 x x^T - A)",
)
def rank_one_fit(x, A):
    return 0.5 * np.linalg.norm(A - np.outer(x, x), "fro") ** 2


@problem(
    "A35",
    by="x",
    arguments=(vector(5), matrix(5, 5)),
    gradient=lambda x, B: (B + B.T) @ x,
    function_tex=r"x^T B x",
    gradient_tex=r"(B + B^T) x",
)
def form(x, B):
    return x.T @ B @ x


@problem(
    "A36",
    by="s",
    arguments=(vector(3), vector(5), matrix(5, 3), symmetric(5)),
    gradient=lambda s, x, A, W: -2 * A.T @ W @ (x - A @ s),
    function_tex=r"(x - A s)^T W (x - A s),\ W = W^T",
    gradient_tex=r"-2 A^T W (x - A s)",
)
def weighted_residual(s, x, A, W):
    residual = x - A @ s
    return residual.T @ W @ residual


def _composed_slope(x):
    c = x**2 + np.exp(x**2)
    return 2 * x * (1 / (2 * np.sqrt(c)) - np.sin(c)) * (1 + np.exp(x**2))


@problem(
    "A38",
    by="x",
    arguments=(number(-1.5, 1.5),),
    gradient=_composed_slope,
    function_tex=r"\sqrt c + \cos c,\ c = x^2 + e^{x^2}",
    gradient_tex=r"2 x \left(\frac{1}{2 \sqrt c} - \sin c\right) (1 + e^{x^2})",
)
def composed(x):
    return np.sqrt(x**2 + np.exp(x**2)) + np.cos(x**2 + np.exp(x**2))


@problem(
    "A47",
    by="v",
    arguments=(vector(2),),
    gradient=lambda v: np.array([[1.0, 1.0], [1.0, -1.0]]),
    function_tex=r"(x + y,\ x - y)",
    gradient_tex=r"\begin{pmatrix} 1 & 1 \\ 1 & -1 \end{pmatrix}",
)
def sum_and_difference(v):
    x, y = v
    return np.array([x + y, x - y])
