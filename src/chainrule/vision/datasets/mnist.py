"""MNIST and Fashion-MNIST: 28 x 28 gray images in ten classes."""

from __future__ import annotations

import os
import string
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as torch
from chainrule import Tensor

from ...errors import hint
from ..image import ArrayImage, from_pixels
from ..transforms.transforms import takes_batches
from .download import download
from .idx import read_idx
from .vision import VisionDataset

FOLDER = "CHAINRULE_DATA"
"""The environment variable that names a folder with data sets beside `root`."""


class MNIST(VisionDataset):
    """Handwritten digits (LeCun, Cortes and Burges): 60,000 to train on and 10,000 to test on.

    The files, compressed or not, are looked for in `root`/MNIST/raw, then in
    $CHAINRULE_DATA/MNIST/raw; with `download` they are fetched into the first if they are in
    neither. RuntimeError if they cannot be had, ValueError if they are damaged.

    `data` is uint8 (N, 28, 28), `targets` int64 (N,); a sample is an image and an int.
    """

    mirrors = [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ]
    resources = [
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ]
    classes = [
        "0 - zero",
        "1 - one",
        "2 - two",
        "3 - three",
        "4 - four",
        "5 - five",
        "6 - six",
        "7 - seven",
        "8 - eight",
        "9 - nine",
    ]

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
        if download:
            self.download()
        images, labels = self.find("images-idx3-ubyte"), self.find("labels-idx1-ubyte")
        if images is None or labels is None:
            message = "Dataset not found. You can use download=True to download it"
            raise RuntimeError(hint(message, self.advice()))
        self.data, self.targets = load(images, labels)

    @property
    def raw_folder(self) -> str:
        """The folder of the files as they were published."""
        return os.path.join(self.root or "", type(self).__name__, "raw")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class."""
        return {name: number for number, name in enumerate(self.classes)}

    def folders(self) -> list[Path]:
        """Where the files may be."""
        shared = os.environ.get(FOLDER)
        others = [Path(shared, type(self).__name__, "raw")] if shared else []
        return [Path(self.raw_folder), *others]

    def find(self, kind: str, train: bool | None = None) -> Path | None:
        """The path of the images or the labels, if there are any."""
        part = "train" if (self.train if train is None else train) else "t10k"
        names = f"{part}-{kind}", f"{part}-{kind}.gz"
        paths = (folder / name for folder in self.folders() for name in names)
        return next((path for path in paths if path.is_file()), None)

    def download(self) -> None:
        """Fetch the files that are not there yet; RuntimeError if none of the mirrors has one."""
        for name, md5 in self.resources:
            part, _, kind = name.removesuffix(".gz").partition("-")
            if self.find(kind, part == "train") is None:
                self.download_one(name, md5)

    def download_one(self, name: str, md5: str) -> None:
        """Fetch a file from the first mirror that has it."""
        failures = []
        for mirror in self.mirrors:
            try:
                return download(mirror + name, Path(self.raw_folder, name), md5)
            except (OSError, ValueError) as error:
                failures.append(f"{mirror}: {error}")
        message = "\n".join([f"Error downloading {name}", *failures])
        raise RuntimeError(hint(message, self.advice()))

    def advice(self) -> str:
        """What to do without the files."""
        names = ", ".join(name for name, _ in self.resources)
        return (
            f"put {names} into {self.raw_folder} or ${FOLDER}/{type(self).__name__}/raw; "
            "or use the built-in digits: chainrule.data.digits()"
        )

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """An image and its class, each through its transform."""
        image: Any = from_pixels(self.data[index].numpy())
        target: Any = int(self.targets[index])
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __getbatch__(self, indices: np.ndarray) -> list[Tensor] | None:
        """Images and classes of a batch, transformed in one call where the transform allows it."""
        if (
            self.target_transform is not None
            or not takes_batches(self.transform)
            or not (is_plain(self.data, 3, torch.uint8) and is_plain(self.targets, 1, torch.int64))
        ):
            return None
        images = self.transform(ArrayImage(self.data.numpy()[indices]))  # type: ignore[misc]
        return [images, torch.from_numpy(self.targets.numpy()[indices])]

    def extra_repr(self) -> str:
        """The part of the data set."""
        return f"Split: {'Train' if self.train else 'Test'}"

    @property
    def train_labels(self) -> Tensor:
        """The old name of `targets`."""
        warnings.warn("train_labels has been renamed targets", stacklevel=2)
        return self.targets

    @property
    def test_labels(self) -> Tensor:
        """The old name of `targets`."""
        warnings.warn("test_labels has been renamed targets", stacklevel=2)
        return self.targets

    @property
    def train_data(self) -> Tensor:
        """The old name of `data`."""
        warnings.warn("train_data has been renamed data", stacklevel=2)
        return self.data

    @property
    def test_data(self) -> Tensor:
        """The old name of `data`."""
        warnings.warn("test_data has been renamed data", stacklevel=2)
        return self.data


class FashionMNIST(MNIST):
    """Pictures of clothes in MNIST's format (Xiao, Rasul and Vollgraf, 2017)."""

    mirrors = ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ]
    classes = [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ]


