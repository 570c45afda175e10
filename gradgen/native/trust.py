"""Who else could have put something into a folder: what is loaded from the cache runs with the user's rights.

A folder is believed if it, and what is in it, belongs to the user or to root, and nobody else can write to it
or put another in its place. One that is not believed is neither read nor written; a private folder, which goes
with the process, takes its place, and a warning says so.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import stat
import tempfile
import warnings
from pathlib import Path

from gradgen.source import caller

__all__ = ["believed", "is_own", "objection", "private_folder", "read_own", "warn_unusable"]

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
# Elsewhere the rights are lists, which a folder inherits from that of the user.
HAS_MODES = os.name == "posix"
# Neither through a symbolic link, nor waiting for the other end of a pipe.
OPENING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def is_own(status: os.stat_result) -> bool:
    """Whether only the user, or root, can have written what has this status."""
    return not HAS_MODES or (_is_ours(status) and not status.st_mode & OTHERS_WRITE)


def objection(folder: Path) -> str:
    """Why what is in a folder is not to be executed, with the remedy; empty if nothing speaks against it."""
    if not HAS_MODES:
        return ""
    real = os.path.realpath(folder)
    status = _status(real)
    if status is not None and not _is_ours(status):
        return f"it belongs to another user (id {status.st_uid}); {_ELSEWHERE}"
    if status is not None and status.st_mode & OTHERS_WRITE:
        mode = stat.S_IMODE(status.st_mode)
        return f"others can write to it (mode {mode:o}); remove it and let gradgen make it, or {_ELSEWHERE}"
    while real != (real := os.path.dirname(real)):
        status = _status(real)
        # In a sticky folder nobody can rename what is somebody else's. Groups are often those of one user alone.
        if status is not None and status.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH:
            return f"others can put another in its place, since all can write to {real}; {_ELSEWHERE}"
    return ""


_ELSEWHERE = "set GRADGEN_CACHE_DIR to a folder that is yours alone"


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:  # not there: whoever makes it finds out more
        return None


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid in (0, os.geteuid())


def read_own(path: Path, limit: int | None = None) -> bytes:
    """The content of a plain file that nobody else can have written.

    Raises
    ------
    OSError
        If it is not there, is no plain file, not the user's, or longer than the limit.
    """
    with open(os.open(path, OPENING), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or not is_own(status):
            raise PermissionError(f"{path} is not a plain file of this user")
        if limit is not None and status.st_size > limit:
            raise OSError(f"{path} is too long")
        return file.read()


def believed(folder: Path) -> Path:
    """This folder, or, with one warning, a private one in its place."""
    reason = objection(folder)
    if not reason:
        return folder
    _warn_once(folder, reason)
    return private_folder()


@functools.cache
def private_folder() -> Path:
    """A temporary folder of this process, removed when it ends."""
    folder, owner = Path(tempfile.mkdtemp(prefix="gradgen-")), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # a forked child runs this too
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def warn_unusable(folder: Path, reason: OSError) -> None:
    """Say that a folder cannot be written."""
    _warn(folder, f"{reason.strerror or reason}; set GRADGEN_CACHE_DIR to a folder that can be written")


@functools.cache
def _warn_once(folder: Path, reason: str) -> None:
    _warn(folder, reason)


def _warn(folder: Path, reason: str) -> None:
    line = caller()
    text = f"the cache folder {folder} cannot be used, so compiled functions are kept for this process only: {reason}"
    warnings.warn_explicit(text, RuntimeWarning, line.file or "gradgen", line.line)
