"""The toolboxes of the book: the numbers that PyTorch gives them, and what they draw."""

import random
import sys

import numpy as np
import pytest

import chainrule as torch
from chainrule.learn import d2lzh_pytorch as old
from chainrule.learn import plots
from chainrule.learn.d2l import torch as d2l
from chainrule.learn.fashion import fashion_loaders
from chainrule.utils.data import DataLoader, TensorDataset


@pytest.fixture
def plt():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


@pytest.fixture
def points():
    """Twenty points in the plane, class 1 right of the line, in batches of 8."""
    torch.manual_seed(0)
    X = torch.randn(20, 2)
    return DataLoader(TensorDataset(X, (X[:, 0] > 0).long()), 8)


def test_synthetic_data():
    torch.manual_seed(0)
    X, y = d2l.synthetic_data(torch.tensor([2, -3.4]), 4.2, 1000)
    assert (X.shape, y.shape) == ((1000, 2), (1000, 1))
    assert X[0].tolist() == pytest.approx([-1.1258, -1.1524], abs=1e-4)
    assert y[0].item() == pytest.approx(5.8655, abs=1e-4)


@pytest.mark.parametrize("box", [d2l, old])
def test_linear_regression(box):
    X, w, b = torch.tensor([[1.0, 2.0]]), torch.ones(2, 1, requires_grad=True), torch.zeros(1)
    loss = box.squared_loss(box.linreg(X, w, b), torch.tensor([1.0]))
    assert loss.tolist() == [[2]]
    loss.sum().backward()
    box.sgd([w], lr=0.1, batch_size=2)
    assert torch.allclose(w, torch.tensor([[0.9], [0.8]]))
    assert (w.grad == 0).all().item() is (box is d2l)  # the older one leaves that to the program


def test_data_iter():
    X = torch.arange(10.0).reshape(5, 2)
    random.seed(0)
    batches = [y.tolist() for _, y in old.data_iter(2, X, torch.arange(5))]
    assert batches == [[2, 1], [0, 4], [3]]


def test_load_array():
    arrays = torch.arange(4.0).reshape(4, 1), torch.arange(4)
    assert [y.tolist() for _, y in d2l.load_array(arrays, 3, is_train=False)] == [[0, 1, 2], [3]]
    torch.manual_seed(0)
    assert [y.tolist() for _, y in d2l.load_array(arrays, 3)] == [[2, 1, 3], [0]]


def test_accuracy(points):
    assert d2l.accuracy(torch.tensor([[0.1, 0.9], [0.8, 0.2]]), torch.tensor([1, 1])) == 1
    assert d2l.accuracy(torch.tensor([1.0, 0.0]), torch.tensor([1, 1])) == 1
    assert d2l.evaluate_accuracy(lambda X: torch.stack([-X[:, 0], X[:, 0]], 1), points) == 1
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(0.5))
    d2l.evaluate_accuracy(net, points)
    assert not net.training
    old.evaluate_accuracy(points, net)
    assert net.training

    def scaled(X, is_training=True):
        assert not is_training
        return torch.stack([-X[:, 0], X[:, 0]], 1)

    assert old.evaluate_accuracy(points, scaled) == 1
    assert d2l.evaluate_loss(torch.nn.Linear(2, 1), points, lambda a, b: a * 0 + 2) == 2


def test_training_of_the_older_edition(points, capsys):
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    loss = torch.nn.CrossEntropyLoss()
    old.train_ch3(net, points, points, loss, 2, 8, None, None, optimizer)
    params = [torch.zeros(2, 2, requires_grad=True)]
    old.train_ch3(lambda X: X @ params[0], points, points, loss, 2, 8, params, 100.0)
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1, loss 0.1394, train acc 0.450, test acc 0.800",
        "epoch 2, loss 0.0687, train acc 0.900, test acc 1.000",
        "epoch 1, loss 0.1415, train acc 0.650, test acc 0.800",
        "epoch 2, loss 0.1358, train acc 0.800, test acc 0.900",
    ]


def test_training_draws_curves(points, plt):
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    d2l.train_ch3(net, points, points, loss, 3, optimizer)
    curves = plt.gca().lines
    assert [len(curve.get_xdata()) for curve in curves] == [3, 3, 3]
    assert plt.gca().get_legend().get_texts()[0].get_text() == "train loss"
    net = torch.nn.Linear(2, 2)
    with pytest.raises(AssertionError):
        d2l.train_ch3(net, points, points, loss, 2, lambda batch_size: None)


def test_plot(plt):
    x = np.arange(3)
    d2l.plot(x, [x, x**2], "x", "f(x)", legend=["a", "b"], figsize=(2, 2))
    axes = plt.gca()
    assert [list(line.get_ydata()) for line in axes.lines] == [[0, 1, 2], [0, 1, 4]]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "f(x)")
    d2l.plot([1.0, 4.0])
    assert list(plt.gca().lines[0].get_ydata()) == [1, 4]
    assert tuple(plt.rcParams["figure.figsize"]) == (3.5, 2.5)
    old.semilogy([1, 2], [1, 10], "x", "y", [1, 2], [2, 3], ["a", "b"])
    assert plt.gca().get_yscale() == "log"


def test_images(plt):
    images = torch.zeros(3, 28, 28)
    axes = d2l.show_images(images, 1, 3, titles=["a", "b", "c"])
    assert [axis.get_title() for axis in axes] == ["a", "b", "c"]
    old.show_fashion_mnist(list(images), ["a", "b", "c"])
    batch = [(torch.rand(8, 1, 28, 28), torch.arange(8))]
    d2l.predict_ch3(lambda X: torch.eye(10)[[9] * 8], batch, n=2)
    assert plt.gcf().axes[1].get_title() == "trouser\nankle boot"


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install 'chainrule"):
        plots.pyplot()


@pytest.mark.parametrize("box", [d2l, old])
def test_names(box):
    assert box.get_fashion_mnist_labels(torch.tensor([0, 9])) == ["t-shirt", "ankle boot"]
    with pytest.raises(AttributeError, match="did you mean 'linreg'"):
        box.linregg  # noqa: B018


def test_timer_and_devices():
    timer = d2l.Timer()
    first, second = timer.stop(), timer.stop()
    assert timer.sum() == first + second
    assert timer.avg() == (first + second) / 2
    assert timer.cumsum() == [first, first + second]
    assert d2l.try_gpu(1000) == torch.device("cpu")
    assert d2l.try_all_gpus()


def test_fashion_loaders(tmp_path, monkeypatch):
    from chainrule.data import digits
    from chainrule.vision.datasets import mnist

    pixels, classes = (torch.from_numpy(array[:30]) for array in digits())
    monkeypatch.setattr(mnist.MNIST, "find", lambda *args: tmp_path)
    monkeypatch.setattr(mnist, "load", lambda *args: (pixels, classes))
    torch.manual_seed(0)
    train, test = fashion_loaders(8, 32, "nowhere")
    X, y = next(iter(train))
    assert X.shape == (8, 1, 32, 32)
    assert y.tolist() == [6, 1, 3, 8, 9, 1, 5, 8]
    assert next(iter(test))[1].tolist() == classes[:8].tolist()
