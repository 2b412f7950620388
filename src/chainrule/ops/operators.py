"""Operators: what makes a function of two operands the method behind `+` and its like."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

from ..core.apply import binary
from ..core.tensor import TensorBase
from . import arithmetic

OPERANDS = (TensorBase, int, float, complex, numpy.generic, numpy.ndarray)

# The four that every program uses go straight to the flat path.
add, sub, mul, div = (
    partial(binary, op) for op in (arithmetic.Add, arithmetic.Sub, arithmetic.Mul, arithmetic.Div)
)


def operator(op: Callable[..., Any]) -> Callable[..., Any]:
    """The method behind a binary operator: NotImplemented for what is no operand."""

    def method(self: Any, other: Any) -> Any:
        try:
            return op(self, other)
        except TypeError:
            if isinstance(other, OPERANDS):
                raise
            return NotImplemented

    return method


def reflected(op: Callable[..., Any]) -> Callable[..., Any]:
    """The method behind a binary operator whose left operand is no tensor."""

    def method(self: Any, other: Any) -> Any:
        try:
            return op(other, self)
        except TypeError:
            if isinstance(other, OPERANDS):
                raise
            return NotImplemented

    return method
