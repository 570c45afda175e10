"""What a user calls."""

from gradgen.api.check import check_grads
from gradgen.api.compiled import Compiled, LoweredFunction
from gradgen.api.transforms import compile, grad, jvp, value_and_grad, vjp

__all__ = ["Compiled", "LoweredFunction", "check_grads", "compile", "grad", "jvp", "value_and_grad", "vjp"]
