"""What a compiled function leaves behind: results, hooks, Python's state, errors, warnings."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from compiler.twins import Twins, assert_same, numbers, runs_eagerly

import chainrule as torch
from chainrule import nn, optim
from chainrule.nn import functional as F

Pair = namedtuple("Pair", "first second")


def vector(i):
    return (torch.arange(4.0) + i,)


def data(i):
    torch.manual_seed(500 + i)
    return torch.randn(6, 4), torch.randint(0, 3, (6,))


def training():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    sgd = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def step(x, y):
        sgd.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        sgd.step()
        return loss

    return step, net, sgd


# Results


RESULTS = {
    "one": lambda x: x * 2,
    "large": lambda x: x.repeat(5000) * 2,
    "the argument": lambda x: x,
    "a view of the argument": lambda x: x[1:3],
    "a view of a result": lambda x: (x * 2).reshape(2, 2).t(),
    "two views of one result": lambda x: (x * 2).chunk(2),
    "a result and its view": lambda x: (lambda y: (y, y[1:], y.view(2, 2)))(x * 2),
    "the same twice": lambda x: (lambda y: (y, y))(x + 1),
    "equal ones": lambda x: (x + 1, x + 1),
    "a constant": lambda x: (torch.ones(2), x * 0),
    "an expanded one": lambda x: (x * 2)[:, None].expand(4, 3),
    "detached": lambda x: (lambda y: (y, y.detach()))(x * 2),
    "in place": lambda x: x.mul_(2).add_(1),
    "integers": lambda x: (x.argmax(), (x > 1).sum(), x.long()),
    "nothing": lambda x: None,
    "a number": lambda x: x.sum().item(),
    "numbers": lambda x: [x.sum().item() * 2.0, {"a": x.mean().item()}, len(x), "text"],
    "a nest": lambda x: {"a": [x + 1, (x, None)], "b": OrderedDict(c=x * 3), "d": Pair(x, x + 1)},
    "of NumPy's shape": lambda x: (x.shape, x.dtype, x.size(0)),
    "max of a dimension": lambda x: x.view(2, 2).max(dim=1),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_kept(name):
    """They are as in the eager run, and later calls leave them alone."""
    function = RESULTS[name]
    twins = Twins(lambda: lambda x: function(x))
    kept = []
    for i in range(20):
        found, wanted = twins.call(*vector(i))
        assert _aliases(found) == _aliases(wanted)
        kept.append((found, numbers(found)))
    for found, was in kept:
        assert_same(numbers(found), was, exact=True)
    twins.assert_compiled()


def _tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    values = value.values() if isinstance(value, dict) else value
    return [t for each in values for t in _tensors(each)] if _is_nest(value) else []


def _is_nest(value):
    return isinstance(value, (list, tuple, dict))


def _aliases(value):
    """Which of the tensors are one, and which share memory."""
    found = _tensors(value)
    return [
        (a is b, np.may_share_memory(a.detach().numpy(), b.detach().numpy()))
        for i, a in enumerate(found)
        for b in found[:i]
    ]


def test_an_argument_that_is_returned_is_itself():
    compiled = torch.compile(lambda x, w: (x, w, x[1:]))
    w = torch.ones(2, requires_grad=True)
    for i in range(4):
        x = torch.ones(3) * i
        found = compiled(x, w)
        assert found[0] is x
        assert found[1] is w
        found[2].fill_(7.0)
        assert x.tolist() == [1.0 * i, 7.0, 7.0]


def test_writing_into_results_changes_nothing_else():
    w = torch.ones(3)
    compiled = torch.compile(lambda x: (x + w, w * 1, torch.ones(3)))
    for i in range(5):
        x = torch.full((3,), float(i))
        found = compiled(x)
        assert [t.tolist() for t in found] == [[i + 1.0] * 3, [1.0] * 3, [1.0] * 3]
        for t in found:
            t.fill_(-1.0)
        assert w.tolist() == [1.0] * 3
        assert x.tolist() == [float(i)] * 3


def test_a_returned_parameter_and_its_gradient():
    w = torch.ones(3, requires_grad=True)

    def step(x):
        w.grad = None
        (w * x).sum().backward()
        return w, w.grad

    compiled, kept = torch.compile(step), []
    for i in range(5):
        parameter, gradient = compiled(torch.full((3,), float(i)))
        assert parameter is w
        assert gradient is w.grad
        kept.append(gradient)
    assert [g.tolist() for g in kept] == [[float(i)] * 3 for i in range(5)]


def test_a_gradient_kept_while_others_accumulate():
    """`w.grad` is written in place, so that who holds it sees that."""

    def make():
        w = torch.ones(3, requires_grad=True)
        return (lambda x: (w * x).sum().backward()), w

    twins = Twins(make)
    twins.call(torch.ones(3))
    held = [world.things[0].grad for world in (twins.eager, twins.compiled)]
    twins.calls(lambda i: torch.full((3,), float(i)), 5)
    assert held[0] is twins.eager.things[0].grad
    assert held[1] is twins.compiled.things[0].grad
    assert_same(numbers(held[1]), numbers(held[0]))


def test_retained_gradients():
    def make():
        w = torch.ones(3, requires_grad=True)

        def step(x):
            h = w * x
            h.retain_grad()
            w.grad = None
            (h * h).sum().backward()
            return h.grad

        return step, w

    Twins(make).calls(lambda i: torch.full((3,), float(i)))


# Hooks


def test_forward_hooks_that_change_values():
    twins = Twins(training)
    twins.calls(data, 3)
    handles = []
    twins.both(
        lambda net, sgd: handles.append(
            net[1].register_forward_hook(lambda module, args, output: output * 2.0)
        )
    )
    twins.calls(data, 4)
    for handle in handles:
        handle.remove()
    twins.calls(data, 4)
    assert twins.program.given_up is None


def test_hooks_on_parameters_that_change_gradients():
    twins = Twins(training)
    twins.calls(data, 3)
    twins.both(lambda net, sgd: net[0].weight.register_hook(lambda g: g * 0.5))
    twins.calls(data, 4)
    assert twins.program.given_up is None


def test_full_backward_hooks_that_change_gradients():
    twins = Twins(training)
    twins.calls(data, 3)
    twins.both(
        lambda net, sgd: net[2].register_full_backward_hook(
            lambda module, inputs, outputs: tuple(g * 0.5 for g in inputs)
        )
    )
    twins.calls(data, 4)


@pytest.mark.parametrize("kind", ["forward", "tensor", "backward", "accumulated"])
def test_hooks_that_append_to_lists(kind):
    """Their effect is kept: the function then runs eagerly, with a warning."""

    def make():
        return (*training(), [])

    def hook(net, sgd, seen):
        if kind == "forward":
            net[1].register_forward_hook(lambda m, a, out: seen.append(out.detach().sum()))
        elif kind == "tensor":
            net[0].weight.register_hook(lambda g: seen.append(g.sum()))
        elif kind == "accumulated":
            net[0].weight.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.sum()))
        else:
            net[2].register_full_backward_hook(lambda m, gi, go: seen.append(go[0].sum()))

    twins = Twins(make)
    twins.calls(data, 3)
    twins.both(hook)
    with runs_eagerly():
        twins.calls(data, 8)
    assert len(twins.compiled.things[2]) == 8


def test_a_group_whose_rate_the_step_itself_changes():
    def make():
        net = nn.Linear(4, 3)
        sgd = optim.SGD(net.parameters(), lr=0.5)

        def step(x, y):
            sgd.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            sgd.param_groups[0]["lr"] *= 0.9
            sgd.step()
            return loss

        return step, net, sgd

    twins = Twins(make)
    with runs_eagerly("it changes `sgd.param_groups.0..'lr'.`"):
        twins.calls(data)


def test_a_list_of_numbers_among_the_arguments_that_the_function_changes():
    def step(x, numbers, table):
        numbers[0] += 1.0
        numbers.insert(1, table["lr"])
        table["lr"] = table["lr"] * 0.5
        return x * numbers[0]

    twins = Twins(lambda: step)
    with runs_eagerly("it changes"):
        for i in range(20):
            twins.call(torch.ones(2), [1.0 * i, 2.0], {"lr": 0.5})


# Python's state


class Counter:
    """Something that counts."""

    def __init__(self):
        self.count, self.seen, self.table = 0, [], {}
        self._seen_by_tests = True


def _counts(c, x):
    c.count += 1
    return x + c.count


def _appends(c, x):
    c.seen.append(1.0)
    return x + len(c.seen)


def _appends_tensors(c, x):
    c.seen.append(x.sum())
    return x * 2


def _fills_a_dict(c, x):
    c.table["n"] = c.table.get("n", 0) + 1
    return x * c.table["n"]


def _appends_numbers(c, x):
    c.seen.append(x.sum().item())
    c.last = x.mean().item() * 2.0
    return x * 2


def _keeps_a_tensor(c, x):
    c.last = x * 2
    return c.last + 1


@pytest.mark.parametrize(
    "function",
    [_counts, _appends, _appends_tensors, _appends_numbers, _fills_a_dict, _keeps_a_tensor],
)
def test_a_function_that_changes_objects_runs_eagerly(function):
    def make():
        counter = Counter()
        return (lambda x: function(counter, x)), counter

    twins = Twins(make)
    with runs_eagerly():
        for i in range(20):
            twins.call(*vector(i))
    assert twins.program.given_up is not None


def test_a_nonlocal_counter_and_a_list_among_the_arguments():
    count, seen = 0, []

    def step(x, into):
        nonlocal count
        count += 1
        into.append(x.sum())
        return x * 2

    compiled = torch.compile(step)
    with runs_eagerly():
        for i in range(10):
            compiled(torch.ones(3) * i, seen)
    assert count == 10
    assert [t.item() for t in seen] == [3.0 * i for i in range(10)]


def test_state_that_settles_is_compiled():
    """A cache that is filled at the first call."""

    def make():
        cache = {}

        def step(x):
            if "mask" not in cache:
                cache["mask"] = torch.ones(4) * 3
            return x * cache["mask"]

        return step

    twins = Twins(make).calls(vector)
    assert twins.program.given_up is None
    assert len(twins.program.runs) == 1


# Signatures


def test_floats_that_decide():
    def step(x, lr=0.5):
        return x * lr if lr > 0.1 else x - lr

    twins = Twins(lambda: step)
    for i in range(20):
        twins.call(*vector(i), lr=(0.2, 0.05)[i % 2])
        twins.call(*vector(i), (0.3, 0.01)[i % 2])
    assert twins.program.given_up is None
    assert len(twins.program.runs) == 4


def test_defaults_keywords_and_more_arguments():
    def step(x, *more, scale=2.0, **named):
        found = x * scale
        for each in more:
            found = found + each
        for name, each in named.items():
            found = found * (each if name == "times" else 1.0)
        return found

    twins = Twins(lambda: step)
    for i in range(20):
        (x,) = vector(i)
        twins.call(x)
        twins.call(x, x + 1, 0.5 * i, scale=3.0 * i)
        twins.call(x, times=0.1 * i, other=x)
    twins.assert_compiled(traces=3)


def test_nested_arguments():
    def step(batch, options):
        x = batch["x"] * options[0] + batch["more"][1].second
        return {"sum": x.sum(), "pair": Pair(x, [x * 2.0, options[1][0]])}

    twins = Twins(lambda: step)
    for i in range(20):
        (x,) = vector(i)
        twins.call({"x": x, "more": [None, Pair(x, x * 2)]}, (0.1 * i, [1.0 + i]))
    twins.assert_compiled()
