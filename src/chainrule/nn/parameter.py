"""Parameters and buffers: tensors that a module notices when they are assigned to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core import dtype as dtypes
from ..core.primitive import Leaf
from ..core.safe_globals import SAFE_GLOBALS
from ..core.tensor import TensorBase, new, wrap
from ..errors import hint
from ..ops.creation import finish, numpy_dtype
from ..tensor import Tensor


def _empty(device: Any = None, dtype: Any = None, shape: Sequence[int] = (0,)) -> Any:
    return finish(numpy.empty(tuple(shape), numpy_dtype(dtype)), device)


def _alias(cls: type[Tensor], data: Any, requires_grad: bool) -> Any:
    """A leaf of class `cls` on the memory of `data`."""
    if not isinstance(data, TensorBase):
        raise AttributeError(
            hint(
                f"'{type(data).__name__}' object has no attribute 'detach'",
                "a parameter is made from a tensor, as in nn.Parameter(torch.tensor(data))",
            )
        )
    if requires_grad and dtypes.of_array(data._data).category < dtypes.FLOATING:
        raise RuntimeError(
            hint(
                "Only Tensors of floating point and complex dtype can require gradients",
                f"this one is {dtypes.of_array(data._data)}; call .float() on it",
            )
        )
    leaf = new(cls)
    leaf._data, leaf._writes = data._data, data._writes
    leaf._grad = leaf._view = None
    leaf._node = Leaf() if requires_grad else None
    return leaf


class Parameter(Tensor):
    """A tensor to be learned: assigned to a module, it is one of its `parameters()`.

    It shares the memory of `data` (an empty tensor if None).

    Raises:
        AttributeError: `data` is no tensor.
        RuntimeError: integers cannot require gradients.

    >>> Parameter(Tensor([1.0, 2.0]))
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    __module__ = "torch.nn.parameter"
    _saved_as = ("torch._utils", "_rebuild_parameter")

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        return _alias(cls, _empty() if data is None else data, requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(wrap(self._data.copy("K")), self.requires_grad)
        return memo[id(self)]

    def __repr__(self) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Pickle would look for the class itself where its printed name says.
        cls = None if type(self) is Parameter else type(self)
        return _rebuild, (cls, wrap(self._data), self.requires_grad), self.__dict__ or None


def _rebuild(cls: type[Parameter] | None, data: Any, requires_grad: bool) -> Any:
    return (cls or Parameter)(data, requires_grad)


def _from_file(data: Any, requires_grad: bool, backward_hooks: Any) -> Any:
    return Parameter(data, requires_grad)


SAFE_GLOBALS["torch._utils._rebuild_parameter"] = _from_file


class _BufferType(type(Tensor)):  # type: ignore[misc]
    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, TensorBase) and getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=_BufferType):
    """A tensor that belongs to a module's state without being learned.

    What the call returns is a plain tensor on the memory of `data`, marked so that a module
    registers it; with `persistent=False` it stays out of the `state_dict`.

    >>> Buffer(Tensor([1.0]), persistent=False).persistent
    False
    """

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        data = _empty() if data is None else data
        buffer = _alias(Tensor, data, data.requires_grad)
        buffer.persistent = persistent
        buffer._is_buffer = True
        return buffer


class UninitializedTensorMixin:
    """A tensor whose shape, and so whose memory, is not known yet; see `materialize`."""

    cls_to_become: type[Any]
    _blank: Any  # no elements, but a dtype and a device

    def materialize(self, shape: Sequence[int], device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of this shape, its values undefined."""
        blank = self._blank
        place = blank.device if device is None else device
        memory = _empty(place, blank.dtype if dtype is None else dtype, shape)
        del self.__dict__["_blank"]
        self.__class__ = self.cls_to_become
        self._data = memory._data

    @property
    def _data(self) -> Any:
        raise ValueError(
            "Attempted to use an uninitialized parameter in an operation. This error happens when "
            "you are using a `LazyModule` or explicitly manipulating "
            "`torch.nn.parameter.UninitializedParameter` objects. When using LazyModules Call "
            "`forward` with a dummy batch to initialize the parameters before calling torch "
            "functions"
        )

    @_data.setter
    def _data(self, array: Any) -> None:
        self._blank = wrap(array)

    @property
    def shape(self) -> Any:
        """Not known: RuntimeError."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually "
            "happens in `load_state_dict` when trying to load an uninitialized parameter into an "
            "initialized one. Call `forward` to initialize the parameters before accessing their "
            "attributes."
        )

    @property
    def data(self) -> Any:
        """An empty tensor of the dtype and on the device to be."""
        return self._blank

    @data.setter
    def data(self, value: Any) -> None:
        self._blank = value

    @property
    def dtype(self) -> Any:
        """The type of the elements to be."""
        return self._blank.dtype

    @property
    def device(self) -> Any:
        """The device of the memory to be."""
        return self._blank.device

    def size(self, dim: int | None = None) -> Any:
        """As of an empty tensor."""
        return self._blank.size(dim)

    def is_floating_point(self) -> bool:
        """Whether the elements will be real floating numbers."""
        return bool(self._blank.is_floating_point())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            make, args = self.__reduce_ex__(2)
            memo[id(self)] = make(*args)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        flag = self.requires_grad  # type: ignore[attr-defined]
        return type(self), (flag, self.device, self.dtype)


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape a lazy module infers from its first input.

    >>> weight = UninitializedParameter()
    >>> weight
    <UninitializedParameter>
    >>> weight.materialize((2, 3))
    >>> weight.shape
    torch.Size([2, 3])
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _alias(cls, _empty(device, dtype), requires_grad)


class UninitializedBuffer(UninitializedTensorMixin, Tensor):  # type: ignore[misc]
    """A buffer whose shape a lazy module infers from its first input."""

    cls_to_become = Tensor

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> Any:
        buffer = _alias(cls, _empty(device, dtype), requires_grad)
        buffer.persistent = persistent
        buffer._is_buffer = True
        return buffer


def is_lazy(param: Any) -> bool:
    """Whether a parameter or buffer still waits for its shape."""
    return isinstance(param, UninitializedTensorMixin)
