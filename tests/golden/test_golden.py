"""The C of some functions, byte for byte, so that a change shows in the diff; ``pytest --update-golden`` writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradgen.native.compiler import find_compiler
from gradgen.native.toolchain import run
from tests.golden.functions import EXAMPLES

FOLDER = Path(__file__).parent
RUNTIME = FOLDER.parents[1] / "runtime"
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wshadow", "-fsyntax-only", "-fopenmp-simd", "-O2"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_text_is_the_kept_one(name: str, pytestconfig: pytest.Config) -> None:
    kept = FOLDER / f"{name}.c"
    text = EXAMPLES[name].source()
    if pytestconfig.getoption("--update-golden"):
        kept.write_text(text, encoding="utf-8")
    assert kept.read_text(encoding="utf-8") == text, "run pytest --update-golden tests/golden and read the difference"


def test_nothing_is_kept_in_vain() -> None:
    assert {path.stem for path in FOLDER.glob("*.c")} == set(EXAMPLES)


@pytest.mark.parametrize("standard", ["-std=c11", "-std=gnu11", "-std=gnu17"])
def test_every_standard_takes_it(standard: str) -> None:
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    files = [str(path) for path in sorted(FOLDER.glob("*.c"))]
    status, text = run([*compiler.command, standard, *STRICT, "-I", str(RUNTIME), *files])
    assert status == 0, text
