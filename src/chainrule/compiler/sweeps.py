"""Nested loops that accumulate: written so that long float32 sums are both fast and precise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from . import folds
from .loops import F32, I64, Block, Buffer, Const, Expr, Local, cast, select


@dataclass(frozen=True, slots=True)
class Span:
    """A loop over a dimension from start to stop, about `size` iterations."""

    dim: int
    start: Expr
    stop: Expr
    size: int


@dataclass(frozen=True, slots=True)
class Fold:
    """A reduction to accumulate: of `count` terms, written by `term` in each iteration."""

    op: str
    kind: str
    count: int
    term: Callable[[], Expr]


@dataclass(frozen=True, slots=True)
class Write:
    """An element to be stored at the end of an iteration, after everything has been read."""

    buffer: Buffer
    index: Expr
    value: Expr


Body = Callable[[Block, Mapping[int, Expr]], Sequence[Write]]
"""Writes an iteration into a block, given the indices; returns what is to be stored."""


def sweep(
    block: Block, spans: Sequence[Span], reductions: Sequence[Fold], body: Body, vector: bool
) -> list[Local]:
    """Write nested loops, the innermost one to be vectorised or not; return the totals."""
    totals = [
        block.declare(folds.start(f.op, folds.precise(f.op, f.kind, f.count)), "total")
        for f in reductions
    ]
    _Sweep(list(spans), list(reductions), totals, body, vector).open(block, 0, {})
    return totals


class _Sweep:
    """Loops being opened, one inside the other."""

    def __init__(
        self,
        spans: list[Span],
        reductions: list[Fold],
        totals: list[Local],
        body: Body,
        vector: bool,
    ) -> None:
        self.spans, self.reductions, self.body, self.vector = spans, reductions, body, vector
        self.accumulators = totals
        self.sums = [i for i, t in enumerate(totals) if reductions[i].kind == F32 != t.kind]
        self.start_anew = len(spans) + 1  # the depth at which float32 sums start anew
        if self.sums and vector:
            sizes = [s.size for s in spans]
            within = [i for i in range(len(spans)) if _product(sizes[i:]) <= folds.BLOCK]
            self.start_anew = min(within, default=len(spans))

    def open(self, block: Block, depth: int, indices: dict[int, Expr]) -> None:
        """Write the loops from a depth on."""
        if depth == self.start_anew and depth < len(self.spans):
            self.in_float32(block, lambda: self.loop(block, depth, indices))
        elif depth == len(self.spans):
            self.iteration(block, indices)
        elif depth == self.start_anew - 1 == len(self.spans) - 1:
            self.loop_in_blocks(block, indices)
        else:
            self.loop(block, depth, indices)

    def loop(self, block: Block, depth: int, indices: dict[int, Expr]) -> None:
        """Write one loop and those inside."""
        span, innermost = self.spans[depth], depth == len(self.spans) - 1
        with block.loop(span.start, span.stop, vector=self.vector and innermost) as (i, inside):
            self.open(inside, depth + 1, indices | {span.dim: i})

    def loop_in_blocks(self, block: Block, indices: dict[int, Expr]) -> None:
        """The innermost loop, in blocks."""
        span = self.spans[-1]
        with block.loop(span.start, span.stop, folds.BLOCK) as (low, inside):
            full = inside.let(low + folds.BLOCK)
            high = inside.let(select(full < span.stop, full, span.stop))
            self.spans[-1] = replace(span, start=low, stop=high)
            depth = len(self.spans) - 1
            self.in_float32(inside, lambda: self.loop(inside, depth, indices))

    def in_float32(self, block: Block, write: Callable[[], None]) -> None:
        """Write loops whose sums are accumulated in float32, and added to the totals then."""
        outer = self.accumulators
        self.accumulators = list(outer)
        for i in self.sums:
            self.accumulators[i] = block.declare(Const(0.0, F32), "part")
        write()
        for i in self.sums:
            block.assign(outer[i], outer[i] + cast(self.accumulators[i], outer[i].kind))
        self.accumulators = outer

    def iteration(self, block: Block, indices: dict[int, Expr]) -> None:
        """Write one iteration: all reads, then what is accumulated, then all writes."""
        writes = self.body(block, indices)
        terms = [f.term() for f in self.reductions]
        for f, total, term in zip(self.reductions, self.accumulators, terms, strict=True):
            more = folds.step(f.op, block, total, cast(term, total.kind))
            block.assign(total, more, reorder=self.vector)
        for w in writes:
            block.store(w.buffer, w.index, w.value)


def _product(sizes: Sequence[int]) -> int:
    product = 1
    for n in sizes:
        product *= n
    return product


def add_up(terms: Sequence[tuple[Expr, int]], offset: int) -> Expr:
    """An index: the sum of indices times strides, and an offset."""
    total: Expr | None = None
    for index, stride in terms:
        step = index if stride == 1 else index * stride
        total = step if total is None else total + step
    if total is None:
        return Const(offset, I64)
    return total + offset if offset else total
