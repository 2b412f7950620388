"""The trace document: JSON, its numbers, its landscape, and what bad input gives."""

import json

import pytest

import chainrule as torch
from chainrule import nn, see
from chainrule.see.values import describe


def traced(program, steps=(0, 1, 2, "last")):
    """The document of a function."""
    tracing = see.trace(None, steps=steps)
    with tracing:
        program()
    json.dumps(tracing.document)
    return tracing.document


def quadratic():
    x, y = 2.0, 4.0
    w = torch.tensor(1.0, requires_grad=True)
    for _ in range(3):
        y_hat = x * w
        loss = (y_hat - y) ** 2
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()


def test_values_gradients_and_local_derivatives():
    step = traced(quadratic)["steps"][0]
    tensors = {t["name"]: t for t in step["tensors"] if t["name"]}
    assert tensors["w"]["value"]["text"] == "1.0"
    assert tensors["w"]["grad"]["text"] == "-8.0"
    assert tensors["y_hat"]["grad"]["text"] == "-4.0"
    assert (tensors["x"]["value"]["text"], tensors["x"]["grad"]) == ("2.0", None)
    assert tensors["loss"]["value"]["text"] == "4.0"
    assert step["loss"] == 4.0
    assert [op["symbol"] for op in step["ops"]] == ["×", "−", "x²"]
    values = [op["locals"][0]["value"]["text"] for op in step["ops"]]
    assert values == ["2.0", "1.0", "-4.0"]
    assert step["backward"] == step["forward"][::-1]


def test_the_chain_rule_is_written_out_and_linked():
    step = traced(quadratic)["steps"][0]
    (derivation,) = step["derivations"]
    assert derivation["math"]["text"].endswith("= -8")
    assert {each["op"] for each in derivation["steps"]} <= set(step["forward"])
    assert step["ops"][0]["locals"][0]["formula"]["text"] == "x"


def test_later_steps_have_their_own_numbers():
    first, second, third = traced(quadratic)["steps"]
    texts = [s["tensors"][0]["value"]["text"] for s in (first, second, third)]
    assert [float(text) for text in texts] == pytest.approx([1.0, 1.8, 1.96])


def test_lines_and_source():
    document = traced(quadratic)
    (file,) = {op["file"] for op in document["steps"][0]["ops"]}
    lines = {document["source"][file][op["line"] - 1].strip() for op in document["steps"][0]["ops"]}
    assert lines == {"y_hat = x * w", "loss = (y_hat - y) ** 2"}


def test_the_curve_is_the_loss_of_the_last_step():
    run = traced(quadratic)["run"]
    curve = run["curve"]
    assert curve["name"] == "w"
    assert curve["loss"] == pytest.approx([(2 * w - 4) ** 2 for w in curve["x"]], abs=1e-4)
    assert [x for x, _ in curve["path"]] == pytest.approx([1, 1.8, 1.96, 1.992])
    assert [height for _, height in curve["path"][:3]] == pytest.approx(run["loss"], rel=1e-4)


def regression():
    x = torch.linspace(-1, 1, 20).reshape(-1, 1)
    y = 3 * x + 0.5
    w = torch.zeros(1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.2)
    for _ in range(5):
        loss = ((w * x + b - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_surface_and_fit():
    run = traced(regression)["run"]
    surface, fit = run["surface"], run["fit"]
    assert surface["names"] == ["w", "b"]
    assert [point[:2] for point in surface["path"][:1]] == [[0, 0]]
    heights = [point[2] for point in surface["path"][:5]]
    assert heights == pytest.approx(run["loss"], rel=1e-5)
    assert fit["names"] == ["x", "y"]
    assert len(fit["points"]) == 20
    assert [line["step"] for line in fit["lines"]] == [0, 1, 2, 4]
    assert {y for _, y in fit["lines"][0]["points"]} == {0.0}


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()])
def test_the_boundary_of_a_classifier(loss):
    classes = 2 if isinstance(loss, nn.CrossEntropyLoss) else 1

    def program():
        X = torch.tensor([[-1.0, 0.0], [1.0, 0.5], [-2.0, 1.0], [2.0, -1.0]])
        y = torch.tensor([0, 1, 0, 1])
        net = nn.Linear(2, classes)
        with torch.no_grad():  # the class is that of the sign of the first number
            net.weight.copy_(torch.tensor([[-1.0, 0.0], [1.0, 0.0]][-classes:]))
            net.bias.zero_()
        target = y if classes == 2 else y.float().unsqueeze(1)
        loss(net(X), target).backward()

    found = traced(program)["run"]["boundary"]
    assert found["names"] == ["X[:, 0]", "X[:, 1]"]
    assert found["points"][0] == [-1.0, 0.0, 0]
    (region,) = found["regions"]
    below = sum(x <= 1e-6 for x in found["x"])
    assert region["rows"] == [[(0, below), (1, len(found["x"]) - below)]] * len(found["y"])


