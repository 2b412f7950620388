"""The walk finds what a function can reach, and the selection keeps what mattered."""

import collections
import functools
import itertools
import random
import threading
import types

import numpy
import pytest
from compiler.guarding import Call

import chainrule as torch
from chainrule import nn
from chainrule.compiler import state
from chainrule.compiler.kinds import kind_of, same, same_items, short
from chainrule.compiler.state import Refused, walk

x = torch.ones(3)
shared = [1, [2, {"three": 3}]]


def paths(fn, *args, **kwargs):
    """The paths of all values that hold others."""
    return {node.path for node in walk(fn, args, kwargs).nodes.values()}


def kept(call):
    """The paths of the edges that mattered."""
    return {edge.path for edge in call.selection.edges}


def reads_shared(t):
    return t * shared[0]


class Node:
    def __init__(self, child):
        self.child = child
        self.rate = 2


def test_values_are_named_as_the_user_reaches_them():
    inner = {"deep": [Node(None)]}

    def fn(model, *rest, option=None):
        return inner, shared

    found = paths(fn, Node([1]), [2], option=[3])
    assert {"model", "model.child", "rest[0]", "option", "inner", "inner['deep']"} <= found
    assert {"inner['deep'][0]", "shared", "shared[1]", "shared[1][1]", "fn"} <= found


def test_paths_are_short():
    layer = nn.Linear(2, 2)
    net = nn.Sequential(layer)
    snapshot = walk(lambda t: layer(net(t)), (x,), {})
    assert snapshot.nodes[id(layer)].path == "layer"
    assert snapshot.nodes[id(layer.weight)].path == "layer.weight"
    assert len(snapshot.nodes[id(layer)].into) == 3  # by the cell, `net.0` and `net._modules`


def test_what_is_one_value_is_one_node():
    ring = [1]
    ring.append(ring)
    snapshot = walk(lambda: ring, (ring,), {})
    assert snapshot.nodes[id(ring)].path == "args[0]"
    assert snapshot.nodes[id(ring)].given


def test_through_all_kinds_of_callables():
    secret = [1]

    def fn(t):
        return secret

    class Caller:
        def __init__(self, inner):
            self.inner = inner

        def __call__(self, t):
            return self.inner(t)

        @classmethod
        def make(cls):
            return fn

        @staticmethod
        def other(t):
            return fn(t)

        @property
        def prop(self):
            return fn(1)

    class Plain:
        pass

    plain = Plain()
    plain.method = types.MethodType(lambda self: fn, plain)
    for callable_ in (
        fn,
        functools.partial(fn, 1),
        functools.partial(print, fn),
        functools.wraps(fn)(lambda t: fn(t)),
        functools.lru_cache(fn),
        torch.no_grad()(fn),
        Caller(fn),
        Caller(None).__call__,
        Caller,
        plain.method,
        lambda: [inner(1) for inner in (fn,)],
        lambda: lambda: lambda: fn,
        [fn].__len__ and (lambda: Caller.other),
    ):
        assert id(secret) in walk(callable_, (), {}).nodes, callable_


def test_libraries_are_not_walked():
    snapshot = walk(lambda t: (torch.relu(t), numpy.sin, collections, nn.functional), (x,), {})
    assert snapshot.count < 30


def test_modules_of_the_user_are_walked_by_name():
    module = types.ModuleType("settings")
    module.wanted, module.unwanted = [1], [2]
    module.inner = types.ModuleType("settings.inner")
    module.inner.wanted = [3]
    snapshot = walk(lambda: (module.wanted, module.inner.wanted), (), {})
    assert id(module.wanted) in snapshot.nodes
    assert id(module.inner.wanted) in snapshot.nodes
    assert id(module.unwanted) not in snapshot.nodes


def test_only_what_is_named_matters():
    class Box:
        pass

    box = Box()
    box.used, box.unused, box.also = [1], [2], 3
    call = Call(lambda t: t * box.used[0], x)
    assert "box.used[0]" in kept(call)
    assert not {"box.unused", "box.also"} & kept(call)
    assert "shared[1][1]['three']" in kept(Call(reads_shared, x))


def test_tensors_that_were_not_read_do_not_matter():
    tensors = [torch.ones(1) for _ in range(3)]
    box = types.SimpleNamespace(weights=tensors, others=[torch.ones(1)])
    call = Call(lambda t: t * box.weights[0], x, used=[x, tensors[0]])
    assert "box.weights[0]" in kept(call)
    assert "box.others" not in kept(call)


def test_a_tensor_that_was_read_under_an_unknown_name():
    class Box:
        pass

    box = Box()
    box.weight = torch.ones(3)
    get = vars(box).get
    name = "wei"

    def fn(t):
        box  # noqa: B018
        return t * get(name + "ght")

    call = Call(fn, x, used=[x, box.weight])
    assert "box.weight" in kept(call)
    assert call.holds()
    box.weight = torch.ones(4)
    assert not call.holds()


def test_grads_matter_if_they_are_read():
    w = torch.ones(2, requires_grad=True)
    snapshot = walk(lambda: w, (), {})
    unread = snapshot.select({id(w)}, (), ())
    read = snapshot.select({id(w)}, (), (), (), {id(w)})
    assert "w.grad" not in {edge.path for edge in unread.edges}
    assert "w.grad" in {edge.path for edge in read.edges}
    w.grad = torch.ones(2)
    used = walk(lambda: w, (), {}).select({id(w), id(w.grad)}, (), ())
    assert "w.grad" in {edge.path for edge in used.edges}


