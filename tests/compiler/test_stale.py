"""Never stale: what changes between two calls of a compiled function is seen by the next."""

from __future__ import annotations

import types

import pytest
from compiler.twins import Twins, runs_eagerly

import chainrule as torch
from chainrule import nn, optim
from chainrule.nn import functional as F


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


# Arguments


def test_new_tensors_and_floats_are_read_anew():
    def make():
        return lambda x, scale, shift: (x * scale + shift).sum()

    twins = Twins(make).calls(lambda i: (torch.full((3,), 1.0 * i), 0.5 * i, 1.0 - i))
    twins.assert_compiled()


@pytest.mark.parametrize(
    "other",
    [
        (torch.ones(3), 3),
        (torch.ones(3), True),
        (torch.ones(3), 2.0),
        (torch.ones(4), 2),
        (torch.ones(1, 3), 2),
        (torch.ones(3).double(), 2),
        (torch.ones(3).int(), 2),
        (torch.ones(6)[::2], 2),
        (torch.ones(3, requires_grad=True), 2),
    ],
    ids=["int", "bool", "float", "size", "shape", "dtype", "ints", "strides", "requires_grad"],
)
def test_other_kinds_of_arguments_are_traced_anew(other):
    def make():
        return lambda x, power: (x**power * 3).sum(0)

    twins = Twins(make)
    strided = other[0].stride() != (1,) and other[0].dim() == 1

    def given():
        return (torch.ones(6)[::2] if strided else other[0]), other[1]

    for i in range(20):
        if i == 5:
            x, power = given()
            wanted, found = twins.eager.raw(x, power), twins.compiled.step(x, power)
            assert found.dtype is wanted.dtype
            assert found.requires_grad == wanted.requires_grad
            torch.testing.assert_close(found, wanted)
        twins.call(torch.full((3,), 1.0 + i), 2)
    twins.assert_compiled(traces=2)


def test_the_same_tensor_twice_is_not_two_tensors():
    def make():
        def step(a, b):
            a.mul_(2.0)
            return a + b

        return step

    twins = Twins(make)
    for i in range(8):
        x = torch.full((3,), 1.0 + i)
        twins.call(*((x, x) if i % 2 else (x, torch.ones(3))))
    twins.assert_compiled(traces=2)


def test_views_as_arguments():
    def make():
        def step(a, b):
            a += 1.0
            return a * b

        return step

    twins = Twins(make)
    for i in range(4):
        base = torch.arange(12.0).reshape(3, 4) + i
        twins.call(base[0], base[2])
        twins.call(base[:, 1], base[:, 2])
        twins.call(base.t(), base.t() * 1)


@pytest.mark.filterwarnings("ignore:compile:UserWarning")
def test_overlapping_views_as_arguments():
    def make():
        def step(a, b):
            a += 1.0
            return a * b

        return step

    twins = Twins(make)
    for i in range(6):
        base = torch.arange(6.0) + i
        for a, b in ((base[:3], base[3:]), (base[:4], base[2:]), (base[:3], base[:3])):
            size = min(len(a), len(b))
            twins.call(a[:size], b[:size])


def test_a_view_and_its_base_after_two_that_were_apart():
    """The program for separate memory is not one for shared memory."""
    compiled = torch.compile(lambda a, b: (a.add_(1.0), b * 1.0)[1])
    for _ in range(3):
        torch.testing.assert_close(compiled(torch.zeros(3), torch.zeros(3)), torch.zeros(3))
    base = torch.zeros(3)
    with runs_eagerly("writes into memory that two of its tensors share"):
        torch.testing.assert_close(compiled(base[:], base), torch.ones(3))
    torch.testing.assert_close(compiled(base, base[:]), torch.full((3,), 2.0))


# Globals, closures, attributes

SCALE = 2.0
FACTOR = torch.tensor([1.0, 2.0])
settings = types.ModuleType("settings")


def test_a_rebound_global(monkeypatch):
    def make():
        return lambda x: x * SCALE * FACTOR

    twins = Twins(make)
    for i in range(20):
        if i in (5, 9):
            monkeypatch.setitem(globals(), "SCALE", float(i))
        if i == 12:
            monkeypatch.setitem(globals(), "FACTOR", torch.tensor([5.0, 6.0]))
        twins.call(torch.ones(2))
    twins.assert_compiled(traces=3)


def test_a_rebound_closure_variable():
    def make():
        scale, bias = 2.0, torch.ones(2)

        def step(x):
            return x * scale + bias

        def change(value):
            nonlocal scale, bias
            scale, bias = value, bias + value

        return step, change

    twins = Twins(make)
    for i in range(20):
        if i in (1, 7):
            for world in (twins.eager, twins.compiled):
                world.things[0](float(i))
        wanted, found = twins.eager.raw(torch.ones(2)), twins.compiled.step(torch.ones(2))
        torch.testing.assert_close(found, wanted)
    twins.assert_compiled(traces=3)


def test_an_attribute_of_a_module_and_of_an_object():
    settings.scale = 2.0
    holder = types.SimpleNamespace(bias=1.0, deep={"on": True})

    def make():
        return lambda x: x * settings.scale + (holder.bias if holder.deep["on"] else 0.0)

    twins = Twins(make)
    for i in range(20):
        if i == 3:
            settings.scale = 3.0
        if i == 6:
            holder.bias = 4.0
        if i == 9:
            holder.deep["on"] = False
        twins.call(torch.ones(2))
    twins.assert_compiled(traces=4)


def helper(x):
    return x + 1.0


