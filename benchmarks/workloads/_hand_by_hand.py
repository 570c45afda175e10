"""The hand's Jacobians as a careful person writes them with NumPy; `benchmarks/c/hand.h` tells how they come about."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Array
from benchmarks.workloads._hand import BONES, FINGERS, PARENTS, rotation, turn

# The joint, counted along its finger, that each of a finger's four angles turns, and about which axis.
JOINTS = [0, 0, 1, 2]
ABOUT_X, ABOUT_Z = np.zeros((2, 4, 4))
ABOUT_X[2, 1], ABOUT_X[1, 2] = 1.0, -1.0
ABOUT_Z[1, 0], ABOUT_Z[0, 1] = 1.0, -1.0


def global_slopes(phi: Array) -> Array:
    """The vectors, as columns, about which a change of each entry of phi turns what phi has turned."""
    square = phi @ phi
    angle = np.sqrt(square)
    cross = np.array([[0.0, -phi[2], phi[1]], [phi[2], 0.0, -phi[0]], [-phi[1], phi[0], 0.0]])
    first, second = (1.0 - np.cos(angle)) / square, (1.0 - np.sin(angle) / angle) / square
    columns: Array = np.eye(3) + first * cross + second * (cross @ cross)
    return columns


def pose(theta: Array, base: Array, inverse: Array) -> tuple[Array, Array]:
    """The bones' motions, and of each angle the motion that a change of it is, both globally turned."""
    absolutes, slopes = np.empty((BONES, 4, 4)), np.empty((FINGERS, 4, 4, 4))
    first = np.eye(4)
    first[:3, :3] = rotation(theta[:3])
    absolutes[0] = first @ base[0]
    absolutes[1] = absolutes[0] @ base[1]
    for bone in range(2, BONES):
        finger, joint = divmod(bone - 2, 4)
        angles = theta[6 + 4 * finger : 10 + 4 * finger]
        own = absolutes[PARENTS[bone]] @ base[bone]
        if joint == 0:
            slopes[finger, 1] = own @ ABOUT_Z @ np.linalg.inv(own)
        if joint < 3:
            own = own @ (turn(angles[0], angles[1]) if joint == 0 else turn(angles[joint + 1], 0.0))
            slopes[finger, joint + 1 if joint else 0] = own @ ABOUT_X @ np.linalg.inv(own)
        absolutes[bone] = own
    return absolutes @ inverse, slopes


def skin_and_rows(theta: Array, base: Array, inverse: Array, rest: Array, weights: Array) -> tuple[Array, Array]:
    """The vertices, and their derivatives (vertices × 3 × 26)."""
    motions, slopes = pose(theta, base, inverse)
    parts = (weights.T[:, :, None] * rest) @ motions.transpose(0, 2, 1)  # what each bone adds to each vertex
    beyond = np.cumsum(parts[2:].reshape(FINGERS, 4, *parts.shape[1:])[:, ::-1], axis=1)[:, ::-1]
    whole = parts[0] + parts[1] + beyond[:, 0].sum(axis=0)
    rows = np.zeros((len(rest), 3, 26))
    rows[:, :, :3] = np.cross(global_slopes(theta[:3]).T, whole[:, None, :3]).transpose(0, 2, 1)
    rows[:, range(3), range(3, 6)] = 1.0
    turned = beyond[:, JOINTS] @ slopes[:, :, :3].transpose(0, 1, 3, 2)
    rows[:, :, 6:] = turned.reshape(4 * FINGERS, *turned.shape[2:]).transpose(1, 2, 0)
    return whole[:, :3] + theta[3:6], rows


def to_vertices_by_hand(theta: Array, *others: Any) -> Array:
    """The Jacobian of the simple objective."""
    *parts, _, nearest = others
    result: Array = -skin_and_rows(theta, *parts)[1][nearest]
    return result


def to_surface_by_hand(both: Array, *others: Any) -> Array:
    """The Jacobian of the complicated objective."""
    *parts, _, corners, us = others
    v, rows = skin_and_rows(both[2:], *parts)
    u = us + both[:2]
    a, b, c = corners.T
    result = np.empty((len(us), 3, 28))
    result[:, :, 0], result[:, :, 1] = v[c] - v[a], v[c] - v[b]
    first, second = u[:, :1, None], u[:, 1:, None]
    result[:, :, 2:] = (first + second - 1.0) * rows[c] - first * rows[a] - second * rows[b]
    return result
