"""torchvision.utils: several images in one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import chainrule as torch
from chainrule import Tensor

from .transforms.functional import to_pil_image


def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Images (B, C, H, W) as one image (3, H', W') of `nrow` columns; gray becomes three channels.

    `normalize` shifts and scales to 0 .. 1, from `value_range` or from the least and the largest
    value, of each image alone with `scale_each`.
    """
    images = as_batch(tensor)
    if normalize:
        images = images.clone()
        for part in images if scale_each else [images]:
            low, high = value_range or (float(part.min()), float(part.max()))
            part.clamp_(min=low, max=high).sub_(low).div_(max(high - low, 1e-5))
    if images.size(0) == 1:
        return images.squeeze(0)
    columns = min(nrow, images.size(0))
    rows = math.ceil(images.size(0) / columns)
    height, width = images.size(2) + padding, images.size(3) + padding
    shape = images.size(1), height * rows + padding, width * columns + padding
    grid = images.new_full(shape, pad_value)
    for place, image in enumerate(images):
        top, left = place // columns * height + padding, place % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return grid


def as_batch(tensor: Tensor | Sequence[Tensor]) -> Tensor:
    """One image (H, W) or (C, H, W), a list of images or a batch as (B, C, H, W), C not 1."""
    if not isinstance(tensor, Tensor):
        if not isinstance(tensor, (list, tuple)) or not all(isinstance(t, Tensor) for t in tensor):
            raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
        tensor = torch.stack(list(tensor), dim=0)
    if tensor.dim() == 2:
        tensor = tensor.unsqueeze(0)
    if tensor.dim() == 3:
        tensor = tensor.unsqueeze(0)
    return torch.cat((tensor, tensor, tensor), 1) if tensor.size(1) == 1 else tensor


def save_image(
    tensor: Tensor | Sequence[Tensor],
    fp: str | Path | BinaryIO,
    format: str | None = None,
    **kwargs: Any,
) -> None:
    """Write the grid of images to a file, values from 0 to 1 as bytes. Needs Pillow."""
    grid = make_grid(tensor, **kwargs)
    pixels = grid.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8)
    to_pil_image(pixels).save(fp, format=format)
