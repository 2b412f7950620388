"""The main process's side of a DataLoader with workers: tasks out, batches in, in order."""

from __future__ import annotations

import copy
import multiprocessing
import os
from collections.abc import Iterator
from itertools import cycle
from multiprocessing.connection import wait
from signal import Signals
from typing import Any

from .dataloader import DataLoader, _BaseDataLoaderIter
from .worker import End, Failure, Restart, work

PATIENCE = 5.0  # seconds that a worker gets to end by itself


class _Worker:
    """A process with its queue of tasks and its pipe of results."""

    def __init__(self, loader: DataLoader, number: int, base_seed: int) -> None:
        context: Any = loader.multiprocessing_context or multiprocessing
        self.tasks = context.Queue()  # a queue never blocks the main process, as a pipe would
        self.tasks.cancel_join_thread()
        self.results, theirs = context.Pipe(duplex=False)
        self.process = context.Process(
            target=work, args=(loader, number, base_seed, self.tasks, theirs), daemon=True
        )
        self.process.start()
        theirs.close()
        self.active = True  # its stream has not ended
        self.pending = 0  # tasks without an answer


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Hands out tasks ahead, and gives the batches in their order (or as they come)."""

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        if not loader.prefetch_factor:
            raise ValueError("prefetch_factor option should be positive with workers")
        self._owner = os.getpid()
        self._workers: list[_Worker] = []
        plain = copy.copy(loader)  # for the workers: without the iterator of the main process
        plain._iterator = None
        for number in range(loader.num_workers):
            self._workers.append(_Worker(plain, number, self._base_seed))
        self._begin()

    def _begin(self) -> None:
        loader = self._loader
        self._indices: Iterator[Any] = iter(loader._index_sampler)
        self._turn = cycle(self._workers)
        self._sent = self._next_key = 0
        self._fetched = 0
        self._arrived: dict[int, Any] = {}
        self._busy: dict[int, _Worker] = {}  # by task: who answers it
        for worker in self._workers:
            worker.active = True
        for _ in range((loader.prefetch_factor or 1) * loader.num_workers):
            self._hand_out()

    def restart(self) -> None:
        """Another iteration with the same workers."""
        while self._busy:  # answers of an iteration that was left early
            self._receive()
        for worker in self._workers:
            worker.tasks.put((0, Restart))
        self._begin()

    def _hand_out(self) -> None:
        """Give the next task to the next worker that can take one."""
        loader = self._loader
        limit = -(-(loader.prefetch_factor or 1) * loader.num_workers // self._active())
        for _ in self._workers:
            worker = next(self._turn)
            if worker.active and (loader.in_order or worker.pending < limit):
                break
        else:
            return
        try:
            index = next(self._indices)
        except StopIteration:
            return
        worker.tasks.put((self._sent, index))
        worker.pending += 1
        self._busy[self._sent] = worker
        self._sent += 1

    def _active(self) -> int:
        return sum(worker.active for worker in self._workers) or 1

    def __next__(self) -> Any:
        while self._busy or self._arrived:
            key = self._next_key if self._loader.in_order else next(iter(self._arrived), None)
            if key not in self._arrived:
                self._receive()
                continue
            answer = self._arrived.pop(key)
            self._next_key += 1
            self._hand_out()
            if isinstance(answer, Failure):
                raise answer.error()
            if not isinstance(answer, End):
                if self._loader._streams:
                    self._warn_of_length()
                return answer
        if not self._loader.persistent_workers:
            self._stop()
        raise StopIteration

    def _receive(self) -> None:
        """Wait for one answer; RuntimeError if a worker died or the time is over."""
        pipes = {worker.results: worker for worker in self._busy.values()}
        sentinels = [worker.process.sentinel for worker in self._workers]
        ready = wait([*pipes, *sentinels], self._loader.timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {self._loader.timeout:g} seconds")
        for pipe in ready:
            if pipe in pipes:
                try:
                    key, answer = pipes[pipe].results.recv()
                except EOFError:
                    continue
                worker = self._busy.pop(key)
                worker.pending -= 1
                if isinstance(answer, End):
                    worker.active = False
                self._arrived[key] = answer
                return
        raise self._death()

    def _death(self) -> RuntimeError:
        """The error for workers that ended before their work was done."""
        for worker in self._workers:
            worker.process.join(0.1)
        dead = [worker.process for worker in self._workers if not worker.process.is_alive()]
        pids = ", ".join(str(process.pid) for process in dead)
        self._stop()
        code = dead[0].exitcode if dead else None
        how = f"with exit code {code}" if code is None or code >= 0 else _killed(-code)
        return RuntimeError(
            f"DataLoader worker (pid(s) {pids}) exited unexpectedly {how}. Details are lost due to "
            "multiprocessing. Rerunning with num_workers=0 may give better error trace."
        )

    def _stop(self) -> None:
        """End the workers: by request, or by force when that takes too long."""
        workers, self._workers = self._workers, []
        self._busy, self._arrived = {}, {}
        for worker in workers:
            worker.results.close()
            worker.tasks.put(None)
        for worker in workers:
            worker.process.join(PATIENCE)
            if worker.process.is_alive():
                worker.process.terminate()
                worker.process.join()
            worker.tasks.close()

    def __del__(self) -> None:
        if getattr(self, "_owner", None) == os.getpid():  # not in a forked worker
            self._stop()


def _killed(signal: int) -> str:
    return f"(killed by signal: {Signals(signal).name})"
