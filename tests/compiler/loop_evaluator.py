"""The meaning of the loop language, by NumPy: an oracle for its printers and for `vmath`.

`apply` evaluates straight-line code on whole arrays, `execute` runs a kernel element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy
import scipy.special
from numpy.lib.stride_tricks import as_strided

from chainrule.compiler.loops import (
    BOOL,
    I64,
    TYPES,
    Assign,
    Block,
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
)

Values = dict[str, Any]
"""Arrays or scalars of the locals, by name; a buffer's memory is there too, as `buffer name`."""

DTYPES = {
    kind: numpy.dtype(bool if kind == BOOL else f"{kind[0]}{int(kind[1:]) // 8}") for kind in TYPES
}


def apply(function: Callable[..., Expr], *arrays: Any) -> numpy.ndarray:
    """The result of a function of (block, *operands) for every element of the arrays."""
    arrays = tuple(map(numpy.asarray, arrays))
    kinds = {dtype: kind for kind, dtype in DTYPES.items()}
    operands = [Local(f"operand_{i}", kinds[a.dtype]) for i, a in enumerate(arrays)]
    block = Block()
    result = function(block, *operands)
    values: Values = {x.name: a for x, a in zip(operands, arrays, strict=True)}
    run(block.body, values)
    with numpy.errstate(all="ignore"):
        found = value(result, values)
    return numpy.broadcast_to(found, numpy.broadcast_shapes(*(a.shape for a in arrays)))


def execute(
    kernel: Kernel, buffers: Sequence[numpy.ndarray], begin: int = 0, end: int | None = None
) -> None:
    """Run a kernel on arrays, one for each of its buffers, or a part of its outermost loop."""
    values: Values = {"begin": numpy.int64(begin), "end": numpy.int64(end or 0)}
    if end is None:
        values["end"] = numpy.int64(kernel.extent or 0)
    for buffer, array in zip(kernel.buffers, buffers, strict=True):
        assert array.dtype == DTYPES[buffer.kind], (buffer, array.dtype)
        values[f"buffer {buffer.name}"] = memory(array)
    run(kernel.body, values)


def memory(array: numpy.ndarray) -> numpy.ndarray:
    """The elements from an array's first to its last as they lie in memory."""
    last = sum((n - 1) * s for n, s in zip(array.shape, array.strides, strict=True))
    extent = last // array.itemsize + 1 if array.size else 0
    return as_strided(array, (extent,), (array.itemsize,))


def run(body: Sequence[Stmt], values: Values) -> None:
    """Execute statements; the locals are changed in `values`."""
    with numpy.errstate(all="ignore"):
        _run(body, values)


def _run(body: Sequence[Stmt], values: Values) -> None:
    for stmt in body:
        known: dict[int, Any] = {}
        if isinstance(stmt, (Let, Declare, Assign)):
            assert stmt.local.kind == stmt.value.kind, stmt
            values[stmt.local.name] = value(stmt.value, values, known)
        elif isinstance(stmt, Store):
            assert stmt.buffer.written, stmt.buffer
            index = _index(stmt.index, f"buffer {stmt.buffer.name}", values, known)
            values[f"buffer {stmt.buffer.name}"][index] = value(stmt.value, values, known)
        else:
            assert isinstance(stmt, For), stmt
            start, stop = value(stmt.start, values, known), value(stmt.stop, values, known)
            for i in range(int(start), int(stop), stmt.step):
                values[stmt.index.name] = numpy.int64(i)
                _run(stmt.body, values)


def value(e: Expr, values: Mapping[str, Any], known: dict[int, Any] | None = None) -> Any:
    """What an expression is, an array or a NumPy scalar of its kind."""
    known = {} if known is None else known
    if isinstance(e, Local):
        return values[e.name]
    if isinstance(e, Const):
        return numpy.array(e.value).astype(DTYPES[e.kind])[()]
    if id(e) not in known:
        if isinstance(e, Load):
            where = f"buffer {e.buffer.name}"
            found = values[where][_index(e.index, where, values, known)]
        else:
            assert isinstance(e, Op), e
            found = _operate(e, [value(a, values, known) for a in e.args])
        assert found.dtype == DTYPES[e.kind], (e.kind, found.dtype)
        known[id(e)] = found
    return known[id(e)]


def _index(e: Expr, where: str, values: Mapping[str, Any], known: dict[int, Any]) -> int:
    assert e.kind == I64, e
    index = int(value(e, values, known))
    assert 0 <= index < len(values[where]), (where, index, len(values[where]))
    return index


def _operate(e: Op, args: list[Any]) -> Any:
    if e.name == "cast":
        return args[0].astype(DTYPES[e.kind])
    if e.name == "bitcast":
        return numpy.asarray(args[0]).view(DTYPES[e.kind])[()]
    if e.name == "select":
        return numpy.where(*args)[()]
    function = _LIBRARY[e.name] if e.name in _LIBRARY else _OPERATIONS[e.name]
    return function(*args)


def _fma(x: Any, y: Any, z: Any) -> Any:
    """x * y + z; in f32 rounded once but for ties, in f64 twice."""
    if x.dtype == numpy.float64:
        return x * y + z
    wide = (numpy.asarray(a, numpy.float64) for a in (x, y, z))
    return _fma(*wide).astype(numpy.float32)[()]


def _div(x: Any, y: Any) -> Any:
    """x / y; of integers rounded to zero, 0 where y is."""
    if x.dtype.kind == "f":
        return x / y
    rest = numpy.fmod(x, y)
    return numpy.where(y == 0, 0, (x - rest) // numpy.where(y == 0, 1, y)).astype(x.dtype)[()]


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": numpy.add, "sub": numpy.subtract, "mul": numpy.multiply, "div": _div,
    "rem": numpy.fmod, "neg": numpy.negative, "abs": numpy.abs, "fma": _fma,
    "minimum": numpy.minimum, "maximum": numpy.maximum, "sqrt": numpy.sqrt,
    "floor": numpy.floor, "ceil": numpy.ceil, "rint": numpy.rint, "trunc": numpy.trunc,
    "lt": numpy.less, "le": numpy.less_equal, "gt": numpy.greater, "ge": numpy.greater_equal,
    "eq": numpy.equal, "ne": numpy.not_equal, "and": numpy.bitwise_and, "or": numpy.bitwise_or,
    "xor": numpy.bitwise_xor, "not": numpy.invert, "shl": numpy.left_shift,
    "shr": numpy.right_shift,
}  # fmt: skip
_LIBRARY: dict[str, Callable[..., Any]] = {
    "exp": numpy.exp, "exp2": numpy.exp2, "expm1": numpy.expm1, "log": numpy.log,
    "log2": numpy.log2, "log10": numpy.log10, "log1p": numpy.log1p, "sin": numpy.sin,
    "cos": numpy.cos, "tan": numpy.tan, "asin": numpy.arcsin, "acos": numpy.arccos,
    "atan": numpy.arctan, "atan2": numpy.arctan2, "sinh": numpy.sinh, "cosh": numpy.cosh,
    "tanh": numpy.tanh, "asinh": numpy.arcsinh, "acosh": numpy.arccosh, "atanh": numpy.arctanh,
    "erf": scipy.special.erf, "erfc": scipy.special.erfc, "cbrt": numpy.cbrt,
    "pow": numpy.power, "fmod": numpy.fmod, "hypot": numpy.hypot,
}  # fmt: skip
