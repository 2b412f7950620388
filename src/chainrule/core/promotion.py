"""How operands of several dtypes meet: casting arrays, and turning numbers into arrays.

A number that meets an array becomes a zero-dimensional array of the array's own dtype, and is kept:
NumPy takes twice as long over a Python number as over an array.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..backend import namespace
from ..errors import wrong_argument
from . import dtype as dtypes
from .primitive import Primitive

NUMBERS = frozenset({float, int, bool, complex})
STEADY = [0, 0]
"""The version of what is never written: constants."""

_KEPT = 4096  # constants kept for each dtype; programs use a few dozen
_ints: dict[Any, dict[int, Any]] = {}
_kept: dict[type, dict[Any, dict[Any, Any]]] = {float: {}, int: _ints, bool: _ints}


def constant(value: Any, kind: numpy.dtype[Any]) -> Any:
    """The number as a 0-d array of this dtype; None if it does not fit the dtype's category."""
    try:
        return _kept[type(value)][kind][value or repr(value)]  # 0.0 and -0.0 are the same key
    except KeyError:
        return _new_constant(value, kind)


def _new_constant(value: Any, kind: numpy.dtype[Any]) -> Any:
    own = dtypes.OF_NUMPY[kind]
    if hasattr(value, "constant"):  # a number that is being traced
        return value.constant(kind) if own.category >= dtypes.FLOATING else None
    if dtypes.of_number(value).category > own.category:
        return None
    if isinstance(value, int):
        numpy.int64(value)  # more than 64 bits: OverflowError, as in PyTorch
    if own.category == dtypes.INTEGER:
        array = numpy.array(value, numpy.int64).astype(kind)
    else:
        array = numpy.array(value, kind)
    array.flags.writeable = False
    table = _kept.get(type(value))
    if table is None or own.category == dtypes.BOOL:
        return array
    kept = table.setdefault(kind, {})
    if len(kept) >= _KEPT:
        kept.clear()
    kept[value or repr(value)] = array
    return array


def is_number(value: Any) -> bool:
    """Whether this is a Python number or a NumPy scalar."""
    return isinstance(value, (float, int, complex, numpy.number, numpy.bool_))


def promote(op: type[Primitive], operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands (arrays and numbers) as arrays of the dtype in which the operation meets them.

    `op.promotes` is "numeric", "float" (integers become the default float), "compare", "signed"
    (numeric, but a bool is an error) or "select" (the first operand is a mask, left as it is).
    """
    met = _met(op, operands)
    if met is not None:
        return met
    operands = tuple([x.item() if isinstance(x, numpy.generic) else x for x in operands])
    for x in operands:
        if not is_number(x) and not hasattr(x, "dtype"):
            raise wrong_argument(x, operation=op.__name__.lower())
    xp = namespace(next(x for x in operands if not is_number(x)))
    mask, operands = (operands[:1], operands[1:]) if op.promotes == "select" else ((), operands)
    arrays = [x for x in operands if not is_number(x)]
    kind = dtypes.result_of(arrays, (x for x in operands if is_number(x)))
    if op.promotes == "float" and kind.category <= dtypes.INTEGER:
        kind = dtypes.get_default_dtype()
    if op.promotes == "signed" and any(is_bool(x) for x in operands):
        raise op.explain(TypeError("a bool operand"), operands, {})
    own = kind.numpy
    return mask + tuple(
        (constant(x, own) if xp is numpy else xp.asarray(constant(x, own)))
        if is_number(x)
        else (x if x.dtype is own else x.astype(own))
        for x in operands
    )


def _met(op: type[Primitive], operands: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The operands if their arrays have one dtype already, in which the numbers fit; else None."""
    select = op.promotes == "select"
    kind: Any = None
    for x in operands[select:]:
        if type(x) is numpy.ndarray:
            kind = x.dtype
            break
    if kind is None or (op.promotes in ("float", "signed") and kind.kind in "biu"):
        return None
    found = [operands[0]] if select else []
    for x in operands[select:]:
        if type(x) in NUMBERS:
            x = constant(x, kind)
        if getattr(x, "dtype", None) is not kind:
            return None
        found.append(x)
    return tuple(found)


def is_bool(x: Any) -> bool:
    """Whether this is a bool or an array of them."""
    return isinstance(x, bool) or getattr(x, "dtype", None) == numpy.bool_
