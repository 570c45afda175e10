"""Built libraries on disk, by content.

    ROOT / KEY / NAME.c, NAME.so, meta.json

An entry is made under a temporary name and renamed, so it is there as a whole or not at all. It is used only if
library and source are those whose digests stand in ``meta.json``, if ``meta.json`` itself has its own digest and
is that of this key, and if all of it belongs to the user, see `gradgen.native.trust`. Of any number of processes
that store the same key at once one builds, and the others use its entry.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradgen.native.paths import cache_folder
from gradgen.native.signature import Signature
from gradgen.native.toolchain import LIBRARY_SUFFIX
from gradgen.native.trust import OTHERS_WRITE, believed, is_own, objection, private_folder, read_own, warn_unusable
from gradgen.native.workshop import UNFINISHED, workshop

__all__ = ["Cache", "Entry", "private_folder"]

META = "meta.json"
META_LIMIT = 1 << 24
STALE_SECONDS = 3600.0
# What the folder holds besides entries: what is known of compilers, and sources that a compiler refused.
OTHER_FOLDERS = ("compilers", "failed")


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
        cannot be written, or others could have, a private folder takes its place for the rest of the process,
        with one warning.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = cache_folder() if root is None else root
        self.writable = True

    def load(self, key: str) -> Entry | None:
        """The entry of this key, or None if there is none, it is damaged, or somebody else's."""
        found = _read(believed(self.root) / key)
        return found if found or self.writable else _read(private_folder() / key)

    def store(
        self, key: str, name: str, source: str, signature: Signature, build: Callable[[Path, Path], None]
    ) -> Entry:
        """Build a library and keep it; one that another process stores meanwhile is waited for and used instead.

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
                root = believed(self.root)
                root.mkdir(mode=0o700, parents=True, exist_ok=True)
                # Again, if it is new: somebody may have been quicker in a folder that all can write to.
                return _publish(believed(root), key, name, source, signature, build)
            except OSError as reason:
                self.writable = False
                warn_unusable(self.root, reason)
        return _publish(private_folder(), key, name, source, signature, build)

    def entries(self) -> list[Entry]:
        """All sound entries."""
        if objection(self.root):
            return []
        folders = sorted(self.root.glob(f"*/{META}"))
        return [entry for entry in map(_read, (meta.parent for meta in folders)) if entry]

    def damaged(self) -> list[Path]:
        """The folders of entries that are not sound, and of builds that did not end."""
        folders = [folder for folder in self.root.glob("*") if folder.is_dir() and (folder / META).exists()]
        stale = [folder for folder in self.root.glob(f"{UNFINISHED}*") if _is_older(folder, STALE_SECONDS)]
        refused = bool(objection(self.root))
        return sorted([folder for folder in folders if (refused or not _read(folder)) and folder not in stale] + stale)

    def prune(self, seconds: float) -> list[Path]:
        """Remove what is damaged, and what was stored longer ago; libraries that are open stay usable."""
        old = [entry.library.parent for entry in self.entries() if _is_older(entry.library.parent, seconds)]
        removed = [*self.damaged(), *old]
        for folder in removed:
            _remove(folder)
        return removed

    def clear(self) -> None:
        """Remove everything that gradgen put there; libraries that are open stay usable."""
        metas = (meta.parent for meta in self.root.glob(f"*/{META}"))
        for folder in [*metas, *self.root.glob(f"{UNFINISHED}*"), *(self.root / name for name in OTHER_FOLDERS)]:
            _remove(folder)
        with suppress(OSError):  # it is not there, or holds what is not gradgen's
            self.root.rmdir()


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _is_older(folder: Path, seconds: float) -> bool:
    try:
        return folder.stat().st_mtime < time.time() - seconds
    except OSError:  # removed meanwhile
        return False


# --- reading ---------------------------------------------------------------------------------------------


def _read(folder: Path) -> Entry | None:
    try:
        status = os.lstat(folder)
        if not stat.S_ISDIR(status.st_mode) or not is_own(status):
            return None
        sealed = json.loads(read_own(folder / META, META_LIMIT))
        meta = sealed["entry"]
        if _seal(meta) != sealed["sha256"] or meta["key"] != folder.name:
            return None
        library, source = (_checked(folder, meta[part]) for part in ("library", "source"))
        return Entry(library, source, Signature.from_json(meta["signature"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # absent, or any kind of garbage
        return None


def _checked(folder: Path, part: dict[str, Any]) -> Path:
    """A file of an entry, if it is what it was."""
    path: Path = folder / os.path.basename(part["name"])
    content = read_own(path, part["size"])
    if len(content) != part["size"] or _digest(content) != part["sha256"]:
        raise ValueError(f"{path} was changed")
    return path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _seal(meta: Any) -> str:
    return _digest(json.dumps(meta, sort_keys=True).encode())


# --- writing ---------------------------------------------------------------------------------------------


def _publish(
    root: Path, key: str, name: str, source: str, signature: Signature, build: Callable[[Path, Path], None]
) -> Entry:
    _sweep(root)
    with workshop(root, key) as work:
        found = _read(root / key)  # of whoever had the workshop before
        if found:
            return found
        source_path, library = work / f"{name}.c", work / f"{name}{LIBRARY_SUFFIX}"
        source_path.write_text(source, encoding="utf-8")
        build(source_path, library)
        _write_meta(work, key, source_path, library, signature)
        return _rename(work, root / key)


def _write_meta(work: Path, key: str, source: Path, library: Path, signature: Signature) -> None:
    meta = {"key": key, "library": _part(library), "source": _part(source), "signature": signature.to_json()}
    sealed = {"sha256": _seal(meta), "entry": meta}
    (work / META).write_text(json.dumps(sealed, indent=1), encoding="utf-8")
    for path in (source, library, work / META):  # as `read_own` wants it, whatever the umask
        path.chmod(path.stat().st_mode & ~OTHERS_WRITE)


def _part(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"name": path.name, "size": len(content), "sha256": _digest(content)}


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
