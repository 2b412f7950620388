"""What a re-run of a function would read differently is noticed, and said in the user's words."""

import dataclasses
import functools
import gc
import math
import types
from collections import namedtuple
from enum import Enum

import numpy
import pytest
from compiler.guarding import Call

import chainrule as torch
from chainrule import nn
from chainrule.compiler.conditions import tensor_conditions
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


def uses_len(t):
    return t * len("abc")


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
    call = Call(uses_len, x)
    assert call.holds()
    monkeypatch.setitem(globals(), "len", lambda text: 5)
    assert call.why() == "`len` is defined now"


def test_a_builtin_that_is_replaced(monkeypatch):
    call = Call(uses_len, x)
    monkeypatch.setattr("builtins.len", lambda text: 5)
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


# Values


def test_nan_is_itself():
    state = [math.nan]
    call = Call(lambda t: t * state[0], x)
    state[0] = float("nan")
    assert call.holds()
    state[0] = 0.0
    assert not call.holds()


def test_zero_has_a_sign():
    state = [0.0]
    call = Call(lambda t: t * state[0], x)
    state[0] = -0.0
    assert call.why() == "`state[0]` was 0.0, is -0.0"


def test_long_lists_are_one_condition():
    state = list(range(1000))
    call = Call(lambda t: t * state[7], x)
    assert len(call.guard.checks) < 40
    state[7] = 7.0
    assert call.why() == "`state[7]` was 7, is 7.0"
    state[7] = 7
    state.append(1)
    assert call.why() == "`state` has 1001 entries, had 1000"


def test_dicts(monkeypatch):
    state = {"a": 1, "b": [1, 2]}
    call = Call(lambda t: t * state["a"], x)
    assert call.holds()
    state["c"] = 1
    assert call.why() == "`state` has a new entry 'c'"
    del state["c"]
    assert call.holds()
    state["b"][0] = 7
    assert call.why() == "`state['b'][0]` was 1, is 7"


def test_dicts_with_tensors_as_keys():
    a, b = torch.ones(2), torch.ones(2)
    state = {a: {"step": 1}, b: {"step": 2}}
    call = Call(lambda t: t * state[a]["step"], x)
    assert call.holds()
    state[a]["step"] = 3
    assert not call.holds()
    state[a]["step"] = 1
    state[a] = {"step": 1}
    assert not call.holds()


def test_sets():
    state = {1, 2}
    call = Call(lambda t: t * len(state), x)
    assert call.holds()
    state.add(3)
    assert call.why() == "the contents of `state` changed"


def test_arrays():
    state = numpy.arange(3.0)
    call = Call(lambda t: t * float(state[1]), x)
    assert call.holds()
    state[1] = 5
    assert call.why() == "the contents of `state` changed"


def test_slots():
    class Point:
        __slots__ = ("late", "x")

        def __init__(self):
            self.x = 2

    point = Point()
    call = Call(lambda t: t * point.x if not hasattr(point, "late") else t, x)
    assert call.holds()
    point.x = 3
    assert call.why() == "`point.x` was 2, is 3"
    point.x = 2
    point.late = 1
    assert call.why() == "`point.late` is defined now"


def test_properties_are_not_run_by_looking():
    runs = []

    class Box:
        size = 2

        @property
        def area(self):
            runs.append(1)
            return self.size

        def __getattr__(self, name):
            raise AssertionError(name)

        __eq__ = __hash__ = __len__ = None

    box = Box()
    call = Call(lambda t: t * box.area, x)
    runs.clear()
    call.holds()
    assert not runs
    Box.size = 3
    assert call.why()
    assert not runs


def test_a_module_of_the_users():
    module = types.ModuleType("settings")
    exec("rate = 2\ndef double(t): return t * rate", vars(module))

    call = Call(lambda t: module.double(t) * module.rate, x)
    assert call.holds()
    module.rate = 3
    assert not call.holds()


def test_numbers_that_are_inputs():
    group = {"lr": 0.1, "betas": (0.9, 0.99), "name": "g"}
    inputs = {(id(group), "lr"), (id(group), "betas", 0), (id(group), "betas", 1)}
    call = Call(
        lambda t: t * group["lr"] * group["betas"][0] * len(group["name"]), x, inputs=inputs
    )
    group["lr"], group["betas"] = 0.2, (0.8, 0.7)
    assert call.holds()
    assert call.guard.numbers.keys() == inputs
    group["lr"] = 1
    assert not call.holds()
    group["lr"], group["betas"] = 0.1, (0.5,)
    assert not call.holds()
    group["betas"], group["name"] = (0.5, 0.5), "other"
    assert call.why() == "`group['name']` was 'g', is 'other'"


# Arguments

Pair = namedtuple("Pair", "t n")


@dataclasses.dataclass
class Batch:
    t: object
    n: int


class Way(Enum):
    UP = 1
    DOWN = 2


