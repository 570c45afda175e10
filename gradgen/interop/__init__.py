"""Compiled functions inside other frameworks: `torch` and `jax`.

- `program`: a function of the leaves of its arguments, with the kernels for its value and its derivatives
- `torch_function`: as a `torch.autograd.Function`
- `jax_function`: as a `jax.custom_vjp` around calls back to the host

Neither framework is imported before its function is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["jax", "torch"]


def torch(f: Callable[..., Any], *, backend: str | None = None) -> Callable[..., Any]:
    """A NumPy function as a differentiable function of PyTorch tensors.

    Forward and adjoint sweep are compiled kernels that read the tensors where they are. Only the gradients that
    are asked for are computed. Derivatives of derivatives (``create_graph=True``) and what `torch.func` makes of
    functions (`grad`, `jvp`, `vmap`, and what is made of these) are compiled too. On the CPU only.

    Parameters
    ----------
    f : callable
        A function of arrays, written with NumPy, or one that gradgen made.
    backend : str, optional
        As for `gradgen.compile`.

    Returns
    -------
    callable
        Called like ``f``, with tensors for arrays, also within containers; gives tensors, structured like the result
        of ``f``. Python's numbers and NumPy arrays among the arguments are constants.

    Raises
    ------
    ArgumentError
        When called, if a tensor is not on the CPU, is sparse, or has a dtype that is not compiled.
    ImportError
        If PyTorch is not installed.

    Examples
    --------
    >>> import numpy as np, gradgen as gg, pytest
    >>> torch = pytest.importorskip("torch")
    >>> norm = gg.interop.torch(lambda x: np.sqrt(np.sum(x**2)))
    >>> x = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> norm(x).backward()
    >>> x.grad
    tensor([0.6000, 0.8000])
    """
    from gradgen.interop.torch_function import as_torch

    return as_torch(f, backend)


def jax(f: Callable[..., Any], *, backend: str | None = None) -> Callable[..., Any]:
    """A NumPy function as a differentiable function of JAX arrays.

    Under `jax.jit` the kernels are called back on the host, which costs some hundred microseconds; `jax.vmap` calls
    them for one sample after the other. Reverse mode only, of any order: JAX has no forward mode through
    functions with a rule of their own for the reverse mode.

    Parameters
    ----------
    f : callable
        A function of arrays, written with NumPy, or one that gradgen made.
    backend : str, optional
        As for `gradgen.compile`.

    Returns
    -------
    callable
        Called like ``f``, with JAX arrays; gives JAX arrays, structured like the result of ``f``. Results have the
        dtypes that ``f`` has on NumPy arrays; without ``jax_enable_x64`` 64 bits become 32, as everywhere in JAX.

    Raises
    ------
    ArgumentError
        When called, if an array has a dtype that is not compiled.
    ImportError
        If JAX is not installed.

    Examples
    --------
    >>> import numpy as np, gradgen as gg, pytest
    >>> jax = pytest.importorskip("jax")
    >>> norm = gg.interop.jax(lambda x: np.sqrt(np.sum(x**2)))
    >>> jax.jit(jax.grad(norm))(np.float32([3.0, 4.0]))
    Array([0.6, 0.8], dtype=float32)
    """
    from gradgen.interop.jax_function import as_jax

    return as_jax(f, backend)
