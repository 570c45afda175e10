"""Containers of arrays go the short way, through the dispatcher, as single arrays do."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import gradgen as gg
from gradgen.native.call import Dispatcher
from gradgen.native.compiler import find_compiler

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")


def loss(parameters: Any, x: Any) -> Any:
    for layer in parameters["layers"]:
        x = np.tanh(layer["w"] @ x + layer["b"])
    return np.sum(x * parameters["last"][0])


def arguments() -> tuple[dict[str, Any], np.ndarray]:
    rng = np.random.default_rng(0)
    layers = [{"w": rng.normal(size=(4, 4)), "b": rng.normal(size=4)} for _ in range(2)]
    return {"last": (rng.normal(size=4),), "layers": layers}, rng.normal(size=4)


class Silent(Exception):
    """Raised where Python is asked."""


def only_kernels(function: Any) -> Any:
    """The same dispatcher, which may ask nobody."""

    class Alone(Dispatcher):  # type: ignore[misc, valid-type]
        def _specialise(self, *args: Any, **kwargs: Any) -> Any:
            raise Silent

    alone = Alone()
    for kernel in reversed(function._kernels()):
        alone._add_kernel(kernel)
    return alone


def test_the_second_call_asks_no_python() -> None:
    gradient = gg.grad(loss)
    parameters, x = arguments()
    wanted = gradient(parameters, x)
    found = only_kernels(gradient)(parameters, x)
    assert type(found) is dict
    assert list(found) == list(wanted)
    assert type(found["last"]) is tuple
    assert type(found["layers"]) is list
    np.testing.assert_array_equal(found["layers"][1]["w"], wanted["layers"][1]["w"])


@pytest.mark.parametrize(
    "change",
    [
        lambda p, x: ({**p, "more": x}, x),
        lambda p, x: ({"last": p["last"], "other": p["layers"]}, x),
        lambda p, x: ({**p, "last": list(p["last"])}, x),
        lambda p, x: ({**p, "layers": p["layers"][:1]}, x),
        lambda p, x: ({**p, "layers": tuple(p["layers"])}, x),
        lambda p, x: (p, [x]),
        lambda p, x: (p, x[:3]),
        lambda p, x: (p,),
        lambda p, x: ([p], x),
        lambda p, x: ({**p, "last": (p["last"][0].astype(np.float32),)}, x),
    ],
)
def test_what_is_built_otherwise_is_not_taken(change: Any) -> None:
    gradient = gg.grad(loss)
    parameters, x = arguments()
    gradient(parameters, x)
    with pytest.raises(Silent):
        only_kernels(gradient)(*change(parameters, x))


def test_more_leaves_than_fit_on_the_stack() -> None:
    arrays = [np.full(2, float(k)) for k in range(40)]
    gradient = gg.grad(lambda xs: sum(np.sum(x * x) for x in xs))
    gradient(arrays)
    for found, x in zip(only_kernels(gradient)(arrays), arrays, strict=True):
        np.testing.assert_array_equal(found, 2.0 * x)


def test_a_list_may_change_while_another_thread_computes() -> None:
    gradient = gg.grad(lambda xs: np.sum(np.sin(xs[0]) * xs[1]))
    arrays = [np.ones(200_000), np.ones(200_000)]
    gradient(arrays)
    done = threading.Event()

    def replace() -> None:
        while not done.is_set():
            arrays[0] = np.ones(200_000)

    thread = threading.Thread(target=replace)
    thread.start()
    for _ in range(50):
        np.testing.assert_allclose(gradient(arrays)[1], np.sin(1.0))
    done.set()
    thread.join()
