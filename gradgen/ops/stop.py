"""`stop_gradient`: its operand as it is, to every derivative a constant."""

from __future__ import annotations

from gradgen.ops.kinds import same_type
from gradgen.ops.op import HELD, define

__all__ = ["stop_gradient"]

stop_gradient = define(
    "stop_gradient",
    numpy=lambda x: x,
    type=same_type,
    c="{0}",
    rules=HELD,
)
