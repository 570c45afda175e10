"""ADBench's hand tracking: a skin of 544 vertices over 22 bones is posed by 26 parameters and held against points.

ADBench's hand is not at hand: this one is synthetic, of the same sizes and structure, from a fixed seed.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.workload import Array, with_namespace

BONES, FINGERS, VERTICES, POINTS = 22, 5, 544, 1000
# Forearm, palm, and four bones a finger, the last of which, the tip, does not turn.
PARENTS = [0, 0, *(parent for finger in range(FINGERS) for parent in (1, *range(4 * finger + 2, 4 * finger + 5)))]


def turn(x: Any, z: Any) -> Any:
    """About the first axis, then the third; ADBench's angle about the second is always 0."""
    cx, sx, cz, sz = np.cos(x), np.sin(x), np.cos(z), np.sin(z)
    return np.array(
        [[cz, -sz * cx, sz * sx, 0.0], [sz, cz * cx, -cz * sx, 0.0], [0.0, sx, cx, 0.0], [0.0, 0.0, 0.0, 1.0]]
    )


def rotation(phi: Array) -> Any:
    """About the axis phi by its length; ADBench's case apart for no rotation at all is left out."""
    angle = np.sqrt(np.sum(phi * phi))
    x, y, z = phi[0] / angle, phi[1] / angle, phi[2] / angle
    s, c = np.sin(angle), np.cos(angle)
    v = 1.0 - c
    return np.array(
        [
            [x * x * v + c, x * y * v - z * s, x * z * v + y * s],
            [x * y * v + z * s, y * y * v + c, y * z * v - x * s],
            [x * z * v - y * s, y * z * v + x * s, z * z * v + c],
        ]
    )


def turns(theta: Array) -> dict[int, Any]:
    """The bones that turn: of each finger the first about two axes, the next two about one."""
    found = {}
    for finger in range(FINGERS):
        at, bone = 6 + 4 * finger, 2 + 4 * finger
        found[bone] = turn(theta[at], theta[at + 1])
        found[bone + 1] = turn(theta[at + 2], 0.0)
        found[bone + 2] = turn(theta[at + 3], 0.0)
    return found


def transforms(theta: Array, base: Array, inverse: Array) -> list[Any]:
    """For each bone the matrix from its rest to its pose: the product along the chain from the forearm."""
    turned, absolutes = turns(theta), []
    for bone, parent in enumerate(PARENTS):
        own = base[bone] @ turned[bone] if bone in turned else base[bone]
        absolutes.append(absolutes[parent] @ own if bone else own)
    return [absolute @ inverse[bone] for bone, absolute in enumerate(absolutes)]


def skin(theta: Array, base: Array, inverse: Array, rest: Array, weights: Array) -> Any:
    """The vertices: each is moved by the mean of the bones' transforms with its weights, then all of them globally."""
    flat = np.reshape(np.stack(transforms(theta, base, inverse))[:, :3], (BONES, 12))
    blended = np.reshape(weights @ flat, (VERTICES, 3, 4))
    posed = np.einsum("vij,vj->vi", blended, rest)
    return posed @ np.transpose(rotation(theta[:3])) + theta[3:6]


def to_vertices(
    theta: Array, base: Array, inverse: Array, rest: Array, weights: Array, points: Array, nearest: Array
) -> Any:
    """From each point to the vertex that corresponds to it: ADBench's simple objective."""
    return points - skin(theta, base, inverse, rest, weights)[nearest]


def to_surface(
    both: Array, base: Array, inverse: Array, rest: Array, weights: Array, points: Array, corners: Array, us: Array
) -> Any:
    """From each point to where its coordinates are in a triangle: ADBench's complicated objective.

    A point's residual depends on its own two coordinates only. ``both`` begins with a change of all of them, which is
    0, so that the derivative by it is that by each point's own, packed into two columns as ADBench has it.
    """
    u = us + both[:2]
    first, second = u[:, :1], u[:, 1:]
    v = skin(both[2:], base, inverse, rest, weights)
    on_surface = first * v[corners[:, 0]] + second * v[corners[:, 1]] + (1.0 - first - second) * v[corners[:, 2]]
    return points - on_surface


