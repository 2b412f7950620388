"""Symbols: arrays that remember the formula they come from.

A gradient rule that is given symbols gives one back: the real gradient, and how it is written.
Every operation that reaches a symbol (as an operator, a NumPy function, or a primitive of this
library) is done on the real arrays, and written down by the vocabulary.
"""

from __future__ import annotations

from typing import Any

import numpy
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..ops.convert import to_dtype
from ..ops.reduce import sum_to_size
from . import expressions as e
from . import vocabulary
from .expressions import Expr


class NotSymbolic(Exception):
    """A rule did something with a symbol that has no formula."""


class Symbol(NDArrayOperatorsMixin):
    """An array with its formula.

    >>> x = Symbol(e.name("x"), numpy.array(3.0))
    >>> y = 2 * x + x
    >>> y.expr, float(y.value)
    (3*x, 9.0)
    """

    __slots__ = ("expr", "value")

    def __init__(self, expr: Expr, value: Any) -> None:
        self.expr = expr
        self.value = numpy.asarray(value)

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    itemsize = property(lambda self: self.value.itemsize)
    T = property(lambda self: self.transpose())
    real = property(lambda self: self._said("real", self.value.real))
    imag = property(lambda self: self._said("imag", self.value.imag))

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return f"Symbol({self.expr!r})"

    # What is done with it

    def run_primitive(self, op: Any, arrays: Any, params: dict[str, Any]) -> Any:
        """Run a primitive of which this is one of the inputs."""
        results = op.on_cpu(*map(plain, arrays), **plain(params))
        several = [numpy.asarray(each) for each in (results if op.several else (results,))]
        inputs = [formula(each) for each in arrays]
        found = []
        for index, result in enumerate(several):
            expr = vocabulary.write(op, inputs, list(map(plain, arrays)), params, result, index)
            found.append(Symbol(expr, result))
        return tuple(found) if op.several else found[0]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if options.get("out") is not None:
            raise NotSymbolic("writes into an array")
        values = list(map(plain, inputs))
        result = numpy.asarray(getattr(ufunc, method)(*values, **options))
        if method == "reduce":
            name, options = ufunc.__name__ + "_reduce", {"dim": options.get("axis", 0)}
        elif method == "__call__":
            name = ufunc.__name__
        else:
            raise NotSymbolic(f"{ufunc.__name__}.{method}")
        exprs = [formula(each) for each in inputs]
        return Symbol(vocabulary.write_function(name, exprs, values, options, result), result)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        result = function(*plain(args), **plain(options))
        exprs = [formula(each) for each in args if not isinstance(each, (tuple, list))]
        return Symbol(e.call(function.__name__, *exprs, scalar=result.size == 1), result)

    def _said(self, name: str, result: Any, *args: Any) -> Symbol:
        return Symbol(e.call(name, self.expr, *args, scalar=result.size == 1), result)

    def reshape(self, *size: Any) -> Symbol:
        """The elements in another shape."""
        result = self.value.reshape(*size)
        return Symbol(vocabulary.reshaped(self.expr, self.value, result), result)

    def transpose(self, *axes: Any) -> Symbol:
        """The axes in another order."""
        result = self.value.transpose(*axes)
        if self.ndim == 2:
            return Symbol(e.transpose(self.expr), result)
        return self._said("permute", result)

    def astype(self, kind: Any, **_: Any) -> Symbol:
        """The elements in another dtype, which no formula shows."""
        return Symbol(self.expr, self.value.astype(kind))

    def copy(self, order: str = "K") -> Symbol:
        """Itself: symbols are never written to."""
        return self

    def conj(self) -> Symbol:
        """The complex conjugate."""
        if self.dtype.kind != "c":
            return self
        return self._said("conj", self.value.conj())

    def sum(self, axis: Any = None, keepdims: bool = False) -> Symbol:
        """The sum over axes."""
        result: Any = self.value.sum(axis, keepdims=keepdims)
        return Symbol(vocabulary.summed(self.expr, self.value, axis, result), result)

    def __getitem__(self, index: Any) -> Symbol:
        result = self.value[plain(index)]
        if self.expr.head == "number":
            return Symbol(self.expr, result)
        return self._said("index", result)

    # Rules may look at values to choose a formula; they may not take values out of it.

    def all(self) -> Any:
        """Whether all elements are nonzero."""
        return self.value.all()

    def any(self) -> Any:
        """Whether any element is nonzero."""
        return self.value.any()

    def __bool__(self) -> bool:
        return bool(self.value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise NotSymbolic("reads the values")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise NotSymbolic("writes to the gradient")

    def __float__(self) -> float:
        raise NotSymbolic("reads a value")

    __int__ = __index__ = item = tolist = __float__


def plain(value: Any) -> Any:
    """The real array behind a symbol, also inside of lists, tuples and dicts."""
    if isinstance(value, Symbol):
        return value.value
    if type(value) in (list, tuple):
        return type(value)(plain(each) for each in value)
    if type(value) is dict:
        return {key: plain(each) for key, each in value.items()}
    return value


class Context:
    """`ctx` for a rule that runs on symbols: what a node saved, with the formulas of it."""

    def __init__(self, node: Any, inputs: list[Expr], outputs: list[Expr]) -> None:
        self._of = node
        self._inputs = inputs
        self._outputs = outputs

    def __getattr__(self, name: str) -> Any:
        node = self._of
        value = getattr(node, name)
        if name not in node.saves or value is None:
            return value
        if node.variadic and name == node.inputs[0]:
            return tuple(_symbol(x, v) for x, v in zip(self._inputs, value, strict=True))
        if name in node.inputs:
            return _symbol(self._inputs[node.inputs.index(name)], value)
        if numpy.size(value) == 1 and name != "out":
            return Symbol(e.number(numpy.asarray(value).reshape(-1)[0]), value)
        return _symbol(self._outputs[node.outputs.index(name)], value)


def _symbol(expr: Expr, value: Any) -> Any:
    return Symbol(expr, value) if hasattr(value, "dtype") else value


def run_rule(
    node: Any, index: int, inputs: list[Expr], outputs: list[Expr], grads: list[Any]
) -> Symbol | None:
    """The gradient of a node's input, with its formula, from symbols for those of its outputs.

    None where the rule does what no formula says.
    """
    try:
        found = _given(node, index, Context(node, inputs, outputs), grads)
    except Exception:  # a rule may do anything with its arrays
        return None
    known = isinstance(found, Symbol) and not e.contains(found.expr, "unknown")
    return found if known else None


def named_rule(node: Any, index: int) -> Expr:
    """A name for the derivative of an operation whose rule has no formula: ∂mul/∂x."""
    name = node.inputs[0] if node.variadic else node.inputs[index]
    return e.local(vocabulary.spoken(type(node)), name)


def real_gradients(node: Any, grads: list[Any]) -> list[Any]:
    """The gradients of all inputs as arrays, None where none goes: what the rules give."""
    found: list[Any] = []
    for index, source in enumerate(node.sources):
        rule = node.rules[0 if node.variadic else index]
        given = None if source is None or rule is None else _given(node, index, node, grads)
        found.append(None if given is None else numpy.asarray(given))
    return found


def _given(node: Any, index: int, ctx: Any, grads: list[Any]) -> Any:
    if node.variadic:
        found = node.rules[0](ctx, *grads)[index]
    else:
        found = node.rules[index](ctx, *grads)
    meta = None if node.metas is None else node.metas[index]
    if meta is None:
        return found
    shape, kind = meta
    if tuple(found.shape) != shape:
        found = sum_to_size(found, shape)
    return found if found.dtype == kind else to_dtype(found, kind)


def formula(value: Any) -> Expr:
    """The formula of a symbol, or of a number; an array that nobody named has none."""
    if isinstance(value, Symbol):
        return value.expr
    if value is None:
        return e.name("None")
    array = numpy.asarray(value)
    if array.size == 1 and array.dtype.kind in "biufc":
        return e.number(array.reshape(-1)[0])
    return UNKNOWN


UNKNOWN = Expr("unknown", (), False)
