"""How operands of several dtypes meet: casting arrays, and turning numbers into arrays.

A number that meets an array becomes a zero-dimensional array of the array's own dtype, and is kept:
NumPy takes twice as long over a Python number as over an array.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..backend import namespace
from . import dtype as dtypes
from .primitive import Primitive

NUMBERS = frozenset({float, int, bool, complex})
STEADY = [0, 0]
"""The version of what is never written: constants."""

_KEPT = 4096  # constants kept for each dtype; programs use a few dozen
_floats: dict[Any, dict[float, Any]] = {}
_ints: dict[Any, dict[int, Any]] = {}


def constant(value: Any, kind: numpy.dtype[Any]) -> Any:
    """The number as a zero-dimensional array of this dtype; None if it does not fit its category."""
    try:
        return (_floats if type(value) is float else _ints)[kind][value]
    except KeyError:
        return _new_constant(value, kind)


def _new_constant(value: Any, kind: numpy.dtype[Any]) -> Any:
    own = dtypes.OF_NUMPY[kind]
    if dtypes.of_number(value).category > own.category:
        return None
    if own.category == dtypes.INTEGER:
        dtypes.int64.numpy.type(value)  # more than 64 bits: OverflowError, as in PyTorch
        array = numpy.array(value, numpy.int64).astype(kind)
    else:
        array = numpy.array(value, kind)
    array.flags.writeable = False
    table: Any = {float: _floats, int: _ints}.get(type(value))
    if table is not None and value != 0 or type(value) is int:  # 0.0 and -0.0 are the same key
        if own.category == dtypes.BOOL:
            return array  # True and 1 are the same key
        kept = table.setdefault(kind, {})
        if len(kept) >= _KEPT:
            kept.clear()
        kept[value] = array
    return array


def is_number(value: Any) -> bool:
    """Whether this is a Python number or a NumPy scalar."""
    return isinstance(value, (float, int, complex, numpy.number, numpy.bool_))


def promote(op: type[Primitive], operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands (arrays and numbers) as arrays of the dtype in which the operation meets them.

    `op.promotes` is "numeric", "float" (integers become the default float) or "compare".
    """
    arrays = [x for x in operands if not is_number(x)]
    kind = dtypes.result_of(arrays, (x for x in operands if is_number(x)))
    if op.promotes == "float" and kind.category <= dtypes.INTEGER:
        kind = dtypes.get_default_dtype()
    own = kind.numpy
    xp = namespace(arrays[0])
    return tuple(
        (constant(x, own) if xp is numpy else xp.asarray(constant(x, own)))
        if is_number(x)
        else (x if x.dtype is own else x.astype(own))
        for x in operands
    )
