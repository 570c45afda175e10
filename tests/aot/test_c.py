"""The generated ``.c`` and ``.h``: strict compilers take them, and programs without Python get NumPy's numbers."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gradgen as gg
from gradgen.aot.build import lower_exports, write_c
from gradgen.aot.declare import load_module
from gradgen.aot.library import build_library
from tests.aot.conftest import HEAD, STRICT

ROOT = Path(__file__).parents[2]
LOSS = """
@gg.export(transform="value_and_grad", w=gg.f64[3], A=gg.f64["n", 3], y=gg.f64["n"], mu=gg.f64)
@gg.export(transform="vjp", argnums=("w", "mu"), w=gg.f64[3], A=gg.f64["n", 3], y=gg.f64["n"], mu=gg.f64)
def loss(w, A, y, mu):
    \"\"\"Logistic loss. */ int injected; /*\"\"\"
    margin = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w)

@gg.export(x=gg.f64["n"], k=gg.i64, flags=gg.f32[2])
def path(x, k, flags):
    return {"length": np.sum(np.abs(x[1:] - x[:-1])) * k, "ok": flags > 0.5}

table = np.arange(2000.0)

@gg.export(i=gg.f64)
def looked_up(i):
    return np.sum(table * np.sin(i * table))

@gg.export(A=np.eye(40) * 4 + 0.1, b=gg.f64[40], transform="grad", argnums="b")
def energy(A, b):
    return b @ np.linalg.solve(A @ A, b)
"""
ODD = """
@gg.export(int=gg.f64, λ=gg.f64["m"], y0=gg.f64, I=gg.f64["m"], new=gg.f64[2], __LINE__=gg.f64, work=gg.f64, odd=gg.f64)
def odd(int, λ, y0, I, new, __LINE__, work, odd):
    gamma = int * y0 + __LINE__
    exp = np.exp(λ * gamma) + I * work
    while_ = exp  # */ } int injected; {
    SIZE_MAX = np.sum(while_) + new[0] + odd  # \\
    return SIZE_MAX
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, cc) -> Path:
    """The sources of LOSS, and a shared library of them."""
    folder = tmp_path_factory.mktemp("c")
    (folder / "kernels.py").write_text(HEAD + LOSS, encoding="utf-8")
    write_c(lower_exports(load_module(folder / "kernels.py")[1]), folder, "kernels", selftest=True)
    cc(folder, STRICT, "-O2", "-fPIC", "-shared", "kernels.c", "-lm", "-o", "kernels.so")
    return folder


@pytest.fixture(scope="module")
def library(built: Path) -> ctypes.CDLL:
    return ctypes.CDLL(str(built / "kernels.so"))


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def draw(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    return rng.normal(size=3), rng.normal(size=(n, 3)), np.sign(rng.normal(size=n))


def by_hand(w: np.ndarray, A: np.ndarray, y: np.ndarray, mu: float) -> tuple[float, np.ndarray]:
    margin = y * (A @ w)
    pull = -y / (1 + np.exp(margin)) / len(y)
    return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w), A.T @ pull + mu * w


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_one_function_serves_every_size(library: ctypes.CDLL, n: int) -> None:
    w, A, y = draw(n)
    value, gradient = np.zeros(()), np.zeros(3)
    arguments = [*map(pointer, (w, A, y)), ctypes.c_double(0.5), pointer(value), pointer(gradient), ctypes.c_ssize_t(n)]
    assert library.loss_value_and_grad_work_size(ctypes.c_ssize_t(n)) == 0
    assert library.loss_value_and_grad(*arguments) == 0
    expected, slope = by_hand(w, A, y, 0.5)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(gradient, slope, rtol=1e-12, atol=1e-15)


