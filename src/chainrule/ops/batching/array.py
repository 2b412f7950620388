"""An array with hidden axes in front, one for each `vmap` that is running.

It has the shape of one example. NumPy brings every function applied to it here, where the hidden
axes are kept apart from the ones that the function knows; so a kernel or a gradient rule that is
written for one example computes all of them at once. What has no rule raises `Unbatchable`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy
from numpy.lib.mixins import NDArrayOperatorsMixin

from ...typing import Array

Levels = tuple[int, ...]
"""The numbers of the vmaps whose axes an array has, outermost first."""

FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We "
    "don't support that yet, please file an issue at https://github.com/pytorch/pytorch/issues .\n"
    "hint: each example would go its own way; use torch.where(condition, a, b)"
)
ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling "
    ".item() on a Tensor, please try to rewrite what you're doing with other operations. If error "
    "is occurring somewhere inside PyTorch internals, please file a bug report."
)
STORAGE = (
    "Cannot access data pointer of Tensor that doesn't have storage\n"
    "hint: inside of vmap a tensor stands for all examples at once: neither Python nor NumPy can "
    "read it, and it cannot be written into a tensor that is not mapped"
)
MASK = (
    "vmap: We do not support batching operators that can support dynamic shape. Attempting to "
    "batch over indexing with a boolean mask.\nhint: use torch.where(mask, a, b)"
)


class Unbatchable(NotImplementedError):
    """There is no rule for this use of an array: the operation runs once for each example."""


class DynamicShape(RuntimeError):
    """The result would have another shape for each example."""


class Batched(NDArrayOperatorsMixin):
    """An array of one example, which holds those of all examples."""

    __slots__ = ("__weakref__", "levels", "root", "value")
    __array_priority__ = 2000

    def __init__(self, value: Array, levels: Levels, root: Any = None) -> None:
        self.value = value
        self.levels = levels
        self.root = root  # of a view: whose memory it is

    shape = property(lambda self: self.value.shape[len(self.levels) :])
    strides = property(lambda self: self.value.strides[len(self.levels) :])
    ndim = property(lambda self: self.value.ndim - len(self.levels))
    dtype = property(lambda self: self.value.dtype)
    itemsize = property(lambda self: self.value.itemsize)
    flags = property(lambda self: self.value.flags)
    base = property(lambda self: self.root)
    T = property(lambda self: self.transpose())
    sizes = property(lambda self: self.value.shape[: len(self.levels)])

    @property
    def size(self) -> int:
        """The number of elements of one example."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes of one example."""
        return self.size * self.itemsize

    def __len__(self) -> int:
        return int(self.shape[0])

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Batched(levels={self.levels}, {self.value!r})"

    def shown(self, make: Callable[[Array], Any]) -> str:
        """How a tensor with this array is printed: with those of all examples."""
        text = repr(make(self.value))
        for depth in range(1, len(self.levels) + 1):
            inner = text.replace("\n", "\n    ")
            text = f"BatchedTensor(lvl={depth}, bdim=0, value=\n    {inner}\n)"
        return text

    def namespace(self) -> Any:
        """NumPy, for who makes arrays of this one's kind."""
        from . import running

        return running.Namespace(self.levels, self.sizes)

    def viewed(self, value: Array) -> Batched:
        """Another view of this memory."""
        return Batched(value, self.levels, self.root if self.root is not None else self)

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from . import rules

        return rules.ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, options: Any
    ) -> Any:
        from . import rules, running

        rule = rules.FUNCTIONS.get(function)
        if rule is None:
            return running.function_one_by_one(function, args, options)
        return rule(*args, **options)

    def __getattr__(self, name: str) -> Any:
        from . import rules

        if name == "__array_interface__":
            raise RuntimeError(STORAGE)
        method = rules.METHODS.get(name)
        if method is None:
            raise AttributeError(name)
        return lambda *args, **options: method(self, *args, **options)

    @property
    def real(self) -> Any:
        """The real part."""
        return self.viewed(self.value.real)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return self.viewed(self.value.imag)

    def __getitem__(self, index: Any) -> Any:
        from . import indexing

        return indexing.getitem(self, index)

    def __setitem__(self, index: Any, new: Any) -> None:
        from . import indexing

        indexing.setitem(self, index, new)

    def run_primitive(self, op: Any, arrays: Any, params: dict[str, Any]) -> Any:
        """Run a primitive of which this is one of the inputs."""
        from . import running

        return running.run(op, arrays, params)

    # Where values leave

    def agreed(self, error: str) -> Any:
        """The one value that all examples have; an error if they differ."""
        value = self.value
        if value.size and self.size == 1 and (value == value.flat[0]).all():
            return value.flat[0]
        raise RuntimeError(error)

    def __bool__(self) -> bool:
        if sys._getframe(1).f_code.co_name == "__bool__":  # of a tensor: the program's own branch
            raise RuntimeError(FLOW)
        return bool(self.agreed(FLOW))

    def item(self, *index: Any) -> Any:
        """The element, inside of the library, where all examples have the same."""
        if sys._getframe(1).f_code.co_name in ("item", "_scalar"):
            raise RuntimeError(ITEM)
        return self.agreed(ITEM).item()

    def __int__(self) -> int:
        return int(self.agreed(ITEM))

    def __index__(self) -> int:
        return int(self.agreed(ITEM))

    def __float__(self) -> float:
        return float(self.agreed(ITEM))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        raise RuntimeError(STORAGE)

    def tolist(self) -> Any:
        """Not inside of vmap."""
        raise RuntimeError(STORAGE)


def levels_of(x: Any) -> Levels:
    """The levels of an array; none of a plain one."""
    return x.levels if type(x) is Batched else ()


def joined(xs: Sequence[Any]) -> Levels:
    """All levels of some arrays."""
    found: set[int] = set()
    for x in xs:
        found.update(levels_of(x))
    return tuple(sorted(found))


def sizes_of(xs: Sequence[Any], levels: Levels) -> tuple[int, ...]:
    """The number of examples of each level, read off the arrays."""
    known: dict[int, int] = {}
    for x in xs:
        if type(x) is Batched:
            known.update(zip(x.levels, x.sizes, strict=True))
    return tuple(known[level] for level in levels)


def spread(x: Any, levels: Levels, ndim: int) -> Any:
    """The whole value, with an axis for each level (of size 1 if x lacks it) and `ndim` others."""
    if type(x) is not Batched:
        return x
    missing = ndim - x.ndim
    if x.levels == levels and not missing:
        return x.value
    own = set(x.levels)
    index = [slice(None) if level in own else None for level in levels]
    return x.value[(*index, *[None] * missing, ...)]


def filled_out(x: Any, sizes: dict[int, int]) -> Batched:
    """The array with these levels too: a view that repeats it for the ones that it lacks."""
    own = x if type(x) is Batched else Batched(numpy.asarray(x), ())
    every = {**sizes, **dict(zip(own.levels, own.sizes, strict=True))}
    levels = tuple(sorted(every))
    shape = (*[every[level] for level in levels], *own.shape)
    return Batched(numpy.broadcast_to(spread(own, levels, own.ndim), shape), levels)


def made(value: Any, levels: Levels) -> Any:
    """A new array with these levels; a plain one if there are none."""
    value = numpy.asarray(value)
    return Batched(value, levels) if levels else value
