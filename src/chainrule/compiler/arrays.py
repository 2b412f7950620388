"""How the recorder writes down NumPy's functions and the methods of arrays.

Each function here gets the recorder and traced arrays, does the work on the real arrays, and
returns traced ones. What is missing raises `NotTraceable`: the kernel is then called as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy

from ..core.primitive import Primitive
from ..typing import Array
from . import layout
from .graph import Var
from .layout import compact as compact
from .layout import dense as dense
from .layout import dense_like as dense_like
from .layout import is_basic as is_basic
from .layout import is_plain as is_plain
from .layout import place as place
from .layout import strides as strides
from .traced import NotTraceable, Scalar, Traced, plain

if TYPE_CHECKING:
    from .recorder import Recorder

_NUMBERS = (int, float, complex)


class Opaque:
    """A primitive's kernel as a function of the arrays among its inputs."""

    def __init__(
        self,
        op: type[Primitive],
        fixed: tuple[Any, ...],
        places: tuple[int, ...],
        params: dict[str, Any],
    ) -> None:
        self.op, self.fixed, self.places, self.params = op, list(fixed), places, params

    def __call__(self, *arrays: Array) -> Any:
        inputs = self.fixed.copy()
        for i, array in zip(self.places, arrays, strict=True):
            inputs[i] = array
        return self.op.on_cpu(*inputs, **self.params)


class Asked:
    """A function that looks at values, with its other arguments."""

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], places: tuple[int, ...]
    ) -> None:
        self.function, self.args, self.places = function, list(args), places
        for i in places:
            self.args[i] = None

    def __call__(self, *arrays: Array) -> Any:
        args = self.args.copy()
        for i, array in zip(self.places, arrays, strict=True):
            args[i] = array
        return self.function(*args)


class Draw:
    """A sampler of random numbers with its generator and arguments."""

    def __init__(
        self,
        sampler: Callable[..., Any],
        generator: Any,
        args: tuple[Any, ...],
        places: tuple[int, ...],
        options: dict[str, Any],
    ) -> None:
        self.sampler, self.generator = sampler, generator
        self.args, self.places, self.options = list(args), places, options

    def __call__(self, *arrays: Array) -> Any:
        args = self.args.copy()
        for i, array in zip(self.places, arrays, strict=True):
            args[i] = array if array.ndim else array.item()
        return self.sampler(self.generator, *args, **self.options)


def loop_dtypes(ufunc: numpy.ufunc, inputs: Any, given: Any = None) -> tuple[Any, ...]:
    """The dtypes in which a ufunc meets its inputs, and that of its result."""
    kinds: list[Any] = []
    for x in inputs:
        if type(x) is Scalar:
            kinds.append(float)
        elif type(x) in _NUMBERS:
            kinds.append(type(x))
        else:
            kinds.append(x.dtype if hasattr(x, "dtype") else numpy.asarray(x).dtype)
    if given is not None:
        return (*[numpy.dtype(given)] * len(kinds), numpy.dtype(given))
    try:
        return ufunc.resolve_dtypes((*kinds, None), casting="same_kind")
    except TypeError:
        raise NotTraceable(ufunc.__name__) from None


def reduce(
    recorder: Recorder, name: str | None, ufunc: numpy.ufunc, inputs: Any, outs: Any, options: Any
) -> Any:
    """ufunc.reduce, and with that sum, mean, max ..."""
    x = inputs[0]
    axis, keepdims = options.pop("axis", 0), options.pop("keepdims", False)
    given = options.pop("dtype", None)
    if name is None or any(v is not None and v is not True for v in options.values()) or outs:
        raise NotTraceable(f"{ufunc.__name__}.reduce with options")
    if not x.size and name in ("max", "min"):
        raise NotTraceable("an extremum of nothing")
    axes = _axes(axis, x.ndim)
    kept = {} if given is None else {"dtype": given}
    value = numpy.asarray(ufunc.reduce(x.value, axis=axes, **kept))
    kind = numpy.dtype(bool) if name in ("any", "all") else value.dtype
    found = recorder.made(name, (recorder.read(x, kind),), value, axes=axes)
    if keepdims:
        shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        return recorder.view_of(found, found.value.reshape(shape))
    return found


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(a) % ndim for a in given)) if ndim else ()


