"""Layers that merge and split dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from ...tensor import Tensor
from .module import Configured


class Flatten(Configured):
    """Merge the dimensions from start_dim to end_dim into one.

    >>> from chainrule import nn
    >>> nn.Flatten()(zeros(2, 3, 4)).shape
    torch.Size([2, 12])
    """

    _settings = ("start_dim", "end_dim")

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """The same elements in fewer dimensions."""
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(Configured):
    """Split the dimension `dim` into the sizes given.

    TypeError if these are not a tuple or list of integers.

    >>> from chainrule import nn
    >>> nn.Unflatten(1, (3, 4))(zeros(2, 12)).shape
    torch.Size([2, 3, 4])
    """

    _settings = ("dim", "unflattened_size")

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            kind = type(unflattened_size).__name__
            raise TypeError(f"unflattened_size must be a tuple of ints, but found type {kind}")
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{type(size).__name__} at pos {i}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """The same elements in more dimensions."""
        return input.unflatten(self.dim, self.unflattened_size)
