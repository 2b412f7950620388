"""How NumPy's functions treat batched arrays: one rule a function, whence all operations follow.

A rule moves the axes that a function names past the hidden ones in front. It knows arrays only, no
operation of the library's; a kernel that uses a function without a rule runs once for each example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .arranging import (
    as_strided,
    axes_of,
    axis_of,
    broadcast_to,
    diagonal,
    expand_dims,
    reshape,
    shape_of,
    sliding_window_view,
    squeeze,
    transpose,
    viewing,
)
from .array import Batched, DynamicShape, Unbatchable, joined, levels_of, made, sizes_of, spread
from .indexing import WRITE, resolve

Rule = Callable[..., Any]


def rank(x: Any) -> int:
    """The number of axes of one example."""
    return int(x.ndim if type(x) is Batched else numpy.ndim(x))


def lifted(x: Any) -> Batched:
    """Any array as a batched one, possibly without levels."""
    return x if type(x) is Batched else Batched(numpy.asarray(x), ())


# Universal functions


def ufunc(function: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """An application of a ufunc, or one of its methods."""
    if method == "reduce":
        return _reduce(function, *inputs, **options)
    if method == "accumulate":
        return _accumulate(function, *inputs, **options)
    if method == "at":
        return _at(function, *inputs)
    if method != "__call__":
        raise Unbatchable(f"{function.__name__}.{method}")
    if function.signature is not None:
        if function is not numpy.matmul or options.keys() - {"out"}:
            raise Unbatchable(function.__name__)
        found = matmul(*inputs)
        if not options:
            return found
        copyto(options["out"][0], found)
        return options["out"][0]
    return _call(function, inputs, options)


def _call(function: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    outs = tuple(out for out in options.pop("out", ()) if out is not None)
    where = options.pop("where", True)
    every = (*inputs, *outs, where)
    levels, ndim = joined(every), max(rank(x) for x in every)
    values = [spread(x, levels, ndim) for x in inputs]
    if where is not True:
        options["where"] = spread(where, levels, ndim)
    if not outs:
        found = function(*values, **options)
        if function.nout > 1:
            return tuple(made(each, levels) for each in found)
        return made(found, levels)
    for out in outs:
        if levels_of(out) != levels:
            raise RuntimeError(WRITE)
    function(*values, out=tuple(spread(out, levels, ndim) for out in outs), **options)
    return outs[0] if len(outs) == 1 else outs


def _reduce(
    function: Any,
    x: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    **options: Any,
) -> Any:
    if any(each is not None for each in (out if isinstance(out, tuple) else (out,))):
        raise Unbatchable("a reduction with out=")
    if type(x) is not Batched or type(options.get("where")) is Batched:
        raise Unbatchable("a reduction with a mask")
    axes = axes_of(x, axis)
    return Batched(
        numpy.asarray(function.reduce(x.value, axes, dtype, None, bool(keepdims), **options)),
        x.levels,
    )


def _accumulate(function: Any, x: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    target = out[0] if isinstance(out, tuple) else out
    if target is not None:
        if levels_of(target) != levels_of(x):
            raise RuntimeError(WRITE)
        function.accumulate(x.value, axis_of(x, axis), dtype, target.value)
        return target
    return Batched(function.accumulate(x.value, axis_of(x, axis), dtype), x.levels)


def _at(function: Any, x: Any, index: Any, *new: Any) -> None:
    items = index if isinstance(index, tuple) else (index,)
    value, full, levels, order = resolve(x, items)
    if levels != x.levels or not set(joined(new)) <= set(levels):
        raise RuntimeError(WRITE)
    if order is not None:
        raise Unbatchable(f"{function.__name__}.at")
    ndim = value[full].ndim - len(levels)
    function.at(value, full, *[spread(each, levels, ndim) for each in new])


def matmul(x: Any, y: Any) -> Any:
    """numpy.matmul; one product where only the left operand is batched."""
    x, y = lifted(x), lifted(y)
    row, column = x.ndim == 1, y.ndim == 1
    if not x.ndim or not y.ndim:
        raise ValueError("matmul: an operand does not have enough dimensions")
    x, y = x[None] if row else x, y[:, None] if column else y
    levels, ndim = joined((x, y)), max(x.ndim, y.ndim)
    if not y.levels and y.ndim == 2 and x.shape[-1] == y.shape[0]:
        flat = numpy.matmul(x.value.reshape(-1, x.shape[-1]), y.value)
        value = flat.reshape(*x.value.shape[:-1], y.shape[-1])
    else:
        value = numpy.matmul(spread(x, levels, ndim), spread(y, levels, ndim))
    value = value[..., 0] if column else value
    return made(value[..., 0, :] if row and not column else value[..., 0] if row else value, levels)


# Functions along axes


def along(function: Rule, default: Any = None, place: int = 0) -> Rule:
    """A function with an argument `axis`, at this place after the array; None: of all elements."""

    def rule(x: Any, *args: Any, **options: Any) -> Any:
        given = list(args)
        axis = given.pop(place) if len(given) > place else options.pop("axis", default)
        if type(x) is not Batched or joined((*given, *options.values())):
            raise Unbatchable(function.__name__)
        if axis is None:
            x, axis = x.reshape(-1), -1
        moved: Any = axes_of(x, axis)
        moved = moved if isinstance(axis, (tuple, list)) else moved[0]
        found = function(x.value, *given[:place], axis=moved, **options)
        if isinstance(found, (tuple, list)):
            return type(found)(Batched(each, x.levels) for each in found)
        return Batched(numpy.asarray(found), x.levels)

    return rule


def folding(function: Rule) -> Rule:
    """A reduction with `axis` and `keepdims`; None: all axes of one example."""

    def rule(x: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
        if type(x) is not Batched or args or joined(tuple(options.values())):
            raise Unbatchable(function.__name__)
        if options.get("out", True) is None:
            options.pop("out")
        value, axes = x.value, axes_of(x, axis)
        if not axes:
            value, axes = value[..., None], (value.ndim,)
        return Batched(numpy.asarray(function(value, axis=axes, **options)), x.levels)

    return rule


def positional(function: Rule) -> Rule:
    """An index along one axis, or among all elements: argmax and its like."""

    def rule(x: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        flat = x.reshape(-1) if axis is None else x
        found = function(flat.value, axis=axis_of(flat, -1 if axis is None else axis))
        if keepdims:
            kept = [1] * x.ndim if axis is None else list(x.shape)
            if axis is not None:
                kept[axis] = 1
            found = found.reshape(*x.sizes, *kept)
        return Batched(numpy.asarray(found), x.levels)

    return rule


def stacked(function: Rule) -> Rule:
    """A function of stacks of matrices, of one array."""

    def rule(x: Any, *args: Any, **options: Any) -> Any:
        if joined((*args, *options.values())):
            raise Unbatchable(function.__name__)
        found = function(x.value, *args, **options)
        if isinstance(found, tuple):
            parts = [Batched(numpy.asarray(each), x.levels) for each in found]
            return type(found)(*parts) if hasattr(found, "_fields") else tuple(parts)
        return Batched(numpy.asarray(found), x.levels)

    return rule


def elementwise(function: Rule) -> Rule:
    """A function of each element: several arrays are broadcast, options are not batched."""

    def rule(*xs: Any, **options: Any) -> Any:
        if joined(tuple(options.values())):
            raise Unbatchable(function.__name__)
        levels, ndim = joined(xs), max(rank(x) for x in xs)
        return made(function(*[spread(x, levels, ndim) for x in xs], **options), levels)

    return rule


# Arrays made of others


def joining(function: Rule, extra: int) -> Rule:
    """concatenate (no extra axis) and stack (one)."""

    def rule(xs: Any, axis: Any = 0, **options: Any) -> Any:
        xs = [lifted(x) for x in xs]
        if axis is None:
            xs, axis = [x.reshape(-1) for x in xs], 0
        levels = joined(xs)
        sizes = sizes_of(xs, levels)
        values = [numpy.broadcast_to(spread(x, levels, x.ndim), (*sizes, *x.shape)) for x in xs]
        ndim = max(x.ndim for x in xs) + extra
        return Batched(function(values, axis=axis % ndim + len(levels), **options), levels)

    return rule


def take(x: Any, index: Any, axis: Any = None, **options: Any) -> Any:
    """numpy.take, by an index array that may be batched too."""
    x = lifted(x)
    if axis is None:
        x, axis = x.reshape(-1), 0
    items = (*(slice(None),) * (axis % x.ndim), index)
    return x[items]


def take_along_axis(x: Any, index: Any, axis: int) -> Any:
    """numpy.take_along_axis."""
    x, index = lifted(x), lifted(index)
    levels = joined((x, index))
    sizes = sizes_of((x, index), levels)
    values, places = [
        numpy.broadcast_to(spread(each, levels, each.ndim), (*sizes, *each.shape))
        for each in (x, index)
    ]
    return Batched(numpy.take_along_axis(values, places, axis % x.ndim + len(levels)), levels)


def put_along_axis(target: Any, index: Any, new: Any, axis: int) -> None:
    """numpy.put_along_axis."""
    if not set(joined((index, new))) <= set(levels_of(target)):
        raise RuntimeError(WRITE)
    index = lifted(index)
    whole = spread(index, target.levels, index.ndim)
    places = numpy.broadcast_to(whole, (*target.sizes, *index.shape))
    values = spread(new, target.levels, index.ndim)
    numpy.put_along_axis(target.value, places, values, axis % target.ndim + len(target.levels))


def where(condition: Any, *given: Any) -> Any:
    """numpy.where with three operands."""
    if len(given) != 2:
        raise Unbatchable("where with one operand")
    return elementwise(numpy.where)(condition, *given)


def einsum(subscripts: str, *operands: Any, **options: Any) -> Any:
    """einsum, with a letter for each level."""
    if not isinstance(subscripts, str) or "->" not in subscripts or "." in subscripts:
        raise Unbatchable("einsum in another form")
    levels = joined(operands)
    left, right = subscripts.replace(" ", "").split("->")
    free = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in left]
    letter = dict(zip(levels, free, strict=False))
    terms = [
        "".join(letter[level] for level in levels_of(x)) + term
        for x, term in zip(operands, left.split(","), strict=True)
    ]
    result = "".join(letter[level] for level in levels) + right
    values = [x.value if type(x) is Batched else x for x in operands]
    return Batched(numpy.einsum(f"{','.join(terms)}->{result}", *values, **options), levels)


def dot(x: Any, y: Any) -> Any:
    """numpy.dot of vectors and matrices."""
    if rank(x) > 2 or rank(y) > 2:
        raise Unbatchable("dot of stacks")
    return matmul(x, y) if rank(x) and rank(y) else x * y


def copyto(target: Any, new: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """numpy.copyto."""
    if not set(joined((new, where))) <= set(levels_of(target)):
        raise RuntimeError(WRITE)
    levels, ndim = target.levels, target.ndim
    numpy.broadcast_to(numpy.empty(numpy.shape(new) if rank(new) else ()), target.shape)
    numpy.copyto(
        target.value, spread(new, levels, ndim), casting, where=spread(where, levels, ndim)
    )


def like(function: Rule) -> Rule:
    """zeros_like and its relatives: an array of its own for each example."""

    def rule(x: Batched, *args: Any, shape: Any = None, **options: Any) -> Batched:
        if shape is not None:
            options["shape"] = (*x.sizes, *shape_of((shape,)))
        if joined(args):
            raise Unbatchable(function.__name__)
        return Batched(function(x.value, *args, **options), x.levels)

    return rule


def share_memory(a: Any, b: Any, *rest: Any) -> bool:
    """numpy.may_share_memory."""
    a, b = (x.value if type(x) is Batched else x for x in (a, b))
    return numpy.may_share_memory(a, b)


def about(function: Rule) -> Rule:
    """A function that looks at shapes and dtypes only."""

    def rule(*args: Any, **options: Any) -> Any:
        one = [numpy.empty(x.shape, x.dtype) if type(x) is Batched else x for x in args]
        return function(*one, **options)

    return rule


def astype(x: Batched, kind: Any, order: Any = "K", copy: bool = True, **options: Any) -> Batched:
    """x.astype(kind)."""
    value = x.value.astype(kind, order=order, copy=copy, **options)
    return x if value is x.value else Batched(value, x.levels)


def as_view(x: Batched, kind: Any) -> Batched:
    """x.view(dtype)."""
    return x.viewed(x.value.view(kind))


def fill(x: Batched, new: Any) -> None:
    """x.fill(value)."""
    copyto(x, new, "unsafe")


def copied(x: Batched, order: Any = "C") -> Batched:
    """x.copy(), each example with its own memory."""
    return Batched(x.value.copy(order), x.levels)


def refused(name: str) -> Rule:
    """A function whose result has another size for each example."""

    def rule(*args: Any, **options: Any) -> Any:
        raise DynamicShape(
            f"vmap: We do not support batching operators that can output dynamic shape. Attempted "
            f"to vmap over aten::{name}. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues if you need this feature."
        )

    return rule


def clip(x: Any, low: Any = None, high: Any = None, **_: Any) -> Any:
    """numpy.clip."""
    x = x if low is None else numpy.maximum(x, low)
    return x if high is None else numpy.minimum(x, high)


AXIS_FUNCTIONS: tuple[tuple[Rule, Any, int], ...] = (
    (numpy.sort, -1, 0), (numpy.argsort, -1, 0), (numpy.cumsum, None, 0), (numpy.cumprod, None, 0),
    (numpy.flip, None, 0), (numpy.partition, -1, 1), (numpy.argpartition, -1, 1),
    (numpy.repeat, None, 1), (numpy.diff, -1, 1), (numpy.array_split, 0, 1), (numpy.split, 0, 1),
    (numpy.roll, None, 1), (numpy.linalg.vector_norm, None, 0), (numpy.trapezoid, -1, 2),
)  # fmt: skip
FOLDS = (
    numpy.sum, numpy.prod, numpy.max, numpy.min, numpy.any, numpy.all, numpy.mean, numpy.var,
    numpy.std, numpy.median, numpy.nansum, numpy.nanmax, numpy.nanmin, numpy.nanmean, numpy.ptp,
    numpy.count_nonzero, numpy.nanmedian,
)  # fmt: skip
STACKS = (
    numpy.linalg.inv, numpy.linalg.det, numpy.linalg.slogdet, numpy.linalg.cholesky,
    numpy.linalg.qr, numpy.linalg.svd, numpy.linalg.eigh, numpy.linalg.eigvalsh, numpy.linalg.eig,
    numpy.linalg.eigvals, numpy.linalg.pinv, numpy.linalg.matrix_power, numpy.triu, numpy.tril,
)  # fmt: skip
ELEMENTWISE = (
    numpy.nan_to_num, numpy.real_if_close, numpy.angle, numpy.isclose, numpy.round, numpy.fix,
    numpy.isreal, numpy.iscomplex, numpy.sinc, numpy.i0,
)  # fmt: skip
FOURIER = tuple(
    getattr(numpy.fft, name) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
)

FUNCTIONS: dict[Any, Rule] = {
    **{function: along(function, axis, place) for function, axis, place in AXIS_FUNCTIONS},
    **{function: along(function, -1, 1) for function in FOURIER},
    **{function: folding(function) for function in FOLDS},
    **{function: stacked(function) for function in STACKS},
    **{function: elementwise(function) for function in ELEMENTWISE},
    **{function: refused("nonzero") for function in (
        numpy.nonzero, numpy.argwhere, numpy.flatnonzero,
    )},
    numpy.unique: refused("_unique2"),
    **{function: like(function) for function in (
        numpy.empty_like, numpy.zeros_like, numpy.ones_like, numpy.full_like,
    )},
    **{function: about(function) for function in (
        numpy.result_type, numpy.shape, numpy.ndim, numpy.size, numpy.can_cast,
        numpy.iscomplexobj, numpy.isrealobj, numpy.min_scalar_type,
    )},
    numpy.argmax: positional(numpy.argmax),
    numpy.argmin: positional(numpy.argmin),
    numpy.reshape: reshape,
    numpy.ravel: lambda x, order="C": x.reshape(-1),
    numpy.transpose: transpose,
    numpy.swapaxes: viewing(numpy.swapaxes, 0, 1),
    numpy.moveaxis: viewing(numpy.moveaxis, 0, 1),
    numpy.expand_dims: expand_dims,
    numpy.squeeze: squeeze,
    numpy.broadcast_to: broadcast_to,
    numpy.diagonal: diagonal,
    numpy.lib.stride_tricks.sliding_window_view: sliding_window_view,
    numpy.concatenate: joining(numpy.concatenate, 0),
    numpy.stack: joining(numpy.stack, 1),
    numpy.take: take,
    numpy.put_along_axis: put_along_axis,
    numpy.take_along_axis: take_along_axis,
    numpy.where: where,
    numpy.clip: clip,
    numpy.einsum: einsum,
    numpy.dot: dot,
    numpy.copyto: copyto,
    numpy.copy: copied,
    numpy.may_share_memory: share_memory,
    numpy.shares_memory: share_memory,
    numpy.real: lambda x: x.real,
    numpy.imag: lambda x: x.imag,
}  # fmt: skip


def _method(function: Any) -> Rule:
    return FUNCTIONS[function]


METHODS: dict[str, Rule] = {
    **{
        name: _method(getattr(numpy, name))
        for name in (
            "reshape", "transpose", "swapaxes", "squeeze", "ravel", "diagonal", "take", "repeat",
            "cumsum", "cumprod", "argmax", "argmin", "argsort", "sum", "prod", "max", "min",
            "any", "all", "mean", "var", "std", "clip", "round", "dot", "nonzero",
        )
    },
    "as_strided": as_strided,
    "flatten": lambda x, order="C": copied(x).reshape(-1),
    "astype": astype,
    "copy": copied,
    "fill": fill,
    "view": as_view,
    "conj": numpy.conjugate,
    "conjugate": numpy.conjugate,
}  # fmt: skip
