"""The runtime's headers as one text."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gradgen.aot.amalgamate import amalgamate
from gradgen.native.paths import runtime_folder
from tests.aot.conftest import STRICT

CompileC = Callable[..., subprocess.CompletedProcess[str]]
HEADERS = sorted(path.name for path in runtime_folder().glob("gg_*.h") if not re.search("kernels|missing", path.name))


@pytest.mark.parametrize("choice", ["", "-DGG_OWN_LAPACK", "-DGG_LINK_BLAS", "-DGG_ONLY_SMALL"])
def test_every_header_compiles_by_itself(cc: CompileC, tmp_path: Path, choice: str) -> None:
    names = [name for name in HEADERS if (name, choice) != ("gg_lapack_schur.h", "-DGG_OWN_LAPACK")]
    files = []
    for name in names:
        (tmp_path / f"{name}.c").write_text(amalgamate(f'#include "{name}"\n'))
        files.append(f"{name}.c")
    cc(tmp_path, STRICT, *([choice] if choice else []), "-fsyntax-only", *files)


def test_all_together_compile_in_any_order(cc: CompileC, tmp_path: Path) -> None:
    for k, order in enumerate((HEADERS, HEADERS[::-1])):
        (tmp_path / f"all{k}.c").write_text(amalgamate("".join(f'#include "{name}"\n' for name in order)))
    cc(tmp_path, STRICT, "-fsyntax-only", "all0.c", "all1.c")


def test_it_is_the_same_code_as_with_includes(cc: CompileC, tmp_path: Path) -> None:
    text = '#include "gg_factor.h"\n#include "gg_lapack_factor.h"\n#include "gg_cholesky.h"\n'
    (tmp_path / "one.c").write_text(amalgamate(text))
    (tmp_path / "many.c").write_text(text)
    flags = ("-E", "-P", "-I", str(runtime_folder()))
    tokens = [cc(tmp_path, *flags, name).stdout.split() for name in ("one.c", "many.c")]
    assert tokens[0] == tokens[1]


def test_a_header_in_one_branch_is_not_missed_in_the_other(tmp_path: Path) -> None:
    guarded = "#ifndef GG_{0}_H\n#define GG_{0}_H\n{1}\n#endif\n"
    (tmp_path / "gg_a.h").write_text("/* gg_a.h: a */\n" + guarded.format("A", "int a; /* not // this */"))
    choice = '#ifdef X\n#include "gg_a.h"\n#else\n#include "gg_a.h"\n#endif\n#include "gg_a.h"'
    (tmp_path / "gg_b.h").write_text("/* gg_b.h: b */\n" + guarded.format("B", choice))
    text = amalgamate('#include "gg_b.h"\n#include "gg_b.h"\n', tmp_path)
    assert text.count("int a;") == 3
    assert "not" not in text
