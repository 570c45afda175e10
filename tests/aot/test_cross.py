"""Code for other machines than this one: run under an emulator where there is one, else looked at."""

from __future__ import annotations

import importlib.util
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gradgen as gg
from gradgen import cli
from gradgen.aot.build import lower_exports, write_c
from gradgen.aot.declare import load_module
from gradgen.aot.library import build_library, build_object
from gradgen.aot.module import write_module
from gradgen.aot.target import TARGETS, Machine
from gradgen.aot.unit import Unit

TEXT = """
@gg.export(transform="value_and_grad", w=gg.f64[30], A=gg.f64["n", 30], y=gg.f64["n"], mu=gg.f64)
def loss(w, A, y, mu):
    margin = y * (A @ w)
    return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w)

@gg.export(A=np.eye(40) * 4 + 0.1, B=gg.f64[40, 70], transform="grad", argnums="B", name="solved")
def solved(A, B):
    return np.sum(np.tanh(np.linalg.solve(A @ A, B)))

@gg.export(A=np.diag([1.0, 2.0, 4.0]) + 0.1, x=gg.f32["n"], name="spread")
def spread(A, x):
    return np.linalg.eigvalsh(A), np.cumsum(x), np.sum(np.sin(x)), np.argmax(x)
"""
NAMES = ["loss_value_and_grad", "solved", "spread"]
MAIN = """
#include "kernels.h"
#include <stdio.h>
static _Alignas(64) char memory[1 << 20];
static void run(const char *name, int (*test)(void *), ptrdiff_t size)
{
    printf("%s %d\\n", name, size > (ptrdiff_t)sizeof memory ? -1 : test(memory));
}
int main(void)
{
"""
# What node needs to call a library of WebAssembly, and where its memory is free.
HOST = """
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";
const wasi = new WASI({ version: "preview1" });
const { instance } = await WebAssembly.instantiate(readFileSync("kernels.wasm"), wasi.getImportObject());
wasi.initialize(instance);
const e = instance.exports, place = Math.ceil(e.__heap_base.value / 64) * 64;
for (const name of process.argv.slice(2)) {
  const missing = place + e[name + "_selftest_size"]() - e.memory.buffer.byteLength;
  if (missing > 0) e.memory.grow(Math.ceil(missing / 65536));
  console.log(name, e[name + "_selftest"](place));
}
"""
# A few bytes that each kind of file has: format and machine.
ELF = {62: "x86_64", 183: "aarch64", 40: "arm", 243: "riscv64"}
PE = {0x8664: "x86_64", 0xAA64: "aarch64"}
MACH = {0x01000007: "x86_64", 0x0100000C: "aarch64"}


@pytest.fixture
def units(kernels: Callable[..., Path]) -> list[Unit]:
    return lower_exports(load_module(kernels(TEXT))[1])


@pytest.fixture
def zig() -> None:
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed")


def kind(file: Path) -> str:
    """The machine, and the system as far as the file's format tells it."""
    data = file.read_bytes()
    if data[:4] == b"\x7fELF":
        return f"{ELF[struct.unpack_from('<H', data, 18)[0]]}-linux"
    if data[:2] == b"MZ":
        start = struct.unpack_from("<I", data, 60)[0]
        assert data[start : start + 4] == b"PE\0\0"
        machine, flags = struct.unpack_from("<H", data, start + 4)[0], struct.unpack_from("<H", data, start + 22)[0]
        assert flags & 0x2000, "it is no DLL"
        return f"{PE[machine]}-windows"
    if data[:4] == b"\xcf\xfa\xed\xfe":
        return f"{MACH[struct.unpack_from('<I', data, 4)[0]]}-macos"
    assert data[:4] == b"\0asm"
    return "wasm32-wasi"


def works(printed: str) -> bool:
    return printed.splitlines() == [f"{name} 0" for name in NAMES]


@pytest.mark.slow
@pytest.mark.parametrize("target", [name for name in TARGETS if "musl" not in name])
def test_a_library_for_each_kind_of_machine(zig: None, units: list[Unit], tmp_path: Path, target: str) -> None:
    machine = Machine(target=target)
    first = build_library(units, tmp_path / f"a{machine.suffix}", "kernels", machine)
    assert target.startswith(kind(first))
    assert b"loss_value_and_grad_work_size" in first.read_bytes()
    second = build_library(units, tmp_path / "elsewhere" / f"b{machine.suffix}", "kernels", machine)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_an_arm_proves_itself_under_an_emulator(zig: None, units: list[Unit], tmp_path: Path) -> None:
    machine = Machine(target="aarch64-linux-musl")
    build_object(units, tmp_path / "kernels.o", "kernels", machine, selftest=True)
    assert kind(tmp_path / "kernels.o") == "aarch64-linux"
    emulator = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    if emulator is None:
        pytest.skip("the file is one for ARM; without qemu-user it cannot be run")
    write_c(units, tmp_path, "kernels", selftest=True)
    calls = "".join(f'    run("{name}", {name}_selftest, {name}_selftest_size());\n' for name in NAMES)
    (tmp_path / "main.c").write_text(f"{MAIN}{calls}    return 0;\n}}\n")
    compiler = (sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-musl", "-static")
    subprocess.run([*compiler, "main.c", "kernels.o", "-o", "main"], cwd=tmp_path, check=True, timeout=600)
    assert works(subprocess.run([emulator, "./main"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
def test_web_assembly_proves_itself_in_node(zig: None, units: list[Unit], tmp_path: Path) -> None:
    build_library(units, tmp_path / "kernels.wasm", "kernels", Machine(target="wasm32-wasi"), selftest=True)
    node = shutil.which("node")
    if node is None:
        pytest.skip("the file is one of WebAssembly; without node it cannot be run")
    (tmp_path / "host.mjs").write_text(HOST)
    command = [node, "--no-warnings", "host.mjs", *NAMES]
    assert works(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
def test_a_module_for_another_machine_has_its_library(zig: None, units: list[Unit], tmp_path: Path) -> None:
    written = write_module(units[:2], tmp_path, "fast", Machine(target="aarch64-linux-gnu"))
    assert kind(written[0]) == "aarch64-linux"
    assert '"_fast.so"' in (tmp_path / "fast" / "__init__.py").read_text(encoding="utf-8")
    assert not list((tmp_path / "fast").rglob("_dispatch*")), "the extension is for this machine"


WRONG = {
    ("--shared", "--target", "vax"): "there is no target 'vax'; choose one of x86_64-linux-gnu, ",
    ("--shared", "--target", "x86_64-linux-musl", "--libmvec"): "leave it out with --target",
    ("--shared", "--target", "wasm32-wasi", "--variants"): "--variants are for x86-64, not wasm32-wasi",
    ("--object", "--target", "x86_64-linux-gnu", "--variants"): "--variants are of a library",
    ("--module", "--target", "wasm32-wasi"): "a Python module cannot be made for wasm32-wasi",
    ("--target", "aarch64-macos"): "add --shared, --object or --module",
}


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_what_cannot_be_is_refused(
    kernels: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    file = kernels("@gg.export(x=gg.f64)\ndef f(x): return x * x\n")
    assert cli.main(["build", str(file), "-o", str(tmp_path / "out"), "-q", *options]) == 1
    assert WRONG[options] in capsys.readouterr().err


def test_without_zig_the_message_says_what_to_install(units: list[Unit], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(gg.GradgenError, match=r"--target aarch64-macos needs .* pip install 'gradgen-aot\[zig\]'"):
        build_library(units, tmp_path / "no.dylib", "no", Machine(target="aarch64-macos"))
