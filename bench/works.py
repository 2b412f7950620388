"""The works that are timed, each written once as a function of the library that runs it.

`work(torch)` prepares and returns `step`; `step()` does one step and returns its loss, or whatever
else it computes. `work(torch, compile)` does the same with what can be compiled passed through
`compile`. Knows nothing of clocks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from mnist import mnist_of

Step = Callable[[], Any]
Compile = Callable[[Any], Any]


@dataclass(frozen=True)
class Work:
    """A name, what to prepare, the ratio torch / chainrule that is aimed at, what a step is.

    The ratios of COMPILED are those of PyTorch as it is to chainrule compiled.
    """

    name: str
    prepare: Callable[..., Step]
    target: float
    unit: str = "step"
    random: bool = False  # whether a step draws random numbers


def eager(function: Any) -> Any:
    """The function, not compiled."""
    return function


def scalar_sgd(torch: ModuleType, compile: Compile = eager) -> Step:
    """y = w x by hand, one sample a step, the weight updated through .data."""
    w = torch.tensor([1.0])
    w.requires_grad = True
    samples = [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]

    @compile
    def learn(x, y):
        loss = (x * w - y) ** 2
        loss.backward()
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()
        return loss

    def step():
        x, y = samples[0]
        samples.append(samples.pop(0))
        return learn(x, y)

    return step


def quadratic_sgd(torch: ModuleType) -> Step:
    """y = w1 x^2 + w2 x + b by hand, one sample a step."""
    w1, w2, b = parameters = [torch.Tensor([1.0]) for _ in range(3)]
    for parameter in parameters:
        parameter.requires_grad = True
    samples = [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]

    def step():
        x, y = samples[0]
        samples.append(samples.pop(0))
        loss = (w1 * x**2 + w2 * x + b - y) ** 2
        loss.backward()
        for parameter in parameters:
            parameter.data = parameter.data - 0.01 * parameter.grad.data
            parameter.grad.data.zero_()
        return loss

    return step


def five_points(torch: ModuleType) -> Step:
    """A line through five points, all of them at once, with a matrix-vector product."""
    x = torch.Tensor([1.4, 5, 11, 16, 21])
    y = torch.Tensor([14.4, 29.6, 62, 85.5, 113.4])
    inputs = torch.stack((x, torch.ones(5)), dim=1)
    w = torch.rand(2, requires_grad=True)

    def step():
        loss = (inputs.mv(w) - y).pow(2).sum()
        loss.backward()
        w.data -= 1e-4 * w.grad
        w.grad.zero_()
        return loss

    return step


def trained(net: Any, loss_of: Any, optimizer: Any, X: Any, y: Any, compile: Compile) -> Step:
    """The step of every model below: forward, backward, update."""

    @compile
    def step():
        loss = loss_of(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def large_line(torch: ModuleType, compile: Compile = eager) -> Step:
    """A line through 100,000 points with nn.Linear(1, 1), MSELoss and SGD."""
    x = torch.unsqueeze(torch.linspace(-3, 3, 100_000), dim=1)
    y = x + 1.2 * torch.rand(x.size())
    net = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
    return trained(net, torch.nn.MSELoss(), optimizer, x, y, compile)


def concise_epoch(torch: ModuleType) -> Step:
    """An epoch of linear regression: 1000 samples, a DataLoader, shuffled batches of ten."""
    features = torch.randn(1000, 2)
    labels = features @ torch.tensor([2.0, -3.4]) + 4.2 + 0.01 * torch.randn(1000)
    data = torch.utils.data.TensorDataset(features, labels.reshape(-1, 1))
    batches = torch.utils.data.DataLoader(data, 10, shuffle=True)
    net = torch.nn.Sequential(torch.nn.Linear(2, 1))
    loss_of = torch.nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03)

    def epoch():
        for X, y in batches:
            loss = loss_of(net(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss

    return epoch


def batch(torch: ModuleType) -> tuple[Any, Any]:
    """A batch of 256 made-up images of 784 pixels, and their classes."""
    return torch.rand(256, 784), torch.randint(0, 10, (256,))


def softmax_regression(torch: ModuleType, compile: Compile = eager) -> Step:
    """784-10 with CrossEntropyLoss and SGD, batch 256."""
    net = torch.nn.Linear(784, 10)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    return trained(net, torch.nn.CrossEntropyLoss(), optimizer, *batch(torch), compile)


def mlp(torch: ModuleType, compile: Compile = eager) -> Step:
    """784-256-10 with SGD, batch 256."""
    nn = torch.nn
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    return trained(net, nn.CrossEntropyLoss(), optimizer, *batch(torch), compile)


def mlp_dropout_adam(torch: ModuleType, compile: Compile = eager) -> Step:
    """784-256-10 with dropout 0.5 and Adam, batch 256."""
    nn = torch.nn
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    return trained(net, nn.CrossEntropyLoss(), optimizer, *batch(torch), compile)


def ten_operations(torch: ModuleType, compile: Compile = eager) -> Step:
    """Ten operations on each of 1,000,000 numbers, without gradients."""
    x = torch.linspace(-2, 2, 1_000_000)

    @compile
    def chain():
        with torch.no_grad():
            y = (x * 0.5 + 1) ** 2 - x
            y = y.relu().sqrt() * 0.1
            return (y.tanh() + x).clamp(-1, 1)

    return chain


def mnist_epoch(torch: ModuleType) -> Step:
    """An epoch over 5000 images of MNIST: ToTensor on each, a DataLoader, batches of 256."""
    batches = torch.utils.data.DataLoader(mnist_of(torch), 256, shuffle=True)

    def epoch():
        return sum(X[0].mean() + y[0] for X, y in batches)

    return epoch


WORKS = (
    Work("scalar SGD by hand", scalar_sgd, 2.5),
    Work("quadratic SGD by hand", quadratic_sgd, 2.5),
    Work("five points, full batch", five_points, 2.0),
    Work("100,000 points, nn.Linear", large_line, 2.5),
    Work("concise linear regression", concise_epoch, 4.0, "epoch"),
    Work("softmax regression 784-10", softmax_regression, 1.2),
    Work("MLP 784-256-10", mlp, 1.15),
    Work("MLP, dropout, Adam", mlp_dropout_adam, 1.2, random=True),
    Work("MNIST through DataLoader", mnist_epoch, 10.0, "epoch"),
)

COMPILED = (
    Work("scalar SGD by hand", scalar_sgd, 8.0),
    Work("100,000 points, nn.Linear", large_line, 25.0),
    Work("softmax regression 784-10", softmax_regression, 1.6),
    Work("MLP 784-256-10", mlp, 1.3),
    Work("MLP, dropout, Adam", mlp_dropout_adam, 1.8, random=True),
    Work("1,000,000 floats, ten operations", ten_operations, 5.0),
)
