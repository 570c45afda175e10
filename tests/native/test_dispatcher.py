"""The callable that a user holds: which kernel runs, and when it asks for a new one."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.native.entries import echo

X = np.arange(6.0)


@pytest.fixture
def function(calls: ModuleType) -> Any:
    class Function(calls.Dispatcher):
        def __init__(self, name: str) -> None:
            self.name = name

        def _specialise(self, *args: Any, **keywords: Any) -> Any:
            return "specialised", args, keywords

    return Function("f")


def test_nothing_fits_an_empty_list(function: Any) -> None:
    assert function(1, "a", k=X) == ("specialised", (1, "a"), {"k": X})
    assert function() == ("specialised", (), {})
    assert function(*[1] * 20) == ("specialised", (1,) * 20, {})
    assert function.name == "f"


def test_the_fitting_kernel_runs_and_comes_first(function: Any, kernel: Any) -> None:
    kernels = [kernel("add", tree=0), kernel(echo(np.float64), tree=0), kernel(echo(np.int64), tree=0)]
    for one in kernels:
        function._add_kernel(one)
    assert function._kernels() == tuple(reversed(kernels))
    np.testing.assert_array_equal(function(X, X), 2 * X)
    assert function._kernels() == (kernels[0], kernels[2], kernels[1])
    assert type(function(1.5)) is np.float64
    assert type(function(3)) is np.int64
    assert function._kernels() == (kernels[2], kernels[1], kernels[0])
    function._clear_kernels()
    assert function(3)[0] == "specialised"


@pytest.mark.parametrize("argument", ["1", None, [1.0], np.ma.masked_array(1.0), 1, True, np.float32(1), 1j, X])
def test_anything_else_is_specialised(function: Any, kernel: Any, argument: Any) -> None:
    function._add_kernel(kernel(echo(np.float64), tree=0))
    assert function(1.0) == 1.0
    answer = function(argument)
    assert answer[0] == "specialised"
    assert answer[1][0] is argument
    assert function(1.0, 2.0)[0] == "specialised"
    assert function(x=1.0) == ("specialised", (), {"x": 1.0})


def test_a_python_float_never_chooses_float32(function: Any, kernel: Any) -> None:
    function._add_kernel(kernel(echo(np.float32), tree=0))
    assert function(1.5)[0] == "specialised"
    assert function(np.float32(1.5)) == 1.5


def test_errors_of_the_kernel_pass_through(function: Any, kernel: Any) -> None:
    function._add_kernel(kernel("fail"))
    with pytest.raises(np.linalg.LinAlgError):
        function(1)


def test_errors_of_specialise_pass_through(calls: ModuleType) -> None:
    class Broken(calls.Dispatcher):
        def _specialise(self, *args: Any) -> Any:
            raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        Broken()(1)


def test_it_has_attributes_of_its_own(function: Any) -> None:
    function.note = 5
    assert vars(function)["note"] == 5
    assert weakref.ref(function)() is function


def test_cycles_are_collected(calls: ModuleType, kernel: Any) -> None:
    class Function(calls.Dispatcher):
        pass

    function: Any = Function()
    function.itself = function
    function._add_kernel(kernel("add"))
    gone = weakref.ref(function)
    del function
    gc.collect()
    assert gone() is None


def test_a_subclass_may_take_over_the_call(calls: ModuleType, kernel: Any) -> None:
    class Loud(calls.Dispatcher):
        def __call__(self, *args: Any) -> Any:
            return "loud", super().__call__(*args)

    loud = Loud()
    loud._add_kernel(kernel(echo(np.float64), tree=0))
    assert loud(2.0) == ("loud", 2.0)


def test_only_kernels_are_added(function: Any) -> None:
    with pytest.raises(TypeError, match="expected a Kernel"):
        function._add_kernel(len)


def test_without_specialise_there_is_a_clear_error(calls: ModuleType) -> None:
    with pytest.raises(AttributeError, match="_specialise"):
        calls.Dispatcher()(1)


@pytest.mark.parametrize(("wish", "module"), [("1", "gradgen.native.pure"), ("0", "gradgen._dispatch")])
def test_the_environment_chooses_the_implementation(wish: str, module: str) -> None:
    if wish == "0":
        pytest.importorskip("gradgen._dispatch", reason="the extension is not built", exc_type=ImportError)
    program = "from gradgen.native.call import *; print(Kernel.__module__, Dispatcher.__module__, HAVE_DISPATCH)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GRADGEN_PURE_PYTHON": wish},
    )
    assert done.stdout.split() == [module, module, str(wish == "0")]


@pytest.mark.parametrize(
    ("numbers", "taken"), [("p", [True, False, False]), ("n", [False, True, True]), ("-", [True] * 3), ("", [True] * 3)]
)
def test_a_kernel_may_want_numbers_of_one_kind(function: Any, kernel: Any, numbers: str, taken: list[bool]) -> None:
    function._add_kernel(kernel(echo(np.float64), tree=0, numbers=numbers))
    assert [function(x) == 4.0 for x in (4.0, np.float64(4.0), np.array(4.0))] == taken


def test_called_itself_it_takes_both(kernel: Any) -> None:
    one = echo(np.float64)
    assert kernel(one, tree=0, numbers="p")(np.float64(4.0)) == kernel(one, tree=0, numbers="n")(4.0) == 4.0
