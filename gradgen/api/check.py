"""`check_grads`: compiled derivatives against differences of the function itself, in every mode and order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradgen.api.directions import jvp, vjp
from gradgen.errors import DifferentiationError
from gradgen.trace import Tree, flatten

__all__ = ["check_grads"]

MODES = ("fwd", "rev")

# What float32 can be held to.
SINGLE = 1e-4


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Sequence[str] = MODES,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    eps: float = 1e-5,
    seed: int = 0,
    backend: str | None = None,
) -> None:
    """Compare derivatives with central differences along random directions.

    Parameters
    ----------
    f : callable
        Differentiable at ``args``; gives arrays or containers of arrays.
    args : sequence
        Arguments at which to check; integers and booleans, in containers too, are held.
    order : int, optional
        Derivatives up to this order; each order differentiates the one before it in every mode.
    modes : sequence of str, optional
        ``"fwd"`` (jvp) and ``"rev"`` (vjp).
    rtol, atol : float, optional
        Allowed error; relative to the magnitude of the derivative along the direction. Where an argument is
        float32, at least 1e-4.
    eps : float, optional
        Step of the differences.
    seed : int, optional
        Of the random directions.
    backend : str, optional
        As for `compile`.

    Raises
    ------
    DifferentiationError
        If a derivative differs; the message says mode, order, both numbers.

    Examples
    --------
    >>> import numpy as np
    >>> check_grads(lambda x: np.sum(np.sin(x) * x), [np.array([0.3, 1.2])], order=2)
    """
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown:
        raise DifferentiationError(f"check_grads: no mode {unknown[0]!r}; there are {', '.join(MODES)}")
    generator = np.random.default_rng(seed)
    f, args = _of_what_moves(f, args)
    if any(getattr(leaf, "dtype", None) == np.float32 for leaf in flatten(tuple(args))[0]):
        rtol, atol = max(rtol, SINGLE), max(atol, SINGLE)
    _check(f, list(args), order, modes, (rtol, atol, eps), generator, backend, getattr(f, "__name__", "f"))


def _of_what_moves(f: Callable[..., Any], args: Sequence[Any]) -> tuple[Callable[..., Any], Sequence[Any]]:
    """A function of the floating-point leaves among the arguments, and these."""
    leaves, tree = flatten(tuple(args))
    moving = [k for k, leaf in enumerate(leaves) if np.asarray(leaf).dtype.kind not in "iub"]
    if len(moving) == len(leaves):
        return f, args

    def of_moving(*given: Any) -> Any:
        everything = {**dict(enumerate(leaves)), **dict(zip(moving, given, strict=True))}
        return f(*tree.unflatten(list(everything.values())))

    of_moving.__name__ = getattr(f, "__name__", "f")
    return of_moving, [leaves[k] for k in moving]


def _check(
    f: Callable[..., Any],
    args: list[Any],
    order: int,
    modes: Sequence[str],
    tolerances: tuple[float, float, float],
    generator: np.random.Generator,
    backend: str | None,
    label: str,
) -> None:
    if order == 0:
        return
    leaves, tree = flatten(tuple(args))
    direction = tree.unflatten([_random(leaf, generator) for leaf in leaves])
    rtol, atol, eps = tolerances
    expected = _differences(f, leaves, flatten(direction)[0], tree, eps)
    value, moved = jvp(f, tuple(args), direction, backend=backend)
    weights, structure = _weights(value, generator)
    wanted = _dot(expected, weights)
    scale = sum(float(np.sum(np.abs(e * w))) for e, w in zip(expected, weights, strict=True))
    if "fwd" in modes:
        _compare(f"{label}, forward mode", _dot(flatten(moved)[0], weights), wanted, rtol * scale + atol)
    if "rev" in modes:
        _, pull_back = vjp(f, *args, backend=backend)
        pulled = flatten(pull_back(structure.unflatten(weights)))[0]
        _compare(f"{label}, reverse mode", _dot(pulled, flatten(direction)[0]), wanted, rtol * scale + atol)
    for mode in modes:
        derivative = _derivative(f, mode, direction, structure.unflatten(weights), backend)
        _check(derivative, args, order - 1, modes, tolerances, generator, backend, f"{mode} derivative of {label}")


def _derivative(
    f: Callable[..., Any], mode: str, direction: Any, weights: Any, backend: str | None
) -> Callable[..., Any]:
    """The first derivative by one mode, as a function to differentiate again."""
    if mode == "fwd":
        return lambda *args: jvp(f, args, _in_dtypes(direction, args), backend=backend)[1]

    def pulled(*args: Any) -> Any:
        y, pull_back = vjp(f, *args, backend=backend)
        return pull_back(_in_dtypes(weights, y))

    return pulled


def _in_dtypes(tree_of_arrays: Any, like: Any) -> Any:
    """Arrays in the dtypes of others: differences are taken in float64 also where arguments are float32."""
    leaves, tree = flatten(tree_of_arrays)
    dtypes = [getattr(leaf, "dtype", np.float64) for leaf in flatten(like)[0]]
    return tree.unflatten([np.asarray(leaf, dtype)[()] for leaf, dtype in zip(leaves, dtypes, strict=True)])


def _random(leaf: Any, generator: np.random.Generator) -> Any:
    array = np.asarray(leaf)
    return generator.normal(size=array.shape).astype(array.dtype)[()]


def _weights(value: Any, generator: np.random.Generator) -> tuple[list[Any], Tree]:
    leaves, tree = flatten(value)
    return [_random(leaf, generator) for leaf in leaves], tree


def _differences(
    f: Callable[..., Any], leaves: list[Any], direction: list[Any], tree: Tree, eps: float
) -> list[np.ndarray]:
    """Central differences of the leaves of the result along a direction, taken in float64.

    Those of two steps are extrapolated (Richardson), so that their error falls with the fourth power of the step.
    """
    near, far = (_difference(f, leaves, direction, tree, step) for step in (eps / 2, eps))
    return [np.asarray((4 * n - d) / 3) for n, d in zip(near, far, strict=True)]


def _difference(
    f: Callable[..., Any], leaves: list[Any], direction: list[Any], tree: Tree, eps: float
) -> list[np.ndarray]:
    ends = []
    for step in (eps, -eps):
        moved = [np.float64(x) + step * np.float64(d) for x, d in zip(leaves, direction, strict=True)]
        ends.append(flatten(f(*tree.unflatten(moved)))[0])
    return [np.asarray((high - low) / (2 * eps)) for high, low in zip(*ends, strict=True)]


def _dot(left: Sequence[Any], right: Sequence[Any]) -> float:
    return sum(float(np.sum(np.asarray(x) * np.asarray(y))) for x, y in zip(left, right, strict=True))


def _compare(label: str, got: float, wanted: float, allowed: float) -> None:
    if not abs(got - wanted) <= allowed:
        raise DifferentiationError(
            f"{label}: the derivative along a random direction is {got!r}, by differences {wanted!r} "
            f"(allowed error {allowed:.3g})"
        )
