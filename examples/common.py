"""What the examples share: the digits, one epoch of training, a progress bar, the curves."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # draw into a file, with or without a screen

import matplotlib.pyplot as plt
import torch
from torch.utils.data import Dataset, TensorDataset, random_split

from chainrule.data import digits

WIDTH = 30


def split_digits(seed: int = 0) -> tuple[Dataset, Dataset]:
    """4000 digits to train on and 1000 to test on: images (1, 28, 28) from 0 to 1, and classes."""
    images, labels = digits()
    pixels = torch.from_numpy(images).unsqueeze(1) / 255  # (5000, 1, 28, 28)
    everything = TensorDataset(pixels, torch.from_numpy(labels))
    generator = torch.Generator().manual_seed(seed)
    train, test = random_split(everything, [4000, 1000], generator=generator)
    return train, test


def progress(batches: Iterable, title: str) -> Iterator:
    """The same batches, with one line on the terminal that is redrawn as they pass."""
    total = len(batches)
    for done, batch in enumerate(batches):
        if sys.stdout.isatty():
            bar = "#" * (WIDTH * done // total)
            print(f"\r{title} [{bar:.<{WIDTH}}] {done}/{total}", end="", flush=True)
        yield batch
    if sys.stdout.isatty():
        print("\r\033[K", end="")  # back to the start, erase the line


def train_epoch(net, loss_of, optimizer, batches: Iterable, title: str) -> tuple[float, float]:
    """One pass over the batches, a step each; returns the mean loss and the share of hits."""
    net.train()
    total = right = count = 0
    for X, y in progress(batches, title):
        outputs = net(X)
        loss = loss_of(outputs, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        right += (outputs.argmax(dim=1) == y).sum().item()
        count += len(y)
    return total / count, right / count


def accuracy(net, batches: Iterable) -> float:
    """The share of samples whose largest output is their class."""
    net.eval()
    right = count = 0
    with torch.no_grad():
        for X, y in batches:
            right += (net(X).argmax(dim=1) == y).sum().item()
            count += len(y)
    return right / count


def draw(history: list[tuple[float, float, float]], title: str, file: Path) -> None:
    """Loss on the left, accuracies on the right, one point an epoch."""
    losses, train, test = zip(*history, strict=True)
    epochs = range(1, len(history) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    figure.suptitle(title)
    left.plot(epochs, losses, "o-", markersize=3)
    left.set(xlabel="epoch", ylabel="mean training loss", ylim=(0, None))
    right.plot(epochs, train, "o-", markersize=3, label="training")
    right.plot(epochs, test, "o-", markersize=3, label="test")
    right.set(xlabel="epoch", ylabel="accuracy", ylim=(None, 1))
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(file, dpi=120)
    plt.close(figure)
    print(f"curves drawn in {file.name}")
