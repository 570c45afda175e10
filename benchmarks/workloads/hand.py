"""ADBench's hand tracking, simple: the Jacobian of the distances from 1000 points to their vertices by the pose."""

from __future__ import annotations

from typing import Any

from benchmarks.workload import Workload
from benchmarks.workloads._hand import VERTICES, casadi_skin, in_pytensor, in_torch, simple, to_vertices
from benchmarks.workloads._hand_by_hand import to_vertices_by_hand


def casadi(ca: Any, theta: Any, *others: Any) -> Any:
    """In CasADi's words."""
    *parts, points, nearest = others
    return (points - casadi_skin(ca, theta, *parts)[nearest, :]).T  # its vectors go by columns: points come first


TORCH = dict.fromkeys(("torch_eager", "torch_compile"), in_torch(to_vertices))
CASADI = dict.fromkeys(("casadi_vm", "casadi_c"), casadi)
WORKLOAD = Workload(
    f"hand, {VERTICES} vertices, 3000 × 26",
    to_vertices,
    {"simple": simple},
    transform="jacobian",
    by_hand=to_vertices_by_hand,
    variants={**TORCH, **CASADI, "pytensor": in_pytensor(to_vertices)},
    quick=("simple",),
    bytes=lambda theta, base, inverse, rest, weights, points, nearest: (
        8.0 * (rest.size + weights.size + nearest.size + points.size * theta.size)
    ),
)
