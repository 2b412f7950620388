"""Equations of a graph as formulas: `%3 * x`, `sum(%4, dim=0)`, `x[1:, 0]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .graph import Eqn, Shape, Var, row_major, short_name
from .vocabulary import REDUCTIONS

_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/",
    "floor_divide": "//", "remainder": "%", "power": "**", "matmul": "@", "less": "<",
    "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
    "logical_and": "&", "logical_or": "|", "logical_xor": "^", "bitwise_and": "&",
    "bitwise_or": "|", "bitwise_xor": "^", "left_shift": "<<", "right_shift": ">>",
}  # fmt: skip
_PREFIX = {"negative": "-", "logical_not": "~", "invert": "~", "bitwise_not": "~"}
_SHORT = {"absolute": "abs", "concatenate": "cat"}


def formula(eqn: Eqn, name: Callable[[Var], str]) -> str:
    """What an equation computes, from the names of its inputs."""
    args, params = [name(v) for v in eqn.ins], eqn.params
    if eqn.op in _INFIX and len(args) == 2:
        return f"{args[0]} {_INFIX[eqn.op]} {args[1]}"
    if eqn.op in _PREFIX:
        return f"{_PREFIX[eqn.op]}{args[0]}"
    if eqn.op in REDUCTIONS:
        return f"{eqn.op}({args[0]}{_dims(eqn.ins[0].shape, params['axes'])})"
    if eqn.op == "cast":
        return f"{short_name(eqn.out.dtype)}({args[0]})"
    if eqn.op == "reciprocal":
        return f"1 / {args[0]}"
    if eqn.op == "view":
        return region(args[0], eqn)
    if eqn.op == "update":
        return f"{args[0]} with {region('', eqn) or 'all'} = {args[1]}"
    if eqn.op == "check":
        return f"check that {args[0]} is {params['expected']}"
    return f"{params.get('label') or _SHORT.get(eqn.op, eqn.op)}({', '.join(args)})"


def _dims(shape: Shape, axes: tuple[int, ...]) -> str:
    if len(axes) == len(shape):
        return ""
    return f", dim={axes[0] if len(axes) == 1 else axes}"


def constant(v: Var) -> str:
    """A constant: the number it is, or its shape."""
    assert v.value is not None
    return f"{v.value.item():.6g}" if v.size == 1 else f"constant {v!r}"


def with_views(name: Callable[[Var], str], views: Mapping[Var, Eqn]) -> Callable[[Var], str]:
    """Names for values as `name` has them, a view by what it is a view of."""

    def named(v: Var) -> str:
        return region(name(views[v].ins[0]), views[v]) if v in views else name(v)

    return named


def region(name: str, eqn: Eqn) -> str:
    """The part of a value that a view or an update means; just its name for another shape of it."""
    base, params = eqn.ins[0], eqn.params
    shape, strides, offset = params["shape"], params["strides"], params["offset"]
    dims = [(n, s) for n, s in zip(shape, strides, strict=True) if n != 1 and s]
    kept = tuple(n for n, _ in dims)
    dense = base.strides == row_major(base.shape) or _is_flat(base)
    if dense and not offset and _volume(kept) == base.size:
        if tuple(s for _, s in dims) == row_major(kept):
            return name
        if tuple(s for _, s in dims[::-1]) == row_major(kept[::-1]):
            return f"{name}.T"
    slices = _slices(base, dims, offset) if dense else None
    if slices is not None:
        return f"{name}[{', '.join(slices)}]"
    return f"{name}.as_strided({_list(shape)}, {_list(strides)}, {offset})"


def _is_flat(v: Var) -> bool:
    """Whether only dimensions of size 1 have strides that are not row-major."""
    expected = row_major(v.shape)
    return all(n == 1 or s == e for n, s, e in zip(v.shape, v.strides, expected, strict=True))


def _volume(shape: Shape) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _list(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _slices(base: Var, dims: list[tuple[int, int]], offset: int) -> list[str] | None:
    """The indices that give the dimensions (size, stride), None if there are none."""
    left, found = list(dims), []
    for n, stride in zip(base.shape, row_major(base.shape), strict=True):
        start, offset = divmod(offset, stride)
        size, step = left[0] if left else (1, 0)
        if step and step % stride == 0 and step // stride * (size - 1) + start < n:
            left.pop(0)
            found.append(_slice(start, size, step // stride, n))
        else:
            found.append(str(start) if n != 1 else ":")
    while found and found[-1] == ":":
        found.pop()
    return None if left or not found else found


def _slice(start: int, size: int, step: int, n: int) -> str:
    last = start + step * (size - 1)
    ends = f"{start or ''}:{'' if last + step >= n else last + 1}"
    return f"{ends}:{step}" if step != 1 else ends
