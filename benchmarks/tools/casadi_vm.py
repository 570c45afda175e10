"""CasADi's virtual machine: an interpreter of its expressions, in C++."""

from __future__ import annotations

from typing import Any

from benchmarks.tool import Built
from benchmarks.tools._casadi import derivative, given, taken
from benchmarks.workload import Case

PACKAGE, KEEPS = "casadi", False


def build(case: Case) -> Built:
    """The expression graph is made here."""
    function, arguments = derivative(case, "casadi_vm"), given(case)

    def call() -> Any:
        return taken(case, function(*arguments))

    return Built(call)
