"""Transforms that change an image at random, so that a network sees more of what may come."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import chainrule as torch
from chainrule import Tensor, nn

from . import colour as C
from . import functional as F
from .functional import InterpolationMode


class RandomApply(nn.Module):
    """All of some transforms with probability p, else none of them."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__()
        self.transforms, self.p = transforms, p

    def forward(self, img: Any) -> Any:
        """The image, transformed or not."""
        if self.p < torch.rand(1):
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = [f"    {transform}" for transform in self.transforms]
        return "\n".join([f"{type(self).__name__}(", f"    p={self.p}", *lines, ")"])


class RandomChoice:
    """One of some transforms; `p` are their weights."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: Any = None) -> None:
        self.transforms, self.p = transforms, p

    def __call__(self, img: Any) -> Any:
        return random.choices(self.transforms, weights=self.p)[0](img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomGrayscale(nn.Module):
    """An image without colour with probability p; it keeps its number of channels."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, gray or not."""
        channels = F.get_dimensions(img)[0]
        if torch.rand(1) < self.p:
            img = F.rgb_to_grayscale(img, num_output_channels=channels)
        return img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomRotation(nn.Module):
    """An image turned by a random angle: up to `degrees` either way, or between two numbers."""

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: InterpolationMode = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Any = None,
        fill: float = 0,
    ) -> None:
        super().__init__()
        if interpolation is not InterpolationMode.NEAREST or expand or center is not None:
            raise NotImplementedError(
                "RandomRotation: interpolation other than nearest, expand and center are not "
                "supported"
            )
        if isinstance(degrees, (int, float)):
            if degrees < 0:
                raise ValueError("If degrees is a single number, it must be positive.")
            degrees = (-degrees, degrees)
        self.degrees, self.fill = [float(d) for d in degrees], fill
        self.interpolation = interpolation

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """A random angle."""
        return float(torch.empty(1).uniform_(degrees[0], degrees[1]).item())

    def forward(self, img: Any) -> Any:
        """The turned image."""
        return C.rotate(img, self.get_params(self.degrees), self.fill)

    def __repr__(self) -> str:
        way = self.interpolation.value
        return (
            f"{type(self).__name__}(degrees={self.degrees}, interpolation={way}, expand=False, "
            f"fill={self.fill})"
        )


class RandomResizedCrop(nn.Module):
    """A random part of an image, of a random share and shape, in one size."""

    def __init__(
        self,
        size: int | Sequence[int],
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: InterpolationMode = InterpolationMode.BILINEAR,
        antialias: bool = True,
    ) -> None:
        super().__init__()
        self.size, self.scale, self.ratio = F.pair(size), scale, ratio
        self.interpolation, self.antialias = interpolation, antialias

    @staticmethod
    def get_params(
        img: Any, scale: Sequence[float], ratio: Sequence[float]
    ) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random part; in the middle if ten tries fail."""
        _, rows, columns = F.get_dimensions(img)
        logs = torch.log(torch.tensor(ratio))
        for _ in range(10):
            area = rows * columns * torch.empty(1).uniform_(scale[0], scale[1]).item()
            shape = torch.exp(torch.empty(1).uniform_(float(logs[0]), float(logs[1]))).item()
            width, height = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if 0 < width <= columns and 0 < height <= rows:
                top = int(torch.randint(0, rows - height + 1, size=(1,)).item())
                left = int(torch.randint(0, columns - width + 1, size=(1,)).item())
                return top, left, height, width
        shape = columns / rows
        width, height = columns, rows
        if shape < min(ratio):
            height = round(width / min(ratio))
        elif shape > max(ratio):
            width = round(height * max(ratio))
        return (rows - height) // 2, (columns - width) // 2, height, width

    def forward(self, img: Any) -> Any:
        """The part."""
        part = F.crop(img, *self.get_params(img, self.scale, self.ratio))
        return F.resize(part, self.size, self.interpolation, antialias=self.antialias)

    def __repr__(self) -> str:
        scale = tuple(round(s, 4) for s in self.scale)
        ratio = tuple(round(r, 4) for r in self.ratio)
        return (
            f"{type(self).__name__}(size={self.size}, scale={scale}, ratio={ratio}, "
            f"interpolation={self.interpolation.value}, antialias={self.antialias})"
        )


class ColorJitter(nn.Module):
    """Brightness, contrast, saturation and hue changed at random, in random order.

    A number b stands for factors from max(0, 1 - b) to 1 + b, for hue from -b to b.
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0,
        contrast: float | Sequence[float] = 0,
        saturation: float | Sequence[float] = 0,
        hue: float | Sequence[float] = 0,
    ) -> None:
        super().__init__()
        self.brightness = interval(brightness, "brightness")
        self.contrast = interval(contrast, "contrast")
        self.saturation = interval(saturation, "saturation")
        self.hue = interval(hue, "hue", 0.0, (-0.5, 0.5))

    def forward(self, img: Any) -> Any:
        """The changed image."""
        steps = (
            (C.adjust_brightness, self.brightness),
            (C.adjust_contrast, self.contrast),
            (C.adjust_saturation, self.saturation),
            (C.adjust_hue, self.hue),
        )
        order = torch.randperm(4).tolist()
        factors = [
            None if limits is None else float(torch.empty(1).uniform_(*limits))
            for _, limits in steps
        ]
        for number in order:
            factor = factors[number]
            if factor is not None:
                img = steps[number][0](img, factor)
        return img

    def __repr__(self) -> str:
        names = ("brightness", "contrast", "saturation", "hue")
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in names)})"


