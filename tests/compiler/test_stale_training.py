"""Never stale: what training steps read and write between calls: optimizers and gradients."""

from __future__ import annotations

import copy
import types

import pytest
from compiler.twins import Twins, python_that_runs, runs_eagerly

import chainrule as torch
from chainrule import nn, optim
from chainrule.nn import functional as F
from chainrule.optim import lr_scheduler


def data(rows=6, features=4, classes=3):
    """Arguments of call i: features, and classes."""

    def draw(i):
        torch.manual_seed(500 + i)
        return torch.randn(rows, features), torch.randint(0, classes, (rows,))

    return draw


def training(net, optimizer, *more):
    """A world with a training step."""

    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step, net, optimizer, *more


def mlp():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


def sgd_world(**options):
    net = mlp()
    return training(net, optim.SGD(net.parameters(), lr=0.1, **options))


def double():
    return lambda x: x * 2 + 1


# Optimizers

OPTIMIZERS = {
    "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.1),
    "nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adam": lambda p: optim.Adam(p, lr=0.01),
    "amsgrad": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "Adadelta": lambda p: optim.Adadelta(p),
    "groups": lambda p: optim.SGD([{"params": [q], "lr": 0.1 / (i + 1)} for i, q in enumerate(p)]),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_of_optimizers(name):
    def make():
        net = mlp()
        return training(net, OPTIMIZERS[name](list(net.parameters())))

    Twins(make).calls(data()).assert_compiled()


def _set_by_hand(optimizer):
    def step():
        for group in optimizer.param_groups:
            group["lr"] *= 0.9

    return types.SimpleNamespace(step=step)


SCHEDULERS = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 2, 0.5),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, 20),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.5, total_steps=30),
    "by hand": _set_by_hand,
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_learning_rate_changes(name):
    def make():
        net = mlp()
        optimizer = optim.Adam(net.parameters(), lr=0.1)
        scheduler = SCHEDULERS[name](optimizer)
        return (*training(net, optimizer), scheduler.step)

    twins = Twins(make)
    for i in range(20):
        twins.call(*data()(i))
        twins.both(lambda net, optimizer, step: step())
    twins.assert_compiled()


def test_a_scheduler_inside_of_the_step_is_not_compiled():
    def make():
        net = mlp()
        sgd = optim.SGD(net.parameters(), lr=0.1)
        scheduler = lr_scheduler.StepLR(sgd, 2, 0.5)

        def step(x, y):
            sgd.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            sgd.step()
            scheduler.step()
            return loss

        return step, net, sgd

    twins = Twins(make)
    with runs_eagerly():
        twins.calls(data())


def test_states_are_loaded():
    def make():
        net = mlp()
        adam = optim.Adam(net.parameters(), lr=0.01)
        saved = {}
        return (*training(net, adam), saved)

    def save(net, adam, saved):
        saved.update(copy.deepcopy({"net": net.state_dict(), "adam": adam.state_dict()}))

    def load(net, adam, saved):
        net.load_state_dict(saved["net"])
        adam.load_state_dict(saved["adam"])

    twins = Twins(make)
    for i in range(20):
        if i in (1, 5):
            twins.both(save)
        if i in (3, 4, 9):
            twins.both(load)
        twins.call(*data()(i))
    assert twins.program.given_up is None


# Gradients


def test_gradients_accumulate():
    def make():
        net = mlp()

        def step(x, y):
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            return loss

        return step, net

    twins = Twins(make)
    for i in range(20):
        if i == 10:
            twins.both(lambda net: net.zero_grad(set_to_none=False))
        if i == 15:
            twins.both(lambda net: net.zero_grad())
        twins.call(*data()(i))
    twins.assert_compiled(traces=2)


def test_gradients_are_set_to_zero():
    def make():
        net = mlp()
        sgd = optim.SGD(net.parameters(), lr=0.1)

        def step(x, y):
            sgd.zero_grad(set_to_none=False)
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            sgd.step()
            return loss, [p.grad for p in net.parameters()]

        return step, net, sgd

    twins = Twins(make).calls(data())
    twins.assert_compiled(traces=2)


def test_gradients_of_earlier_calls_are_kept():
    twins = Twins(sgd_world)
    kept = []
    for i in range(6):
        twins.call(*data()(i))
        kept.append(
            [[(p.grad, p.grad.clone()) for p in w.things[0].parameters()]
             for w in (twins.eager, twins.compiled)]
        )  # fmt: skip
    for worlds in kept:
        for gradients in worlds:
            for gradient, was in gradients:
                assert torch.equal(gradient, was)


def test_a_gradient_that_the_user_changes():
    twins = Twins(sgd_world)

    def make():
        net = mlp()
        sgd = optim.SGD(net.parameters(), lr=0.1)

        def step():
            sgd.step()
            return net[0].weight.grad.sum()

        return step, net, sgd

    def fill(net, sgd, i):
        for p in net.parameters():
            p.grad = torch.full_like(p, float(i))

    twins = Twins(make)
    for i in range(20):
        twins.both(lambda net, sgd, i=i: fill(net, sgd, i))
        twins.call()
    twins.assert_compiled()


def test_gradients_are_clipped():
    def make():
        net = mlp()
        sgd = optim.SGD(net.parameters(), lr=0.5)

        def step(x, y):
            sgd.zero_grad()
            loss = F.cross_entropy(net(x) * 5.0, y)
            loss.backward()
            nn.utils.clip_grad_value_(net.parameters(), 0.2)
            return nn.utils.clip_grad_norm_(net.parameters(), 0.5), sgd.step()

        return step, net, sgd

    Twins(make).calls(data()).assert_compiled()


def test_two_optimizers():
    def make():
        one, other = nn.Linear(4, 8), nn.Linear(8, 3)
        a, b = optim.Adam(one.parameters(), lr=0.01), optim.SGD(other.parameters(), lr=0.1)

        def step(x, y):
            a.zero_grad()
            b.zero_grad()
            loss = F.cross_entropy(other(torch.relu(one(x))), y)
            loss.backward()
            a.step()
            b.step()
            return loss

        return step, one, other, a, b

    Twins(make).calls(data()).assert_compiled()


def test_no_python_of_the_user_runs_again():
    twins = Twins(sgd_world).calls(data(), 2)
    given = data()(3)
    assert python_that_runs(lambda: twins.compiled.step(*given), {__file__}) == []
