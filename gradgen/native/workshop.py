"""A folder to build in, one process at a time.

Who builds something holds a lock on the folder that it is built in. The lock goes with the process that holds it,
however that ends, so a killed builder is followed at once by the next in line, who starts in the same folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: everybody builds, and the first to rename wins
    fcntl = None  # type: ignore[assignment]

__all__ = ["UNFINISHED", "workshop"]

UNFINISHED = ".tmp-"
# Longer than nearly all compilations: after this, whoever holds the lock is taken to hang.
PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.02


@contextmanager
def workshop(root: Path, name: str, patience: float = PATIENCE_SECONDS) -> Iterator[Path]:
    """An empty folder inside another, on the same file system; removed at the end, unless it was renamed.

    Parameters
    ----------
    root : Path
        Where it is made.
    name : str
        Of what is built: only one process at a time has the workshop of this name. So look first, inside,
        whether somebody has built it meanwhile.
    patience : float
        For so many seconds others are waited for; then, or where the file system has no locks, all build at once.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    folder = root / f"{UNFINISHED}{name}"
    handle = _locked(folder, time.monotonic() + patience)
    if handle is None:
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))
    try:
        yield folder
    finally:
        if handle is None or _is_at(handle, folder):
            shutil.rmtree(folder, ignore_errors=True)
        if handle is not None:
            _release(handle)


def _locked(folder: Path, limit: float) -> int | None:
    """The folder made, emptied, opened and locked; None if others have it until the limit, or there are no locks."""
    if fcntl is None:
        return None
    while True:
        with suppress(FileExistsError):  # not by Path.mkdir, which looks again whether it still is there
            os.mkdir(folder, mode=0o700)
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:  # who had it was ready between the two lines
            continue
        try:
            if not _lock(handle, limit):
                return None
            if _is_at(handle, folder):
                _empty(folder)
                kept, handle = handle, -1
                return kept
        finally:
            if handle >= 0:
                _release(handle)


def _lock(handle: int, limit: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > limit:
                return False
            time.sleep(POLL_SECONDS)
        except OSError:  # some network file systems have no such locks
            return False
        else:
            return True


def _release(handle: int) -> None:
    """Unlock, also for a child that was forked meanwhile and has a copy of the handle."""
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def _is_at(handle: int, folder: Path) -> bool:
    """Whether an opened folder still has its name: a finished one was renamed, and a new one may be there."""
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(folder))
    except OSError:
        return False


def _empty(folder: Path) -> None:
    """Remove what a killed process left, and look young: old folders are swept away."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    os.utime(folder)
