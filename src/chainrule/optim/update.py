"""Runs an update formula over arrays of any size, dtype and device, in place.

A formula `f(xp, *settings, p, g, *state)` changes a parameter and its state by the gradient `g`,
element by element, with augmented assignments, and returns what it changed: `p, *state`. The same
text serves arrays and Python numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..backend import namespace
from ..core.promotion import constant
from ..typing import Array

BLOCK = 65536
"""Elements of a piece of a large array: the passes of a formula over it run in the cache."""

_DIRECT = frozenset({numpy.dtype("float32"), numpy.dtype("float64")})
_SINGLE = numpy.dtype("float32")

Formula = Callable[..., tuple[Any, ...]]


def update(formula: Formula, settings: Sequence[Any], arrays: Sequence[Array]) -> None:
    """Change the parameter `arrays[0]` and its state `arrays[2:]` by the gradient `arrays[1]`.

    Among the settings the floats are numbers of the formula, others are flags. 16-bit numbers are
    computed in float32, and a complex number as its real and its imaginary part, as in PyTorch.

    >>> def descend(xp, rate, p, g):
    ...     p -= rate * g
    ...     return (p,)
    >>> w = numpy.array([1.0, 2.0])
    >>> update(descend, [0.5], [w, numpy.array([1.0, 1.0])])
    >>> w
    array([0.5, 1.5])
    """
    p = arrays[0]
    kind = p.dtype
    if kind not in _DIRECT or type(p) is not numpy.ndarray:
        _elsewhere(formula, settings, arrays)
    elif p.size == 1:
        _one(formula, settings, arrays)
    else:
        met = [constant(s, kind) if type(s) is float else s for s in settings]
        if p.size <= BLOCK:
            formula(numpy, *met, *arrays)
        else:
            _pieces(formula, met, arrays)


def direction(p: Any, g: Any, maximize: bool, decay: float | None) -> Any:
    """The gradient to go by: that of the negative when maximizing, with decay p added."""
    if maximize:
        g = -g
    if decay is not None:
        decayed = p * decay
        decayed += g
        return decayed
    return g


class _Scalars:
    """The functions of an array namespace that formulas use, for Python numbers."""

    abs = staticmethod(abs)
    sqrt = staticmethod(math.sqrt)

    @staticmethod
    def positive(x: float, out: float) -> float:
        return x

    @staticmethod
    def maximum(x: float, y: float, out: float = 0.0) -> float:
        return x if x >= y or x != x else y

    @staticmethod
    def minimum(x: float, y: float) -> float:
        return x if x <= y or x != x else y

    @staticmethod
    def sign(x: float) -> float:
        return x if x != x else float((x > 0) - (x < 0))

    @staticmethod
    def where(condition: bool, x: float, y: float) -> float:
        return x if condition else y


def _one(formula: Formula, settings: Sequence[Any], arrays: Sequence[Array]) -> None:
    """One element: a Python number is five times as fast as an array."""
    try:
        changed = formula(_Scalars, *settings, *[a.item() for a in arrays])
    except (ArithmeticError, ValueError):  # where an array has NaN or infinity
        kind = arrays[0].dtype
        met = [constant(s, kind) if type(s) is float else s for s in settings]
        formula(numpy, *met, *arrays)
    else:
        arrays[0].fill(changed[0])
        for i in range(2, len(arrays)):
            arrays[i].fill(changed[i - 1])


def _pieces(formula: Formula, settings: Sequence[Any], arrays: Sequence[Array]) -> None:
    if not all(a.flags.c_contiguous for a in arrays):
        formula(numpy, *settings, *arrays)
        return
    flat = [a.reshape(-1) for a in arrays]
    for start in range(0, flat[0].size, BLOCK):
        formula(numpy, *settings, *[a[start : start + BLOCK] for a in flat])


def _elsewhere(formula: Formula, settings: Sequence[Any], arrays: Sequence[Array]) -> None:
    """Other dtypes, and other devices."""
    xp, kind = namespace(arrays[0]), arrays[0].dtype
    if kind.kind == "c":
        update(formula, settings, [a.real for a in arrays])
        update(formula, settings, [a.imag for a in arrays])
    elif kind in _DIRECT:
        formula(xp, *settings, *arrays)
    else:
        wide = [a.astype(_SINGLE) for a in arrays]
        update(formula, settings, wide)
        for i in (0, *range(2, len(arrays))):  # all but the gradient
            arrays[i][...] = wide[i]