def interval(
    value: float | Sequence[float],
    name: str,
    middle: float = 1.0,
    bound: tuple[float, float] = (0.0, math.inf),
) -> tuple[float, float] | None:
    """From where to where a factor is drawn; None if that is nothing. ValueError beyond bounds."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        low, high = middle - value, middle + value
        low = max(low, 0.0) if name != "hue" else low
    else:
        low, high = (float(v) for v in value)
    if not bound[0] <= low <= high <= bound[1]:
        raise ValueError(f"{name} values should be between {bound}, but got {(low, high)}.")
    return None if low == high == middle else (low, high)


class RandomErasing(nn.Module):
    """A random rectangle of a tensor made `value` (or noise: "random"), with probability p.

    Zhong et al., "Random erasing data augmentation" (2017).
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__()
        self.p, self.scale, self.ratio = p, scale, ratio
        self.value, self.inplace = value, inplace

    def forward(self, img: Tensor) -> Tensor:
        """The tensor, with the rectangle or without."""
        if torch.rand(1) >= self.p:
            return img
        channels, rows, columns = img.shape[-3:]
        logs = torch.log(torch.tensor(self.ratio))
        for _ in range(10):
            area = rows * columns * torch.empty(1).uniform_(self.scale[0], self.scale[1]).item()
            shape = torch.exp(torch.empty(1).uniform_(float(logs[0]), float(logs[1]))).item()
            height, width = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if not (height < rows and width < columns):
                continue
            value = self._value(channels, height, width)
            top = int(torch.randint(0, rows - height + 1, size=(1,)).item())
            left = int(torch.randint(0, columns - width + 1, size=(1,)).item())
            return C.erase(img, top, left, height, width, value, self.inplace)
        return img

    def _value(self, channels: int, height: int, width: int) -> Any:
        if self.value == "random":
            return torch.empty([channels, height, width], dtype=torch.float32).normal_()
        if isinstance(self.value, (int, float)):
            return float(self.value)
        return torch.tensor(self.value)[:, None, None]

    def __repr__(self) -> str:
        names = ("p", "scale", "ratio", "value", "inplace")
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in names)})"


class GaussianBlur(nn.Module):
    """An image blurred by a bell whose width is drawn between two numbers, or is one."""

    def __init__(self, kernel_size: int | Sequence[int], sigma: Any = (0.1, 2.0)) -> None:
        super().__init__()
        self.kernel_size = F.pair(kernel_size)
        self.sigma = (sigma, sigma) if isinstance(sigma, (int, float)) else tuple(sigma)
        if not 0 < self.sigma[0] <= self.sigma[1]:
            raise ValueError(f"sigma values should be positive and of the form (min, max): {sigma}")

    def forward(self, img: Any) -> Any:
        """The blurred image."""
        sigma = torch.empty(1).uniform_(*self.sigma).item()
        return C.gaussian_blur(img, list(self.kernel_size), [sigma, sigma])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kernel_size={self.kernel_size}, sigma={self.sigma})"
