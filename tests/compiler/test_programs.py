"""Whole programs: a compiled training step is the eager one, step after step."""

from __future__ import annotations

import math
from typing import Any

import pytest
from compiler.twins import Twins, python_that_runs

import chainrule as torch
from chainrule import nn, optim
from chainrule.nn import functional as F

STEPS = 5


def batch(rows: int = 8, features: int = 4, classes: int = 3) -> Any:
    """Arguments of call i: a batch of features and classes."""

    def draw(i: int) -> Any:
        torch.manual_seed(1000 + i)
        return torch.randn(rows, features), torch.randint(0, classes, (rows,))

    return draw


def pairs(rows: int = 8, features: int = 4) -> Any:
    """Arguments of call i: a batch of features and targets."""

    def draw(i: int) -> Any:
        torch.manual_seed(1000 + i)
        x = torch.randn(rows, features)
        return x, x.sum(1, keepdim=True) + 0.1 * torch.randn(rows, 1)

    return draw


# By hand


def linear_by_hand():
    w = torch.randn(4, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    def step(x, y, lr):
        loss = ((x @ w + b - y) ** 2 / 2).mean()
        loss.backward()
        for p in (w, b):
            p.data = p.data - lr * p.grad.data
            p.grad.data.zero_()
        return loss

    return step, w, b


def scalar_sgd():
    w = torch.tensor([1.0], requires_grad=True)

    def step(x, y, lr):
        loss = (x * w - y) ** 2
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
        return loss.sum()

    return step, w


def quadratic():
    w = torch.tensor([1.0, 0.5, -0.5], requires_grad=True)

    def step(x, y):
        a, b, c = w[0], w[1], w[2]
        loss = ((a * x**2 + b * x + c - y) ** 2).mean()
        w.grad = None
        loss.backward()
        with torch.no_grad():
            w.sub_(0.01 * w.grad)
        return loss, w.grad

    return step, w


def matrix_form():
    w = torch.zeros(4, 1)

    def step(x, y, lr):
        residual = x.mm(w) - y
        gradient = x.t().mm(residual) / len(x)
        w.sub_(lr * gradient)
        return (residual**2).mean()

    return step, w


def softmax_by_hand():
    w = torch.normal(0, 0.1, (4, 3), requires_grad=True)
    b = torch.zeros(3, requires_grad=True)

    def softmax(o):
        e = torch.exp(o)
        return e / e.sum(1, keepdim=True)

    def step(x, y, lr):
        y_hat = softmax(x.reshape(-1, 4) @ w + b)
        loss = -torch.log(y_hat[list(range(len(y))), y]).mean()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= lr * p.grad
                p.grad.zero_()
        return loss, (y_hat.argmax(1) == y).float().mean()

    return step, w, b


def mlp_by_hand():
    params = [
        nn.Parameter(torch.randn(4, 16) * 0.1),
        nn.Parameter(torch.zeros(16)),
        nn.Parameter(torch.randn(16, 3) * 0.1),
        nn.Parameter(torch.zeros(3)),
    ]
    updater = optim.SGD(params, lr=0.1)

    def relu(x):
        return torch.max(x, torch.zeros_like(x))

    def step(x, y):
        w1, b1, w2, b2 = params
        o = relu(x.reshape((-1, 4)) @ w1 + b1) @ w2 + b2
        loss = F.cross_entropy(o, y, reduction="none")
        updater.zero_grad()
        loss.mean().backward()
        updater.step()
        return loss.sum()

    return step, params, updater


# With modules and optimizers


def training(net: nn.Module, optimizer: Any, loss: Any) -> Any:
    """The step that most programs have."""

    def step(x, y):
        optimizer.zero_grad()
        found = loss(net(x), y)
        found.backward()
        optimizer.step()
        return found

    return step, net, optimizer


def concise():
    net = nn.Linear(4, 1)
    return training(net, optim.SGD(net.parameters(), lr=0.03), nn.MSELoss())


def softmax_concise():
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    return training(net, optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss())


def mlp_concise():
    net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    return training(net, optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss())


def dropout_adam():
    net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3))
    return training(net, optim.Adam(net.parameters(), lr=0.01), nn.CrossEntropyLoss())


def batch_norm():
    net = nn.Sequential(
        nn.Linear(4, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)
    )
    sgd = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
    return training(net, sgd, nn.CrossEntropyLoss())


def layer_norm():
    net = nn.Sequential(nn.Linear(4, 16), nn.LayerNorm(16), nn.GELU(), nn.Linear(16, 3))
    return training(net, optim.AdamW(net.parameters(), lr=0.01), nn.CrossEntropyLoss())


def convolutions():
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6, 3),
    )  # fmt: skip
    return training(net, optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss())


def embedding():
    table, head = nn.Embedding(10, 6), nn.Linear(6, 3)
    net = nn.ModuleList([table, head])
    adam = optim.Adam(net.parameters(), lr=0.01)

    def step(tokens, y):
        adam.zero_grad()
        loss = F.cross_entropy(head(table(tokens).mean(dim=1)), y)
        loss.backward()
        adam.step()
        return loss

    return step, net, adam


