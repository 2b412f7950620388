"""What each loop of a nest computes: the order of the column loops, and what they keep for later.

A section is what surrounds column loops: before the rows, a row, after the rows. In a section, a
value summed up over the columns can be read from the next column loop (level) on. Values are
computed where they are read, in several loops again if that is cheap; else they are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from . import elementwise
from .graph import Var
from .nests import COLUMN, ROW, Nest, late_values, result_dims
from .spaces import Member, Space

BEFORE, MAIN, AFTER = 0, 1, 2
Loop = tuple[int, int]
"""A section and a level in it."""

CHEAP = 8.0  # simple operations that are rather repeated than kept


@dataclass(slots=True)
class Levels:
    """The work of every column loop, in the order of execution, and the values that are kept."""

    nest: Nest
    made: dict[Var, Member]
    section: dict[Var, int]
    reductions: dict[Loop, list[Member]] = field(default_factory=dict)
    stores: dict[Loop, list[Member]] = field(default_factory=dict)
    keeps: dict[Loop, list[Member]] = field(default_factory=dict)
    row_totals: list[Member] = field(default_factory=list)  # of what rows compute: one a row
    column_totals: list[Member] = field(default_factory=list)  # of all rows: one a column
    row_stores: list[Member] = field(default_factory=list)
    scalar_stores: list[Member] = field(default_factory=list)
    kept: set[Var] = field(default_factory=set)
    outputs: set[Var] = field(default_factory=set)

    def is_reread(self, v: Var) -> bool:
        """Whether later loops find a value that is kept among the results of the nest."""
        return v in self.outputs and self.section[v] != BEFORE

    def result(self, m: Member) -> int:
        """The place of what a member computes."""
        return self.nest.place(result_dims(m))

    def loops(self, section: int) -> list[Loop]:
        """The column loops of a section, in order."""
        found = {*self.reductions, *self.stores, *self.keeps}
        return sorted(loop for loop in found if loop[0] == section)

    @property
    def has_after(self) -> bool:
        """Whether there is work after the rows."""
        return bool(self.scalar_stores or self.loops(AFTER))


def levels_of(space: Space, nest: Nest, outputs: Sequence[Var]) -> Levels:
    """Divide the work of a nest into loops."""
    late = late_values(space, nest) or set()
    section: dict[Var, int] = {}
    for m in space.members:
        in_rows = nest.place(m.dims) & ROW
        section[m.eqn.out] = MAIN if in_rows else AFTER if m.eqn.out in late else BEFORE
    found = Levels(nest, space.made(), section, outputs=set(outputs))
    level = _level_numbers(found, space)
    for m in space.members:
        _enter(found, m, (section[m.eqn.out], level[m.eqn.out]), m.eqn.out in outputs)
    if not nest.unrolled:
        _Keeper(found, level).walk()
    return found


def _level_numbers(found: Levels, space: Space) -> dict[Var, int]:
    """In which column loop of its section each value can be computed at the earliest."""
    level: dict[Var, int] = {}
    for m in space.members:
        out = m.eqn.out
        level[out] = 0
        for a in m.reads:
            before = found.made.get(a.root)
            if before is not None and found.section[a.root] == found.section[out]:
                ended = bool(before.reduced) and not found.result(before) & COLUMN
                level[out] = max(level[out], level[a.root] + ended)
    return level


def _enter(found: Levels, m: Member, loop: Loop, stored: bool) -> None:
    """Put a reduction and a store where they are done."""
    result = found.result(m)
    in_columns = found.nest.place(m.dims) & COLUMN
    if m.reduced:
        if in_columns:
            found.reductions.setdefault(loop, []).append(m)
        if loop[0] == MAIN and not result & ROW:
            (found.column_totals if result & COLUMN else found.row_totals).append(m)
    if not stored:
        return
    if result & COLUMN:
        at_end = loop[0] == BEFORE or not result & ROW
        place = (AFTER, 0 if loop[0] != AFTER else loop[1]) if at_end else loop
        found.stores.setdefault(place, []).append(m)
    else:
        (found.row_stores if result & ROW else found.scalar_stores).append(m)


class _Keeper:
    """Finds the values that several loops read and that are better kept than computed again."""

    def __init__(self, found: Levels, level: dict[Var, int]) -> None:
        self.found, self.level = found, level
        self.first: dict[Var, Loop] = {}

    def walk(self) -> None:
        """Visit what each loop reads, loop by loop."""
        for section in (BEFORE, MAIN, AFTER):
            for loop in self.found.loops(section):
                for m in self.found.reductions.get(loop, ()):
                    for a in m.reads:
                        self.visit(a.root, loop)
                for m in self.found.stores.get(loop, ()):
                    self.visit(m.eqn.out, loop)

    def visit(self, v: Var, loop: Loop) -> None:
        """Note that a loop needs a value."""
        found, m = self.found, self.found.made.get(v)
        if m is None or m.reduced or not found.result(m) & COLUMN or v in found.kept:
            return
        section = found.section[v]
        first = self.first.get(v)
        if first is not None and first != loop and self.is_dear(m):
            self.keep(m, first)
        elif section == BEFORE and loop[0] == MAIN and first is None and self.is_dear(m):
            self.keep(m, (BEFORE, self.level[v]))
        else:
            self.first.setdefault(v, loop)
            for a in m.reads:
                self.visit(a.root, loop)

    def keep(self, m: Member, loop: Loop) -> None:
        """Keep a value in the loop that computes it first."""
        self.found.kept.add(m.eqn.out)
        if not self.found.is_reread(m.eqn.out):
            self.found.keeps.setdefault(loop, []).append(m)
        for a in m.reads:
            self.visit(a.root, loop)

    def is_dear(self, m: Member) -> bool:
        """Whether computing it again costs more than reading it from memory."""
        stored = self.found.is_reread(m.eqn.out)
        total, waiting, seen = 0.0, [m], {m.eqn.out}
        while waiting:
            at = waiting.pop()
            total += elementwise.cost(at.eqn)
            for a in at.reads:
                other = self.found.made.get(a.root)
                column = other is not None and self.found.result(other) & COLUMN
                if other is None or other.reduced or a.root in self.found.kept:
                    total += bool(a.strides)
                elif column and a.root not in seen:
                    seen.add(a.root)
                    waiting.append(other)
        return total > (2.0 if stored else CHEAP)
