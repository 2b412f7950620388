"""`torch.autograd.forward_ad`: dual tensors, which carry a tangent along through operations.

A dual tensor is the start of a recorded graph; `unpack_dual` pushes the tangents of all starts
along it. So inside of a level operations are recorded whatever the grad mode is; what `no_grad`
would not have recorded is closed for gradients that go back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple
from weakref import WeakSet

from ..core import dtype as dtypes
from ..core.apply import current_node
from ..core.modes import modes
from ..core.primitive import Leaf, Output, next_seq
from ..core.tensor import TensorBase, new, wrap
from ..ops.inplace import CopySlices
from ..ops.levels import Own, Primal
from .func.forward import blanks, check_tangent, push_from
from .func.reverse import cut, edge, nodes_behind


class UnpackedDualTensor(NamedTuple):
    """A tensor without its tangent, and the tangent; None if it has none."""

    primal: Any
    tangent: Any


class Dual(Own):
    """The start of a tangent"""

    tangent: Any
    level: Any


class Level:
    """A dual level that is running."""

    def __init__(self) -> None:
        self.results: WeakSet[Any] = WeakSet()
        self._blanks = blanks()

    def start(self) -> None:
        """Record from here on."""
        self._blanks.__enter__()
        modes.tell(self.recorded)
        modes.dual, modes.silent, modes.grad = self, not modes.grad, True

    def stop(self) -> None:
        """Forget all tangents: tensors that need no gradient otherwise leave the graph."""
        modes.dual, modes.grad = None, modes.grad and not modes.silent
        modes.silent = False
        modes.tell(self.recorded, False)
        self._blanks.__exit__(None, None, None)
        for tensor in self.results:
            if not self.goes_back(tensor):
                tensor._node = None

    def recorded(self, node: Any, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """An operation was recorded: whether gradients go back through it."""
        node.goes_back = not modes.silent and any(map(_goes_back, node.sources))
        for result in results:
            self.results.add(result)

    def goes_back(self, tensor: Any) -> bool:
        """Whether the tensor requires grad, tangents apart."""
        node = current_node(tensor)
        return node is not None and (type(node) is Leaf or _goes_back(node))

    def tangent(self, tensor: Any) -> Any:
        """The tangent of a tensor as a tensor; None if it has none."""
        end = edge(tensor)
        behind = [] if end is None else nodes_behind([end])
        starts = [n for n in behind if isinstance(n, Dual) and n.level is self]
        if not starts:
            return None
        outward = self.goes_back(tensor) or any(n.goes_back for n in starts)
        create = outward or any(current_node(n.tangent) is not None for n in starts)
        found = push_from([tensor], starts, [n.tangent for n in starts], create)[0]
        return found if found is None or isinstance(found, TensorBase) else wrap(found)

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Record for tangents only."""
        before, modes.silent = modes.silent, True
        try:
            yield
        finally:
            modes.silent = before


def _goes_back(source: Any) -> bool:
    if source is None or isinstance(source, TensorBase):
        return source is not None
    node = source.node if type(source) is Output else source
    if type(node) is CopySlices:  # made without notice
        return any(map(_goes_back, node.sources))
    return bool(node.goes_back)


def enter_dual_level() -> int:
    """Begin a level, in which tensors may have tangents; returns its number, 0.

    RuntimeError inside of another one.
    """
    if modes.dual is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    Level().start()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: all tangents are forgotten."""
    if modes.dual is None:
        raise RuntimeError("Dual level must be a positive number.")
    if level not in (None, 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is "
            "not supported."
        )
    modes.dual.stop()


class dual_level:
    """Context of a level, in which tensors may have tangents.

    >>> import chainrule as torch
    >>> import chainrule.autograd.forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(torch.tensor(2.0), torch.tensor(1.0))
    ...     print(fwAD.unpack_dual(x**3).tangent)
    tensor(12.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        exit_dual_level()


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """The tensor with a tangent, on the same memory.

    RuntimeError outside of a level, or if the sizes differ; ValueError for tensors of integers.
    """
    if modes.dual is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    for name, x in (("primal", tensor), ("tangent", tangent)):
        kind = dtypes.of_array(x._data)
        if kind.category < dtypes.FLOATING:
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {kind}")
    check_tangent(tensor, tangent)
    dual = wrap(tensor._data)
    dual._writes = tensor._writes
    dual._node = node = new(Dual)
    node.seq = next_seq()
    node.sources = (edge(tensor),)
    node.tangent, node.level = tangent, modes.dual
    modes.dual.recorded(node, (tensor,), (dual,))
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The tensor without its tangent, and its tangent, or None."""
    if modes.dual is None:
        return UnpackedDualTensor(tensor, None)
    tangent = modes.dual.tangent(tensor)
    if tangent is None:
        return UnpackedDualTensor(tensor, None)
    if not modes.dual.goes_back(tensor):
        return UnpackedDualTensor(cut(tensor), tangent)
    primal = wrap(tensor._data)
    primal._writes = tensor._writes
    primal._node = node = new(Primal)
    node.seq = next_seq()
    node.sources = (edge(tensor),)
    return UnpackedDualTensor(primal, tangent)
