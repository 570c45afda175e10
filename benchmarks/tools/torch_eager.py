"""PyTorch as it is used: one operation after another, and a tape."""

from __future__ import annotations

from benchmarks.tool import Built
from benchmarks.tools._torch import prepare
from benchmarks.workload import Case

PACKAGE, KEEPS = "torch", False


def build(case: Case) -> Built:
    """Nothing is compiled."""
    return prepare(case, "torch_eager", lambda function: function)
