"""The images of clothes that the lessons on classification use."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.utils.data import DataLoader
from chainrule.vision import datasets, transforms

NAMES = (
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def get_fashion_mnist_labels(labels: Iterable[int]) -> list[str]:
    """The names of classes.

    >>> get_fashion_mnist_labels([9, 0])
    ['ankle boot', 't-shirt']
    """
    return [NAMES[int(label)] for label in labels]


def fashion_loaders(
    batch_size: int, resize: int | None, root: str
) -> tuple[DataLoader, DataLoader]:
    """Batches to train on, shuffled, and to test on; images (1, H, W) from 0 to 1.

    The data are in memory and a batch is one indexing call, so no further processes read them.
    """
    sizes = [transforms.Resize(resize)] if resize else []
    transform = transforms.Compose([*sizes, transforms.ToTensor()])
    train, test = (
        datasets.FashionMNIST(root, train=part, transform=transform, download=True)
        for part in (True, False)
    )
    return DataLoader(train, batch_size, shuffle=True), DataLoader(test, batch_size, shuffle=False)
