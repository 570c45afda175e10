"""`export`: which functions of a module are to be compiled ahead of time, by which transform, for which types."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, overload

from gradgen.errors import ArgumentError
from gradgen.ir import Type, TypeMaker
from gradgen.source import Source, caller

__all__ = ["TRANSFORMS", "Export", "export", "exports_of", "load_module"]

TRANSFORMS = (
    *("value", "grad", "value_and_grad", "jacobian", "value_and_jacobian"),
    *("hessian", "value_and_hessian", "hvp", "jvp", "vjp"),
)

Argnums = int | str | Sequence[int | str] | None
Function = Callable[..., Any]


@dataclass(frozen=True)
class Export:
    """One entry of the list of what is to be compiled.

    Attributes
    ----------
    function : callable
        The user's.
    types : dict of str to object
        By the names of its parameters, in their order; parameters that are missing keep their defaults.
    transform : str
        One of `TRANSFORMS`.
    argnums : int, str, or sequence of these; None
        By which arguments; None for the first, of ``jvp`` and ``vjp`` for all that are floating-point.
    name : str
        That of the C function.
    static : frozenset of str
        Parameters whose values are part of the program.
    source : Source
        Where it was declared.
    """

    function: Function
    types: Mapping[str, Any]
    transform: str
    argnums: Argnums
    name: str
    static: frozenset[str] = frozenset()
    source: Source = field(default=Source(), compare=False)

    @property
    def summary(self) -> str:
        """The first paragraph of the function's docstring in one line."""
        text = inspect.getdoc(self.function) or ""
        return " ".join(text.partition("\n\n")[0].split())


# By the name of the module that declares them, in order.
_declared: dict[str, list[Export]] = {}


@overload
def export(
    f: Function, /, *types: Any, name: str | None = None, transform: str = "value", argnums: Argnums = None,
    static_argnames: Sequence[str] = (), **by_name: Any,
) -> Function: ...  # fmt: skip


@overload
def export(
    *types: Any, name: str | None = None, transform: str = "value", argnums: Argnums = None,
    static_argnames: Sequence[str] = (), **by_name: Any,
) -> Callable[[Function], Function]: ...  # fmt: skip


def export(
    *types: Any, name: str | None = None, transform: str = "value", argnums: Argnums = None,
    static_argnames: Sequence[str] = (), **by_name: Any,
) -> Any:  # fmt: skip
    """Declare that ``gradgen build`` compiles a function; a decorator, or called with the function first.

    Parameters
    ----------
    *types, **by_name
        For each parameter of the function a type (``gg.f64[30]``, ``gg.f64["n", 30]``), an example, or a container
        of these, by position or by the parameter's name. Named sizes are arguments of the compiled function: it
        serves every ``n``. A parameter that has a default and is left out keeps it.
    name : str, optional
        The name of the C function; by default that of the function and the transform, as ``loss_value_and_grad``.
    transform : str, optional
        ``"value"``, ``"grad"``, ``"value_and_grad"``, ``"jacobian"``, ``"value_and_jacobian"``, ``"hessian"``,
        ``"value_and_hessian"``, ``"hvp"`` (one more argument, the vector), ``"jvp"`` (a direction for each argument)
        or ``"vjp"``, which gives two functions, ``NAME_forward`` and ``NAME_adjoint``, and a tape between them.
    argnums : int, str, or sequence of these, optional
        By which arguments, by number or name; by default the first, for ``jvp`` and ``vjp`` all floating-point ones.
    static_argnames : sequence of str, optional
        Parameters whose values, given among the types, are part of the program.

    Returns
    -------
    callable
        The function, unchanged: one function may be exported several times.

    Raises
    ------
    ArgumentError
        If a parameter is unknown or has no type, or the transform is none of these.

    Examples
    --------
    >>> import gradgen as gg
    >>> @gg.export(transform="value_and_grad", x=gg.f64["n"])
    ... def energy(x):
    ...     return x @ x
    >>> exports_of(__name__)[-1].name
    'energy_value_and_grad'
    """
    module = str(sys._getframe(1).f_globals.get("__name__", "__main__"))
    where = caller()
    static = frozenset([static_argnames] if isinstance(static_argnames, str) else static_argnames)

    def declare(f: Function, given: tuple[Any, ...]) -> Function:
        if transform not in TRANSFORMS:
            raise ArgumentError(f"export: no transform {transform!r}; there are {', '.join(TRANSFORMS)}\n  {where}")
        by_parameter = _arranged(f, given, by_name, static, where)
        label = name or (f.__name__ if transform in ("value", "vjp") else f"{f.__name__}_{transform}")
        made = Export(f, by_parameter, transform, argnums, label, static, where)
        _declared.setdefault(module, []).append(made)
        return f

    if types and callable(types[0]) and not isinstance(types[0], Type | TypeMaker):
        return declare(types[0], types[1:])
    return lambda f: declare(f, types)


def _arranged(
    f: Function, given: tuple[Any, ...], by_name: Mapping[str, Any], static: frozenset[str], where: Source
) -> dict[str, Any]:
    """The types by parameter, checked."""
    name = getattr(f, "__name__", "")
    if not name or not callable(f):
        raise ArgumentError(f"export: a function with a name is needed, not {f!r}; write it with def\n  {where}")
    parameters = inspect.signature(f).parameters.values()
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        raise ArgumentError(f"export: {name} takes any number of arguments; export one with fixed ones\n  {where}")
    try:
        bound = inspect.signature(f).bind_partial(*given, **by_name)
    except TypeError as error:
        known = ", ".join(p.name for p in parameters)
        raise ArgumentError(f"export: {name} has the parameters {known}: {error}\n  {where}") from None
    missing = [p.name for p in parameters if p.name not in bound.arguments and p.default is p.empty]
    if missing:
        raise ArgumentError(f"export: {name} needs a type for {missing[0]}: {missing[0]}=gg.f64[...]\n  {where}")
    unknown = sorted(static.difference(bound.arguments))
    if unknown:
        raise ArgumentError(f"export: static_argnames has {unknown[0]!r}, which is given no value\n  {where}")
    return dict(bound.arguments)


def exports_of(module: str) -> list[Export]:
    """What a module has declared, in order."""
    return list(_declared.get(module, ()))


def load_module(file: Path) -> tuple[ModuleType, list[Export]]:
    """Run a file as a module and tell what it exports.

    Raises
    ------
    ArgumentError
        If there is no such file, or it exports nothing.
    """
    if not file.is_file():
        raise ArgumentError(f"there is no file {file}")
    name = file.stem
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ArgumentError(f"{file} is no Python file; its name ends in .py")
    module = importlib.util.module_from_spec(spec)
    _declared.pop(name, None)
    before, path = sys.modules.get(name), list(sys.path)
    sys.modules[name] = module
    sys.path.insert(0, str(file.resolve().parent))  # for what stands beside it, as if it were run
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = path
        if before is not None:
            sys.modules[name] = before
    found = exports_of(name)
    if not found:
        raise ArgumentError(f"{file.name} exports nothing; write @gg.export(x=gg.f64[3]) above a function")
    return module, found
