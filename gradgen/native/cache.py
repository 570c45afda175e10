"""Built libraries on disk, by content.

    ROOT / KEY / NAME.c, NAME.so, meta.json

An entry is made under a temporary name and renamed, so it is there as a whole or not at all; it is
used only if size and digest of the library are those in ``meta.json``. Any number of processes may
store the same key at once: the first rename wins and the others use its entry.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gradgen.native.paths import cache_folder
from gradgen.native.signature import Signature
from gradgen.native.toolchain import LIBRARY_SUFFIX

__all__ = ["Cache", "Entry", "private_folder"]

UNFINISHED = ".tmp-"
STALE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A library on disk with the source it was built from."""

    library: Path
    source: Path
    signature: Signature


class Cache:
    """The libraries in one folder.

    Parameters
    ----------
    root : Path, optional
        The folder, which need not exist; by default ``$GRADGEN_CACHE_DIR`` or the user's cache. Where it
        cannot be written, a private folder takes its place for the rest of the process, with one warning.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = cache_folder() if root is None else root
        self.writable = True

    def load(self, key: str) -> Entry | None:
        """The entry of this key, or None if there is none or it is damaged."""
        found = _read(self.root / key)
        return found if found or self.writable else _read(private_folder() / key)

    def store(
        self, key: str, name: str, source: str, signature: Signature, build: Callable[[Path, Path], None]
    ) -> Entry:
        """Build a library and keep it; an entry that another process stored meanwhile is used instead.

        Parameters
        ----------
        key : str
            Digest of all that the library depends on; the name of the folder.
        name : str
            What the files are called, without suffix.
        source : str
            The C text.
        signature : Signature
            Kept with the library.
        build : callable
            ``build(source_path, library_path)`` makes the library; what it raises is passed on.
        """
        if self.writable:
            try:
                return _publish(self.root, key, name, source, signature, build)
            except OSError as reason:
                self.writable = False
                _warn(self.root, reason)
        return _publish(private_folder(), key, name, source, signature, build)

    def entries(self) -> list[Entry]:
        """All sound entries."""
        folders = sorted(self.root.glob("*/meta.json"))
        return [entry for entry in map(_read, (meta.parent for meta in folders)) if entry]

    def damaged(self) -> list[Path]:
        """The folders of entries that are not sound, and of builds that did not end."""
        folders = [folder for folder in self.root.glob("*") if folder.is_dir() and (folder / "meta.json").exists()]
        stale = [folder for folder in self.root.glob(f"{UNFINISHED}*") if _is_older(folder, STALE_SECONDS)]
        return sorted([folder for folder in folders if _read(folder) is None and folder not in stale] + stale)

    def prune(self, seconds: float) -> list[Path]:
        """Remove what is damaged, and what was stored longer ago; libraries that are open stay usable."""
        old = [entry.library.parent for entry in self.entries() if _is_older(entry.library.parent, seconds)]
        removed = [*self.damaged(), *old]
        for folder in removed:
            shutil.rmtree(folder, ignore_errors=True)
        return removed

    def clear(self) -> None:
        """Remove everything; libraries that are open stay usable."""
        shutil.rmtree(self.root, ignore_errors=True)


def _is_older(folder: Path, seconds: float) -> bool:
    try:
        return folder.stat().st_mtime < time.time() - seconds
    except OSError:  # removed meanwhile
        return False


@functools.cache
def private_folder() -> Path:
    """A temporary folder of this process, removed when it ends."""
    folder, owner = Path(tempfile.mkdtemp(prefix="gradgen-")), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # a forked child runs this too
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _warn(root: Path, reason: OSError) -> None:
    warnings.warn(
        f"the cache folder {root} cannot be used ({reason.strerror or reason}), so compiled functions are kept for "
        "this process only; set GRADGEN_CACHE_DIR to a folder that can be written",
        RuntimeWarning,
        stacklevel=3,
    )


def _read(folder: Path) -> Entry | None:
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        library = folder / meta["library"]
        content = library.read_bytes()
        if len(content) != meta["size"] or _digest(content) != meta["sha256"]:
            return None
        return Entry(library, folder / meta["source"], Signature.from_json(meta["signature"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # absent, or any kind of garbage
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _publish(
    root: Path, key: str, name: str, source: str, signature: Signature, build: Callable[[Path, Path], None]
) -> Entry:
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    work = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))
    try:
        source_path, library = work / f"{name}.c", work / f"{name}{LIBRARY_SUFFIX}"
        source_path.write_text(source, encoding="utf-8")
        build(source_path, library)
        _write_meta(work, source_path, library, signature)
        return _rename(work, root / key)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write_meta(work: Path, source: Path, library: Path, signature: Signature) -> None:
    content = library.read_bytes()
    meta = {
        "library": library.name,
        "size": len(content),
        "sha256": _digest(content),
        "source": source.name,
        "signature": signature.to_json(),
    }
    (work / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")


def _rename(work: Path, final: Path) -> Entry:
    """Move a finished entry to its place, unless a sound one is there; what else is there gives way."""
    for attempt in range(3):
        try:
            os.rename(work, final)
        except OSError:
            winner = _read(final)
            if winner:
                return winner
            if attempt == 2:
                raise
            _move_away(final)
        else:
            break
    entry = _read(final)
    if entry is None:
        raise OSError(f"{final} was damaged while it was written")
    return entry


def _move_away(broken: Path) -> None:
    aside = tempfile.mkdtemp(prefix=UNFINISHED, dir=broken.parent)
    try:
        os.rename(broken, os.path.join(aside, broken.name))
    except FileNotFoundError:
        pass  # another process was quicker
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@functools.cache
def _sweep(root: Path) -> None:
    """Remove what killed processes left, once per process; younger folders may still be in use."""
    limit = time.time() - STALE_SECONDS
    for folder in root.glob(f"{UNFINISHED}*"):
        try:
            if folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # swept by another process, or somebody else's
