"""The two folders that native code needs: gradgen's own C, and the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder", "runtime_folder"]

PACKAGE = Path(__file__).resolve().parent.parent


def runtime_folder() -> Path:
    """Where the C headers of the runtime are: inside an installed package, beside it in a checkout."""
    installed = PACKAGE / "runtime"
    return installed if installed.is_dir() else PACKAGE.parent / "runtime"


def cache_folder() -> Path:
    """``$GRADGEN_CACHE_DIR``, else the cache folder of the user; it need not exist."""
    chosen = os.environ.get("GRADGEN_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs  # here, because it costs 2 ms that a set GRADGEN_CACHE_DIR saves

    return platformdirs.user_cache_path("gradgen")
