"""Dropout: zeroing at random in training, nothing in evaluation."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Configured


class _DropoutNd(Configured):
    """A dropout with probability `p`."""

    _settings = ("p", "inplace")

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace


class Dropout(_DropoutNd):
    """Zero each element with probability p and scale the others by 1 / (1 - p).

    Hinton et al., "Improving neural networks by preventing co-adaptation of feature detectors",
    2012.

    >>> from chainrule import nn
    >>> nn.Dropout(0.5).eval()(ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The thinned input."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Zero whole channels.

    Shape: input (N, C, L) or (C, L), output the same.
    """

    def forward(self, input: Tensor) -> Tensor:
        """The thinned input."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Zero whole channels.

    Shape: input (N, C, H, W) or (N, C, L), output the same.
    """

    def forward(self, input: Tensor) -> Tensor:
        """The thinned input."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Zero whole channels.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output the same.
    """

    def forward(self, input: Tensor) -> Tensor:
        """The thinned input."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance, for networks with SELU.

    Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
    """

    def forward(self, input: Tensor) -> Tensor:
        """The thinned input."""
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_DropoutNd):
    """Alpha dropout of whole channels."""

    def forward(self, input: Tensor) -> Tensor:
        """The thinned input."""
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
