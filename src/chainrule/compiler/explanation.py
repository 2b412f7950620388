"""What `explain` shows: how a call is compiled, as text for a person.

The texts are made of what tracing, passes, fusion and lowering found; nothing is compiled for them
but by `assembly`.
"""

from __future__ import annotations

import linecache
import os
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import cuda, llvm, native
from .conditions import Condition
from .graph import Graph, Var
from .groups import Group
from .loops import Kernel
from .loops_text import kernel_text
from .naming import Input, backward_inputs, inputs_of, results_of
from .partition import split
from .passages import Passage, amount, stages_text
from .passes import optimise
from .program import Program
from .recorder import Refusal
from .tracing import TracedCall, trace

Stages = list[tuple[str, Graph]]
_WIDTH = 100
_FEW = 16  # equations of a step, inputs, or steps that are listed before the rest is counted


def explain(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Explanation:
    """Call a function once, compiled or not, and say how that call is compiled."""
    program = _program(function)
    if program is None:
        return _fresh(function, args, kwargs)
    fitting = (run for run in program.traced if run.guard.holds(args, kwargs))
    run = next(fitting, None)
    result = function(*args, **kwargs)
    run = run or program.last
    why = ""
    if program.given_up is not None:
        why = _eager(program.given_up)
    elif run is not None and run.unsteady:
        why = _unsteady(run.unsteady)
    return Explanation(_name(program), _place(program.function), result, run, why, program.history)


def _program(function: Any) -> Program | None:
    """The program of a function, or of a module, that is compiled."""
    held = getattr(function, "__dict__", {})
    calls = (held.get("_program"), held.get("_compiled_call"))
    for each in (function, *calls):
        program = getattr(each, "__dict__", {}).get("program")
        if isinstance(program, Program):
            return program
    return None


def _fresh(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Explanation:
    """The explanation of a function that was not compiled before."""
    run, program = trace(function, args, kwargs), Program(function)
    why = ""
    if run.refusal:
        why = _eager(str(run.refusal))
    elif run.unsteady:
        why = _unsteady(run.unsteady)
    elif not native.available():
        why = _eager("llvmlite is not installed: pip install 'chainrule[compile]'")
    else:
        try:
            run.build()
        except Refusal as refusal:
            why = _eager(str(refusal))
    return Explanation(_name(program), _place(function), run.result, run, why, [])


def _name(program: Program) -> str:
    return program.name.rpartition("<locals>.")[2]


def _eager(reason: str) -> str:
    return f"runs eagerly: {reason}"


def _unsteady(reason: str) -> str:
    return f"is not compiled yet, the next call is traced again: {reason}"


def _place(function: Any) -> str:
    """`train.py:12`: where a function is defined; of a module, its `forward`."""
    code = getattr(function, "__code__", None) or getattr(
        getattr(type(function), "forward", None), "__code__", None
    )
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno}" if code else ""


def _stages(run: TracedCall) -> tuple[Stages, Stages]:
    """The graphs after each pass, forward and backward, of a call that was compiled or not."""
    if run.stages:
        return run.stages, run.backward_stages
    found = run.outcome
    assert found is not None
    graph = found.graph
    if not found.differentiable:
        return _optimised(graph), []
    graph, later, _ = split(graph, found.forward, found.cotangents, graph.outputs, found.gradients)
    return _optimised(graph), _optimised(later)


def _optimised(graph: Graph) -> Stages:
    stages = [("traced", graph)]
    optimise(graph, lambda name, g: stages.append((name, g)))
    return stages


@dataclass(repr=False)
class Explanation:
    """How a call is compiled. It prints itself; the parts of it are attributes.

    `result` is what the call returned, `why_not` why it is not compiled (else empty), `history` why
    the function was traced again.
    """

    name: str
    place: str
    result: Any
    run: TracedCall | None
    why_not: str = ""
    history: list[str] = field(default_factory=list)

    # What there is

    @cached_property
    def passages(self) -> list[Passage]:
        """The passes over the data: forward, and backward if the result can be differentiated."""
        run = self.run
        if run is None or run.outcome is None or run.guard is None:
            return []
        plan = run.runner.plan if run.runner is not None else None
        backward = run.runner.backward if run.runner is not None else None
        names = {i.var: i.name for i in self.inputs}
        forward, later = _stages(run)
        first = Passage.of(forward, plan, names, lambda g: results_of(run, g, names))
        if not later:
            return [first]
        given = backward_inputs(run, later[0][1], names)
        gradients = [f"grad({names[e.var]})" for e in run.outcome.sources]

        def results(graph: Graph) -> dict[Var, str]:
            return dict(zip(graph.outputs, gradients, strict=True))

        plan = backward.plan if backward is not None else None
        return [first, Passage.of(later, plan, given, results, "b")]

    @cached_property
    def inputs(self) -> list[Input]:
        """What the call reads: tensors and numbers, by the user's names."""
        return inputs_of(self.run) if self.run is not None and self.run.guard is not None else []

    @property
    def graph(self) -> Graph | None:
        """The graph after all passes; None if nothing was traced."""
        return self.passages[0].graph if self.passages else None

    @property
    def stages(self) -> list[tuple[str, Graph]]:
        """The graph as it was traced, and after each pass that changed something."""
        return self.passages[0].stages if self.passages else []

    @property
    def kernels(self) -> list[Kernel]:
        """The fused groups in the loop language, those of the backward pass last."""
        return [low.kernel for p in self.passages for low in p.kernels]

    # Texts

    def passes(self) -> str:
        """The graph as it was traced, and what each pass replaced in it."""
        return "\n\n".join(stages_text(p) for p in self.passages)

    def loops(self) -> str:
        """The kernels in pseudo-code."""
        return "\n\n".join(
            kernel_text(low.kernel, p.operands(low)) for p in self.passages for low in p.kernels
        )

    @property
    def python(self) -> str:
        """The generated function that is called in place of the user's; empty without llvmlite."""
        runner = self.run and self.run.runner
        if not runner:
            return ""
        backward = [runner.backward.source] if runner.backward else []
        return "\n\n".join([runner.source, *backward])

    @property
    def llvm(self) -> str:
        """The kernels in LLVM's language, before LLVM optimises them."""
        return llvm.module_text(self.kernels) if self.kernels else ""

    def source(self) -> str:
        """The generated source of the kernels: `llvm`."""
        return self.llvm

    def assembly(self) -> str:
        """The kernels as machine code of this computer. ImportError without llvmlite."""
        plans = [p.plan for p in self.passages if p.plan is not None]
        return "\n".join(native.assembly(each) for plan in plans for each in plan.kernels)

    def cuda(self) -> str:
        """The kernels in CUDA C++."""
        return cuda.module_text(self.kernels) if self.kernels else ""

    def guards(self) -> str:
        """The conditions under which the program is used again, in words, one a line."""
        checks = self.run.guard.checks if self.run is not None and self.run.guard else []
        words = dict.fromkeys(_in_words(check) for check in checks if check.was != "")
        return "\n".join(words)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    # The summary

    def _lines(self) -> Iterator[str]:
        place = f" ({self.place})" if self.place else ""
        if self.why_not:
            yield from _wrapped(f"{self.name}{place} {self.why_not}", "  ")
            yield from self._refused_line()
        if self.passages and not (self.run and self.run.unsteady):
            if not self.why_not:
                yield f"{self.name}{place}: {self._counts()}"
            yield from self._inputs()
            for passage in self.passages:
                title = "steps of its backward pass" if passage.prefix else "steps"
                yield from ("", title, *passage.lines(_FEW))
            yield ""
            yield from self._footer()
        for number, reason in enumerate(self.history, 1):
            yield from _wrapped(f"traced again ({number}): {reason}", "  ")

    def _refused_line(self) -> Iterator[str]:
        """The user's line that cannot be compiled."""
        refusal = self.run.refusal if self.run is not None else None
        if refusal is not None and refusal.line is not None:
            file, number = refusal.line
            text = linecache.getline(file, number).strip()
            if text:
                yield f"  {number} | {text}"[:_WIDTH]

    def _counts(self) -> str:
        """18 operations in 1 kernel and 2 products."""
        traced = [e for p in self.passages for e in p.stages[0][1].eqns if e.op != "view"]
        steps = [s for p in self.passages for s in p.steps]
        groups = sum(isinstance(s, Group) for s in steps)
        ops = [s.op for s in steps if not isinstance(s, Group)]
        products = ops.count("matmul")
        others = len(ops) - products
        parts = [
            _count(n, what)
            for n, what in ((groups, "kernel"), (products, "product"), (others, "other step"))
            if n
        ]
        run_as = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
        return f"{_count(len(traced), 'operation')} traced, run as {run_as or 'nothing'}"

    def _inputs(self) -> Iterator[str]:
        written = {target for p in self.passages for target, _ in p.graph.writes}
        graph = self.passages[0].graph
        read = [i for i in self.inputs if i.var in graph.inputs and i.use]
        rows = []
        for i in read[:_FEW]:
            notes = [i.use] + ["overwritten"] * (i.var in written)
            notes += [i.path] * (i.name != i.path and "[a " not in i.path)
            rows.append((i.name, repr(i.var), ", ".join(notes)))
        yield "inputs"
        yield from _table(rows, "  ")
        if len(read) > _FEW:
            yield f"  ... and {len(read) - _FEW} more: .inputs"

    def _footer(self) -> Iterator[str]:
        held = sum(p.plan.memory.nbytes for p in self.passages if p.plan is not None)
        if held:
            yield f"memory    {amount(held)} kept between calls, for what is in between"
        if self.run is not None and self.run.guard is not None:
            checks = self.run.guard.checks
            roots = dict.fromkeys(_root(check.subject) for check in checks)
            text = f"guards    {_count(len(checks), 'condition')} (.guards()) on "
            text += ", ".join(root for root in roots if root and not root.startswith("_"))
            yield from _wrapped(text, " " * 10)
        yield "more      .passes() .loops() .llvm .assembly() .cuda() .python .guards()"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' if n != 1 else ''}"


def _wrapped(text: str, indent: str) -> list[str]:
    return [
        line
        for each in text.splitlines()
        for line in textwrap.wrap(each, _WIDTH, subsequent_indent=indent)
    ]


def _table(rows: Sequence[tuple[str, ...]], indent: str) -> Iterator[str]:
    """Rows of text in aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"{indent}{'  '.join(cells)}".rstrip()[:_WIDTH]


def _root(subject: str) -> str:
    """The name that a condition's subject begins with: `net` of "`net.0.weight`"."""
    quoted = subject.partition("`")[2]
    return quoted.split(".")[0].split("[")[0].split("`")[0]


_UNCHANGED = {
    "requires grad in another way than it did": "requires grad, or not, as it did",
    "was given other data": "has the memory that it had",
    "is a view, or was one": "is a view, or none, as it was",
    "is set now": "is not set",
    "is defined now": "is not defined",
    "are now one": "are two",
}
"""What holds, by what the guard says if it does not."""


def _in_words(check: Condition) -> str:
    """A condition as a sentence."""
    subject, was, aspect = check.subject, check.was, check.aspect
    if aspect == "identity":
        return f"{subject} is the same {str(was).partition(' ')[2] or was}"
    if aspect == "length" and subject.startswith("the number"):
        return f"{subject} is {was}"
    if aspect == "length":
        return f"{subject} has {was} {'entry' if was == 1 else 'entries'}"
    if aspect == "keys":
        return f"{subject} has the keys {', '.join(map(str, was))}" if was else f"{subject}: none"
    if aspect in ("entries", "change"):
        return f"{subject} {_UNCHANGED.get(str(was), 'did not change')}"
    if aspect:
        return f"{subject} has the {aspect} {was}"
    number = re.match(r"type\(x\d+.*?\) is (\w+)", check.source)
    if number:
        return f"{subject} is a {number[1]}, of any value"
    return f"{subject} is {was}" if was else subject
