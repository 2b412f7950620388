"""What pointwise families share: PyTorch's refusals, SciPy's functions, and gradients of steps.

Knows no operation.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy

from ..core import dtype as dtypes
from ..core.primitive import Primitive
from ..core.promotion import NUMBERS, constant, is_number
from ..core.tensor import TensorBase
from ..kernels import elementwise
from .kinds import Pointwise

F = TypeVar("F", bound=Callable[..., Any])


def on_numpy(op: type[Primitive]) -> Callable[[F], F]:
    """Make the decorated function what runs on NumPy's arrays in place of the kernel.

    It computes the same, faster; the kernel stays the formula that is traced and shown.
    """

    def use(function: F) -> F:
        op.on_cpu = function
        op.flat = (function, *op.flat[1:])
        return function

    return use


class Limited(Pointwise):
    """A pointwise operation that PyTorch lacks for some dtypes.

    A TypeError of the kernel (NumPy's own, or one of `refuse`) becomes PyTorch's error, which
    names its kernel: `cpu`.
    """

    cpu: ClassVar[str]

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's error for a dtype without a kernel."""
        if not isinstance(error, TypeError):
            return super().explain(error, arrays, params)
        kind = dtypes.result_of(a for a in arrays if hasattr(a, "dtype"))
        name = cls.kernel_name(params)
        return NotImplementedError(f'"{name}" not implemented for {kind.short!r}')

    @classmethod
    def kernel_name(cls, params: dict[str, Any]) -> str:
        """What PyTorch calls its kernel."""
        return cls.cpu


class Composite(Limited):
    """A formula of several steps.

    Half precision takes them in single, and is rounded once. The namespace of the kernel has
    faster forms of some of NumPy's functions; see `kernels.elementwise`.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "kernel" in cls.__dict__:
            on_numpy(cls)(functools.partial(_rounded_once, cls.kernel))


def _rounded_once(kernel: Callable[..., Any], *arrays: Any, **params: Any) -> Any:
    kind = arrays[0].dtype
    if kind.itemsize != 2 or kind.kind in "iu":
        return kernel(elementwise.namespace, *arrays, **params)
    single = [a.astype(numpy.float32) for a in arrays]
    return kernel(elementwise.namespace, *single, **params).astype(kind)


def refuse(x: Any, kinds: str) -> None:
    """Raise TypeError for arrays of these kinds (NumPy's letters: b, i, u, f, c)."""
    if x.dtype.kind in kinds:
        raise TypeError(f"no kernel for {x.dtype}")


def only_wide_floats(x: Any) -> None:
    """Raise TypeError for complex numbers and for half precision."""
    if x.dtype.kind != "f" or x.dtype.itemsize < 4:
        raise TypeError(f"no kernel for {x.dtype}")


def need_tensor(function: str, argument: str, position: int, value: Any) -> None:
    """PyTorch's error where a number is given and only a tensor is taken."""
    if type(value) in NUMBERS:
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be Tensor, "
            f"not {type(value).__name__}"
        )


def need_operand(function: str, argument: str, position: int, value: Any) -> None:
    """PyTorch's error where neither a tensor nor a number is given."""
    if not (isinstance(value, TensorBase) or is_number(value) or hasattr(value, "dtype")):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be Tensor or Number, "
            f"not {type(value).__name__}"
        )


def no_derivative(name: str) -> Callable[[Any, Any], Any]:
    """The gradient rule of an operation that PyTorch does not differentiate: it raises."""

    def rule(ctx: Any, *g: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return rule


def unwritten(name: str) -> Callable[[Any, Any], Any]:
    """The gradient rule of an input for which PyTorch, unlike for others, has none: it raises."""

    def rule(ctx: Any, g: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return rule


def number_like(xp: Any, value: Any, x: Any) -> Any:
    """The number as a 0-d array of the dtype of x."""
    array = constant(value, x.dtype)
    return array if isinstance(x, (numpy.ndarray, numpy.generic)) else xp.asarray(array)


def by_scipy(xp: Any, name: str, *xs: Any) -> Any:
    """The function of scipy.special, or of CuPy's copy of it; TypeError for complex numbers."""
    refuse(xs[-1], "c")
    return _of_scipy(xp.__name__, name)(*xs)


@functools.cache
def _of_scipy(namespace: str, name: str) -> Any:
    module = "scipy.special" if namespace == "numpy" else "cupyx.scipy.special"
    return getattr(importlib.import_module(module), name)
