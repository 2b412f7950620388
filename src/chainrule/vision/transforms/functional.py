"""torchvision.transforms.functional: what a transform does to an image or a tensor.

Images are of Pillow or of arrays (`vision.image`); an array may hold a whole batch of them.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np

import chainrule as torch
from chainrule import Tensor

from ..image import ArrayImage, Image, as_array_image, from_pixels, is_image, of_kind
from ..resample import FILTERS, resample, resized


class InterpolationMode(enum.Enum):
    """How pixels between pixels are found; the values are the names that are printed."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


PILLOW_NUMBERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


def mode_of(interpolation: InterpolationMode | int) -> InterpolationMode:
    """An interpolation mode, also from Pillow's number for it."""
    if isinstance(interpolation, InterpolationMode):
        return interpolation
    if interpolation not in PILLOW_NUMBERS:
        raise TypeError(
            "Argument interpolation should be a InterpolationMode or a corresponding Pillow "
            "integer constant"
        )
    return InterpolationMode(PILLOW_NUMBERS[interpolation])


def get_dimensions(img: Any) -> list[int]:
    """Channels, height and width."""
    if isinstance(img, Tensor):
        return [1 if img.ndim == 2 else img.shape[-3], *img.shape[-2:]]
    check_image(img, "img should be PIL Image or Tensor")
    width, height = img.size
    return [len(img.getbands()), height, width]


def get_image_size(img: Any) -> list[int]:
    """Width and height."""
    return get_dimensions(img)[:0:-1]


def get_image_num_channels(img: Any) -> int:
    """The number of channels."""
    return get_dimensions(img)[0]


def check_image(img: Any, message: str) -> None:
    """TypeError for what is no image."""
    if not is_image(img):
        raise TypeError(f"{message}. Got {type(img)}")


def to_tensor(pic: Any) -> Tensor:
    """An image or an array (H, W) or (H, W, C) as a tensor (C, H, W); bytes become x / 255.

    >>> to_tensor(np.full((1, 2), 51, np.uint8))
    tensor([[[0.2000, 0.2000]]])
    """
    if not isinstance(pic, np.ndarray):
        planes = channels_first(pic, "pic should be PIL Image or ndarray")
    elif pic.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    else:
        planes = pic[None] if pic.ndim == 2 else pic.transpose(2, 0, 1)
    if planes.dtype != np.uint8:
        return torch.from_numpy(np.array(planes, order="C"))
    return torch.from_numpy(np.ascontiguousarray(planes)).to(torch.get_default_dtype()).div(255)


def pil_to_tensor(pic: Any) -> Tensor:
    """An image as a tensor (C, H, W) of the same values."""
    return torch.from_numpy(np.array(channels_first(pic, "pic should be PIL Image"), order="C"))


