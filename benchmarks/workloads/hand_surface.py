"""ADBench's hand tracking, complicated: points on triangles, and two columns for where on its triangle each one is."""

from __future__ import annotations

from typing import Any

from benchmarks.workload import Workload
from benchmarks.workloads._hand import VERTICES, casadi_skin, complicated, in_pytensor, in_torch, to_surface
from benchmarks.workloads._hand_by_hand import to_surface_by_hand


def casadi(ca: Any, both: Any, *others: Any) -> Any:
    """In CasADi's words."""
    *parts, points, corners, us = others
    v = casadi_skin(ca, both[2:], *parts)
    first, second = us[:, 0] + both[0], us[:, 1] + both[1]
    of_corners = (first, second, 1.0 - first - second)
    on_surface = sum(ca.repmat(share, 1, 3) * v[corners[:, k], :] for k, share in enumerate(of_corners))
    return (points - on_surface).T  # its vectors go by columns: points come first


TORCH = dict.fromkeys(("torch_eager", "torch_compile"), in_torch(to_surface))
CASADI = dict.fromkeys(("casadi_vm", "casadi_c"), casadi)
WORKLOAD = Workload(
    f"hand, {VERTICES} vertices, 3000 × (2 + 26)",
    to_surface,
    {"complicated": complicated},
    transform="jacobian",
    by_hand=to_surface_by_hand,
    variants={**TORCH, **CASADI, "pytensor": in_pytensor(to_surface)},
    quick=("complicated",),
    bytes=lambda both, base, inverse, rest, weights, points, corners, us: (
        8.0 * (rest.size + weights.size + corners.size + us.size + points.size * both.size)
    ),
)
