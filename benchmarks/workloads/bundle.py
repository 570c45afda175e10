"""ADBench's bundle adjustment: the 2 × 15 block of the Jacobian for each of 10 000 observations."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array, Workload

OBSERVATIONS = 10_000


def cross(a: Array, b: Array) -> list[Any]:
    """The vector product."""
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def residual(camera: Array, X: Array, weight: float, feature: Array) -> Any:
    """Where a camera sees a point, less where it was seen; ADBench's case apart for no rotation at all is left out."""
    rotation, centre, focal, middle, radial = camera[:3], camera[3:6], camera[6], camera[7:9], camera[9:11]
    v = X - centre
    theta = np.sqrt(np.sum(rotation * rotation))
    axis = rotation / theta
    turned = v * np.cos(theta) + np.array(cross(axis, v)) * np.sin(theta)
    turned = turned + axis * (np.sum(axis * v) * (1.0 - np.cos(theta)))
    p = turned[:2] / turned[2]
    r2 = np.sum(p * p)
    distorted = p * (1.0 + radial[0] * r2 + radial[1] * r2 * r2)
    return weight * (focal * distorted + middle - feature)


def by_hand(camera: Array, X: Array, weight: Array, feature: Array) -> tuple[Array, ...]:
    """All blocks at once; `benchmarks/c/bundle.c` tells how they come about."""
    phi, centre, focal, middle, radial = camera[:, :3], camera[:, 3:6], camera[:, 6], camera[:, 7:9], camera[:, 9:11]
    square = np.sum(phi * phi, axis=1)
    theta = np.sqrt(square)
    sine, versine = np.sin(theta) / theta, (1.0 - np.cos(theta)) / square
    v = X - centre
    R = versine[:, None, None] * phi[:, :, None] * phi[:, None, :]
    R[:, range(3), range(3)] += (1.0 - versine * square)[:, None]
    across = sine[:, None] * phi
    R[:, [2, 0, 1], [1, 2, 0]] += across
    R[:, [1, 2, 0], [2, 0, 1]] -= across
    turned = (R @ v[:, :, None])[:, :, 0]
    depth = 1.0 / turned[:, 2]
    p = turned[:, :2] * depth[:, None]
    r2 = np.sum(p * p, axis=1)
    L = 1.0 + (radial[:, 0] + radial[:, 1] * r2) * r2
    wf = weight * focal
    by_p = (2.0 * wf * (radial[:, 0] + 2.0 * radial[:, 1] * r2))[:, None, None] * p[:, :, None] * p[:, None, :]
    by_p[:, range(2), range(2)] += (wf * L)[:, None]
    by_turned = np.concatenate([by_p, -by_p @ p[:, :, None]], axis=2) * depth[:, None, None]
    G = by_turned @ R
    h = np.cross(v[:, None], G)
    once = np.cross(h, phi[:, None])
    cubic = (1.0 - sine) / square
    camera_bar = np.zeros((len(X), 2, 11))
    camera_bar[:, :, :3] = h - versine[:, None, None] * once + cubic[:, None, None] * np.cross(once, phi[:, None])
    camera_bar[:, :, 3:6] = -G
    camera_bar[:, :, 6] = (weight * L)[:, None] * p
    camera_bar[:, range(2), range(7, 9)] = weight[:, None]
    camera_bar[:, :, 9] = (wf * r2)[:, None] * p
    camera_bar[:, :, 10] = (wf * r2 * r2)[:, None] * p
    return camera_bar, G, (focal * L)[:, None] * p + middle - feature


def data() -> tuple[Array, ...]:
    """Cameras turned every way, points in front of them."""
    random = np.random.default_rng(0)
    n = OBSERVATIONS
    turn, centre = random.normal(size=(n, 3)) / 3, random.normal(size=(n, 3))
    inner = np.column_stack([500 + 10 * random.normal(size=n), random.normal(size=(n, 4)) / 10])
    camera, X = np.hstack([turn, centre, inner]), random.normal(size=(n, 3)) + np.array([0.0, 0.0, 20.0])
    return camera, X, random.uniform(0.5, 1.0, n), random.normal(size=(n, 2))


def torch(torch: Any, camera: Any, X: Any, weight: Any, feature: Any) -> Any:
    """In PyTorch's words."""
    rotation, centre, focal, middle, radial = camera[:3], camera[3:6], camera[6], camera[7:9], camera[9:11]
    v = X - centre
    theta = torch.sqrt(torch.sum(rotation * rotation))
    axis = rotation / theta
    turned = v * torch.cos(theta) + torch.linalg.cross(axis, v) * torch.sin(theta)
    turned = turned + axis * (torch.sum(axis * v) * (1.0 - torch.cos(theta)))
    p = turned[:2] / turned[2]
    r2 = torch.sum(p * p)
    return weight * (focal * p * (1.0 + radial[0] * r2 + radial[1] * r2 * r2) + middle - feature)


def casadi(ca: Any, camera: Any, X: Any, weight: Any, feature: Any) -> Any:
    """In CasADi's words."""
    rotation, centre, focal, middle, radial = camera[:3], camera[3:6], camera[6], camera[7:9], camera[9:11]
    v = X - centre
    theta = ca.norm_2(rotation)
    axis = rotation / theta
    turned = v * ca.cos(theta) + ca.cross(axis, v) * ca.sin(theta) + axis * (ca.dot(axis, v) * (1.0 - ca.cos(theta)))
    p = turned[:2] / turned[2]
    r2 = ca.dot(p, p)
    return weight * (focal * p * (1.0 + radial[0] * r2 + radial[1] * r2 * r2) + middle - feature)


WORKLOAD = Workload(
    "bundle adjustment, 2 × 15 Jacobians",
    residual,
    {"10 000 observations": data},
    transform="batched_jacobian",
    argnums=(0, 1, 2),
    by_hand=by_hand,
    variants={"torch_eager": torch, "torch_compile": torch, "casadi_vm": casadi, "casadi_c": casadi},
    quick=("10 000 observations",),
    bytes=lambda camera, X, weight, feature: 8.0 * (camera.size + X.size + weight.size + feature.size + 30 * len(X)),
)
