"""Parts of a kernel on several threads: every part once, whatever else happens."""

import ctypes
import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy
import pytest
from compiler.kernels import Table, addition, partial_sums

from chainrule.compiler import native, parallel

pytestmark = pytest.mark.skipif(not native.available(), reason="llvmlite is not installed")


def cut(size, parts):
    """Bounds of so many parts."""
    at = [size * i // parts for i in range(parts + 1)]
    return list(itertools.pairwise(at))


class Counting:
    """A kernel that adds 1 to every element: each part must run exactly once."""

    def __init__(self, size, parts):
        self.found, one = numpy.zeros(size, numpy.float32), numpy.ones(size, numpy.float32)
        self.table = Table(self.found, one, self.found)
        self.built = native.build([addition(size)])[0]
        self.job = parallel.Job(self.built, [self.table.address], cut(size, parts))
        self.runs = 0

    def run(self):
        self.job()
        self.runs += 1
        assert (self.found == self.runs).all()


@pytest.mark.parametrize("parts", [1, 2, 3, 8, 100])
def test_every_part_runs_once(parts):
    counting = Counting(1000, parts)
    for _ in range(200):
        counting.run()


def test_threads_that_fell_asleep_are_woken():
    counting = Counting(1000, 3)
    for _ in range(20):
        counting.run()
        time.sleep(0.003)


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor")
def test_another_thread_takes_a_part(monkeypatch):
    """Without the caller's help all is done too."""
    counting = Counting(1000, 2)
    counting.run()
    pool, real = parallel._pool, parallel._pool.finish

    def finish(address, spins):
        deadline = time.monotonic() + 60
        while not (counting.found == 2).all() and time.monotonic() < deadline:
            time.sleep(0.001)
        return real(address, spins)

    monkeypatch.setattr(pool, "finish", finish)
    counting.run()


def test_the_caller_waits_for_the_others():
    Counting(1000, 2).run()
    pool = parallel._pool
    unfinished = ctypes.c_int64.from_address(pool.address + 64)
    unfinished.value = 1
    assert pool.finish(pool.address, 10) == 1
    unfinished.value = 0
    assert pool.finish(pool.address, 10) == 0


def test_no_parts():
    parallel.run(native.build([addition(10)])[0], [0], [])


def test_a_table_for_each_part():
    size, parts = 1000, 4
    x, built = numpy.arange(size, dtype=numpy.float32), native.build([partial_sums(size, parts)])[0]
    sums = [numpy.zeros(parts, numpy.float32) for _ in range(parts)]
    tables = [Table(x, y) for y in sums]
    parallel.run(built, [t.address for t in tables], cut(size, parts))
    for number, (begin, end) in enumerate(cut(size, parts)):
        assert sums[number].nonzero()[0].tolist() == [number]
        assert sums[number][number] == x[begin:end].sum()
    with pytest.raises(ValueError, match="zip"):
        parallel.run(built, [t.address for t in tables[:2]], cut(size, parts))


def test_several_callers_at_once():
    failed = []

    def work():
        try:
            counting = Counting(5000, 3)
            for _ in range(200):
                counting.run()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed


def test_an_interrupt_waits_for_the_parts(monkeypatch):
    counting = Counting(1000, 2)
    counting.run()
    real, calls = parallel._pool.finish, []

    def finish(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(parallel._pool, "finish", finish)
    with pytest.raises(KeyboardInterrupt):
        counting.run()
    assert (counting.found == 2).all()
    monkeypatch.undo()
    counting.runs = 2
    counting.run()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_has_threads_of_its_own():
    program = (
        "import os, threading\n"
        "from compiler.test_parallel import Counting\n"
        "counting = Counting(1000, 2)\n"
        "counting.run()\n"
        "child = os.fork()\n"
        "for _ in range(50): counting.run()\n"
        "assert threading.active_count() > 1 or os.cpu_count() == 1\n"
        "if child: assert os.waitpid(child, 0)[1] == 0\n"
    )
    tests = Path(__file__).parent.parent
    paths = os.pathsep.join([str(tests), str(tests.parent / "src")])
    command = [sys.executable, "-W", "ignore", "-c", program]
    found = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, timeout=60, check=False
    )
    assert found.returncode == 0
