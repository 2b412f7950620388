"""What only a fresh process can tell: how long imports and first calls take, memory of a step."""

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
# VmHWM is the peak of the resident memory; writing 5 to clear_refs sets it to what it is now.
MEMORY = """
import re, {0} as torch
from works import mlp
def kib(name):
    return int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1])
torch.set_num_threads({1})
open("/proc/self/clear_refs", "w").write("5")
before = kib("VmRSS")
step = mlp(torch)
for _ in range(20):
    step()
print(kib("VmHWM") - before)
"""
# NumPy tells tracemalloc of its arrays. Whatever is imported was imported by another MLP before;
# the first steps are not counted, since there compiling goes on: without gradients, then with.
STEP_MEMORY = """
import gc, tracemalloc, chainrule as torch
from works import eager, mlp
torch.set_num_threads({1})
mlp(torch, {0})()
tracemalloc.start()
step = mlp(torch, {0})
for _ in range(3):
    step()
gc.collect()
tracemalloc.reset_peak()
for _ in range(20):
    step()
print(tracemalloc.get_traced_memory()[1])
"""
FIRST_CALL = """
import time, {0} as torch
from works import mlp
torch.set_num_threads({1})
step = mlp(torch, torch.compile)
start = time.perf_counter()
step()
print(time.perf_counter() - start)
"""


def fresh(program: str, **environment: str) -> float:
    """The number that a program prints, run by a new interpreter."""
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=HERE,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(run.stdout)


def import_times(*modules: str, rounds: int = 7) -> list[float]:
    """The best time to import each module, in milliseconds; the modules take turns."""
    times = [[fresh(IMPORT.format(module)) for module in modules] for _ in range(rounds)]
    return [1e3 * min(column) for column in zip(*times, strict=True)]


def peak_memory(library: str, threads: int) -> float:
    """MiB that 20 steps of the MLP add to the memory of a process that imported the library."""
    return fresh(MEMORY.format(library, threads)) / 1024


def step_memory(threads: int) -> list[float]:
    """MiB of arrays and objects that are alive at most in a step of the MLP: eager, compiled."""
    return [fresh(STEP_MEMORY.format(how, threads)) / 2**20 for how in ("eager", "torch.compile")]


def first_calls(threads: int, rounds: int = 3) -> dict[str, float]:
    """Seconds of the first call of the compiled MLP step: the best, and torch.compile's only one.

    Without a cache on disk, then with one that has the program; no torch.compile where it fails.
    """
    ours, theirs = (FIRST_CALL.format(name, threads) for name in ("chainrule", "torch"))
    times = {"chainrule": min(fresh(ours, CHAINRULE_CACHE="off") for _ in range(rounds))}
    with tempfile.TemporaryDirectory() as folder:
        fresh(ours, CHAINRULE_CACHE=folder)
        warm = min(fresh(ours, CHAINRULE_CACHE=folder) for _ in range(rounds))
        times["chainrule from its cache"] = warm
    with suppress(subprocess.CalledProcessError):
        times["torch.compile"] = fresh(theirs, TORCHINDUCTOR_FORCE_DISABLE_CACHES="1")
    return times
