"""The example project: its wheel works where there is neither gradgen nor a compiler."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

import pytest

from gradgen.native.compiler import find_compiler

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "wheel"
# All that the installed wheel may import.
NEEDED = ("numpy", "numpy.libs", "_cffi_backend*", "cffi", "cffi.libs")
PROGRAM = """
import doctest, importlib.util, logistic, numpy as np
assert doctest.testmod(logistic) == (0, 4)
assert not any(importlib.util.find_spec(name) for name in ("gradgen", "networkx", "scipy", "setuptools"))
from logistic import fit
from logistic._kernels import loss_value_and_grad
rng = np.random.default_rng(0)
A = rng.normal(size=(200, 3))
y = np.sign(A @ [1.0, -2.0, 0.5])
w = fit(A, y)
print(np.mean(np.sign(A @ w) == y) > 0.95, loss_value_and_grad(np.zeros(3), A, y, 0.0)[0].round(6))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler"),
    pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="pip builds wheels"),
]


def run(command: list[str | Path], **environment: str) -> str:
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def entry_points(folder: Path) -> None:
    """What an installation of gradgen tells setuptools, for a checkout that is not installed."""
    made = folder / "gradgen_aot-0.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: gradgen-aot\nVersion: 0\n")
    (made / "entry_points.txt").write_text(
        "[distutils.setup_keywords]\ngradgen_modules = gradgen.aot.hook:gradgen_modules\n"
        "[setuptools.finalize_distribution_options]\ngradgen = gradgen.aot.hook:finalize\n"
    )


def wheel_of(project: Path, tmp_path: Path) -> Path:
    entry_points(tmp_path / "site")
    path = f"{ROOT}{os.pathsep}{tmp_path / 'site'}"
    options = ["--no-build-isolation", "--no-deps", "--no-index", "-w", str(tmp_path / "dist")]
    run([sys.executable, "-m", "pip", "wheel", *options, str(project)], PYTHONPATH=path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    return wheel


def empty_environment(folder: Path) -> Path:
    """A virtual environment with numpy and cffi only; its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = Path(run([python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    here = Path(sysconfig.get_path("platlib"))
    for pattern in NEEDED:
        for found in here.glob(pattern):
            (site / found.name).symlink_to(found)
    return python


def test_the_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    project = shutil.copytree(EXAMPLE, tmp_path / "project", ignore=ignored)
    wheel = wheel_of(project, tmp_path)
    assert "-any" not in wheel.name, "it is for one platform"
    python = empty_environment(tmp_path / "empty")
    run([sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)])
    assert run([python, "-I", "-c", PROGRAM], PATH="/nonexistent") == "True 0.693147\n"


def test_the_keyword_of_setup_does_the_same(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    backend = 'requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"'
    (project / "pyproject.toml").write_text(f"[build-system]\n{backend}\n")
    (project / "setup.py").write_text(
        'from setuptools import setup\nsetup(name="alone", version="1", packages=[], gradgen_modules=["k.py:alone"])\n'
    )
    (project / "k.py").write_text("import gradgen as gg\n@gg.export(x=gg.f64)\ndef twice(x): return 2 * x\n")
    wheel = wheel_of(project, tmp_path)
    run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(tmp_path / "installed")])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path / "site")])}
    subprocess.run([sys.executable, "setup.py", "-q", "sdist"], cwd=project, env=environment, check=True)
    (path,) = (project / "dist").glob("*.tar.gz")
    with tarfile.open(path) as archive:
        assert "alone-1/k.py" in archive.getnames(), "whoever builds from source needs it"
    program = "import alone; print(alone.twice(4.0))"
    assert run([sys.executable, "-c", program], PYTHONPATH=str(tmp_path / "installed")) == "8.0\n"
