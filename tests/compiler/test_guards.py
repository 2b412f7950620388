"""What a re-run of a function would read differently is noticed, and said in the user's words."""

import functools
import types

import numpy
import pytest
from compiler.guarding import Call

import chainrule as torch
from chainrule import nn
from chainrule.compiler.state import Refused

scale = 2
table = {"a": 1, "b": [1, 2]}
x = torch.ones(3)


def helper(t):
    return t * 2


def by_global(t):
    return t * scale


def with_default(t, factor=3, *, shift=1):
    return t * factor + shift


def uses_hex(t):
    return t * int(hex(3), 16)


class Net(nn.Module):
    gain = 2

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.width = 3
        self.eps = 1e-5

    def forward(self, t):
        return self.activation(self.layer(t)) * self.gain * self.width + self.eps

    def activation(self, t):
        return t.relu()


@pytest.fixture
def net():
    return Net()


# Functions


def test_a_global(monkeypatch):
    call = Call(by_global, x)
    assert call.holds()
    monkeypatch.setitem(globals(), "scale", 3)
    assert call.why() == "`scale` was 2, is 3"


def test_the_type_of_a_number_counts(monkeypatch):
    monkeypatch.setitem(globals(), "scale", 1)
    call = Call(by_global, x)
    for other in (True, 1.0, numpy.int64(1)):
        monkeypatch.setitem(globals(), "scale", other)
        assert not call.holds()
    monkeypatch.setitem(globals(), "scale", int("1"))
    assert call.holds()


def test_a_global_that_is_gone(monkeypatch):
    call = Call(by_global, x)
    monkeypatch.delitem(globals(), "scale")
    assert call.why() == "`scale` is gone"


def test_a_new_global_hides_a_builtin(monkeypatch):
    call = Call(uses_hex, x)
    assert call.holds()
    monkeypatch.setitem(globals(), "hex", lambda number: "0x5")
    assert call.why() == "`hex` is defined now"


def test_a_builtin_that_is_replaced(monkeypatch):
    call = Call(uses_hex, x)
    monkeypatch.setattr("builtins.hex", lambda number: "0x5")  # one that nothing else calls
    assert not call.guard.holds((x,), {})


def test_a_closure():
    factor = 2
    items = [1]

    def inner(t):
        return t * factor + items[0]

    call = Call(inner, x)
    assert call.holds()
    factor = 4
    assert call.why() == "`factor` was 2, is 4"
    factor = 2
    items.append(1)
    assert call.why() == "`items` has 2 entries, had 1"


def test_an_empty_cell():
    def inner(t):
        return t if t is not None else later

    call = Call(inner, x)
    assert call.holds()
    later = 1
    assert call.why() == "`later` is defined now"


def test_defaults(monkeypatch):
    def outer(t):
        return with_default(t)

    call = Call(outer, x)
    assert call.holds()
    monkeypatch.setattr(with_default, "__defaults__", (4,))
    assert call.why() == "`with_default.__defaults__` was (3,), is (4,)"
    monkeypatch.undo()
    with_default.__kwdefaults__["shift"] = 2
    assert call.why() == "`with_default.__kwdefaults__['shift']` was 1, is 2"
    with_default.__kwdefaults__["shift"] = 1
    assert call.holds()


def test_the_code_of_a_function(monkeypatch):
    call = Call(lambda t: helper(t), x)
    monkeypatch.setattr(helper, "__code__", (lambda t: t).__code__)
    assert "helper.__code__" in call.why()


def test_a_rebound_function(monkeypatch):
    call = Call(lambda t: helper(t), x)
    monkeypatch.setitem(globals(), "helper", lambda t: t)
    assert call.why() == "`helper` is another function"


def test_nested_and_decorated_functions():
    def twice(fn):
        @functools.wraps(fn)
        def wrapper(t):
            return fn(fn(t))

        return wrapper

    factor = 2

    @twice
    @torch.no_grad()
    def inner(t):
        def deepest():
            return t * factor

        return deepest()

    call = Call(inner, x)
    assert call.holds()
    factor = 3
    assert call.why() == "`factor` was 2, is 3"


