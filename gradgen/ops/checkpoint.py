"""`checkpoint`: a value that an adjoint sweep computes again from where it was entered, instead of having it saved.

`checkpoint_entry` is where a checkpointed computation begins: an argument of it, as it is. What derivatives
compute again begins at an entry with more operands, the cotangents: it may be used only when those are known,
which keeps the repetition another value than the original, and late.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradgen.ir import Extent
from gradgen.ops.lowering import Waiting
from gradgen.ops.op import OPS, Entries, Joint, define
from gradgen.ops.value import Value

__all__ = ["checkpoint", "checkpoint_entry"]


def _given_back(ct: Value, *_: Value, **__: int) -> list[Value]:
    return [ct]


def _along(size: Extent, batched: Sequence[bool], x: Value, *others: Value, **attributes: int) -> Value:
    name = "checkpoint" if "linear" in attributes else "checkpoint_entry"
    return OPS[name](x, *others, **attributes)


# Those of one ``call`` are its own, so that what is computed from them is known to be.
checkpoint_entry = define(
    "checkpoint_entry",
    numpy=lambda x, *after, call: x,
    type=lambda x, *after, call: x,
    c=Waiting(),
    rules=Joint(_given_back, over=(0,)),
    batch=Entries(_along),
)

# Operand 0 is the value; the others are the entries that it was computed from, and in the last ``linear`` it is linear.
checkpoint = define(
    "checkpoint",
    numpy=lambda y, *entries, linear: y,
    type=lambda y, *entries, linear: y,
    c=Waiting(),
    rules=Joint(_given_back, over=(0,)),
    batch=Entries(_along),
)
