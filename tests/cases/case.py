"""What a row of the op tables is: one call, its inputs, and what it should give."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Array:
    """An input drawn at random: uniform in [low, high), of this shape and kind."""

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    kind: str = "float"  # "float", "int", "bool", "complex" or "distinct" (floats, all apart)

    def draw(self, rng: np.random.Generator) -> Any:
        """The input in double precision."""
        if self.kind == "int":
            return rng.integers(int(self.low), int(self.high), self.shape)
        if self.kind == "bool":
            return rng.integers(0, 2, self.shape).astype(bool)
        if self.kind == "distinct":
            n = int(np.prod(self.shape))
            ranks = rng.permutation(n).reshape(self.shape)
            return self.low + (ranks + 0.5) * (self.high - self.low) / max(n, 1)
        x = rng.uniform(self.low, self.high, self.shape)
        if self.kind == "complex":
            return x + 1j * rng.uniform(self.low, self.high, self.shape)
        return x


def A(*shape: int, low: float = -2.0, high: float = 2.0, kind: str = "float") -> Array:
    """Short for `Array`, as rows are many."""
    return Array(shape, low, high, kind)


@dataclass(frozen=True)
class Error:
    """A call that must raise this type with a message matching this pattern."""

    call: Callable[..., Any]  # takes the torch module
    type: type[BaseException]
    match: str


@dataclass(frozen=True)
class Case:
    """One call of one operation.

    `call` takes the module (chainrule, or PyTorch where it is importable) and the inputs as
    tensors; `ref` takes the inputs as float64 arrays and gives the expected arrays, written with
    NumPy or SciPy. Without `ref`, only PyTorch and the other properties judge the case.
    """

    name: str
    call: Callable[..., Any]
    inputs: Sequence[Any] = (A(2, 3),)
    ref: Callable[..., Any] | None = None
    pointwise: bool = False  # then 0-d, empty, broadcast and special values are tried too
    grad: bool = True  # first and second derivatives are compared with central differences
    method: str | None = None  # name of the method that does the same, on the same arguments
    inplace: str | None = None  # name of the in-place form
    args: tuple[Any, ...] = ()  # further arguments for method and in-place forms
    atol: float = 1e-6
    errors: Sequence[Error] = field(default=())

    def draw(self) -> list[Any]:
        """The inputs as arrays, the same in every run."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return [x.draw(rng) if isinstance(x, Array) else x for x in self.inputs]
