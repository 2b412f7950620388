"""Binomial counts, drawn as PyTorch draws them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy

from ...core.generator import Generator
from ...typing import Array
from .common import FLOATING, convert, require
from .discrete import Uniforms


def binomial(generator: Generator, count: Array, prob: Array) -> Array:
    """How many of `count` trials succeed, each with probability `prob`; of their shape and type.

    While fewer than 10 successes are expected, the gaps between them are drawn; from there on
    candidates are accepted or rejected. How many uniforms a count takes depends on them, so this
    is a Python loop.

    Hoermann, "The generation of binomial random variates" (1993).

    >>> ten = numpy.full(5, 10.0)
    >>> binomial(Generator().manual_seed(0), ten, 0.03 * ten)
    array([6., 3., 3., 2., 4.])
    """
    require(count.dtype, FLOATING, "binomial_cpu")
    stream = Uniforms(generator)
    trials, chances = numpy.broadcast_arrays(count, prob)
    pairs = zip(trials.reshape(-1).tolist(), chances.reshape(-1).tolist(), strict=True)
    drawn = [_successes(n, p, stream) for n, p in pairs]
    stream.close()
    return convert(numpy.array(drawn, numpy.float64), count.dtype).reshape(trials.shape)


def _successes(n: float, p: float, uniform: Callable[[], float]) -> float:
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    if p > 0.5:
        return n - _successes(n, 1 - p, uniform)
    return (_by_rejection if n * p >= 10 else _by_gaps)(n, p, uniform)


def _by_gaps(n: float, p: float, uniform: Callable[[], float]) -> float:
    """The trials up to the next success are geometric: how many successes fit into n trials."""
    log_failure = math.log1p(-p)
    trials, successes = 0.0, 0
    while True:
        trials += math.ceil(math.log(uniform()) / log_failure)
        if trials > n:
            return successes
        successes += 1


def _by_rejection(n: float, p: float, uniform: Callable[[], float]) -> float:
    """Hoermann's algorithm BTRS: transformed rejection with a squeeze."""
    stddev = math.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * stddev
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = n * p + 0.5
    squeeze = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * stddev
    m = math.floor((n + 1) * p)
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + centre)
        if us >= 0.07 and v <= squeeze:
            return k
        if k < 0 or k > n:
            continue
        bound = (
            (m + 0.5) * math.log((m + 1) / (odds * (n - m + 1)))
            + (n + 1) * math.log((n - m + 1) / (n - k + 1))
            + (k + 0.5) * math.log(odds * (n - k + 1) / (k + 1))
            + _stirling_rest(m)
            + _stirling_rest(n - m)
            - _stirling_rest(k)
            - _stirling_rest(n - k)
        )
        if math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


def _stirling_rest(k: float) -> float:
    """log k! less Stirling's approximation of it."""
    if k <= 9:
        exact = math.lgamma(k + 1)
        return exact - (k + 0.5) * math.log(k + 1) + k + 1 - 0.5 * math.log(2 * math.pi)
    square = (k + 1) ** 2
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
