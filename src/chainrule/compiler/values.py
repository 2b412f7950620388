"""The values of a nest while its loops are written: in local variables or in memory.

A value is computed where it is read first, in the outermost loop that it can be computed in.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from . import elementwise, folds
from .graph import Var, row_major
from .levels import Levels, levels_of
from .loops import BOOL, I64, Block, Buffer, Const, Expr, Load, cast
from .nests import COLUMN, ROW
from .spaces import Access, Member
from .sweeps import Write, add_up

if TYPE_CHECKING:
    from .groups import Group


@dataclass(frozen=True, slots=True, eq=False)
class Scratch:
    """Memory that kernels need besides the values: its type and number of elements.

    It holds nothing before the first kernel and is not needed after the last.
    """

    kind: str
    size: int

    @property
    def dtype(self) -> numpy.dtype[Any]:
        """The type of its elements as NumPy's."""
        return numpy.dtype(numpy.bool_ if self.kind == BOOL else f"{self.kind[0]}{self.bytes}")

    @property
    def bytes(self) -> int:
        """The size of an element."""
        return 1 if self.kind == BOOL else int(self.kind[1:]) // 8

    @property
    def nbytes(self) -> int:
        """The size of its memory."""
        return self.size * self.bytes


class Event(NamedTuple):
    """Memory is read or written in the loop of this number."""

    time: int
    access: Access
    is_write: bool


Column = tuple[int, ...] | None
"""The indices of a column that is written out; None for a value that does not depend on it."""


