"""What cannot be compiled, errors, and callers: eager, correct, and said once."""

from __future__ import annotations

import copy
import pickle
import random
import threading
import time
from collections import namedtuple

import numpy as np
import pytest
from compiler.twins import Twins, runs_eagerly, warnings_of

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
    line = "" if function in (_loader, _numpy_random) else ".*test_unfit.py, line "
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
