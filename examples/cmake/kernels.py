"""Logistic regression by Newton's method: the whole step, gradient, Hessian and solution, is one C function."""

import numpy as np

import gradgen as gg


def loss(w, A, y):
    margin = y * (A @ w)
    return np.sum(np.log1p(np.exp(-margin))) + 0.5 * (w @ w)


@gg.export(w=gg.f64[3], A=gg.f64["n", 3], y=gg.f64["n"])
def newton(w, A, y):
    """Weights after a step of Newton's, and how long the gradient was before it."""
    gradient = gg.grad(loss)(w, A, y)
    step = np.linalg.solve(gg.hessian(loss)(w, A, y), gradient)
    return {"next": w - step, "slope": np.linalg.norm(gradient)}
