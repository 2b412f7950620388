"""Yes or no, counts and categories over a generator."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy
from numpy.typing import DTypeLike

from ...core.generator import Generator
from ...errors import hint
from ...typing import Array, Shape
from .common import ATEN, CLASSIC, FLOATING, convert, name_of, require, sampler, unit
from .continuous import exponential


@sampler
def bernoulli(
    generator: Generator, shape: Shape, dtype: DTypeLike = numpy.float32, p: float = 0.5
) -> Array:
    """Ones with probability `p`, else zeros, of the given shape: u < p with u of 53 bits.

    Raises RuntimeError when p is no probability.

    >>> bernoulli(Generator().manual_seed(0), (7,), numpy.int64)
    array([0, 0, 1, 0, 0, 0, 1])
    """
    dtype = numpy.dtype(dtype)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    count = math.prod(shape)
    if count:
        require(dtype, CLASSIC | {"bool"}, "bernoulli_scalar_cpu_")
    # u < p as integers, the upper 21 bits first: the lower 32 decide only where those are equal.
    upper, lower = divmod(math.ceil(math.ldexp(p, 53)), 2**32)
    words = generator.random32(2 * count).astype(numpy.uint32)
    high = words[0::2] & numpy.uint32(2**21 - 1)
    result = high < numpy.uint32(upper)
    for i in numpy.flatnonzero(high == numpy.uint32(upper)) if lower else ():
        result[i] = words[2 * i + 1] < lower
    return result.astype(dtype, copy=False).reshape(shape)


@sampler
def bernoulli_like(generator: Generator, p: Array, dtype: DTypeLike | None = None) -> Array:
    """Ones with the probabilities `p`, else zeros, of the shape of `p` and by default its type.

    Raises RuntimeError when an element of `p` is no probability.

    >>> bernoulli_like(Generator().manual_seed(0), numpy.array([0.5, 0.5, 0.5], numpy.float32))
    array([1., 0., 1.], dtype=float32)
    """
    dtype = numpy.dtype(p.dtype if dtype is None else dtype)
    if p.size:
        require(dtype, CLASSIC | {"bool"}, "bernoulli_tensor_cpu_self_")
        require(p.dtype, FLOATING, "bernoulli_tensor_cpu_p_")
    if not ((p >= 0) & (p <= 1)).all():
        message = "Expected p_in >= 0 && p_in <= 1 to be true, but got false."
        raise RuntimeError(hint(message, "pass probabilities, for example sigmoid(x)"))
    u = unit(generator, p.size, p.dtype)
    return (u.reshape(p.shape) < p.astype(u.dtype, copy=False)).astype(dtype)


@sampler
def geometric(
    generator: Generator, shape: Shape, dtype: DTypeLike = numpy.float32, p: float = 0.5
) -> Array:
    """Numbers of trials up to the first success: ceil(log u / log(1 - p)), of the given shape.

    Raises RuntimeError unless 0 < p < 1.

    >>> geometric(Generator().manual_seed(0), (4,), p=0.1)
    array([1., 4., 8., 1.], dtype=float32)
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    dtype = numpy.dtype(dtype)
    count = math.prod(shape)
    if count:
        require(dtype, CLASSIC, "geometric_cpu")
    log_q = math.log(1 - p)
    u = unit(generator, count, numpy.float64)
    return convert(numpy.ceil(numpy.log(u) / log_q), dtype).reshape(shape)


@sampler
def multinomial(
    generator: Generator, probabilities: Array, num_samples: int, replacement: bool = False
) -> Array:
    """Indices drawn with probabilities proportional to the last axis, as int64.

    Shape: probabilities (n,) or (m, n), result (num_samples,) or (m, num_samples). A single
    one, and those without replacement, are the largest p / q with q exponential; those with
    replacement are the first whose cumulative probability reaches u. Raises RuntimeError when
    the probabilities are not finite, negative, all zero or too few.

    Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006).

    >>> p = numpy.array([0.0, 10.0, 3.0, 0.0], numpy.float32)
    >>> multinomial(Generator().manual_seed(0), p, 4, replacement=True)
    array([2, 1, 1, 2])
    """
    _check_multinomial(probabilities, num_samples, replacement)
    rows = probabilities.reshape(-1, probabilities.shape[-1])
    shape = (*probabilities.shape[:-1], num_samples)
    if not len(rows):
        return numpy.empty(shape, numpy.int64)
    if not ((rows >= 0) & (rows < math.inf)).all():
        message = "probability tensor contains either `inf`, `nan` or element < 0"
        raise RuntimeError(hint(message, "pass probabilities, for example softmax(logits, -1)"))
    if not (rows > 0).any(axis=1).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if replacement and num_samples > 1:
        return _with_replacement(generator, rows, num_samples).reshape(shape)
    keys = rows / exponential(generator, rows.shape, rows.dtype)
    if num_samples == 1:
        return keys.argmax(axis=1).reshape(shape)
    return _largest(keys, num_samples).reshape(shape)