def channels_first(pic: Any, message: str) -> np.ndarray:
    """The pixels of an image as (..., C, H, W), perhaps in the image's own memory."""
    check_image(pic, message)
    if isinstance(pic, ArrayImage):
        return pic.planes[..., None, :, :] if pic.mode == "L" else pic.planes
    pixels = np.array(pic)
    if pic.mode == "1":
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    return pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A tensor (C, H, W) or (H, W), or an array (H, W, C) or (H, W), as an image.

    A floating tensor is taken to go from 0 to 1.
    """
    if isinstance(pic, Tensor):
        if pic.is_floating_point() and mode != "F":
            pic = pic.mul(255).byte()
        pixels = pic.detach().cpu().numpy()
        pixels = pixels if pixels.ndim == 2 else np.moveaxis(pixels, 0, -1)
    elif isinstance(pic, np.ndarray):
        pixels = pic
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    if pixels.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {pixels.ndim} dimensions.")
    if pixels.ndim == 3 and pixels.shape[-1] > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {pixels.shape[-1]} channels.")
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    return from_pixels(np.ascontiguousarray(pixels), mode)


def convert_image_dtype(image: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """An image of another type, scaled from its type's range to the other's: 0 to 1 for floats.

    RuntimeError for a float that a wide integer type would not hold exactly.
    """
    if image.dtype is dtype:
        return image
    if image.is_floating_point():
        return image.to(dtype) if dtype.is_floating_point else bytes_of(image, dtype)
    old = torch.iinfo(image.dtype).max
    if dtype.is_floating_point:
        return image.to(dtype) / old
    new = torch.iinfo(dtype).max
    if old > new:
        return torch.div(image, (old + 1) // (new + 1), rounding_mode="floor").to(dtype)
    return image.to(dtype) * ((new + 1) // (old + 1))


def bytes_of(image: Tensor, dtype: torch.dtype) -> Tensor:
    """A floating image from 0 to 1 in the range of an integer type."""
    wide = torch.iinfo(dtype).bits
    if wide > 32 or (wide == 32 and image.dtype is torch.float32):
        raise RuntimeError(f"The cast from {image.dtype} to {dtype} cannot be performed safely.")
    return image.mul(torch.iinfo(dtype).max + 1.0 - 1e-3).to(dtype)


def normalize(
    tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False
) -> Tensor:
    """(tensor - mean) / std, with a mean and a std for every channel of (..., C, H, W)."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(
            "Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = "
            f"{tensor.size()}"
        )
    center, scale = (torch.as_tensor(value, dtype=tensor.dtype) for value in (mean, std))
    if (scale == 0).any():
        raise ValueError(
            f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by "
            "zero."
        )
    center, scale = (v.view(-1, 1, 1) if v.ndim == 1 else v for v in (center, scale))
    tensor = tensor if inplace else tensor.clone()
    return tensor.sub_(center).div_(scale)


def resize(
    img: Any,
    size: int | Sequence[int],
    interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool = True,
) -> Any:
    """An image of another size: (height, width), or a number for the shorter side."""
    mode = mode_of(interpolation)
    _, height, width = get_dimensions(img)
    if isinstance(size, int) or len(size) == 1:
        short = size if isinstance(size, int) else size[0]
        rows, columns = resized(height, width, short, max_size)
    elif max_size is None:
        rows, columns = size
    else:
        raise ValueError(
            "max_size should only be passed if size specifies the length of the smaller edge, "
            "i.e. size should be an int or a sequence of length 1"
        )
    if (rows, columns) == (height, width):
        return img
    if Image is not None and isinstance(img, Image.Image):
        number = next(number for number, name in PILLOW_NUMBERS.items() if name == mode.value)
        return img.resize((columns, rows), number)
    if mode.value not in ("nearest", *FILTERS):
        raise NotImplementedError(f"interpolation {mode.value!r} needs an image of Pillow")
    if isinstance(img, ArrayImage):
        return img.with_planes(resample(img.planes, rows, columns, mode.value))
    return resize_tensor(img, rows, columns, mode.value, antialias)


def resize_tensor(img: Tensor, height: int, width: int, mode: str, antialias: bool) -> Tensor:
    """Resample a tensor (..., H, W) in floating point; integers are rounded."""
    planes = img.numpy()
    if img.is_floating_point():
        return torch.from_numpy(resample(planes, height, width, mode, antialias))
    mixed = resample(planes.astype(np.float32), height, width, mode, antialias)
    limits = np.iinfo(planes.dtype)
    return torch.from_numpy(np.clip(np.round(mixed), limits.min, limits.max).astype(planes.dtype))


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """The part of an image from (top, left) on; what lies outside the image is zero."""
    _, rows, columns = get_dimensions(img)
    above, before = max(-top, 0), max(-left, 0)
    below, after = max(top + height - rows, 0), max(left + width - columns, 0)
    if above or before or below or after:
        img = pad(img, [before, above, after, below])
    top, left = top + above, left + before
    return on_planes(img, lambda planes: planes[..., top : top + height, left : left + width])


