"""From a graph to a program: kernels, the memory of every value, and the lines that run it all.

A plan knows no tensors: it is Python source over local names, which `runner` puts into one function
between what fetches the inputs and what gives out the outputs.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import numpy

from ..threads import get_num_threads
from ..typing import Array
from . import native, parallel
from .graph import Eqn, Graph, Var
from .groups import Group, worth_splitting
from .lower import bounds, lower, lower_parts, may_overwrite
from .memory import Memory, region, view_text
from .order import Step, distinct, makes, ordered, reads, root_of
from .values import Scratch
from .vocabulary import evaluate, holds, laid_out


class Missed(Exception):
    """What a check asks for is not as it was when the function was traced."""


class Abandon(Exception):
    """A step raised, or did not make what it made when the function was traced."""


@dataclass
class Table:
    """The addresses of a kernel's operands, and who they are."""

    name: str
    operands: tuple[Any, ...]
    entries: Any = field(init=False)

    def __post_init__(self) -> None:
        self.entries = (ctypes.c_void_p * max(len(self.operands), 1))()


class Plan:
    """How a graph is computed: `lines` of source that use `names`, kernels and memory.

    The arrays of inputs and outputs of the graph are local variables of the lines, `name(var)`.
    After one was set, `bind(var)` are the lines that tell the kernels of it. `allocated` are the
    outputs whose arrays must be there before, the others are made by the lines.
    """

    def __init__(self, graph: Graph, prefix: str = "") -> None:
        self.prefix = prefix
        self.graph = graph = distinct(graph)
        self.steps, self.inplace = ordered(graph)
        self.views = {e.out: e for e in graph.eqns if e.op == "view"}
        self.names: dict[str, Any] = {
            "dot": numpy.dot, "matmul": numpy.matmul, "region": region, "Missed": Missed,
        }  # fmt: skip
        self.lines: list[str] = []
        self.tables: list[Table] = []
        self._owner = {v: x for x, v in self.inplace.items()}
        self._local = {v: f"{prefix}in_{i}" for i, v in enumerate(graph.inputs)}
        self._local |= {v: f"{prefix}out_{i}" for i, v in enumerate(graph.outputs)}
        self._fixed: dict[Var, str] = {}
        self._views: dict[Var, list[Var]] = {}  # of what is in a local: the views that lines read
        made_late = {v for s in self.steps if _is_call(s) for v in makes(s)}
        self._local |= {v: f"{prefix}made_{i}" for i, v in enumerate(made_late - set(self._local))}
        self.allocated = [v for v in graph.outputs if v not in made_late]
        self._last = self._last_reads()
        self._reuse()
        self._lower()
        self._give_memory()
        self._connect()
        lines: list[Any] = []
        for number, step in enumerate(self.steps):
            lines += self._step(number, step)
        for target, value in graph.writes:
            if self.inplace.get(target) is not value:
                lines.append(f"{self.name(target)}[...] = {self.name(value)}")
        for line in lines:  # a Var stands for what binds it, complete only now
            self.lines += self.bind(line) if isinstance(line, Var) else [line]

    def generators(self) -> list[Any]:
        """The random streams that have moved when a check or a call fails."""
        eqns = [step for step in self.steps if isinstance(step, Eqn)]
        draws = [eqn for eqn in eqns if eqn.op == "draw"]
        if not draws or not any(map(_can_fail, eqns[eqns.index(draws[0]) :])):
            return []
        streams = [eqn.params["fn"].generator for eqn in draws]
        return list({id(g): g for g in streams}.values())

    # Kernels and memory

    def _last_reads(self) -> dict[Var, int]:
        """The number of the last step that reads the memory of each value."""
        last = {v: i for i, s in enumerate(self.steps) for v in reads(s, self.views)}
        for target, value in self.graph.writes:
            if self.inplace.get(target) is not value:
                last[root_of(value, self.views)] = len(self.steps)
        return last

    def _reuse(self) -> None:
        """Results of kernels take the memory of values that they are the last to read."""
        made = {v for s in self.steps for v in makes(s)} - self._local.keys() - self._owner.keys()
        for number, step in enumerate(self.steps):
            if not isinstance(step, Group):
                continue
            dying = [u for u in step.inputs if u in made and self._last[u] == number]
            for v in (v for v in step.outputs if v in made):
                found = (u for u in dying if _alike(u, v) and may_overwrite(step, u, v))
                u = next(found, None)
                if u is not None:
                    dying.remove(u)
                    self._owner[v] = u

    def _lower(self) -> None:
        """Compile the groups; a large one as several parts that run at the same time."""
        kernels: list[Any] = []
        self._tables: dict[int, list[Table]] = {}
        self._parts: dict[int, list[tuple[int, int]]] = {}
        for number, step in enumerate(self.steps):
            if not isinstance(step, Group):
                continue
            aliases = {v: self._owner[v] for v in step.outputs if v in self._owner}
            parts = get_num_threads() if worth_splitting(step) else 1
            self._parts[number] = bounds(step, parts)
            name, parts = f"k{len(kernels)}", len(self._parts[number])
            if parts > 1:
                lowered = lower_parts(step, name, parts, aliases)
            else:
                lowered = [lower(step, name, aliases)]
            kernels += [each.kernel for each in lowered]
            self._tables[number] = [
                Table(f"{self.prefix}step_{number}{'abc'[i]}", tuple(each.operands))
                for i, each in enumerate(lowered)
            ]
        self.tables = [table for tables in self._tables.values() for table in tables]
        self.kernels = native.build(kernels) if kernels else []
        for kernel, table in zip(self.kernels, self.tables, strict=True):
            self.names[f"run_{table.name}"] = kernel.call if kernel.part is None else kernel
            self.names[table.name] = table.entries
            self.names[f"{table.name}_at"] = ctypes.addressof(table.entries)

    def _give_memory(self) -> None:
        """Blocks for values that live between steps, and for what kernels keep while they run."""
        spans: dict[Var, list[int]] = {}
        for number, step in enumerate(self.steps):
            for v in makes(step):
                if self.home(v) not in self._local:
                    spans.setdefault(self.home(v), []).extend((number, self._last.get(v, number)))
        lives: list[tuple[int, int, Any, int]]
        lives = [(min(span), max(span), v, v.nbytes) for v, span in spans.items()]
        for number in range(len(self.steps)):
            tables = self._tables.get(number, ())
            shared = {each for t in tables for each in t.operands if isinstance(each, Scratch)}
            for each in shared:
                lives.append((number, number, each, each.size * dtype_of(each).itemsize))
        self.memory = Memory()
        self.memory.plan(lives)

    def _connect(self) -> None:
        """Put what stays in its place into the tables; remember where the rest is used."""
        self._uses: dict[Var, list[tuple[str, int]]] = {}
        self._kept: list[Any] = []
        for table in self.tables:
            for i, each in enumerate(table.operands):
                if isinstance(each, Scratch):
                    array = self.memory.scratch(each, dtype_of(each), each.size)
                elif self.home(each) in self._local:
                    self._uses.setdefault(self.home(each), []).append((table.name, i))
                    continue
                else:
                    array = self.names[self.name(self.home(each))]
                self._kept.append(array)
                table.entries[i] = id(array)

    # Names of arrays

    def home(self, v: Var) -> Var:
        """The value in whose memory this one is."""
        v = root_of(v, self.views)
        while v in self._owner:
            v = self._owner[v]
        return v

    def name(self, v: Var) -> str:
        """The variable that holds the array of a value."""
        home = self.home(v)
        view = self.views.get(v)
        if home in self._local:
            if view is None:
                return self._local[home]
            known = self._views.setdefault(home, [])
            if v not in known:
                known.append(v)
            return f"{self._local[home]}_view_{known.index(v)}"
        key = home if view is None else v
        if key not in self._fixed:
            self._fixed[key] = f"{self.prefix}work_{len(self._fixed)}"
            self.names[self._fixed[key]] = self._array(home, view)
        return self._fixed[key]

    def _array(self, home: Var, view: Eqn | None) -> Array:
        if view is None:
            return home.value if home.value is not None else self.memory.array(home)
        return region(self.names[self.name(home)], view.params)

    def bind(self, v: Var) -> list[str]:
        """What follows when the variable of an input or output was set."""
        name, uses = self._local[v], self._uses.get(v, [])
        lines = [
            f"{name}_view_{i} = {view_text(name, v, self.views[view].params)}"
            for i, view in enumerate(self._views.get(v, []))
        ]
        if uses:
            address = f"id({name})"
            lines.append(" = ".join([f"{table}[{i}]" for table, i in uses] + [address]))
        return lines

    # Steps

    def _step(self, number: int, step: Step) -> list[Any]:
        if isinstance(step, Group):
            return [self._kernel(number, table) for table in self._tables[number]]
        ins = [self.name(v) for v in step.ins]
        if step.op == "check":
            return [self._check(number, step, ins)]
        if step.op == "matmul":
            return [self._product(step, ins)]
        if step.op in ("call", "draw"):
            return self._call(number, step, ins)
        if step.op == "update":
            return self._update(number, step, ins)
        return self._evaluate(number, step, ins)

    def _check(self, number: int, step: Eqn, ins: list[str]) -> str:
        if "fn" not in step.params:
            return f"if {ins[0]}.item() is not {step.params['expected']}: raise Missed"
        self.names[f"{self.prefix}holds_{number}"] = lambda *arrays: holds(step, list(arrays))
        return f"if not {self.prefix}holds_{number}({', '.join(ins)}): raise Missed"

    def _kernel(self, number: int, table: Table) -> str:
        """The call of a kernel, or of all its parts."""
        run, address = f"run_{table.name}", ctypes.addressof(table.entries)
        kernel = self.names[run]
        if not isinstance(kernel, native.Native):
            return f"{run}({table.name}_at)"
        self.names[run] = parallel.Job(kernel, [address], self._parts[number])
        return f"{run}()"

    def _product(self, step: Eqn, ins: list[str]) -> str:
        x, y = step.ins
        function = "dot" if len(x.shape) <= 2 and len(y.shape) <= 2 else "matmul"
        return f"{function}({', '.join(ins)}, {self.name(step.out)})"

    def _call(self, number: int, step: Eqn, ins: list[str]) -> list[Any]:
        function = f"{self.prefix}function_{number}"
        self.names[function] = _expecting(step)
        outs = ", ".join(map(self.name, step.outs))
        return [f"{outs}, = {function}({', '.join(ins)})", *step.outs]

    def _update(self, number: int, step: Eqn, ins: list[str]) -> list[str]:
        out = self.name(step.out)
        params = f"{self.prefix}region_{number}"
        self.names[params] = step.params
        return [f"{out}[...] = {ins[0]}", f"region({out}, {params})[...] = {ins[1]}"]

    def _evaluate(self, number: int, step: Eqn, ins: list[str]) -> list[str]:
        """An equation that has no loops: by NumPy."""
        function = f"{self.prefix}function_{number}"
        self.names[function] = lambda *arrays: evaluate(step, list(arrays))[0]
        return [f"{self.name(step.out)}[...] = {function}({', '.join(ins)})"]


