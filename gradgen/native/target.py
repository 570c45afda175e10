"""The processor that code is compiled for, as far as `-march=native` depends on it."""

from __future__ import annotations

import functools
import hashlib
import platform

__all__ = ["features", "target"]

CPUINFO = "/proc/cpuinfo"


@functools.cache
def features() -> frozenset[str]:
    """Features of the processor as Linux names them; empty where it does not say."""
    try:
        with open(CPUINFO, encoding="ascii", errors="replace") as lines:
            # Only the first processor: the whole file takes 10 ms on a large machine.
            for line in lines:
                key, _, values = line.partition(":")
                if key.strip() in ("flags", "Features"):
                    return frozenset(values.split())
    except OSError:
        pass
    return frozenset()


@functools.cache
def target() -> str:
    """A short text that differs between machines whose compiled code may differ."""
    digest = hashlib.sha256(" ".join(sorted(features())).encode()).hexdigest()
    return f"{platform.system()}-{platform.machine()}-{digest[:12]}"
