"""Compiled modules, and the backward pass of a forward pass that was compiled alone."""

from __future__ import annotations

import pytest
from compiler.twins import Twins, assert_same, numbers, runs_eagerly

import chainrule as torch
from chainrule import nn, optim
from chainrule.nn import functional as F


def mlp():
    return nn.Sequential(
        nn.Linear(4, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3)
    )


def data(i):
    torch.manual_seed(500 + i)
    return torch.randn(6, 4), torch.randint(0, 3, (6,))


def pair(make=mlp):
    """A module, and its compiled copy."""
    torch.manual_seed(11)
    eager = make()
    torch.manual_seed(11)
    return eager, torch.compile(make())


def program(module):
    """What compile knows of a module."""
    return module._compiled_call.program


# A training loop around a compiled module


@pytest.mark.parametrize("how", ["function", "method"])
def test_a_training_loop_around_a_compiled_module(how):
    torch.manual_seed(11)
    nets = [mlp(), mlp()]
    nets[1].load_state_dict(nets[0].state_dict())
    calls = [nets[0], torch.compile(nets[1]) if how == "function" else nets[1]]
    if how == "method":
        nets[1].compile()
    optimizers = [optim.Adam(net.parameters(), lr=0.01) for net in nets]
    for i in range(20):
        x, y = data(i)
        losses = []
        for net, call, optimizer in zip(nets, calls, optimizers, strict=True):
            net.zero_grad()
            if i in (8, 12):
                call.train(i == 12)
            torch.manual_seed(i)
            loss = F.cross_entropy(call(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss)
        assert_same(numbers(losses[1]), numbers(losses[0]), f"loss {i}")
        assert_same(numbers(nets[1]), numbers(nets[0]), f"net {i}")


def test_the_wrapper_of_a_module():
    eager, compiled = pair()
    assert isinstance(compiled, nn.Module)
    assert type(compiled).__name__ == "OptimizedModule"
    assert isinstance(compiled._orig_mod, nn.Sequential)
    assert list(compiled.state_dict()) == ["_orig_mod." + name for name in eager.state_dict()]
    assert [n for n, _ in compiled.named_parameters()] == [
        "_orig_mod." + n for n, _ in eager.named_parameters()
    ]
    compiled.eval()
    assert not compiled.training
    assert not any(m.training for m in compiled.modules())
    assert compiled[0] is compiled._orig_mod[0]
    compiled._orig_mod.load_state_dict(eager.state_dict())
    compiled.load_state_dict(compiled.state_dict())


def test_attributes_are_those_of_the_module():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.scale = nn.Linear(2, 2), 2.0

        def forward(self, x):
            return self.linear(x) * self.scale

        def twice(self, x):
            return self(x) * 2

    eager, compiled = pair(Net)
    x = torch.ones(3, 2)
    for scale in (2.0, 2.0, 3.0, 3.0):
        eager.scale = compiled.scale = scale
        torch.testing.assert_close(compiled(x), eager(x))
        torch.testing.assert_close(compiled.twice(x), eager.twice(x))
    assert compiled._orig_mod.scale == 3.0


def test_hooks_of_a_compiled_module():
    eager, compiled = pair(lambda: nn.Sequential(nn.Linear(4, 4), nn.Tanh()))
    x = data(0)[0]
    torch.testing.assert_close(compiled(x), eager(x))
    for net in (eager, compiled._orig_mod):
        net[0].register_forward_hook(lambda module, args, output: output * 3.0)
    for _ in range(3):
        torch.testing.assert_close(compiled(x), eager(x))
    for net in (eager, compiled):
        net.register_forward_hook(lambda module, args, output: output + 1.0)
    for _ in range(3):
        torch.testing.assert_close(compiled(x), eager(x))


def test_a_compiled_part_of_a_module():
    torch.manual_seed(11)
    eager = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    torch.manual_seed(11)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    net[0].compile()
    for i in range(5):
        x = data(i)[0].requires_grad_()
        z = x.detach().clone().requires_grad_()
        net(x).sum().backward()
        eager(z).sum().backward()
        torch.testing.assert_close(x.grad, z.grad)
    assert_same(numbers(net), numbers(eager))


# The backward pass of a compiled forward pass


def forward_and_back(function, inputs, weights):
    """Results and gradients of the inputs."""
    given = [t.detach().clone().requires_grad_(t.requires_grad) for t in inputs]
    found = function(*given)
    results = found if isinstance(found, tuple) else (found,)
    total = sum((r * w).sum() for r, w in zip(results, weights, strict=False) if w is not None)
    total.backward()
    return [numbers(r) for r in results] + [numbers(t.grad) for t in given]


FUNCTIONS = {
    "product": lambda x, y: x * y,
    "matmul": lambda x, y: (x @ y.t()).tanh(),
    "several": lambda x, y: (x * y, x.exp().sum(1), y[0] * 1),
    "an integer too": lambda x, y: (x * y, (x * y).argmax(1).float()),
    "broadcast": lambda x, y: torch.softmax(x[:, None] * y[0], -1),
    "reductions": lambda x, y: (x.max(1).values, y.var(0), (x - y).abs().mean()),
    "in place": lambda x, y: (x * 1).mul_(y).add_(1.0).relu_(),
    "views": lambda x, y: ((x * y).reshape(4, 3).t(), (x + y)[:, 1]),
    "detached": lambda x, y: x.detach() * y,
    "no_grad inside": lambda x, y: _without(x) + x * y,
}


def _without(x):
    with torch.no_grad():
        return x * 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_outside_of_the_compiled_function(name):
    function = FUNCTIONS[name]
    compiled = torch.compile(lambda x, y: function(x, y))
    for i in range(20):
        torch.manual_seed(i)
        x, y = torch.randn(3, 4, requires_grad=True), torch.randn(3, 4, requires_grad=i % 4 != 3)
        results = function(x, y)
        results = results if isinstance(results, tuple) else (results,)
        weights = [torch.randn(r.shape) for r in results]
        if i % 5 == 1 and len(weights) > 1:
            weights[1] = None
        try:
            wanted = forward_and_back(function, (x, y), weights)
        except RuntimeError as error:
            with pytest.raises(RuntimeError, match=str(error)[:30]):
                forward_and_back(compiled, (x, y), weights)
            continue
        assert_same(forward_and_back(compiled, (x, y), weights), wanted, f"call {i}")
    assert compiled.program.given_up is None
    assert len(compiled.program.runs) == 2


def test_backward_twice_raises_and_can_be_asked_for():
    compiled = torch.compile(lambda x: (x**3).sum())
    for _ in range(3):
        x = torch.ones(3, requires_grad=True)
        loss = compiled(x)
        loss.backward(retain_graph=True)
        loss.backward()
        assert x.grad.tolist() == [6.0] * 3
        with pytest.raises(
            RuntimeError, match="Trying to backward through the graph a second time"
        ):
            loss.backward()


def test_an_input_that_is_written_before_backward_is_noticed():
    compiled = torch.compile(lambda x, y: (x * y).sum())
    for _ in range(3):
        x, y = torch.ones(3, requires_grad=True), torch.ones(3)
        loss = compiled(x, y)
        y.mul_(2.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


def test_a_result_that_is_written_before_backward_is_noticed():
    compiled = torch.compile(lambda x: x.exp())
    for _ in range(3):
        x = torch.ones(3, requires_grad=True)
        y = compiled(x)
        y.add_(1.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_gradients_beyond_the_call_are_not_compiled():
    """The function differentiates what was computed outside of it."""
    w = torch.ones(3, requires_grad=True)

    def step(h):
        loss = (h * h).sum()
        loss.backward()
        return loss

    compiled = torch.compile(step)
    with runs_eagerly("differentiates what was computed before the call"):
        for i in range(5):
            w.grad = None
            compiled(w * float(i))
            assert w.grad.tolist() == [2.0 * i * i] * 3


def test_hooks_of_inputs_run_once_each_time():
    compiled, seen = torch.compile(lambda x: (x * x).sum()), []
    for i in range(5):
        x = torch.full((2,), 1.0 + i, requires_grad=True)
        h = x * 2.0
        h.retain_grad()
        h.register_hook(lambda g: seen.append(g.sum().item()))
        x.register_hook(lambda g: g * 0.5)
        compiled(h).backward()
        assert h.grad.tolist() == [4.0 * (1 + i)] * 2
        assert x.grad.tolist() == [4.0 * (1 + i)] * 2
    assert seen == [8.0 * (1 + i) for i in range(5)]


def test_a_view_of_an_input_that_requires_grad_is_not_compiled():
    compiled = torch.compile(lambda x: x[0])
    with runs_eagerly("returns a view of its input that requires grad"):
        for _ in range(4):
            x = torch.ones(2, 2, requires_grad=True)
            compiled(x).sum().backward()
            assert x.grad.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_inputs_that_are_no_leaves():
    compiled = torch.compile(lambda x, w: torch.tanh(x @ w))
    w = torch.randn(4, 4, requires_grad=True)
    for i in range(4):
        x = torch.randn(3, 4, requires_grad=True)
        gradients = []
        for function in (compiled, lambda x, w: torch.tanh(x @ w)):
            x.grad = w.grad = None
            (function(function(x * 2.0, w) + 1.0, w) * i).sum().backward()
            gradients += [x.grad, w.grad]
        torch.testing.assert_close(gradients[0], gradients[2])
        torch.testing.assert_close(gradients[1], gradients[3])


def test_second_derivatives():
    compiled = torch.compile(lambda x: (x**3).sum())
    compiled(torch.ones(3, requires_grad=True))
    for _ in range(2):
        x = torch.ones(3, requires_grad=True)
        with pytest.raises(RuntimeError, match="does not currently support double backward"):
            torch.autograd.grad(compiled(x), x, create_graph=True)


def test_second_derivatives_inside():
    def penalty(x):
        (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        x.grad = None
        (g**2).sum().backward()
        return x.grad

    compiled = torch.compile(penalty)
    for i in range(4):
        x = torch.full((3,), 1.0 + i, requires_grad=True)
        torch.testing.assert_close(compiled(x), 36.0 * (1.0 + i) ** 3 * torch.ones(3))


def test_gradients_of_a_compiled_function_through_another():
    f, g = torch.compile(torch.sin), torch.compile(lambda x: x * x)
    for i in range(4):
        x = torch.full((2,), 0.5 + i, requires_grad=True)
        g(f(x)).sum().backward()
        torch.testing.assert_close(x.grad, (2 * torch.sin(x) * torch.cos(x)).detach())


def test_the_results_of_two_calls_are_differentiated_later():
    compiled = torch.compile(lambda x: (torch.tanh(x) * x).sum())
    xs = [torch.full((3,), 1.0 + i, requires_grad=True) for i in range(5)]
    losses = [compiled(x) for x in xs]
    for loss in reversed(losses):
        loss.backward()
    for x in xs:
        z = x.detach().clone().requires_grad_()
        (torch.tanh(z) * z).sum().backward()
        torch.testing.assert_close(x.grad, z.grad)


def test_large_results_and_what_is_kept_of_them():
    """Memory of results is used again only when nobody holds them, backward passes included."""
    compiled = torch.compile(lambda x: torch.exp(x * 0.5))
    xs = [torch.full((20000,), 0.1 * i, requires_grad=True) for i in range(5)]
    for _ in range(2):
        sums = [compiled(x).sum() for x in xs]
        for x, s in zip(xs, sums, strict=True):
            x.grad = None
            s.backward()
            torch.testing.assert_close(x.grad, (torch.exp(x * 0.5) * 0.5).detach())


def test_no_grad_and_grad_by_turns():
    net = nn.Linear(4, 3)
    twins = Twins(lambda: (lambda x: net(x).relu(), net))
    for i in range(20):
        with torch.set_grad_enabled(i % 2 == 0):
            found, _ = twins.call(data(i)[0])
        assert found.requires_grad == (i % 2 == 0)
    twins.assert_compiled(traces=2)


def test_arguments_of_compile():
    def f(x):
        return x * 2

    @torch.compile(mode="max-autotune", dynamic=True)
    def g(x):
        return x * 2

    for compiled in (
        g,
        torch.compile(f, backend="eager"),
        torch.compile(f, disable=True),
        torch.compile(options={})(f),
    ):
        assert compiled(torch.ones(1)).item() == 2.0
    assert g.__name__ == "g"
    assert torch.compile(f, disable=True) is f
    with pytest.raises(RuntimeError, match="Unrecognized mode=fast"):
        torch.compile(f, mode="fast")
    with pytest.raises(RuntimeError, match="Either mode or options"):
        torch.compile(f, mode="default", options={})


def test_a_function_that_is_traced_too_often_runs_eagerly():
    compiled = torch.compile(lambda x, n: x * n)
    for n in range(8):
        assert compiled(torch.ones(1), n).item() == n
    with runs_eagerly("it was traced 8 times; last: argument `n` was "):
        assert compiled(torch.ones(1), 8).item() == 8
    for n in range(12):
        assert compiled(torch.ones(1), n).item() == n
