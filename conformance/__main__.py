"""`python -m conformance`: see README.md beside this file."""

from __future__ import annotations

import argparse
import fnmatch
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy and PyTorch are imported


def parser() -> argparse.ArgumentParser:
    """The options."""
    top = argparse.ArgumentParser(prog="python -m conformance", allow_abbrev=False)
    top.add_argument("--only", nargs="+", metavar="NAME", help="names, with * for anything")
    top.add_argument("--family", nargs="+", metavar="NAME", help="families of the table")
    top.add_argument("--samples", type=int, default=12, metavar="N", help="for each dtype")
    top.add_argument("--seconds", type=int, default=60, metavar="N", help="limit for an entry")
    top.add_argument("--processes", type=int, default=2, metavar="N")
    top.add_argument("--package", default="chainrule", help="what is scored; torch is allowed")
    top.add_argument("--list", action="store_true", help="print the names and stop")
    top.add_argument("--raise-floor", action="store_true", help="write floor.json")
    return top


def main() -> int:
    """Score what is wanted; the status is 1 if a score is lower than the one on record."""
    options = parser().parse_args()
    from . import report, work

    found = work.databases()
    wanted = [
        job
        for job in work.jobs(found)
        if (not options.family or job.family in options.family)
        and (not options.only or any(fnmatch.fnmatch(job.name, name) for name in options.only))
    ]
    if not wanted:
        print("nothing has this name; --list prints the names", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{job.family}\t{job.name}" for job in wanted))
        return 0
    partial = bool(options.only or options.family)
    start = time.monotonic()
    rows = []
    settings = options.package, options.samples, options.seconds, options.processes
    for done, more in enumerate(work.run(wanted, found, *settings), 1):
        rows += more
        if partial:
            print(report.failures(more), end="", flush=True)
        if sys.stderr.isatty():
            print(f"\r{done}/{len(wanted)}", end="", file=sys.stderr, flush=True)
    if not partial:
        report.FAILURES.write_text(report.failures(rows), encoding="utf-8")
        print(report.table(rows))
        print(f"what fails and why: {report.FAILURES}")
    print(report.scores(rows))
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    if partial or options.package != "chainrule":
        return 0
    if options.raise_floor:
        report.raise_floor(rows)
    below = report.below_floor(rows)
    print("\n".join(below), end="\n" if below else "", file=sys.stderr)
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
