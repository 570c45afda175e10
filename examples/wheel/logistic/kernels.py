"""What is compiled when the wheel is built: plain NumPy, for any number of samples and features."""

import numpy as np

import gradgen as gg


@gg.export(transform="value_and_grad", w=gg.f64["k"], A=gg.f64["n", "k"], y=gg.f64["n"], mu=gg.f64)
def loss(w, A, y, mu):
    """Mean logistic loss, and a penalty on the weights."""
    margin = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w)
