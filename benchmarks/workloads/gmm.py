"""ADBench's Gaussian mixture: the posterior of weights, means and inverse covariance factors under a Wishart prior."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload

GAMMA, M, SAMPLES = 1.0, 0, 1000  # of the prior, as ADBench has them


@functools.cache
def triangle(d: int) -> tuple[Any, Any]:
    """Where in a list of columns the entries below the diagonal stand, and which entries these are."""
    index, mask = np.zeros((d, d), dtype=int), np.tri(d, k=-1)
    index.T[np.triu_indices(d, 1)] = np.arange(d * (d - 1) // 2)
    return index, mask


def constant(n: int, d: int, K: int) -> float:
    """What does not depend on the parameters."""
    freedom = d + M + 1
    log_gamma = 0.25 * d * (d - 1) * math.log(math.pi) + sum(math.lgamma(0.5 * (freedom - j)) for j in range(d))
    prior = freedom * d * (math.log(GAMMA) - 0.5 * math.log(2.0)) - log_gamma
    return -0.5 * n * d * math.log(2.0 * math.pi) - K * prior


def log_sum_exp(x: Array) -> Any:
    """Along the last axis."""
    top = np.max(x, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=-1)) + top[..., 0]


def posterior(alphas: Array, means: Array, factors: Array, x: Array) -> Any:
    """The log-posterior; ``factors`` has the logarithms of the diagonals, then what is below them by columns."""
    K, d = means.shape
    index, mask = triangle(d)
    log_diagonal, below = factors[:, :d], factors[:, d:]
    diagonal, log_det = np.exp(log_diagonal), np.sum(log_diagonal, axis=1)
    lower = below[:, index] * mask
    centred = x[:, None, :] - means
    y = diagonal * centred + np.einsum("kij,nkj->nki", lower, centred)
    likelihood = np.sum(log_sum_exp(alphas + log_det - 0.5 * np.sum(y**2, axis=2))) - len(x) * log_sum_exp(alphas)
    prior = 0.5 * GAMMA**2 * (np.sum(diagonal**2) + np.sum(below**2)) - M * np.sum(log_det)
    return constant(len(x), d, K) + likelihood + prior


def by_hand(alphas: Array, means: Array, factors: Array, x: Array) -> tuple[Any, ...]:
    """Value and gradient; Q is the whole factor."""
    (K, d), n = means.shape, len(x)
    index, mask = triangle(d)
    log_diagonal, below = factors[:, :d], factors[:, d:]
    diagonal, log_det = np.exp(log_diagonal), log_diagonal.sum(axis=1)
    Q = below[:, index] * mask
    Q[:, range(d), range(d)] = diagonal
    centred = (x[:, None, :] - means).transpose(1, 0, 2)
    y = centred @ Q.transpose(0, 2, 1)
    scores = (alphas + log_det)[:, None] - 0.5 * np.sum(y * y, axis=2)
    top = scores.max(axis=0)
    e = np.exp(scores - top)
    total = e.sum(axis=0)
    p, q = e / total, np.exp(alphas - alphas.max())
    likelihood = np.sum(np.log(total) + top) - n * (np.log(q.sum()) + alphas.max())
    prior = 0.5 * GAMMA**2 * (np.sum(diagonal**2) + np.sum(below**2)) - M * log_det.sum()
    z = p[:, :, None] * y
    Q_bar = -(z.transpose(0, 2, 1) @ centred)
    means_bar = np.einsum("ki,kij->kj", z.sum(axis=1), Q)
    mass = p.sum(axis=1)
    factors_bar = np.empty_like(factors)
    on = Q_bar[:, range(d), range(d)] * diagonal + GAMMA**2 * diagonal**2
    factors_bar[:, :d] = on + (mass - M)[:, None]
    columns, rows = np.triu_indices(d, 1)
    factors_bar[:, d:] = Q_bar[:, rows, columns] + GAMMA**2 * below
    value = constant(n, d, K) + likelihood + prior
    return value, mass - n * q / q.sum(), means_bar, factors_bar


def data(d: int, K: int) -> tuple[Array, ...]:
    """Random parameters, and points about nowhere."""
    random = np.random.default_rng(0)
    alphas, means = random.normal(size=K), random.uniform(size=(K, d))
    factors = random.normal(size=(K, d + d * (d - 1) // 2)) / np.sqrt(d)
    return alphas, means, factors, random.normal(size=(SAMPLES, d))


def torch(torch: Any, alphas: Any, means: Any, factors: Any, x: Any) -> Any:
    """In PyTorch's words."""
    (K, d), n = means.shape, x.shape[0]
    columns, rows = torch.triu_indices(d, d, 1)
    log_diagonal, below = factors[:, :d], factors[:, d:]
    diagonal, log_det = torch.exp(log_diagonal), torch.sum(log_diagonal, 1)
    centred = x[:, None, :] - means
    lower = torch.zeros(K, d, d)
    lower[:, rows, columns] = below
    y = diagonal * centred + torch.einsum("kij,nkj->nki", lower, centred)
    scores = alphas + log_det - 0.5 * torch.sum(y**2, 2)
    likelihood = torch.sum(torch.logsumexp(scores, 1)) - n * torch.logsumexp(alphas, 0)
    prior = 0.5 * GAMMA**2 * (torch.sum(diagonal**2) + torch.sum(below**2)) - M * torch.sum(log_det)
    return constant(n, d, K) + likelihood + prior


def pytensor(pt: Any, alphas: Any, means: Any, factors: Any, x: Any) -> Any:
    """In PyTensor's words: its shapes are known by their types only."""
    (K, d), (n, _) = means.type.shape, x.type.shape
    index, mask = triangle(d)
    log_diagonal, below = factors[:, :d], factors[:, d:]
    diagonal, log_det = pt.exp(log_diagonal), pt.sum(log_diagonal, axis=1)
    centred = x[:, None, :] - means
    y = diagonal * centred + pt.einsum("kij,nkj->nki", below[:, index] * mask, centred)
    scores = alphas + log_det - 0.5 * pt.sum(y**2, axis=2)
    likelihood = pt.sum(pt.logsumexp(scores, axis=1)) - n * pt.logsumexp(alphas)
    prior = 0.5 * GAMMA**2 * (pt.sum(diagonal**2) + pt.sum(below**2)) - M * pt.sum(log_det)
    return constant(n, d, K) + likelihood + prior


MATRICES = "it has matrices only, and the function has arrays of three axes"
WORKLOAD = Workload(
    "GMM, n = 1000",
    posterior,
    {f"d = {d}, K = {K}": functools.partial(data, d, K) for d, K in ((2, 5), (10, 25), (32, 50))},
    argnums=(0, 1, 2),
    by_hand=by_hand,
    variants={"torch_eager": torch, "torch_compile": torch, "pytensor": pytensor},
    without={"casadi_vm": MATRICES, "casadi_c": MATRICES},
    quick=("d = 10, K = 25",),
    flops=lambda alphas, means, factors, x: 4.0 * len(x) * factors.size,
)
