"""Kernels of the loop language as text of LLVM's assembly language.

Equal kernels give equal text, whatever their variables are called. Knows neither arrays nor how
text becomes machine code.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence

from .loops import (
    BOOL,
    F32,
    F64,
    I32,
    I64,
    LIBRARY,
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

REGISTER = {F32: "float", F64: "double", BOOL: "i1"} | {
    f"{sign}{size}": f"i{size}" for sign in "iu" for size in (8, 16, 32, 64)
}
"""The type of a scalar in a register; in memory a bool is an i8."""

_FLOAT = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "rem": "frem", "neg": "fneg"}
_LOGIC = {"add": "or", "mul": "and", "minimum": "and", "maximum": "or"}  # of bools
_FLOAT_TEST = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}
_INTRINSIC = {"minimum": "minimum", "maximum": "maximum", "fma": "fmuladd", "abs": "fabs"} | {
    name: name for name in ("sqrt", "floor", "ceil", "rint", "trunc")
}
_LANES = 8  # float32 numbers in a vector, where integers of 64 bits are beside them
_LIBRARY_ATTRIBUTES = "nobuiltin nounwind willreturn memory(none)"  # called as they are written


def module_text(kernels: Sequence[Kernel]) -> str:
    """The module that defines `name(ptr table)` for each kernel, and `name_part` if it has parts.

    `table` points to the addresses of one NumPy array for each buffer of the kernel.
    """
    module = _Module()
    functions = [_function(module, kernel) for kernel in kernels]
    return "\n".join([*functions, *sorted(module.declared), *module.metadata]) + "\n"


class _Module:
    """What the functions of a module share: declarations and metadata."""

    def __init__(self) -> None:
        self.declared: set[str] = set()
        self.metadata: list[str] = []

    def node(self, content: str, distinct: bool = False) -> str:
        """A node of metadata; `distinct` ones are like no other, and may contain themselves."""
        name = f"!{len(self.metadata)}"
        prefix = "distinct " if distinct else ""
        self.metadata.append(f"{name} = {prefix}!{{{content.replace('SELF', name)}}}")
        return name


def _function(module: _Module, kernel: Kernel) -> str:
    """A kernel: a function of pointers, and the entries that take them out of arrays."""
    body = _Body(module, kernel)
    names = [f"%b{i}" for i in range(len(kernel.buffers))]
    pointers = [
        f"ptr noalias nocapture noundef {'' if b.written else 'readonly '}{name}"
        for name, b in zip(names, kernel.buffers, strict=True)
    ]
    entries = [_entry(kernel, "", "0", str(kernel.extent or 0))]
    if kernel.extent is not None:
        entries.append(_entry(kernel, "_part", "%begin", "%end"))
    return "\n".join(
        [
            f"define internal void @{kernel.name}_body("
            f"{', '.join([*pointers, 'i64 noundef %begin', 'i64 noundef %end'])}) "
            f"{'alwaysinline' if kernel.extent is None else 'noinline'} nounwind mustprogress {{",
            "entry:",
            *body.allocas,
            *body.lines,
            "  ret void",
            "}",
            *entries,
        ]
    )


def _entry(kernel: Kernel, suffix: str, begin: str, end: str) -> str:
    """The function that is called from Python: it loads the data pointers of the arrays.

    A NumPy array's data pointer is the first field after the header that all objects have.
    """
    parameters = ", i64 %begin, i64 %end" if suffix else ""
    lines = [f"define void @{kernel.name}{suffix}(ptr %table{parameters}) nounwind mustprogress {{"]
    for i in range(len(kernel.buffers)):
        lines += [
            f"  %slot{i} = getelementptr inbounds ptr, ptr %table, i64 {i}",
            f"  %array{i} = load ptr, ptr %slot{i}, align 8",
            f"  %field{i} = getelementptr inbounds i8, ptr %array{i}, i64 {object.__basicsize__}",
            f"  %b{i} = load ptr, ptr %field{i}, align 8",
        ]
    pointers = "".join(f"ptr %b{i}, " for i in range(len(kernel.buffers)))
    call = f"  call void @{kernel.name}_body({pointers}i64 {begin}, i64 {end})"
    return "\n".join([*lines, call, "  ret void", "}"])


class _Body:
    """The lines of one function."""

    def __init__(self, module: _Module, kernel: Kernel) -> None:
        self.module = module
        self.allocas: list[str] = []
        self.lines: list[str] = []
        self.label = "entry"  # of the block that is being written
        self.buffers = {b.name: f"%b{i}" for i, b in enumerate(kernel.buffers)}
        self.values = {"begin": "%begin", "end": "%end"}  # of locals that never change
        self.memory: dict[str, str] = {}  # of those that do
        self.group = ""  # marks loads and stores of a vector loop
        self.known: dict[int, str] = {}  # the expressions of the statement being written
        self.flagged: set[int] = set()  # those of them whose order is free
        self.count = 0
        self.block(kernel.body)

    # --- statements -------------------------------------------------------------------------------

    def block(self, body: Sequence[Stmt]) -> None:
        for stmt in body:
            self.known, self.flagged = {}, set()
            _STATEMENTS[type(stmt)](self, stmt)

    def let(self, stmt: Let) -> None:
        self.values[stmt.local.name] = self.value(stmt.value)

    def declare(self, stmt: Declare) -> None:
        kind, name = REGISTER[stmt.local.kind], self.fresh("v")
        self.allocas.append(f"  {name} = alloca {kind}")
        self.lines.append(f"  store {kind} {self.value(stmt.value)}, ptr {name}")
        self.memory[stmt.local.name] = name

    def assign(self, stmt: Assign) -> None:
        if stmt.reorder and is_float(stmt.local.kind):
            self.reaches(stmt.value, stmt.local)
        kind = REGISTER[stmt.local.kind]
        value = self.value(stmt.value)
        self.lines.append(f"  store {kind} {value}, ptr {self.memory[stmt.local.name]}")

    def reaches(self, e: Expr, local: Local) -> bool:
        """Flag the operations between an expression and the variable that it sums up."""
        if isinstance(e, Op) and e.kind == local.kind:
            found = [self.reaches(a, local) for a in e.args]
            if any(found):
                self.flagged.add(id(e))
            return any(found)
        return isinstance(e, Local) and e.name == local.name

    def store(self, stmt: Store) -> None:
        value = self.value(stmt.value)
        if stmt.buffer.kind == BOOL:
            value = self.emit(f"zext i1 {value} to i8")
        where = self.address(stmt.buffer, stmt.index)
        self.lines.append(f"  store {_memory(stmt.buffer)} {value}, {where}{self.group}")

    def loop(self, stmt: For) -> None:
        start, stop = self.value(stmt.start), self.value(stmt.stop)
        index, after = self.fresh("i"), self.fresh("i")
        number = self.count
        head, body, leave = f"head{number}", f"body{number}", f"exit{number}"
        before, outer = self.label, self.group
        notes = self.notes(stmt)
        self.lines.append(f"  br label %{head}")
        self.begin(head)
        at = len(self.lines)
        self.lines.append("")  # the index: where the body ends is not known yet
        inside = self.emit(f"icmp slt i64 {index}, {stop}")
        self.lines.append(f"  br i1 {inside}, label %{body}, label %{leave}")
        self.begin(body)
        self.values[stmt.index.name] = index
        self.block(stmt.body)
        self.lines[at] = f"  {index} = phi i64 [ {start}, %{before} ], [ {after}, %{self.label} ]"
        self.lines.append(f"  {after} = add nsw i64 {index}, {stmt.step}")
        self.lines.append(f"  br label %{head}{notes}")
        self.group = outer
        self.begin(leave)

    def notes(self, stmt: For) -> str:
        """What LLVM is told about a loop: a vector loop's loads and stores are independent.

        Only sums gain from several vectors at a time, whose code takes longer to compile.
        """
        if not stmt.vector:
            return ""
        group = self.module.node("", distinct=True)
        self.group = f", !llvm.access.group {group}"
        notes = ["SELF", self.module.node(f'!"llvm.loop.parallel_accesses", {group}')]
        if not any(isinstance(s, Assign) and s.reorder for s in stmt.body):
            notes.append(self.module.node('!"llvm.loop.interleave.count", i32 1'))
        if {F32, I64} <= _loaded(stmt.body):  # LLVM would go by the larger type
            notes.append(self.module.node(f'!"llvm.loop.vectorize.width", i32 {_LANES}'))
        return f", !llvm.loop {self.module.node(', '.join(notes), distinct=True)}"

    def begin(self, label: str) -> None:
        self.lines.append(f"{label}:")
        self.label = label

    # --- expressions ------------------------------------------------------------------------------

    def fresh(self, prefix: str = "t") -> str:
        self.count += 1
        return f"%{prefix}{self.count}"

    def emit(self, instruction: str) -> str:
        name = self.fresh()
        self.lines.append(f"  {name} = {instruction}")
        return name

    def value(self, e: Expr) -> str:
        """A constant, or the register that holds the value of an expression."""
        if isinstance(e, Const):
            return _constant(e)
        if isinstance(e, Local) and e.name in self.values:
            return self.values[e.name]
        if id(e) not in self.known:
            self.known[id(e)] = self.compute(e)
        return self.known[id(e)]

    def compute(self, e: Expr) -> str:
        if isinstance(e, Local):
            return self.emit(f"load {REGISTER[e.kind]}, ptr {self.memory[e.name]}")
        if isinstance(e, Load):
            where = self.address(e.buffer, e.index)
            found = self.emit(f"load {_memory(e.buffer)}, {where}{self.group}")
            return self.emit(f"icmp ne i8 {found}, 0") if e.kind == BOOL else found
        assert isinstance(e, Op)
        args = [self.value(a) for a in e.args]
        rule = _RULES.get(e.name)
        return rule(self, e, *args) if rule else self.plain(e, *args)

    def address(self, buffer: Buffer, index: Expr) -> str:
        kind, base = _memory(buffer), self.buffers[buffer.name]
        where = self.emit(f"getelementptr inbounds {kind}, ptr {base}, i64 {self.value(index)}")
        return f"ptr {where}"

    def plain(self, e: Op, *args: str) -> str:
        """An operation that is one instruction or one call, named after it."""
        kind, flags = e.args[-1].kind, "reassoc " if id(e) in self.flagged else ""
        if e.name in LIBRARY:
            return self.call(e.name, kind, args)
        if is_float(kind):
            if e.name in _INTRINSIC:
                flags += "nsz " if e.name in ("minimum", "maximum") else ""
                return self.call(f"llvm.{_INTRINSIC[e.name]}.{kind}", kind, args, flags)
            return self.emit(f"{_FLOAT[e.name]} {flags}{REGISTER[kind]} {', '.join(args)}")
        name = _LOGIC.get(e.name, e.name) if kind == BOOL else e.name
        return self.emit(f"{name} {REGISTER[kind]} {', '.join(args)}")

    def call(self, name: str, kind: str, args: Sequence[str], flags: str = "") -> str:
        """A call of a function whose operands and result have one type."""
        register = REGISTER[kind]
        attributes = "" if name.startswith("llvm.") else _LIBRARY_ATTRIBUTES
        types = ", ".join([register] * len(args))
        self.module.declared.add(f"declare {register} @{name}({types}) {attributes}".rstrip())
        operands = ", ".join(f"{register} {a}" for a in args)
        return self.emit(f"call {flags}{register} @{name}({operands})")

    def compare(self, e: Op, x: str, y: str) -> str:
        kind = e.args[0].kind
        if is_float(kind):
            return self.emit(f"fcmp {_FLOAT_TEST[e.name]} {REGISTER[kind]} {x}, {y}")
        return self.emit(f"icmp {_integer_test(e.name, kind)} {REGISTER[kind]} {x}, {y}")

    def negate(self, e: Op, x: str) -> str:
        return self.plain(e, x) if is_float(e.kind) else self.emit(f"sub {REGISTER[e.kind]} 0, {x}")

    def complement(self, e: Op, x: str) -> str:
        return self.emit(f"xor {REGISTER[e.kind]} {x}, -1")

    def absolute(self, e: Op, x: str) -> str:
        if is_float(e.kind):
            return self.plain(e, x)
        if not _signed(e.kind):
            return x
        kind = REGISTER[e.kind]
        self.module.declared.add(f"declare {kind} @llvm.abs.{kind}({kind}, i1)")
        return self.emit(f"call {kind} @llvm.abs.{kind}({kind} {x}, i1 false)")

    def extreme(self, e: Op, x: str, y: str) -> str:
        if is_float(e.kind) or e.kind == BOOL:
            return self.plain(e, x, y)
        name = f"llvm.{'s' if _signed(e.kind) else 'u'}{e.name[:3]}.{REGISTER[e.kind]}"
        return self.call(name, e.kind, (x, y))

    def choose(self, e: Op, condition: str, x: str, y: str) -> str:
        kind = REGISTER[e.kind]
        return self.emit(f"select i1 {condition}, {kind} {x}, {kind} {y}")

    def divide(self, e: Op, x: str, y: str) -> str:
        """Of integers the quotient by 0 is 0, and the least one by -1 is itself: no trap."""
        if is_float(e.kind):
            return self.plain(e, x, y)
        kind, divisor = REGISTER[e.kind], e.args[1]
        name = f"{'s' if _signed(e.kind) else 'u'}{e.name}"
        if isinstance(divisor, Const) and int(divisor.value) not in (0, -1):
            return self.emit(f"{name} {kind} {x}, {y}")
        zero = self.emit(f"icmp eq {kind} {y}, 0")
        safe = self.emit(f"select i1 {zero}, {kind} 1, {kind} {y}")
        if not _signed(e.kind):
            found = self.emit(f"{name} {kind} {x}, {safe}")
        else:
            minus = self.emit(f"icmp eq {kind} {y}, -1")
            safe = self.emit(f"select i1 {minus}, {kind} 1, {kind} {safe}")
            found = self.emit(f"{name} {kind} {x}, {safe}")
            if e.name == "div":
                negative = self.emit(f"sub {kind} 0, {x}")
                found = self.emit(f"select i1 {minus}, {kind} {negative}, {kind} {found}")
        return self.emit(f"select i1 {zero}, {kind} 0, {kind} {found}")

    def shift(self, e: Op, x: str, y: str) -> str:
        """By the width or more, or by less than nothing: all bits are shifted out, as in NumPy."""
        kind, amount = REGISTER[e.kind], e.args[1]
        name = "shl" if e.name == "shl" else "ashr" if _signed(e.kind) else "lshr"
        width = int(kind[1:])
        if isinstance(amount, Const) and 0 <= int(amount.value) < width:
            return self.emit(f"{name} {kind} {x}, {y}")
        fits = self.emit(f"icmp ult {kind} {y}, {width}")
        other = width - 1 if name == "ashr" else 0
        safe = self.emit(f"select i1 {fits}, {kind} {y}, {kind} {other}")
        found = self.emit(f"{name} {kind} {x}, {safe}")
        if name == "ashr":
            return found
        return self.emit(f"select i1 {fits}, {kind} {found}, {kind} 0")

    def cast(self, e: Op, x: str) -> str:
        old, new = e.args[0].kind, e.kind
        if new == BOOL:
            test, zero = ("fcmp une", "0.0") if is_float(old) else ("icmp ne", "0")
            return self.emit(f"{test} {REGISTER[old]} {x}, {zero}")
        if is_float(old) and not is_float(new):
            return self.truncate(x, old, new)
        return self.convert(_conversion(old, new), x, old, new)

    def truncate(self, x: str, old: str, new: str) -> str:
        """A float as an integer: what does not fit is any number, by way of a type as C takes.

        NumPy's conversion to a small type is one to i32 or i64 whose upper bits are dropped.
        """
        via = new if new == "u64" else I64 if new in (I64, "u32") else I32
        found = self.convert("fptoui" if via == "u64" else "fptosi", x, old, via)
        found = self.emit(f"freeze {REGISTER[via]} {found}")
        return self.convert(_conversion(via, new), found, via, new)

    def convert(self, name: str, x: str, old: str, new: str) -> str:
        return self.emit(f"{name} {REGISTER[old]} {x} to {REGISTER[new]}") if name else x

    def bitcast(self, e: Op, x: str) -> str:
        same = REGISTER[e.args[0].kind] == REGISTER[e.kind]
        return x if same else self.convert("bitcast", x, e.args[0].kind, e.kind)


_STATEMENTS: dict[type, Callable[..., None]] = {
    Let: _Body.let,
    Declare: _Body.declare,
    Assign: _Body.assign,
    Store: _Body.store,
    For: _Body.loop,
}
_RULES: dict[str, Callable[..., str]] = {
    **dict.fromkeys(_FLOAT_TEST, _Body.compare),
    **dict.fromkeys(("minimum", "maximum"), _Body.extreme),
    **dict.fromkeys(("div", "rem"), _Body.divide),
    **dict.fromkeys(("shl", "shr"), _Body.shift),
    "neg": _Body.negate,
    "not": _Body.complement,
    "abs": _Body.absolute,
    "select": _Body.choose,
    "cast": _Body.cast,
    "bitcast": _Body.bitcast,
}


def _loaded(body: Sequence[Stmt]) -> set[str]:
    """The types that a loop without loops in it loads from memory."""
    found: set[str] = set()
    stack = [s.value for s in body if isinstance(s, (Assign, Declare, Let, Store))]
    while stack:
        e = stack.pop()
        if isinstance(e, Load):
            found.add(e.kind)
        elif isinstance(e, Op):
            stack.extend(e.args)
    return found


def _signed(kind: str) -> bool:
    return kind.startswith("i")


def _memory(buffer: Buffer) -> str:
    return "i8" if buffer.kind == BOOL else REGISTER[buffer.kind]


def _integer_test(name: str, kind: str) -> str:
    return name if name in ("eq", "ne") else ("s" if _signed(kind) else "u") + name


def _conversion(old: str, new: str) -> str:
    """The instruction that makes one type of another; empty if nothing needs to be done."""
    if is_float(old):
        return "fpext" if new == F64 else "fptrunc"
    if is_float(new):
        return "sitofp" if _signed(old) else "uitofp"
    have, want = (int(REGISTER[k][1:]) for k in (old, new))
    if have == want:
        return ""
    return "trunc" if want < have else "sext" if _signed(old) else "zext"


def _constant(e: Const) -> str:
    """A number as LLVM writes it: an integer, or the bits of a double."""
    if e.kind == BOOL:
        return "true" if e.value else "false"
    if not is_float(e.kind):
        value, bits = int(e.value), int(REGISTER[e.kind][1:])
        return str((value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1))
    number = ctypes.c_float(e.value).value if e.kind == F32 else float(e.value)
    if number != number:
        return "0x7FF8000000000000"
    return f"0x{struct.pack('>d', number).hex().upper()}"
