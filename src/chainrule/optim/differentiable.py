"""Runs an update formula on tensors, so that gradients go through a step of an optimizer.

The formulas change what they are given by augmented assignments. Here they get values that have
none, so that Python computes new ones and nothing that backward needs is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.grad_mode import enable_grad
from ..core.tensor import TensorBase
from ..errors import hint
from ..ops import compare, creation, extremes, roots, signs
from ..ops.complex import view_as_complex, view_as_real


class Recorded:
    """A tensor with the arithmetic of formulas, all of it out of place."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    def __float__(self) -> float:
        raise NotImplementedError(
            hint(
                "this optimizer has no gradient for its learning rate",
                "give lr as a number, or detach it",
            )
        )

    def __add__(self, other: Any) -> Recorded:
        return Recorded(self.tensor + bare(other))

    def __sub__(self, other: Any) -> Recorded:
        return Recorded(self.tensor - bare(other))

    def __mul__(self, other: Any) -> Recorded:
        return Recorded(self.tensor * bare(other))

    def __truediv__(self, other: Any) -> Recorded:
        return Recorded(self.tensor / bare(other))

    def __rsub__(self, other: Any) -> Recorded:
        return Recorded(other - self.tensor)

    def __rtruediv__(self, other: Any) -> Recorded:
        return Recorded(other / self.tensor)

    def __pow__(self, other: Any) -> Recorded:
        return Recorded(self.tensor ** bare(other))

    def __neg__(self) -> Recorded:
        return Recorded(-self.tensor)

    def __lt__(self, other: Any) -> Recorded:
        return Recorded(self.tensor < bare(other))

    def __gt__(self, other: Any) -> Recorded:
        return Recorded(self.tensor > bare(other))

    __radd__, __rmul__ = __add__, __mul__


def bare(value: Any) -> Any:
    """The tensor that is recorded, or a number as it is."""
    return value.tensor if isinstance(value, Recorded) else value


class _Functions:
    """The functions of an array namespace that formulas use, for recorded tensors."""

    @staticmethod
    def abs(x: Recorded) -> Recorded:
        return Recorded(signs.abs(x.tensor))

    @staticmethod
    def sqrt(x: Recorded) -> Recorded:
        return Recorded(roots.sqrt(x.tensor))

    @staticmethod
    def sign(x: Recorded) -> Recorded:
        return Recorded(signs.sign(x.tensor))

    @staticmethod
    def positive(x: Recorded, out: Any = None) -> Recorded:
        return x

    @staticmethod
    def maximum(x: Recorded, y: Any, out: Any = None) -> Recorded:
        return Recorded(extremes.maximum(x.tensor, _like(x, y)))

    @staticmethod
    def minimum(x: Recorded, y: Any) -> Recorded:
        return Recorded(extremes.minimum(x.tensor, _like(x, y)))

    @staticmethod
    def where(condition: Recorded, x: Any, y: Any) -> Recorded:
        return Recorded(compare.where(condition.tensor, bare(x), bare(y)))


def _like(x: Recorded, y: Any) -> Any:
    return y.tensor if isinstance(y, Recorded) else creation.full_like(x.tensor, y)


def recorded(group: dict[str, Any]) -> dict[str, Any]:
    """The settings of a group, with a learning rate that requires a gradient kept as a tensor."""
    for name, value in group.items():
        if name != "lr" and _wants_gradient(value):
            raise NotImplementedError(f"there is no gradient for {name}: detach it")
    rate = group["lr"]
    return {**group, "lr": Recorded(rate)} if _wants_gradient(rate) else group


def _wants_gradient(value: Any) -> bool:
    return isinstance(value, TensorBase) and value.requires_grad  # type: ignore[attr-defined]


def update_recorded(
    formula: Callable[..., tuple[Any, ...]], settings: Sequence[Any], p: Any, state: Sequence[Any]
) -> None:
    """Change the parameter `p` and its state by `p.grad`, and remember how."""
    with enable_grad():
        given = [p, p.grad, *(kept.clone() for kept in state)]  # the state is written below
        if p.is_complex():
            given = [view_as_real(tensor) for tensor in given]
        changed = [bare(value) for value in formula(_Functions, *settings, *map(Recorded, given))]
        if p.is_complex():
            changed = [value if value is None else view_as_complex(value) for value in changed]
        for tensor, value in zip((p, *state), changed, strict=False):
            tensor.copy_(value)
