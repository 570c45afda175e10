"""What a user calls."""

from gradgen.api.batching import vmap
from gradgen.api.check import check_grads
from gradgen.api.checkpoint import checkpoint
from gradgen.api.compiled import Compiled, LoweredFunction
from gradgen.api.custom import custom_jvp, custom_vjp, stop_gradient
from gradgen.api.debugging import debug_nans
from gradgen.api.directions import jvp, vjp
from gradgen.api.hessians import hessian, hvp, value_and_hessian
from gradgen.api.jacobians import jacfwd, jacobian, jacrev, value_and_jacobian
from gradgen.api.series import linearize, taylor
from gradgen.api.transforms import compile, grad, value_and_grad

__all__ = [
    "Compiled",
    "LoweredFunction",
    "check_grads",
    "checkpoint",
    "compile",
    "custom_jvp",
    "custom_vjp",
    "debug_nans",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "stop_gradient",
    "taylor",
    "value_and_grad",
    "value_and_hessian",
    "value_and_jacobian",
    "vjp",
    "vmap",
]
