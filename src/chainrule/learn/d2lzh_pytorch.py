"""The toolbox of the first Chinese edition, `import d2lzh_pytorch as d2l`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any

import chainrule as torch
from chainrule import Tensor, nn

from ..errors import unknown
from .fashion import fashion_loaders
from .fashion import get_fashion_mnist_labels as get_fashion_mnist_labels
from .plots import pyplot
from .plots import set_figsize as set_figsize
from .plots import use_svg_display as use_svg_display


def __getattr__(name: str) -> ModuleType:
    if name == "plt":
        return pyplot()
    raise unknown("d2lzh_pytorch", name, globals())


def data_iter(batch_size: int, features: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Minibatches in random order."""
    indices = list(range(len(features)))
    random.shuffle(indices)
    for start in range(0, len(indices), batch_size):
        chosen = torch.LongTensor(indices[start : start + batch_size])
        yield features.index_select(0, chosen), labels.index_select(0, chosen)


def linreg(X: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """Linear regression: X w + b."""
    return torch.mm(X, w) + b


def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    """Half the squared error of each sample."""
    return (y_hat - y.view(y_hat.size())) ** 2 / 2


def sgd(params: Iterable[Tensor], lr: float, batch_size: int) -> None:
    """One step of stochastic gradient descent; the gradients are sums over the batch."""
    for param in params:
        param.data -= lr * param.grad / batch_size


def show_fashion_mnist(images: Sequence[Tensor], labels: Sequence[str]) -> None:
    """Draw images in a row, each below its name."""
    use_svg_display()
    _, figures = pyplot().subplots(1, len(images), figsize=(12, 12))
    for figure, image, label in zip(figures, images, labels, strict=False):
        figure.imshow(image.view((28, 28)).numpy())
        figure.set_title(label)
        figure.axes.get_xaxis().set_visible(False)
        figure.axes.get_yaxis().set_visible(False)


def semilogy(
    x_vals: Sequence[float],
    y_vals: Sequence[float],
    x_label: str,
    y_label: str,
    x2_vals: Sequence[float] | None = None,
    y2_vals: Sequence[float] | None = None,
    legend: Sequence[str] | None = None,
    figsize: tuple[float, float] = (3.5, 2.5),
) -> None:
    """Draw one curve or two over a logarithmic axis."""
    set_figsize(figsize)
    plt = pyplot()
    plt.xlabel(x_label)
    plt.ylabel(y_label)
    plt.semilogy(x_vals, y_vals)
    if x2_vals and y2_vals:
        plt.semilogy(x2_vals, y2_vals, linestyle=":")
        plt.legend(legend)


def load_data_fashion_mnist(
    batch_size: int, resize: int | None = None, root: str = "~/Datasets/FashionMNIST"
) -> tuple[Any, Any]:
    """Fashion-MNIST to train on, shuffled, and to test on."""
    return fashion_loaders(batch_size, resize, root)


def evaluate_accuracy(
    data_iter: Iterable[tuple[Tensor, Tensor]], net: Any, device: Any = None
) -> float:
    """The share of samples whose largest output is their class.

    A module is evaluated in eval mode; a function that has an argument is_training gets False.
    """
    module = isinstance(net, nn.Module)
    if module and device is None:
        device = next(iter(net.parameters())).device
    code = getattr(net, "__code__", None)
    options = {"is_training": False} if code and "is_training" in code.co_varnames else {}
    right, count = 0.0, 0
    with torch.no_grad():
        for X, y in data_iter:
            if module:
                net.eval()
                outputs, y = net(X.to(device)), y.to(device)
                net.train()
            else:
                outputs = net(X, **options)
            right += (outputs.argmax(dim=1) == y).float().sum().cpu().item()
            count += y.shape[0]
    return right / count


def train_ch3(
    net: Callable[[Tensor], Tensor],
    train_iter: Iterable[tuple[Tensor, Tensor]],
    test_iter: Iterable[tuple[Tensor, Tensor]],
    loss: Callable[[Tensor, Tensor], Tensor],
    num_epochs: int,
    batch_size: int,
    params: Sequence[Tensor] | None = None,
    lr: float | None = None,
    optimizer: torch.optim.Optimizer | None = None,
) -> None:
    """Train a classifier with an optimizer, or `params` by `sgd`; print each epoch."""
    for epoch in range(num_epochs):
        total, right, count = 0.0, 0.0, 0
        for X, y in train_iter:
            y_hat = net(X)
            batch_loss = loss(y_hat, y).sum()
            clear_gradients(optimizer, params)
            batch_loss.backward()
            if optimizer is None:
                sgd(params or (), lr or 0.0, batch_size)
            else:
                optimizer.step()
            total += batch_loss.item()
            right += (y_hat.argmax(dim=1) == y).sum().item()
            count += y.shape[0]
        test_acc = evaluate_accuracy(test_iter, net)
        print(
            f"epoch {epoch + 1}, loss {total / count:.4f}, train acc {right / count:.3f}, "
            f"test acc {test_acc:.3f}"
        )


def clear_gradients(
    optimizer: torch.optim.Optimizer | None, params: Sequence[Tensor] | None
) -> None:
    """Set the gradients to zero, if there are any yet."""
    if optimizer is not None:
        optimizer.zero_grad()
    elif params is not None and params[0].grad is not None:
        for param in params:
            param.grad.data.zero_()


class FlattenLayer(nn.Module):
    """(B, ...) to (B, the product of the others)."""

    def forward(self, x: Tensor) -> Tensor:
        """The same values in two dimensions."""
        return x.view(x.shape[0], -1)
