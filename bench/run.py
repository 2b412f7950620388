"""Times PyTorch and chainrule side by side, in one process, in short alternating blocks.

Each library does the same work from the same seed; that their losses agree is checked before the
clock starts. The figure of a library is the median of its blocks. A second table has the works that
chainrule compiles, beside PyTorch as it is; also torch.compile (which needs a C++ compiler) and JAX
where they work. A third has single layers.

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
from fresh import first_calls, import_times, peak_memory, step_memory
from layers import LAYERS
from sides import CHECKED, Side, compiled_sides, eager_sides, prepare
from works import COMPILED, WORKS, Step, Work

import chainrule

BLOCK = 0.05  # seconds: long against the clock, short against what else the machine does
QUIET = 0.05  # what an idle machine does by itself
ONLY = "works whose name contains this; compiled; layers; import; memory; first call"


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


def row(work: Work, sides: list[Side], steps: list[Step | None], rounds: int) -> dict:
    """A line of a table: the times of the first two sides, their ratio, and of the others."""
    times = iter(compare([step for step in steps if step is not None], rounds))
    theirs, ours, *others = (next(times) if step is not None else None for step in steps)
    first, second, *rest = (side.title for side in sides)
    return {
        "work": work.name if work.unit == "step" else f"{work.name} (per {work.unit})",
        f"{first} us/step": theirs,
        f"{second} us/step": ours,
        f"{first} / {second}": theirs / ours,
        "target": work.target,
        **{f"{title} us/step": other for title, other in zip(rest, others, strict=True)},
    }


def measure(works: list[Work], sides: list[Side], rounds: int) -> tuple[list[dict], list[str]]:
    """One row for each work, and why some have no figure."""
    rows, notes = [], []
    for work in works:
        print(f"{work.name} ...", file=sys.stderr, flush=True)
        steps, reasons = prepare(work, sides)
        rows.append(row(work, sides, steps, rounds))
        notes += [f"{work.name}: {reason}" for reason in reasons]
    return rows, notes


def cells(row: dict) -> list[str]:
    """The texts of a row; what misses its target says so."""
    name, theirs, ours, ratio, target, *others = row.values()
    short = "" if ratio >= target else " (missed)"
    times = ["-" if time is None else f"{time:,.1f}" for time in (theirs, ours, *others)]
    return [name, *times[:2], f"{ratio:.2f}", f"{target}{short}", *times[2:]]


def table(rows: list[dict], markdown: bool) -> str:
    """The rows in columns, for a terminal or for a page."""
    lines = [list(rows[0]), *map(cells, rows)]
    if markdown:
        lines.insert(1, ["---"] + ["---:"] * (len(lines[0]) - 1))
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    first, *widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    return "\n".join(
        f"{name:{first}}  " + "  ".join(map(str.rjust, texts, widths)) for name, *texts in lines
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
    parser.add_argument("--only", default="", help=ONLY)
    parser.add_argument("--rounds", type=int, default=15, help="blocks of each library")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--markdown", action="store_true", help="print a table for a page")
    return parser.parse_args()


def tables(torch: ModuleType, asked: argparse.Namespace) -> dict:
    """Measure and print the works that were asked for, as they are and compiled."""
    figures = {}
    for key, works, sides in (
        ("works", WORKS, eager_sides),
        ("compiled works", COMPILED, compiled_sides),
        ("layers", LAYERS, eager_sides),
    ):
        chosen = [work for work in works if asked.only.lower() in f"{key}: {work.name}".lower()]
        if not chosen:
            continue
        figures[key], notes = measure(chosen, sides(torch, chainrule), asked.rounds)
        print("", table(figures[key], asked.markdown), *notes, sep="\n")
    return figures


def processes(only: str) -> dict:
    """Measure and print what takes processes of its own, as far as it was asked for."""
    figures = {}
    if only in "import":
        base, ours, theirs = figures["import ms"] = import_times("numpy", "chainrule", "torch")
        print(f"import: numpy {base:.0f} ms, chainrule {ours:.0f} ms, torch {theirs:.0f} ms;")
        print(f"    chainrule / numpy {ours / base:.2f} (target: under 2.5)")
    if only in "memory" and platform.system() == "Linux":
        theirs, ours = (peak_memory(name, THREADS) for name in ("torch", "chainrule"))
        figures["memory MiB"] = theirs, ours
        print(f"memory of the MLP step: torch {theirs:.1f} MiB, chainrule {ours:.1f} MiB")
    if only in "memory":
        plain, compiled = figures["step memory MiB"] = step_memory(THREADS)
        print(f"    its arrays and objects: {plain:.2f} MiB, compiled {compiled:.2f} MiB", end=" ")
        print("(target: not more)")
    if only in "first call":
        figures["first call s"] = first_calls(THREADS)
        texts = (f"{name} {time:.2f} s" for name, time in figures["first call s"].items())
        print(f"first call of the MLP step: {', '.join(texts)} (target: chainrule under 0.5 s)")
    return figures


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
    figures |= tables(torch, asked) | processes(asked.only)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