class KMNIST(MNIST):
    """Cursive Japanese characters in MNIST's format (Clanuwat et al., 2018)."""

    mirrors = ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ]
    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class EMNIST(MNIST):
    """Handwritten letters and digits in MNIST's format (Cohen et al., 2017), in several splits."""

    url = "https://biometrics.nist.gov/itl/div894/emnist/gzip.zip"
    md5 = "58c8d27c78d21e728a6bc7b3cc06412e"
    splits = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")
    _all = set(string.digits + string.ascii_letters)
    _merged = set("cijklmopsuvwxyz")  # capital and small letters look alike
    classes_split_dict = {
        "byclass": sorted(_all),
        "bymerge": sorted(_all - _merged),
        "balanced": sorted(_all - _merged),
        "letters": ["N/A", *string.ascii_lowercase],
        "digits": list(string.digits),
        "mnist": list(string.digits),
    }

    def __init__(self, root: str | Path, split: str, **kwargs: Any) -> None:
        if split not in self.splits:
            known = ", ".join(self.splits)
            raise ValueError(
                f"Unknown value '{split}' for argument split. Valid values are {{{known}}}."
            )
        self.split = split
        self.classes = self.classes_split_dict[split]
        super().__init__(root, **kwargs)

    def find(self, kind: str, train: bool | None = None) -> Path | None:
        """The path of the images or the labels, if there are any."""
        part = "train" if (self.train if train is None else train) else "test"
        name = f"emnist-{self.split}-{part}-{kind}"
        paths = (folder / f"{name}{end}" for folder in self.folders() for end in ("", ".gz"))
        return next((path for path in paths if path.is_file()), None)

    def download(self) -> None:
        """Fetch the archive of all splits, and take the files out of it."""
        if all(self.find(f"{kind}-ubyte") for kind in ("images-idx3", "labels-idx1")):
            return
        archive = Path(self.raw_folder, "gzip.zip")
        download(self.url, archive, self.md5)
        with zipfile.ZipFile(archive) as file:
            for member in file.namelist():
                if member.endswith(".gz"):
                    Path(self.raw_folder, Path(member).name).write_bytes(file.read(member))
        archive.unlink()

    def advice(self) -> str:
        """What to do without the files."""
        return f"put emnist-{self.split}-*.gz into {self.raw_folder}, or use download=True"


def is_plain(value: Any, ndim: int, dtype: torch.dtype) -> bool:
    """Whether a tensor is still as the files give it; programs may have put others in its place."""
    return isinstance(value, Tensor) and value.ndim == ndim and value.dtype is dtype


def load(images: Path, labels: Path) -> tuple[Tensor, Tensor]:
    """Images and labels from two files; ValueError if they do not belong together."""
    data, targets = read_idx(images), read_idx(labels)
    if data.ndim != 3 or targets.ndim != 1 or len(data) != len(targets):
        raise ValueError(
            f"{images} holds an array of shape {data.shape} and {labels} one of {targets.shape}; "
            "expected as many images as labels"
        )
    return torch.from_numpy(data), torch.from_numpy(targets.astype("int64"))
