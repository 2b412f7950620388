"""What a tensor knows about itself without any operation: shape, dtype, place, gradient, values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

from ..backend import move
from ..errors import hint
from ..typing import Array
from . import device as devices
from . import dtype as dtypes
from . import tensor as slot
from .apply import current_node
from .hooks import RemovableHandle, add_hook
from .layout import strided
from .modes import modes
from .primitive import Leaf, Output
from .printing import tensor_repr
from .size import Size
from .tensor import COUNT, TensorBase, new, tensor_type, wrap

LEAF_FLAG = (
    "you can only change requires_grad flags of leaf variables. If you want to use a computed "
    "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
)


class Attributes(TensorBase):
    """The part of the public Tensor that needs no operation."""

    __slots__ = ()

    # Shape, type and place

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return tuple.__new__(Size, self._data.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        if dim is None:
            return tuple.__new__(Size, self._data.shape)
        return self._data.shape[self._axis(dim)]

    def _axis(self, dim: int) -> int:
        n = self._data.ndim
        if not -max(n, 1) <= dim < max(n, 1):
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-max(n, 1)}, "
                f"{max(n, 1) - 1}], but got {dim})"
            )
        if n == 0:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return dim % n

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self._data.size

    nelement = numel

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of_array(self._data)

    @property
    def device(self) -> devices.device:
        """The device that holds the memory."""
        return devices.of_array(self._data)

    @property
    def is_cuda(self) -> bool:
        """Whether the memory is on a GPU."""
        return devices.of_array(self._data).type == "cuda"

    @property
    def is_cpu(self) -> bool:
        """Whether the memory is on the CPU."""
        return devices.of_array(self._data).type == "cpu"

    grad_dtype = dtype  # that of `.grad`: the same

    def get_device(self) -> int:
        """The index of the GPU; -1 on the CPU."""
        index = self.device.index
        return -1 if index is None else index

    is_sparse = is_quantized = is_meta = is_mps = is_nested = is_mkldnn = volatile = False
    name = None
    layout = strided

    def is_floating_point(self) -> bool:
        """Whether the elements are real floating numbers."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the elements are complex numbers."""
        return bool(self._data.dtype.kind == "c")

    def is_signed(self) -> bool:
        """Whether the elements can be negative."""
        return self.dtype.is_signed

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self._data.itemsize

    def element_size(self) -> int:
        """Bytes of an element."""
        return self._data.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._data.nbytes

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbours are, along each dimension or one."""
        data = self._data
        if dim is not None:
            return data.strides[self._axis(dim)] // data.itemsize
        return tuple([s // data.itemsize for s in data.strides])

    def storage_offset(self) -> int:
        """How many elements after the start of its memory a view begins."""
        owner = self._data
        while isinstance(owner.base, numpy.ndarray):
            owner = owner.base
        return (self._data.ctypes.data - owner.ctypes.data) // self._data.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._data.ctypes.data)

    const_data_ptr = data_ptr

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the memory is in row-major order without gaps."""
        return bool(self._data.flags.c_contiguous)

    def is_pinned(self) -> bool:
        """Whether the memory is page-locked; never on the CPU."""
        return False

    def pin_memory(self) -> Any:
        """The tensor itself: NumPy's memory is not page-locked."""
        return self

    def share_memory_(self) -> Any:
        """The tensor itself: workers are sent copies."""
        return self

    def is_shared(self) -> bool:
        """Whether the memory is shared between processes."""
        return False

    # Place in the graph

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are computed for this tensor; may be set on leaves."""
        if modes.dual is not None:
            return bool(modes.dual.goes_back(self))
        if self._view is not None:
            return current_node(self) is not None or self._view.base._node is not None
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, (bool, int)):
            raise RuntimeError("requires_grad must be a bool")
        modes.refuse_in_transforms("requires_grad_")
        node = current_node(self)
        if node is not None and type(node) is not Leaf:
            if not value:
                raise RuntimeError(LEAF_FLAG)
            return
        if value and self.dtype.category < dtypes.FLOATING:
            raise RuntimeError(
                hint(
                    "only Tensors of floating point dtype can require gradients",
                    f"this one is {self.dtype}; write 1.0 for 1, or call .float()",
                )
            )
        if value != (node is not None):
            self._node = Leaf() if value else None

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set whether gradients are computed for this leaf; returns it."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        node = current_node(self)
        return node is None or type(node) is Leaf

    @property
    def grad_fn(self) -> Any:
        """The node of the operation that made this tensor; None for a leaf."""
        node = current_node(self)
        if type(node) is Output:
            return node.node
        return None if type(node) is Leaf else node

    @property
    def output_nr(self) -> int:
        """Which output of its node this tensor is."""
        return self._node.index if type(self._node) is Output else 0

    @property
    def grad(self) -> Any:
        """The gradient accumulated by `backward`; None before the first."""
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, TensorBase):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type "
                    f"{type(value).__name__}"
                )
            if value._data.shape != self._data.shape:
                raise RuntimeError(
                    "assigned grad has data of a different size"
                    f"\nhint: the tensor has shape {self._data.shape}, "
                    f"the gradient {value._data.shape}"
                )
            if value._data.dtype != self._data.dtype:
                raise RuntimeError(
                    "attempting to assign a gradient with dtype "
                    f"'{dtypes.of_array(value._data).name}' to a tensor with grad_dtype "
                    f"'{self.dtype.name}'."
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Any:
        """The same memory outside the graph; writes to it are not noticed by autograd."""
        result = new(slot._public)  # flat, as programs of the first lessons take it all the time
        result._data = self._data
        result._writes = [0, 0]
        result._node = result._grad = result._view = None
        return result

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        self._data = value._data

    def detach(self) -> Any:
        """The same memory outside the graph; autograd notices writes to it."""
        result = wrap(self._data)
        result._writes = self._writes
        return result

    def detach_(self) -> Any:
        """Cut this tensor from the graph: it becomes a leaf."""
        if self._view is not None and self._node is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using "
                "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set "
                "as True, gradients are views of DDP buckets, and hence detach_() cannot be "
                "called on these gradients."
            )
        self._node = None
        return self

    @property
    def _version(self) -> int:
        """How often the memory was written, as autograd counts it."""
        return self._writes[COUNT]

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(grad)` when the gradient of this tensor is computed; it may return another.

        >>> w = tensor(1.0, requires_grad=True)
        >>> handle = w.register_hook(lambda grad: grad * 10)
        >>> (w * 2).backward()
        >>> w.grad
        tensor(20.)
        """
        node: Any = current_node(self)
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if type(node) is Leaf:
            return add_hook(node, "hooks", hook)
        owner, index = (node.node, node.index) if type(node) is Output else (node, 0)
        owner.hooked = True
        if owner.hooks is None:
            owner.hooks = {}
        return add_hook(owner.hooks, index, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], None]) -> RemovableHandle:
        """Call `hook(tensor)` after a gradient was added to this leaf's `.grad`."""
        node = current_node(self)
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if type(node) is not Leaf:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        return add_hook(node, "after", hook)

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf in `.grad` too."""
        modes.refuse_in_transforms("retain_grad")
        node: Any = current_node(self)
        if node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if type(node) is Leaf or self.retains_grad:
            return
        from weakref import ref

        me = ref(self)

        def keep(grad: Any) -> None:
            tensor = me()
            if tensor is not None:
                tensor._grad = grad if tensor._grad is None else tensor._grad + grad

        keep.retains = True  # type: ignore[attr-defined]
        self.register_hook(keep)

    @property
    def retains_grad(self) -> bool:
        """Whether `.grad` of this non-leaf is kept by `retain_grad`."""
        node: Any = current_node(self)
        if node is None or type(node) is Leaf:
            return False
        owner, index = (node.node, node.index) if type(node) is Output else (node, 0)
        hooks = (owner.hooks or {}).get(index, {})
        return any(hasattr(hook, "retains") for hook in hooks.values())

    # Values

    def item(self) -> Any:
        """The value of a tensor of one element as a Python number."""
        if self._data.size != 1:
            raise RuntimeError(
                hint(
                    f"a Tensor with {self._data.size} elements cannot be converted to Scalar",
                    "reduce it first (.mean(), .sum()), or use .tolist()",
                )
            )
        return self._data.item()

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers."""
        return self._data.tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """A NumPy array that shares the memory."""
        if force:
            array: Array = move(self._data, "cpu", None)
            return array
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        if self.is_cuda:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to "
                "copy the tensor to host memory first."
            )
        return numpy.asarray(self._data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __dlpack__(self, **options: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self._data.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._data.__dlpack_device__()

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        if hasattr(self._data, "shown"):  # inside of vmap
            return str(self._data.shown(wrap))
        return tensor_repr(
            move(self._data, "cpu", None),
            dtype=str(self.dtype),
            default_dtype=str(dtypes.get_default_dtype()),
            device=None if self.is_cpu else str(self.device),
            suffixes=self._history_words(),
        )

    def _history_words(self) -> list[str]:
        node = current_node(self)
        if type(node) is Leaf:
            return ["requires_grad=True"]
        if node is None:
            return []
        if modes.dual is not None:
            return self._dual_words(node)
        return [f"grad_fn=<{(node.node if type(node) is Output else node).name()}>"]

    def _dual_words(self, node: Any) -> list[str]:
        name = (node.node if type(node) is Output else node).name()
        tangent = modes.dual.tangent(self)
        words = [f"grad_fn=<{name}>"] if modes.dual.goes_back(self) else []
        return words if tangent is None else [*words, f"tangent={tangent}"]

    def __format__(self, spec: str) -> str:
        if self._data.ndim == 0 and type(self) is tensor_type():
            return format(self._data.item(), spec)
        if spec:
            raise TypeError(f"unsupported format string passed to {type(self).__name__}.__format__")
        return repr(self)

    def __bool__(self) -> bool:
        if self._data.size != 1:
            many = "more than one value" if self._data.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {many} is ambiguous")
        return bool(self._data)

    __nonzero__ = __bool__

    def _scalar(self) -> Any:
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._data.item()

    def __float__(self) -> float:
        return float(self._scalar())

    def __int__(self) -> int:
        return int(self._scalar())

    __long__ = __int__

    def __complex__(self) -> complex:
        return complex(self._scalar())

    def __index__(self) -> int:
        if self._data.size != 1 or self._data.dtype.kind not in "biu":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._data.item())

    def __len__(self) -> int:
        if self._data.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        if self._data.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))  # type: ignore[attr-defined]

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (bool, int, float, complex, TensorBase)):
            return bool((self._data == getattr(element, "_data", element)).any())
        raise RuntimeError(
            "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
            f"{type(element)}."
        )
