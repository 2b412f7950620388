"""One pass over the data, forward or backward, as text: its steps, and what became of its graph."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..threads import get_num_threads
from .formulas import formula
from .graph import Eqn, Graph, Var
from .groups import Group, worth_splitting
from .lower import Lowered, bounds, lower, lower_parts
from .naming import ValueNames
from .order import Step, distinct, ordered
from .plan import Plan
from .spaces import Access
from .values import Scratch

Row = tuple[str, str, str, str]  # an equation, its type, the primitive, the user's line
_MOST = (20, 24, 20)  # columns of the last three
_WIDTH = 100


@dataclass
class Passage:
    """A graph, the steps it is run as, and the names of its values."""

    stages: list[tuple[str, Graph]]
    graph: Graph
    steps: Sequence[Step]
    inplace: dict[Var, Var]
    names: ValueNames
    plan: Plan | None
    prefix: str

    @classmethod
    def of(
        cls,
        stages: list[tuple[str, Graph]],
        plan: Plan | None,
        inputs: dict[Var, str],
        results: Callable[[Graph], dict[Var, str]],
        prefix: str = "",
    ) -> Passage:
        """The passage of a graph; `plan` is None where nothing was compiled."""
        if plan is not None:
            graph, steps, inplace = plan.graph, plan.steps, plan.inplace
        else:
            graph = distinct(stages[-1][1])
            steps, inplace = ordered(graph)
        names = ValueNames({**inputs, **results(graph)})
        return cls(stages, graph, steps, inplace, names, plan, prefix)

    @cached_property
    def kernels(self) -> list[Lowered]:
        """The groups in the loop language, each as many times as it has parts."""
        found: list[Lowered] = []
        owner = {v: x for x, v in self.inplace.items()}
        for step in self.steps:
            if isinstance(step, Group):
                aliases = {v: owner[v] for v in step.outputs if v in owner}
                name = f"{self.prefix}k{len(found)}"
                parts = _parts(step)
                if parts > 1:
                    found += lower_parts(step, name, parts, aliases)
                else:
                    found.append(lower(step, name, aliases))
        return found

    def operands(self, lowered: Lowered) -> list[str]:
        """The names of what a kernel reads and writes."""
        found: list[str] = []
        for i, each in enumerate(lowered.operands):
            if isinstance(each, Scratch):
                found.append(f"scratch{i}")
            else:
                found.append(self.names(each) if each.value is None else f"constant{i}")
        return found

    # Steps

    def lines(self, most: int) -> Iterator[str]:
        """The steps in order, each with its equations, no more of them than `most`."""
        read = self.names.read(self.graph.eqns)
        rows = {id(e): _row(e, self.names, read) for s in self.steps for e in _eqns(s)}
        shown = [rows[id(e)] for s in self.steps[:most] for e in _eqns(s)[:most]]
        widths = _widths(shown, 4)
        for number, step in enumerate(self.steps[:most], 1):
            head = f"{number:>2}  {self._heading(step)}"
            yield from textwrap.wrap(head, _WIDTH, subsequent_indent=" " * 8)
            eqns = _eqns(step)
            yield from (_aligned(rows[id(e)], widths, "    ") for e in eqns[:most])
            if len(eqns) > most:
                yield f"    ... and {len(eqns) - most} more"
        if len(self.steps) > most:
            yield f"... and {len(self.steps) - most} more steps"
        copied = [(t, v) for t, v in self.graph.writes if self.inplace.get(t) is not v]
        if copied:
            text = ", ".join(f"{self.names(v)} to {self.names(t)}" for t, v in copied)
            yield f"    at the end copies {text}"[:_WIDTH]

    def _heading(self, step: Step) -> str:
        if isinstance(step, Group):
            return _group_heading(step)
        words = {
            "matmul": "product, by BLAS",
            "check": "check: if not so, the call is made eagerly",
            "draw": "random numbers, drawn at each call",
            "call": "call of the library's own function",
        }
        found = words.get(step.op, "by NumPy")
        why = step.params.get("why")
        return f"{found}: not compiled, {why}" if why else found


def _group_heading(group: Group) -> str:
    """What a kernel does in all, and what it saves."""
    space, nest = group.space, group.nest
    sizes = [space.sizes[d] for d in (*nest.outer, *nest.rows, *nest.cols)]
    over = " x ".join(map(str, sizes)) or "1"
    reads, writes, apart = traffic(group)
    count, parts = len(group.eqns), _parts(group)
    head = f"kernel: {count} operation{'s' * (count != 1)} over {over}"
    head += f", {parts} threads" * (parts > 1)
    head += f"; reads {amount(reads)}, writes {amount(writes)}"
    return f"{head} (one by one: {amount(apart)})" if apart > 1.05 * (reads + writes) else head


def _parts(group: Group) -> int:
    """How many threads share a group."""
    return len(bounds(group, get_num_threads())) if worth_splitting(group) else 1


def traffic(group: Group) -> tuple[int, int, int]:
    """The bytes that a group reads and writes, and those of its operations one by one."""
    space, made = group.space, group.space.made()

    def size(a: Access) -> int:
        return space.volume(a.strides) * a.root.dtype.itemsize

    reads: dict[Var, list[Access]] = {}
    for m in space.members:
        for a in m.reads:
            known = reads.setdefault(a.root, [])
            number = a.root.value is not None and a.root.size == 1
            if not number and a.root not in made and not any(a.same(b) for b in known):
                known.append(a)
    read = sum(min(v.nbytes, sum(map(size, found))) for v, found in reads.items())
    apart = sum(size(a) for m in space.members for a in m.accesses)
    return read, sum(v.nbytes for v in group.outputs), apart


def _eqns(step: Step) -> list[Eqn]:
    return step.eqns if isinstance(step, Group) else [step]


# Equations as rows


def _row(eqn: Eqn, name: Callable[[Var], str], read: Callable[[Var], str]) -> Row:
    outs, kinds = ", ".join(map(name, eqn.outs)), ", ".join(map(repr, eqn.outs))
    text = formula(eqn, read)
    return (f"{outs} = {text}" if outs else text), kinds, eqn.of, eqn.line


def _rows(graph: Graph, names: ValueNames) -> list[Row]:
    read = names.read(graph.eqns)
    return [_row(e, names, read) for e in graph.eqns if e.op != "view"]


def stages_text(passage: Passage) -> str:
    """The graph as it was traced, then for each pass the equations that it replaced."""
    names = passage.names
    tables = [_rows(g, names) for _, g in passage.stages]
    widths = _widths([row for table in tables for row in table], 4)
    lines = ["traced", *(_aligned(row, widths, "    ") for row in tables[0])]
    for (name, _), before, after in zip(passage.stages[1:], tables, tables[1:], strict=False):
        changed = [_aligned(row, widths, "  - ") for row in before if row not in after]
        changed += [_aligned(row, widths, "  + ") for row in after if row not in before]
        lines += ["", name if changed else f"{name}: of views alone", *changed]
    return "\n".join(lines)


def _widths(rows: list[Row], indent: int) -> list[int]:
    """The columns of a table of equations, which fits into a line."""
    if not rows:
        return [0] * 4
    text, *notes = (max(map(len, column)) for column in zip(*rows, strict=True))
    notes = [min(n, most) for n, most in zip(notes, _MOST, strict=True)]
    return [min(text, _WIDTH - indent - sum(notes) - 6), *notes]


def _aligned(row: Row, widths: list[int], indent: str) -> str:
    """A row of a table; what is too long for its column ends in dots."""
    cells = (
        f"{cell if len(cell) <= width else f'{cell[: width - 3]}...':{width}}"
        for cell, width in zip(row, widths, strict=True)
    )
    return f"{indent}{'  '.join(cells)}".rstrip()


def amount(count: float) -> str:
    """A number of bytes: 400 kB."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
