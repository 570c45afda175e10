"""`Machine`: for which machines code is made, those of this kind or another one's, and by which compiler."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gradgen.errors import ArgumentError, GradgenError
from gradgen.native.compiler import explain_absence, find_compiler
from gradgen.native.toolchain import LIBRARY_SUFFIX, Compiler

__all__ = ["TARGETS", "Machine", "Target", "find_target"]

# What makes code for the processor, or the C library, of this machine.
PARTICULAR = ("-march=", "-mcpu=", "-mprefer-vector-width=", "-DGG_LIBMVEC")
# What gcc needs so as not to store constants wrongly; the C asks for the macro, see gradgen/aot/source.py.
NARROW = "-mmove-max=128"
NARROWED = "-DGG_NARROW_CONSTANTS"
# No debug information: it names folders. Overflow wraps, so zig's checks of it are not wanted.
ZIG = (
    *("-std=gnu11", "-O2", "-g0", "-ffp-contract=fast", "-fwrapv", "-fno-math-errno", "-fno-trapping-math"),
    *("-ftree-vectorize", "-fopenmp-simd", "-fno-sanitize=all"),
)


@dataclass(frozen=True)
class Target:
    """Another kind of machine.

    Attributes
    ----------
    triple : str
        As zig calls it; behind glibc's name stands the oldest version that the code runs with.
    suffix : str
        What the name of a library ends in.
    flags : tuple of str
        What makes a library there.
    """

    triple: str
    suffix: str
    flags: tuple[str, ...]


def _elf(triple: str) -> Target:
    # -Bsymbolic: a user's `select` must call itself, not the one that the process has loaded already.
    return Target(triple, ".so", ("-fPIC", "-shared", "-Wl,-Bsymbolic", "-s"))


def _windows(triple: str) -> Target:
    return Target(triple, ".dll", ("-shared", "-s"))


def _macos(triple: str) -> Target:
    return Target(triple, ".dylib", ("-fPIC", "-shared", "-s"))


# By the names that --target has.
TARGETS = {
    "x86_64-linux-gnu": _elf("x86_64-linux-gnu.2.17"),
    "x86_64-linux-musl": _elf("x86_64-linux-musl"),
    "aarch64-linux-gnu": _elf("aarch64-linux-gnu.2.17"),
    "aarch64-linux-musl": _elf("aarch64-linux-musl"),
    "arm-linux-gnueabihf": _elf("arm-linux-gnueabihf"),
    "arm-linux-musleabihf": _elf("arm-linux-musleabihf"),
    "riscv64-linux-gnu": _elf("riscv64-linux-gnu"),
    "riscv64-linux-musl": _elf("riscv64-linux-musl"),
    "x86_64-windows": _windows("x86_64-windows-gnu"),
    "aarch64-windows": _windows("aarch64-windows-gnu"),
    "x86_64-macos": _macos("x86_64-macos"),
    "aarch64-macos": _macos("aarch64-macos"),
    # No program, but functions that a host calls; its memory begins to be free at __heap_base.
    "wasm32-wasi": Target("wasm32-wasi", ".wasm", ("-mexec-model=reactor", "-s", "-Wl,--export=__heap_base")),
}


def find_target(name: str) -> Target:
    """The target of this name.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    if name not in TARGETS:
        raise ArgumentError(f"there is no target {name!r}; choose one of {', '.join(TARGETS)}")
    return TARGETS[name]


@dataclass(frozen=True)
class Machine:
    """For which machines code is made; by default all of the kind of this one.

    Attributes
    ----------
    march : str
        Instructions to use beyond those that every machine of the kind has, as the compiler calls them.
    libmvec : bool
        Whether glibc's vector functions may be called.
    target : str
        Another kind of machine, one of `TARGETS`; zig compiles for it.
    variants : bool
        Whether to compile everything three times, for older and newer x86-64; see `gradgen.aot.variants`.

    Raises
    ------
    ArgumentError
        If there is no such target, or two of these exclude each other.
    """

    march: str = ""
    libmvec: bool = False
    target: str = ""
    variants: bool = False

    def __post_init__(self) -> None:
        """Refuse what there is not."""
        if self.target:
            find_target(self.target)
        if self.target and self.libmvec:
            raise ArgumentError("--libmvec is for this machine's compiler and C library; leave it out with --target")
        if self.variants and not self.is_x86_64:
            raise ArgumentError(f"--variants are for x86-64, not {self.target or 'this machine'}; leave it out")
        if self.variants and self.march:
            raise ArgumentError(f"--variants choose the instructions themselves; leave out --march {self.march}")

    @property
    def suffix(self) -> str:
        """What the name of a library ends in."""
        return find_target(self.target).suffix if self.target else LIBRARY_SUFFIX

    @property
    def prefix(self) -> str:
        """What it begins with, where the linker's ``-l`` looks for it."""
        return "" if self.suffix in (".dll", ".wasm") else "lib"

    @property
    def is_x86_64(self) -> bool:
        """Whether the processor is one."""
        return (self.target or platform.machine().lower()).startswith(("x86_64", "amd64"))

    def compiler(self, stem: str = "", exported: Sequence[str] = ()) -> Compiler:
        """What builds a library.

        Parameters
        ----------
        stem : str, optional
            Its name.
        exported : sequence of str, optional
            Its public names, for linkers that want to be told.

        Raises
        ------
        GradgenError
            If there is no such compiler.
        """
        return self._cross(stem, exported) if self.target else self._own()

    def _own(self) -> Compiler:
        found = find_compiler()
        if found is None:
            raise GradgenError(explain_absence())
        flags = [flag for flag in found.flags if not flag.startswith(PARTICULAR)]
        flags += [NARROWED] if NARROW in flags else []
        flags += [f"-march={self.march}"] if self.march else []
        flags += ["-DGG_LIBMVEC"] if self.libmvec and "-DGG_LIBMVEC" in found.flags else []
        return replace(found, flags=tuple(flags))

    def _cross(self, stem: str, exported: Sequence[str]) -> Compiler:
        target = find_target(self.target)
        if importlib.util.find_spec("ziglang") is None:
            raise GradgenError(
                f"--target {self.target} needs the compiler of the package ziglang; pip install 'gradgen-aot[zig]'"
            )
        names = [f"-Wl,--export={name}" for name in exported] if target.suffix == ".wasm" else []
        # Or the library would say in which folder it was made.
        names += [f"-Wl,-install_name,@rpath/{self.prefix}{stem}.dylib"] if target.suffix == ".dylib" else []
        chosen = [f"-mcpu={self.march.replace('-', '_')}"] if self.march else []
        command = (sys.executable, "-m", "ziglang", "cc", "-target", target.triple)
        return Compiler(command, (*ZIG, *chosen, *target.flags, *names), "")
