"""What `explain` shows: how a call is compiled, as text for a person.

The texts are made of what tracing, passes, fusion and lowering found; nothing is compiled for them
but by `assembly`.
"""

from __future__ import annotations

import linecache
import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import cuda, llvm, native
from .graph import Graph, Var
from .groups import Group
from .loops import Kernel
from .loops_text import kernel_text
from .naming import Input, ValueNames, backward_inputs, inputs_of, results_of
from .passages import Passage, amount, stages_text
from .program import Program
from .recorder import Refusal
from .tracing import TracedCall, trace

_WIDTH = 100
_FEW = 24  # equations of a step, inputs, or steps that are listed before the rest is counted


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
    why = program.given_up or (run and run.unsteady and _unsteady(run.unsteady)) or ""
    return Explanation(program.name, _place(program.function), result, run, why, program.history)


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
    why = str(run.refusal) if run.refusal else _unsteady(run.unsteady) if run.unsteady else ""
    if not why and native.available():
        try:
            run.build()
        except Refusal as refusal:
            why = str(refusal)
    elif not why:
        why = "llvmlite is not installed: pip install 'chainrule[compile]'"
    return Explanation(program.name, _place(function), run.result, run, why, [])


def _unsteady(reason: str) -> str:
    return f"not at this call, which changed what the next one finds: {reason}"


def _place(function: Any) -> str:
    """`train.py:12`: where a function is defined; of a module, its `forward`."""
    code = getattr(function, "__code__", None) or getattr(
        getattr(type(function), "forward", None), "__code__", None
    )
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno}" if code else ""


@dataclass
class Explanation:
    """How a call is compiled. It prints itself; the parts of it are attributes.

    `result` is what the call returned, `why_not` why it is not compiled (else empty), `history` why
    the function was traced again.
    """

    name: str
    place: str
    result: Any
    run: TracedCall | None = field(repr=False)
    why_not: str = ""
    history: list[str] = field(default_factory=list)

    # What there is

    @cached_property
    def passages(self) -> list[Passage]:
        """The passes over the data: forward, and backward if the result can be differentiated."""
        run = self.run
        if run is None or run.outcome is None or run.guard is None:
            return []
        run.optimise()
        plan = run.runner and run.runner.plan
        names = {i.var: i.name for i in self.inputs}
        final = run.stages[-1][1]
        first = Passage.of(run.stages, plan, names, lambda g: results_of(run, g, names))
        if not run.backward_stages:
            return [first]
        backward = run.runner and run.runner.backward
        given = backward_inputs(run, names)
        gradients = [f"gradient of {names[e.var]}" for e in run.outcome.sources]

        def results(graph: Graph) -> dict[Var, str]:
            return dict(zip(graph.outputs, gradients, strict=True))

        assert final is not None
        second = Passage.of(
            run.backward_stages, backward and backward.plan, given, results, "b"
        )
        return [first, second]

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
        words = dict.fromkeys(_in_words(check) for check in checks)
        return "\n".join(words)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    # The summary

    def _lines(self) -> Iterator[str]:
        place = f" ({self.place})" if self.place else ""
        if self.why_not:
            yield from _wrapped(f"{self.name}{place} runs eagerly: {self.why_not}", "  ")
            yield from self._refused_line()
            if self.passages:
                yield "what was traced:"
        else:
            yield f"{self.name}{place}: {self._counts()}"
        if self.passages:
            yield from self._inputs()
        for number, passage in enumerate(self.passages):
            yield ""
            yield from passage.lines(_FEW)
            if number == 0 and len(self.passages) == 2:
                yield ""
                yield "the backward pass of its result, run by backward()"
        if self.passages:
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
        return f"{_count(len(traced), 'operation')} traced, run as {' and '.join(parts) or 'none'}"

    def _inputs(self) -> Iterator[str]:
        written = {target for p in self.passages for target, _ in p.graph.writes}
        read = [i for i in self.inputs if i.var in self.passages[0].graph.inputs]
        rows = []
        for i in read[:_FEW]:
            notes = [i.use] + ["overwritten"] * (i.var in written)
            notes += [i.path] * (i.path != i.name)
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
            roots = dict.fromkeys(filter(None, (_root(check.subject) for check in checks)))
            text = f"guards    {_count(len(checks), 'condition')} (.guards()) on {', '.join(roots)}"
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


def _in_words(check: Any) -> str:
    """A condition as a sentence."""
    subject, was = check.subject, check.was
    if check.aspect == "identity":
        return f"{subject} is the same {str(was).partition(' ')[2] or was}"
    if check.aspect == "length":
        return f"{subject} has {_count(was, 'entry').replace('entrys', 'entries')}"
    if check.aspect == "keys":
        return f"{subject} has the keys {', '.join(map(str, was)) or '(none)'}"
    if check.aspect == "entries":
        return f"{subject} has the same entries"
    if check.aspect == "change":
        return f"not so: {subject} {was}"
    if check.aspect:
        return f"{subject} has the {check.aspect} {was}"
    if check.source.startswith("type("):
        return f"{subject} is {was if str(was).startswith('a') else 'a number'}"
    return f"{subject} is {was}" if check.was else subject


