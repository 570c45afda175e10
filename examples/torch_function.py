"""A NumPy function as the loss of a PyTorch module.

    python -m examples.torch_function

The robust loss is written with NumPy and compiled; the network, its parameters and the optimiser are PyTorch's.
Gradients are held against those of the same loss in PyTorch, and the fit against the one that PyTorch makes alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

import gradgen as gg

STEPS = 20


def robust(prediction: Any, target: Any, scale: float) -> Any:
    """The mean pseudo-Huber loss: squares near zero, absolute values far off."""
    return scale**2 * np.mean(np.sqrt(1.0 + ((prediction - target) / scale) ** 2) - 1.0)


def robust_in_torch(prediction: Any, target: Any, scale: float) -> Any:
    """The same, written once more."""
    return scale**2 * torch.mean(torch.sqrt(1.0 + ((prediction - target) / scale) ** 2) - 1.0)


compiled = gg.interop.torch(robust)


def data() -> tuple[torch.Tensor, torch.Tensor]:
    """The diabetes data, standardised."""
    known = load_diabetes()
    target = (known.target - known.target.mean()) / known.target.std()
    return torch.tensor(StandardScaler().fit_transform(known.data)), torch.tensor(target)[:, None]


def fit(loss: Callable[..., Any], steps: int) -> tuple[float, list[torch.Tensor]]:
    """Train a small network; the last loss and its gradients."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(10, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    X, target = data()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimiser.zero_grad()
        value = loss(model(X), target, 0.5)
        value.backward()
        optimiser.step()
    return value.item(), [p.grad.clone() for p in model.parameters() if p.grad is not None]


def main(steps: int = STEPS) -> None:
    """Fit twice, compare, and look at second derivatives."""
    value, gradients = fit(compiled, steps)
    expected, known = fit(robust_in_torch, steps)
    off = max(float((g - k).abs().max()) for g, k in zip(gradients, known, strict=True))
    assert abs(value - expected) < 1e-10, (value, expected)
    assert off < 1e-10, off
    point = torch.linspace(-1.0, 1.0, 5, dtype=torch.float64)
    second = torch.func.hessian(compiled)(point, torch.zeros_like(point), 0.5)
    assert torch.allclose(second, torch.func.hessian(robust_in_torch)(point, torch.zeros_like(point), 0.5))
    print(f"Adam       {steps} steps, loss {value:.6f}")
    print(f"gradients  differ from PyTorch's own by {off:.1e}; so does the Hessian of the loss")


if __name__ == "__main__":
    main()
