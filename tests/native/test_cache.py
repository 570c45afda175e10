from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gradgen.errors import CompilerError
from gradgen.native import cache as caching
from gradgen.native.cache import Cache, Entry
from tests.native.entries import SIGNATURES

ADD = SIGNATURES["add"]
CONTENT = b"\x7fELF and so on" * 100


def build(source: Path, library: Path) -> None:
    assert source.read_text() == "int x;"
    library.write_bytes(CONTENT)


def must_not_build(source: Path, library: Path) -> None:
    raise AssertionError("built although it was there")


def store(cache: Cache, key: str = "key") -> Entry:
    return cache.store(key, "add", "int x;", ADD, build)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "deep" / "cache")


def test_what_is_stored_is_loaded(cache: Cache) -> None:
    assert cache.load("key") is None
    stored = store(cache)
    assert cache.load("key") == stored == Entry(stored.library, stored.source, ADD)
    assert stored.library.read_bytes() == CONTENT
    assert stored.source.read_text() == "int x;"
    assert stored.library.is_relative_to(cache.root / "key")
    assert cache.entries() == [stored]
    assert [path.name for path in cache.root.iterdir()] == ["key"]


def test_an_entry_that_appeared_meanwhile_is_used(cache: Cache) -> None:
    first = store(cache)
    moment = first.library.stat().st_mtime_ns
    assert store(cache) == first
    assert first.library.stat().st_mtime_ns == moment


def outside(entry: Entry) -> Path:
    return entry.library.parent.parent.parent / "moved"


def swap(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: entry.library.write_bytes(CONTENT[:-1]),
        lambda entry: entry.library.write_bytes(b""),
        lambda entry: entry.library.write_bytes(CONTENT[:-1] + b"?"),
        lambda entry: entry.library.unlink(),
        lambda entry: (entry.library.parent / "meta.json").unlink(),
        lambda entry: (entry.library.parent / "meta.json").write_text("{"),
        lambda entry: (entry.library.parent / "meta.json").write_text("[1, 2]"),
        lambda entry: (entry.library.parent / "meta.json").write_text('{"library": 3}'),
        lambda entry: (entry.library.parent / "meta.json").write_bytes(b"\xff\xfe\x00"),
        lambda entry: (shutil.rmtree(entry.library.parent), entry.library.parent.write_text("a file")),
        lambda entry: (shutil.rmtree(entry.library.parent), entry.library.parent.mkdir()),
        lambda entry: (entry.library.unlink(), entry.library.mkdir()),
        lambda entry: entry.source.write_text("int y;"),
        lambda entry: entry.source.unlink(),
        lambda entry: (entry.library.rename(outside(entry)), entry.library.symlink_to(outside(entry))),
        lambda entry: (entry.source.rename(outside(entry)), entry.source.symlink_to(outside(entry))),
        lambda entry: (entry.library.parent.rename(outside(entry)), entry.library.parent.symlink_to(outside(entry))),
        lambda entry: entry.library.chmod(0o777),
        lambda entry: entry.library.parent.chmod(0o777),
        lambda entry: swap(entry.library.parent / "meta.json", '"key": "key"', '"key": "other"'),
        lambda entry: swap(entry.library.parent / "meta.json", '"float64"', '"float32"'),
    ],
    ids=["truncated", "empty", "altered", "no library", "no meta", "cut meta", "other meta", "odd meta", "binary meta",
         "file for folder", "empty folder", "folder for library", "other source", "no source", "link to library",
         "link to source", "link to folder", "writable library", "writable folder", "other key", "other types"],
)  # fmt: skip
def test_damage_is_found_and_repaired(cache: Cache, damage) -> None:  # type: ignore[no-untyped-def]
    entry = store(cache)
    damage(entry)
    assert cache.load("key") is None
    assert store(cache) == entry
    assert cache.load("key") == entry
    assert entry.library.read_bytes() == CONTENT
    assert [path.name for path in cache.root.iterdir()] == ["key"]


def test_an_entry_in_the_place_of_another_is_found(cache: Cache) -> None:
    shutil.copytree(store(cache).library.parent, cache.root / "another")
    assert cache.load("another") is None
    assert cache.damaged() == [cache.root / "another"]


def test_whatever_the_umask_what_is_stored_is_believed(cache: Cache) -> None:
    cache.root.parent.mkdir()
    before = os.umask(0)
    try:
        assert store(cache) == cache.load("key")
    finally:
        os.umask(before)
    assert not [path for path in cache.root.rglob("*") if path.stat().st_mode & 0o022]


def test_a_damaged_signature_is_found(cache: Cache) -> None:
    meta = store(cache).library.parent / "meta.json"
    meta.write_text(meta.read_text().replace("float64", "float99"))
    assert cache.load("key") is None


