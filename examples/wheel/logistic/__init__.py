"""Logistic regression by a compiled gradient. Neither gradgen nor a compiler is needed where this is installed.

>>> import numpy as np
>>> from logistic import fit
>>> weights = fit(np.array([[1.0, 0.5], [-1.0, 0.5]]), np.array([1.0, -1.0]))
>>> bool(weights[0] > 2), bool(abs(weights[1]) < 1e-9)
(True, True)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistic._kernels import loss_value_and_grad

__all__ = ["fit"]


def fit(
    samples: NDArray[np.float64], labels: NDArray[np.float64], penalty: float = 1e-2, steps: int = 500
) -> NDArray[np.float64]:
    """Weights that separate samples labelled 1 from those labelled -1, by gradient descent.

    Parameters
    ----------
    samples : array of shape (n, k)
        One sample in each row.
    labels : array of shape (n,)
        1 or -1.
    penalty : float
        How much large weights cost.
    steps : int
        How many gradients are computed.
    """
    weights = np.zeros(samples.shape[1])
    # The slope changes no faster than this, so that each step goes down.
    steepest = 0.25 * np.mean(np.sum(samples**2, axis=1)) + penalty
    for _ in range(steps):
        weights -= loss_value_and_grad(weights, samples, labels, penalty)[1] / steepest
    return weights
