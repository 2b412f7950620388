"""torchvision.io: pictures as tensors. Needs Pillow."""

from __future__ import annotations

import enum
from os import PathLike

from chainrule import Tensor

from .transforms.functional import pil_to_tensor, to_pil_image


class ImageReadMode(enum.Enum):
    """Which channels are read."""

    UNCHANGED = None
    GRAY = "L"
    GRAY_ALPHA = "LA"
    RGB = "RGB"
    RGB_ALPHA = "RGBA"


def read_image(path: str | PathLike[str], mode: ImageReadMode = ImageReadMode.UNCHANGED) -> Tensor:
    """The picture in a file as uint8 (C, H, W)."""
    from PIL import Image

    with Image.open(path) as image:
        return pil_to_tensor(image if mode.value is None else image.convert(mode.value))


def write_png(input: Tensor, filename: str, compression_level: int = 6) -> None:
    """Write a picture, uint8 (C, H, W), to a PNG file."""
    to_pil_image(input).save(filename, format="PNG", compress_level=compression_level)


def write_jpeg(input: Tensor, filename: str, quality: int = 75) -> None:
    """Write a picture, uint8 (C, H, W), to a JPEG file."""
    to_pil_image(input).save(filename, format="JPEG", quality=quality)