def test_recursion_and_cycles():
    ring: list = [1]
    ring.append(ring)

    def down(t, n):
        return t * ring[0] if n == 0 else down(t, n - 1)

    call = Call(down, x, 3)
    assert call.holds()
    assert not call.holds(x, 2)
    ring[0] = 5
    assert call.why() == "`ring[0]` was 1, is 5"


def test_partial():
    config = {"factor": 2}
    call = Call(functools.partial(lambda t, config: t * config["factor"], config=config), x)
    assert call.holds()
    config["factor"] = 3
    assert not call.holds()


class Model:
    def __init__(self):
        self.rate = 0.5
        self.parts = [1, 2]

    def run(self, t):
        return t * self.rate + self.parts[1]

    def __call__(self, t):
        return self.run(t) * 2


@pytest.mark.parametrize("of", [lambda m: m.run, lambda m: m])
def test_bound_methods_and_callable_objects(of):
    model = Model()
    call = Call(of(model), x)
    assert call.holds()
    model.rate = 0.25
    assert call.why() == "`self.rate` was 0.5, is 0.25"
    model.rate = 0.5
    assert call.holds()
    model.parts[1] = 3
    assert call.why() == "`self.parts[1]` was 2, is 3"


def test_a_method_that_is_patched(monkeypatch):
    model = Model()
    call = Call(model, x)
    monkeypatch.setattr(Model, "run", lambda self, t: t)
    assert call.why() == "`Model.run` is another function"
    monkeypatch.undo()
    assert call.holds()
    model.run = lambda t: t
    assert call.why() == "`self.run` is set now"


# Modules


def test_a_parameter_that_is_replaced(net):
    call = Call(lambda t: net(t), x)
    assert call.holds()
    net.layer.weight = nn.Parameter(torch.zeros(3, 3))
    assert call.why() == "`net.layer.weight` is another Parameter"


def test_a_parameter_with_other_data(net):
    call = Call(lambda t: net(t), x)
    net.layer.weight.data = torch.zeros(3, 3)
    assert call.why() == "`net.layer.weight` was given other data"


def test_a_parameter_that_is_frozen(net):
    call = Call(lambda t: net(t), x)
    net.layer.weight.requires_grad_(False)
    assert "requires grad" in call.why()


def test_a_hook_of_a_parameter(net):
    call = Call(lambda t: net(t).sum().backward(), x)
    assert call.holds()
    net.layer.weight.register_hook(lambda g: g)
    assert "hooks" in call.why()


def test_a_submodule_that_is_swapped(net):
    call = Call(lambda t: net(t), x)
    net.layer = nn.Linear(3, 3)
    assert call.why() == "`net.layer` is another Linear"


def test_the_order_of_layers():
    net = nn.Sequential(nn.ReLU(), nn.Tanh())
    call = Call(lambda t: net(t), x)
    assert call.holds()
    net._modules["0"] = net._modules.pop("0")
    assert call.why() == "`net._modules` has another order"


def test_train_and_eval():
    net = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    call = Call(lambda t: net(t), x)
    assert call.holds()
    net[1].eval()
    assert call.why() == "`net.1.training` was True, is False"


def test_hooks(net):
    call = Call(lambda t: net(t), x)
    handle = net.layer.register_forward_hook(lambda m, i, o: o * 2)
    assert call.why() == "`net.layer._hooked` is set now"
    hooked = Call(lambda t: net(t), x)
    assert hooked.holds()
    net.layer.register_forward_hook(lambda m, i, o: o * 3)
    assert not hooked.holds()
    handle.remove()


def test_a_hook_of_all_modules(net):
    call = Call(lambda t: net(t), x)
    before = vars(nn.modules.hooks.Hooks)["_hooked"]
    handle = nn.modules.module.register_module_forward_hook(lambda m, i, o: o)
    assert call.why() == "`Net._hooked` was False, is True"
    handle.remove()
    nn.modules.hooks.Hooks._hooked = before


def test_attributes(net):
    call = Call(lambda t: net(t), x)
    net.width = 4
    assert call.why() == "`net.width` was 3, is 4"
    net.width = 3
    net.eps = 1e-6
    assert call.why() == "`net.eps` was 1e-05, is 1e-06"
    net.eps = float("1e-5")
    assert call.holds()
    net.gain = 3
    assert call.why() == "`net.gain` is set now"


