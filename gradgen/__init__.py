"""gradgen compiles the derivatives of plain NumPy functions ahead of time.

>>> import numpy as np, gradgen as gg
>>> def loss(w, A, y):
...     return np.mean(np.log1p(np.exp(-y * (A @ w))))
>>> value_and_grad = gg.value_and_grad(loss)
>>> value, gradient = value_and_grad(np.zeros(2), np.eye(2), np.ones(2))
>>> gradient
array([-0.25, -0.25])
"""

import numpy as np

from gradgen import interop
from gradgen._version import __version__
from gradgen.aot import export
from gradgen.api import (
    Compiled,
    check_grads,
    checkpoint,
    compile,
    custom_jvp,
    custom_vjp,
    debug_nans,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    taylor,
    value_and_grad,
    value_and_hessian,
    value_and_jacobian,
    vjp,
    vmap,
)
from gradgen.errors import (
    ArgumentError,
    CompilerError,
    DifferentiationError,
    DTypeError,
    GradgenError,
    ShapeError,
    TraceError,
)
from gradgen.ir import Dim, Graph, Type, TypeMaker
from gradgen.trace import make_graph, register_pytree

f64, f32 = TypeMaker(np.float64), TypeMaker(np.float32)
i64, i32 = TypeMaker(np.int64), TypeMaker(np.int32)

__all__ = [
    "ArgumentError",
    "Compiled",
    "CompilerError",
    "DTypeError",
    "DifferentiationError",
    "Dim",
    "GradgenError",
    "Graph",
    "ShapeError",
    "TraceError",
    "Type",
    "__version__",
    "check_grads",
    "checkpoint",
    "compile",
    "custom_jvp",
    "custom_vjp",
    "debug_nans",
    "export",
    "f32",
    "f64",
    "grad",
    "hessian",
    "hvp",
    "i32",
    "i64",
    "interop",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "make_graph",
    "register_pytree",
    "stop_gradient",
    "taylor",
    "value_and_grad",
    "value_and_hessian",
    "value_and_jacobian",
    "vjp",
    "vmap",
]
