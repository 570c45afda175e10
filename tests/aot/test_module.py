"""Built Python modules: they need neither gradgen nor a compiler, and do what the functions do in a session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gradgen as gg
from gradgen.aot.build import lower_exports
from gradgen.aot.declare import load_module
from gradgen.aot.library import build_library
from gradgen.aot.module import write_module
from gradgen.aot.target import Machine
from gradgen.native.compiler import find_compiler
from tests.aot.conftest import HEAD

TEXT = """
@gg.export(transform="value_and_grad", w=gg.f64[3], A=gg.f64["n", 3], mu=gg.f64)
@gg.export(transform="vjp", argnums=("w", "mu"), w=gg.f64[3], A=gg.f64["n", 3], mu=gg.f64)
def loss(w, A, mu):
    \"\"\"A loss with "quotes" and \\\\ in its text.\"\"\"
    return np.sum(np.tanh(A @ w)) + mu * (w @ w)

@gg.export({"a": gg.f64["n"], "b": (gg.f64, gg.f32[2])}, gg.i64)
def tree(p, k):
    return {"s": np.sum(p["a"]) * k, "t": [p["b"][0], None, (p["b"][1],)]}

@gg.export(A=gg.f64[3, 3], b=gg.f64[3])
def solved(A, b):
    return np.linalg.solve(A, b)
"""
pytestmark = [pytest.mark.slow, pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a module `fast` is, with the dispatcher bundled, and `plain` without."""
    top = tmp_path_factory.mktemp("module")
    (top / "kernels.py").write_text(HEAD + TEXT, encoding="utf-8")
    units = lower_exports(load_module(top / "kernels.py")[1])
    write_module(units, top / "out", "fast")
    write_module(units, top / "out", "plain", dispatcher=False)
    return top / "out"


def python(folder: Path, program: str, **environment: str) -> str:
    """What a program prints in a process that finds modules in the folder."""
    variables = {**os.environ, "PYTHONPATH": str(folder), **environment}
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["fast", "plain"])
def module(request: pytest.FixtureRequest, folder: Path):
    sys.path.insert(0, str(folder))
    try:
        yield __import__(request.param)
    finally:
        sys.path.remove(str(folder))


@pytest.mark.parametrize("name", ["fast", "plain"])
def test_importing_needs_numpy_and_cffi_only(folder: Path, name: str) -> None:
    program = (
        "import sys\nsys.modules['gradgen'] = sys.modules['networkx'] = sys.modules['scipy'] = None\n"
        f"import numpy as np, {name} as m\nprint(m.loss_value_and_grad(np.zeros(3), np.ones((2, 3)), 1.0))\n"
        "print(sorted(k for k in sys.modules if 'cffi' in k))"
    )
    value, modules = python(folder, program).splitlines()
    assert value == "(np.float64(0.0), array([2., 2., 2.]))"
    assert modules == "['_cffi_backend']"


@pytest.mark.parametrize("n", [0, 1, 7, 1_000_000])
def test_one_kernel_serves_every_size(module, n: int) -> None:
    rng = np.random.default_rng(n)
    w, A = rng.normal(size=3), rng.normal(size=(n, 3))
    value, gradient = module.loss_value_and_grad(w, A, 0.5)
    np.testing.assert_allclose(value, np.sum(np.tanh(A @ w)) + 0.5 * w @ w, rtol=1e-11)
    np.testing.assert_allclose(gradient, A.T @ (1 - np.tanh(A @ w) ** 2) + w, rtol=1e-11)


def test_pull_back_is_at_the_arguments_as_they_were(module) -> None:
    w, A = np.array([0.1, 0.2, 0.3]), np.ones((4, 3))
    value, pull_back = module.loss_vjp(w, A, mu=2)
    expected = module.loss_value_and_grad(w, A, 2.0)
    w[:] = A[:] = 7.0
    by_w, by_mu = pull_back(3)
    np.testing.assert_allclose(value, expected[0], rtol=1e-14)
    np.testing.assert_allclose(by_w, 3 * expected[1], rtol=1e-13)
    np.testing.assert_allclose(by_mu, 3 * 0.14, rtol=1e-13)


def test_containers_are_taken_and_given(module) -> None:
    b = np.array([1, 2], np.float32)
    result = module.tree({"a": np.arange(4.0), "b": (2.5, b)}, 3)
    assert result["s"] == 18.0
    assert result["t"][:2] == [2.5, None]
    assert isinstance(result["t"][2], tuple)
    np.testing.assert_array_equal(result["t"][2][0], b)


