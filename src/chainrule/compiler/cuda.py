"""Kernels of the loop language as CUDA C++, for CuPy's `RawModule`.

Knows neither arrays nor devices. Compile it with `OPTIONS`, so that floats are rounded as NumPy's.
"""

from __future__ import annotations

import ctypes
import math
import struct
from collections.abc import Sequence

from .loops import (
    BEGIN,
    BOOL,
    END,
    F32,
    F64,
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

OPTIONS = ("--std=c++17", "--fmad=false")

_NAMES = {F32: "float", F64: "double", BOOL: "bool"}
_PRELUDE = """\
typedef signed char i8; typedef short i16; typedef int i32; typedef long long i64;
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;
typedef unsigned long long u64;

template <typename To, typename From> __device__ inline To bits(From x) {
    union { From from; To to; } either = {x};
    return either.to;
}
template <typename T> __device__ inline T minimum(T x, T y) { return x < y || x != x ? x : y; }
template <typename T> __device__ inline T maximum(T x, T y) { return x > y || x != x ? x : y; }
template <typename T> __device__ inline T absolute(T x) { return x < T(0) ? T(0 - u64(x)) : x; }
template <typename T> __device__ inline T quotient(T x, T y) {
    if (y == T(0)) return T(0);
    return T(-1) < T(0) && y == T(-1) ? T(0 - u64(x)) : T(x / y);
}
template <typename T> __device__ inline T remainder_of(T x, T y) {
    return y == T(0) || (T(-1) < T(0) && y == T(-1)) ? T(0) : T(x % y);
}
template <typename T> __device__ inline T shift_left(T x, T n) {
    return u64(n) < 8 * sizeof(T) ? T(u64(x) << n) : T(0);
}
template <typename T> __device__ inline T shift_right(T x, T n) {
    return u64(n) < 8 * sizeof(T) ? T(x >> n) : x < T(0) ? T(-1) : T(0);
}
"""
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "and": "&", "or": "|", "xor": "^"} | {
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
}  # fmt: skip
_LOGIC = {"add": "|", "mul": "&", "minimum": "&", "maximum": "|"}  # of bools
_WRAPPING = ("add", "sub", "mul")
_INTEGER = {"div": "quotient", "rem": "remainder_of", "abs": "absolute"} | {
    "shl": "shift_left", "shr": "shift_right", "minimum": "minimum", "maximum": "maximum",
}  # fmt: skip
_FLOAT = {"abs": "fabs", "rem": "fmod"} | {
    name: name for name in ("sqrt", "floor", "ceil", "rint", "trunc", "fma")
}


def module_text(kernels: Sequence[Kernel]) -> str:
    """The module that defines `name(T* ...)` for each kernel, one pointer for each buffer."""
    return "\n".join([_PRELUDE, *(_Function(kernel).text for kernel in kernels)])


def is_parallel(kernel: Kernel) -> bool:
    """Whether any grid may run the kernel; others do all their work in their first thread.

    The outermost loop is divided among threads if it is all there is, but for values it reads.
    """
    if kernel.extent is None or not kernel.body:
        return False
    *before, loop = kernel.body
    return (
        isinstance(loop, For)
        and loop.start is BEGIN
        and loop.stop is END
        and all(isinstance(s, Let) and not _mentions(s.value) for s in before)
        and not any(_mentions(e) for e in _expressions(loop.body))
    )


def _expressions(body: Sequence[Stmt]) -> list[Expr]:
    """All that the statements compute, directly or in loops."""
    found: list[Expr] = []
    for s in body:
        if isinstance(s, For):
            found += [s.start, s.stop, *_expressions(s.body)]
        elif isinstance(s, Store):
            found += [s.index, s.value]
        elif isinstance(s, (Let, Declare, Assign)):
            found.append(s.value)
    return found


def _mentions(e: Expr) -> bool:
    """Whether an expression depends on which part of the extent is run."""
    if isinstance(e, Load):
        return _mentions(e.index)
    if isinstance(e, Op):
        return any(map(_mentions, e.args))
    return isinstance(e, Local) and e.name in (BEGIN.name, END.name)


