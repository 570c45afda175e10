"""`stop_gradient`: its operand as it is, to every derivative a constant."""

from __future__ import annotations

from gradgen.ops.kinds import same_type
from gradgen.ops.op import Joint, define

__all__ = ["stop_gradient"]

# Linear together in none of its operands: no tangent goes in, no cotangent comes back.
stop_gradient = define(
    "stop_gradient",
    numpy=lambda x: x,
    type=same_type,
    c="{0}",
    rules=Joint(lambda ct, x: (), over=()),
)