def test_the_adjoint_sweep_starts_from_the_tape(library: ctypes.CDLL) -> None:
    n = 9
    w, A, y = draw(n)
    value, gradient, by_mu = np.zeros(()), np.zeros(3), np.zeros(())
    size = library.loss_tape_size(ctypes.c_ssize_t(n))
    tape = np.full(size, 255, np.uint8)
    given = [*map(pointer, (w, A, y)), ctypes.c_double(0.5)]
    assert library.loss_forward(*given, pointer(value), ctypes.c_ssize_t(n), pointer(tape)) == 0
    results = [pointer(gradient), pointer(by_mu), ctypes.c_ssize_t(n), pointer(tape)]
    assert library.loss_adjoint(*given, ctypes.c_double(2.0), *results) == 0
    expected, slope = by_hand(w, A, y, 0.5)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(gradient, 2 * slope, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(by_mu, w @ w, rtol=1e-13)


def test_sizes_that_a_slice_needs_are_checked(library: ctypes.CDLL) -> None:
    x, flags, length, ok = np.zeros(3), np.array([0.25, 0.75], np.float32), np.zeros(()), np.zeros(2, bool)
    given = [pointer(x), ctypes.c_int64(2), pointer(flags), pointer(length), pointer(ok)]
    assert library.path(*given, ctypes.c_ssize_t(0)) == 6
    assert library.path(*given, ctypes.c_ssize_t(1)) == 0
    assert list(ok) == [False, True]


def test_large_arrays_of_the_closure_are_data(library: ctypes.CDLL) -> None:
    out, table = np.zeros(()), np.arange(2000.0)
    assert library.looked_up(ctypes.c_double(0.5), pointer(out)) == 0
    np.testing.assert_allclose(out, np.sum(table * np.sin(0.5 * table)), rtol=1e-10)


@pytest.mark.parametrize("name", ["loss_value_and_grad", "loss_vjp", "path", "looked_up", "energy_grad"])
def test_a_target_proves_itself(library: ctypes.CDLL, name: str) -> None:
    memory = np.zeros(getattr(library, f"{name}_selftest_size")() + 64, np.uint8)
    assert getattr(library, f"{name}_selftest")(ctypes.c_void_p(-(-memory.ctypes.data // 64) * 64)) == 0


def test_a_wrong_result_is_found(built: Path, cc, tmp_path: Path) -> None:
    text = (built / "kernels.c").read_text().replace("*out = total;", "*out = 2.0 * total;")
    assert text != (built / "kernels.c").read_text()
    (tmp_path / "kernels.c").write_text(text)
    shutil.copy(built / "kernels.h", tmp_path)
    main = '#include "kernels.h"\nstatic double m[1000];\nint main(void) { return looked_up_selftest(m); }\n'
    (tmp_path / "main.c").write_text(main)
    cc(tmp_path, "-std=c11", "-O1", "main.c", "kernels.c", "-lm", "-o", "main")
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 7


PROGRAM = """
#include "kernels.h"
#include <stdio.h>
#include <string.h>

int main(void)
{
    const double w[3] = {0.1, 0.2, 0.3}, A[2][3] = {{1, 2, 3}, {4, 5, 6}}, y[2] = {1, -1}, mu = 0.5;
    double value, slope[3];
    const gg_signature *f = &loss_value_and_grad_signature;
    void *arguments[] = {(void *)w, (void *)A, (void *)y, (void *)&mu}, *results[] = {&value, slope};
    const ptrdiff_t dims[] = {2};
    if (f->work_size(dims) || f->call(arguments, results, dims, 0) != GG_OK) return 1;
    if (f->argument_count != 4 || strcmp(f->arguments[1].name, "A") || strcmp(f->arguments[1].type, "f64")) return 2;
    if (f->arguments[1].ndim != 2 || f->arguments[1].shape[0].dim != 0 || f->arguments[1].shape[1].size != 3) return 3;
    printf("%s %s %.17g %.17g\\n", f->name, f->dims[0], value, slope[2]);
    return 0;
}
"""


@pytest.mark.slow
def test_a_program_calls_through_the_signature(built: Path, cc) -> None:
    (built / "main.c").write_text(PROGRAM)
    cc(built, "-std=c11", "-O1", "-fsanitize=address,undefined", "main.c", "kernels.c", "-lm", "-o", "main")
    name, dim, value, last = subprocess.run([built / "main"], capture_output=True, text=True, check=True).stdout.split()
    expected, slope = by_hand(np.array([0.1, 0.2, 0.3]), np.arange(1.0, 7).reshape(2, 3), np.array([1.0, -1]), 0.5)
    assert (name, dim) == ("loss_value_and_grad", "n")
    np.testing.assert_allclose([float(value), float(last)], [expected, slope[2]], rtol=1e-13)


def test_the_header_is_c_plus_plus_too(built: Path) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler")
    (built / "main.cpp").write_text('#include "kernels.h"\nint main() { return loss_tape_size(3) == 0; }\n')
    command = [compiler, "-std=c++17", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "main.cpp"]
    subprocess.run(command, cwd=built, check=True)


def test_blas_is_linked_on_request(built: Path, cc) -> None:
    cc(built, STRICT, "-DGG_LINK_BLAS", "-c", "kernels.c", "-o", "linked.o")
    undefined = subprocess.run(["nm", "-u", "linked.o"], cwd=built, capture_output=True, text=True, check=True).stdout
    assert {"dgetrf_", "dtrsm_"} & set(undefined.split())
    own = subprocess.run(["nm", "-uD", "kernels.so"], cwd=built, capture_output=True, text=True, check=True).stdout
    assert "dgetrf_" not in own


def test_nothing_but_public_names_is_seen_and_nothing_is_written_to(built: Path) -> None:
    listed = subprocess.run(["nm", "kernels.so"], cwd=built, capture_output=True, text=True, check=True).stdout
    symbols = [line.split()[-2:] for line in listed.splitlines()]
    public = {name for kind, name in symbols if kind in "TRD" and not name.startswith("_")}
    assert all(name.startswith(("loss", "path", "looked_up", "energy")) for name in public), public
    assert {"loss_forward", "loss_adjoint", "loss_tape_size", "loss_value_and_grad_signature"} <= public
    assert not [name for kind, name in symbols if kind in "Bb" and not name.startswith(("_", "completed"))]


def test_names_of_the_user_break_nothing(exported, cc) -> None:
    folder = exported(ODD)
    cc(folder, STRICT, "-O1", "-fPIC", "-shared", "kernels.c", "-lm", "-o", "odd.so")
    macros = "#include <complex.h>\n#include <errno.h>\n#define new nope\n"
    (folder / "user.c").write_text(f'{macros}#include "kernels.h"\nint injected;\n')
    cc(folder, STRICT, "-c", "user.c")
    odd = ctypes.CDLL(str(folder / "odd.so")).odd
    x, out, new = np.array([0.1, 0.2]), np.zeros(()), np.array([3.0, 4.0])
    numbers = {k: ctypes.c_double(value) for k, value in zip("iyLwo", [0.5, 2.0, 1.0, 7.0, 0.25], strict=True)}
    given = [numbers["i"], pointer(x), numbers["y"], pointer(x), pointer(new), *[numbers[k] for k in "Lwo"]]
    assert odd(*given, pointer(out), ctypes.c_ssize_t(2)) == 0
    np.testing.assert_allclose(out, np.sum(np.exp(x * 2.0) + x * 7.0) + 3.25, rtol=1e-13)


TAKEN = ["int", "y0", "gamma", "exp", "class", "λ", "a b", "x; int y", "gg_at", "_f", "select", "errno", "dims"]


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_c_has_taken_is_refused(kernels, name: str) -> None:
    _, found = load_module(kernels(f"def f(x): return x\ngg.export(f, gg.f64, name={name!r})"))
    with pytest.raises(gg.ArgumentError, match=r"export: .* name='my_\w+'\n  kernels.py:5"):
        lower_exports(found)


def test_two_exports_cannot_make_one_name(kernels) -> None:
    text = "def f(x): return x\ngg.export(f, gg.f64)\ngg.export(f, gg.f64[2], name='f_work_size')"
    with pytest.raises(gg.ArgumentError, match="both make the C name f_work_size"):
        lower_exports(load_module(kernels(text))[1])


@pytest.mark.slow
def test_the_same_bytes_in_every_folder_and_process(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom gradgen.aot.build import lower_exports, write_c\n"
        "from gradgen.aot.declare import load_module\nfile = Path(sys.argv[1])\n"
        "write_c(lower_exports(load_module(file)[1]), file.parent, 'kernels', selftest=True)\n"
    )
    texts = []
    for seed in ("1", "4242"):
        folder = tmp_path / f"folder{seed}"
        folder.mkdir()
        (folder / "kernels.py").write_text(HEAD + LOSS, encoding="utf-8")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", program, folder / "kernels.py"], env=environment, check=True)
        texts.append([(folder / name).read_bytes() for name in ("kernels.c", "kernels.h")])
    assert texts[0] == texts[1]
    assert b"folder" not in texts[0][0]


def test_what_needs_lapack_says_so(exported, kernels, cc, tmp_path: Path) -> None:
    text = "@gg.export(A=gg.f64[4, 4])\ndef decay(A):\n    return np.sum(np.abs(np.linalg.eigvals(A)))\n"
    folder = exported(text)
    cc(folder, STRICT, "-c", "kernels.c")
    assert "Link BLAS and LAPACK" in (folder / "kernels.c").read_text()
    with pytest.raises(gg.GradgenError, match=r"decay: eigenvalues of matrices without symmetry.*use --c, and link"):
        build_library(lower_exports(load_module(kernels(text))[1]), tmp_path / "no.so", "no")
