"""Images of noise, for trying a program without data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chainrule as torch

from ..transforms.functional import to_pil_image
from .vision import VisionDataset


class FakeData(VisionDataset):
    """Random images, the same at each look, with random classes.

    >>> image, target = FakeData(size=4, image_size=(3, 8, 8))[1]
    >>> image.size, 0 <= target < 10
    ((8, 8), True)
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(None, transform=transform, target_transform=target_transform)
        self.size = size
        self.num_classes = num_classes
        self.image_size = image_size
        self.random_offset = random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """An image and its class; IndexError beyond the end."""
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        before = torch.get_rng_state()
        torch.manual_seed(index + self.random_offset)
        pixels = torch.randn(*self.image_size)
        target: Any = torch.randint(0, self.num_classes, (1,))[0].item()
        torch.set_rng_state(before)
        image: Any = to_pil_image(pixels)
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __len__(self) -> int:
        return self.size
