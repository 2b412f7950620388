"""The loop language: what a fused group of operations becomes before it is printed as LLVM or CUDA.

A kernel is a list of statements over scalars: loops, local variables, loads and stores. Knows
neither arrays nor graphs, and no operation of theirs; `printers` turn it into text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, BOOL = TYPES = (
    "f32", "f64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool",
)  # fmt: skip
"""Scalar types. In memory a bool is one byte, 0 or 1."""

OPERATIONS = frozenset({
    *("add", "sub", "mul", "div", "rem", "neg", "abs", "fma", "minimum", "maximum"),
    *("sqrt", "floor", "ceil", "rint", "trunc"),
    *("lt", "le", "gt", "ge", "eq", "ne"),  # a bool; all but ne are false for NaN
    *("and", "or", "xor", "not", "shl", "shr"),  # of bits and bools; shr follows the type's sign
    *("select", "cast", "bitcast"),
})  # fmt: skip
"""What `Op` may be. `div` and `rem` of integers truncate, as in C; `minimum` and `maximum` give NaN
if one operand is; `rint` rounds halves to even; a cast of a float to an integer truncates."""

LIBRARY = frozenset(
    [
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "erf",
        "erfc",
        "pow",
        "cbrt",
        "hypot",
        "fmod",
    ]
)
"""Functions that `Op` may call in the C library, on f64 only: exact, but not vectorised."""


def is_float(kind: str) -> bool:
    """Whether this is a floating type."""
    return kind in (F32, F64)


class Expr:
    """A value of one of `TYPES`. Operators make larger ones; a number takes the type it meets."""

    kind: str

    def __add__(self, other: Any) -> Expr:
        return op("add", self, other)

    def __radd__(self, other: Any) -> Expr:
        return op("add", other, self)

    def __sub__(self, other: Any) -> Expr:
        return op("sub", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return op("sub", other, self)

    def __mul__(self, other: Any) -> Expr:
        return op("mul", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return op("mul", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return op("div", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return op("div", other, self)

    def __neg__(self) -> Expr:
        return op("neg", self)

    def __lt__(self, other: Any) -> Expr:
        return op("lt", self, other)

    def __le__(self, other: Any) -> Expr:
        return op("le", self, other)

    def __gt__(self, other: Any) -> Expr:
        return op("gt", self, other)

    def __ge__(self, other: Any) -> Expr:
        return op("ge", self, other)

    def equals(self, other: Any) -> Expr:
        """Whether the two are equal (`==` compares the expressions themselves)."""
        return op("eq", self, other)

    def differs(self, other: Any) -> Expr:
        """Whether the two are not equal; true for NaN."""
        return op("ne", self, other)

    def __and__(self, other: Any) -> Expr:
        return op("and", self, other)

    def __or__(self, other: Any) -> Expr:
        return op("or", self, other)

    def __xor__(self, other: Any) -> Expr:
        return op("xor", self, other)

    def __invert__(self) -> Expr:
        return op("not", self)

    def __lshift__(self, other: Any) -> Expr:
        return op("shl", self, other)

    def __rshift__(self, other: Any) -> Expr:
        return op("shr", self, other)


@dataclass(frozen=True, eq=False)
class Const(Expr):
    """A number: an int, a float (NaN and infinities too) or a bool."""

    value: Any
    kind: str


@dataclass(frozen=True, eq=False)
class Local(Expr):
    """A local variable: a `Let`, a mutable one of `Declare`, a loop's index, `begin` or `end`."""

    name: str
    kind: str


@dataclass(frozen=True, eq=False)
class Op(Expr):
    """An operation of `OPERATIONS` or a function of `LIBRARY` on operands of one type.

    Of `select` the first operand is a bool; the result of a comparison is one.
    """

    name: str
    args: tuple[Expr, ...]
    kind: str


@dataclass(frozen=True)
class Buffer:
    """A parameter of a kernel: memory of elements of one type.

    Two buffers of a kernel do not overlap, unless neither is written.
    """

    name: str
    kind: str
    written: bool = False


@dataclass(frozen=True, eq=False)
class Load(Expr):
    """The element of a buffer at an index (an i64 expression, in elements)."""

    buffer: Buffer
    index: Expr

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.buffer.kind


class Stmt:
    """A statement."""


@dataclass(frozen=True, eq=False)
class Let(Stmt):
    """A name for a value, which never changes; visible in the rest of its block."""

    local: Local
    value: Expr


