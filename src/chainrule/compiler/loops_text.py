"""Kernels of the loop language as pseudo-code for a person: the view of what a group became.

Knows neither arrays nor graphs; it is given the names of a kernel's buffers.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy

from .loops import (
    F32,
    Assign,
    Buffer,
    Const,
    Declare,
    Expr,
    For,
    Kernel,
    Let,
    Load,
    Local,
    Op,
    Stmt,
    Store,
    is_float,
)

_INFIX = {
    "lt": ("<", 1), "le": ("<=", 1), "gt": (">", 1), "ge": (">=", 1), "eq": ("==", 1),
    "ne": ("!=", 1), "or": ("|", 2), "xor": ("^", 3), "and": ("&", 4), "shl": ("<<", 5),
    "shr": (">>", 5), "add": ("+", 6), "sub": ("-", 6), "mul": ("*", 7), "div": ("/", 7),
    "rem": ("%", 7),
}  # fmt: skip
"""Signs of operations, and how tightly they bind in Python."""

_TIGHTEST = 9
_LONG = 60  # columns of a value that is not yet worth a line of its own
_INDICES = "ijklmn"


def kernel_text(kernel: Kernel, names: Sequence[str]) -> str:
    """A kernel as pseudo-code; `names` are what its buffers hold."""
    return "\n".join(_Text(kernel, names).lines)


class _Text:
    def __init__(self, kernel: Kernel, names: Sequence[str]) -> None:
        self.buffers = {b.name: n for b, n in zip(kernel.buffers, names, strict=True)}
        self.uses = Counter(e.name for e in _all(kernel.body) if isinstance(e, Local))
        self.names: dict[str, str] = {}
        self.inlined: dict[str, Expr] = {}
        self.counts: Counter[str] = Counter()
        head = f"{kernel.name}({', '.join(dict.fromkeys(names))}):"
        self.lines = textwrap.wrap(head, 96, subsequent_indent=" " * (len(kernel.name) + 1))
        if kernel.extent is not None:
            self.write(1, f"# begin .. end is 0 .. {kernel.extent}, or the part of one thread")
        self.block(1, kernel.body)

    def write(self, depth: int, line: str) -> None:
        indent = "    " * depth
        self.lines += textwrap.wrap(
            line, 100, initial_indent=indent, subsequent_indent=indent + " " * 8,
            break_long_words=False,
        )  # fmt: skip

    # Statements

    def block(self, depth: int, body: Sequence[Stmt]) -> None:
        near = Counter(e.name for e in _all(body, deep=False) if isinstance(e, Local))
        for s in body:
            if isinstance(s, Let):
                self.let(depth, s, once=near[s.local.name] == self.uses[s.local.name] == 1)
            elif isinstance(s, Declare):
                name = self.name(s.local, s.local.name.rstrip("0123456789"))
                self.write(depth, f"{name}: {s.local.kind} = {self.value(s.value)}")
            elif isinstance(s, Assign):
                self.assign(depth, s)
            elif isinstance(s, Store):
                self.write(depth, f"{self.element(s.buffer, s.index)} = {self.value(s.value)}")
            elif isinstance(s, For):
                self.loop(depth, s)

    def let(self, depth: int, s: Let, once: bool) -> None:
        """A line for a name; none if it is used but once, for something short."""
        text = self.value(s.value)
        if once and len(text) <= _LONG and not _reads_what_changes(s.value):
            self.inlined[s.local.name] = s.value
        else:
            self.write(depth, f"{self.name(s.local, 't')} = {text}")

    def assign(self, depth: int, s: Assign) -> None:
        name, value = self.names[s.local.name], s.value
        if isinstance(value, Op) and value.name in ("add", "mul") and value.args[0] is s.local:
            sign = _INFIX[value.name][0]
            self.write(depth, f"{name} {sign}= {self.value(value.args[1])}")
        else:
            self.write(depth, f"{name} = {self.value(value)}")

    def loop(self, depth: int, s: For) -> None:
        start, stop = self.value(s.start), self.value(s.stop)
        index = self.name(s.index, _INDICES[min(depth, len(_INDICES)) - 1], loop=True)
        step = f" step {s.step}" if s.step != 1 else ""
        note = "  # several at a time" if s.vector else ""
        self.write(depth, f"for {index} in {start} .. {stop}{step}:{note}")
        self.block(depth + 1, s.body)

    def name(self, local: Local, base: str, loop: bool = False) -> str:
        self.counts[base] += not loop
        name = self.names[local.name] = base if loop else f"{base}{self.counts[base]}"
        return name

    # Values

    def element(self, buffer: Buffer, index: Expr) -> str:
        return f"{self.buffers[buffer.name]}[{self.value(index)}]"

    def value(self, e: Expr, around: int = 0) -> str:
        """The text of an expression, in brackets if what is around it binds more tightly."""
        if isinstance(e, Const):
            return _number(e)
        if isinstance(e, Local):
            if e.name in self.inlined:
                return self.value(self.inlined[e.name], around)
            return self.names.get(e.name, e.name)
        if isinstance(e, Load):
            return self.element(e.buffer, e.index)
        assert isinstance(e, Op)
        if e.name in _INFIX:
            sign, binds = _INFIX[e.name]
            left = self.value(e.args[0], max(binds, 2))  # a < b < c would mean something else
            right = self.value(e.args[1], binds + 1)
            text = f"{left} {sign} {right}"
            return f"({text})" if binds < around else text
        return self.call(e)

    def call(self, e: Op) -> str:
        args = e.args
        if _is_minimum(e):
            return f"min({self.value(args[1])}, {self.value(args[2])})"
        if e.name == "select":
            condition, yes, no = map(self.value, args)
            return f"({yes} if {condition} else {no})"
        if e.name in ("neg", "not"):
            return f"{'-' if e.name == 'neg' else '~'}{self.value(args[0], _TIGHTEST)}"
        name = {"cast": e.kind, "bitcast": f"{e.kind}_of_bits"}.get(e.name, e.name)
        return f"{name}({', '.join(map(self.value, args))})"


def _number(e: Const) -> str:
    """A number in as few digits as its type needs."""
    if not is_float(e.kind):
        return str(e.value)
    value = numpy.float32(e.value) if e.kind == F32 else float(e.value)
    return str(value).removesuffix(".0")


def _is_minimum(e: Op) -> bool:
    """Whether this is `x if x < y else y`."""
    if e.name != "select":
        return False
    test = e.args[0]
    return isinstance(test, Op) and test.name == "lt" and all(
        a is b or (isinstance(a, Const) and isinstance(b, Const) and a.value == b.value)
        for a, b in zip(test.args, e.args[1:], strict=True)
    )  # fmt: skip


def _reads_what_changes(e: Expr) -> bool:
    """Whether another moment could give another value: memory that the kernel writes."""
    return any(isinstance(x, Load) and x.buffer.written for x in _inside(e))


def _all(body: Sequence[Stmt], deep: bool = True) -> Iterator[Expr]:
    """All expressions in statements, those of inner loops too if `deep`."""
    for s in body:
        if isinstance(s, For):
            yield from (*_inside(s.start), *_inside(s.stop))
            if deep:
                yield from _all(s.body)
        elif isinstance(s, Store):
            yield from (*_inside(s.index), *_inside(s.value))
        elif isinstance(s, (Let, Declare, Assign)):
            yield from _inside(s.value)


def _inside(e: Expr) -> Iterator[Expr]:
    """An expression and all those in it."""
    yield e
    if isinstance(e, Load):
        yield from _inside(e.index)
    elif isinstance(e, Op):
        for arg in e.args[1:] if _is_minimum(e) else e.args:  # as it is shown: each once
            yield from _inside(arg)