def center_crop(img: Any, output_size: int | Sequence[int]) -> Any:
    """The middle of an image; a smaller image gets a border of zeros."""
    height, width = pair(output_size)
    _, rows, columns = get_dimensions(img)
    if width > columns or height > rows:
        wide, high = max(width - columns, 0), max(height - rows, 0)
        img = pad(img, [wide // 2, high // 2, (wide + 1) // 2, (high + 1) // 2])
        _, rows, columns = get_dimensions(img)
    top, left = round((rows - height) / 2.0), round((columns - width) / 2.0)
    return crop(img, top, left, height, width)


def pad(
    img: Any, padding: int | Sequence[int], fill: float = 0, padding_mode: str = "constant"
) -> Any:
    """An image with a border: one width, (left and right, top and bottom), or all four.

    The border is `fill`, or with another mode ("edge", "reflect", "symmetric") made of the image.
    """
    sides = [padding] if isinstance(padding, int) else list(padding)
    left, top, right, bottom = {1: sides * 4, 2: sides * 2, 4: sides}[len(sides)]
    border = ((top, bottom), (left, right))
    options = {"constant_values": fill} if padding_mode == "constant" else {}

    def padded(planes: Any) -> Any:
        array = planes.numpy() if isinstance(planes, Tensor) else planes
        widths = ((0, 0),) * (array.ndim - 2) + border
        array = np.pad(array, widths, mode=padding_mode, **options)  # type: ignore[call-overload]
        return torch.from_numpy(array) if isinstance(planes, Tensor) else array

    return on_planes(img, padded)


def hflip(img: Any) -> Any:
    """An image with left and right exchanged."""
    return on_planes(img, lambda planes: flipped(planes, -1))


def vflip(img: Any) -> Any:
    """An image upside down."""
    return on_planes(img, lambda planes: flipped(planes, -2))


def flipped(planes: Any, axis: int) -> Any:
    """Planes of an array or a tensor in reverse order along an axis."""
    return planes.flip(axis) if isinstance(planes, Tensor) else np.flip(planes, axis)


def on_planes(img: Any, function: Any) -> Any:
    """Apply a function of planes (..., H, W) to a tensor or an image."""
    if isinstance(img, Tensor):
        return function(img)
    image = as_array_image(img)
    return of_kind(image.with_planes(np.ascontiguousarray(function(image.planes))), img)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """Brightness, 0.299 R + 0.587 G + 0.114 B, once or in three equal channels."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    if isinstance(img, Tensor):
        return gray_tensor(img, num_output_channels)
    image = as_array_image(img)
    gray = image.pixels if image.mode == "L" else gray_bytes(image.pixels)
    if num_output_channels == 3:
        return of_kind(ArrayImage(np.stack([gray] * 3, axis=-1), "RGB"), img)
    return of_kind(ArrayImage(gray), img)


def gray_bytes(pixels: np.ndarray) -> np.ndarray:
    """Brightness of (..., H, W, C) bytes in Pillow's fixed-point arithmetic."""
    red, green, blue = (pixels[..., channel].astype(np.int64) for channel in range(3))
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(np.uint8)


def gray_tensor(img: Tensor, channels: int) -> Tensor:
    """Brightness of a tensor (..., 3, H, W) or (..., 1, H, W)."""
    if img.ndim < 3 or img.shape[-3] not in (1, 3):
        raise TypeError(f"Input image tensor should have 1 or 3 channels, but found {img.shape}")
    if img.shape[-3] == 3:
        red, green, blue = img.unbind(dim=-3)
        img = (0.2989 * red + 0.587 * green + 0.114 * blue).to(img.dtype).unsqueeze(dim=-3)
    return img if channels == 1 else img.expand(*img.shape[:-3], 3, *img.shape[-2:])


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The same for images only."""
    check_image(img, "Input should be PIL Image")
    return rgb_to_grayscale(img, num_output_channels)


def pair(size: int | Sequence[int]) -> tuple[int, int]:
    """Height and width from one number, one number in a list, or two."""
    sizes = [size] if isinstance(size, int) else list(size)
    if len(sizes) not in (1, 2):
        raise ValueError("Please provide only two dimensions (h, w) for size.")
    return sizes[0], sizes[-1]
