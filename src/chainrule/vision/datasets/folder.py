"""Data sets of files in folders, a folder for each class."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ...errors import hint
from .vision import VisionDataset

IMG_EXTENSIONS = (
    ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp",
)  # fmt: skip


class DatasetFolder(VisionDataset):
    """Files below `root`/<class>/, read by `loader`; a sample is what it returns, and the class.

    What counts as a file of the data set: one with one of the `extensions`, or one that
    `is_valid_file` accepts. FileNotFoundError for a class without any, unless `allow_empty`.
    """

    def __init__(
        self,
        root: str | Path,
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        if (extensions is None) == (is_valid_file is None):
            raise ValueError(
                "Both extensions and is_valid_file cannot be None or not None at the same time"
            )
        self.loader = loader
        self.extensions = extensions
        folder = os.fspath(self.root or "")
        self.classes, self.class_to_idx = self.find_classes(folder)
        valid = is_valid_file or (lambda path: path.lower().endswith(extensions or ()))
        self.samples = list(self._samples(folder, valid))
        self.targets = [target for _, target in self.samples]
        empty = sorted(set(self.classes) - {self.classes[t] for t in self.targets})
        if empty and not allow_empty:
            message = f"Found no valid file for the classes {', '.join(empty)}."
            if extensions:
                message += f" Supported extensions are: {', '.join(extensions)}"
            raise FileNotFoundError(message)

    def find_classes(self, directory: str) -> tuple[list[str], dict[str, int]]:
        """The folders below, and their numbers; FileNotFoundError if there are none."""
        classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
        if not classes:
            message = f"Couldn't find any class folder in {directory}."
            raise FileNotFoundError(hint(message, "it should hold a folder for each class"))
        return classes, {name: number for number, name in enumerate(classes)}

    def _samples(self, folder: str, valid: Callable[[str], bool]) -> Iterator[tuple[str, int]]:
        for name in sorted(self.class_to_idx):
            below = sorted(os.walk(os.path.join(folder, name), followlinks=True))
            for place, _, files in below:
                for file in sorted(files):
                    path = os.path.join(place, file)
                    if valid(path):
                        yield path, self.class_to_idx[name]

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """A sample and its class, each through its transform."""
        path, target = self.samples[index]
        sample = self.loader(path)
        found: Any = target
        if self.transform is not None:
            sample = self.transform(sample)
        if self.target_transform is not None:
            found = self.target_transform(found)
        return sample, found

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """Images below `root`/<class>/, in colour. Needs Pillow."""

    def __init__(
        self,
        root: str | Path,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        loader: Callable[[str], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(
            root,
            loader or default_loader,
            IMG_EXTENSIONS if is_valid_file is None else None,
            transform,
            target_transform,
            is_valid_file,
            allow_empty,
        )
        self.imgs = self.samples


def default_loader(path: str) -> Any:
    """The image in a file, in colour; ImportError without Pillow."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "reading images needs Pillow, which is not installed. "
            "Install it with: pip install pillow"
        ) from None
    with Image.open(path) as image:
        return image.convert("RGB")