def assign(recorder: Recorder, target: Traced, new: Any) -> None:
    """target[...] = new."""
    value = recorder.read(new) if isinstance(new, (Traced, Scalar)) else None
    if value is None:
        value = recorder.read(numpy.asarray(new, target.dtype))
    target.value[...] = plain(new)
    if value.shape != target.shape:
        holder = recorder.fresh(numpy.empty(value.shape, value.dtype), value)
        squeezed = value.shape[max(len(value.shape) - target.ndim, 0) :]
        if squeezed != value.shape:
            holder = recorder.view_of(holder, holder.value.reshape(squeezed))
        value = recorder.read(expanded(holder, target.shape))
    recorder.write(target, value)


def expanded(x: Traced, shape: tuple[int, ...]) -> Traced:
    """x broadcast to a shape."""
    return x.recorder.view_of(x, numpy.broadcast_to(x.value, shape))


# Functions of NumPy


def _viewing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function or method that returns a view where it can, else a copy in row-major order."""

    def recorded(recorder: Recorder, x: Traced, *args: Any, **options: Any) -> Any:
        value = function(x.value, *args, **options)
        if not value.size:
            return _emptied(recorder, value)
        if numpy.may_share_memory(value, x.value):
            return recorder.view_of(x, value)
        rows = copy(recorder, x, "C")
        return recorder.view_of(rows, function(rows.value, *args, **options))

    return recorded


def _emptied(recorder: Recorder, value: Array) -> Traced:
    """An array without elements: nothing to compute."""
    value = numpy.empty(value.shape, value.dtype)
    return recorder.fresh(value, Var(value.shape, value.dtype, None, value))


def copy(recorder: Recorder, x: Traced, order: Any = "C") -> Traced:
    """A copy, laid out as NumPy would."""
    value = x.value.copy(order)
    out = Var(value.shape, value.dtype, layout.dense_like(value))
    return recorder.fresh(value, recorder.emit("copy", (recorder.read(x),), out))


def astype(recorder: Recorder, x: Traced, kind: Any, order: Any = "K", copy: Any = True) -> Traced:
    """A copy in another dtype."""
    kind = numpy.dtype(kind)
    value = x.value.astype(kind, order=order)
    out = Var(value.shape, kind, layout.dense_like(value))
    op = "copy" if kind == x.dtype else "cast"
    return recorder.fresh(value, recorder.emit(op, (recorder.read(x),), out))


def where(recorder: Recorder, condition: Any, *given: Any) -> Traced:
    """numpy.where with three operands."""
    if len(given) != 2:
        raise NotTraceable("where with one operand")
    kind = numpy.result_type(*[_weak(x) for x in given])
    value = numpy.where(*map(plain, (condition, *given))).astype(kind)
    mask = recorder.read(condition, numpy.dtype(bool))
    return recorder.made("where", (mask, *[recorder.read(x, kind) for x in given]), value)


def _weak(x: Any) -> Any:
    if type(x) is Scalar:
        return 1.0
    return x if type(x) in (*_NUMBERS, bool) else x.dtype


def dot(recorder: Recorder, x: Any, y: Any) -> Any:
    """numpy.dot of vectors and matrices."""
    if x.ndim > 2 or y.ndim > 2 or not x.ndim or not y.ndim:
        raise NotTraceable("dot of stacks")
    return numpy.matmul(x, y)


def einsum(recorder: Recorder, subscripts: str, *operands: Any) -> Any:
    """einsum of operands that have all axes in one order: a product, then a sum."""
    left, right = subscripts.replace(" ", "").split("->")
    letters = left.split(",")
    axes = letters[0]
    if any(each != axes for each in letters) or len(set(axes)) != len(axes):
        raise NotTraceable("einsum of operands with different axes")
    if [a for a in axes if a in right] != list(right):
        raise NotTraceable("einsum that permutes")
    total = operands[0]
    for each in operands[1:]:
        total = total * each
    folded = tuple(i for i, a in enumerate(axes) if a not in right)
    return numpy.add.reduce(total, folded) if folded else total


def copyto(recorder: Recorder, target: Any, new: Any, casting: str = "", where: Any = True) -> None:
    """numpy.copyto."""
    if where is not True or not isinstance(target, Traced):
        raise NotTraceable("copyto with a mask")
    assign(recorder, target, new)


def filled(value: Any) -> Callable[..., Any]:
    """numpy.zeros_like and its relatives: a new array that the kernel may write into."""

    def recorded(recorder: Recorder, x: Traced, *args: Any, **options: Any) -> Any:
        fill = args[0] if value is None else value
        rest = args[1:] if value is None else args
        if isinstance(fill, (Traced, Scalar)):
            raise NotTraceable("full_like of a traced value")
        made = numpy.empty_like(x.value, *rest, **options)
        made[...] = fill
        var = Var(made.shape, made.dtype, layout.dense_like(made), made.copy(order="K"))
        return recorder.fresh(made, var)

    return recorded


def share_memory(recorder: Recorder, a: Any, b: Any, *rest: Any) -> bool:
    """numpy.may_share_memory, which asks whether a write would be safe."""
    one, other = plain(a), plain(b)
    shared = numpy.may_share_memory(one, other) and not layout.same_place(one, other)
    if shared:
        recorder.leave("writes into memory that an operand shares")
    return shared


def _plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that looks at shapes and dtypes only."""
    return lambda recorder, *args, **options: function(*plain(args), **options)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    numpy.where: where,
    numpy.dot: dot,
    numpy.einsum: einsum,
    numpy.copyto: copyto,
    numpy.empty_like: filled(0),
    numpy.zeros_like: filled(0),
    numpy.ones_like: filled(1),
    numpy.full_like: filled(None),
    numpy.may_share_memory: share_memory,
    numpy.shares_memory: share_memory,
    numpy.result_type: _plainly(numpy.result_type),
    numpy.shape: _plainly(numpy.shape),
    numpy.ndim: _plainly(numpy.ndim),
    numpy.size: _plainly(numpy.size),
    numpy.can_cast: _plainly(numpy.can_cast),
    numpy.iscomplexobj: _plainly(numpy.iscomplexobj),
    numpy.sum: lambda recorder, x, *args, **options: x.sum(*args, **options),
    numpy.any: lambda recorder, x, *args, **options: x.any(*args, **options),
    numpy.all: lambda recorder, x, *args, **options: x.all(*args, **options),
    numpy.max: lambda recorder, x, *args, **options: x.max(*args, **options),
    numpy.min: lambda recorder, x, *args, **options: x.min(*args, **options),
    numpy.clip: lambda recorder, x, low, high: numpy.minimum(numpy.maximum(x, low), high),
    numpy.copy: lambda recorder, x, order="K": copy(recorder, x, order),
    numpy.ascontiguousarray: lambda recorder, x: (
        x if x.flags.c_contiguous else copy(recorder, x, "C")
    ),
}
FUNCTIONS.update(
    {
        function: _viewing(function)
        for function in (
            numpy.reshape, numpy.ravel, numpy.transpose, numpy.swapaxes, numpy.moveaxis,
            numpy.expand_dims, numpy.squeeze, numpy.broadcast_to, numpy.diagonal, numpy.flip,
            numpy.lib.stride_tricks.sliding_window_view,
        )
    }
)  # fmt: skip


