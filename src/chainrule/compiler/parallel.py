"""A kernel's parts on several threads, which wait without Python's lock for a short while.

Waking a sleeping thread takes longer than most kernels run. So the waiting, the handing out and the
running of parts are machine code: a thread that is still awake takes a part in a microsecond, and
what no other thread has taken the calling thread runs itself. Knows nothing of what parts compute.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from . import native
from .native import Native

_SPINS = 2000  # about 0.1 ms: how long a thread waits for more before it sleeps
_MOST = min(os.cpu_count() or 1, 63) - 1  # threads beside the calling one; they fit a bit mask

# The memory of a pool, in lines of the cache:
#   pending     how many parts nobody has taken yet; to decrement it is to take one
#   unfinished  how many parts have not ended yet
#   function, parts   what to run; a part is a triple (table, begin, end)
#   asleep      one for each worker: whether it has to be woken by its lock
_POOL = """
%pool = type { i64, [7 x i64], i64, [7 x i64], ptr, ptr, [6 x i64], [64 x i64] }

declare i32 @sched_yield()

; Publish parts; the result has a bit for each worker that is to be woken.
define i64 @pool_start(ptr %pool, ptr %function, ptr %parts, i64 %count, i64 %workers) {
entry:
  %unfinished = getelementptr %pool, ptr %pool, i64 0, i32 2
  %function.at = getelementptr %pool, ptr %pool, i64 0, i32 4
  %parts.at = getelementptr %pool, ptr %pool, i64 0, i32 5
  store ptr %function, ptr %function.at
  store ptr %parts, ptr %parts.at
  store atomic i64 %count, ptr %unfinished monotonic, align 8
  store atomic i64 %count, ptr %pool seq_cst, align 8
  br label %next
next:
  %worker = phi i64 [ 0, %entry ], [ %worker.next, %each ]
  %mask = phi i64 [ 0, %entry ], [ %mask.next, %each ]
  %more = icmp slt i64 %worker, %workers
  br i1 %more, label %each, label %done
each:
  %asleep = getelementptr %pool, ptr %pool, i64 0, i32 7, i64 %worker
  %was = atomicrmw xchg ptr %asleep, i64 0 seq_cst
  %bit = shl i64 %was, %worker
  %mask.next = or i64 %mask, %bit
  %worker.next = add i64 %worker, 1
  br label %next
done:
  ret i64 %mask
}

; Take parts and run them until none is left.
define internal void @take(ptr %pool) {
entry:
  %unfinished = getelementptr %pool, ptr %pool, i64 0, i32 2
  %function.at = getelementptr %pool, ptr %pool, i64 0, i32 4
  %parts.at = getelementptr %pool, ptr %pool, i64 0, i32 5
  br label %look
look:
  %pending = load atomic i64, ptr %pool seq_cst, align 8
  %some = icmp sgt i64 %pending, 0
  br i1 %some, label %try, label %done
try:
  %left = atomicrmw sub ptr %pool, i64 1 seq_cst
  %mine = icmp sgt i64 %left, 0
  br i1 %mine, label %run, label %done
run:
  %function = load ptr, ptr %function.at
  %parts = load ptr, ptr %parts.at
  %number = sub i64 %left, 1
  %part = getelementptr { ptr, i64, i64 }, ptr %parts, i64 %number
  %begin.at = getelementptr { ptr, i64, i64 }, ptr %part, i64 0, i32 1
  %end.at = getelementptr { ptr, i64, i64 }, ptr %part, i64 0, i32 2
  %table = load ptr, ptr %part
  %begin = load i64, ptr %begin.at
  %end = load i64, ptr %end.at
  call void %function(ptr %table, i64 %begin, i64 %end)
  %before = atomicrmw sub ptr %unfinished, i64 1 acq_rel
  br label %look
done:
  ret void
}

; Wait a moment; once in a while, let other threads run on this processor.
define internal void @rest(i64 %spin) {
  PAUSE
  %phase = and i64 %spin, 31
  %long = icmp eq i64 %phase, 31
  br i1 %long, label %yield, label %done
yield:
  %ignored = call i32 @sched_yield()
  br label %done
done:
  ret void
}

; The calling thread: take parts, then wait for the others; 1 if that takes long.
define i64 @pool_finish(ptr %pool, i64 %spins) {
entry:
  call void @take(ptr %pool)
  %unfinished.at = getelementptr %pool, ptr %pool, i64 0, i32 2
  br label %wait
wait:
  %spin = phi i64 [ 0, %entry ], [ %spin.next, %again ]
  %unfinished = load atomic i64, ptr %unfinished.at acquire, align 8
  %finished = icmp eq i64 %unfinished, 0
  br i1 %finished, label %done, label %pause
pause:
  call void @rest(i64 %spin)
  %spin.next = add i64 %spin, 1
  %patient = icmp slt i64 %spin.next, %spins
  br i1 %patient, label %again, label %done
again:
  br label %wait
done:
  %result = phi i64 [ 0, %wait ], [ 1, %pause ]
  ret i64 %result
}

