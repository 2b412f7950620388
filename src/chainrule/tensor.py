"""The public Tensor: its class body is the table of methods."""

from __future__ import annotations

import numpy

from . import core
from .autograd.backward import backward
from .core import dtype as dtypes
from .core.apply import binary, current_node, unary, wrap
from .core.primitive import Leaf, Output
from .core.tensor import TensorBase, new, set_tensor_type
from .ops import arithmetic, inplace, reduce
from .ops.arithmetic import Add, Div, Mul, Neg, PowScalar, Rsub, Sub


def operator(op):
    def method(self, other):
        return binary(op, self, other)

    return method


def reflected(op):
    def method(self, other):
        return binary(op, other, self)

    return method


class Tensor(TensorBase):
    __hash__ = object.__hash__
    __array_priority__ = 1000
    __add__ = operator(Add)
    __radd__ = operator(Add)
    __sub__ = operator(Sub)
    __rsub__ = operator(Rsub)
    __mul__ = __rmul__ = operator(Mul)
    __truediv__ = operator(Div)
    __neg__ = arithmetic.neg
    __pow__ = arithmetic.pow
    sum = reduce.sum
    __isub__ = inplace.arithmetic_inplace(Sub, arithmetic.sub)
    sub_ = __isub__
    __imul__ = inplace.arithmetic_inplace(Mul, arithmetic.mul)

    def __new__(cls, *a):
        return wrap(numpy.array(*a, dtype=numpy.float32))

    @property
    def grad(self):
        return self._grad

    @property
    def data(self):
        result = new(Tensor)
        result._data = self._data
        result._version = [0, 0]
        result._node = result._grad = result._view = None
        return result

    @data.setter
    def data(self, value):
        self._data = value._data

    @property
    def requires_grad(self):
        return current_node(self) is not None

    @requires_grad.setter
    def requires_grad(self, v):
        self._node = Leaf() if v else None

    @property
    def grad_fn(self):
        node = current_node(self)
        return None if type(node) is Leaf else node.node if type(node) is Output else node

    @property
    def shape(self):
        return self._data.shape

    def item(self):
        return self._data.item()

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def zero_(self):
        self._data.fill(0)
        return self

    def __repr__(self):
        return core.printing.tensor_repr(self._data)


set_tensor_type(Tensor)
