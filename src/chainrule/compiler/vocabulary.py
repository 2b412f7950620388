"""The operations of a graph, and what each means on NumPy's arrays.

Pointwise operations have the names of NumPy's (or SciPy's) functions and broadcast as these do; the
operands of one have one dtype (but for `where`, whose first is a mask; `cast` changes it). Others:

| op | inputs | params |
|---|---|---|
| sum prod max min any all | x | axes, a tuple: these are dropped |
| copy | x | |
| view | x, no view itself | shape, strides, offset, in elements of the memory of x |
| update | x, value | the same: x with this region replaced |
| matmul | x, y | as numpy.matmul |
| call | any | fn, label: any function of arrays, one array or a tuple of them as result |
| draw | any | fn, label: the same, of a random stream: order and number of the calls matter |
| check | a bool, or any for fn | expected, fn: the program fits only if the answer is the same |
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy
from numpy.lib.stride_tricks import as_strided

from ..typing import Array
from .graph import Eqn, Graph, Var

REDUCTIONS: dict[str, numpy.ufunc] = {
    "sum": numpy.add,
    "prod": numpy.multiply,
    "max": numpy.maximum,
    "min": numpy.minimum,
    "any": numpy.logical_or,
    "all": numpy.logical_and,
}
OTHERS = frozenset({"copy", "view", "update", "matmul", "call", "draw", "check"})


class CheckFailed(Exception):
    """A value that the program branched on is not what it was when it was traced."""


@functools.cache
def pointwise(name: str) -> Callable[..., Any] | None:
    """The function of NumPy or SciPy that a pointwise operation is; None for other operations."""
    if name in REDUCTIONS or name in OTHERS or name == "cast":
        return None
    found: Any = getattr(numpy, name, None)
    if found is None:
        import scipy.special

        found = getattr(scipy.special, name, None)
    return found if isinstance(found, numpy.ufunc) or name == "where" else None


def is_pointwise(op: str) -> bool:
    """Whether each element of the output comes from one of each input."""
    return op in ("cast", "copy") or pointwise(op) is not None


def evaluate(eqn: Eqn, arrays: list[Array]) -> tuple[Array, ...]:
    """The outputs of an equation, by NumPy: what the compiled program is compared with."""
    op, params = eqn.op, eqn.params
    if op in REDUCTIONS:
        kind = None if op in ("any", "all") else eqn.out.dtype
        return (numpy.asarray(REDUCTIONS[op].reduce(arrays[0], params["axes"], kind)),)
    if op == "cast":
        return (arrays[0].astype(eqn.out.dtype),)
    if op == "copy":
        return (arrays[0].copy(),)
    if op == "view":
        return (region(arrays[0], params),)
    if op == "update":
        out = laid_out(arrays[0].copy(), eqn.ins[0])
        region(out, params)[...] = arrays[1]
        return (out,)
    if op == "matmul":
        return (numpy.asarray(numpy.matmul(*arrays)),)
    if op == "check":
        if not holds(eqn, arrays):
            raise CheckFailed
        return ()
    function: Any = params["fn"] if op in ("call", "draw") else pointwise(op)
    found = function(*arrays)
    return tuple(map(numpy.asarray, found if isinstance(found, tuple) else (found,)))


def holds(eqn: Eqn, arrays: list[Array]) -> bool:
    """Whether what a check asks for is as it was."""
    ask = eqn.params.get("fn", bool)
    try:
        return bool(ask(*arrays) == eqn.params["expected"])
    except Exception:  # the eager run will raise it
        return False


def region(array: Array, params: dict[str, Any]) -> Array:
    """The part of an array's memory that a view or update means."""
    size = array.itemsize
    start = as_strided(array, (array.size and 1,), (size,))  # the memory, from its first element
    if 0 in params["shape"]:
        return numpy.empty(params["shape"], array.dtype)
    flat = as_strided(start, (params["offset"] + 1,), (size,))[params["offset"] :]
    return as_strided(flat, params["shape"], tuple(size * s for s in params["strides"]))


def laid_out(array: Array, like: Var) -> Array:
    """The array in memory of the strides that a value has: itself if it has them."""
    strides = tuple(s * array.itemsize for s in like.strides)
    if array.size < 2 or all(
        a == b or n == 1 for a, b, n in zip(array.strides, strides, array.shape, strict=True)
    ):
        return array
    order = sorted(range(array.ndim), key=lambda i: -like.strides[i])
    memory = numpy.empty([array.shape[i] for i in order], array.dtype)
    out = memory.transpose([order.index(i) for i in range(array.ndim)])
    out[...] = array
    return out


def interpret(graph: Graph, inputs: list[Array]) -> tuple[list[Array], list[Array]]:
    """Outputs and written values of a graph, equation by equation: the meaning of all passes."""
    values: dict[Var, Array] = dict(zip(graph.inputs, inputs, strict=True))

    def read(v: Var) -> Array:
        return v.value if v.value is not None else values[v]

    for eqn in graph.eqns:
        found = evaluate(eqn, [read(v) for v in eqn.ins])
        for v, array in zip(eqn.outs, found, strict=True):
            values[v] = array if eqn.op == "view" else laid_out(array, v)
    return [read(v) for v in graph.outputs], [read(v) for _, v in graph.writes]
