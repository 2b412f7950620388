"""New tensors: from data, filled, in ranges."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..backend import cuda_namespace, move
from ..core import device as devices
from ..core import dtype as dtypes
from ..core.promotion import is_number
from ..core.tensor import TensorBase, plain, unwrap, wrap
from ..errors import hint
from . import dims
from .inplace import into

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Array, Device, DType, Number


def finish(
    array: Any, device: Device = None, requires_grad: bool = False, out: Tensor | None = None
) -> Any:
    """A tensor around a new array, on a device, perhaps a leaf that requires grad; or `out`."""
    if out is not None:
        return into(out, wrap(array), exact=True)
    place = devices.resolve(device)
    if place.type != "cpu":
        array = to_device(array, place)
    tensor = wrap(dtypes.canonical(array))
    if requires_grad:
        if dtypes.of_array(array).category < dtypes.FLOATING:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        tensor.requires_grad = True
    return tensor


def to_device(array: Any, place: devices.device) -> Any:
    """The array on this device; AssertionError, in PyTorch's words, if there is no such device."""
    if place.type == "cuda":
        try:
            cuda_namespace()
        except ImportError as error:
            raise AssertionError(hint("Torch not compiled with CUDA enabled", str(error))) from None
    elif place.type != "cpu":
        raise NotImplementedError(f"device '{place}' is not supported: only cpu and cuda are")
    kind: str = place.type
    return move(array, kind, place.index)


def numpy_dtype(dtype: DType, out: Any = None) -> Any:
    """The NumPy dtype of an argument `dtype=`; that of `out`, or the default float, for None."""
    if out is not None:
        own = dtypes.of_array(unwrap(out))
        if dtype is not None and dtypes.as_dtype(dtype) is not own:
            raise RuntimeError(
                f"dtype {dtypes.as_dtype(dtype).short} does not match dtype of out parameter "
                f"({own.short})"
            )
        return own.numpy
    if dtype is None:
        return dtypes.get_default_dtype().numpy
    return dtypes.as_dtype(dtype).numpy