def fill_disk(source: Path, library: Path) -> None:
    if "deep" in str(library):
        raise OSError(errno.ENOSPC, "No space left on device")
    library.write_bytes(CONTENT)


def file_in_place(cache: Cache) -> None:
    cache.root.parent.mkdir()
    cache.root.write_text("a file")


@pytest.mark.parametrize("spoil", [file_in_place, lambda cache: setattr(cache, "root", Path("/proc/deep"))])
def test_an_unusable_folder_is_replaced_with_one_warning(cache: Cache, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil(cache)
    assert cache.load("key") is None
    with pytest.warns(RuntimeWarning, match="GRADGEN_CACHE_DIR") as caught:
        entry = store(cache)
    assert str(cache.root) in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store(cache, "other").library.read_bytes() == CONTENT
    assert cache.load("key") == entry
    assert not entry.library.is_relative_to(cache.root)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_still_serves(cache: Cache) -> None:
    entry = store(cache)
    cache.root.chmod(0o500)
    assert cache.load("key") == entry
    with pytest.warns(RuntimeWarning, match="Permission denied"):
        assert store(cache, "other").library.read_bytes() == CONTENT
    cache.root.chmod(0o700)


def test_a_full_disk_is_survived(cache: Cache) -> None:
    with pytest.warns(RuntimeWarning, match="No space left"):
        entry = cache.store("key", "add", "", ADD, fill_disk)
    assert entry.library.read_bytes() == CONTENT
    assert list(cache.root.iterdir()) == []


def test_a_refused_source_leaves_nothing(cache: Cache) -> None:
    def refuse(source: Path, library: Path) -> None:
        raise CompilerError("no")

    with pytest.raises(CompilerError):
        cache.store("key", "add", "", ADD, refuse)
    assert list(cache.root.iterdir()) == []
    assert cache.writable


def test_leftovers_go_after_an_hour(cache: Cache) -> None:
    old, new = cache.root / ".tmp-old", cache.root / ".tmp-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "add.c").write_text("")
    os.utime(old, (time.time() - 7200,) * 2)
    store(cache)
    assert not old.exists()
    assert new.exists()


def test_many_threads_store_one_key(cache: Cache) -> None:
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda _: store(cache), range(40)))
    assert set(entries) == {cache.load("key")}
    assert [path.name for path in cache.root.iterdir()] == ["key"]


def test_clear_removes_everything(cache: Cache) -> None:
    store(cache)
    (cache.root / "compilers").mkdir()
    cache.clear()
    assert not cache.root.exists()
    assert cache.entries() == []
    assert cache.load("key") is None


def test_clear_leaves_what_is_not_its_own(cache: Cache) -> None:
    store(cache)
    (cache.root / "thesis").mkdir()
    (cache.root / "thesis" / "chapter").write_text("")
    cache.clear()
    assert [path.name for path in cache.root.rglob("*")] == ["thesis", "chapter"]


PROGRAM = """
import sys
from pathlib import Path
from gradgen.native.cache import Cache
from gradgen.native.toolchain import Compiler
from gradgen.native.kernel import make_kernel
from tests.native.entries import SIGNATURES, SOURCE
import numpy as np
compiler = Compiler(tuple(sys.argv[2].split()), ("-shared", "-fPIC"), "test")
cache = Cache(Path(sys.argv[1]))
entry = cache.load("key") or cache.store("key", "add", SOURCE, SIGNATURES["add"], compiler.build)
print(make_kernel(entry, tree=0)(np.ones(2), np.ones(2)))
"""


def start(root: Path, command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(root), command],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip


def slow_compiler(folder: Path, compiler: str, seconds: str) -> str:
    path = folder / "slow-cc"
    path.write_text(f'#!/bin/sh\ntouch {folder}/started\nsleep {seconds}\nexec {compiler} "$@"\n')
    path.chmod(0o700)
    return str(path)


def test_two_processes_at_once(compiler, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    command = slow_compiler(tmp_path, compiler.command[0], "0.3")
    both = [start(tmp_path / "cache", command) for _ in range(2)]
    for process in both:
        output, errors = process.communicate(timeout=60)
        assert (output, errors) == ("[2. 2.]\n", "")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["key"]


def test_killed_while_compiling(compiler, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    process = start(tmp_path / "cache", slow_compiler(tmp_path, compiler.command[0], "60"))
    limit = time.monotonic() + 30
    while not (tmp_path / "started").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (leftover,) = (tmp_path / "cache").iterdir()
    assert leftover.name.startswith(caching.UNFINISHED)
    output, errors = start(tmp_path / "cache", compiler.command[0]).communicate(timeout=60)
    assert (output, errors) == ("[2. 2.]\n", "")
    assert (tmp_path / "cache" / "key" / "meta.json").exists()


def test_the_private_folder_goes_with_the_process() -> None:
    program = "from gradgen.native.cache import private_folder; print(private_folder())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not Path(done.stdout.strip()).exists()
