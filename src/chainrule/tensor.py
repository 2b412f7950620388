"""The public Tensor: its class body is the table of methods."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy

from . import ops
from .autograd.backward import backward
from .core import dtype as dtypes
from .core.apply import binary
from .core.attributes import Attributes
from .core.primitive import Leaf, Primitive
from .core.tensor import TensorBase, new, set_tensor_type
from .ops.inplace import arithmetic_inplace
from .ops.inplace import arithmetic_inplace, inplace
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

    # == table ==

    # Arithmetic
    add, add_ = ops.arithmetic.add, arithmetic_inplace(ops.arithmetic.Add, ops.arithmetic.add)
    sub, sub_ = ops.arithmetic.sub, arithmetic_inplace(ops.arithmetic.Sub, ops.arithmetic.sub)
    mul, mul_ = ops.arithmetic.mul, arithmetic_inplace(ops.arithmetic.Mul, ops.arithmetic.mul)
    div, div_ = ops.arithmetic.div, arithmetic_inplace(ops.arithmetic.Div, ops.arithmetic.div)
    reciprocal, reciprocal_ = ops.arithmetic.reciprocal, inplace(ops.arithmetic.reciprocal)
    neg, neg_ = ops.arithmetic.neg, inplace(ops.arithmetic.neg)
    positive = ops.arithmetic.positive
    pow, pow_ = ops.arithmetic.pow, inplace(ops.arithmetic.pow)
    subtract, subtract_ = ops.arithmetic.subtract, inplace(ops.arithmetic.subtract)
    multiply, multiply_ = ops.arithmetic.multiply, inplace(ops.arithmetic.multiply)
    divide, divide_ = ops.arithmetic.divide, inplace(ops.arithmetic.divide)
    true_divide, true_divide_ = ops.arithmetic.true_divide, inplace(ops.arithmetic.true_divide)
    negative, negative_ = ops.arithmetic.negative, inplace(ops.arithmetic.negative)
    floor_divide, floor_divide_ = ops.division.floor_divide, inplace(ops.division.floor_divide)
    remainder, remainder_ = ops.division.remainder, inplace(ops.division.remainder)
    fmod, fmod_ = ops.division.fmod, inplace(ops.division.fmod)
    gcd, gcd_ = ops.division.gcd, inplace(ops.division.gcd)
    lcm, lcm_ = ops.division.lcm, inplace(ops.division.lcm)
    addcmul, addcmul_ = ops.blend.addcmul, inplace(ops.blend.addcmul)
    addcdiv, addcdiv_ = ops.blend.addcdiv, inplace(ops.blend.addcdiv)
    lerp, lerp_ = ops.blend.lerp, inplace(ops.blend.lerp)
    maximum = ops.extremes.maximum
    minimum = ops.extremes.minimum
    fmax = ops.extremes.fmax
    fmin = ops.extremes.fmin
    clamp, clamp_ = ops.extremes.clamp, inplace(ops.extremes.clamp)
    clamp_min, clamp_min_ = ops.extremes.clamp_min, inplace(ops.extremes.clamp_min)
    clamp_max, clamp_max_ = ops.extremes.clamp_max, inplace(ops.extremes.clamp_max)
    clip, clip_ = ops.extremes.clip, inplace(ops.extremes.clip)
    abs, abs_ = ops.signs.abs, inplace(ops.signs.abs)
    sign, sign_ = ops.signs.sign, inplace(ops.signs.sign)
    sgn, sgn_ = ops.signs.sgn, inplace(ops.signs.sgn)
    signbit = ops.signs.signbit
    copysign, copysign_ = ops.signs.copysign, inplace(ops.signs.copysign)
    heaviside, heaviside_ = ops.signs.heaviside, inplace(ops.signs.heaviside)
    absolute, absolute_ = ops.signs.absolute, inplace(ops.signs.absolute)
    square, square_ = ops.roots.square, inplace(ops.roots.square)
    sqrt, sqrt_ = ops.roots.sqrt, inplace(ops.roots.sqrt)
    rsqrt, rsqrt_ = ops.roots.rsqrt, inplace(ops.roots.rsqrt)
    float_power, float_power_ = ops.roots.float_power, inplace(ops.roots.float_power)
    hypot, hypot_ = ops.roots.hypot, inplace(ops.roots.hypot)

    # Elementary functions
    exp, exp_ = ops.math.exp, inplace(ops.math.exp)
    exp2, exp2_ = ops.math.exp2, inplace(ops.math.exp2)
    expm1, expm1_ = ops.math.expm1, inplace(ops.math.expm1)
    log, log_ = ops.math.log, inplace(ops.math.log)
    log2, log2_ = ops.math.log2, inplace(ops.math.log2)
    log10, log10_ = ops.math.log10, inplace(ops.math.log10)
    log1p, log1p_ = ops.math.log1p, inplace(ops.math.log1p)
    sigmoid, sigmoid_ = ops.math.sigmoid, inplace(ops.math.sigmoid)
    logit, logit_ = ops.math.logit, inplace(ops.math.logit)
    logaddexp = ops.math.logaddexp
    logaddexp2 = ops.math.logaddexp2
    xlogy, xlogy_ = ops.math.xlogy, inplace(ops.math.xlogy)
    ldexp, ldexp_ = ops.math.ldexp, inplace(ops.math.ldexp)
    conj = ops.conj.conj

    # Comparison and logic
    where = ops.compare.where
    eq, eq_ = ops.compare.eq, inplace(ops.compare.eq)
    ne, ne_ = ops.compare.ne, inplace(ops.compare.ne)
    lt, lt_ = ops.compare.lt, inplace(ops.compare.lt)
    le, le_ = ops.compare.le, inplace(ops.compare.le)
    gt, gt_ = ops.compare.gt, inplace(ops.compare.gt)
    ge, ge_ = ops.compare.ge, inplace(ops.compare.ge)
    logical_and, logical_and_ = ops.compare.logical_and, inplace(ops.compare.logical_and)
    logical_or, logical_or_ = ops.compare.logical_or, inplace(ops.compare.logical_or)
    logical_xor, logical_xor_ = ops.compare.logical_xor, inplace(ops.compare.logical_xor)
    logical_not, logical_not_ = ops.compare.logical_not, inplace(ops.compare.logical_not)
    isnan = ops.compare.isnan
    isinf = ops.compare.isinf
    isfinite = ops.compare.isfinite
    isposinf = ops.compare.isposinf
    isneginf = ops.compare.isneginf
    isreal = ops.compare.isreal
    isclose = ops.compare.isclose
    allclose = ops.compare.allclose
    equal = ops.compare.equal
    is_nonzero = ops.compare.is_nonzero
    greater, greater_ = ops.compare.greater, inplace(ops.compare.greater)
    greater_equal, greater_equal_ = ops.compare.greater_equal, inplace(ops.compare.greater_equal)
    less, less_ = ops.compare.less, inplace(ops.compare.less)
    less_equal, less_equal_ = ops.compare.less_equal, inplace(ops.compare.less_equal)
    not_equal, not_equal_ = ops.compare.not_equal, inplace(ops.compare.not_equal)

    # Reductions
    sum = ops.reduce.sum
    mean = ops.reduce.mean
    nansum = ops.reduce.nansum
    nanmean = ops.reduce.nanmean
    prod = ops.reduce.prod
    all = ops.reduce.all
    any = ops.reduce.any
    count_nonzero = ops.reduce.count_nonzero

    # Matrix products
    matmul = ops.matmul.matmul
    mm = ops.matmul.mm
    bmm = ops.matmul.bmm
    mv = ops.matmul.mv
    dot = ops.matmul.dot
    vdot = ops.matmul.vdot
    addmm, addmm_ = ops.linear.addmm, inplace(ops.linear.addmm)
    addmv, addmv_ = ops.linear.addmv, inplace(ops.linear.addmv)
    addr, addr_ = ops.linear.addr, inplace(ops.linear.addr)
    baddbmm, baddbmm_ = ops.linear.baddbmm, inplace(ops.linear.baddbmm)
    addbmm, addbmm_ = ops.linear.addbmm, inplace(ops.linear.addbmm)

    # Shape: views
    view = ops.shape.view
    reshape = ops.shape.reshape
    view_as = ops.shape.view_as
    reshape_as = ops.shape.reshape_as
    flatten = ops.shape.flatten
    unflatten = ops.shape.unflatten
    ravel = ops.shape.ravel
    squeeze, squeeze_ = ops.shape.squeeze, inplace(ops.shape.squeeze)
    unsqueeze, unsqueeze_ = ops.shape.unsqueeze, inplace(ops.shape.unsqueeze)
    expand = ops.shape.expand
    expand_as = ops.shape.expand_as
    broadcast_to = ops.shape.broadcast_to
    sum_to_size = ops.shape.sum_to_size
    permute = ops.permute.permute
    transpose, transpose_ = ops.permute.transpose, inplace(ops.permute.transpose)
    swapaxes, swapaxes_ = ops.permute.swapaxes, inplace(ops.permute.swapaxes)
    swapdims, swapdims_ = ops.permute.swapdims, inplace(ops.permute.swapdims)
    t, t_ = ops.permute.t, inplace(ops.permute.t)
    adjoint = ops.permute.adjoint
    movedim = ops.permute.movedim
    moveaxis = ops.permute.moveaxis
    select = ops.slicing.select
    narrow = ops.slicing.narrow
    diagonal = ops.slicing.diagonal

    # Indexing
    put, put_ = ops.setitem.put, inplace(ops.setitem.put)
    index_put = ops.setitem.index_put
    index_put_ = ops.setitem.index_put_
    copy_ = ops.fill.copy_
    fill_ = ops.fill.fill_
    zero_ = ops.fill.zero_
    fill_diagonal_ = ops.fill.fill_diagonal_

    # Copies and conversions
    clone = ops.convert.clone
    contiguous = ops.convert.contiguous

    # Random
    bernoulli = ops.random.bernoulli
    multinomial = ops.random.multinomial
    uniform_ = ops.random.uniform_
    normal_ = ops.random.normal_
    bernoulli_ = ops.random.bernoulli_
    random_ = ops.random.random_
    exponential_ = ops.random.exponential_
    geometric_ = ops.random.geometric_
    cauchy_ = ops.random.cauchy_
    log_normal_ = ops.random.log_normal_

    # == end ==
    # Operators
    __add__ = __radd__ = operator(ops.arithmetic.Add)
    __sub__, __rsub__ = operator(ops.arithmetic.Sub), operator(ops.arithmetic.Rsub)
    __mul__ = __rmul__ = operator(ops.arithmetic.Mul)
    __truediv__ = operator(ops.arithmetic.Div)
    __iadd__, __isub__, __imul__, __itruediv__ = add_, sub_, mul_, div_

    # Copies and conversions
    to, type, cpu, cuda = ops.to.to, ops.to.type_, ops.to.cpu, ops.to.cuda
    float, double = short_form(dtypes.float32), short_form(dtypes.float64)
    half, bfloat16 = short_form(dtypes.float16), short_form(dtypes.bfloat16)
    bool, byte = short_form(dtypes.bool_), short_form(dtypes.uint8)
    char, short = short_form(dtypes.int8), short_form(dtypes.int16)
    int, long = short_form(dtypes.int32), short_form(dtypes.int64)
    cfloat, cdouble = short_form(dtypes.complex64), short_form(dtypes.complex128)

    # Made from this tensor
    new_tensor = ops.data.new_tensor
    new_zeros, new_ones, new_empty, new_full = (
        ops.creation.new_zeros,
        ops.creation.new_ones,
        ops.creation.new_empty,
        ops.creation.new_full,
    )

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
