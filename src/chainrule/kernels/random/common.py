"""What the samplers share: names of types, checks, and uniform numbers made of words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import numpy

from ...core.generator import Generator
from ...core.modes import modes
from ...typing import Array

F = TypeVar("F", bound=Callable[..., Any])

# Significant bits of a floating type, and ATen's names, which PyTorch's messages use.
DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
ATEN = {
    "bool": "Bool",
    "uint8": "Byte",
    "int8": "Char",
    "int16": "Short",
    "int32": "Int",
    "int64": "Long",
    "float16": "Half",
    "bfloat16": "BFloat16",
    "float32": "Float",
    "float64": "Double",
    "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
}
FLOATING = frozenset(DIGITS)
CLASSIC = FLOATING | {"uint8", "int8", "int16", "int32", "int64"}
LARGEST = {
    name: float((2 - 2.0 ** (1 - digits)) * 2.0**exponent)
    for (name, digits), exponent in zip(DIGITS.items(), (15, 127, 127, 1023), strict=True)
}


_MASK24, _STEP24 = numpy.int32(2**24 - 1), numpy.float32(2.0**-24)
_MASK53, _STEP53 = numpy.uint64(2**53 - 1), 2.0**-53


def sampler(function: F) -> F:
    """A function that draws: while a program is traced, each call of it is written down."""

    @wraps(function)
    def draw(generator: Generator, *args: Any, **options: Any) -> Any:
        if modes.draws is not None:
            return modes.draws(function, generator, args, options)
        recorder = modes.recorder
        if recorder is None:
            return function(generator, *args, **options)
        return recorder.draw(function, generator, args, options)

    return draw  # type: ignore[return-value]


def memory_order(target: Array) -> Array:
    """A view of `target` whose C order is the order in which PyTorch fills its elements.

    An in-place sampler walks a tensor that is not contiguous in the order of its memory.

    >>> x = numpy.zeros((2, 3)).T
    >>> memory_order(x)[...] = numpy.arange(6).reshape(2, 3)
    >>> x.T.tolist()
    [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    """
    if target.flags.c_contiguous:
        return target
    axes = sorted(range(target.ndim), key=lambda axis: -abs(target.strides[axis]))
    return target.transpose(axes)


def unit(generator: Generator, count: int, dtype: Any) -> Array:
    """Uniform on [0, 1): float64 from 53 bits for a float64 target, else float32 from 24 bits."""
    if dtype == numpy.float64:
        bits = generator.random64(count)
        bits &= _MASK53
        result = bits.astype(numpy.float64)
        result *= _STEP53
        return result
    words = generator.random32(count).astype(numpy.int32)
    words &= _MASK24
    result = words.astype(numpy.float32)
    result *= _STEP24
    return result


def fused(x: Array, scale: float, shift: float) -> Array:
    """x * scale + shift, rounded once as by a fused multiply-add.

    Dekker, "A floating-point technique for extending the available precision" (1971).
    """
    if x.dtype == numpy.float32:  # a product of two float32 is exact in float64
        wide = numpy.multiply(x, numpy.float64(scale), dtype=numpy.float64)
        wide += numpy.float64(shift)
        return wide.astype(numpy.float32)
    product = x * scale
    total = product + shift
    if scale == 1.0:
        return total
    x_high, x_low = _halves(x)
    s_high, s_low = _halves(numpy.float64(scale))
    error = ((x_high * s_high - product) + x_high * s_low + x_low * s_high) + x_low * s_low
    rest = total - product
    error += (product - (total - rest)) + (shift - rest)
    return numpy.where(numpy.isfinite(error), total + error, total)


def _halves(x: Any) -> tuple[Any, Any]:
    """A float64 as the sum of two numbers of 26 bits, whose products are exact."""
    big = x * 134217729.0
    high = big - (big - x)
    return high, x - high


def convert(values: Array, dtype: numpy.dtype[Any]) -> Array:
    """The values in another type; the 16-bit types are reached through float32."""
    if dtype.itemsize == 2 and name_of(dtype) in FLOATING:
        values = values.astype(numpy.float32, copy=False)
    return values.astype(dtype, copy=False)


@cache
def name_of(dtype: numpy.dtype[Any]) -> str:
    """The name of a type, which NumPy makes anew each time."""
    return dtype.name


def real_type(dtype: numpy.dtype[Any]) -> numpy.dtype[Any]:
    """The type of a complex type's parts."""
    return numpy.dtype(f"f{dtype.itemsize // 2}")


def require(dtype: numpy.dtype[Any], allowed: frozenset[str], kernel: str) -> None:
    """Raise PyTorch's error unless the kernel is there for the type."""
    name = name_of(dtype)
    if name not in allowed:
        raise NotImplementedError(f'"{kernel}" not implemented for {ATEN.get(name, name)!r}')


def require_continuous(dtype: numpy.dtype[Any], distribution: str) -> None:
    """Raise PyTorch's error unless the type is a real floating one."""
    name = name_of(dtype)
    if name not in FLOATING:
        raise RuntimeError(
            f"{distribution} distribution is a continuous probability distribution. "
            f"dtype must be a floating point but you specified {ATEN.get(name, name)}"
        )