def test_a_class_attribute(net, monkeypatch):
    call = Call(lambda t: net(t), x)
    monkeypatch.setattr(Net, "gain", 5)
    assert call.why() == "`Net.gain` was 2, is 5"


@pytest.mark.parametrize("name", ["forward", "__call__"])
def test_a_patched_method_of_a_layer(net, monkeypatch, name):
    call = Call(lambda t: net(t), x)
    monkeypatch.setattr(nn.Linear, name, lambda self, t: t, raising=False)
    assert call.why() == f"`Linear.{name}` is another function"


def test_another_class(net):
    call = Call(lambda t: net(t), x)
    net.layer.__class__ = nn.Identity
    assert call.why() == "the class of `net.layer` is another type"


def test_another_dict(net):
    call = Call(lambda t: net(t), x)
    net.layer.__dict__ = dict(vars(net.layer))
    assert not call.holds()


def test_attributes_under_computed_names():
    class Bag:
        pass

    bag = Bag()
    bag.w0, bag.w1 = 2, 3

    def fn(t):
        return sum(t * getattr(bag, f"w{i}") for i in range(2))

    call = Call(fn, x)
    assert call.holds()
    bag.w1 = 4
    assert call.why() == "`bag.w1` was 3, is 4"


def test_an_attribute_that_is_not_there():
    class Bag:
        pass

    bag = Bag()
    call = Call(lambda t: t * 2 if hasattr(bag, "cache") else t, x)
    bag.cache = 1
    assert call.why() == "`bag` has a new entry 'cache'"


# The world


def test_modes():
    call = Call(lambda t: t * 2, x)
    with torch.no_grad():
        assert call.why() == "the grad mode was True, is False"
    with torch.autograd.detect_anomaly():
        assert not call.holds()
    torch.set_default_dtype(torch.float64)
    try:
        assert call.why() == "the default dtype was torch.float32, is torch.float64"
    finally:
        torch.set_default_dtype(torch.float32)
    assert call.holds()


def test_hooks_of_all_optimizers():
    from chainrule.optim.optimizer import register_optimizer_step_pre_hook

    w = torch.ones(1, requires_grad=True)
    w.grad = torch.ones(1)
    optimizer = torch.optim.SGD([w], lr=0.1)
    optimizer.step()
    call = Call(lambda: optimizer.step())
    assert call.holds()
    handle = register_optimizer_step_pre_hook(lambda *args: None)
    assert not call.holds()
    handle.remove()
    assert call.holds()
    optimizer.param_groups[0]["momentum"] = 0.9
    assert call.why() == "`optimizer.param_groups[0]['momentum']` was 0, is 0.9"


# What the function changes itself


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("samples[0] += 1", "it changes `samples[0]`, an int"),
        ("samples.append(1)", "it changes `samples`, a list"),
        ("table['c'] = 1", "it changes `table`, a dict"),
        ("box.count = 5", "it changes `box.count`, an int"),
        ("v.append(t)", "it changes argument `v`, a list"),
        ("t.grad = t", ""),
    ],
)
def test_what_the_function_changes(code, text):
    box = types.SimpleNamespace(count=0)
    space = {"samples": [1, 2], "table": {"a": 1}, "box": box}
    exec(f"def fn(t, v):\n    {code}", space)
    call = Call(space["fn"], torch.ones(2), [], used=())
    assert call.changed() == text


def test_a_held_guard_is_short():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    data, target = torch.ones(5, 4), torch.zeros(5, dtype=torch.int64)

    def step(data, target):
        optimizer.zero_grad()
        loss = criterion(net(data), target)
        loss.backward()
        optimizer.step()
        return loss

    step(data, target)
    group = optimizer.param_groups[0]
    used = [data, target, *net.parameters()]
    call = Call(step, data, target, used=used, inputs={(id(group), "lr")})
    assert call.changed() == ""
    assert call.holds(torch.zeros(5, 4), target)
    group["lr"] = 0.01
    assert call.holds()
    assert len(call.guard.checks) <= 130
    assert set(call.guard.tensors) == {id(t) for t in used}


def test_refused():
    with pytest.raises(Refused, match="an iterator"):
        Call(lambda it: next(it), iter([1]))
