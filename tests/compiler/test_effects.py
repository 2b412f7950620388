"""What a compiled function leaves behind: results, hooks, Python's state, errors, warnings."""

from __future__ import annotations

import copy
import pickle
import random
import threading
import time
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from compiler.twins import Twins, assert_same, numbers, runs_eagerly, warnings_of

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


# What cannot be compiled


def _branches(x):
    return x * 2 if x.sum() > 7 else x - 1


def _takes_a_number(x):
    return x * 2 if x.sum().item() > 7 else x - 1


def _loops(x):
    while x.sum() < 100:
        x = x * 2 + 1
    return x


def _numpy(x):
    return torch.tensor(float(np.sum(x.numpy())))


def _from_numpy(x):
    return x + torch.from_numpy(np.sin(np.arange(4.0, dtype="float32")))


def _tolist(x):
    return sum(x.tolist())


def _integer(x):
    return int(x.sum())


def _formats(x):
    return f"{x.sum().item():.3f}"


def _prints(x):
    print("value", x)
    return x * 2


def _clock(x):
    return x * 2 if time.time() > 0 else x


def _python_random(x):
    return x * random.random()


def _numpy_random(x):
    return x * float(np.random.rand())


def _loader(x):
    dataset = torch.utils.data.TensorDataset(x, x * 2)
    loader = torch.utils.data.DataLoader(dataset, batch_size=2, shuffle=True)
    return sum((a * b).sum() for a, b in loader)


def _iterates(x):
    return [v.item() for v in x if v > 1]


UNFIT = {
    _branches: "branch|value|number",
    _takes_a_number: "value|number",
    _loops: "branch|value|number",
    _numpy: "value|numpy",
    _from_numpy: "NumPy|numpy|array",
    _tolist: "tolist",
    _integer: "value",
    _formats: "value|number",
    _prints: "print|value",
    _clock: "clock",
    _python_random: "random",
    _numpy_random: "random",
    _loader: "",
    _iterates: "",
}


@pytest.mark.parametrize("function", UNFIT, ids=lambda f: f.__name__[1:])
def test_what_cannot_be_compiled_runs_eagerly(function, capsys):
    """Correctly, at every call, with one warning that says where and why."""
    twins = Twins(lambda: function)
    line = "" if function in (_loader, _numpy_random) else ".*test_effects.py, line "
    with runs_eagerly(f"({UNFIT[function]}){line}"):
        for i in range(20):
            random.seed(i)
            np.random.seed(i)
            wanted = twins.eager.call(vector(i), {}, i)
            random.seed(i)
            np.random.seed(i)
            found = twins.compiled.call(vector(i), {}, i)
            twins.compare(found, wanted)


@pytest.mark.parametrize("function", UNFIT, ids=lambda f: f.__name__[1:])
def test_what_cannot_be_compiled_is_an_error_if_so_wished(function):
    compiled = torch.compile(function, fullgraph=True)
    with pytest.raises(RuntimeError, match="runs eagerly"):
        compiled(*vector(1))


def test_a_warning_of_the_function_itself_is_given_each_time():
    def step(x):
        import warnings

        warnings.warn("mine", stacklevel=1)
        return x * 2

    compiled = torch.compile(step)
    for i in range(4):
        assert "mine" in warnings_of(lambda i=i: compiled(*vector(i)))


def test_sizes_that_depend_on_values():
    """The program is for the sizes of the traced call; another call runs eagerly."""
    twins = Twins(lambda: lambda x: x[x > 2] * 2)
    for i in range(20):
        twins.call(*vector(i % 3))


# Errors


def test_a_wrong_shape_at_the_second_call():
    twins = Twins(training)
    twins.call(*data(0))
    found, _ = twins.call(torch.randn(6, 5), torch.zeros(6, dtype=torch.long))
    assert found[0] == "RuntimeError"
    twins.calls(data, 3)
    assert twins.program.given_up is None
    assert len(twins.program.runs) == 1


def test_a_target_out_of_range_at_the_third_call():
    twins = Twins(training)
    twins.calls(data, 2)
    for bad in (3, -5):
        found, _ = twins.call(data(2)[0], torch.tensor([0, 1, 2, bad, 0, 1]))
        assert found[0] == "IndexError"
    twins.calls(data, 5)
    assert twins.program.given_up is None
    assert len(twins.program.runs) == 1


