"""Values in guards: numbers, containers, objects, arguments and tensors, and what is like them."""

import dataclasses
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

x = torch.ones(3)


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


class Model:
    def __init__(self):
        self.rate = 0.5

    def run(self, t):
        return t * self.rate


def test_objects_as_arguments():
    model = Model()
    call = Call(lambda m, t: m.run(t), model, x)
    assert call.holds(model, torch.zeros(3))
    assert call.why(Model(), x) == "argument `m` is another Model"
    model.rate = 0.25
    assert call.why() == "`m.rate` was 0.5, is 0.25"


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
