"""Running the recorded operations of a step again, with other values.

ValueError where a value that is needed was not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.apply import apply
from ..core.tensor import wrap
from .recording import Operation, Quantity


def again(operation: Operation, values: dict[int, Any]) -> Sequence[Any]:
    """The results of an operation with other values of its inputs."""
    inputs = [None if q is None else values.get(id(q), given(q)) for q in operation.inputs]
    kind = operation.kind
    results = apply(kind, *inputs, **parameters(operation))
    return results if kind.several else (results,)


def parameters(operation: Operation) -> dict[str, Any]:
    """The settings that an operation ran with."""
    code = operation.kind.kernel.__code__
    start = code.co_argcount
    names = code.co_varnames[start : start + code.co_kwonlyargcount]
    return {name: getattr(operation.saved, name) for name in names}


def given(quantity: Quantity) -> Any:
    """A constant input as it was given: a number as a number, for promotion."""
    value = array_of(quantity)
    return wrap(value) if hasattr(value, "dtype") else value


def array_of(quantity: Quantity) -> Any:
    """The value of a quantity; ValueError if it was not kept."""
    if quantity.value is None or quantity.value.array is None:
        raise ValueError("the value was not kept")
    return quantity.value.array


def size_of(quantity: Quantity) -> int:
    """The number of elements; 0 if they were not kept."""
    kept = quantity.value is not None and quantity.value.array is not None
    return int(numpy.size(array_of(quantity))) if kept else 0


def is_data(quantity: Quantity) -> bool:
    """Whether this is a tensor from outside of the graph."""
    return quantity.tensor is not None and size_of(quantity) > 1
