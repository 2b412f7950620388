"""Uniform, normal and the other continuous distributions over a generator."""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy.typing import DTypeLike

from ...core.generator import Generator
from ...errors import hint
from ...typing import Array, Shape
from .common import (
    ATEN,
    FLOATING,
    LARGEST,
    convert,
    fused,
    name_of,
    real_type,
    require,
    require_continuous,
    sampler,
    unit,
)


@sampler
def uniform(
    generator: Generator,
    shape: Shape,
    dtype: DTypeLike = numpy.float32,
    low: float = 0.0,
    high: float = 1.0,
) -> Array:
    """Numbers uniform on [low, high), of the given shape: u * (high - low) + low.

    u has 53 random bits for float64 and 24 for the other types; the parts of a complex number are
    drawn one after the other. Raises RuntimeError when the bounds do not fit the type.

    >>> uniform(Generator().manual_seed(0), (2,))
    array([0.4962566, 0.7682218], dtype=float32)
    """
    dtype = numpy.dtype(dtype)
    if dtype.kind == "c":
        parts = uniform(generator, (*shape, 2), real_type(dtype), low, high)
        return parts.view(dtype)[..., 0]
    require(dtype, FLOATING, "check_uniform_bounds")
    _check_bounds(name_of(dtype), low, high)
    u = unit(generator, math.prod(shape), dtype)
    whole = low == 0.0 and high == 1.0
    if not whole:
        wide: Any = u.dtype.type
        u = fused(u, wide(high) - wide(low), wide(low))
    result = u.astype(dtype, copy=False)
    if not whole or dtype.itemsize == 2:
        # Rounding may reach the open end; PyTorch gives the closed one instead.
        narrow: Any = dtype.type
        result[result == narrow(high)] = narrow(low)
    return result.reshape(shape)


