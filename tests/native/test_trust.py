"""Folders and files that others could have written are not believed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from gradgen.native import trust
from gradgen.native.cache import Cache
from gradgen.native.compiler import find_compiler
from gradgen.native.trust import believed, objection, private_folder, read_own
from tests.native.entries import SIGNATURES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights are modes on POSIX only")

SOMEBODY = 54321


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as gradgen makes it, and a parent whose mode may be changed."""
    made = tmp_path / "parent" / "cache"
    made.mkdir(parents=True, mode=0o700)
    return made


@pytest.fixture
def somebody_elses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, of another user."""
    if os.geteuid() == 0:
        os.chown(folder, SOMEBODY, SOMEBODY)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    return folder


def test_what_is_fine(folder: Path, tmp_path: Path) -> None:
    assert objection(folder) == ""
    folder.chmod(0o755)
    assert objection(folder) == ""
    assert objection(folder / "not" / "there") == ""
    (tmp_path / "link").symlink_to(folder)
    assert objection(tmp_path / "link") == ""
    folder.parent.chmod(0o1777)  # as /tmp
    assert objection(folder) == ""


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775, 0o702])
def test_others_may_write(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    assert f"others can write to it (mode {mode:o})" in objection(folder)
    assert "set GRADGEN_CACHE_DIR to a folder that is yours alone" in objection(folder)


def test_others_may_write_to_where_a_link_leads(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    folder.chmod(0o777)
    assert "others can write to it" in objection(tmp_path / "link")


@pytest.mark.parametrize("path", ["", "not/there"])
def test_others_may_put_another_in_its_place(folder: Path, path: str) -> None:
    folder.parent.chmod(0o777)
    assert f"all can write to {folder.parent}" in objection(folder / path)


def test_somebody_elses(somebody_elses: Path) -> None:
    assert "it belongs to another user (id " in objection(somebody_elses)


def test_a_private_folder_takes_its_place_with_one_warning(folder: Path) -> None:
    folder.chmod(0o777)
    with pytest.warns(RuntimeWarning, match=r"cannot be used, .* for this process only: others can write") as caught:
        assert believed(folder) == private_folder()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert believed(folder) == private_folder()
    assert objection(private_folder()) == ""


def test_a_cache_in_such_a_folder(folder: Path) -> None:
    def build(source: Path, library: Path) -> None:
        library.write_bytes(b"library")

    def put(cache: Cache) -> Path:
        return cache.store("planted", "add", "int x;", SIGNATURES["add"], build).library

    cache = Cache(folder)
    planted = put(cache)
    assert planted.is_relative_to(folder)
    folder.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="others can write to it"):
        assert cache.load("planted") is None
    assert cache.entries() == []
    assert cache.damaged() == [folder / "planted"]
    assert put(cache).is_relative_to(private_folder())
    found = cache.load("planted")
    assert found is not None
    assert found.library != planted


def test_nothing_known_of_compilers_is_read_from_such_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_compiler() is None:
        pytest.skip("there is no C compiler")
    folder.chmod(0o777)
    monkeypatch.setenv("GRADGEN_CACHE_DIR", str(folder))
    with pytest.warns(RuntimeWarning, match="others can write to it"):
        assert find_compiler() is not None
    assert list(folder.iterdir()) == []


def test_flags_that_were_slipped_in_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADGEN_CACHE_DIR", str(tmp_path / "one"))
    known = find_compiler()
    if known is None:
        pytest.skip("there is no C compiler")
    (memo,) = (tmp_path / "one" / "compilers").iterdir()
    (tmp_path / "two" / "compilers").mkdir(parents=True)
    slipped = memo.read_text().replace('"-O2"', '"-O2", "-fplugin=evil.so"')
    (tmp_path / "two" / "compilers" / memo.name).write_text(slipped)
    monkeypatch.setenv("GRADGEN_CACHE_DIR", str(tmp_path / "two"))
    assert find_compiler() == known


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.chmod(0o666),
        lambda path: (path.rename(path.with_suffix(".moved")), path.symlink_to(path.with_suffix(".moved"))),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"much longer than it was"),
    ],
    ids=["writable", "link", "pipe", "folder", "missing", "longer"],
)
def test_files_that_are_not_read(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    path.chmod(0o644)
    assert read_own(path, 10) == b"content"
    spoil(path)
    with pytest.raises(OSError, match=r".") as caught:
        read_own(path, 10)
    assert not isinstance(caught.value, BlockingIOError)


def test_a_file_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    if os.geteuid() == 0:
        os.chown(path, SOMEBODY, SOMEBODY)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    with pytest.raises(PermissionError, match="not a plain file of this user"):
        read_own(path)


def test_where_there_are_no_modes_nothing_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o777)
    monkeypatch.setattr(trust, "HAS_MODES", False)
    assert objection(folder) == ""
    assert believed(folder) == folder
