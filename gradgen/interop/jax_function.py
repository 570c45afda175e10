"""Compiled functions of JAX arrays, see `gradgen.interop.jax`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from jax.custom_derivatives import SymbolicZero

from gradgen.errors import ArgumentError
from gradgen.interop.program import Leaf, Program, Programs
from gradgen.ir import DTYPES, Graph, Type

__all__ = ["as_jax"]


def as_jax(f: Callable[..., Any], backend: str | None) -> Callable[..., Any]:
    """The function as one of JAX arrays."""
    programs = Programs(f, backend)

    @functools.wraps(f)
    def called(*args: Any, **kwargs: Any) -> Any:
        program, given = programs.of(args, kwargs)
        labels = [f"{program.name}: argument {label}" for label in program.labels]
        leaves = [_checked(leaf, label) for leaf, label in zip(given, labels, strict=True)]
        value = program.kernel(tuple(map(_leaf, leaves))).value
        return value.unflatten(_apply(program, *leaves))

    return called


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _apply(program: Program, *leaves: Any) -> list[Any]:
    """The leaves of the value."""
    kernel = program.kernel(tuple(map(_leaf, leaves)))
    return _on_host(kernel.call, kernel.graph, leaves)


def _forward(program: Program, *primals: Any) -> tuple[list[Any], Any]:
    """The forward sweep: the value, and what the adjoint sweep needs for the leaves that are differentiated by."""
    leaves = [primal.value for primal in primals]
    moving = [primal.perturbed and jnp.issubdtype(primal.value.dtype, jnp.floating) for primal in primals]
    needed = tuple([k for k, moves in enumerate(moving) if moves])
    value, tape = _sweep(program, needed, *leaves)
    return value, jax.tree_util.Partial(functools.partial(_pull, program, needed), leaves, tape)


def _backward(program: Program, pull: Any, cotangents: Sequence[Any]) -> tuple[Any, ...]:
    given = [jnp.zeros(ct.shape, ct.dtype) if isinstance(ct, SymbolicZero) else ct for ct in cotangents]
    found: tuple[Any, ...] = pull(given)
    return found


_apply.defvjp(_forward, _backward, symbolic_zeros=True)

# When a gradient is differentiated, so are the two sweeps that it was computed by. Then the gradient is taken for a
# program of leaves and cotangents, which has a gradient like any other, and nothing moves with the tape.


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _sweep(program: Program, needed: tuple[int, ...], *leaves: Any) -> tuple[list[Any], list[Any]]:
    """The forward sweep: the value and the tape."""
    sweeps = program.sweeps(tuple(map(_leaf, leaves)), needed)
    results, count = _on_host(sweeps.forward, sweeps.stages.traced.graph, leaves), sweeps.value.count
    return results[:count], results[count:]


def _sweep_forward(program: Program, needed: tuple[int, ...], *leaves: Any) -> tuple[Any, Any]:
    return _sweep(program, needed, *leaves), jax.vjp(functools.partial(_apply, program), *leaves)[1]


def _sweep_backward(program: Program, needed: tuple[int, ...], pull: Any, cotangents: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = pull(cotangents[0])
    return found


_sweep.defvjp(_sweep_forward, _sweep_backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _pull(program: Program, needed: tuple[int, ...], leaves: list[Any], tape: list[Any], cts: list[Any]) -> Any:
    """The adjoint sweep: the gradients, None where none is needed."""
    sweeps = program.sweeps(tuple(map(_leaf, leaves)), needed)
    available = [*leaves, *sweeps.stages.traced.hidden]
    kept = [available[k] for k in sweeps.kept]
    return _placed(len(leaves), needed, _on_host(sweeps.adjoint, sweeps.later.traced.graph, [*kept, *tape, *cts]))


def _pull_forward(
    program: Program, needed: tuple[int, ...], leaves: list[Any], tape: list[Any], cts: list[Any]
) -> tuple[Any, Any]:
    gradients, pull = jax.vjp(functools.partial(_apply, program.pulled(needed, len(cts))), *leaves, *cts)
    return _placed(len(leaves), needed, gradients), (pull, tape, len(leaves))


def _pull_backward(program: Program, needed: tuple[int, ...], residual: Any, cotangents: Any) -> tuple[Any, ...]:
    pull, tape, count = residual
    found = pull([cotangents[k] for k in needed])
    return list(found[:count]), [None] * len(tape), list(found[count:])


_pull.defvjp(_pull_forward, _pull_backward)


def _placed(count: int, needed: tuple[int, ...], gradients: Sequence[Any]) -> tuple[Any, ...]:
    by_place = dict(zip(needed, gradients, strict=True))
    return tuple([by_place.get(k) for k in range(count)])


def _on_host(kernel: Callable[..., Any], graph: Graph, arguments: Sequence[Any]) -> list[Any]:
    """A kernel called on the host, when the program that JAX makes gets there."""
    host = _host(kernel, graph, tuple([isinstance(_leaf(argument), type) for argument in arguments]))
    found: list[Any] = jax.pure_callback(host, host.shapes(), *arguments, vmap_method="sequential")
    return found


@functools.lru_cache(maxsize=1024)  # JAX compiles a callback once, as long as it is the same object
def _host(kernel: Callable[..., Any], graph: Graph, weak: tuple[bool, ...]) -> _Host:
    return _Host(kernel, graph.types(graph.inputs)[: len(weak)], graph.types(graph.outputs), weak)


@dataclass(frozen=True, eq=False)
class _Host:
    """A kernel as JAX calls it: numbers come as arrays, and 64 bits may come and go as 32."""

    kernel: Callable[..., Any]
    arguments: tuple[Type, ...]
    results: tuple[Type, ...]
    weak: tuple[bool, ...]

    def shapes(self) -> list[Any]:
        """What JAX expects of the results."""
        dtypes = [jax.dtypes.canonicalize_dtype(result.dtype) for result in self.results]
        return [jax.ShapeDtypeStruct(_extents(r), dtype) for r, dtype in zip(self.results, dtypes, strict=True)]

    def __call__(self, *arrays: Any) -> list[Any]:
        given = [
            np.asarray(array).item() if is_number else np.asarray(array, type_.dtype)
            for array, type_, is_number in zip(arrays, self.arguments, self.weak, strict=True)
        ]
        results = zip(self.kernel(*given), self.results, strict=True)
        return [np.asarray(found, jax.dtypes.canonicalize_dtype(type_.dtype)) for found, type_ in results]


def _extents(type_: Type) -> tuple[int, ...]:
    return tuple([int(extent) for extent in type_.shape])


# --- leaves ----------------------------------------------------------------------------------------------


def _checked(leaf: Any, label: str) -> Any:
    array = jnp.asarray(leaf)
    if array.dtype not in DTYPES or array.dtype.kind == "c":
        parts, floats = "pass real and imaginary part as two arguments", "convert it with .astype('float32')"
        remedy = parts if array.dtype.kind == "c" else floats
        raise ArgumentError(f"{label} is an array of {array.dtype}, a dtype that is not compiled; {remedy}")
    return array


def _leaf(array: Any) -> Leaf:
    """Numbers that came from Python's have no dtype of their own in JAX either, unless they are part of an array."""
    if getattr(array, "weak_type", False) and not array.shape and array.dtype.kind in "fi":
        return float if array.dtype.kind == "f" else int
    return np.dtype(array.dtype), tuple(array.shape)
