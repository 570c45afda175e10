"""Compiled functions of PyTorch tensors, see `gradgen.interop.torch`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from gradgen.errors import ArgumentError
from gradgen.interop.program import Program, Programs, Sweeps, leaf_of
from gradgen.ir import DTYPES
from gradgen.trace import LEAF, Tree

__all__ = ["as_torch"]

TAKEN = {torch.from_numpy(np.empty(0, dtype)).dtype for dtype in DTYPES if dtype.kind != "c"}


def as_torch(f: Callable[..., Any], backend: str | None) -> Callable[..., Any]:
    """The function as one of tensors."""
    programs = Programs(f, backend)

    @functools.wraps(f)
    def called(*args: Any, **kwargs: Any) -> Any:
        program, leaves = programs.of(args, kwargs)
        return _apply(program, leaves)

    return called


def _apply(program: Program, leaves: Sequence[Any]) -> Any:
    return _started(program, leaves).finished()


def _started(program: Program, leaves: Sequence[Any]) -> _Call:
    """A call of a program, run."""
    for leaf, label in zip(leaves, program.labels, strict=True):
        if isinstance(leaf, torch.Tensor):
            _check(leaf, f"{program.name}: argument {label}")
    wanted = torch.is_grad_enabled()
    needed = [k for k, leaf in enumerate(leaves) if wanted and isinstance(leaf, torch.Tensor) and leaf.requires_grad]
    constants = [_constant(leaf, bool(needed)) for leaf in leaves]
    call = _Call(program, tuple(constants), tuple(needed))
    nested = torch._C._are_functorch_transforms_active()  # in one of torch.func
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
    call.results = (_Composable if nested else _Eager).apply(call, *tensors)  # type: ignore[no-untyped-call, unused-ignore]
    return call


@dataclass
class _Call:
    """One call of a program: what is not a tensor, and what the forward sweep leaves for the adjoint one."""

    program: Program
    constants: tuple[Any, ...]
    needed: tuple[int, ...]
    value: Tree = LEAF
    results: tuple[Any, ...] = ()
    sweeps: Sweeps | None = None
    tape: list[Any] = field(default_factory=list)

    def filled(self, tensors: Iterable[Any]) -> list[Any]:
        """All leaves, with these in the place of the tensors."""
        given = iter(tensors)
        return [next(given) if leaf is None else leaf for leaf in self.constants]

    def tensors(self) -> list[int]:
        """The positions of the tensors among the leaves."""
        return [k for k, leaf in enumerate(self.constants) if leaf is None]

    def finished(self) -> Any:
        """The results, in their structure."""
        return self.value.unflatten(self.results)

    def forward(self, tensors: Sequence[torch.Tensor]) -> list[Any]:
        """The value, and what the adjoint sweep needs if there will be one."""
        leaves = self.filled(map(_array, tensors))
        types = tuple(map(leaf_of, leaves))
        if not self.needed:
            kernel = self.program.kernel(types)
            self.value = kernel.value
            return kernel.call(*leaves)
        self.sweeps = sweeps = self.program.sweeps(types, self.needed)
        self.value, results = sweeps.value, sweeps.forward(*leaves)
        available = [*leaves, *sweeps.stages.traced.hidden]
        self.tape = [*[available[k] for k in sweeps.kept], *results[sweeps.value.count :]]
        return list(results[: sweeps.value.count])

    def pulled(self, cotangents: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The adjoint sweep."""
        assert self.sweeps is not None  # the forward sweep was run
        return [_tensor(found) for found in self.sweeps.adjoint(*self.tape, *map(_array, cotangents))]


class _Rules:
    """What both kinds of `torch.autograd.Function` have in common."""

    @staticmethod
    def remember(ctx: Any, call: _Call, tensors: Sequence[torch.Tensor], output: Sequence[torch.Tensor]) -> None:
        ctx.call = call
        ctx.dtypes = [result.dtype for result in output]
        ctx.mark_non_differentiable(*[result for result in output if not result.is_floating_point()])
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[Any, ...]:
        call, tensors = ctx.call, ctx.saved_tensors  # raises if one was changed meanwhile
        given = [ct.to(dtype) for ct, dtype in zip(cotangents, ctx.dtypes, strict=True)]
        if torch.is_grad_enabled():  # the gradient may be differentiated
            found = _apply(call.program.pulled(call.needed, len(given)), [*call.filled(tensors), *given])
        else:
            found = call.pulled(given)
        by_place = dict(zip(call.needed, found, strict=True))
        return None, *[by_place.get(k) for k in call.tensors()]

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: torch.Tensor | None) -> tuple[Any, ...]:
        call = ctx.call
        moving = tuple([k for k, t in zip(call.tensors(), tangents, strict=True) if t is not None])
        directions = [t for t in tangents if t is not None]
        moved = _started(call.program.pushed(moving), [*call.filled(ctx.saved_tensors), *directions]).results
        return tuple([t if dtype.is_floating_point else None for t, dtype in zip(moved, ctx.dtypes, strict=True)])


class _Eager(_Rules, torch.autograd.Function):  # type: ignore[misc, unused-ignore]  # without PyTorch it is Any
    """``apply(call, *tensors)`` gives the leaves of the value; PyTorch is quicker with functions of this kind."""

    @staticmethod
    def forward(ctx: Any, call: _Call, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        results = tuple(map(_tensor, call.forward(tensors)))
        _Rules.remember(ctx, call, tensors, results)
        return results


class _Composable(_Rules, torch.autograd.Function):  # type: ignore[misc, unused-ignore]
    """The same, for `torch.func`."""

    @staticmethod
    def forward(call: _Call, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(map(_tensor, call.forward(tensors)))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        call, *tensors = inputs
        _Rules.remember(ctx, call, tensors, output)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], call: _Call, *tensors: torch.Tensor) -> tuple[Any, Any]:
        axes = call.filled(in_dims[1:])
        program = call.program.batched(
            tuple([axes[k] if leaf is None else None for k, leaf in enumerate(call.constants)])
        )
        batched = _started(program, call.filled(tensors))
        call.value = batched.value
        return batched.results, tuple(0 for _ in batched.results)


# --- leaves ----------------------------------------------------------------------------------------------


def _check(tensor: torch.Tensor, label: str) -> None:
    if tensor.device.type != "cpu":
        raise ArgumentError(
            f"{label} is a tensor on {tensor.device}, but compiled functions run on the CPU; pass it .cpu()"
        )
    if tensor.layout is not torch.strided:
        raise ArgumentError(f"{label} is a tensor of layout {tensor.layout}; pass it .to_dense()")
    if tensor.dtype not in TAKEN:
        remedy = (
            "pass real and imaginary part as two arguments" if tensor.is_complex() else "pass it .float() or .double()"
        )
        raise ArgumentError(f"{label} is a tensor of {tensor.dtype}, a dtype that is not compiled; {remedy}")


def _constant(leaf: Any, kept: bool) -> Any:
    """What stands for a leaf in a call: None for a tensor; a copy of an array that will be needed again."""
    if isinstance(leaf, torch.Tensor):
        return None
    return leaf.copy() if kept and isinstance(leaf, np.ndarray) else leaf


def _array(tensor: torch.Tensor) -> Any:
    """The numbers of a tensor, where they are."""
    return tensor.numpy(force=True)


def _tensor(result: Any) -> torch.Tensor:
    return torch.from_numpy(np.asarray(result))
