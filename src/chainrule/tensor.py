"""The public Tensor: operators and conversions; its other methods are tables in `methods`."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from . import ops
from .autograd.backward import backward
from .core import dtype as dtypes
from .core.attributes import Attributes
from .core.primitive import Leaf
from .core.tensor import new, set_tensor_type
from .methods.arranging import Arranging
from .methods.elementwise import Elementwise
from .methods.folding import Folding
from .ops.legacy import legacy
from .ops.operators import operator, reflected
from .ops.to import short_form

Flag = bool  # the name of a method below, too


class Tensor(Elementwise, Folding, Arranging, Attributes):
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

    # Properties
    T, mT = property(ops.permute.reversed_axes), property(ops.permute.matrix_transpose)
    H, mH = property(ops.permute.conjugate_transpose), property(ops.permute.matrix_adjoint)
    real, imag = property(ops.complex.real), property(ops.complex.imag)

    # Operators
    __add__ = __radd__ = operator(ops.operators.add)
    __sub__, __rsub__ = operator(ops.operators.sub), operator(ops.arithmetic.rsub)
    __mul__ = __rmul__ = operator(ops.operators.mul)
    __truediv__, __rtruediv__ = operator(ops.operators.div), operator(ops.arithmetic.divided_by)
    __floordiv__ = operator(ops.division.floor_divide)
    __rfloordiv__ = reflected(ops.division.floor_divide)
    __mod__, __rmod__ = operator(ops.division.remainder), reflected(ops.division.remainder)
    __pow__, __rpow__ = operator(ops.arithmetic.pow), reflected(ops.arithmetic.pow)
    __neg__, __pos__, __abs__ = ops.arithmetic.neg, ops.arithmetic.positive, ops.signs.abs
    __eq__, __ne__ = operator(ops.compare.eq), operator(ops.compare.ne)
    __lt__, __le__ = operator(ops.compare.lt), operator(ops.compare.le)
    __gt__, __ge__ = operator(ops.compare.gt), operator(ops.compare.ge)
    __matmul__, __rmatmul__ = operator(ops.matmul.matmul), reflected(ops.matmul.matmul)
    __and__, __rand__ = operator(ops.bitwise.bitwise_and), reflected(ops.bitwise.bitwise_and)
    __or__, __ror__ = operator(ops.bitwise.bitwise_or), reflected(ops.bitwise.bitwise_or)
    __xor__, __rxor__ = operator(ops.bitwise.bitwise_xor), reflected(ops.bitwise.bitwise_xor)
    __lshift__ = operator(ops.bitwise.bitwise_left_shift)
    __rlshift__ = reflected(ops.bitwise.bitwise_left_shift)
    __rshift__ = operator(ops.bitwise.bitwise_right_shift)
    __rrshift__ = reflected(ops.bitwise.bitwise_right_shift)
    __invert__ = ops.bitwise.inverted
    __getitem__, __setitem__ = ops.getitem.getitem, ops.setitem.setitem
    __delitem__, __reversed__ = ops.setitem.delitem, ops.rearrange.reversed_
    __div__, __rdiv__ = __truediv__, __rtruediv__
    __array_wrap__ = ops.data.array_wrap

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
        leaf._writes = [0, 0]
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
    leaf._data = dtypes.canonical(array)
    leaf._writes = [0, 0]
    leaf._grad = leaf._view = None
    leaf._node = Leaf() if requires_grad else None
    leaf.__dict__.update(attributes)
    return leaf


set_tensor_type(Tensor)
