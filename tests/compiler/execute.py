"""Runs what the scheduler made of a graph, step by step, with the kernels of its groups."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy

from chainrule.compiler import native
from chainrule.compiler.graph import Eqn, Graph, Var
from chainrule.compiler.groups import Group, schedule
from chainrule.compiler.lower import Lowered, bounds, lower, lower_parts
from chainrule.compiler.nests import Nest, legal_nests
from chainrule.compiler.values import Scratch
from chainrule.compiler.vocabulary import evaluate, laid_out


class Program:
    """A graph's steps and their kernels; called with arrays, it gives outputs and written values.

    `parts` > 1: every group that can be is run in parts, the last one first. `inplace`: results of
    groups are put into the memory of values that nobody reads any more, wherever that is allowed.
    `choose` says how a group is walked.
    """

    def __init__(
        self,
        graph: Graph,
        parts: int = 1,
        inplace: bool = False,
        choose: Callable[[list[Nest]], Nest] | None = None,
    ) -> None:
        self.graph, self.parts = graph, parts
        self.steps = schedule(graph)
        if choose is not None:
            self.steps = [self._walked(step, choose) for step in self.steps]
        self.aliases: dict[int, dict[Var, Var]] = {}
        if inplace:
            self.aliases = {n: self._aliases(n) for n in range(len(self.steps))}
        self.lowered: dict[int, list[Lowered]] = {}
        for number, step in enumerate(self.steps):
            if isinstance(step, Group):
                self.lowered[number] = self._lower(step, number)
        kernels = [each.kernel for found in self.lowered.values() for each in found]
        functions = iter(native.build(kernels) if kernels else [])
        self.functions = {n: [next(functions) for _ in f] for n, f in self.lowered.items()}

    def _walked(self, step: Group | Eqn, choose: Callable[[list[Nest]], Nest]) -> Group | Eqn:
        """The step, in another order of its loops."""
        if isinstance(step, Eqn):
            return step
        return replace(step, nest=choose(legal_nests(step.space, step.outputs)))

    def _lower(self, group: Group, number: int) -> list[Lowered]:
        aliases = self.aliases.get(number, {})
        splits = (group.nest.outer or group.nest.rows)[:1]
        if self.parts > 1 and splits:
            return lower_parts(group, f"k{number}", self.parts, aliases)
        return [lower(group, f"k{number}", aliases)]

    def _aliases(self, number: int) -> dict[Var, Var]:
        """Which outputs of a step may be in the memory of which of its inputs."""
        group = self.steps[number]
        views = {e.out: e.ins[0] for e in self.graph.eqns if e.op == "view"}
        needed = {views.get(v, v) for v in self.graph.results()}
        for step in self.steps[number + 1 :]:
            reads = step.inputs if isinstance(step, Group) else step.ins
            needed |= {views.get(v, v) for v in reads}
        found: dict[Var, Var] = {}
        for v in group.outputs if isinstance(group, Group) else ():
            for source in group.inputs:
                free = source.value is None and source not in needed | set(found.values())
                alike = (source.shape, source.strides) == (v.shape, v.strides)
                if v not in found and free and alike and group.may_overwrite(source, v):
                    found[v] = source
        return found

    @property
    def groups(self) -> list[Group]:
        """The steps that are loops."""
        return [step for step in self.steps if isinstance(step, Group)]

    def __call__(self, arrays: list[Any]) -> tuple[list[Any], list[Any]]:
        known: dict[Var, Any] = dict(zip(self.graph.inputs, arrays, strict=True))

        def read(v: Var) -> Any:
            return v.value if v.value is not None else known[v]

        for number, step in enumerate(self.steps):
            if isinstance(step, Eqn):
                found = evaluate(step, [read(v) for v in step.ins])
                for v, array in zip(step.outs, found, strict=True):
                    known[v] = array if step.op == "view" else laid_out(array, v)
                continue
            for v in step.outputs:
                source = self.aliases.get(number, {}).get(v)
                new = numpy.empty(v.shape, v.dtype)
                known[v] = laid_out(new, v) if source is None else known[source]
            scratch: dict[Scratch, Any] = {}
            for lowered, function in zip(self.lowered[number], self.functions[number], strict=True):
                operands = [
                    scratch.setdefault(o, numpy.full(o.size, 77).astype(o.dtype))
                    if isinstance(o, Scratch)
                    else read(o)
                    for o in lowered.operands
                ]
                self._call(step, lowered, function, operands)
        outputs = [read(v) for v in self.graph.outputs]
        return outputs, [read(v) for _, v in self.graph.writes]

    def _call(self, group: Group, lowered: Lowered, function: Any, operands: list[Any]) -> None:
        table = (ctypes.c_void_p * max(1, len(operands)))(*map(id, operands))
        if lowered.kernel.extent is None:
            function.call(ctypes.addressof(table))
            return
        for begin, end in reversed(bounds(group, self.parts)):
            function.part(ctypes.addressof(table), begin, end)