def test_an_index_out_of_range_in_an_embedding():
    def make():
        net = nn.Embedding(5, 3)
        sgd = optim.SGD(net.parameters(), lr=0.1)

        def step(index):
            sgd.zero_grad()
            loss = (net(index) ** 2).sum()
            loss.backward()
            sgd.step()
            return loss

        return step, net, sgd

    twins = Twins(make)
    for i in range(8):
        found, _ = twins.call(torch.tensor([0, 4, 2 if i not in (3, 4) else 5]))
        assert (found == ["IndexError", "index out of range in self"]) == (i in (3, 4))
    assert twins.program.given_up is None


def test_errors_after_random_numbers_leave_the_stream_as_the_eager_run():
    def make():
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))

        def step(x, index):
            return net(x)[index].sum()

        return step, net

    twins = Twins(make)
    for i in range(8):
        bad = i in (3, 4)
        x = torch.eye(4) * (i + 1)
        found, _ = twins.call(x, torch.tensor([0, 9 if bad else 1]))
        assert isinstance(found, list) == bad


def test_a_check_after_random_numbers():
    """The probabilities that are checked come from dropout; another draw comes before that."""

    def make():
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        sgd = optim.SGD(net.parameters(), lr=0.1)

        def step(x, high):
            noise = torch.rand(4) * 0.1
            sgd.zero_grad()
            loss = F.binary_cross_entropy(torch.sigmoid(net(x)) * high, torch.ones_like(x) * 0.5)
            loss.backward()
            sgd.step()
            return loss, noise

        return step, net, sgd

    twins = Twins(make)
    for i in range(8):
        found, _ = twins.call(torch.randn(6, 4), 5.0 if i in (3, 4) else 1.0)
        assert (found[0] == "RuntimeError") == (i in (3, 4))
    assert twins.program.given_up is None
    assert len(twins.program.runs) == 1


def test_an_exception_of_the_function_itself():
    def step(x, flag):
        if flag:
            raise ValueError("on purpose")
        return x * 2

    twins = Twins(lambda: step)
    for i in range(20):
        found, _ = twins.call(*vector(i), i % 3 == 1)
        assert (found == ["ValueError", "on purpose"]) == (i % 3 == 1)
    assert twins.program.given_up is None
    assert len(twins.program.runs) == 1


def test_a_wrong_number_of_arguments():
    compiled = torch.compile(lambda x, y: x + y)
    compiled(torch.ones(2), torch.ones(2))
    for _ in range(2):
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            compiled(torch.ones(2))
        with pytest.raises(TypeError, match="unexpected keyword"):
            compiled(torch.ones(2), y=torch.ones(2), z=1)
    assert compiled(torch.ones(2), torch.ones(2)).tolist() == [2.0, 2.0]
    assert compiled.program.given_up is None


# Callers


def test_threads_call_one_function():
    compiled = torch.compile(lambda x: torch.sin(x).cumsum(0) * 2 + (x @ x))
    wanted = {i: (torch.sin(x := torch.arange(50.0) + i).cumsum(0) * 2 + (x @ x)) for i in range(8)}
    wrong = []

    def work(i):
        for _ in range(50):
            found = compiled(torch.arange(50.0) + i)
            if not torch.allclose(found, wanted[i], rtol=1e-4):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_compiled_functions_call_compiled_functions():
    inner = torch.compile(lambda x: x * 2 + 1)

    def make():
        return lambda x: inner(x) + inner(x + 1)

    twins = Twins(make).calls(vector)
    twins.assert_compiled()
    assert inner(torch.ones(1)).item() == 3.0


def test_recursion():
    @torch.compile
    def power(x, n):
        return x if n == 1 else x * power(x, n - 1)

    for _ in range(3):
        for n in (1, 2, 3):
            assert power(torch.tensor([2.0]), n).item() == 2.0**n


def test_copies_and_pickles_of_what_was_compiled():
    net = nn.Linear(4, 3)
    compiled = torch.compile(net)
    x = torch.ones(2, 4)
    for _ in range(3):
        wanted = compiled(x)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), copy.deepcopy(compiled)):
        torch.testing.assert_close(other(x), wanted)
        with torch.no_grad():
            other.weight.zero_()
        assert not torch.allclose(other(x), wanted)
        torch.testing.assert_close(compiled(x), wanted)


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