class _Function:
    """The text of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self.names = {b.name: f"b{i}" for i, b in enumerate(kernel.buffers)}
        self.variables: dict[str, str] = {}
        self.lines: list[str] = []
        pointers = ", ".join(
            f"{'' if b.written else 'const '}{_type(b.kind)}* __restrict__ {self.names[b.name]}"
            for b in kernel.buffers
        )
        self.write(0, f'extern "C" __global__ void {kernel.name}({pointers}) {{')
        if is_parallel(kernel):
            self.grid(kernel)
        else:
            self.write(1, "if (blockIdx.x != 0 || threadIdx.x != 0) return;")
            if kernel.extent is not None:
                self.write(1, f"const i64 begin = 0, end = {kernel.extent};")
                self.variables = {BEGIN.name: "begin", END.name: "end"}
            self.block(1, kernel.body)
        self.write(0, "}\n")
        self.text = "\n".join(self.lines)

    def grid(self, kernel: Kernel) -> None:
        """The outermost loop, each iteration by one thread of the grid."""
        *before, loop = kernel.body
        assert isinstance(loop, For)
        self.block(1, before)
        index = self.name(loop.index, "i")
        step = "" if loop.step == 1 else f" * {loop.step}"
        thread = f"(blockIdx.x * (i64)blockDim.x + threadIdx.x){step}"
        threads = f"(i64)gridDim.x * blockDim.x{step}"
        head = f"i64 {index} = {thread}; {index} < {kernel.extent}; {index} += {threads}"
        self.write(1, f"for ({head}) {{")
        self.block(2, loop.body)
        self.write(1, "}")

    def write(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def name(self, local: Local, prefix: str) -> str:
        name = self.variables[local.name] = f"{prefix}{len(self.variables)}"
        return name

    def block(self, depth: int, body: Sequence[Stmt]) -> None:
        for s in body:
            if isinstance(s, (Let, Declare)):
                value, kind = self.value(s.value), _type(s.local.kind)
                kind, prefix = (f"const {kind}", "t") if isinstance(s, Let) else (kind, "v")
                self.write(depth, f"{kind} {self.name(s.local, prefix)} = {value};")
            elif isinstance(s, Assign):
                self.write(depth, f"{self.variables[s.local.name]} = {self.value(s.value)};")
            elif isinstance(s, Store):
                self.write(depth, f"{self.element(s.buffer, s.index)} = {self.value(s.value)};")
            elif isinstance(s, For):
                start, stop = self.value(s.start), self.value(s.stop)
                i = self.name(s.index, "i")
                self.write(depth, f"for (i64 {i} = {start}; {i} < {stop}; {i} += {s.step}) {{")
                self.block(depth + 1, s.body)
                self.write(depth, "}")

    def element(self, buffer: Buffer, index: Expr) -> str:
        return f"{self.names[buffer.name]}[{self.value(index, index=True)}]"

    def value(self, e: Expr, index: bool = False) -> str:
        """The text of an expression; what is an index cannot overflow."""
        if isinstance(e, Const):
            return _constant(e)
        if isinstance(e, Local):
            return self.variables[e.name]
        if isinstance(e, Load):
            return self.element(e.buffer, e.index)
        assert isinstance(e, Op)
        return self.operation(e, [self.value(a, index) for a in e.args], index)

    def operation(self, e: Op, args: list[str], index: bool) -> str:
        kind, made = e.args[-1].kind, _type(e.kind)
        if e.name == "select":
            return f"({args[0]} ? {args[1]} : {args[2]})"
        if e.name == "bitcast":
            return f"bits<{made}>({args[0]})"
        if e.name == "cast":
            return f"({made})" + _through(kind, e.kind) + args[0]
        if e.name == "neg":
            return f"(-{args[0]})" if is_float(kind) else _wrapped("-", ["0", *args], kind)
        if e.name == "not":
            return f"({made}){'!' if kind == BOOL else '~'}{args[0]}"
        if kind == BOOL and e.name in _LOGIC:
            return f"({args[0]} {_LOGIC[e.name]} {args[1]})"
        return self.arithmetic(e, args, kind, index)

    def arithmetic(self, e: Op, args: list[str], kind: str, index: bool) -> str:
        if e.name in LIBRARY:
            return f"{e.name}({', '.join(args)})"
        if is_float(kind) and e.name in _FLOAT:
            return f"{_FLOAT[e.name]}{'f' if kind == F32 else ''}({', '.join(args)})"
        if e.name in _INTEGER and not (is_float(kind) and e.name == "div"):
            return f"{_INTEGER[e.name]}<{_type(kind)}>({', '.join(args)})"
        sign = _SIGNS[e.name]
        if e.name in _WRAPPING and not is_float(kind) and not (index and kind == I64):
            return _wrapped(sign, args, kind)
        return f"({args[0]} {sign} {args[1]})"


def _wrapped(sign: str, args: list[str], kind: str) -> str:
    """Arithmetic of integers that wraps around, which C++ promises of unsigned ones alone."""
    return f"({_type(kind)})((u64){args[0]} {sign} (u64){args[1]})"


def _through(old: str, new: str) -> str:
    """What a float is first converted to, on its way to an integer type that is no C int."""
    if not is_float(old) or is_float(new) or new in (BOOL, I64, "u64", "i32"):
        return ""
    return "(i64)" if new == "u32" else "(i32)"


def _type(kind: str) -> str:
    return _NAMES.get(kind, kind)


def _constant(e: Const) -> str:
    """A number as C++ writes it."""
    if e.kind == BOOL:
        return "true" if e.value else "false"
    if not is_float(e.kind):
        value = int(e.value) % 2**64
        return str(e.value) if e.kind == I64 and 0 <= e.value < 2**63 else f"({e.kind}){value}ull"
    number = ctypes.c_float(e.value).value if e.kind == F32 else float(e.value)
    if math.isfinite(number):
        text = f"{number!r}{'f' if e.kind == F32 else ''}"
        return f"({text})" if text.startswith("-") else text
    if e.kind == F32:
        return f"bits<float>({struct.unpack('I', struct.pack('f', number))[0]:#x}u)"
    return f"bits<double>({struct.unpack('Q', struct.pack('d', number))[0]:#x}ull)"