def _largest(keys: Array, count: int) -> Array:
    """The indices of the `count` largest keys of each row, the largest first."""
    if count == keys.shape[1]:
        return numpy.argsort(-keys, axis=1, kind="stable")
    found = numpy.argpartition(keys, -count, axis=1)[:, -count:]
    order = numpy.argsort(-numpy.take_along_axis(keys, found, axis=1), axis=1)
    return numpy.take_along_axis(found, order, axis=1)


def _with_replacement(generator: Generator, rows: Array, num_samples: int) -> Array:
    wide = rows.astype(numpy.promote_types(rows.dtype, numpy.float32), copy=False)
    cumulative = numpy.add.accumulate(wide, axis=1)
    cumulative /= cumulative[:, -1:].copy()
    cumulative[:, -1] = 1
    u = unit(generator, len(rows) * num_samples, numpy.float64).reshape(len(rows), num_samples)
    found = [
        numpy.searchsorted(row, draws)
        for row, draws in zip(cumulative.astype(numpy.float64), u, strict=True)
    ]
    return numpy.stack(found)


def _check_multinomial(probabilities: Array, num_samples: int, replacement: bool) -> None:
    if probabilities.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if name_of(probabilities.dtype) not in FLOATING:
        name = ATEN.get(name_of(probabilities.dtype))
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {name}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    categories = probabilities.shape[-1]
    if not replacement and num_samples > categories:
        message = "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        raise RuntimeError(hint(message, "pass replacement=True"))
    if categories > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")


@sampler
def poisson(generator: Generator, rate: Array) -> Array:
    """Poisson counts with the rates `rate`, of its shape and type.

    Below a rate of 10 uniforms are multiplied until the product falls under exp(-rate), from 10 on
    candidates are accepted or rejected. How many uniforms a count takes depends on them, so this
    is a Python loop. Raises RuntimeError when a rate is negative or not finite.

    Hoermann, "The transformed rejection method for generating Poisson random variables" (1993).

    >>> poisson(Generator().manual_seed(0), numpy.array([3.5, 3.5, 30.0]))
    array([ 6.,  3., 24.])
    """
    if rate.size:
        require(rate.dtype, FLOATING, "poisson_cpu")
    rates = rate.astype(numpy.float64).ravel().tolist()
    for value in rates:
        if not 0 <= value < math.inf:
            raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    stream = Uniforms(generator)
    counts = [
        _poisson_large(value, stream) if value >= 10 else _poisson_small(value, stream)
        for value in rates
    ]
    stream.close()
    return convert(numpy.array(counts, numpy.float64), rate.dtype).reshape(rate.shape)


class Uniforms:
    """Uniform float64 numbers one by one, drawn in blocks; `close` gives back what is left."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.block: list[float] = []
        self.used = 0

    def __call__(self) -> float:
        if self.used == len(self.block):
            size = min(4096, max(32, 2 * self.used))
            self.before = self.generator.get_state()
            self.block = unit(self.generator, size, numpy.float64).tolist()
            self.used = 0
        self.used += 1
        return self.block[self.used - 1]

    def close(self) -> None:
        if self.used < len(self.block):
            self.generator.set_state(self.before)
            self.generator.random64(self.used)


def _poisson_small(rate: float, uniform: Callable[[], float]) -> int:
    if rate == 0:
        return 0
    threshold = math.exp(-rate)
    count, product = 0, uniform()
    while product > threshold:
        count += 1
        product *= uniform()
    return count


def _poisson_large(rate: float, uniform: Callable[[], float]) -> int:
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    log_inverse_alpha = math.log(1.1239 + 1.1328 / (b - 3.4))
    v_accept = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = uniform() - 0.5
        v = uniform()
        s = 0.5 - abs(u)
        if s == 0:  # the candidate is infinite
            continue
        count = math.floor((2 * a / s + b) * u + rate + 0.43)
        if s >= 0.07 and v <= v_accept:
            return count
        if count < 0 or (s < 0.013 and v > s):
            continue
        bound = -rate + count * log_rate - math.lgamma(count + 1.0)
        if v == 0 or math.log(v) + log_inverse_alpha - math.log(a / (s * s) + b) <= bound:
            return count
