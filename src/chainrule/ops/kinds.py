"""Families of primitives: what the operations of one kind share. Knows no operation."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import numpy

from ..core.primitive import Primitive
from ..errors import hint


class Pointwise(Primitive):
    """out[i] depends on the inputs at i only; inputs are broadcast, and named x, y, z."""

    kind = "pointwise"
    promotes: ClassVar[str | None] = "numeric"

    @classmethod
    def infer(cls, *shapes: tuple[int, ...], **params: Any) -> tuple[int, ...]:
        """The shape of the output, from those of the inputs."""
        return numpy.broadcast_shapes(*shapes)

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's error for shapes that cannot be broadcast."""
        shapes = [a.shape for a in arrays if hasattr(a, "shape")]
        for one, other in pairwise(shapes):
            found = broadcast_error(one, other)
            if found is not None:
                return found
        return super().explain(error, arrays, params)


class Reduction(Primitive):
    """Folds axes of one input: `dim` is a tuple of axes, `keepdim` keeps them with size 1."""

    kind = "reduction"

    @classmethod
    def infer(
        cls, shape: tuple[int, ...], /, *, dim: Any, keepdim: bool, **_: Any
    ) -> tuple[int, ...]:
        """The shape of the output."""
        if keepdim:
            return tuple(1 if i in dim else n for i, n in enumerate(shape))
        return tuple(n for i, n in enumerate(shape) if i not in dim)


class ViewOp(Primitive):
    """Another view of the input's memory (reshape copies where it must)."""

    kind = "view"


def broadcast_error(a: tuple[int, ...], b: tuple[int, ...]) -> RuntimeError | None:
    """PyTorch's error for two shapes that do not broadcast; None if they do."""
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            message = (
                f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) "
                f"at non-singleton dimension {max(len(a), len(b)) - back}"
            )
            return RuntimeError(hint(message, _broadcast_advice(a, b)))
    return None


def _broadcast_advice(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    shapes = f"the shapes are {a} and {b}"
    if len(a) == 1 and len(b) > 1 and a[0] == b[0]:
        return f"{shapes}; did you mean a.unsqueeze(1)?"
    if len(b) == 1 and len(a) > 1 and a[0] == b[0]:
        return f"{shapes}; did you mean b.unsqueeze(1)?"
    return f"{shapes}; sizes must be equal or 1, counted from the last dimension"
