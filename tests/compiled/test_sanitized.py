"""Generated C under the address and undefined-behaviour sanitizers.

The libraries of the sanitizers must be loaded before everything else, so a Python of its own is started
with them, which builds and runs graphs; it ends at the first report.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradgen.native.compiler import find_compiler

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("sanitized.py")
LIBRARIES = ("libasan.so", "libubsan.so")


def libraries() -> list[str]:
    """The sanitizers' libraries; those that the compiler does not have are named by it without a folder."""
    compiler = find_compiler()
    assert compiler is not None  # the tests of this folder skip without one
    found = []
    for name in LIBRARIES:
        done = subprocess.run([*compiler.command, f"-print-file-name={name}"], capture_output=True, text=True)
        path = done.stdout.strip()
        if done.returncode or not os.path.isabs(path):
            pytest.skip(f"the compiler has no {name}")
        found.append(os.path.realpath(path))
    return found


@pytest.mark.parametrize("kind", ["ops", "fixed", "named"])
def test_no_report(kind: str) -> None:
    environment = {
        **os.environ,
        "LD_PRELOAD": " ".join(libraries()),
        "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(PROGRAM), kind], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert "checked" in done.stdout
