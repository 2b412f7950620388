"""The toolbox of "Dive into Deep Learning", `from d2l import torch as d2l`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import chainrule as torch
from chainrule import Tensor
from chainrule import nn as nn
from chainrule.utils import data

from ...errors import unknown
from ..fashion import fashion_loaders
from ..fashion import get_fashion_mnist_labels as get_fashion_mnist_labels
from ..measure import Accumulator as Accumulator
from ..measure import Timer as Timer
from ..plots import Animator as Animator
from ..plots import plot as plot
from ..plots import pyplot
from ..plots import set_axes as set_axes
from ..plots import set_figsize as set_figsize
from ..plots import show_images as show_images
from ..plots import use_svg_display as use_svg_display

Batches = Iterable[tuple[Tensor, Tensor]]


def __getattr__(name: str) -> ModuleType:
    if name == "plt":
        return pyplot()
    raise unknown("d2l.torch", name, globals())


def synthetic_data(w: Tensor, b: float, num_examples: int) -> tuple[Tensor, Tensor]:
    """Samples X of N(0, 1) and y = X w + b with noise of N(0, 0.01^2)."""
    X = torch.normal(0, 1, (num_examples, len(w)))
    y = torch.matmul(X, w) + b
    y += torch.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


def linreg(X: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """Linear regression: X w + b."""
    return torch.matmul(X, w) + b


def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    """Half the squared error of each sample."""
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params: Iterable[Tensor], lr: float, batch_size: int) -> None:
    """One step of stochastic gradient descent; the gradients are sums over the batch."""
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def load_array(
    data_arrays: tuple[Tensor, ...], batch_size: int, is_train: bool = True
) -> data.DataLoader:
    """Batches of tensors in memory, shuffled for training."""
    return data.DataLoader(data.TensorDataset(*data_arrays), batch_size, shuffle=is_train)


def get_dataloader_workers() -> int:
    """The number of processes that the book reads data with."""
    return 4


def load_data_fashion_mnist(
    batch_size: int, resize: int | None = None
) -> tuple[data.DataLoader, data.DataLoader]:
    """Fashion-MNIST to train on, shuffled, and to test on."""
    return fashion_loaders(batch_size, resize, "../data")


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """The number of samples whose largest output, or whose output, is their class."""
    if len(y_hat.shape) > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(dim=1)
    return float((y_hat.type(y.dtype) == y).type(y.dtype).sum())


def evaluate_accuracy(net: Any, data_iter: Batches) -> float:
    """The share of samples that a model classifies rightly."""
    if isinstance(net, nn.Module):
        net.eval()
    hits = Accumulator(2)
    with torch.no_grad():
        for X, y in data_iter:
            hits.add(accuracy(net(X), y), y.numel())
    return hits[0] / hits[1]


def evaluate_loss(net: Any, data_iter: Batches, loss: Callable[[Tensor, Tensor], Tensor]) -> float:
    """The mean loss over the elements of a data set."""
    sums = Accumulator(2)
    for X, y in data_iter:
        out = net(X)
        values = loss(out, y.reshape(out.shape))
        sums.add(values.sum().item(), values.numel())
    return sums[0] / sums[1]


def train_epoch_ch3(
    net: Any, train_iter: Batches, loss: Callable[[Tensor, Tensor], Tensor], updater: Any
) -> tuple[float, float]:
    """One epoch; returns mean loss and accuracy.

    `updater` is an optimizer, or a function of the batch size that steps by summed gradients.
    """
    if isinstance(net, nn.Module):
        net.train()
    sums = Accumulator(3)
    for X, y in train_iter:
        y_hat = net(X)
        values = loss(y_hat, y)
        if isinstance(updater, torch.optim.Optimizer):
            updater.zero_grad()
            values.mean().backward()
            updater.step()
        else:
            values.sum().backward()
            updater(X.shape[0])
        sums.add(values.sum().item(), accuracy(y_hat, y), y.numel())
    return sums[0] / sums[2], sums[1] / sums[2]


def train_ch3(
    net: Any,
    train_iter: Batches,
    test_iter: Batches,
    loss: Callable[[Tensor, Tensor], Tensor],
    num_epochs: int,
    updater: Any,
) -> None:
    """Train a classifier and draw its curves; AssertionError if it has not learnt enough."""
    legend = ["train loss", "train acc", "test acc"]
    animator = Animator(xlabel="epoch", xlim=[1, num_epochs], ylim=[0.3, 0.9], legend=legend)
    for epoch in range(num_epochs):
        train_loss, train_acc = train_epoch_ch3(net, train_iter, loss, updater)
        test_acc = evaluate_accuracy(net, test_iter)
        animator.add(epoch + 1, (train_loss, train_acc, test_acc))
    assert train_loss < 0.5, train_loss
    assert 0.7 < train_acc <= 1, train_acc
    assert 0.7 < test_acc <= 1, test_acc


def predict_ch3(net: Any, test_iter: Batches, n: int = 6) -> None:
    """Draw the first images of a data set below their names and the names predicted."""
    X, y = next(iter(test_iter))
    true, guessed = get_fashion_mnist_labels(y), get_fashion_mnist_labels(net(X).argmax(dim=1))
    titles = [f"{name}\n{guess}" for name, guess in zip(true, guessed, strict=True)]
    show_images(X[:n].reshape((n, 28, 28)), 1, n, titles=titles[:n])


def try_gpu(i: int = 0) -> torch.device:
    """The GPU number i, or the CPU if there is none."""
    return torch.device(f"cuda:{i}" if torch.cuda.device_count() > i else "cpu")


def try_all_gpus() -> list[torch.device]:
    """All GPUs, or the CPU if there is none."""
    count = torch.cuda.device_count()
    return [torch.device(f"cuda:{i}") for i in range(count)] or [torch.device("cpu")]
