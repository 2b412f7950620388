"""What only a fresh process can tell: how long an import takes, how much memory a step needs."""

import subprocess
import sys
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


def fresh(program: str) -> float:
    """The number that a program prints, run by a new interpreter."""
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True)
    return float(run.stdout)


def import_times(*modules: str, rounds: int = 7) -> list[float]:
    """The best time to import each module, in milliseconds; the modules take turns."""
    times = [[fresh(IMPORT.format(module)) for module in modules] for _ in range(rounds)]
    return [1e3 * min(column) for column in zip(*times, strict=True)]


def peak_memory(library: str, threads: int) -> float:
    """MiB that 20 steps of the MLP add to the memory of a process that imported the library."""
    return fresh(MEMORY.format(library, threads)) / 1024