def model() -> tuple[Array, ...]:
    """Poses of the bones relative to their parents, their inverses in rest, the skin in rest, and its weights."""
    random = np.random.default_rng(0)
    base, absolutes = np.tile(np.eye(4), (BONES, 1, 1)), np.empty((BONES, 4, 4))
    for bone, parent in enumerate(PARENTS):
        lean = random.normal(size=3) / 5 if bone > 1 else np.array([0.1, 0.2, 0.3])
        base[bone, :3, :3] = rotation(lean)
        base[bone, :3, 3] = [random.normal() / 5, 1.0 if bone else 0.0, random.normal() / 5]
        absolutes[bone] = absolutes[parent] @ base[bone] if bone else base[bone]
    # A vertex is near a bone, and moved by the four bones that are nearest.
    owners = np.arange(VERTICES) % BONES
    around = np.column_stack([random.normal(size=(VERTICES, 3)) / 4, np.ones(VERTICES)])
    rest = np.einsum("vij,vj->vi", absolutes[owners], around)
    distance = np.linalg.norm(rest[:, None, :3] - absolutes[:, :3, 3], axis=2)
    weights = np.where(distance <= np.sort(distance, axis=1)[:, 3:4], 1.0 / (distance + 0.1), 0.0)
    return base, np.linalg.inv(absolutes), rest, weights / np.sum(weights, axis=1, keepdims=True)


def pose() -> Array:
    """A hand that is turned, moved, and half closed."""
    random = np.random.default_rng(1)
    return np.concatenate([random.normal(size=6) / 2, random.uniform(0.1, 0.8, 4 * FINGERS)])


def simple() -> tuple[Any, ...]:
    """Points near vertices."""
    theta, parts, random = pose(), model(), np.random.default_rng(2)
    nearest = random.integers(0, VERTICES, POINTS)
    points = skin(theta, *parts)[nearest] + random.normal(size=(POINTS, 3)) / 20
    return theta + random.normal(size=theta.shape) / 50, *parts, points, nearest


def complicated() -> tuple[Any, ...]:
    """Points near triangles of neighbours."""
    theta, *parts = simple()[:5]
    random = np.random.default_rng(3)
    rest = parts[2]
    distance = np.linalg.norm(rest[:, None, :3] - rest[:, :3], axis=2)
    triangles = np.argsort(distance, axis=1)[:, :3]
    corners, us = triangles[random.integers(0, VERTICES, POINTS)], random.uniform(0.0, 0.5, (POINTS, 2))
    both = np.concatenate([np.zeros(2), theta])
    exact = np.zeros((POINTS, 3)) - to_surface(both, *parts, np.zeros((POINTS, 3)), corners, us)
    return both, *parts, exact + random.normal(size=(POINTS, 3)) / 20, corners, us


# --- in other tools' words ----------------------------------------------------------------------------------


def in_torch(function: Any) -> Any:
    """Its matrices are stacked, its indices are tensors."""

    def own(torch: Any, *arguments: Any) -> Any:
        def array(rows: Any) -> Any:
            return torch.stack([torch.stack([torch.as_tensor(x) for x in row]) for row in rows])

        def wide(f: Any) -> Any:
            return lambda x: f(torch.as_tensor(x))

        names = {name: getattr(torch, name) for name in ("sqrt", "sum", "reshape", "stack", "einsum")}
        space = SimpleNamespace(
            **names, array=array, cos=wide(torch.cos), sin=wide(torch.sin), transpose=lambda x: torch.transpose(x, 0, 1)
        )
        return with_namespace(function, space)(*arguments)

    return own


def in_pytensor(function: Any) -> Any:
    """Its matrices are stacked."""

    def own(pt: Any, *arguments: Any) -> Any:
        def array(rows: Any) -> Any:
            return pt.stack([pt.stack(row) for row in rows])

        names = {n: getattr(pt, n) for n in ("sqrt", "sum", "reshape", "stack", "einsum", "cos", "sin", "transpose")}
        return with_namespace(function, SimpleNamespace(**names, array=array))(*arguments)

    return own


def casadi_skin(ca: Any, theta: Any, base: Any, inverse: Any, rest: Any, weights: Any) -> Any:
    """In CasADi's words, which has matrices only: ``base`` and ``inverse`` are block under block."""

    class Blocks:
        def __init__(self, x: Any) -> None:
            self.x = x

        def __getitem__(self, bone: int) -> Any:
            return self.x[4 * bone : 4 * bone + 4, :]

    def array(rows: Any) -> Any:
        return ca.vertcat(*[ca.horzcat(*row) for row in rows])

    space = SimpleNamespace(array=array, cos=ca.cos, sin=ca.sin, sqrt=ca.sqrt, sum=ca.sum1)
    posed = 0.0
    for bone, transform in enumerate(with_namespace(transforms, space)(theta, Blocks(base), Blocks(inverse))):
        posed += (rest @ transform[:3, :].T) * ca.repmat(weights[:, bone], 1, 3)
    turned = posed @ with_namespace(rotation, space)(theta[:3]).T
    return turned + ca.repmat(theta[3:6].T, VERTICES, 1)
