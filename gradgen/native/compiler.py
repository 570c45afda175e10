"""Which C compiler, found once per machine.

``$CC`` is taken if it is set, and nothing else then; otherwise cc, gcc, clang and the package ziglang
are tried in turn. A compiler counts if it really builds a library that loads. The answer is kept on
disk, so later processes start none.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
import platform
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from gradgen.native.paths import cache_folder, runtime_folder
from gradgen.native.target import features, target
from gradgen.native.toolchain import LIBRARY_SUFFIX, Compiler, run
from gradgen.native.trust import believed, read_own
from gradgen.native.workshop import workshop

__all__ = ["Compiler", "explain_absence", "find_compiler"]

Command = tuple[str, ...]

NAMES = ("cc", "gcc", "clang")
# -fwrapv: integers wrap as NumPy's do; loops over floating-point arrays are the same code with it.
REQUIRED = ("-std=gnu11", "-O2", "-ffp-contract=fast", "-fwrapv", "-fPIC", "-shared")
# -O2 with the vectoriser of -O3: as fast on plain loops, a third quicker to compile on long straight code.
# -Bsymbolic: a user's `select` must call itself, not the one of the C library that the process has loaded already.
# gcc tries to merge instructions three and four at a time, for half of its time on long straight code; the code is
# as fast without (a Hessian of 5500 lines: 10.6 s to 5.8 s, the same time a call).
COMBINE = "--param=max-combine-insns=2"
# gcc 12 stores a constant of 32 bytes that begins 1, 1, 1 and ends in zeros as 1, 1, 1, 1 (seen in 12.2, with AVX-512):
# zeros at the end are not part of the constant as it compares the parts, and it finds all of them equal. 16 bytes at
# a time have no such end.
NARROW_CONSTANTS = ("-mmove-max=128", "-mstore-max=128")
WISHED = (
    *("-ftree-vectorize", "-fvect-cost-model=dynamic", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math"),
    *("-Wl,-Bsymbolic", COMBINE),
)
# glibc's vector functions, tanh among the younger ones: where they are missing the library does not load.
LIBMVEC = "-DGG_LIBMVEC"
PROBE = """#include "gg_math.h"
void gradgen_probe(double *x) { GG_SIMD for (int i = 0; i < 64; ++i) x[i] = gg_tanh(x[i]); }
"""
# The first run of ziglang builds its C library.
PROBE_SECONDS = 120.0


def find_compiler() -> Compiler | None:
    """The C compiler to use, or None; see `explain_absence`."""
    return _find(os.environ.get("CC", "").strip(), os.environ.get("PATH", ""), believed(cache_folder()))[0]


def explain_absence() -> str:
    """One line for the user: why there is no compiler, what happens now, and the remedy."""
    chosen = os.environ.get("CC", "").strip()
    reasons = _find(chosen, os.environ.get("PATH", ""), believed(cache_folder()))[1]
    tried = f"$CC is {chosen!r}" if chosen else f"tried {', '.join(NAMES)} on PATH and the package ziglang"
    why = f" ({'; '.join(reasons)})" if reasons else ""
    remedy = "correct or unset $CC" if chosen else "install gcc or clang, set $CC, or pip install 'gradgen-aot[zig]'"
    return f'no usable C compiler: {tried}{why}; backend="numpy" answers instead, slower. To compile, {remedy}.'


@functools.lru_cache(maxsize=8)
def _find(chosen: str, path: str, cache: Path) -> tuple[Compiler | None, tuple[str, ...]]:
    reasons = []
    for command in _candidates(chosen):
        identity = _identity(command)
        flags = _remembered(cache, identity)
        if flags is None:
            flags, reason = _learn(command, cache, identity)
            if flags is None:
                reasons.append(f"{shlex.join(command)}: {reason}")
                continue
        return Compiler(command, flags, " ".join([identity, *flags, _headers()])), ()
    return None, tuple(reasons)


def _candidates(chosen: str) -> Iterator[Command]:
    if chosen:
        try:
            yield tuple(shlex.split(chosen))
        except ValueError:  # an open quotation mark: no such program, which is what the user then reads
            yield (chosen,)
        return
    yield from ((found,) for found in map(shutil.which, NAMES) if found)
    if importlib.util.find_spec("ziglang"):
        yield (sys.executable, "-m", "ziglang", "cc")


def _identity(command: Command) -> str:
    """The command, the files it runs, and the processor; no process is started to learn it."""
    files = [shutil.which(word) for word in command if not word.startswith("-")]
    zig = importlib.util.find_spec("ziglang") if "ziglang" in command else None
    stamps = [_stamp(file) for file in [*files, zig and zig.origin] if file]
    return " ".join([shlex.join(command), *stamps, target()])


def _stamp(file: str) -> str:
    real = os.path.realpath(file)
    status = os.stat(real)
    return f"{real}:{status.st_mtime_ns}:{status.st_size}"


def _headers() -> str:
    """A digest that changes when the headers do that generated code includes."""
    stamps = "".join(map(_stamp, sorted(map(str, runtime_folder().glob("*.h")))))
    return hashlib.sha256(stamps.encode()).hexdigest()[:12]


def _wished() -> list[str]:
    arm = platform.machine() in ("arm64", "aarch64")
    native = ["-mcpu=native"] if arm else ["-march=native", *NARROW_CONSTANTS]
    # Compilers prefer 256 bits even where 512 are faster for the loops that are worth a compiler.
    wide = ["-mprefer-vector-width=512"] if "avx512f" in features() else []
    return [*WISHED, *native, *wide, LIBMVEC]


def _learn(command: Command, cache: Path, identity: str) -> tuple[tuple[str, ...] | None, str]:
    """The flags this compiler takes; None and the reason if it cannot build a library that loads."""
    try:
        with ExitStack() as stack:
            folder = _workshop(cache, _memo(cache, identity).stem, stack)
            known = _remembered(cache, identity)  # by whoever had the workshop before
            if known is not None:
                return known, ""
            flags, reason = _probe(command, folder)
            if flags is not None:
                _remember(cache, identity, flags)
            return flags, reason
    except OSError as error:  # no folder to work in, or a full disk
        return None, str(error)


def _probe(command: Command, folder: Path) -> tuple[tuple[str, ...] | None, str]:
    wished = _wished()
    if not _try(command, [*REQUIRED, *wished], folder):
        return (*REQUIRED, *wished), ""
    reason = _try(command, list(REQUIRED), folder)
    if reason:
        return None, reason
    taken = [flag for flag in wished if flag != LIBMVEC and not _try(command, [*REQUIRED, flag], folder)]
    vectors = [] if _try(command, [*REQUIRED, *taken, LIBMVEC], folder) else [LIBMVEC]
    return (*REQUIRED, *taken, *vectors), ""


def _workshop(cache: Path, name: str, stack: ExitStack) -> Path:
    """A folder in the cache, because libraries need not load from /tmp; in /tmp where that fails."""
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        return stack.enter_context(workshop(cache, name, PROBE_SECONDS))
    except OSError:
        folder = tempfile.TemporaryDirectory(prefix="gradgen-", ignore_cleanup_errors=True)
        return Path(stack.enter_context(folder))


def _try(command: Command, flags: list[str], folder: Path) -> str:
    """Build and load a library of two lines; what went wrong, or nothing."""
    source, library = folder / "probe.c", folder / f"probe{LIBRARY_SUFFIX}"
    source.write_text(PROBE)
    library.unlink(missing_ok=True)
    status, text = run([*command, *flags, *_files(source, library)], timeout=PROBE_SECONDS)
    if status:
        return text.strip().partition("\n")[0] or f"exit status {status}"
    if not library.exists():
        return "it made no library"
    return _load_error(library)


def _files(source: Path, library: Path) -> list[str]:
    return ["-I", str(runtime_folder()), "-o", str(library), str(source), "-lm"]


def _load_error(library: Path) -> str:
    import _cffi_backend

    try:
        _cffi_backend.load_library(str(library), 0)
    except OSError as error:
        return f"its library does not load: {error}"
    return ""


# A compiler that fails is asked again by each process: what it lacked may have been installed.
def _memo(cache: Path, identity: str) -> Path:
    question = " ".join([identity, *REQUIRED, *_wished()])
    return cache / "compilers" / f"{hashlib.sha256(question.encode()).hexdigest()[:32]}.json"


def _remembered(cache: Path, identity: str) -> tuple[str, ...] | None:
    try:
        flags = tuple(map(str, json.loads(read_own(_memo(cache, identity)))["flags"]))
        # What is in the file goes to a compiler, which runs what some flags name.
        return flags if {*flags} <= {*REQUIRED, *_wished()} else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _remember(cache: Path, identity: str, flags: tuple[str, ...]) -> None:
    memo = _memo(cache, identity)
    try:
        memo.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=memo.parent)
        with os.fdopen(handle, "w") as file:
            json.dump({"compiler": identity, "flags": flags}, file)
        os.replace(name, memo)
    except OSError:
        pass  # the next process finds out for itself; the cache warns when something is stored
