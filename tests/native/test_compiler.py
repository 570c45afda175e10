from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradgen.errors import CompilerError
from gradgen.native import compiler as finding
from gradgen.native.compiler import Compiler, explain_absence, find_compiler
from gradgen.native.toolchain import run


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GRADGEN_CACHE_DIR", str(folder))
    return folder


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def counting(path: Path, compiler: Compiler) -> tuple[Path, Path]:
    """A compiler that writes a line to a file each time it is started."""
    log = path / "log"
    return script(path / "counting-cc", f'echo x >> {log}\nexec {compiler.command[0]} "$@"'), log


def test_build_makes_a_library(compiler: Compiler, tmp_path: Path) -> None:
    source = tmp_path / "one.c"
    source.write_text("double one(void) { return 1.0; }\n")
    compiler.build(source, tmp_path / "one.so")
    assert (tmp_path / "one.so").stat().st_size > 0


def test_flags_keep_ieee_and_fix_contraction(compiler: Compiler) -> None:
    assert "-ffp-contract=fast" in compiler.flags
    assert not {"-ffast-math", "-Ofast", "-funsafe-math-optimizations"} & set(compiler.flags)


def test_a_refusal_is_a_bug_report(compiler: Compiler, tmp_path: Path) -> None:
    source = tmp_path / "loss.c"
    source.write_text("int loss(void) { return nonsense; }\n")
    with pytest.raises(CompilerError) as raised:
        compiler.build(source, tmp_path / "loss.so")
    message = str(raised.value)
    saved = re.search(r"source: (.*)", message)
    source.unlink()
    assert saved
    assert "nonsense" in Path(saved[1]).read_text()
    assert "defect of gradgen" in message
    assert f"command: {compiler.command[0]} " in message
    assert re.search(r"error: .*nonsense", message)


def test_a_full_disk_is_no_bug(tmp_path: Path) -> None:
    full = script(tmp_path / "cc", "echo 'fatal error: error writing to x.s: No space left on device' >&2; exit 1")
    source = tmp_path / "x.c"
    source.write_text("")
    with pytest.raises(OSError, match="No space left") as raised:
        Compiler((str(full),), (), "full").build(source, tmp_path / "x.so")
    assert raised.value.errno == errno.ENOSPC


def test_a_killed_compiler_says_so(tmp_path: Path) -> None:
    killed = script(tmp_path / "cc", "kill -9 $$")
    source = tmp_path / "x.c"
    source.write_text("")
    with pytest.raises(CompilerError, match="killed by signal 9"):
        Compiler((str(killed),), (), "killed").build(source, tmp_path / "x.so")


@pytest.mark.parametrize(
    "wrong", ["/nonexistent/cc", "false", "true", "cc --no-such-option", "cc 'open", "/etc/passwd"]
)
def test_an_unusable_cc_is_no_compiler(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", wrong)
    assert find_compiler() is None
    message = explain_absence()
    assert repr(wrong) in message
    assert 'backend="numpy"' in message
    assert "unset $CC" in message
    assert "\n" not in message


def test_no_compiler_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(finding.importlib.util, "find_spec", lambda name: None)
    assert find_compiler() is None
    assert "tried cc, gcc, clang on PATH and the package ziglang" in explain_absence()
    assert "gradgen-aot[zig]" in explain_absence()


def test_cc_may_hold_arguments(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", f"{compiler.command[0]} -DSOMETHING='a b'")
    found = find_compiler()
    assert found is not None
    assert found.command == (compiler.command[0], "-DSOMETHING=a b")
    assert found.identity != compiler.identity


def test_only_flags_that_the_compiler_takes(
    compiler: Compiler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    picky = script(tmp_path / "picky", f'case "$*" in *-march*|*-mcpu*) exit 1;; esac\nexec {compiler.command[0]} "$@"')
    monkeypatch.setenv("CC", str(picky))
    found = find_compiler()
    assert found is not None
    assert not [flag for flag in found.flags if flag.startswith(("-march", "-mcpu"))]
    assert "-fopenmp-simd" in found.flags


def test_a_second_process_starts_nothing(compiler: Compiler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    counted, log = counting(tmp_path, compiler)
    monkeypatch.setenv("CC", str(counted))
    program = "from gradgen.native.compiler import find_compiler; print(find_compiler().identity)"
    identities = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(identities) == 1
    assert len(log.read_text().split()) == 1


def test_a_changed_compiler_is_asked_again(compiler: Compiler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    counted, log = counting(tmp_path, compiler)
    monkeypatch.setenv("CC", str(counted))
    first = find_compiler()
    os.utime(counted, (1, 1))
    finding._find.cache_clear()
    second = find_compiler()
    assert first is not None
    assert second is not None
    assert first.identity != second.identity
    assert len(log.read_text().split()) == 2


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"flags": 3}', "\0\1"])
def test_a_damaged_memo_is_made_anew(compiler: Compiler, own_cache: Path, garbage: str) -> None:
    finding._find.cache_clear()
    first = find_compiler()
    (memo,) = (own_cache / "compilers").iterdir()
    memo.write_text(garbage)
    finding._find.cache_clear()
    assert find_compiler() == first
    assert "-ffp-contract=fast" in memo.read_text()


def test_an_unusable_cache_does_not_hide_the_compiler(compiler: Compiler, own_cache: Path) -> None:
    own_cache.write_text("a file where the folder should be")
    finding._find.cache_clear()
    found = find_compiler()
    assert found is not None
    assert found.flags == compiler.flags


def test_run_reports_what_cannot_start() -> None:
    status, text = run(["/nonexistent/program"])
    assert status == 127
    assert "No such file" in text
