"""Images: Pillow's where it is installed, arrays in their place where it is not.

An ArrayImage may hold many images of one size, so that a transform can take a batch in one call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

try:
    from PIL import Image
except ImportError:
    Image = None  # type: ignore[assignment]

CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


class ArrayImage:
    """An image of bytes: pixels (..., H, W) in mode "L", (..., H, W, C) in "RGB" and "RGBA".

    >>> ArrayImage(np.zeros((28, 20), np.uint8)).size
    (20, 28)
    """

    def __init__(self, pixels: np.ndarray, mode: str = "L") -> None:
        self.pixels = pixels
        self.mode = mode

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.planes.shape[-2:]
        return width, height

    @property
    def planes(self) -> np.ndarray:
        """The pixels with height and width last: (..., H, W) or (..., C, H, W)."""
        return self.pixels if self.mode == "L" else np.moveaxis(self.pixels, -1, -3)

    def with_planes(self, planes: np.ndarray) -> ArrayImage:
        """An image of the same mode from other planes."""
        return ArrayImage(planes if self.mode == "L" else np.moveaxis(planes, -3, -1), self.mode)

    def getbands(self) -> tuple[str, ...]:
        """The names of the channels."""
        return tuple(self.mode)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.pixels, dtype, copy=copy)

    def __repr__(self) -> str:
        width, height = self.size
        return f"<ArrayImage mode={self.mode} size={width}x{height}>"


def is_image(value: Any) -> bool:
    """Whether a value is an image of either kind."""
    return isinstance(value, ArrayImage) or (Image is not None and isinstance(value, Image.Image))


def from_pixels(pixels: np.ndarray, mode: str | None = None) -> Any:
    """An image around pixels (H, W) or (H, W, C): Pillow's if it is installed.

    Pillow decides the mode from the type of the pixels if none is given.
    """
    if Image is not None:
        image = Image.fromarray(pixels)
        return image if mode in (None, image.mode) else image.convert(mode)
    found = "L" if pixels.ndim == 2 else {3: "RGB", 4: "RGBA"}.get(pixels.shape[-1])
    if pixels.dtype != np.uint8 or found is None or mode not in (None, found):
        raise ImportError("images other than 8-bit L, RGB and RGBA need Pillow: pip install pillow")
    return ArrayImage(pixels, found)


def as_array_image(image: Any) -> ArrayImage:
    """The same image as an array; ValueError for a mode that is not of bytes."""
    if isinstance(image, ArrayImage):
        return image
    if image.mode not in CHANNELS:
        raise ValueError(
            f"images of mode {image.mode!r} are not supported here; convert them first"
        )
    return ArrayImage(np.asarray(image), image.mode)


def of_kind(image: ArrayImage, kind: Any) -> Any:
    """`image` as an image of the kind that `kind` has."""
    return image if isinstance(kind, ArrayImage) else from_pixels(image.pixels, image.mode)