@pytest.mark.parametrize(
    ("given", "like", "others"),
    [
        (1, int("1"), [True, 1.0, 2, "1", None]),
        ("ab", "".join("ab"), ["a", b"ab"]),
        (0.5, float("0.5"), [0.25, 1]),
        (None, None, [0, False]),
        ([1, 2], [1, 2], [[1], [1, 3], (1, 2), [1, True], [1, 2, 3]]),
        ({"a": 1}, {"a": 1}, [{"a": 2}, {"b": 1}, {"a": 1, "b": 1}, {}]),
        ({1, 2}, {2, 1}, [{1}, {1, 3}, [1, 2], {True, 2}]),
        ((), (), [(1,), []]),
        (slice(0, 2), slice(0, 2), [slice(0, 3), slice(False, 2)]),
        (range(2), range(2), [range(3)]),
        (Way.UP, Way(1), [Way.DOWN, 1]),
        (torch.float32, torch.float, [torch.float64]),
        (torch.Size([2]), torch.Size([2]), [torch.Size([3]), (2,)]),
        (Pair(x, 1), Pair(torch.zeros(3), 1), [Pair(x, 2), (x, 1), Pair(torch.zeros(4), 1)]),
        (Batch(x, 1), Batch(torch.zeros(3), 1), [Batch(x, 2), Batch(torch.zeros(4), 1)]),
        ([x, [x]], None, [[x, [torch.ones(3)]]]),
        (numpy.arange(3), numpy.arange(3), [numpy.arange(4), numpy.array([0, 1, 3])]),
    ],
)
def test_arguments(given, like, others):
    call = Call(lambda v: None, given)
    assert call.holds()
    if like is not None:
        assert call.guard.holds((like,), {})
    for other in others:
        assert not call.guard.holds((other,), {}), other
        assert "`v" in call.why(other)
    assert not call.guard.holds((given, given), {})
    assert not call.guard.holds((), {"v": given})


def test_keyword_arguments():
    call = Call(lambda t, n: t * n, t=x, n=2)
    assert call.holds(t=torch.zeros(3), n=2)
    assert call.why(t=x, n=3) == "argument `n` was 2, is 3"


def test_objects_as_arguments(net):
    call = Call(lambda model, t: model(t), net, x)
    assert call.holds(net, torch.zeros(3))
    assert call.why(Net(), x) == "argument `model` is another Net"
    net.width = 4
    assert call.why() == "`model.width` was 3, is 4"


def test_arguments_are_not_kept_alive():
    call = Call(lambda m, t: m.run(t), Model(), x)
    call.args = call.selection = call.snapshot = None
    gc.collect()
    assert call.guard.dead
    assert not call.guard.holds((None, x), {})


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (torch.ones(4), "argument `t` has the shape (4,), was (3,)"),
        (torch.ones(3, dtype=torch.float64), "argument `t` has the dtype float64, was float32"),
        (torch.ones(6)[::2], "argument `t` has the strides (in bytes) (8,), was (4,)"),
        (torch.ones(3, requires_grad=True), "argument `t` requires grad in another way"),
        (torch.ones(3, requires_grad=True) * 2, "argument `t` requires grad in another way"),
        (torch.ones(5)[:3], "argument `t` is a view, or was one"),
        (nn.Parameter(torch.ones(3)), "argument `t` was a Tensor, is a Parameter"),
        (2.0, "argument `t` was a Tensor, is 2.0"),
    ],
)
def test_tensors(other, text):
    call = Call(lambda t: t * 2, x)
    assert call.holds(torch.zeros(3))
    assert call.why(other).startswith(text)


def test_tensors_with_graphs():
    leaf = torch.ones(3, requires_grad=True)
    call = Call(lambda t: t * 2, leaf * 2)
    assert call.holds(leaf * 3)
    assert not call.holds(leaf + 3)
    call = Call(lambda t: t * 2, leaf)
    assert call.holds(torch.zeros(3, requires_grad=True))


def test_tensors_that_become_one():
    call = Call(lambda a, b: a * b, x, torch.zeros(3))
    assert call.holds(torch.zeros(3), x)
    assert call.why(x, x) == "two tensors are now one"
    same = Call(lambda a, b: a * b, x, x)
    assert same.holds(torch.zeros(3), torch.zeros(3)) is False
    other = torch.zeros(3)
    assert same.holds(other, other)


def test_a_rebound_tensor_is_an_input():
    batch = torch.ones(3)
    call = Call(lambda: batch * 2)
    batch = torch.zeros(3)
    assert call.holds()
    batch = torch.zeros(4)
    assert call.why() == "`batch` has the shape (4,), was (3,)"


def test_tensor_conditions():
    names: dict = {}
    found = tensor_conditions("t", x, names, "`t`")
    scope = {**names, "t": torch.zeros(3)}
    assert all(eval(check.source, scope) for check in found)
    scope["t"] = torch.zeros(3, dtype=torch.float64)
    assert [check.aspect for check in found if not eval(check.source, scope)] == [
        "dtype",
        "strides (in bytes)",
    ]


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
