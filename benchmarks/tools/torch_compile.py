"""torch.compile with its default backend, Inductor, which writes C++."""

from __future__ import annotations

import torch

from benchmarks.tool import Built
from benchmarks.tools._torch import prepare
from benchmarks.workload import Case

PACKAGE, KEEPS = "torch", True


def build(case: Case) -> Built:
    """Compiled on the first call."""
    return prepare(case, "torch_compile", torch.compile)
