"""`torch.multiprocessing`: Python's own; tensors travel as copies, as NumPy's arrays do."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

_strategy = "file_system"


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> Any:
    """Run `fn(i, *args)` in `nprocs` new processes; wait for them, unless `join` is False.

    RuntimeError if one of them failed; its own traceback is on standard error.
    """
    context: Any = multiprocessing.get_context(start_method)
    started = []
    for index in range(nprocs):
        process = context.Process(target=fn, args=(index, *args), daemon=daemon)
        process.start()
        started.append(process)
    if not join:
        return started
    for process in started:
        process.join()
    failed = [(i, p.exitcode) for i, p in enumerate(started) if p.exitcode]
    if failed:
        index, code = failed[0]
        raise RuntimeError(f"process {index} terminated with exit code {code}")
    return None


def get_all_sharing_strategies() -> set[str]:
    """The names that `set_sharing_strategy` takes."""
    return {"file_descriptor", "file_system"}


def get_sharing_strategy() -> str:
    """What `set_sharing_strategy` was told."""
    return _strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Accepted: tensors travel as copies."""
    global _strategy
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(f"unknown sharing strategy: {new_strategy}")
    _strategy = new_strategy


def __getattr__(name: str) -> Any:
    return getattr(multiprocessing, name)
