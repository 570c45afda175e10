"""Compiled gradients in the workers of joblib: they find the kernels on disk, and start no compiler.

    python -m examples.joblib_workers

The bootstrap: a logistic regression is fitted to resampled breast-cancer data, in several processes. How much its
coefficients vary is held against what one process finds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import gradgen as gg

Array = NDArray[np.float64]

MU = 1e-2


def loss(w: Array, A: Array, y: Array, mu: float) -> Any:
    """Mean logistic loss of the labels ``y`` (+1 or -1) with a ridge penalty."""
    return np.mean(np.log1p(np.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)


value_and_grad = gg.value_and_grad(loss)


def fit(f: Any, A: Array, y: Array, seed: int) -> Array:
    """The coefficients for one sample with replacement; the compiled function is an argument like any other."""
    rows = np.random.default_rng(seed).integers(0, len(y), len(y))
    start = np.zeros(A.shape[1])
    found: Array = minimize(f, start, args=(A[rows], y[rows], MU), jac=True, method="L-BFGS-B").x
    return found


def spread(A: Array, y: Array, samples: int, workers: int) -> Array:
    """The standard deviation of each coefficient."""
    value_and_grad(np.zeros(A.shape[1]), A, y, MU)  # compiled here, once
    fits = Parallel(n_jobs=workers)(delayed(fit)(value_and_grad, A, y, seed) for seed in range(samples))
    deviation: Array = np.std(fits, axis=0)
    return deviation


def main(samples: int = 20, workers: int = 2) -> None:
    """Resample in parallel and in turn, compare, print."""
    data = load_breast_cancer()
    A, y = StandardScaler().fit_transform(data.data), 2.0 * data.target - 1.0
    parallel, serial = spread(A, y, samples, workers), spread(A, y, samples, 1)
    assert np.array_equal(parallel, serial), "the same kernel on the same numbers"
    print(f"bootstrap     {samples} fits in {workers} processes")
    widest = data.feature_names[np.argmax(parallel)]
    print(f"coefficients  vary by {parallel.mean():.3f} on average, most for {widest}: {parallel.max():.3f}")


if __name__ == "__main__":
    main()
