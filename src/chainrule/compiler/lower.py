"""A group as kernels in the loop language.

The loops are those of the group's nest; values that only the group reads are local variables, or
rows of scratch memory where a later loop needs them. Sums of all rows are accumulated in local
variables and scratch memory, and finished after the last row, by a kernel of its own where several
threads have a part of the rows each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from . import folds
from .graph import Var
from .levels import AFTER, BEFORE, MAIN, Loop
from .loops import BEGIN, END, I64, Block, Const, Expr, Kernel, Load, cast
from .spaces import Member
from .sweeps import Fold, Span, Write, sweep
from .values import Column, Scratch, Values

if TYPE_CHECKING:
    from .groups import Group


class Lowered(NamedTuple):
    """A kernel, and what its buffers stand for."""

    kernel: Kernel
    operands: tuple[Var | Scratch, ...]


def lower(group: Group, name: str, aliases: Mapping[Var, Var] | None = None) -> Lowered:
    """The kernel of a group. `aliases` says which outputs are in the memory of which inputs."""
    return _Writer(group, 1, aliases or {}, {}).whole(name)


def lower_parts(
    group: Group, name: str, parts: int, aliases: Mapping[Var, Var] | None = None
) -> list[Lowered]:
    """One or two kernels of a group, for several threads.

    The first has an extent: call it for each of `bounds(group, parts)`, in any order or at the same
    time; then call the second.
    """
    parts = len(bounds(group, parts))
    scratch: dict[tuple[str, Var], Scratch] = {}
    first = _Writer(group, parts, aliases or {}, scratch)
    kernels = [first.part(name)]
    if first.levels.has_after and not group.nest.outer:
        last = _Writer(group, parts, aliases or {}, scratch)
        kernels.append(last.end(f"{name}_end"))
    return kernels


def bounds(group: Group, parts: int) -> list[tuple[int, int]]:
    """The ranges, of equal size but for the last, that the outermost loop is cut into."""
    n = group.space.volume((group.nest.outer or group.nest.rows)[:1])
    size = -(-n // min(parts, n))
    return [(at, min(at + size, n)) for at in range(0, n, size)]


def may_overwrite(group: Group, source: Var, output: Var) -> bool:
    """Whether an output may be in the memory of an input: each element is read before written."""
    writer = _Writer(group, 1, {}, {})
    writer.whole("f")
    written = [e for e in writer.events if e.is_write and e.access.root is output]
    read = [e for e in writer.events if not e.is_write and e.access.root is source]
    return all(r.access.same(w.access) and r.time <= w.time for r in read for w in written)


class _Writer(Values):
    """Writes one kernel of a group."""

    def whole(self, name: str) -> Lowered:
        """The kernel that does everything."""
        self._enclosed(self.nest.outer)
        return self._finished(name, None)

    def part(self, name: str) -> Lowered:
        """The kernel for a part of the outermost loop; totals are left in scratch memory."""
        dim = (self.nest.outer or self.nest.rows)[0]
        extent = self.space.sizes[dim]
        self.zone = self.top.let(BEGIN / -(-extent // self.parts), "zone")
        self._enclosed(self.nest.outer, dim)
        return self._finished(name, extent)

    def end(self, name: str) -> Lowered:
        """The kernel for what is to do after the last part."""
        self._section(BEFORE)
        for m in self.levels.row_totals:
            self.define(m, None, self._gathered(m, 0, 1))
        for m in self.levels.column_totals:
            if self.nest.unrolled:
                for i, column in enumerate(self.columns()):
                    self.define(m, column, self._gathered(m, i, self.width))
            else:
                self._gather_columns(m)
        self._after()
        return self._finished(name, None)

    def _finished(self, name: str, extent: int | None) -> Lowered:
        kernel = Kernel(name, tuple(self.buffers.values()), tuple(self.top.body), extent)
        return Lowered(kernel, tuple(self.buffers))

    # Sections

    def _enclosed(self, outer: Sequence[int], split: int | None = None) -> None:
        """Everything, in loops over the outer dimensions."""
        if not outer:
            self._rows(split)
            return
        span = self._span(outer[0], split)
        blocks = self.blocks
        with blocks[0].loop(span.start, span.stop) as (index, inside):
            self.at[outer[0]] = index
            self.blocks, self.memos = [inside] * 3, [{}, {}, {}]
            self._enclosed(outer[1:])
        self.blocks = blocks

    def _rows(self, split: int | None) -> None:
        """What is done before the rows, the rows, and what is done after them."""
        if not self.nest.rows:
            self._section(MAIN)
            self._write(self._point_stores(self.levels.row_stores))
            return
        self._section(BEFORE)
        flat = self.nest.unrolled or not self.nest.cols
        sums: list[tuple[Member, Column]] = [(m, None) for m in self.levels.row_totals]
        for m in self.levels.column_totals:
            if flat:
                sums += [(m, column) for column in self.columns()]
            else:
                self._clear_columns(m)
        spans = [self._span(d, split) for d in self.nest.rows]
        reductions = [self._row_fold(m, column, flat) for m, column in sums]
        totals = self._sweep(spans, 1, reductions, self._flat_row if flat else self._row, flat)
        for (m, column), total in zip(sums, totals, strict=True):
            if split is None:
                self.define(m, column, total)
            else:
                self._leave(m, column, total)
        if split is None:
            self._after()

    def _row_fold(self, m: Member, column: Column, flat: bool) -> Fold:
        """How rows add to a total."""
        terms = self.space.volume(self.nest.rows if flat else m.reduced)

        def term() -> Expr:
            if m.eqn.out in self.row_sums:
                return self.row_sums[m.eqn.out]
            if column is None and m.reduced & set(self.nest.cols):
                return self.over_columns(m, self.blocks[1])
            self.go_to(column)
            return self.operand(m)

        return Fold(m.eqn.op, self.kind(m), terms, term)

    def _flat_row(self) -> list[Write]:
        """A row without a loop in it."""
        writes = []
        for loop in self.levels.loops(MAIN):
            writes += self._unrolled_stores(loop)
        return writes + self._point_stores(self.levels.row_stores)

    def _row(self) -> list[Write]:
        self._section(MAIN)
        return self._point_stores(self.levels.row_stores)

    def _after(self) -> None:
        self._section(AFTER)
        self._write(self._point_stores(self.levels.scalar_stores))

    def _section(self, section: int) -> None:
        for loop in self.levels.loops(section):
            if self.nest.unrolled:
                self._write(self._unrolled_stores(loop))
            else:
                self._column_loop(loop)

    def _unrolled_stores(self, loop: Loop) -> list[Write]:
        stores = self.levels.stores.get(loop, ())
        return [self.store(m) for m in stores for _ in self.columns()]

    def _point_stores(self, members: Sequence[Member]) -> list[Write]:
        return [self.store(m) for m in members]

    def _write(self, writes: Sequence[Write]) -> None:
        for w in writes:
            self.blocks[0].store(w.buffer, w.index, w.value)

    # Loops over columns

    def _column_loop(self, loop: Loop) -> None:
        """One loop over the columns, with what is accumulated in it."""
        levels = self.levels
        found = levels.reductions.get(loop, [])
        columns = [m for m in found if m in levels.column_totals]
        sums = [m for m in found if m not in columns]

        def body() -> list[Write]:
            writes = [self._accumulated(m) for m in columns]
            writes += [self._keep(m) for m in levels.keeps.get(loop, ())]
            return writes + self._point_stores(levels.stores.get(loop, ()))

        reductions = [
            Fold(m.eqn.op, self.kind(m), self.width, partial(self.operand, m)) for m in sums
        ]
        spans = [self._span(d) for d in self.nest.cols]
        totals = self._sweep(spans, 2, reductions, body, True)
        self.saved |= {m.eqn.out for m in levels.keeps.get(loop, ())}
        stored = {m.eqn.out for m in levels.stores.get(loop, ()) if levels.is_reread(m.eqn.out)}
        self.saved |= stored & levels.kept
        for m, total in zip(sums, totals, strict=True):
            if m in levels.row_totals:
                self.row_sums[m.eqn.out] = total
            else:
                self.define(m, None, total)

    def _span(self, dim: int, split: int | None = None) -> Span:
        n = self.space.sizes[dim]
        if dim == split:
            return Span(dim, BEGIN, END, -(-n // self.parts))
        return Span(dim, Const(0, I64), Const(n, I64), n)

    def _sweep(
        self,
        spans: Sequence[Span],
        scope: int,
        reductions: Sequence[Fold],
        body: Callable[[], list[Write]],
        vector: bool,
    ) -> Sequence[Expr]:
        """Loops whose innermost block is the one of a scope."""
        blocks, memos = self.blocks, self.memos
        self.time += 1

        def iteration(inside: Block, indices: Mapping[int, Expr]) -> list[Write]:
            self.at.update(indices)
            self.blocks = [*blocks[:scope], *[inside] * (3 - scope)]
            self.memos = [*memos[:scope], *({} for _ in range(3 - scope))]
            return body()

        totals = sweep(blocks[max(0, scope - 1)], spans, reductions, iteration, vector)
        self.blocks, self.memos = blocks, memos
        self.time += 1
        return totals

    # Totals of all rows

    def _accumulated(self, m: Member) -> Write:
        """One more row for the total of a column."""
        strip = self.strip("total", m)
        buffer, index = self.buffer(strip), self.column_index()
        term = cast(self.operand(m), strip.kind)
        return Write(buffer, index, folds.step(m.eqn.op, self.blocks[2], Load(buffer, index), term))

    def _clear_columns(self, m: Member) -> None:
        strip = self.strip("total", m)
        start = folds.start(m.eqn.op, strip.kind)
        self._each_column(lambda: Write(self.buffer(strip), self.column_index(), start))

    def _keep(self, m: Member) -> Write:
        """A value for the loops that follow."""
        return Write(self.buffer(self.strip("kept", m)), self.column_index(), self.value(m))

    def _each_column(self, write: Callable[[], Write]) -> None:
        spans = [self._span(d) for d in self.nest.cols]
        self._sweep(spans, 2, (), lambda: [write()], True)

    def _partial(self, m: Member, kind: str) -> Scratch:
        """Memory for the totals of the parts."""
        width = 1 if m in self.levels.row_totals else self.width
        return self.scratch.setdefault(("part", m.eqn.out), Scratch(kind, width * self.parts))

    def _leave(self, m: Member, column: Column, total: Expr) -> None:
        """Store the total of a part."""
        buffer = self.buffer(self._partial(m, total.kind))
        if column is None:
            self.top.store(buffer, self.zone, total)
        else:
            self.go_to(column)
            self.top.store(buffer, self.column_index(), total)

    def _gathered(self, m: Member, start: int, step: int) -> Expr:
        """The total of all parts; `start` and `step` say where in memory they are."""
        buffer = self.buffer(self.scratch["part", m.eqn.out])
        total = self.top.let(Load(buffer, Const(start, I64)))
        for i in range(1, self.parts):
            part = Load(buffer, Const(start + i * step, I64))
            total = self.top.let(folds.step(m.eqn.op, self.top, total, part))
        return total

    def _gather_columns(self, m: Member) -> None:
        """Add up the totals of the parts for every column, in the memory of the first part."""
        buffer = self.buffer(self.strip("total", m))

        def write() -> Write:
            block = self.blocks[2]
            total: Expr = Load(buffer, self.column_index())
            for i in range(1, self.parts):
                part = Load(buffer, self.column_index(Const(i, I64)))
                total = block.let(folds.step(m.eqn.op, block, total, part))
            return Write(buffer, self.column_index(), total)

        self._each_column(write)