def test_a_patched_function(monkeypatch):
    def make():
        return lambda x: helper(x) * 2.0

    twins = Twins(make).calls(lambda i: torch.ones(2), 3)
    monkeypatch.setitem(globals(), "helper", lambda x: x - 1.0)
    twins.calls(lambda i: torch.ones(2), 3).assert_compiled(traces=2)


# Parameters


def test_a_parameter_is_replaced():
    def make():
        net = nn.Linear(4, 3)
        return net.forward, net

    def change(net):
        net.weight = nn.Parameter(net.weight.detach() * 2.0)

    twins = Twins(make)
    for i in range(20):
        if i in (1, 8):
            twins.both(change)
        twins.call(data()(i)[0])
    assert twins.program.given_up is None


def test_data_of_a_parameter_is_replaced():
    def change(net, sgd):
        net[0].weight.data = net[0].weight.data * 2.0

    twins = Twins(sgd_world)
    for i in range(20):
        if i in (1, 8):
            twins.both(change)
        twins.call(*data()(i))
    assert twins.program.given_up is None


def test_values_edited_in_place():
    def change(net, sgd):
        with torch.no_grad():
            net[0].weight.mul_(0.5)
            net[2].bias[0] = 3.0
            nn.init.xavier_uniform_(net[2].weight, generator=torch.Generator().manual_seed(1))

    x, y = data()(0)
    twins = Twins(sgd_world)
    for i in range(20):
        twins.call(x, y)
        x[i % 6, i % 4] = float(i)
        x += 0.1
        y[i % 6] = i % 3
        if i in (0, 1, 8):
            twins.both(change)
    twins.assert_compiled()


def test_requires_grad_is_switched():
    twins = Twins(sgd_world)
    for i in range(12):
        if i in (3, 7):
            twins.both(lambda net, sgd, i=i: net[0].requires_grad_(i == 7))
        twins.call(*data()(i))
    assert twins.program.given_up is None


def test_weight_tying():
    def make():
        first, second = nn.Linear(4, 4), nn.Linear(4, 4)
        net = nn.Sequential(first, nn.Tanh(), second)
        second.weight = first.weight
        return training(net, optim.SGD(net.parameters(), lr=0.1))

    twins = Twins(make).calls(data(classes=4))
    twins.assert_compiled()
    assert twins.compiled.things[0][0].weight is twins.compiled.things[0][2].weight


def test_weights_tied_later():
    def make():
        first, second = nn.Linear(4, 4), nn.Linear(4, 4)
        net = nn.Sequential(first, nn.Tanh(), second)
        return training(net, optim.SGD([*first.parameters(), second.bias], lr=0.1))

    def tie(net, sgd):
        net[2].weight = net[0].weight

    twins = Twins(make)
    twins.calls(data(classes=4), 3)
    twins.both(tie)
    twins.calls(data(classes=4), 5)
    assert twins.program.given_up is None


# Modes of modules


def test_train_and_eval():
    def make():
        net = nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3)
        )
        return training(net, optim.SGD(net.parameters(), lr=0.1, momentum=0.9))

    twins = Twins(make)
    for i in range(20):
        if i % 3 == 1:
            twins.both(lambda net, sgd, i=i: net.train(i % 2 == 0))
        twins.call(*data()(i))
    twins.assert_compiled(traces=2)


def test_running_statistics_in_eval_are_read_anew():
    def make():
        net = nn.BatchNorm1d(4).eval()
        return (lambda x: net(x)), net

    def change(net):
        net.running_mean += 1.0
        net.running_var *= 2.0

    twins = Twins(make)
    for i in range(20):
        twins.both(change)
        twins.call(data()(i)[0])
    twins.assert_compiled()


# The random stream, and modes


@pytest.mark.parametrize(
    "draw",
    [
        lambda x, g: x + torch.rand(3),
        lambda x, g: x * torch.randn(3) + torch.rand_like(x),
        lambda x, g: F.dropout(x, 0.5) + torch.randint(0, 9, (3,)),
        lambda x, g: x + torch.rand(3, generator=g),
        lambda x, g: x + torch.randperm(3) + torch.bernoulli(torch.full((3,), 0.3)),
        lambda x, g: x + torch.normal(0.0, 1.0, (3,)),
        lambda x, g: torch.empty(3).uniform_(-1, 1) + x.clone().normal_(),
    ],
    ids=["rand", "randn", "dropout", "generator", "randperm", "normal", "in place"],
)
def test_random_numbers_are_drawn_anew(draw):
    def make():
        generator = torch.Generator().manual_seed(3)
        return (lambda x: draw(x, generator)), generator

    twins = Twins(make)
    for i in range(20):
        if i == 4:
            twins.both(lambda g: g.manual_seed(9))
        twins.call(torch.ones(3))
    twins.assert_compiled()


def test_seeding_inside_is_not_compiled():
    def make():
        def step(x):
            torch.manual_seed(3)
            return x + torch.rand(3)

        return step

    with runs_eagerly("seeds a random generator"):
        Twins(make).calls(lambda i: torch.ones(3))


def test_grad_mode_around_and_inside():
    def make():
        net = mlp()

        def step(x):
            with torch.no_grad():
                first = net(x)
            return first + net(x)

        return step, net

    twins = Twins(make)
    x = data()(0)[0]
    for _ in range(4):
        assert twins.call(x)[0].requires_grad
        with torch.no_grad():
            assert not twins.call(x)[0].requires_grad
        with torch.inference_mode():
            assert not twins.call(x)[0].requires_grad
    assert twins.program.given_up is None
    assert len(twins.program.runs) == 3
