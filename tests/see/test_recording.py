"""Recording: which steps are kept, the values of the time, names, norms and learning rates."""

import time

import numpy
import pytest

import chainrule as torch
from chainrule import nn
from chainrule.see.recording import Recorder
from chainrule.watch import watching


def train(steps, chosen=(0, 1, 2, "last")):
    """A small descent on w; the recorder, and w's values and gradients by step."""
    w = torch.tensor([1.0], requires_grad=True)
    seen = []
    with watching(Recorder(chosen)) as recorder:
        for x in range(1, steps + 1):
            y_hat = x * w
            loss = (y_hat - 2.0 * x) ** 2
            loss.backward()
            seen.append((w.item(), w.grad.item(), loss.item()))
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad.zero_()
    recorder.finish()
    return recorder, seen, w.item()


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [((0, 1, 2, "last"), [0, 1, 2, 5]), (("last",), [5]), ((1, 9), [1]), ((), [])],
)
def test_the_chosen_steps_are_kept(chosen, kept):
    recorder, seen, _ = train(6, chosen)
    assert sorted(recorder.steps) == kept
    assert recorder.history.loss == pytest.approx([loss for _, _, loss in seen])


def test_values_and_gradients_are_those_of_the_time():
    recorder, seen, end = train(4)
    for index, (w, g, loss) in enumerate(seen):
        (leaf,) = recorder.steps[index].leaves.values()
        assert (leaf.name, leaf.value.array.item(), leaf.grad.array.item()) == ("w", w, g)
        assert recorder.steps[index].loss == loss
    history = recorder.history
    assert history.params == {"w": [[w] for w, _, _ in seen] + [[end]]}
    assert history.grad_norm["w"] == pytest.approx([abs(g) for _, g, _ in seen])
    assert history.update_norm["w"] == pytest.approx([0.01 * abs(g) for _, g, _ in seen], rel=1e-5)


def test_names_of_variables_targets_and_numbers():
    recorder, _, _ = train(1)
    multiply, subtract, power = recorder.steps[0].operations
    assert [q.name for q in multiply.inputs] == ["w", "x"]
    assert multiply.outputs[0].name == "y_hat"
    assert [q.name for q in subtract.inputs] == ["y_hat", "2.0 * x"]
    assert subtract.outputs[0].name is None
    assert power.outputs[0].name == "loss"


def test_names_through_functions_and_containers():
    params = [torch.ones(2, 2, requires_grad=True)]
    state = {"bias": torch.zeros(2, requires_grad=True)}

    def model(x):
        return torch.matmul(x, params[0]) + state["bias"]

    with watching(Recorder()) as recorder:
        data = torch.ones(3, 2)
        prediction = model(data)
        total = prediction.sum()
        total.backward()
    step = recorder.steps[0]
    assert {q.name for q in step.leaves.values()} == {"params[0]", "state['bias']"}
    assert [op.outputs[0].name for op in step.operations] == [None, "prediction", "total"]
    assert step.operations[0].inputs[0].name in ("x", "data")


def test_variables_of_functions_that_have_returned():
    w = torch.ones(2, requires_grad=True)

    def layer(x):
        return x * w

    def model(x):
        hidden = layer(x)
        return hidden.sum()

    with watching(Recorder()) as recorder:
        model(torch.ones(2)).backward()
    assert [op.outputs[0].name for op in recorder.steps[0].operations] == ["hidden", None]


def test_modules_parameters_and_learning_rates():
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    with watching(Recorder()) as recorder:
        for _ in range(2):
            out = net(torch.ones(4, 2))
            optimizer.zero_grad()
            out.sum().backward()
            optimizer.step()
    step = recorder.steps[0]
    assert [op.module for op in step.operations] == ["net.0", "net.1", "net.2", None]
    expected = {f"net.{name}" for name, _ in net.named_parameters()}
    assert {q.name for q in step.leaves.values()} == expected
    names = [op.outputs[0].name for op in step.operations]
    assert names == ["net.0.output", "net.1.output", "out", None]
    given = [q.name for q in step.operations[0].inputs if q.leaf and q.name is not None]
    assert "net.0.input" in given
    assert recorder.history.lr == [0.5, 0.5]


def test_an_overwritten_intermediate_keeps_the_value_it_had():
    w = torch.ones(3, requires_grad=True)
    with watching(Recorder()) as recorder:
        y = w + 1
        y *= 5
        y.sum().backward()
    add, multiply, _ = recorder.steps[0].operations
    assert add.outputs[0].value.array.tolist() == [2, 2, 2]
    assert multiply.outputs[0].value.array.tolist() == [10, 10, 10]
    assert multiply.outputs[0].name == "y"


def test_what_no_backward_reaches_is_forgotten_with_its_graph():
    w = torch.ones(3, requires_grad=True)
    with watching(Recorder()) as recorder:
        for _ in range(10):
            (w * 2).sum()
        assert len(recorder._operations) == 0


@pytest.mark.parametrize("w", [float("nan"), float("inf")])
def test_nan_and_infinity(w):
    w = torch.tensor([w, 0.0], requires_grad=True)
    with watching(Recorder()) as recorder:
        (w * 0 + torch.log(w)).sum().backward()
    recorder.finish()
    assert not numpy.isfinite(recorder.history.loss[0])


def test_second_order_several_outputs_and_own_functions():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = torch.tensor([1.0, 3.0, 2.0], requires_grad=True)
    with watching(Recorder()) as recorder:
        values, _ = Double.apply(x).sort()
        (dx,) = torch.autograd.grad((values**3).sum(), x, create_graph=True)
        dx.sum().backward()
    assert sorted(recorder.steps) == [0, 1]
    assert [op.kind.__name__ for op in recorder.steps[0].operations] == [
        "DoubleBackward",
        "Sort",
        "PowScalar",
        "Sum",
    ]
    assert x.grad.tolist() == [48.0, 144.0, 96.0]


def test_what_it_costs():
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, y = torch.rand(64, 784), torch.randint(0, 10, (64,))
    loss_fn = nn.CrossEntropyLoss()

    def steps():
        start = time.perf_counter()
        for _ in range(3):
            loss = loss_fn(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return time.perf_counter() - start

    steps()
    plain = steps()
    with watching(Recorder()):
        watched = steps()
    assert watched < plain + 2
