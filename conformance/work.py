"""Scores entries of the databases in several processes, each entry with a limit of time."""

from __future__ import annotations

import importlib
import multiprocessing
import signal
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from . import bridge, modules, operators, optimizers, scope


@dataclass(frozen=True)
class Row:
    """One thing that was compared: `kind` is the score it counts for."""

    kind: str
    family: str
    name: str
    verdict: str

    @property
    def passed(self) -> bool:
        return self.verdict == "ok"


@dataclass(frozen=True)
class Job:
    """An entry of a database, by its position."""

    database: str
    position: int
    family: str
    name: str


KINDS = {"operators": "opinfo", "modules": "module_db", "optimizers": "optim_db"}


class OutOfTime(BaseException):
    """The limit of an entry is over; not an Exception, so that nothing compared swallows it."""


def databases() -> dict[str, list[Any]]:
    """PyTorch's databases by name."""
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.common_modules import module_db
    from torch.testing._internal.common_optimizers import optim_db

    return {"operators": op_db, "modules": module_db, "optimizers": optim_db}


def jobs(found: dict[str, list[Any]]) -> Iterator[Job]:
    """All entries that count."""
    for position, info in enumerate(found["operators"]):
        if scope.in_scope(info):
            yield Job("operators", position, scope.family(info), scope.key(info))
    for position, info in enumerate(found["modules"]):
        yield Job("modules", position, "modules", info.name)
    for position, info in enumerate(found["optimizers"]):
        yield Job("optimizers", position, "optimizers", info.name)


def load(name: str) -> Any:
    """The package that is scored, with its submodules where it has them."""
    package = importlib.import_module(name)
    for submodule in bridge.SUBMODULES:
        try:
            importlib.import_module(f"{name}.{submodule}")
        except ImportError:
            continue
    return package


class Worker:
    """What one process does: score an entry, in time."""

    def __init__(self, found: dict[str, list[Any]], package: str, samples: int, seconds: int):
        self.found, self.samples, self.seconds = found, samples, seconds
        self.package = load(package)

    def __call__(self, job: Job) -> list[Row]:
        rows: list[Row] = []
        signal.signal(signal.SIGALRM, _over)
        signal.alarm(self.seconds)
        try:
            for kind, what, verdict in self._verdicts(job):
                if job.name in scope.WRAPPED and kind == "opinfo":
                    kind = "wrapped entries"
                rows.append(Row(kind, job.family, job.name + what, verdict))
        except OutOfTime:
            rows.append(
                Row(KINDS[job.database], job.family, job.name, f"more than {self.seconds} seconds")
            )
        finally:
            signal.alarm(0)
        return rows

    def _verdicts(self, job: Job) -> Iterator[tuple[str, str, str]]:
        info = self.found[job.database][job.position]
        if job.database == "operators":
            yield from operators.score(self.package, info, self.samples)
        elif job.database == "modules":
            yield from modules.score(self.package, info)
        else:
            yield from optimizers.score(self.package, info)


def _over(*_: object) -> None:
    raise OutOfTime


_worker: Worker


def _begin(*args: Any) -> None:
    global _worker
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    _worker = Worker(*args)


def _one(job: Job) -> list[Row]:
    return _worker(job)


def run(
    wanted: list[Job],
    found: dict[str, list[Any]],
    package: str,
    samples: int,
    seconds: int,
    processes: int,
) -> Iterator[list[Row]]:
    """The rows of each job, as they come."""
    settings = found, package, samples, seconds
    if processes == 1 or len(wanted) == 1:
        _begin(*settings)
        yield from map(_one, wanted)
        return
    context = multiprocessing.get_context("fork")  # the databases take seconds to import
    with context.Pool(processes, _begin, settings, maxtasksperchild=100) as pool:
        yield from pool.imap_unordered(_one, wanted)
