"""CIFAR-10 and CIFAR-100: 32 x 32 colour images (Krizhevsky, 2009)."""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import hint
from ..image import from_pixels
from .download import download
from .vision import VisionDataset


class CIFAR10(VisionDataset):
    """60,000 colour images in ten classes, 10,000 of them to test on.

    The files are looked for in `root`/cifar-10-batches-py; with `download` they are fetched if they
    are not there. RuntimeError if they cannot be had. Reading them never runs code.

    `data` is a uint8 array (N, 32, 32, 3), `targets` a list of ints; a sample is an image and one.
    """

    base_folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_files = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"]
    test_files = ["test_batch"]
    meta = ("batches.meta", "label_names")
    labels = "labels"

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        self.folder = Path(self.root or "", self.base_folder)
        if download:
            self.download()
        names = self.train_files if train else self.test_files
        if not all((self.folder / name).is_file() for name in (*names, self.meta[0])):
            message = "Dataset not found or corrupted. You can use download=True to download it"
            raise RuntimeError(hint(message, f"the files belong into {self.folder}"))
        entries = [read(self.folder / name) for name in names]
        pixels = np.concatenate([entry["data"] for entry in entries]).reshape(-1, 3, 32, 32)
        self.data = np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
        self.targets: list[int] = [int(n) for entry in entries for n in entry[self.labels]]
        self.classes: list[str] = read(self.folder / self.meta[0])[self.meta[1]]

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class."""
        return {name: number for number, name in enumerate(self.classes)}

    def download(self) -> None:
        """Fetch the archive, unless the files are there."""
        if (self.folder / self.meta[0]).is_file():
            return
        archive = self.folder.parent / self.url.rpartition("/")[2]
        download(self.url, archive, self.tgz_md5)
        with tarfile.open(archive) as file:
            file.extractall(self.folder.parent, filter="data")

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """An image and its class, each through its transform."""
        image: Any = from_pixels(self.data[index])
        target: Any = self.targets[index]
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def extra_repr(self) -> str:
        """The part of the data set."""
        return f"Split: {'Train' if self.train else 'Test'}"


class CIFAR100(CIFAR10):
    """As CIFAR-10, in a hundred classes."""

    base_folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_files = ["train"]
    test_files = ["test"]
    meta = ("meta", "fine_label_names")
    labels = "fine_labels"


class Plain(pickle.Unpickler):
    """Unpickles arrays and Python's plain values, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """What arrays are made of; UnpicklingError for any other name."""
        if name == "_reconstruct" and module.startswith("numpy") and "multiarray" in module:
            return np.zeros(0).__reduce__()[0]
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype")):
            return getattr(np, name)
        if (module, name) == ("_codecs", "encode"):
            return lambda text, encoding: text.encode(encoding)
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which is refused")


def read(path: Path) -> dict[str, Any]:
    """What one of the files holds."""
    found: dict[str, Any] = Plain(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    return found
