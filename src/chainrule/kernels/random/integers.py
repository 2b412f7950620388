"""Integers of a range, and permutations, over a generator."""

from __future__ import annotations

import math
from typing import Any

import numpy
from numpy.typing import DTypeLike

from ...core.generator import Generator
from ...errors import hint
from ...typing import Array, Shape
from .common import ATEN, CLASSIC, DIGITS, FLOATING, LARGEST, convert, name_of, require, sampler

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


@sampler
def integers(
    generator: Generator,
    shape: Shape,
    dtype: DTypeLike = numpy.int64,
    low: int | None = None,
    high: int | None = None,
) -> Array:
    """Integers uniform on [low, high), of the given shape: low + word % (high - low).

    Without `high` up to the largest of the type (2**digits for floating types), without either
    from 0 on. A range below 2**28 takes one word a number, a larger one two. Raises RuntimeError
    when the range is empty or does not fit the type.

    >>> integers(Generator().manual_seed(0), (5,), low=0, high=10)
    array([4, 9, 3, 0, 3])
    """
    dtype = numpy.dtype(dtype)
    count = math.prod(shape)
    if low is None:
        words = _unbounded(generator, count, dtype)
    elif high is None and low == _INT64_MIN:
        words = _full_range(generator, count, dtype)
    else:
        low, span = _from_to(dtype, low, high)
        draw = generator.random64 if span >= 2**28 else generator.random32
        words = _remainder(draw(count), span).view(numpy.int64)
        words += low
    return convert(words, dtype).reshape(shape)


def _remainder(words: Array, span: int) -> Array:
    """words % span, in place; a span of 2**64 leaves the words as they are."""
    if span & (span - 1) == 0:
        words &= numpy.uint64(span - 1)
    elif span < 2**28:  # one word: a 32-bit division is faster
        return (words.astype(numpy.uint32) % numpy.uint32(span)).astype(numpy.uint64)
    else:
        words %= numpy.uint64(span)
    return words


def _unbounded(generator: Generator, count: int, dtype: numpy.dtype[Any]) -> Array:
    if not count:
        return numpy.empty(0)
    require(dtype, CLASSIC | {"bool"}, "random_kernel_cpu")
    draw = generator.random64 if dtype in (numpy.int64, numpy.float64) else generator.random32
    return _remainder(draw(count), _largest_integer(dtype) + 1).view(numpy.int64)


def _full_range(generator: Generator, count: int, dtype: numpy.dtype[Any]) -> Array:
    name = "random_full_64_bits_range_kernel_cpu"
    if count:
        require(dtype, CLASSIC - {"float16"}, name)
        if name_of(dtype) not in ("int64", "float64", "float32", "bfloat16"):
            raise RuntimeError(f"{name} handles only int64, double, float and bfloat16")
    return generator.random64(count).view(numpy.int64)


def _largest_integer(dtype: numpy.dtype[Any]) -> int:
    """The largest integer that `random_` draws for a type."""
    if name_of(dtype) in FLOATING:
        return int(2 ** DIGITS[name_of(dtype)])
    return 1 if dtype.kind == "b" else int(numpy.iinfo(dtype).max)


def _from_to(dtype: numpy.dtype[Any], low: int, high: int | None) -> tuple[int, int]:
    """The first integer and the number of integers that the type can hold in [low, high)."""
    for bound in (low, high or 0):
        if not _INT64_MIN <= bound <= _INT64_MAX:
            raise ValueError("Overflow when unpacking long long")
    if high is not None and low >= high:
        message = "random_ expects 'from' to be less than 'to', but got"
        raise RuntimeError(hint(f"{message} from={low} >= to={high}", "high is exclusive"))
    if dtype.kind == "c":
        check = "random_from_to_impl" if high is None else "check_random_bounds"
        raise RuntimeError(f"{check} handles only integral, floating-point and boolean types")
    end = _largest_integer(dtype) + 1 if high is None else high
    if name_of(dtype) in FLOATING:
        low = _inside(low, 1, dtype)
        end = end if high is None else _inside(end, -1, dtype)
        if low >= end:
            message = "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype"
            raise RuntimeError(f"{message}, but got from={low} >= to={end}")
    smallest, largest = _limits(dtype)
    for label, bound in (("from", low), ("to - 1", end - 1)):
        if not smallest <= bound <= largest:
            raise RuntimeError(f"{label} is out of bounds for {name_of(dtype)}")
    return low, end - low


def _limits(dtype: numpy.dtype[Any]) -> tuple[float, float]:
    if name_of(dtype) in FLOATING:
        return -LARGEST[name_of(dtype)], LARGEST[name_of(dtype)]
    smallest = 0 if dtype.kind == "b" else int(numpy.iinfo(dtype).min)
    return smallest, min(_INT64_MAX, _largest_integer(dtype))


def _inside(bound: int, inward: int, dtype: numpy.dtype[Any]) -> int:
    """`bound`, moved inward where the integer next to it would be rounded out of the range."""
    neighbour = min(bound + inward, _INT64_MAX)
    rounded = float(convert(numpy.array(neighbour, numpy.int64), dtype))
    if not -math.inf < rounded < 2**63:  # nothing that an int64 could hold
        return bound
    if rounded < bound if inward > 0 else rounded >= bound:
        return int(rounded) + inward * 2 ** (abs(neighbour).bit_length() - DIGITS[name_of(dtype)])
    return bound


@sampler
def permutation(generator: Generator, n: int, dtype: DTypeLike = numpy.int64) -> Array:
    """The integers 0 to n - 1 in random order, shape (n,).

    Position i changes place with i + word % (n - i). The swaps depend on one another, so they run
    in a Python loop. Raises RuntimeError when n is negative or too large for the type.

    Fisher and Yates; Durstenfeld, "Algorithm 235: Random permutation" (1964).

    >>> permutation(Generator().manual_seed(0), 7)
    array([4, 0, 5, 3, 2, 6, 1])
    """
    dtype = numpy.dtype(dtype)
    _check_permutation(n, dtype)
    left = numpy.arange(n, 1, -1, dtype=numpy.uint32)
    steps = generator.random32(max(n - 1, 0)).astype(numpy.uint32) % left
    steps += n - left
    order = list(range(n))
    for i, j in enumerate(steps.tolist()):
        order[i], order[j] = order[j], order[i]
    return convert(numpy.array(order, numpy.int64), dtype)


def _check_permutation(n: int, dtype: numpy.dtype[Any]) -> None:
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    require(dtype, CLASSIC, "randperm")
    limit = _largest_integer(dtype)
    if name_of(dtype) in ("float16", "float32", "float64") and n > limit + 1:
        message = f"n cannot be greater than {limit + 1} for {ATEN[name_of(dtype)]} type."
        raise RuntimeError(hint(message, "draw int64 and convert"))
    if dtype.kind in "iu" and n > limit:
        raise RuntimeError(f"value cannot be converted to type {name_of(dtype)} without overflow")