def _can_fail(eqn: Eqn) -> bool:
    return eqn.op in ("check", "call") or (eqn.op == "draw" and bool(eqn.ins))


def _alike(u: Var, v: Var) -> bool:
    return (u.shape, u.dtype, u.strides) == (v.shape, v.dtype, v.strides)


def _is_call(step: Step) -> bool:
    return isinstance(step, Eqn) and step.op in ("call", "draw")


def _expecting(step: Eqn) -> Any:
    """The function of a call, its results laid out as they were when it was traced."""
    function, outs = step.params["fn"], step.outs
    kinds = [(v.shape, v.dtype, tuple(s * v.dtype.itemsize for s in v.strides)) for v in outs]

    def call(*arrays: Array) -> list[Array]:
        try:
            found = function(*arrays)
        except Exception:  # the eager run will raise it, in its own words
            raise Abandon from None
        given = found if isinstance(found, tuple) else (found,)
        return [_laid_out(a, *kind) for a, kind in zip(given, kinds, strict=True)]

    return call


def _laid_out(found: Any, shape: Any, kind: Any, strides: Any) -> Array:
    array = found if type(found) is numpy.ndarray else numpy.asarray(found)
    if array.shape != shape or array.dtype != kind:
        raise Abandon
    if array.strides == strides:
        return array
    return laid_out(array, Var(shape, kind, tuple(s // kind.itemsize for s in strides)))


def dtype_of(scratch: Scratch) -> Any:
    """NumPy's name for the type of scratch memory."""
    return numpy.dtype("bool" if scratch.kind == "bool" else f"{scratch.kind[0]}{_bytes(scratch)}")


def _bytes(scratch: Scratch) -> int:
    return int(scratch.kind[1:]) // 8