@dataclass(frozen=True, eq=False)
class Declare(Stmt):
    """A variable that `Assign` changes; visible in the rest of its block."""

    local: Local
    value: Expr


@dataclass(frozen=True, eq=False)
class Assign(Stmt):
    """A new value for a declared variable.

    With `reorder` this is a sum or product whose terms may be taken in any order: the printer may
    keep several partial ones, as vector units want it.
    """

    local: Local
    value: Expr
    reorder: bool = False


@dataclass(frozen=True, eq=False)
class Store(Stmt):
    """An element of a buffer, written."""

    buffer: Buffer
    index: Expr
    value: Expr


@dataclass(frozen=True, eq=False)
class For(Stmt):
    """`for index in range(start, stop, step)`. Start and stop are i64, the step a positive int.

    `vector` says that the iterations are independent but for reductions, and no loop is inside.
    """

    index: Local
    start: Expr
    stop: Expr
    body: Sequence[Stmt]
    step: int = 1
    vector: bool = False


@dataclass(frozen=True, eq=False)
class Kernel:
    """A function of buffers and of the i64 locals BEGIN and END.

    The outermost loop runs over [begin, end), a part of [0, extent); parts may run at the same
    time. extent is None for a kernel that is to run once, and does not use the two.
    """

    name: str
    buffers: tuple[Buffer, ...]
    body: tuple[Stmt, ...]
    extent: int | None = None


BEGIN, END = Local("begin", I64), Local("end", I64)


def op(name: str, *args: Any) -> Expr:
    """The operation on expressions and numbers; a number takes the type of the others."""
    kinds = [a.kind for a in (args[1:] if name == "select" else args) if isinstance(a, Expr)]
    kind = kinds[0]
    met = tuple(
        a if isinstance(a, Expr) else Const(a, BOOL if name == "select" and i == 0 else kind)
        for i, a in enumerate(args)
    )
    if any(k != kind for k in kinds):
        raise TypeError(f"{name} of {', '.join(kinds)}")
    if name not in OPERATIONS and not (name in LIBRARY and kind == F64):
        raise TypeError(f"no operation {name} of {kind}")
    return Op(name, met, BOOL if name in ("lt", "le", "gt", "ge", "eq", "ne") else kind)


def cast(x: Expr, kind: str) -> Expr:
    """The value in another type: rounded, truncated towards zero, or compared with 0 for a bool."""
    return x if x.kind == kind else Op("cast", (x,), kind)


def bitcast(x: Expr, kind: str) -> Expr:
    """The same bits read as another type of the same size."""
    return Op("bitcast", (x,), kind)


def select(condition: Expr, yes: Any, no: Any) -> Expr:
    """`yes` where the condition holds, else `no`; both are computed."""
    return op("select", condition, yes, no)


@dataclass
class Block:
    """A list of statements being written, and the names given out in its kernel."""

    body: list[Stmt] = field(default_factory=list)
    names: list[int] = field(default_factory=lambda: [0])

    def let(self, value: Expr, name: str = "t") -> Expr:
        """A name for the value, so that it is computed once."""
        if isinstance(value, (Local, Const)):
            return value
        local = self.local(name, value.kind)
        self.body.append(Let(local, value))
        return local

    def local(self, name: str, kind: str) -> Local:
        """A variable of a name of its own."""
        self.names[0] += 1
        return Local(f"{name}{self.names[0]}", kind)

    def declare(self, value: Expr, name: str = "v") -> Local:
        """A variable that can be assigned to."""
        local = self.local(name, value.kind)
        self.body.append(Declare(local, value))
        return local

    def assign(self, local: Local, value: Expr, reorder: bool = False) -> None:
        """Change a variable."""
        self.body.append(Assign(local, value, reorder))

    def store(self, buffer: Buffer, index: Expr, value: Expr) -> None:
        """Write an element."""
        self.body.append(Store(buffer, index, value))

    @contextmanager
    def loop(
        self, start: Any, stop: Any, step: int = 1, vector: bool = False
    ) -> Iterator[tuple[Local, Block]]:
        """A loop: its index, and the block of its body."""
        index, inside = self.local("i", I64), Block(names=self.names)
        yield index, inside
        ends = [Const(end, I64) if isinstance(end, int) else end for end in (start, stop)]
        self.body.append(For(index, ends[0], ends[1], tuple(inside.body), step, vector))
