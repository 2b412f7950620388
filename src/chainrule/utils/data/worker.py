"""What runs in a worker process of a DataLoader."""

from __future__ import annotations

import os
import random
import traceback
from dataclasses import dataclass
from queue import Empty
from typing import Any

import numpy

from ...core.generator import default_generator

WATCH = 5.0  # seconds between looks at whether the main process is still there


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows of itself; `dataset` is its own copy."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str = "multiprocessing"


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The worker that this code runs in; None in the main process.

    >>> print(get_worker_info())
    None
    """
    return _info


class End:
    """The answer to a task when the worker's stream has ended."""


class Restart:
    """The task of beginning another iteration: a new one over the stream."""


class Failure:
    """An error of a worker on its way to the main process: its type, and its traceback as text."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind = type(error)
        self.message = (
            f"Caught {self.kind.__name__} {where}.\n"
            f"Original {''.join(traceback.format_exception(error))}"
        )

    def plain(self) -> Failure:
        """The same for a type that the main process does not know."""
        self.kind = RuntimeError
        return self

    def error(self) -> BaseException:
        """An error of the same type with the worker's traceback as message, if one can be made."""
        message = _Verbatim(self.message) if issubclass(self.kind, KeyError) else self.message
        try:
            return self.kind(message)
        except Exception:  # a type that wants other arguments
            return RuntimeError(message)


class _Verbatim(str):
    """A message that KeyError, which shows the repr of it, shows as it is."""

    def __repr__(self) -> str:
        return str(self)


def work(loader: Any, number: int, base_seed: int, tasks: Any, results: Any) -> None:
    """Answer each task (id, index) of the queue `tasks` into the pipe `results`, until None."""
    global _info
    where = f"in DataLoader worker process {number}"
    failure = fetcher = None
    try:
        seed = _seed(base_seed, number)
        _info = WorkerInfo(number, loader.num_workers, seed, loader.dataset)
        if loader.worker_init_fn is not None:
            loader.worker_init_fn(number)
        fetcher = loader._fetcher()
    except Exception as error:
        failure = Failure(error, where)
    try:
        while (task := _next(tasks)) is not None:
            key, index = task
            try:
                if index is Restart:
                    fetcher = loader._fetcher()
                    continue
                answer = failure or _answer(fetcher, index, where)
            except Exception as error:
                answer = failure = Failure(error, where)
            _send(results, key, answer, where)
    except (KeyboardInterrupt, BrokenPipeError):  # the main process raises, or has gone
        pass


def _seed(base_seed: int, number: int) -> int:
    """Seed all generators of this process, as PyTorch does."""
    seed = base_seed + number
    random.seed(seed)
    default_generator.manual_seed(seed)
    numpy.random.seed(numpy.random.SeedSequence([number, base_seed]).generate_state(4))
    return seed


def _next(tasks: Any) -> Any:
    """The next task; None if there will be none because the main process has gone."""
    parent = os.getppid()
    while True:
        try:
            return tasks.get(timeout=WATCH)
        except Empty:
            if os.getppid() != parent:
                return None


def _answer(fetcher: Any, index: Any, where: str) -> Any:
    try:
        return fetcher.fetch(index)
    except StopIteration as end:
        return End() if fetcher.stream is not None else Failure(end, where)
    except Exception as error:
        return Failure(error, where)


def _send(results: Any, key: int, answer: Any, where: str) -> None:
    try:
        results.send((key, answer))
    except BrokenPipeError:
        raise
    except Exception as error:  # what cannot be pickled; nothing was sent
        failure = answer.plain() if isinstance(answer, Failure) else Failure(error, where).plain()
        results.send((key, failure))