; Another thread: take parts until none came for a while; then it must wait for its lock.
define void @pool_work(ptr %pool, i64 %worker, i64 %spins) {
entry:
  %asleep = getelementptr %pool, ptr %pool, i64 0, i32 7, i64 %worker
  br label %work
work:
  call void @take(ptr %pool)
  br label %wait
wait:
  %spin = phi i64 [ 0, %work ], [ %spin.next, %pause ]
  %pending = load atomic i64, ptr %pool monotonic, align 8
  %some = icmp sgt i64 %pending, 0
  br i1 %some, label %work, label %pause
pause:
  call void @rest(i64 %spin)
  %spin.next = add i64 %spin, 1
  %patient = icmp slt i64 %spin.next, %spins
  br i1 %patient, label %wait, label %sleep
sleep:
  store atomic i64 1, ptr %asleep seq_cst, align 8
  %late = load atomic i64, ptr %pool seq_cst, align 8
  %come = icmp sgt i64 %late, 0
  br i1 %come, label %wake, label %done
wake:
  %was = atomicrmw xchg ptr %asleep, i64 0 seq_cst
  %unnoticed = icmp eq i64 %was, 1
  br i1 %unnoticed, label %work, label %done
done:
  ret void
}
"""


_Address, _Number = ctypes.c_void_p, ctypes.c_int64
_Start = ctypes.PYFUNCTYPE(_Number, _Address, _Address, _Address, _Number, _Number)
_Finish = ctypes.CFUNCTYPE(_Number, _Address, _Number)
_Work = ctypes.CFUNCTYPE(None, _Address, _Number, _Number)


class _Triple(ctypes.Structure):
    _fields_ = [("table", _Address), ("begin", _Number), ("end", _Number)]


class _Pool:
    """Threads that run parts for one calling thread at a time."""

    def __init__(self) -> None:
        declaration, pause = _pause()
        code = native.load(declaration + _POOL.replace("PAUSE", pause))
        self.start = native.function(code, "pool_start", _Start)
        self.finish = native.function(code, "pool_finish", _Finish)
        self.work = native.function(code, "pool_work", _Work)
        self.memory = ctypes.create_string_buffer(1024)
        self.address = -(-ctypes.addressof(self.memory) // 64) * 64
        self.locks: list[threading.Lock] = []
        self.busy = threading.Lock()

    def grow(self, workers: int) -> None:
        """Have at least so many threads."""
        for number in range(len(self.locks), workers):
            lock = threading.Lock()
            lock.acquire()
            threading.Thread(target=_work, args=(self, number, lock), daemon=True).start()
            self.locks.append(lock)

    def run(self, function: int, parts: Any) -> None:
        """Run all parts; the caller holds `busy`."""
        count = len(parts)
        workers = min(count - 1, _MOST)
        if len(self.locks) < workers:
            self.grow(workers)
        try:
            asleep = self.start(self.address, function, parts, count, workers)
            while asleep:
                self.locks[asleep.bit_length() - 1].release()
                asleep ^= 1 << asleep.bit_length() - 1
        finally:
            self.join()

    def join(self) -> None:
        """Take part and wait for the others: even if interrupted, they write to our memory."""
        interrupt: BaseException | None = None
        while True:
            try:
                while self.finish(self.address, _SPINS):
                    time.sleep(0)
                break
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt


def _work(pool: _Pool, number: int, lock: threading.Lock) -> None:
    """What a thread does for the rest of its life."""
    while True:
        pool.work(pool.address, number, _SPINS)
        lock.acquire()


class Job:
    """Parts of a kernel's extent with their tables, ready to be run: `job()` runs them all.

    Without a table for each part, all parts have the first one's.
    """

    def __init__(
        self, kernel: Native, tables: Sequence[int], bounds: Sequence[tuple[int, int]]
    ) -> None:
        part: Any = kernel.part
        tables = list(tables) if len(tables) > 1 else list(tables) * len(bounds)
        triples: list[Any] = [(t, *b) for t, b in zip(tables, bounds, strict=True)]
        self.part, self.triples = part, triples
        self.parts = (_Triple * len(triples))(*triples)
        self.function = ctypes.cast(part, ctypes.c_void_p).value or 0

    def __call__(self) -> None:
        """Run the parts: on this thread alone while the others work for another caller."""
        pool = _pool or _make_pool()
        if len(self.triples) > 1 and pool.busy.acquire(blocking=False):
            try:
                pool.run(self.function, self.parts)
            finally:
                pool.busy.release()
        else:
            for triple in self.triples:
                self.part(*triple)


def run(kernel: Native, tables: Sequence[int], bounds: Sequence[tuple[int, int]]) -> None:
    """Run a kernel over the parts [begin, end) of its extent, see `Job`."""
    Job(kernel, tables, bounds)()


_pool: _Pool | None = None
_making = threading.Lock()


def _make_pool() -> _Pool:
    global _pool
    with _making:
        if _pool is None:
            _pool = _Pool()
        return _pool


def _forget() -> None:
    """A forked process has none of the threads."""
    global _pool, _making
    _pool, _making = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _pause() -> tuple[str, str]:
    """How a thread tells the processor that it waits: a declaration, and an instruction."""
    triple = native.target()[0]
    if triple.startswith("x86_64"):
        return "declare void @llvm.x86.sse2.pause()", "call void @llvm.x86.sse2.pause()"
    if triple.startswith(("aarch64", "arm64")):
        return "declare void @llvm.aarch64.hint(i32)", "call void @llvm.aarch64.hint(i32 1)"
    return "", ""
