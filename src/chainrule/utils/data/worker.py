"""Worker processes of a DataLoader: batches made ahead, in order, with errors brought home."""

from __future__ import annotations

import copy
import itertools
import multiprocessing
import queue
import random
import sys
import traceback
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy

from ...core.generator import default_generator
from ...errors import hint
from .dataset import Dataset
from .loader import DataLoader, Fetcher

_NOTHING = object()
_CHECK = 1.0  # seconds between looks at whether the workers are still alive


class WorkerInfo:
    """What a worker knows about itself: `id`, `num_workers`, `seed`, `dataset`."""

    def __init__(self, id: int, num_workers: int, seed: int, dataset: Dataset[Any]) -> None:
        self.id, self.num_workers, self.seed, self.dataset = id, num_workers, seed, dataset

    def __repr__(self) -> str:
        return f"WorkerInfo(id={self.id}, num_workers={self.num_workers}, seed={self.seed})"


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The worker this code runs in; None in the main process."""
    return _info


class _End:
    """A worker's answer when its stream is exhausted."""


class _Failure:
    """An exception in a worker: its type and the worker's traceback, as text."""

    def __init__(self, where: str) -> None:
        kind = sys.exc_info()[0]
        self.kind: Any = kind
        self.message = (
            f"Caught {kind.__name__ if kind else 'an error'} {where}.\n"
            f"Original {traceback.format_exc()}"
        )

    def raise_again(self) -> None:
        """Raise the same type with the worker's traceback as message."""
        if self.kind is KeyError:
            raise KeyError(_Verbatim(self.message)) from None
        try:
            error = self.kind(self.message)
        except Exception:
            raise RuntimeError(self.message) from None
        raise error from None


class _Verbatim(str):
    """A message that KeyError does not print quoted."""

    def __repr__(self) -> str:
        return str(self)


def _seed_everything(base_seed: int, worker: int) -> int:
    seed = (base_seed + worker) % 2**64
    random.seed(seed)
    default_generator.manual_seed(seed)
    entropy = [worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    numpy.random.seed(numpy.random.SeedSequence(entropy).generate_state(4))
    return seed


def _work(loader: DataLoader, worker: int, base_seed: int, tasks: Any, results: Any) -> None:
    """The loop of a worker: fetch what is asked for until there is nothing more to do."""
    global _info
    where = f"in DataLoader worker process {worker}"
    seed = _seed_everything(base_seed, worker)
    _info = WorkerInfo(worker, loader.num_workers, seed, loader.dataset)
    fetcher, trouble = None, None
    try:
        if loader.worker_init_fn is not None:
            loader.worker_init_fn(worker)
        fetcher = Fetcher(loader)
    except Exception:
        trouble = _Failure(where)
    while (task := tasks.get()) is not None:
        number, index = task
        if index is None and number is None:
            fetcher = Fetcher(loader)
            continue
        answer: Any = trouble
        if answer is None and fetcher is not None:
            try:
                answer = fetcher.fetch(index)
            except StopIteration:
                answer = _End()
            except Exception:
                answer = _Failure(where)
        results.put((number, answer))


class Workers:
    """A pool of worker processes that serves one pass, or with `keep` one pass after the other."""

    def __init__(self, loader: DataLoader, base_seed: int, keep: bool = False) -> None:
        context = loader.multiprocessing_context
        if context is None or isinstance(context, str):
            context = multiprocessing.get_context(context)
        self.loader, self.keep = loader, keep
        self.results = context.Queue()
        self.tasks = [context.Queue() for _ in range(loader.num_workers)]
        self.numbers = itertools.count()
        self.passes = 0
        lean = copy.copy(loader)  # what is sent to a worker has no workers of its own
        lean._workers = None
        self.processes = [
            context.Process(
                target=_work, args=(lean, worker, base_seed, tasks, self.results), daemon=True
            )
            for worker, tasks in enumerate(self.tasks)
        ]
        for process in self.processes:
            process.start()

    def batches(self, indices: Iterator[Any]) -> Iterator[Any]:
        """The batches in the order of the indices, the next ones in the making."""
        if self.passes:
            for tasks in self.tasks:
                tasks.put((None, None))
        self.passes += 1
        return self._serve(indices)

    def _serve(self, indices: Iterator[Any]) -> Iterator[Any]:
        turns = deque(range(self.loader.num_workers))  # workers with something left, next one first
        asked: deque[tuple[int, int]] = deque()
        ready: dict[int, Any] = {}

        def ask() -> None:
            index = next(indices, _NOTHING) if turns else _NOTHING
            if index is _NOTHING:
                return
            worker = turns[0]
            turns.rotate(-1)
            number = next(self.numbers)
            self.tasks[worker].put((number, index))
            asked.append((number, worker))

        try:
            for _ in range(int(self.loader.prefetch_factor or 1) * self.loader.num_workers):
                ask()
            while asked:
                number, worker = asked.popleft()
                while number not in ready:
                    got, answer = self._receive()
                    ready[got] = answer
                answer = ready.pop(number)
                if isinstance(answer, _End):
                    if worker in turns:
                        turns.remove(worker)
                    ask()
                    continue
                ask()
                if isinstance(answer, _Failure):
                    answer.raise_again()
                yield answer
        finally:
            if not self.keep:
                self.stop()

    def _receive(self) -> tuple[int, Any]:
        """The next answer of any worker; RuntimeError if one died or takes too long."""
        waited, limit = 0.0, self.loader.timeout
        while True:
            wait = min(_CHECK, limit - waited) if limit else _CHECK
            try:
                answer: tuple[int, Any] = self.results.get(timeout=wait)
                return answer
            except queue.Empty:
                waited += wait
            dead = [str(p.pid) for p in self.processes if not p.is_alive()]
            if dead:
                raise RuntimeError(
                    hint(
                        f"DataLoader worker (pid(s) {', '.join(dead)}) exited unexpectedly",
                        "run with num_workers=0 to see what happens in it",
                    )
                )
            if limit and waited >= limit:
                raise RuntimeError(f"DataLoader timed out after {limit} seconds")

    def stop(self) -> None:
        """End the processes."""
        for tasks in self.tasks:
            tasks.put(None)
            tasks.close()
        for process in self.processes:
            process.join(_CHECK)
            if process.is_alive():
                process.terminate()
                process.join(_CHECK)
        self.results.close()
        self.tasks = []
        self.processes = []

    def __del__(self) -> None:
        if self.processes:
            self.stop()
