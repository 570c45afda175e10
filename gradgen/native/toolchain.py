"""A C compiler that works, and one build with it."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gradgen.errors import CompilerError
from gradgen.native.paths import cache_folder, runtime_folder
from gradgen.native.trust import believed

__all__ = ["Compiler", "LIBRARY_SUFFIX"]

LIBRARY_SUFFIX = ".dll" if os.name == "nt" else ".so"
SHOWN_ERRORS = 6


@dataclass(frozen=True, slots=True)
class Compiler:
    """A C compiler that works.

    Parameters
    ----------
    command : tuple of str
        What is run, before the flags.
    flags : tuple of str
        Those of its flags that this compiler takes.
    identity : str
        Changes whenever the code it makes may: the compiler's file, flags, processor, the runtime's headers.
    """

    command: tuple[str, ...]
    flags: tuple[str, ...]
    identity: str

    def build(self, source: Path, output: Path) -> None:
        """Compile one file of generated C to a shared library.

        Raises
        ------
        CompilerError
            If the compiler refuses it; the message is a bug report and names a saved copy of the source.
        OSError
            If the disk is full.
        """
        status, text = run(self._line(source, output))
        if status == 0 and output.exists():
            return
        if os.strerror(errno.ENOSPC) in text:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(output))
        raise CompilerError(self._report(_keep(source), status, text))

    def _line(self, source: Path, output: Path) -> list[str]:
        return [*self.command, *self.flags, "-I", str(runtime_folder()), "-o", str(output), str(source), "-lm"]

    def _report(self, source: Path, status: int, text: str) -> str:
        if status < 0:
            what = f"the C compiler was killed by signal {-status} (often for want of memory)"
        else:
            what = "the C compiler refused code that gradgen wrote: this is a defect of gradgen, please report it"
        command = shlex.join(self._line(source, source.with_suffix(LIBRARY_SUFFIX)))
        lines = text.splitlines()
        shown = [line for line in lines if "error" in line.lower()] or lines
        return "\n  ".join([what, f"source: {source}", f"command: {command}", *shown[:SHOWN_ERRORS]])


def run(command: list[str], timeout: float | None = None) -> tuple[int, str]:
    """Exit status and messages of a command; status 127 if it cannot be started."""
    import subprocess  # here, because a process that finds all it needs on disk runs no compiler

    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
            timeout=timeout, check=False, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return 127, str(error)
    return done.returncode, done.stdout


def _keep(source: Path) -> Path:
    """Copy a refused source to where it outlives the build; the original if even that is impossible."""
    for parent in (believed(cache_folder()), Path(tempfile.gettempdir()) / "gradgen"):
        try:
            (parent / "failed").mkdir(parents=True, exist_ok=True)
            return Path(shutil.copy(source, parent / "failed" / source.name))
        except OSError:
            continue
    return source