def _check_bounds(name: str, low: float, high: float) -> None:
    largest = LARGEST[name]
    for label, bound in (("from", low), ("to", high)):
        if not -largest <= bound <= largest:
            raise RuntimeError(f"{label} is out of bounds for {name}")
    if low > high:
        message = (
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
        raise RuntimeError(hint(message, "swap the bounds"))
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{ATEN[name]}>::max(), "
            f"but found to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )


@sampler
def normal(
    generator: Generator,
    shape: Shape,
    dtype: DTypeLike = numpy.float32,
    mean: float = 0.0,
    std: float = 1.0,
    contiguous: bool = True,
) -> Array:
    """Normal numbers of the given shape: mean + std * z.

    z = sqrt(-2 log(1 - u)) * (cos, sin)(2 pi v). A contiguous target of 16 or more numbers is
    transformed in blocks of 16; otherwise (`contiguous=False` for a target that is not) pairs are
    made in float64 and the generator keeps the second of the last pair. Each part of a complex
    number has half the variance. Raises RuntimeError when std is negative.

    Box and Muller, "A note on the generation of random normal deviates" (1958).

    >>> normal(Generator().manual_seed(0), (2,))
    array([ 1.5409961, -0.2934289], dtype=float32)
    """
    dtype = numpy.dtype(dtype)
    if not std >= 0.0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    if dtype.kind == "c":
        parts = real_type(dtype)
        std = std / math.sqrt(2)
        return normal(generator, (*shape, 2), parts, mean, std, contiguous).view(dtype)[..., 0]
    count = math.prod(shape)
    if count:
        require(dtype, FLOATING, "normal_kernel_cpu")
    if count < 16 or not contiguous:
        result = _scaled(_standard_normal(generator, count), mean, std)
    elif dtype == numpy.float64 or dtype == numpy.float32:
        result = _scaled(_normal_blocks(generator, count, dtype), mean, std)
    else:
        result = _scaled(_normal_blocks16(generator, count), mean, std)
    return convert(result, dtype).reshape(shape)


@sampler
def normal_like(
    generator: Generator, mean: Array | float, std: Array | float, dtype: DTypeLike
) -> Array:
    """Normal numbers with a mean and a standard deviation each: mean + std * z.

    Shape: that of `mean` and `std` broadcast together. Raises RuntimeError when an element of
    `std` is negative.

    >>> normal_like(Generator().manual_seed(0), numpy.array([0.0, 100.0]), 1.0, "float32")
    array([ 1.5409961, 99.70657  ], dtype=float32)
    """
    dtype = numpy.dtype(dtype)
    if isinstance(std, numpy.ndarray):
        if std.dtype.kind == "c":
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if std.size and not (std >= 0).all():
            raise RuntimeError("normal expects all elements of std >= 0.0")
    shape = numpy.broadcast_shapes(numpy.shape(mean), numpy.shape(std))
    if isinstance(std, numpy.ndarray):
        result = normal(generator, shape, dtype)
        numpy.multiply(result, std, out=result, casting="unsafe")
    else:
        result = normal(generator, shape, dtype, 0.0, std)
    return numpy.add(result, mean, out=result, casting="unsafe")


def _scaled(z: Array, mean: float, std: float) -> Array:
    if mean == 0.0 and std == 1.0:
        return z
    return fused(z, z.dtype.type(std), z.dtype.type(mean))


def _standard_normal(generator: Generator, count: int) -> Array:
    """Pairs of float64 normals, the odd one kept by the generator for the next call."""
    kept = generator.next_normal
    if not count:
        return numpy.empty(0)
    head = [] if kept is None else [kept]
    missing = count - len(head)
    if not missing:
        generator.next_normal = None
        return numpy.array(head)
    u = unit(generator, missing + missing % 2, numpy.float64)
    angle = 2 * math.pi * u[0::2]
    radius = numpy.sqrt(-2.0 * numpy.log1p(-u[1::2]))
    u[0::2] = radius * numpy.cos(angle)
    u[1::2] = radius * numpy.sin(angle)
    generator.next_normal = float(u[-1]) if missing % 2 else None
    return numpy.concatenate((head, u[:missing])) if head else u[:missing]


def _normal_blocks(generator: Generator, count: int, dtype: Any) -> Array:
    """All the uniforms first, then 16 by 16; a ragged end is drawn anew as the last 16."""
    u = unit(generator, count, dtype)
    whole = count - count % 16
    _box_muller(u[:whole])
    if whole < count:
        u[-16:] = unit(generator, 16, dtype)
        _box_muller(u[-16:])
    return u


def _normal_blocks16(generator: Generator, count: int) -> Array:
    """The 16-bit types draw no uniforms for a ragged end, only the last 16."""
    u = unit(generator, -(-count // 16) * 16, numpy.float32)
    _box_muller(u)
    if count % 16:
        u[count - 16 : count] = u[-16:].copy()
    return u[:count]


def _box_muller(u: Array) -> None:
    """Turn uniforms into normals in place: in each 16, eight radii, then eight angles."""
    blocks = u.reshape(-1, 2, 8)
    radius = 1 - blocks[:, 0]
    numpy.log(radius, out=radius)
    radius *= -2
    numpy.sqrt(radius, out=radius)
    angle = blocks[:, 1] * u.dtype.type(2 * math.pi)
    numpy.multiply(radius, numpy.cos(angle), out=blocks[:, 0])
    numpy.multiply(radius, numpy.sin(angle), out=blocks[:, 1])


@sampler
def exponential(
    generator: Generator, shape: Shape, dtype: DTypeLike = numpy.float32, lambd: float = 1.0
) -> Array:
    """Exponential numbers of the given shape: -log(1 - u) / lambd.

    Raises RuntimeError when `lambd` is not positive or the type not floating.

    >>> exponential(Generator().manual_seed(0), (2,))
    array([3.5083263, 1.2303847], dtype=float32)
    """
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    dtype = numpy.dtype(dtype)
    count = math.prod(shape)
    if count:
        require_continuous(dtype, "Exponential")
    u = unit(generator, count, numpy.float64)
    return convert(-1.0 / lambd * numpy.log1p(-u), dtype).reshape(shape)


@sampler
def cauchy(
    generator: Generator,
    shape: Shape,
    dtype: DTypeLike = numpy.float32,
    median: float = 0.0,
    sigma: float = 1.0,
) -> Array:
    """Cauchy numbers of the given shape: median + sigma * tan(pi * (u - 1/2)).

    Raises RuntimeError when `sigma` is not positive or the type not floating.

    >>> cauchy(Generator().manual_seed(0), (2,))
    array([10.59773  ,  0.7647673], dtype=float32)
    """
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    dtype = numpy.dtype(dtype)
    require_continuous(dtype, "Cauchy")
    u = unit(generator, math.prod(shape), numpy.float64)
    return convert(fused(numpy.tan(math.pi * (u - 0.5)), sigma, median), dtype).reshape(shape)


@sampler
def log_normal(
    generator: Generator,
    shape: Shape,
    dtype: DTypeLike = numpy.float32,
    mean: float = 1.0,
    std: float = 2.0,
) -> Array:
    """Log-normal numbers of the given shape: exp(mean + std * z).

    Raises RuntimeError when std is not positive.

    >>> log_normal(Generator().manual_seed(0), (2,))
    array([59.263416,  1.51156 ], dtype=float32)
    """
    dtype = numpy.dtype(dtype)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    count = math.prod(shape)
    if count:
        require(dtype, FLOATING, "log_normal_cpu")
    z = _scaled(_standard_normal(generator, count), mean, std)
    return convert(numpy.exp(z), dtype).reshape(shape)
