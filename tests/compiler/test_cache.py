"""Machine code on disk: found again, whole or not at all, within bounds, and never in the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.compiler import cache, native

PROGRAM = """
import numpy
from compiler.kernels import addition, call, row_reduction
from chainrule.compiler import native
compiled = []
real = native._compile
native._compile = lambda text: compiled.append(text) or real(text)
x = numpy.ones(100, numpy.float32)
y = numpy.zeros(100, numpy.float32)
built = native.build([addition(100), row_reduction("add", 0.0, (10, 10))])
call(built[0], x, x, y)
assert y.tolist() == [2.0] * 100
print(len(compiled))
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def run_program(**environment):
    """How many modules another Python compiles."""
    tests = Path(__file__).parent.parent
    paths = os.pathsep.join([str(tests), str(tests.parent / "src")])
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return int(found.stdout)


def test_bytes_are_found_again(place):
    assert cache.load("a") is None
    cache.store("a", b"some code")
    assert cache.load("a") == b"some code"
    assert cache.load("b") is None
    assert [file.name for file in place.iterdir()] == ["a.object"]


def test_keys_depend_on_every_text():
    assert cache.key("a", "b") == cache.key("a", "b")
    assert (
        len({cache.key("a", "b"), cache.key("ab", ""), cache.key("ab"), cache.key("b", "a")}) == 4
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda found: b"",
        lambda found: found[:10],
        lambda found: found[:-1],
        lambda found: found[:-1] + b"!",
        lambda found: b"?" + found[1:],
        lambda found: found + b" ",
    ],
)
def test_a_damaged_file_is_deleted(place, damage):
    cache.store("a", b"some code")
    file = place / "a.object"
    file.write_bytes(damage(file.read_bytes()))
    assert cache.load("a") is None
    assert not file.exists()
    cache.store("a", b"some code")
    assert cache.load("a") == b"some code"


@pytest.mark.parametrize("value", ["", "0", "off"])
def test_it_can_be_turned_off(place, monkeypatch, value):
    monkeypatch.chdir(place.parent)
    monkeypatch.setenv("CHAINRULE_CACHE", value)
    assert cache.folder() is None
    cache.store("a", b"some code")
    assert cache.load("a") is None
    assert not list(place.parent.iterdir())


@pytest.mark.parametrize(
    ("platform", "variable", "below"),
    [
        ("linux", "XDG_CACHE_HOME", ".cache"),
        ("darwin", "", "Library/Caches"),
        ("win32", "LOCALAPPDATA", "AppData/Local"),
    ],
)
def test_where_it_is(monkeypatch, tmp_path, platform, variable, below):
    monkeypatch.delenv("CHAINRULE_CACHE", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/somebody"))
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, "relative")
    assert cache.folder() == Path("/somebody", below, "chainrule")
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
        assert cache.folder() == tmp_path / "chainrule"


def test_nobody_is_at_home(monkeypatch):
    def home():
        raise RuntimeError("no home")

    monkeypatch.delenv("CHAINRULE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", home)
    assert cache.folder() is None
    assert cache.load("a") is None


def test_a_folder_that_cannot_be_written_is_none(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "file" / "below"))
    cache.store("a", b"some code")
    assert cache.load("a") is None


def test_a_full_disk_leaves_nothing_behind(place, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    cache.store("a", b"some code")
    assert not list(place.iterdir())
    assert cache.load("a") is None


def test_the_oldest_files_are_dropped(place, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 4096)
    for number in range(10):
        cache.store(str(number), bytes(1000))
        os.utime(place / f"{number}.object", (number, number))
        if number == 2:
            cache.load("0")  # as new as today
    kept = {file.stem for file in place.iterdir()}
    assert {"0", "9"} <= kept
    assert not kept & {"1", "2", "3", "4", "5"}
    assert sum(file.stat().st_size for file in place.iterdir()) <= 4096


def test_the_folder_is_looked_through_now_and_then_only(place, monkeypatch):
    looks = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looks.append(path) or real(path))
    for number in range(20):
        cache.store(str(number), bytes(1000))
    assert len(looks) == 1


@pytest.mark.skipif(not native.available(), reason="llvmlite is not installed")
def test_a_second_start_compiles_nothing(place):
    assert run_program() == 1
    assert run_program() == 0
    (file,) = place.iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert run_program() == 1
    assert run_program() == 0
    assert run_program(CHAINRULE_CACHE="off") == 1


def test_two_processes_store_at_the_same_time(place):
    program = (
        "from chainrule.compiler import cache\n"
        "for turn in range(300):\n"
        "    cache.store('a', bytes(20000))\n"
        "    assert cache.load('a') == bytes(20000)\n"
    )
    source = str(Path(__file__).parent.parent.parent / "src")
    run = [sys.executable, "-c", program]
    both = [subprocess.Popen(run, env={**os.environ, "PYTHONPATH": source}) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert [file.name for file in place.iterdir()] == ["a.object"]
