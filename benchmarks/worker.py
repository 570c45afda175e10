"""One tool on one workload in a process of its own, which answers questions of `benchmarks.measure` line by line.

    python -m benchmarks.worker TOOL WORKLOAD SIZE RESULTS.npz

It says first how long the first result took. Then ``time SECONDS`` is answered with the seconds a call takes, measured
over about so many seconds, for each way to call it; the end of the questions ends the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tool import Built, Unsupported, arrays, load_tool
from benchmarks.workload import load

Answer = dict[str, Any]


def main() -> None:
    """Build, then answer."""
    tool_name, workload, size, path = sys.argv[1:]
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a tool prints is no answer

    def answer(content: Answer) -> None:
        print(json.dumps(content), file=answers, flush=True)

    try:
        built, first = start(tool_name, workload, size, path)
    except Unsupported as reason:
        answer({"reason": str(reason)})
    except ImportError as error:
        answer({"reason": f"not installed: {error}"})
    except Exception as error:
        answer({"reason": told(error)})
    else:
        answer(first)
        try:
            serve(built, answer)
        except Exception as error:
            answer({"reason": told(error)})


def told(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:160]}"


def start(tool_name: str, workload: str, size: str, path: str) -> tuple[Built, Answer]:
    """Build, call once, and save the result."""
    case = load(workload, size)
    begin = time.perf_counter()
    tool = load_tool(tool_name)
    imported = time.perf_counter() - begin
    begin = time.perf_counter()
    built = tool.build(case)
    result = built.call()
    first = time.perf_counter() - begin
    content: Answer = {"first": first, "imports": imported, "memory": peak(), "version": version_of(tool)}
    content["keeps"] = tool.KEEPS
    shapes = case.gradient_shapes
    found = [array.reshape(shape) for array, shape in zip(arrays(result), shapes, strict=True)]
    np.savez(path, *found)
    return built, content


def serve(built: Built, answer: Callable[[Answer], None]) -> None:
    """Answer until there are no more questions."""
    ways: dict[str, Callable[[int], float]] = dict(built.timers)
    if built.by_python:
        ways["call"] = lambda calls: _seconds(built.call, calls)
    known: dict[str, int] = {}
    for line in sys.stdin:
        block = float(line.split()[1])
        for name, timer in ways.items():
            known.setdefault(name, _calls_in(timer, block))
        answer({name: timer(known[name]) / known[name] for name, timer in ways.items()})


def _seconds(call: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - start


def _calls_in(timer: Callable[[int], float], block: float) -> int:
    """How many calls fill a block."""
    timer(1)  # the first pays for what the later ones find done
    calls, taken = 1, timer(1)
    while taken < block / 10 and calls < 1 << 24:
        calls *= 8
        taken = timer(calls)
    return max(1, round(calls * block / taken))


def peak() -> int:
    """The most memory this process has had, in bytes."""
    with suppress(OSError, StopIteration):  # what `getrusage` tells on Linux starts with the parent's
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def version_of(tool: Any) -> str | None:
    """The version of what was measured."""
    if hasattr(tool, "VERSION"):
        return str(tool.VERSION)
    with suppress(PackageNotFoundError):
        return version(tool.PACKAGE) if tool.PACKAGE else None
    return None


if __name__ == "__main__":
    main()
