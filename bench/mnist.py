"""MNIST for both libraries, from files in MNIST's own format made of the built-in digits.

chainrule reads them with its own `vision`. PyTorch's part is torchvision, which is not installed
here, so the work it does for a sample is written out: the image as a Pillow image, then ToTensor.
Without Pillow it is spared the image and copies the array, which is less than torchvision does.
"""

import struct
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from chainrule.data import digits

try:
    from PIL import Image
except ImportError:
    Image = None


@cache
def folder() -> tempfile.TemporaryDirectory:
    """A folder with MNIST/raw as torchvision lays it out; it goes when the process ends."""
    place = tempfile.TemporaryDirectory()
    raw = Path(place.name, "MNIST", "raw")
    raw.mkdir(parents=True)
    images, labels = digits()
    for part, size in ("train", len(labels)), ("t10k", 1000):
        header = struct.pack(">4I", 0x0803, size, 28, 28)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + images[:size].tobytes())
        header = struct.pack(">2I", 0x0801, size)
        classes = labels[:size].astype(np.uint8)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(header + classes.tobytes())
    return place


def mnist_of(torch: ModuleType) -> Any:
    """The training set, each image through ToTensor, as a data set of the given library."""
    if torch.__name__ == "chainrule":
        from chainrule.vision import datasets, transforms

        return datasets.MNIST(folder().name, train=True, transform=transforms.ToTensor())
    return TorchMNIST(torch)


class TorchMNIST:
    """What torchvision.datasets.MNIST and transforms.ToTensor do for one sample."""

    def __init__(self, torch: ModuleType) -> None:
        images, labels = digits()
        self.torch = torch
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        image, label = self.images[index].numpy(), int(self.labels[index])
        if Image is not None:
            image = Image.fromarray(image)
        pixels = self.torch.from_numpy(np.array(image, copy=True)).view(28, 28, 1)
        return pixels.permute(2, 0, 1).contiguous().to(self.torch.float32).div(255), label
