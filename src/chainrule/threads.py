"""The number of threads that matrix products use."""

from __future__ import annotations

import os

_threads: int | None = None


def get_num_threads() -> int:
    """The number of threads that matrix products may use."""
    return (os.cpu_count() or 1) if _threads is None else _threads


def set_num_threads(n: int) -> None:
    """Set the number of threads that matrix products may use.

    NumPy's BLAS is told through threadpoolctl where that is installed; otherwise set
    OPENBLAS_NUM_THREADS before Python starts.
    """
    global _threads
    if not isinstance(n, int) or n < 1:
        raise RuntimeError("set_num_threads expects a positive integer")
    _threads = n
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return
    threadpool_limits(n, "blas")


def get_num_interop_threads() -> int:
    """The number of operations that may run at the same time: one."""
    return 1


def set_num_interop_threads(n: int) -> None:
    """Accepted: operations run one after the other."""
