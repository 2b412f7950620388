"""Layers that exchange channels for pixels."""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Configured


class PixelShuffle(Configured):
    """Make images r times larger from r**2 times fewer channels.

    Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel
    convolutional neural network", CVPR 2016.

    Shape: input (*, C r**2, H, W), output (*, C, H r, W r).
    """

    _settings = ("upscale_factor",)

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """The larger images."""
        return F.pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(Configured):
    """The reverse of `PixelShuffle`.

    Shape: input (*, C, H r, W r), output (*, C r**2, H, W).
    """

    _settings = ("downscale_factor",)

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """The smaller images."""
        return F.pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(Configured):
    """Divide the channels into groups and interleave them.

    Shape: input (*, C, H, W), output the same.
    """

    _settings = ("groups",)

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """The channels in their new order."""
        return F.channel_shuffle(input, self.groups)
