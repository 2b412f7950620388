"""The calls that the recorded random streams consist of, for the recorder and for the test."""

import hashlib
from collections.abc import Iterator
from typing import Any

SEEDS = (0, -5)
SIZES = (0, 1, 15, 16, 17, 32, 33, 100, 5003)
FLOATS = ("float32", "float64", "float16", "bfloat16")
INTS = ("int64", "int32", "int16", "int8", "uint8", "bool")
RANGES = ((0, 2), (-3, 7), (0, 2**28 - 1), (0, 2**28), (-5, 2**31), (-(2**40), 2**60))
ROUNDED = ("normal", "normal_like", "exponential", "cauchy", "log_normal")
"""The functions whose numbers agree to rounding; those of the others agree in every bit."""


def cases(size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls at one size: names and named arguments, with lists for the arrays."""
    shape = [size]
    for dtype in (*FLOATS, "complex64", "complex128"):
        yield "uniform", {"shape": shape, "dtype": dtype}
        yield "uniform", {"shape": shape, "dtype": dtype, "low": -0.37, "high": 0.731}
        yield "normal", {"shape": shape, "dtype": dtype}
        yield "normal", {"shape": shape, "dtype": dtype, "mean": 1.5, "std": 0.02}
        yield "normal", {"shape": [2, size], "dtype": dtype, "contiguous": False}
    for dtype in (*FLOATS, *INTS):
        yield "integers", {"shape": shape, "dtype": dtype}
        yield "integers", {"shape": shape, "dtype": dtype, "low": 0}
        yield "bernoulli", {"shape": shape, "dtype": dtype, "p": 0.3}
    for low, high in RANGES:
        yield "integers", {"shape": shape, "dtype": "int64", "low": low, "high": high}
        yield "integers", {"shape": shape, "dtype": "float32", "low": low, "high": high}
    yield "integers", {"shape": shape, "dtype": "int64", "low": -(2**63)}
    yield "permutation", {"n": size}
    for dtype in FLOATS:
        yield "geometric", {"shape": shape, "dtype": dtype, "p": 0.2}
        yield "exponential", {"shape": shape, "dtype": dtype, "lambd": 1.7}
        yield "cauchy", {"shape": shape, "dtype": dtype, "median": 0.3, "sigma": 2.0}
        yield "log_normal", {"shape": shape, "dtype": dtype, "mean": 0.3, "std": 0.5}
    yield from cases_of_arrays(size)


def cases_of_arrays(size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls whose parameters differ from element to element."""
    rates = [0.1 * (i % 150) for i in range(size)]
    yield "poisson", {"rate": rates}
    yield "bernoulli_like", {"p": [(i % 11) / 10 for i in range(size)]}
    yield "normal_like", {"mean": rates, "std": [0.5] * size, "dtype": "float32"}
    weights = [1.0 + i % 7 for i in range(size)]
    for count, replacement in ((min(size, 5), False), (1, False), (1, True), (20, True)):
        if size:
            yield (
                "multinomial",
                {"probabilities": weights, "num_samples": count, "replacement": replacement},
            )


def digest(data: bytes) -> str:
    """A short name for some bytes."""
    return hashlib.sha256(data).hexdigest()[:10]


def state_digest(state: bytes) -> str:
    """A short name for a generator's state, but for the kept normal, which is a rounded number."""
    return digest(state[:5024] + state[5032:])
