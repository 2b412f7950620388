"""Times PyTorch and chainrule side by side, in one process, in short alternating blocks.

Each library does the same work from the same seed; that their losses agree is checked before the
clock starts. The figure of a library is the median of its blocks.

PyTorch's threads wait for one another by spinning. Where another program takes one of their cores,
a step of 0.6 ms was seen to take 44 ms, so a machine that is not idle is reported as such. With
OMP_WAIT_POLICY=passive they sleep instead: a quarter slower on an idle machine, fair on a busy one.
"""

import os

THREADS = 2
os.environ.setdefault("OPENBLAS_NUM_THREADS", str(THREADS))

import argparse
import gc
import json
import platform
import statistics
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy
from fresh import import_times, peak_memory
from works import WORKS, Step, Work

import chainrule

BLOCK = 0.05  # seconds: long against the clock, short against what else the machine does
CHECKED = 3  # steps whose losses are compared before the clock starts
QUIET = 0.05  # what an idle machine does by itself
COLUMNS = ("work", "torch us/step", "chainrule us/step", "torch / chainrule", "target")


def prepare(work: Work, libraries: list[ModuleType]) -> list[Step]:
    """The step of each library, once they are seen to compute the same."""
    steps, losses = [], []
    for library in libraries:
        library.manual_seed(0)
        steps.append(work.prepare(library))
        losses.append([steps[-1]().item() for _ in range(CHECKED)])
    if not all(numpy.allclose(each, losses[0], rtol=1e-3) for each in losses):
        raise SystemExit(f"{work.name}: the losses differ: {losses}")
    return steps


def seconds(step: Step, count: int) -> float:
    """The time of one step, from a block of `count`."""
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


def compare(steps: list[Step], rounds: int) -> list[float]:
    """Microseconds of each step: the median of its blocks, one in each round."""
    gc.collect()
    gc.freeze()  # what exists by now is not searched again while the clock runs
    counts = [max(1, round(BLOCK / seconds(step, CHECKED))) for step in steps]
    blocks = [
        [seconds(step, count) for step, count in zip(steps, counts, strict=True)]
        for _ in range(rounds)
    ]
    return [1e6 * statistics.median(column) for column in zip(*blocks, strict=True)]


def measure(torch: ModuleType, works: list[Work], rounds: int) -> list[dict]:
    """One row for each work."""
    rows = []
    for work in works:
        print(f"{work.name} ...", file=sys.stderr, flush=True)
        theirs, ours = compare(prepare(work, [torch, chainrule]), rounds)
        name = work.name if work.unit == "step" else f"{work.name} (per {work.unit})"
        figures = (name, theirs, ours, theirs / ours, work.target)
        rows.append(dict(zip(COLUMNS, figures, strict=True)))
    return rows


def table(rows: list[dict], markdown: bool) -> str:
    """The rows in columns, for a terminal or for a page; what misses its target says so."""
    cells = [COLUMNS]
    for name, theirs, ours, ratio, target in (row.values() for row in rows):
        short = "" if ratio >= target else " (missed)"
        cells.append((name, f"{theirs:,.1f}", f"{ours:,.1f}", f"{ratio:.2f}", f"{target}{short}"))
    if markdown:
        cells.insert(1, ("---", "---:", "---:", "---:", "---:"))
        return "\n".join(f"| {' | '.join(line)} |" for line in cells)
    first, *widths = (max(map(len, column)) for column in zip(*cells, strict=True))
    return "\n".join(
        f"{name:{first}}  " + "  ".join(map(str.rjust, figures, widths)) for name, *figures in cells
    )


def busy_share() -> float:
    """The share of the cores' time that other programs take, watched for half a second."""

    def ticks() -> tuple[int, int]:
        fields = [int(field) for field in Path("/proc/stat").read_text().split()[1:9]]
        return fields[3] + fields[4], sum(fields)  # idle and waiting for a disk, all

    if platform.system() != "Linux":
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    idle, total = ticks()
    time.sleep(0.5)
    idle_now, total_now = ticks()
    return 1 - (idle_now - idle) / (total_now - total)


def machine(torch: ModuleType) -> str:
    """What the figures were measured on."""
    policy = os.environ.get("OMP_WAIT_POLICY")
    waiting = f", OMP_WAIT_POLICY={policy}" if policy else ""
    busy = busy_share()
    warning = f"; THE MACHINE IS {busy:.0%} BUSY WITH OTHER WORK" if busy > QUIET else ""
    return (
        f"{THREADS} threads of {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, NumPy {numpy.__version__}, torch {torch.__version__}"
        f"{waiting}{warning}"
    )


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="works whose name contains this; import; memory")
    parser.add_argument("--rounds", type=int, default=15, help="blocks of each library")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--markdown", action="store_true", help="print a table for a page")
    return parser.parse_args()


def main() -> None:
    """Measure what was asked for and print it."""
    asked = options()
    try:
        import torch
    except ImportError:
        raise SystemExit("PyTorch is not installed here; `make bench` brings its own") from None
    torch.set_num_threads(THREADS)
    chainrule.set_num_threads(THREADS)
    figures = {"machine": machine(torch)}
    print(figures["machine"])
    works = [work for work in WORKS if asked.only.lower() in work.name.lower()]
    if works:
        figures["works"] = measure(torch, works, asked.rounds)
        print(table(figures["works"], asked.markdown))
    if asked.only in "import":
        base, ours, theirs = figures["import ms"] = import_times("numpy", "chainrule", "torch")
        print(f"import: numpy {base:.0f} ms, chainrule {ours:.0f} ms, torch {theirs:.0f} ms;")
        print(f"    chainrule / numpy {ours / base:.2f} (target: under 2.5)")
    if asked.only in "memory" and platform.system() == "Linux":
        theirs, ours = (peak_memory(name, THREADS) for name in ("torch", "chainrule"))
        figures["memory MiB"] = theirs, ours
        print(f"memory of the MLP step: torch {theirs:.1f} MiB, chainrule {ours:.1f} MiB")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