# Methods of arrays


def _reduction(ufunc: numpy.ufunc) -> Callable[..., Any]:
    def method(
        recorder: Recorder,
        x: Traced,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        **options: Any,
    ) -> Any:
        if out is not None or options:
            raise NotTraceable("a reduction with options")
        return ufunc.reduce(x, axis=axis, dtype=dtype, keepdims=keepdims)

    return method


def _fill(recorder: Recorder, x: Traced, value: Any) -> None:
    assign(recorder, x, value)


def _reshape(recorder: Recorder, x: Traced, *shape: Any, order: str = "C") -> Any:
    given = shape[0] if len(shape) == 1 else shape
    if order != "C":
        raise NotTraceable("reshape in another order")
    return FUNCTIONS[numpy.reshape](recorder, x, given)


def _transpose(recorder: Recorder, x: Traced, *axes: Any) -> Any:
    given = axes[0] if len(axes) == 1 else (axes or None)
    return FUNCTIONS[numpy.transpose](recorder, x, given)


METHODS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "swapaxes": FUNCTIONS[numpy.swapaxes],
    "squeeze": FUNCTIONS[numpy.squeeze],
    "ravel": lambda recorder, x: _reshape(recorder, x, -1),
    "flatten": lambda recorder, x: copy(recorder, x, "C").reshape(-1),
    "diagonal": FUNCTIONS[numpy.diagonal],
    "as_strided": _viewing(numpy.lib.stride_tricks.as_strided),
    "astype": astype,
    "copy": copy,
    "fill": _fill,
    "dot": dot,
    "sum": _reduction(numpy.add),
    "prod": _reduction(numpy.multiply),
    "max": _reduction(numpy.maximum),
    "min": _reduction(numpy.minimum),
    "any": _reduction(numpy.logical_or),
    "all": _reduction(numpy.logical_and),
    "conj": lambda recorder, x: numpy.conjugate(x),
    "clip": lambda recorder, x, low, high: numpy.minimum(numpy.maximum(x, low), high),
}
