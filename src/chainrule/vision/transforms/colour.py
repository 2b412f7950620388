"""Brightness, contrast, saturation and hue of images and tensors; rotation, blur and erasure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import chainrule as torch
from chainrule import Tensor, nn

from .functional import crop, get_dimensions, on_planes, resize, rgb_to_grayscale


def blended(img: Any, other: Any, ratio: float) -> Any:
    """ratio * img + (1 - ratio) * other, within the range of the image's type.

    `other` is a number, or planes for images and tensors alike.
    """
    if ratio < 0:
        raise ValueError(f"the factor ({ratio}) is not non-negative.")

    def mixed(planes: Any) -> Any:
        array = planes.numpy() if isinstance(planes, Tensor) else planes
        against = other.numpy() if isinstance(other, Tensor) else other
        wide = ratio * array.astype(np.float32) + np.float32(1 - ratio) * against
        limit = 1.0 if array.dtype.kind == "f" else np.iinfo(array.dtype).max
        found = np.clip(wide, 0, limit).astype(array.dtype)
        return torch.from_numpy(found) if isinstance(planes, Tensor) else found

    return on_planes(img, mixed)


def gray_planes(img: Any) -> Any:
    """The brightness of an image, as planes."""
    if get_dimensions(img)[0] == 1:
        return img.numpy() if isinstance(img, Tensor) else np.asarray(img)
    gray = rgb_to_grayscale(img)
    return gray.numpy() if isinstance(gray, Tensor) else np.asarray(gray)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """An image as many times as bright: 0 is black, 1 the image."""
    return blended(img, 0.0, brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """An image with as many times the distance from its mean brightness: 0 is gray."""
    mean = gray_planes(img).astype(np.float32).mean()
    return blended(img, mean if isinstance(img, Tensor) else int(mean + 0.5), contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """An image with as many times the distance from its gray twin: 0 is without colour."""
    if get_dimensions(img)[0] == 1:
        return img
    return blended(img, gray_planes(img), saturation_factor)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """An image whose hues are turned by -0.5 to 0.5 of the circle; ValueError beyond."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if get_dimensions(img)[0] == 1 or hue_factor == 0:
        return img

    def turned(planes: Any) -> Any:
        array = planes.numpy() if isinstance(planes, Tensor) else planes
        limit = 1.0 if array.dtype.kind == "f" else float(np.iinfo(array.dtype).max)
        colours = np.moveaxis(array.astype(np.float64) / limit, -3, -1)
        found = limit * np.moveaxis(_turned(colours, hue_factor), -1, -3)
        found = (np.round(found) if limit > 1 else found).astype(array.dtype)
        return torch.from_numpy(found) if isinstance(planes, Tensor) else found

    return on_planes(img, turned)


def _turned(colours: np.ndarray, by: float) -> np.ndarray:
    """Colours (..., 3) from 0 to 1, their hues turned; the rest of HSV is kept."""
    high, low = colours.max(-1), colours.min(-1)
    spread = high - low
    red, green, blue = np.moveaxis(colours, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        hue = np.select(
            [high == red, high == green],
            [(green - blue) / spread, 2 + (blue - red) / spread],
            4 + (red - green) / spread,
        )
    hue = 6 * ((np.where(spread == 0, 0, hue) / 6 + by) % 1)
    shifts = np.array([5.0, 3.0, 1.0])
    k = (shifts + hue[..., None]) % 6
    return high[..., None] - spread[..., None] * np.clip(np.minimum(k, 4 - k), 0, 1)


def rotate(img: Any, angle: float, fill: float = 0) -> Any:
    """An image turned counterclockwise by an angle in degrees; each pixel takes the nearest."""
    _, rows, columns = get_dimensions(img)
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    y, x = np.mgrid[:rows, :columns]
    y, x = y - (rows - 1) / 2, x - (columns - 1) / 2
    from_x = np.floor(cos * x - sin * y + columns / 2).astype(int)
    from_y = np.floor(sin * x + cos * y + rows / 2).astype(int)
    outside = (from_x < 0) | (from_x >= columns) | (from_y < 0) | (from_y >= rows)

    def turned(planes: Any) -> Any:
        array = planes.numpy() if isinstance(planes, Tensor) else planes
        found = array[..., from_y.clip(0, rows - 1), from_x.clip(0, columns - 1)]
        found = np.where(outside, np.asarray(fill, array.dtype), found)
        return torch.from_numpy(found) if isinstance(planes, Tensor) else found

    return on_planes(img, turned)


def gaussian_blur(img: Any, kernel_size: Any, sigma: Any = None) -> Any:
    """An image convolved with a bell of odd size, its border mirrored."""
    sizes = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    if any(n % 2 == 0 or n < 1 for n in sizes):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {sizes}")
    spreads = [0.15 * n + 0.35 for n in sizes] if sigma is None else sigma
    spreads = [spreads] * 2 if isinstance(spreads, (int, float)) else list(spreads)

    def blurred(planes: Any) -> Any:
        given = planes if isinstance(planes, Tensor) else torch.from_numpy(planes)
        shape, kind = given.shape, given.dtype
        x = given.reshape(-1, 1, *shape[-2:]).to(torch.float32)
        bells = [bell(n, float(s)) for n, s in zip(sizes, spreads, strict=True)]
        wide, high = sizes[0] // 2, sizes[1] // 2
        x = nn.functional.pad(x, [wide, wide, high, high], mode="reflect")
        x = nn.functional.conv2d(x, torch.outer(bells[1], bells[0])[None, None])
        x = x.round() if not kind.is_floating_point else x
        found = x.reshape(shape).to(kind)
        return found if isinstance(planes, Tensor) else found.numpy()

    return on_planes(img, blurred)


def bell(size: int, sigma: float) -> Tensor:
    """A normalised Gaussian on so many points."""
    half = (size - 1) * 0.5
    x = torch.linspace(-half, half, steps=size)
    weights = torch.exp(-0.5 * (x / sigma).pow(2))
    return weights / weights.sum()


def erase(img: Tensor, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Tensor:
    """A tensor whose rectangle from (i, j) on is `v`."""
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(img)}; apply ToTensor before")
    img = img if inplace else img.clone()
    img[..., i : i + h, j : j + w] = v
    return img


def resized_crop(
    img: Any, top: int, left: int, height: int, width: int, size: Sequence[int], *args: Any
) -> Any:
    """A part of an image, in another size."""
    return resize(crop(img, top, left, height, width), size, *args)