def sizes(name: str, size: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of a new tensor, given as numbers or as one sequence."""
    shape = dims.sizes(size, name)
    if shape and min(shape) < 0:
        raise RuntimeError(f"{name}: Dimension size must be non-negative.")
    return shape


# Filled


def _filled(name: str, make: Callable[..., Any], doc: str) -> Callable[..., Any]:
    def function(
        *size: Any,
        out: Any = None,
        dtype: DType = None,
        layout: Any = None,
        device: Device = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
        memory_format: Any = None,
        **named: Any,
    ) -> Any:
        if named:
            size = (named.pop("size"),)
        kind = numpy_dtype(dtype, out)
        return finish(make(sizes(name, size), kind), device, requires_grad, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


zeros = _filled(
    "zeros",
    numpy.zeros,
    """A tensor of zeros of the given sizes.

    >>> zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """,
)
ones = _filled(
    "ones",
    numpy.ones,
    """A tensor of ones of the given sizes.

    >>> ones(2, dtype=int64)
    tensor([1, 1])
    """,
)
empty = _filled("empty", numpy.empty, "A tensor of the given sizes whose values are undefined.")


def full(
    size: Sequence[int],
    fill_value: Number,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of the given sizes with one value everywhere.

    >>> full((2,), 3.5)
    tensor([3.5000, 3.5000])
    """
    value = _number(fill_value)
    guessed = dtype is None and out is None
    kind = dtypes.of_number(value).numpy if guessed else numpy_dtype(dtype, out)
    shape = sizes("full", (size,))
    return finish(numpy.full(shape, value, kind), device, requires_grad, out)


def _like(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    def function(
        input: Any,
        *,
        dtype: DType = None,
        layout: Any = None,
        device: Device = None,
        requires_grad: bool = False,
        memory_format: Any = None,
        pin_memory: bool = False,
    ) -> Any:
        data = unwrap(input)
        if not hasattr(data, "dtype"):
            raise TypeError(
                f"{name}_like(): argument 'input' (position 1) must be Tensor, "
                f"not {type(input).__name__}"
            )
        kind = data.dtype if dtype is None else dtypes.as_dtype(dtype).numpy
        place = devices.of_array(data) if device is None else device
        array = make(data.shape, kind)
        return finish(array, place, requires_grad) if isinstance(input, TensorBase) else array

    function.__name__ = function.__qualname__ = f"{name}_like"
    function.__doc__ = f"`{name}` with the shape, dtype and device of `input`."
    return function


zeros_like = _like("zeros", numpy.zeros)
ones_like = _like("ones", numpy.ones)
empty_like = _like("empty", numpy.empty)


def full_like(
    input: Tensor,
    fill_value: Number,
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """`full` with the shape, dtype and device of `input`."""
    data = unwrap(input)
    kind = data.dtype if dtype is None else dtypes.as_dtype(dtype).numpy
    place = devices.of_array(data) if device is None else device
    return finish(numpy.full(data.shape, fill_value, kind), place, requires_grad)


def empty_strided(
    size: Sequence[int], stride: Sequence[int], *, dtype: DType = None, device: Device = None
) -> Tensor:
    """A tensor whose values are undefined, with the given strides."""
    kind = numpy_dtype(dtype)
    last = sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if all(size) else -1
    memory = numpy.empty(last + 1, kind)
    steps = [s * kind.itemsize for s in stride]
    return finish(numpy.ndarray(tuple(size), kind, memory, 0, steps), device)


def empty_permuted(
    size: Sequence[int],
    physical_layout: Sequence[int],
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor whose values are undefined, with its axes in this order in memory.

    >>> empty_permuted((2, 3), (1, 0)).stride()
    (1, 2)
    """
    order = tuple(physical_layout)
    if len(order) != len(size):
        raise RuntimeError(
            f"Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {len(size)} is not equal to len(physical_layout) = {len(order)}"
        )
    if len(set(order)) < len(order):
        raise RuntimeError("Duplicate dim not allowed")
    memory = numpy.empty([size[axis] for axis in order], numpy_dtype(dtype))
    return finish(memory.transpose(numpy.argsort(order)), device, requires_grad)


# Ranges


def arange(
    *bounds: Any,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **named: Any,
) -> Tensor:
    """start, start + step, ... up to but without end: `arange(end)`, `arange(start, end, step)`.

    >>> arange(3), arange(0, 1, 0.5)
    (tensor([0, 1, 2]), tensor([0.0000, 0.5000]))
    """
    given = [plain(b).item() if hasattr(plain(b), "item") else b for b in bounds]
    start, end, step = _bounds(given, named)
    numbers = (start, end, step)
    if any(isinstance(b, complex) for b in numbers):
        raise RuntimeError("value cannot be converted to type double without overflow")
    _check_range(start, end, step)
    if dtype is not None or out is not None or any(isinstance(b, float) for b in numbers):
        kind = dtypes.OF_NUMPY[numpy_dtype(dtype, out)]
    else:
        kind = dtypes.int64
    return finish(_arange(start, end, step, kind), device, requires_grad, out)


def _arange(start: Any, end: Any, step: Any, kind: dtypes.dtype) -> Array:
    """As PyTorch: integers are counted from truncated bounds, int64 ends at one, too."""
    if kind.is_complex or kind.category == dtypes.BOOL:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{kind.short}'")
    whole = [int(start), int(end), int(step)]
    if kind is dtypes.int64:
        start, end, step = whole
        if not step:
            raise ValueError("step must be nonzero")
    count = math.ceil((end - start) / step)
    if kind.category == dtypes.INTEGER:
        start, step = whole[0], whole[2]
        return (start + numpy.arange(count, dtype=numpy.int64) * step).astype(kind.numpy)
    return (start + numpy.arange(count, dtype=numpy.float64) * step).astype(kind.numpy)


def _check_range(start: Any, end: Any, step: Any) -> None:
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


def _bounds(given: list[Any], named: dict[str, Any]) -> tuple[Any, Any, Any]:
    if len(given) == 1 and "end" not in named:
        named["end"] = given.pop()
    names = [name for name in ("start", "end", "step") if name not in named]
    named.update(zip(names, given, strict=False))
    if "end" not in named:
        raise TypeError('arange() missing 1 required positional arguments: "end"')
    return named.get("start", 0), named["end"], named.get("step", 1)


def range_(
    *bounds: Any,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    **named: Any,
) -> Tensor:
    """start, start + step, ... up to and with end (deprecated in PyTorch; see `arange`)."""
    if len(bounds) + len(named) < 2:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    start, end, step = _bounds(list(bounds), named)
    _check_range(start, end, step)
    count = math.floor((end - start) / step) + 1
    array = start + numpy.arange(count) * step
    return finish(array.astype(numpy_dtype(dtype, out)), device, requires_grad, out)


def linspace(
    start: Number,
    end: Number,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` values from start to end, both included, equally far apart.

    >>> linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    first, last, kind = _ends("linspace", start, end, dtype, out)
    return finish(_spaced(first, last, steps, kind), device, requires_grad, out)


def _ends(name: str, start: Any, end: Any, dtype: DType, out: Any) -> tuple[Any, Any, Any]:
    """The two numbers that a range is between, and the dtype of what is between them."""
    for argument, value in (("start", start), ("end", end)):
        if ndim := getattr(value, "ndim", 0):
            raise RuntimeError(
                f"{name} only supports 0-dimensional start and end tensors, but got {argument} "
                f"with {ndim} dimension(s)."
            )
    first, last = _number(start), _number(end)
    kind = numpy_dtype(dtype, out)
    if dtype is None and out is None and (isinstance(first, complex) or isinstance(last, complex)):
        kind = dtypes.get_default_dtype().to_complex().numpy
    return first, last, kind


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, TensorBase) else value  # type: ignore[attr-defined]


def _spaced(start: Any, end: Any, steps: int, kind: Any) -> Array:
    """PyTorch's linspace: counted from the nearer end, in the arithmetic of the result's type."""
    steps = dims.integer("steps", steps)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if steps < 2:
        return numpy.full(steps, start, kind)
    exact = kind if kind.kind in "fc" else numpy.dtype(numpy.float64)
    first, last = exact.type(start), exact.type(end)
    step = (last - first) / exact.type(steps - 1)
    index = numpy.arange(steps).astype(exact)
    half = steps // 2
    # A fused multiply-add rounds once; so does the product in twice the width.
    wide = numpy.float64 if exact == numpy.float32 else exact
    low = (
        first + index[:half].astype(wide) * wide(step)
        if wide is numpy.float64
        else first + index[:half] * step
    )
    back = exact.type(steps - 1) - index[half:]
    high = last - back.astype(wide) * wide(step) if wide is numpy.float64 else last - back * step
    return numpy.concatenate([low, high]).astype(kind)


def logspace(
    start: Number,
    end: Number,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """base ** linspace(start, end, steps).

    >>> logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    first, last, kind = _ends("logspace", start, end, dtype, out)
    wide = numpy.dtype(numpy.complex128 if kind.kind == "c" else numpy.float64)
    powers = numpy.power(base, _spaced(first, last, steps, wide))
    return finish(powers.astype(kind), device, requires_grad, out)


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix, n by m.

    >>> eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    for name, size in (("n", n), ("m", n if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return finish(numpy.eye(n, m, dtype=numpy_dtype(dtype, out)), device, requires_grad, out)


def scalar_tensor(
    s: Number,
    *,
    dtype: DType = None,
    layout: Any = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A number as a 0-d tensor of the default float type, or of `dtype`.

    >>> scalar_tensor(3)
    tensor(3.)
    """
    value = _number(s)
    if not is_number(value):
        raise TypeError(
            f"scalar_tensor(): argument 's' (position 1) must be Number, not {type(s).__name__}"
        )
    kind = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(value, complex) and not kind.is_complex:
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow")
    return full((), value, dtype=kind, device=device, requires_grad=requires_grad)


# From another tensor


def _new(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    def method(
        self: Any,
        *size: Any,
        dtype: DType = None,
        device: Device = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
        **named: Any,
    ) -> Any:
        shape = sizes(f"new_{name}", (named["size"],) if named else size)
        return make(
            shape,
            dtype=dtype or self.dtype,
            device=device or self.device,
            requires_grad=requires_grad,
        )

    method.__name__ = method.__qualname__ = f"new_{name}"
    method.__doc__ = f"`{name}` with the dtype and device of this tensor."
    return method


new_zeros, new_ones, new_empty = _new("zeros", zeros), _new("ones", ones), _new("empty", empty)


def new_full(
    self: Tensor,
    size: Sequence[int],
    fill_value: Number,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """`full` with the dtype and device of this tensor."""
    return full(
        size,
        fill_value,
        dtype=dtype or self.dtype,
        device=device or self.device,
        requires_grad=requires_grad,
    )
