"""The processes that `benchmarks.worker` runs in, and the questions put to them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["Worker"]

ROOT = Path(__file__).parent.parent

# One thread each, and nothing that chooses or tunes BLAS's kernels: all are timed as they come.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1")
ONE_THREAD["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
BLAS_SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def caches(folder: Path) -> dict[str, str]:
    """Where each tool that keeps what it compiled is told to keep it: a warm start finds it there."""
    return {
        "GRADGEN_CACHE_DIR": str(folder / "gradgen"),
        "JAX_COMPILATION_CACHE_DIR": str(folder / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "torch"),
        "PYTENSOR_FLAGS": f"base_compiledir={folder / 'pytensor'}",
        "GRADGEN_BENCH_FOLDER": str(folder),
    }


class Worker:
    """One tool on one case in its own process.

    Parameters
    ----------
    tool, name, size : str
        What it runs.
    folder : Path
        What it keeps on disk; a second worker with the same folder starts warm.
    seconds : float
        The longest wait for an answer.
    """

    def __init__(self, tool: str, name: str, size: str, folder: Path, seconds: float) -> None:
        self.results, self.seconds = folder / "results.npz", seconds
        folder.mkdir(parents=True, exist_ok=True)
        environment = {key: value for key, value in os.environ.items() if key not in BLAS_SETTINGS}
        command = [sys.executable, "-m", "benchmarks.worker", tool, name, size, str(self.results)]
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**environment, **ONE_THREAD, **caches(folder)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
        )  # fmt: skip

    def first(self) -> dict[str, Any]:
        """The answer every worker gives once by itself: how its start went."""
        return self._answer("no first result")

    def ask(self, block: float) -> dict[str, Any]:
        """Seconds a call, for each way to call."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"time {block}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return {"reason": "its process ended"}
        return self._answer("no answer")

    def _answer(self, what: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], self.seconds)
        if not ready:
            self.process.kill()
            return {"reason": f"{what} within {self.seconds:.0f} s"}
        line = self.process.stdout.readline()
        if not line:
            return {"reason": f"its process ended with status {self.process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