def test_arguments_that_do_not_fit_are_refused_as_in_a_session(module) -> None:
    with pytest.raises(TypeError, match=r"argument A must be f64\[n, 3\], but is f32\[4, 3\]; convert it"):
        module.loss_value_and_grad(np.zeros(3), np.ones((4, 3), np.float32), 1.0)
    with pytest.raises(TypeError, match="missing a required argument: 'mu'"):
        module.loss_value_and_grad(np.zeros(3), np.ones((4, 3)))
    with pytest.raises(np.linalg.LinAlgError, match="singular matrix"):
        module.solved(np.zeros((3, 3)), np.ones(3))


def test_it_looks_like_a_function(module) -> None:
    import inspect
    import pickle

    assert str(inspect.signature(module.loss_vjp)) == "(w, A, mu)"
    assert 'A loss with "quotes"' in module.loss_vjp.__doc__
    assert "A : f64[n, 3]" in module.loss_value_and_grad.__doc__
    assert pickle.loads(pickle.dumps(module.tree)) is module.tree
    assert module.__all__ == ["loss_vjp", "loss_value_and_grad", "tree", "solved"]


def test_the_dispatcher_is_bundled(folder: Path) -> None:
    extension = pytest.importorskip("gradgen._dispatch")
    assert (folder / "fast" / "_gradgen" / Path(extension.__file__).name).exists()
    assert not list((folder / "plain").rglob("_dispatch*"))
    program = "import fast._gradgen.call as c; print(c.HAVE_DISPATCH)"
    assert python(folder, program) == "True\n"
    assert python(folder, program, GRADGEN_PURE_PYTHON="1") == "False\n"


def test_the_stub_is_typed(folder: Path) -> None:
    mypy = pytest.importorskip("mypy.api")
    (folder / "use.py").write_text(
        "import numpy as np\nfrom fast import loss_value_and_grad, loss_vjp, tree\n"
        "value, slope = loss_value_and_grad(np.zeros(3), np.ones((2, 3)), 1.0)\nreveal_type(slope)\n"
        "loss_vjp('no', np.ones((2, 3)), 1.0)\n"
    )
    before = Path.cwd()
    os.chdir(folder)
    try:
        text = mypy.run(["--strict", "--cache-dir", str(folder / "cache"), "use.py"])[0]
    finally:
        os.chdir(before)
    assert "ndarray" in text
    assert "float64" in text.partition("Revealed type is")[2].partition("\n")[0]
    assert 'Argument 1 to "loss_vjp" has incompatible type "str"' in text
    assert "Found 1 error" in text


def test_libraries_are_the_same_bytes_from_everywhere(folder: Path, tmp_path: Path) -> None:
    units = lower_exports(load_module(folder.parent / "kernels.py")[1])
    built = build_library(units, tmp_path / "deep" / "down" / "_fast.so", "fast")
    assert built.read_bytes() == (folder / "fast" / "_fast.so").read_bytes()
    assert os.access(built, os.X_OK)


def test_code_is_for_every_machine_unless_asked_otherwise() -> None:
    assert not [flag for flag in Machine().compiler().flags if "native" in flag or "LIBMVEC" in flag]
    assert "-march=haswell" in Machine(march="haswell").compiler().flags


def test_results_in_classes_of_the_user_are_for_c_only(kernels, tmp_path: Path) -> None:
    text = (
        "from collections import namedtuple\nPoint = namedtuple('Point', 'x y')\n"
        "@gg.export(x=gg.f64)\ndef f(x): return Point(x, x * 2)"
    )
    units = lower_exports(load_module(kernels(text))[1])
    with pytest.raises(gg.ArgumentError, match=r"f: the result is in a Point: .* return a tuple, a list or a dict"):
        write_module(units, tmp_path, "points")


@pytest.mark.slow
def test_importing_is_quick(folder: Path) -> None:
    program = (
        "import numpy\nfrom time import process_time as now\nstart = now()\nimport fast\nprint(now() - start)\n"
        "start = now()\n"
        "fast._library.kernel('solved', *[getattr(fast.solved._kernel, k) for k in ('arguments', 'results', 'dims')], "
        "fast.solved._kernel.argument_names)\nprint(now() - start)"
    )
    times = [list(map(float, python(folder, program).split())) for _ in range(7)]
    module, kernel = map(min, zip(*times, strict=True))
    assert module < 0.020
    assert kernel < 0.002
