"""torchvision.transforms: a transform is an object that remembers its parameters and prints them.

The work is done in `functional`. Those named in `takes_batches` treat many images in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import chainrule as torch
from chainrule import Tensor, nn

from . import functional as F
from .functional import InterpolationMode


class Compose:
    """Several transforms, one after another."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = [f"    {transform}" for transform in self.transforms]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])


class ToTensor:
    """An image or an array as a tensor (C, H, W) from 0 to 1."""

    def __call__(self, pic: Any) -> Tensor:
        return F.to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PILToTensor:
    """An image as a tensor (C, H, W) of the same values."""

    def __call__(self, pic: Any) -> Tensor:
        return F.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ToPILImage:
    """A tensor (C, H, W) or an array (H, W, C) as an image."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        mode = "" if self.mode is None else f"mode={self.mode}"
        return f"{type(self).__name__}({mode})"


class Lambda:
    """Any function."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ConvertImageDtype(nn.Module):
    """A tensor in another type, scaled to that type's range."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Tensor) -> Tensor:
        """The converted image."""
        return F.convert_image_dtype(image, self.dtype)


class Normalize(nn.Module):
    """(x - mean) / std for every channel."""

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Tensor) -> Tensor:
        """The normalised tensor."""
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mean={self.mean}, std={self.std})"


class Resize(nn.Module):
    """Another size: (height, width), or a number for the shorter side."""

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool = True,
    ) -> None:
        super().__init__()
        if not isinstance(size, (int, Sequence)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.max_size, self.antialias = size, max_size, antialias
        self.interpolation = F.mode_of(interpolation)

    def forward(self, img: Any) -> Any:
        """The resized image."""
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(size={self.size}, interpolation={self.interpolation.value}, "
            f"max_size={self.max_size}, antialias={self.antialias})"
        )


class CenterCrop(nn.Module):
    """The middle of an image."""

    def __init__(self, size: int | Sequence[int]) -> None:
        super().__init__()
        self.size = F.pair(size)

    def forward(self, img: Any) -> Any:
        """The cropped image."""
        return F.center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size})"


class Pad(nn.Module):
    """A border around an image."""

    def __init__(
        self, padding: int | Sequence[int], fill: float = 0, padding_mode: str = "constant"
    ) -> None:
        super().__init__()
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img: Any) -> Any:
        """The wider image."""
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(padding={self.padding}, fill={self.fill}, "
            f"padding_mode={self.padding_mode})"
        )


class RandomCrop(nn.Module):
    """A part of an image at a random place, after an optional border."""

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: float = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size, self.padding, self.pad_if_needed = F.pair(size), padding, pad_if_needed
        self.fill, self.padding_mode = fill, padding_mode

    @staticmethod
    def get_params(img: Any, output_size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random part; ValueError for an image too small."""
        _, rows, columns = F.get_dimensions(img)
        height, width = output_size
        if rows < height or columns < width:
            raise ValueError(
                f"Required crop size {(height, width)} is larger than input image size "
                f"{(rows, columns)}"
            )
        if (rows, columns) == (height, width):
            return 0, 0, rows, columns
        top = torch.randint(0, rows - height + 1, size=(1,)).item()
        left = torch.randint(0, columns - width + 1, size=(1,)).item()
        return top, left, height, width

    def forward(self, img: Any) -> Any:
        """The part."""
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        if self.pad_if_needed:
            _, rows, columns = F.get_dimensions(img)
            high, wide = max(self.size[0] - rows, 0), max(self.size[1] - columns, 0)
            img = F.pad(img, [wide, high], self.fill, self.padding_mode) if high or wide else img
        return F.crop(img, *self.get_params(img, self.size))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, padding={self.padding})"


class RandomFlip(nn.Module):
    """Something done to an image with probability p."""

    flip: Callable[[Any], Any]

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, flipped or not."""
        return type(self).flip(img) if torch.rand(1) < self.p else img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomHorizontalFlip(RandomFlip):
    """Left and right exchanged with probability p."""

    flip = staticmethod(F.hflip)


class RandomVerticalFlip(RandomFlip):
    """Upside down with probability p."""

    flip = staticmethod(F.vflip)


class Grayscale(nn.Module):
    """Brightness in one channel or in three equal ones."""

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        """The gray image."""
        return F.rgb_to_grayscale(img, self.num_output_channels)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_output_channels={self.num_output_channels})"


class ToImage(nn.Module):
    """An image as a tensor (C, H, W) of the same values."""

    def forward(self, inpt: Any) -> Tensor:
        """The tensor; a tensor is left as it is."""
        return inpt if isinstance(inpt, Tensor) else F.pil_to_tensor(inpt)


class ToDtype(nn.Module):
    """A tensor in another type, scaled to that type's range if asked."""

    def __init__(self, dtype: torch.dtype, scale: bool = False) -> None:
        super().__init__()
        self.dtype, self.scale = dtype, scale

    def forward(self, inpt: Tensor) -> Tensor:
        """The converted tensor."""
        if self.scale:
            return F.convert_image_dtype(inpt, self.dtype)
        return inpt.to(self.dtype)

    def extra_repr(self) -> str:
        """The parameters, as they are printed."""
        return f"dtype={self.dtype}, scale={self.scale}"


MAKE_TENSORS = (PILToTensor, ToImage, ToTensor)
BATCHED = (
    CenterCrop,
    ConvertImageDtype,
    Grayscale,
    Normalize,
    PILToTensor,
    Resize,
    ToDtype,
    ToImage,
    ToTensor,
)


def takes_batches(transform: Any) -> bool:
    """Whether a transform makes of a batch of images the tensors it makes of each of them.

    Other classes, also those made from these, might draw random numbers or look at one image.

    >>> takes_batches(Compose([Resize(32), ToTensor()])), takes_batches(RandomHorizontalFlip())
    (True, False)
    """
    chain = transform.transforms if type(transform) is Compose else [transform]
    makers = [step for step in chain if type(step) in MAKE_TENSORS]
    return len(makers) == 1 and all(map(treats_each_alike, chain))


def treats_each_alike(transform: Any) -> bool:
    """Whether a transform does the same to each image of a batch as to the image alone."""
    if type(transform) is Resize and not isinstance(transform.size, int):
        # Pillow chooses the order of rows and columns by size, which decides about rounding.
        return len(set(transform.size)) == 1
    return type(transform) in BATCHED
