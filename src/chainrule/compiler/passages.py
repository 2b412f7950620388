"""One pass over the data, forward or backward, as text: its steps, and what became of its graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

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

_COLUMNS = (24, 16, 44, 24, 24)  # the widest name, type, formula, origin and line
_WIDTH = 100
Rows = list[tuple[str, ...]]


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

    @property
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
        found, scratch = [], 0
        for each in lowered.operands:
            if isinstance(each, Scratch):
                scratch += 1
                found.append(f"scratch{scratch}")
            else:
                found.append(self.names(each))
        return found

    # Steps

    def lines(self, most: int) -> Iterator[str]:
        """The steps in order, each with its equations, no more of them than `most`."""
        read = self.names.read(self.graph.eqns)
        rows = {id(e): _row(e, self.names, read) for s in self.steps for e in _eqns(s)}
        shown = [rows[id(e)] for s in self.steps[:most] for e in _eqns(s)[:most]]
        widths = _widths(shown)
        for number, step in enumerate(self.steps[:most], 1):
            yield f"{number:>2}  {self._heading(step)}"
            eqns = _eqns(step)
            yield from (_aligned(rows[id(e)], widths, "      ") for e in eqns[:most])
            if len(eqns) > most:
                yield f"      ... and {len(eqns) - most} more"
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
        return f"{found}: not compiled, {why}"[: _WIDTH - 4] if why else found


def _group_heading(group: Group) -> str:
    """What a kernel does in all, and what it saves."""
    space, nest = group.space, group.nest
    sizes = [space.sizes[d] for d in (*nest.outer, *nest.rows, *nest.cols)]
    over = " x ".join(map(str, sizes)) or "1"
    reads, writes, apart = traffic(group)
    count = len(group.eqns)
    head = f"kernel: {count} operation{'s' * (count != 1)}, {over} elements"
    head += f", reads {amount(reads)}, writes {amount(writes)}"
    if apart > 1.05 * (reads + writes):
        head += f" (one by one: {amount(apart)})"
    parts = _parts(group)
    return f"{head}, {parts} threads" if parts > 1 else head


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
            if a.root.value is None or a.root.size > 1:
                if a.root not in made and not any(a.same(b) for b in known):
                    known.append(a)
    read = sum(min(v.nbytes, sum(map(size, found))) for v, found in reads.items())
    apart = sum(size(a) for m in space.members for a in m.accesses)
    return read, sum(v.nbytes for v in group.outputs), apart


def _eqns(step: Step) -> list[Eqn]:
    return step.eqns if isinstance(step, Group) else [step]


# Equations as rows


def _row(eqn: Eqn, name: Callable[[Var], str], read: Callable[[Var], str]) -> tuple[str, ...]:
    outs = ", ".join(map(name, eqn.outs))
    kinds = ", ".join(map(repr, eqn.outs))
    return outs, kinds, ("= " if outs else "") + formula(eqn, read), eqn.of, eqn.line


def equations(graph: Graph, names: ValueNames) -> Rows:
    """The equations of a graph: name, type, formula, the primitive, the user's line."""
    read = names.read(graph.eqns)
    return [_row(e, names, read) for e in graph.eqns if e.op != "view"]


def stages_text(passage: Passage) -> str:
    """The graph as it was traced, then for each pass the equations that it replaced."""
    (_, graph), *later = passage.stages
    names = passage.names
    tables = [equations(g, names) for _, g in passage.stages]
    widths = _widths([row for table in tables for row in table])
    lines = ["traced", *(_aligned(row, widths, "    ") for row in tables[0])]
    for (name, _), before, after in zip(later, tables, tables[1:], strict=False):
        lines += ["", name]
        lines += [_aligned(row, widths, "  - ") for row in before if row not in after]
        lines += [_aligned(row, widths, "  + ") for row in after if row not in before]
    results = [names(v) for v in passage.graph.results()]
    return "\n".join([*lines, "", f"results: {', '.join(results)}"])


def _widths(rows: Rows) -> list[int]:
    if not rows:
        return []
    longest = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [min(n, most) for n, most in zip(longest, _COLUMNS, strict=True)]


def _aligned(row: tuple[str, ...], widths: list[int], indent: str) -> str:
    """A row of a table, no longer than a line: what is too long ends in dots."""
    name, kind, text, of, line = row
    notes = "  ".join(f"{note:{w}}" for note, w in zip((of, line), widths[3:], strict=True))
    left = f"{indent}{name:{widths[0]}}  {kind:{widths[1]}}  "
    room = max(12, _WIDTH - len(left) - len(notes) - 2)
    shown = text if len(text) <= room else f"{text[: room - 3]}..."
    return f"{left}{shown:{min(room, widths[2])}}  {notes}".rstrip()[:_WIDTH]


def amount(count: float) -> str:
    """A number of bytes: 400 kB."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
