"""The public Tensor: its class body is the table of methods."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy

from .autograd.backward import backward
from .core import dtype as dtypes
from .core.apply import binary
from .core.attributes import Attributes
from .core.primitive import Leaf, Primitive
from .core.tensor import TensorBase, new, set_tensor_type
from .ops import arithmetic, convert, creation, data, random, reduce, to
from .ops.inplace import arithmetic_inplace
from .ops.legacy import legacy
from .ops.to import short_form

Flag = bool  # the name of a method below, too


def operator(op: type[Primitive]) -> Callable[..., Any]:
    """The method behind a binary operator: the flat path, and NotImplemented for other types."""

    def method(self: Any, other: Any) -> Any:
        try:
            return binary(op, self, other)
        except TypeError:
            if isinstance(other, (TensorBase, int, float, complex, numpy.generic)):
                raise
            return NotImplemented

    return method


def reflected(op: type[Primitive]) -> Callable[..., Any]:
    """The method behind a binary operator whose left operand is no tensor."""

    def method(self: Any, other: Any) -> Any:
        try:
            return binary(op, other, self)
        except TypeError:
            if isinstance(other, (int, float, complex, numpy.generic)):
                raise
            return NotImplemented

    return method


class Tensor(Attributes):
    """A multi-dimensional array of numbers of one type that remembers how it was computed.

    Made by :func:`tensor` and its like; `Tensor(data)` copies data as the default float type, and
    `Tensor(2, 3)` makes an uninitialised tensor of these sizes.
    """

    __hash__ = object.__hash__
    __array_priority__ = 1000
    _saved_as: tuple[str, str] | None = None  # who rebuilds a subclass when a file is loaded
    __module__ = "torch"

    def __new__(cls, *args: Any, device: Any = None) -> Any:
        """The legacy constructor: of sizes, of data, or of nothing."""
        return legacy(args, dtypes.get_default_dtype(), device)

    # Arithmetic
    __add__, __radd__ = operator(arithmetic.Add), operator(arithmetic.Add)
    __sub__, __rsub__ = operator(arithmetic.Sub), operator(arithmetic.Rsub)
    __mul__, __rmul__ = operator(arithmetic.Mul), operator(arithmetic.Mul)
    __truediv__ = operator(arithmetic.Div)
    __neg__ = arithmetic.neg
    __pow__ = arithmetic.pow
    add, sub, mul, div, neg, pow = (
        arithmetic.add,
        arithmetic.sub,
        arithmetic.mul,
        arithmetic.div,
        arithmetic.neg,
        arithmetic.pow,
    )
    add_ = __iadd__ = arithmetic_inplace(arithmetic.Add, arithmetic.add)
    sub_ = __isub__ = arithmetic_inplace(arithmetic.Sub, arithmetic.sub)
    mul_ = __imul__ = arithmetic_inplace(arithmetic.Mul, arithmetic.mul)
    div_ = __itruediv__ = arithmetic_inplace(arithmetic.Div, arithmetic.div)

    # Reductions
    sum = reduce.sum
    sum_to_size = reduce.sum_to_size

    # Copies and conversions
    clone, contiguous = convert.clone, convert.contiguous
    to, type, cpu, cuda = to.to, to.type_, to.cpu, to.cuda
    float, double = short_form(dtypes.float32), short_form(dtypes.float64)
    half, bfloat16 = short_form(dtypes.float16), short_form(dtypes.bfloat16)
    bool, byte, char = (
        short_form(dtypes.bool_),
        short_form(dtypes.uint8),
        short_form(dtypes.int8),
    )
    short, int, long = (
        short_form(dtypes.int16),
        short_form(dtypes.int32),
        short_form(dtypes.int64),
    )
    cfloat, cdouble = short_form(dtypes.complex64), short_form(dtypes.complex128)

    # Made from this tensor
    new_tensor = data.new_tensor
    new_zeros, new_ones, new_empty = creation.new_zeros, creation.new_ones, creation.new_empty
    new_full = creation.new_full

    # Random
    uniform_, normal_, bernoulli_ = random.uniform_, random.normal_, random.bernoulli_
    random_, exponential_, geometric_ = random.random_, random.exponential_, random.geometric_
    cauchy_, log_normal_ = random.cauchy_, random.log_normal_
    bernoulli, multinomial = random.bernoulli, random.multinomial

    # Gradients

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: Flag | None = None,
        create_graph: Flag = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to the `.grad` of the leaves it was computed from.

        RuntimeError for a tensor of several elements without `gradient`, for one that does not
        require grad, and for a graph whose buffers an earlier backward freed.

        >>> w = tensor(3.0, requires_grad=True)
        >>> (w * w).backward()
        >>> w.grad
        tensor(6.)
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    # Copying and pickling

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment."
            )
        if id(self) in memo:
            return memo[id(self)]
        copy = memo[id(self)] = self._like(self._data.copy())
        if self._grad is not None:
            copy._grad = self._grad.__deepcopy__(memo)
        copy.__dict__.update(deepcopy(self.__dict__, memo))
        return copy

    def _like(self, array: Any) -> Any:
        """A leaf of the same class around another array."""
        leaf = new(self.__class__)
        leaf._data = array
        leaf._version = [0, 0]
        leaf._grad = leaf._view = None
        leaf._node = None if self._node is None else Leaf()
        return leaf

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Can't pickle a tensor that is the result of an operation: detach() it first."
            )
        cls = None if self.__class__ is Tensor else self.__class__
        return _rebuild, (cls, self._data, self.requires_grad, self.__dict__)


def _rebuild(cls: Any, array: Any, requires_grad: bool, attributes: dict[str, Any]) -> Any:
    leaf = new(cls or Tensor)
    leaf._data = array
    leaf._version = [0, 0]
    leaf._grad = leaf._view = None
    leaf._node = Leaf() if requires_grad else None
    leaf.__dict__.update(attributes)
    return leaf


set_tensor_type(Tensor)
