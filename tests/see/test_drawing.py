"""`draw`: the graph as a tree, SVG, DOT and Mermaid, with the caller's names."""

import re
from xml.etree import ElementTree

import pytest

import chainrule as torch
from chainrule import nn
from chainrule.see.drawing import draw, shown, to_dot, to_mermaid


def example():
    x = torch.tensor(2.0)
    w = torch.tensor(1.0, requires_grad=True)
    y_hat = x * w
    loss = (y_hat - 4.0) ** 2
    return loss, w, y_hat


def test_a_tree_with_names_and_values():
    x = torch.tensor(2.0)
    w = torch.tensor(1.0, requires_grad=True)
    y_hat = x * w
    loss = (y_hat - 4.0) ** 2
    assert str(draw(loss)).splitlines() == [
        "x²  loss = 4",
        "−",
        "×  y_hat = 2",
        "├─ x = 2",
        "└─ w = 1",
    ]
    loss.backward()
    assert "w = 1  grad -8" in str(draw(loss))


def test_inputs_that_only_the_source_knows():
    y = torch.tensor(4.0)
    w = torch.tensor(1.0, requires_grad=True)
    error = w - y
    assert str(draw(error)).splitlines() == ["−  error = -3", "├─ w = 1", "└─ y = 4"]


def test_a_network():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    X = torch.ones(5, 4)
    out = net(X)
    tree = str(draw(out.sum()))
    assert tree.splitlines()[:2] == [f"Σ  {out.sum().item():.4g}", "xWᵀ+b  out (5, 3)"]
    for words in ("net.0.weight (8, 4)", "net.2.bias = [", "X (5, 4)", "relu"):
        assert words in tree


def test_what_was_drawn_above_is_not_drawn_again():
    w = torch.ones(3, requires_grad=True)
    square = w * w
    tree = str(draw((square + square).sum()))
    assert tree.count("square") == 2
    assert tree.count("square = [1, 1, 1] (above)") == 1
    assert tree.count("w = [1, 1, 1]") == 2


def test_outputs_of_one_operation_are_one_box():
    x = torch.tensor([3.0, 1.0], requires_grad=True)
    values, _ = x.sort()
    drawing = draw(torch.cat([values, values]).sum())
    assert sum("sort" in vertex.sign for vertex in drawing.vertices.values()) == 1


def test_leaves_and_plain_tensors():
    w, x = torch.tensor(1.0, requires_grad=True), torch.tensor([1, 2])
    assert str(draw(w)) == "w = 1"
    assert str(draw(x)).endswith("[1, 2]")
    assert ElementTree.fromstring(draw(w)._repr_svg_()) is not None
    with pytest.raises(TypeError, match="of a tensor, not of float"):
        draw(1.0)


def boxes(svg):
    root = ElementTree.fromstring(svg)
    found = []
    for element in root.iter():
        if element.tag.endswith("rect") and element.get("rx"):
            found.append([float(element.get(key)) for key in ("x", "y", "width", "height")])
    return root, found


def test_boxes_lie_inside_and_apart():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    penalty = sum((p**2).sum() for p in net.parameters())
    loss = net(torch.ones(5, 4)).sum() + penalty
    drawing = draw(loss)
    root, found = boxes(drawing.svg())
    assert len(found) == len(drawing.vertices)
    width, height = float(root.get("width")), float(root.get("height"))
    for number, (x, y, w, h) in enumerate(found):
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
        for x2, y2, w2, h2 in found[:number]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_a_leaf_that_many_read_stands_at_each():
    w = torch.tensor(1.0, requires_grad=True)
    drawing = draw(sum(w * float(k) for k in range(10)))
    texts = [element.text for element in ElementTree.fromstring(drawing.svg()).iter()]
    assert texts.count("w = 1") == 10
    assert str(to_dot(sum(w * float(k) for k in range(10)))).count("w = 1") == 1


def test_a_long_graph_is_cut():
    w = torch.tensor(1.0, requires_grad=True)
    z = w
    for _ in range(3000):
        z = z * 1.0001 + w
    drawing = draw(z)
    assert len(drawing.inputs) == 501
    assert "…" in str(drawing)
    assert len(drawing.svg()) < 500_000


def test_text_is_escaped():
    space = {"torch": torch, "draw": draw, "to_dot": to_dot, "to_mermaid": to_mermaid}
    space["<&\"'>"] = torch.tensor(1.0, requires_grad=True)
    exec("z = globals()['<&\"\\'>'] * 2", space)
    svg = eval("draw(z).svg()", space)
    assert any(e.text == "<&\"'> = 1" for e in ElementTree.fromstring(svg).iter())
    assert '"<&\\"\'> = 1"' in eval("to_dot(z)", space)
    assert '"#lt;#amp;#quot;#39;#gt; = 1"' in eval("to_mermaid(z)", space)


def test_dot_and_mermaid_have_the_edges():
    loss, *_ = example()
    edges = draw(loss).edges()
    assert edges
    dot, mermaid = to_dot(loss), to_mermaid(loss)
    assert re.findall(r"(\w+) -> (\w+)", dot) == edges
    assert re.findall(r"(\w+) --> (\w+)", mermaid) == edges


def test_nothing_is_changed():
    loss, w, _ = example()
    for _ in range(2):
        str(draw(loss))
    loss.backward()
    assert w.grad.item() == -8


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor(2), "2"),
        (torch.tensor(True), "True"),
        (torch.tensor(1 + 2j), "(1+2j)"),
        (torch.tensor(1 / 3), "0.3333"),
        (torch.tensor([[1.5]]), "1.5"),
        (torch.zeros(0), "(0,)"),
        (torch.zeros(2, 0, dtype=torch.int64), "(2, 0) int64"),
        (torch.tensor([float("nan"), 1]), "[nan, 1]"),
        (torch.zeros(5), "(5,)"),
    ],
)
def test_values(value, text):
    assert shown(value._data) == text