class Values:
    """What is known at the point of a kernel that is being written.

    `blocks` are those outside of the rows, in a row, and in a column loop; `at` has the indices.
    """

    def __init__(
        self,
        group: Group,
        parts: int,
        aliases: Mapping[Var, Var],
        scratch: dict[tuple[str, Var], Scratch],
    ) -> None:
        self.group, self.space, self.nest = group, group.space, group.nest
        self.levels: Levels = levels_of(group.space, group.nest, group.outputs)
        self.made = self.levels.made
        self.parts, self.aliases, self.scratch = parts, aliases, scratch
        self.written = {aliases.get(v, v) for v in group.outputs}
        self.buffers: dict[Var | Scratch, Buffer] = {}
        self.events: list[Event] = []
        self.time = 0
        self.top = Block()
        self.blocks = [self.top] * 3
        self.memos: list[dict[object, Expr]] = [{}, {}, {}]
        self.at: dict[int, Expr] = {}
        self.column: Column = None
        self.saved: set[Var] = set()
        self.row_sums: dict[Var, Expr] = {}  # of the columns of this row, for totals of all rows
        self.zone: Expr = Const(0, I64)  # which part of the rows this is
        self.sizes = tuple(self.space.sizes[d] for d in self.nest.cols)
        self.width = self.space.volume(self.nest.cols)

    # Where

    def columns(self) -> Iterator[Column]:
        """Go to each column that is written out."""
        for column in itertools.product(*map(range, self.sizes)):
            self.go_to(column)
            yield column
        self.column = None

    def go_to(self, column: Column) -> None:
        """Write for a column of its own from now on."""
        self.column = column
        if column is not None:
            indices = [Const(i, I64) for i in column]
            self.at.update(zip(self.nest.cols, indices, strict=True))

    def scope(self, place: int) -> int:
        """Which of the blocks computes what belongs to a place."""
        if place & COLUMN and not self.nest.unrolled:
            return 2
        return 1 if place & ROW else 0

    def _key(self, what: object, place: int) -> object:
        return (what, self.column if place & COLUMN else None)

    # Values

    def value(self, m: Member) -> Expr:
        """What a member computes, at this point."""
        out, place = m.eqn.out, self.levels.result(m)
        memo, key = self.memos[self.scope(place)], self._key(out, place)
        if key not in memo:
            memo[key] = self._computed(m, place)
        return memo[key]

    def _computed(self, m: Member, place: int) -> Expr:
        out, block = m.eqn.out, self.blocks[self.scope(place)]
        if out in self.saved:
            if self.levels.is_reread(out):
                return self.load(m.write)
            return block.let(Load(self.buffer(self.strip("kept", m)), self.column_index()))
        if not m.reduced:
            return elementwise.compute(m.eqn, block, [self.read(a) for a in m.reads])
        if self.nest.unrolled:
            return self.over_columns(m, block)
        kind = self.kind(m)
        return block.let(cast(Load(self.buffer(self.strip("total", m)), self.column_index()), kind))

    def over_columns(self, m: Member, block: Block) -> Expr:
        """A reduction over columns that are written out."""
        before, total = self.column, None
        for _ in self.columns():
            term = self.operand(m)
            total = term if total is None else folds.step(m.eqn.op, block, total, term)
            total = block.let(total)
        self.go_to(before)
        assert total is not None
        return total

    def operand(self, m: Member) -> Expr:
        """What a reduction adds up, at this point."""
        return cast(self.read(m.reads[0]), self.kind(m))

    def define(self, m: Member, column: Column, value: Expr) -> None:
        """The result of a reduction is known from here on."""
        place = self.levels.result(m)
        scope = self.scope(place)
        known = self.blocks[scope].let(cast(value, self.kind(m)))
        self.memos[scope][m.eqn.out, column] = known

    def kind(self, m: Member) -> str:
        """The scalar type of what a member computes."""
        kind = elementwise.kind_of(m.eqn.out.dtype)
        assert kind is not None
        return kind

    def read(self, access: Access) -> Expr:
        """What an access reads, at this point."""
        v = access.root
        if v in self.made:
            return self.value(self.made[v])
        kind = elementwise.kind_of(v.dtype)
        assert kind is not None
        if v.value is not None and v.size == 1:
            return Const(v.value.item(), kind)
        return self.load(access)

    # Memory

    def load(self, access: Access) -> Expr:
        """An element of memory."""
        place = self.nest.place(access.strides)
        scope = self.scope(place)
        what = (access.root, access.offset, *sorted(access.strides.items()))
        key = self._key(what, place)
        if key not in self.memos[scope]:
            self.events.append(Event(self.time, access, False))
            load = Load(self.buffer(access.root), self.index(access))
            self.memos[scope][key] = self.blocks[scope].let(load)
        return self.memos[scope][key]

    def store(self, m: Member) -> Write:
        """What a member computes, to be stored."""
        value = self.value(m)
        self.events.append(Event(self.time, m.write, True))
        return Write(self.buffer(m.eqn.out), self.index(m.write), value)

    def index(self, access: Access) -> Expr:
        """The address of an access at this point, in elements."""
        nest = self.nest
        dims = [d for d in (*nest.outer, *nest.rows, *nest.cols) if d in access.strides]
        return self._sum(access.offset, [(self.at[d], access.strides[d]) for d in dims])

    def _sum(self, offset: int, terms: Sequence[tuple[Expr, int]]) -> Expr:
        fixed = sum(i.value * s for i, s in terms if isinstance(i, Const))
        moving = [(i, s) for i, s in terms if not isinstance(i, Const)]
        return add_up(moving, offset + fixed)

    def buffer(self, what: Var | Scratch) -> Buffer:
        """The parameter for a value or scratch memory."""
        if isinstance(what, Var):
            what = self.aliases.get(what, what)
            kind = elementwise.kind_of(what.dtype)
            written = what in self.written
        else:
            kind, written = what.kind, True
        if what not in self.buffers:
            assert kind is not None
            self.buffers[what] = Buffer(f"b{len(self.buffers)}", kind, written)
        return self.buffers[what]

    def strip(self, use: str, m: Member) -> Scratch:
        """Scratch memory for one element a column, for each part of the rows."""
        kind = self.kind(m)
        if use == "total":
            kind = folds.precise(m.eqn.op, kind, self.space.volume(self.nest.rows))
        key = (use, m.eqn.out)
        if key not in self.scratch:
            self.scratch[key] = Scratch(kind, self.width * self.parts)
        return self.scratch[key]

    def column_index(self, zone: Expr | None = None) -> Expr:
        """Where this column is in scratch memory."""
        strides = row_major(self.sizes)
        terms = [(self.at[d], s) for d, s in zip(self.nest.cols, strides, strict=True)]
        return self._sum(0, [(self.zone if zone is None else zone, self.width), *terms])