def test_a_classifier_that_cannot_run_on_other_points_has_no_boundary():
    def program():
        X, y = torch.ones(4, 2), torch.tensor([0, 1, 0, 1])
        w = torch.ones(2, 2, requires_grad=True)
        nn.functional.cross_entropy((X @ w).reshape(4, 2), y).backward()

    assert traced(program)["run"]["boundary"] is None


def test_no_backward_shows_the_graph_that_is_alive():
    kept = []

    def program():
        w = torch.ones(2, requires_grad=True)
        kept.append((w * 3).sum())

    document = traced(program)
    assert document["status"]["message"].startswith("no backward pass")
    assert [op["name"] for op in document["steps"][0]["ops"]] == ["Mul", "Sum"]


def test_empty():
    document = traced(lambda: None)
    assert document["steps"] == []
    assert document["status"]["type"] == "note"


def test_nan_everywhere():
    def program():
        w = torch.full((3,), float("nan"), requires_grad=True)
        (w * w).sum().backward()

    document = traced(program)
    assert document["status"]["message"] == "the loss is nan in step 0"
    assert document["steps"][0]["tensors"][0]["value"]["text"] == "[nan, nan, nan]"


def test_large_tensors_are_described():
    def program():
        w = torch.zeros(1500, 1000, requires_grad=True)
        (w - 1).square().mean().backward()

    step = traced(program)["steps"][0]
    value = step["tensors"][0]["value"]
    assert value["text"] == "1500 × 1000 float32"
    assert value["stats"] == {"mean": 0, "std": 0, "min": 0, "max": 0, "nan": 0, "inf": 0}
    assert (len(value["heat"]), len(value["heat"][0])) == (16, 16)


@pytest.mark.parametrize("shape", [(100,), (0, 3), (1, 100), (100, 1), (5, 4, 7), (65,)])
def test_descriptions_of_all_shapes(shape):
    array = torch.rand(*shape).numpy()
    found = describe(array)
    json.dumps(found, allow_nan=False)
    if found["heat"]:
        flat = [v for row in found["heat"] for v in row]
        assert (min(flat), max(flat)) == (0, 1)
        assert max(len(found["heat"]), len(found["heat"][0])) <= 16
        assert found["stats"]["std"] == pytest.approx(float(array.std()), rel=1e-4)


def test_a_failing_operation_is_in_the_document():
    def program():
        w = torch.ones(2, 3, requires_grad=True)
        h = w * 2
        return h @ torch.ones(2, 2)

    tracing = see.trace(None)
    with pytest.raises(RuntimeError), tracing:
        program()
    status = tracing.document["status"]
    step = tracing.document["steps"][-1]
    failed = next(op for op in step["ops"] if op["id"] == status["op"])
    assert (status["type"], failed["symbol"], failed["outputs"]) == ("RuntimeError", "@", [])
    names = {t["id"]: t["name"] for t in step["tensors"]}
    assert names[failed["inputs"][0]] == "h"


def test_a_backward_pass_that_raises():
    def program():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        y = torch.exp(w)
        z = (y * y).sum()
        y += 1
        z.backward()

    tracing = see.trace(None)
    with pytest.raises(RuntimeError), tracing:
        program()
    (step,) = tracing.document["steps"]
    failed = next(op for op in step["ops"] if op["id"] == tracing.document["status"]["op"])
    assert failed["name"] == "Mul"
    assert [op["name"] for op in step["ops"]] == ["Exp", "Mul", "Sum"]
