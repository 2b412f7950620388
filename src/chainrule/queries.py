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
_warn_only = False
_warn_always = False

has_lapack = has_spectral = True  # SciPy's
has_mkl = has_openmp = False


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
    global _deterministic, _warn_only
    _deterministic, _warn_only = bool(mode), bool(warn_only)


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told of `warn_only`."""
    return _warn_only


_DEBUG_MODES = ("default", "warn", "error")


def get_deterministic_debug_mode() -> int:
    """0, 1 (warn) or 2 (error), as `set_deterministic_debug_mode` was told."""
    return (1 if _warn_only else 2) if _deterministic else 0


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Accepted, by number or as "default", "warn" or "error"."""
    if debug_mode in _DEBUG_MODES:
        debug_mode = _DEBUG_MODES.index(debug_mode)
    if debug_mode not in (0, 1, 2):
        choice = (
            "0, 1, or 2" if isinstance(debug_mode, int) else "one of `default`, `warn`, `error`"
        )
        raise RuntimeError(f"invalid value of debug_mode, expected {choice}, but got {debug_mode}")
    use_deterministic_algorithms(debug_mode != 0, warn_only=debug_mode == 1)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was told."""
    return _warn_always


def set_warn_always(b: bool) -> None:
    """Accepted: how often a warning shows is up to Python's filters."""
    global _warn_always
    _warn_always = bool(b)


def compiled_with_cxx11_abi() -> bool:
    """True, as in PyTorch: nothing here is compiled."""
    return True


def is_distributed(input: Any) -> bool:
    """Whether the tensor is spread over processes: never."""
    return False


# Numbers that PyTorch's compiler may not know yet are plain numbers here.


def sym_int(a: Any) -> int:
    """The integer towards zero.

    >>> import chainrule
    >>> chainrule.sym_int(2.7)
    2
    """
    return int(a)


def sym_float(a: Any) -> float:
    """The number as a float."""
    return float(a)


def sym_not(a: Any) -> bool:
    """`not a`."""
    return not a


def sym_max(a: Any, b: Any) -> Any:
    """The larger of two numbers, a float if one of them is."""
    return _joined(max(a, b), a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller of two numbers, a float if one of them is."""
    return _joined(min(a, b), a, b)


def _joined(value: Any, a: Any, b: Any) -> Any:
    return float(value) if isinstance(a, float) or isinstance(b, float) else value


def sym_sum(args: Any) -> Any:
    """The sum of a list of numbers."""
    return sum(args)


def sym_ite(b: bool, t: Any, f: Any) -> Any:
    """`t if b else f`."""
    return t if b else f


def set_flush_denormal(mode: bool) -> bool:
    """False: NumPy leaves denormal numbers as they are."""
    return False