def test_methods_of_other_classes_do_not_name_private_attributes():
    net = nn.Sequential(nn.Linear(3, 3))
    found = kept(Call(lambda t: net(t), x))
    assert "net._modules" in found
    assert "net.0._modules" not in found
    assert "net.0.weight" in found


# Refusals


def generator():
    yield 1


@pytest.mark.parametrize(
    "source", [generator(), iter([1]), zip([1]), itertools.count(), map(str, [1])]
)
def test_iterators(source):
    def fn(t):
        return t * int(next(source)[0] if isinstance(source, zip) else next(source))

    with pytest.raises(Refused, match="it reads from `source`, an iterator"):
        Call(fn, x)


def test_an_iterator_that_is_not_read_does_no_harm():
    class Box:
        pass

    box = Box()
    box.rate, box.lines, box.lock = 2, generator(), threading.Lock()
    assert Call(lambda t: t * box.rate, x).holds()


@pytest.mark.parametrize("value", [list(range(5000)), dict.fromkeys(range(5000)), numpy.ones(5000)])
def test_what_is_too_large(value):
    with pytest.raises(Refused, match=r"it reads `value`, an? .* of 5000 entries"):
        Call(lambda t: t * len(value), x)


def test_large_values_that_cannot_change():
    value = tuple(range(5000))
    assert Call(lambda t: t * value[1], x).holds()


def test_views_of_dictionaries():
    values = {1: 2}.values()
    with pytest.raises(Refused, match="which a guard cannot check"):
        Call(lambda t: t * sum(values), x)


def test_a_tensor_that_cannot_be_reached():
    with pytest.raises(Refused, match="it reads a tensor that cannot be reached"):
        Call(lambda t: t * 2, x, used=[torch.ones(1)])


def test_code_that_cannot_be_reached():
    def late(t):
        return t * 2

    space = {"late": late}
    get = space.copy().get
    del space

    def fn(t):
        return get("late")(t)

    with pytest.raises(Refused, match=r"it runs `.*late`, which cannot be reached"):
        Call(fn, x)


def test_more_values_than_a_walk_visits(monkeypatch):
    monkeypatch.setattr(state, "LIMIT", 50)
    values = [[[]] for _ in range(60)]
    with pytest.raises(Refused, match="it reaches more than 50 values"):
        Call(lambda t: t * len(values), x)


@pytest.mark.parametrize("draw", [random.random, lambda: numpy.random.rand(2)])
def test_drawing_random_numbers(draw):
    with pytest.raises(Refused, match="draws from Python's or NumPy's random numbers"):
        Call(lambda t: t * float(numpy.sum(draw())), x)


@pytest.mark.parametrize(
    "source", [random.Random(1), numpy.random.default_rng(1), numpy.random.RandomState(1)]
)
def test_drawing_from_a_generator(source):
    with pytest.raises(Refused, match="draws random numbers from `source`"):
        Call(lambda t: t * source.random(), x)
    assert Call(lambda t: (source, t), x).holds()


def test_lazy_parameters():
    net = nn.LazyLinear(2)
    assert Call(lambda t: net.weight is None, x, used=()).holds()
    call = Call(lambda t: net(t), x)
    assert call.changed() == "it changes the class of `net`, a type"
    assert Call(lambda t: net(t), x).changed() == "it changes `net._hooked`"
    assert Call(lambda t: net(t), x).holds()


# Kinds


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "atom"),
        ((1, ("a", None)), "atom"),
        ((1, [2]), "tuple"),
        (frozenset({1}), "atom"),
        (numpy.float32(1), "atom"),
        (torch.float32, "atom"),
        (torch.device("cpu"), "atom"),
        (collections.OrderedDict(), "dict"),
        (collections.deque(), "list"),
        (numpy.ones(1), "bytes"),
        (bytearray(1), "bytes"),
        (x, "tensor"),
        (Node, "class"),
        (Node(1), "object"),
        (functools.partial(len), "carrier"),
        (generator(), "opaque"),
        ({}.keys(), "opaque"),
        (threading.Lock(), "known"),
        (len, "known"),
        (object(), "known"),
    ],
)
def test_kinds(value, kind):
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1, True),
        (1, True, False),
        (1, 1.0, False),
        (10**30, 10**30, True),
        (0.0, -0.0, False),
        (float("nan"), float("nan"), True),
        (complex(0, -0.0), complex(0, 0.0), False),
        ((1, (2.0,)), (1, (2,)), False),
        (numpy.float32(1), numpy.float64(1), False),
        (numpy.float32(1), numpy.float32(1), True),
        (slice(1), slice(1), True),
        (slice(1), slice(True), False),
        ({1}, {True}, False),
        ({1, "a"}, {"a", 1}, True),
        ([1], [1], False),
    ],
)
def test_sameness(a, b, equal):
    assert same(a, b) is equal


def test_same_items():
    thing = []
    assert same_items([thing, 1000, "a"], (thing, int("1000"), "a"))
    assert not same_items([thing], ([],))
    assert not same_items([1], [1, 2])


def test_descriptions():
    assert short("a" * 100) == "'" + "a" * 36 + "..."
    assert short(Node(1)) == "a Node"
    assert short(None) == "None"
    assert short(Node) == "Node"