def autoencoder():
    net = nn.Sequential(nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 4), nn.Sigmoid())
    adam = optim.Adam(net.parameters(), lr=0.02)

    def step(x):
        loss = F.binary_cross_entropy(net(x), x)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss

    return step, net, adam


class GatedUnit(nn.Module):
    """A recurrent unit with an update gate, by hand."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.wz, self.wh = nn.Linear(inputs, hidden), nn.Linear(inputs, hidden)
        self.uz, self.uh = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        h = torch.zeros(x.shape[0], self.uz.out_features)
        for t in range(x.shape[1]):
            z = torch.sigmoid(self.wz(x[:, t]) + self.uz(h))
            new = torch.tanh(self.wh(x[:, t]) + self.uh(z * h))
            h = (1 - z) * h + z * new
        return self.out(h)


def gated_unit():
    net = GatedUnit(3, 5)
    return training(net, optim.RMSprop(net.parameters(), lr=0.01), nn.MSELoss())


class Attention(nn.Module):
    """Scaled dot-product attention, by hand, causal."""

    def __init__(self, width):
        super().__init__()
        self.q, self.v = nn.Linear(width, width), nn.Linear(width, width)
        self.k = nn.Linear(width, width, bias=False)
        self.register_buffer("mask", torch.tril(torch.ones(5, 5)) == 0)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        return torch.softmax(scores.masked_fill(self.mask, float("-inf")), -1) @ v


def attention():
    net = Attention(4)
    return training(net, optim.Adam(net.parameters(), lr=0.01), nn.MSELoss())


def huber():
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    return training(net, optim.Adagrad(net.parameters(), lr=0.1), nn.HuberLoss(delta=0.5))


def penalties():
    w = torch.randn(4, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    def step(x, y, lambd, lr):
        loss = F.mse_loss(x @ w + b, y) + lambd * (w**2).sum() / 2 + lambd * w.abs().sum()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= lr * p.grad / len(x)
                p.grad.zero_()
        return loss, torch.norm(w).item()

    return step, w, b


def clipping():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    sgd = optim.SGD(net.parameters(), lr=0.1)

    def step(x, y):
        sgd.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        sgd.step()
        return loss, norm

    return step, net, sgd


def averaged():
    net = nn.Linear(4, 1)
    shadow = nn.Linear(4, 1).requires_grad_(False)
    sgd = optim.SGD(net.parameters(), lr=0.1)

    def step(x, y):
        sgd.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        sgd.step()
        with torch.no_grad():
            for average, p in zip(shadow.parameters(), net.parameters(), strict=True):
                average.mul_(0.9).add_(p, alpha=0.1)
        return loss

    return step, net, shadow, sgd


def curve(i):
    torch.manual_seed(1000 + i)
    x = torch.randn(9)
    return x, 2 * x**2 - x + 1


def scalars(i):
    return torch.tensor([1.0 + i]), torch.tensor([2.0 + 2 * i]), 0.01 / (i + 1)


def with_floats(draw, *floats):
    return lambda i: (*draw(i), *floats)


def images(i):
    torch.manual_seed(1000 + i)
    return torch.randn(5, 1, 8, 8), torch.randint(0, 3, (5,))


def tokens(i):
    torch.manual_seed(1000 + i)
    return torch.randint(0, 10, (6, 4)), torch.randint(0, 3, (6,))


def colours(i):
    torch.manual_seed(1000 + i)
    return (torch.rand(6, 4),)


def sequences(i):
    torch.manual_seed(1000 + i)
    return torch.randn(4, 5, 3), torch.randn(4, 1)


def sentences(i):
    torch.manual_seed(1000 + i)
    x = torch.randn(3, 5, 4)
    return x, x.roll(1, dims=1)


PROGRAMS = {
    linear_by_hand: with_floats(pairs(), 0.03),
    scalar_sgd: scalars,
    quadratic: curve,
    matrix_form: with_floats(pairs(), 0.1),
    softmax_by_hand: with_floats(batch(), 0.1),
    mlp_by_hand: batch(),
    concise: pairs(),
    softmax_concise: batch(),
    mlp_concise: batch(),
    dropout_adam: batch(),
    batch_norm: batch(),
    layer_norm: batch(),
    convolutions: images,
    embedding: tokens,
    autoencoder: colours,
    gated_unit: sequences,
    attention: sentences,
    huber: pairs(),
    penalties: with_floats(pairs(), 0.1, 0.05),
    clipping: pairs(),
    averaged: pairs(),
}


NEW_GRADIENTS = (linear_by_hand, scalar_sgd, softmax_by_hand, penalties)
"""Programs that meet no `.grad` at first, then one that they set to zero: two are traced."""


@pytest.mark.parametrize("make", PROGRAMS, ids=lambda make: make.__name__)
def test_a_compiled_step_is_the_eager_step(make):
    twins, draw = Twins(make), PROGRAMS[make]
    twins.calls(draw, STEPS)
    twins.assert_compiled(traces=2 if make in NEW_GRADIENTS else 1)
    given = draw(STEPS)
    assert not python_that_runs(lambda: twins.compiled.step(*given), {__file__})
