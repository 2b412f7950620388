"""Functions of the namespace that ask, or set what changes no result here."""

from __future__ import annotations

from typing import Any

import numpy

from .core import dtype as dtypes
from .core.size import Size
from .core.storage import UntypedStorage
from .core.tensor import TensorBase, plain


def is_tensor(obj: Any) -> bool:
    """Whether this is a tensor."""
    return isinstance(obj, TensorBase)


def is_storage(obj: Any) -> bool:
    """Whether this is the storage of a tensor."""
    return isinstance(obj, UntypedStorage)


def is_inference(input: Any) -> bool:
    """Whether the tensor was made in inference mode: that is not remembered here."""
    return False


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape."""
    return bool(input.shape == other.shape)


def numel(input: Any) -> int:
    """The number of elements.

    >>> numel(zeros(2, 3))
    6
    """
    return int(input.numel())


def detach(input: Any) -> Any:
    """The same memory outside the graph."""
    return input.detach()


def get_device(input: Any) -> int:
    """The index of the GPU that holds the tensor; -1 on the CPU."""
    return int(input.get_device())


def typename(obj: Any) -> str:
    """The name of an object's type; for a tensor such as 'torch.FloatTensor'."""
    if isinstance(obj, TensorBase):
        name: str = obj.type()  # type: ignore[attr-defined]
        return name
    kind = obj if isinstance(obj, type) else type(obj)
    return f"{kind.__module__}.{kind.__qualname__}"


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The type in which an operation on two tensors or numbers takes place.

    >>> result_type(tensor([1]), 1.0)
    torch.float32
    """
    both = [plain(tensor1), plain(tensor2)]
    arrays = [x for x in both if hasattr(x, "dtype")]
    return dtypes.result_of(arrays, [x for x in both if not hasattr(x, "dtype")])


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes broadcast to; RuntimeError if they do not.

    >>> broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    given = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(numpy.broadcast_shapes(*given))
    except ValueError:
        raise RuntimeError(
            "Shape mismatch: objects cannot be broadcast to a single shape\n"
            f"hint: the shapes are {', '.join(map(str, given))}"
        ) from None


_precision = "highest"
_deterministic = False


def get_float32_matmul_precision() -> str:
    """The precision asked for; products are always computed in the tensors' own."""
    return _precision


def set_float32_matmul_precision(precision: str) -> None:
    """Accepted: products are always computed in the tensors' own precision."""
    global _precision
    _precision = precision


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told; operations here always are deterministic."""
    return _deterministic


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: operations here always are deterministic."""
    global _deterministic
    _deterministic = mode


def set_flush_denormal(mode: bool) -> bool:
    """False: NumPy leaves denormal numbers as they are."""
    return False
