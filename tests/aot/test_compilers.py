"""Generated C under every compiler there is: not a warning, in C or in C++, and NumPy's results."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradgen.aot.build import lower_exports, write_c
from gradgen.aot.declare import load_module
from tests.aot.conftest import HEAD, STRICT
from tests.aot.test_algebra import MAIN, NAMES, TEXT

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[2] / "examples"
ZIG = (sys.executable, "-m", "ziglang")
COMPILERS = {"gcc": ("gcc",), "clang": ("clang",), "zig": (*ZIG, "cc")}
PLUS_PLUS = {"gcc": ("g++",), "clang": ("clang++",), "zig": (*ZIG, "c++")}
# Each dtype through sums that are wider, powers, remainders, comparisons, choices, indices, conversions.
NUMBERS = """
def all_of(x, k):
    y = np.where(x > 1, x ** 2 % 3, -x) // 2 + np.sign(x) * k
    z = np.cumsum(np.maximum(x, np.abs(y))) + x[::-1] + np.clip(x, 0, 5)
    return np.sum(z), np.prod(x), np.max(y), np.argmin(z), z.astype(np.float32), z.astype(np.int32), x[k], x.mean()

def smooth(x, k):
    y = np.tanh(x) + np.hypot(x, k) - np.arctan2(x, k) + np.logaddexp(x, k) + np.sqrt(x) * np.cbrt(x) + np.sinc(x)
    return np.sum(y * y) / np.std(x) + np.sum(np.sort(y)[:2]) + np.log(np.var(y)) + np.median(y) + np.linalg.norm(x)

for name in ("f64", "f32", "i64", "i32"):
    gg.export(all_of, getattr(gg, name)[6], np.int64(2), name=f"all_{name}")
for name in ("f64", "f32"):
    number = getattr(gg, name)
    gg.export(smooth, number[6], number, transform="value_and_grad", argnums=0, name=f"smooth_{name}")
"""
MORE = """
@gg.export(A=spd(5).astype(np.float32), b=gg.f32[5], transform="value_and_grad", argnums=("A", "b"), name="solved_f32")
def again(A, b):
    return solved(A, b)

@gg.export(A=spd(20).astype(np.float32), transform="value_and_grad", name="spectrum_f32")
def spectrum_again(A):
    return spectrum(A)

@gg.export(A=gg.f64["n", 3, 3], b=gg.f64["n", 3], transform="value_and_grad", name="stacked")
def stacked(A, b):
    S = A @ np.swapaxes(A, -1, -2) + np.eye(3)
    return np.sum(np.linalg.solve(A, b[..., None]) ** 2) + np.sum(np.linalg.cholesky(S)) + np.sum(np.linalg.det(A))

import scipy.linalg

@gg.export(A=gg.f64[6, 6], transform="value_and_grad", name="functions")
def functions(A):
    return np.sum(scipy.linalg.expm(A)) + np.linalg.slogdet(A)[1] + np.sum(np.linalg.pinv(A)) + np.sum(np.linalg.inv(A))
"""
LAPACK = """
import scipy.linalg

@gg.export(A=gg.f64[4, 4], transform="value_and_grad")
def decay(A):
    return np.sum(np.abs(np.linalg.eigvals(A)))

@gg.export(A=gg.f64[6, 6], B=gg.f64[3, 3], Q=gg.f64[6, 3], transform="value_and_grad")
def crossed(A, B, Q):
    return np.sum(scipy.linalg.solve_sylvester(A, B, Q)) + np.sum(scipy.linalg.sqrtm(A @ A.T + np.eye(6)))
"""
SOURCES = {
    "arm": EXAMPLES / "c" / "kernels.py",
    "newton": EXAMPLES / "cmake" / "kernels.py",
    "logistic": EXAMPLES / "wheel" / "logistic" / "kernels.py",
    "numbers": HEAD + NUMBERS,
    "algebra": HEAD + TEXT + MORE,
    "lapack": HEAD + LAPACK,
}


def present(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command, where there is such a compiler."""
    if "ziglang" in command and importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed")
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return command


def quiet(folder: Path, *command: str) -> None:
    """Run a compiler that must have nothing to say."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[:3000]
    assert done.stderr == ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the C of all sources is."""
    top = tmp_path_factory.mktemp("compilers")
    for name, given in SOURCES.items():
        text = given if isinstance(given, str) else given.read_text(encoding="utf-8")
        (top / f"{name}.py").write_text(text, encoding="utf-8")
        write_c(lower_exports(load_module(top / f"{name}.py")[1]), top, name, selftest=name in ("algebra", "numbers"))
    return top


@pytest.mark.parametrize("options", ["-O0", "-O2"])
@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_compiler_has_anything_to_say(folder: Path, compiler: str, name: str, options: str) -> None:
    quiet(folder, *present(COMPILERS[compiler]), *STRICT, options, "-c", f"{name}.c", "-o", f"{name}-{compiler}.o")


@pytest.mark.parametrize("compiler", PLUS_PLUS)
def test_the_headers_are_c_plus_plus(folder: Path, compiler: str) -> None:
    text = "".join(f'#include "{name}.h"\n' for name in SOURCES)
    (folder / f"{compiler}.cpp").write_text(f"{text}int main() {{ return GG_OK; }}\n")
    strict = ("-std=c++17", "-Wall", "-Wextra", "-pedantic", "-Werror")
    quiet(folder, *present(PLUS_PLUS[compiler]), *strict, "-c", f"{compiler}.cpp", "-o", f"{compiler}.o")


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_compiler_makes_numpys_results(folder: Path, compiler: str) -> None:
    calls = "".join(f'    run("{name}", {name}_selftest, {name}_selftest_size);\n' for name in NAMES)
    text = MAIN.replace("kernels.h", "algebra.h")
    (folder / "main.c").write_text(f"{text}{calls}    return 0;\n}}\n")
    made = f"main-{compiler}"
    quiet(folder, *present(COMPILERS[compiler]), "-std=c11", "-O2", "main.c", "algebra.c", "-lm", "-o", made)
    done = subprocess.run([folder / made], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"{name} 0" for name in NAMES]


def test_a_compiler_that_would_store_constants_wrongly_is_stopped(folder: Path) -> None:
    gcc = present(("gcc",))
    version = subprocess.run([*gcc, "-dumpversion"], capture_output=True, text=True, check=True).stdout
    if version.partition(".")[0].strip() != "12":
        pytest.skip("it is gcc 12 that does")
    wide = [*gcc, "-std=c11", "-march=x86-64-v4", "-fsyntax-only", "newton.c"]
    done = subprocess.run(wide, cwd=folder, capture_output=True, text=True, check=False)
    assert "add -mmove-max=128 -mstore-max=128 -DGG_NARROW_CONSTANTS" in done.stderr
    quiet(folder, *wide, "-mmove-max=128", "-mstore-max=128", "-DGG_NARROW_CONSTANTS")
