"""The chain rule written out: its numbers are the gradients, its formulas give them too."""

from __future__ import annotations

import xml.dom.minidom
from typing import Any

import numpy as np
import pytest
from cases import all_cases
from matplotlib.mathtext import MathTextParser
from ops.test_properties import ELSEWHERE

import chainrule as torch
from chainrule.core.primitive import primitives
from chainrule.see import chain
from chainrule.see.derivation import Derivations, derive, explain, local_formula
from chainrule.see.expressions import add, from_source, mul, name, number, power, subtract
from chainrule.see.notation import parts_of
from chainrule.see.typeset import written

PARSER = MathTextParser("agg")

NAMELESS = {
    ("AsStridedScatter", "source"), ("AsStridedScatter", "x"),
    ("CopySlices", "base"), ("Cumprod", "x"), ("EmbeddingRows", "x"), ("IndexAdd", "source"),
    ("IndexCopy", "source"), ("IndexPut", "x"), ("LinalgEig", "x"), ("LinalgEigh", "x"),
    ("LinalgLuFactorEx", "x"), ("LinalgQr", "x"), ("LinalgSvd", "x"), ("Logcumsumexp", "x"),
    ("Ormqr", "a"), ("Ormqr", "tau"), ("Scatter", "source"), ("ScatterAdd", "source"),
    ("ScatterExtreme", "source"), ("ScatterExtreme", "x"), ("ScatterProd", "source"),
    ("ScatterProd", "x"), ("SelectScatter", "x"), ("SliceScatter", "x"), ("Sort", "x"),
    ("Trace", "x"), ("ViewAsReal", "x"),
}  # fmt: skip
"""The rules that have no formula: they move elements about, or have cases and loops."""


def well_formed(math: dict[str, str]) -> None:
    """MathML is XML, and every word of the LaTeX is known to mathtext."""
    xml.dom.minidom.parseString(math["mathml"])
    PARSER.parse(f"${math['latex']}$")


def texts(found: Any) -> list[str]:
    for math in [found["math"], *(step["math"] for step in found["steps"])]:
        well_formed(math)
    return [found["math"]["text"], *(step["math"]["text"] for step in found["steps"])]


def linear(w0: float, x: float, y: float, b0: float | None = None) -> Any:
    w = torch.tensor([w0], requires_grad=True)
    b = None if b0 is None else torch.tensor([b0], requires_grad=True)
    product = w * x
    y_hat = product if b is None else product + b
    error = y_hat - y
    loss = error**2
    names = {
        id(w): "w", id(y_hat._node): "y_hat", id(b): "b",
        (id(product._node), 1): "x", (id(error._node), 1): "y",
    }  # fmt: skip
    return loss, w, b, names


def test_a_line_through_the_origin():
    loss, w, _, names = linear(1.0, 2.0, 4.0)
    assert texts(derive(loss, w, names)) == [
        "dloss/dw = dloss/dy_hat * dy_hat/dw = 2*(y_hat - y) * x = -4 * 2 = -8",
        "dloss/dy_hat = 2*(y_hat - y) = -4",
        "dy_hat/dw = x = 2",
    ]


def test_every_factor_is_tied_to_its_node():
    loss, w, _, names = linear(1.0, 2.0, 4.0)
    power_node = loss._node
    product = power_node.sources[0].sources[0]
    assert [step["op"] for step in derive(loss, w, names)["steps"]] == [id(power_node), id(product)]


def test_a_line():
    loss, w, b, names = linear(1.0, 1.0, 2.0, 0.5)
    whole = Derivations(loss, names)
    assert texts(whole.of(w))[0] == (
        "dloss/dw = dloss/dy_hat * dy_hat/dw = 2*(y_hat - y) * x = -1 * 1 = -1"
    )
    assert texts(whole.of(b))[0] == (
        "dloss/db = dloss/dy_hat * dy_hat/db = 2*(y_hat - y) * 1 = -1 * 1 = -1"
    )


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [(1.0, 2.0, (2.0, 2.0, 2.0)), (2.0, 4.0, (24.0, 12.0, 6.0)), (3.0, 6.0, (126.0, 42.0, 14.0))],
)
def test_a_parabola(x, y, expected):
    w1, w2, b = (torch.tensor([1.0], requires_grad=True) for _ in range(3))
    square, line = w1 * x**2, w2 * x
    y_pred = square + line + b
    error = y_pred - y
    loss = error**2
    names = {
        id(w1): "w1", id(w2): "w2", id(b): "b", id(y_pred._node): "y_pred",
        (id(square._node), 1): "x**2", (id(line._node), 1): "x", (id(error._node), 1): "y",
    }  # fmt: skip
    whole = Derivations(loss, names)
    slopes = ("x**2", "x", "1")
    for leaf, own, slope, value in zip(
        (w1, w2, b), ("w1", "w2", "b"), slopes, expected, strict=True
    ):
        text = texts(whole.of(leaf))[0]
        symbols = f"dloss/d{own} = dloss/dy_pred * dy_pred/d{own} = 2*(y_pred - y) * {slope} = "
        assert text.startswith(symbols), text
        assert text.endswith(f" = {value:g}")


def test_what_has_no_name_is_written_out():
    loss, w, _, names = linear(1.0, 2.0, 4.0)
    del names[id(loss._node.sources[0].sources[0])]
    assert texts(derive(loss, w, names))[0] == (
        "dloss/dw = dloss/d(w*x - y) * d(w*x - y)/dw = 2*(w*x - y) * x = -4 * 2 = -8"
    )


def test_two_paths():
    u = torch.tensor(3.0, requires_grad=True)
    assert texts(derive(u * u + torch.sin(u), u, {id(u): "u"}))[0] == (
        "dloss/du = d(u**2)/du + d(sin(u))/du = 2*u + cos(u) = 6 + (-0.989992) = 5.01001"
    )
    a = u * 2
    found = texts(derive(a * torch.exp(a), u, {id(u): "u", id(a._node): "a"}))[0]
    (expected,) = torch.autograd.grad(a * torch.exp(a), u)
    assert found.endswith(f" = {expected.item():.6g}")
    assert "a * exp(a) * 2 + exp(a) * 2" in found


def test_many_paths_are_added_on_the_way():
    x = h = torch.tensor(1.5, requires_grad=True)
    for _ in range(8):
        h = torch.sin(h) + h
    found = texts(derive(h, x))
    (expected,) = torch.autograd.grad(h, x)
    assert found[0].endswith(f" = {expected.item():.6g}")


def vectors() -> Any:
    w = torch.tensor(1.5, requires_grad=True)
    x, y = torch.arange(4.0), 3 * torch.arange(4.0)
    y_hat = w * x
    error = y_hat - y
    names = {id(w): "w", id(y_hat._node): "y_hat", (id(y_hat._node), 1): "x"}
    return w, error**2, {**names, (id(error._node), 1): "y"}


def test_sum_and_mean_over_a_vector():
    w, squares, names = vectors()
    assert texts(derive(squares.sum(), w, names))[0] == (
        "dloss/dw = sum(dloss/dy_hat*x) = 2*sum((y_hat - y)*x) = -42"
    )
    assert texts(derive(squares.mean(), w, names))[:2] == [
        "dloss/dw = sum(dloss/dy_hat*x) = sum((y_hat - y)*x)/2 = -10.5",
        "dloss/dy_hat = (y_hat - y)/2",
    ]


def matrices() -> Any:
    rng = np.random.default_rng(0)
    X, W, b = (torch.tensor(rng.normal(size=s)) for s in ((5, 3), (3, 2), (2,)))
    W.requires_grad_(), b.requires_grad_()
    product = X @ W
    Z = product + b
    return W, b, Z, {id(W): "W", id(b): "b", id(Z._node): "Z", (id(product._node), 0): "X"}


def test_matrices_are_written_as_matrices():
    W, b, Z, names = matrices()
    loss = (Z**2).sum()
    whole = Derivations(loss, names)
    assert texts(whole.of(W)) == [
        "dloss/dW = X.T @ dloss/dZ = 2*X.T @ Z  of shape (3, 2)",
        "dloss/dZ = 2*Z",
        "dloss/dW = X.T @ dloss/dZ",
    ]
    assert texts(whole.of(b))[0] == "dloss/db = sum(dloss/dZ, 0) = 2*sum(Z, 0)  of shape (2,)"
    assert (
        r"{X}^{\top} \, \frac{\partial \mathrm{loss}}{\partial Z}" in whole.of(W)["math"]["latex"]
    )


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda Z: torch.relu(Z).sum(), "(Z > 0)"),
        (lambda Z: torch.sigmoid(Z).sum(), "(1 - sigmoid(Z))*sigmoid(Z)"),
        (lambda Z: torch.nn.MSELoss()(Z, torch.zeros(5, 2, dtype=Z.dtype)), "0.2*(Z - c1)"),
        (
            lambda Z: torch.nn.CrossEntropyLoss()(Z, torch.tensor([0, 1, 1, 0, 1])),
            "0.2*(softmax(Z) - onehot(c1))",
        ),
    ],
    ids=["relu", "sigmoid", "mse", "cross entropy"],
)
def test_losses_of_matrices(loss, expected):
    W, _, Z, names = matrices()
    found = texts(derive(loss(Z), W, names))
    assert found[1] == f"dloss/dZ = {expected}"
    assert found[2] == "dloss/dW = X.T @ dloss/dZ"


def test_matrix_and_vector():
    A, v = torch.ones(3, 2, requires_grad=True), torch.ones(2, requires_grad=True)
    y = A @ v
    names = {id(A): "A", id(v): "v", id(y._node): "y"}
    whole = Derivations((y**2).sum(), names)
    assert texts(whole.of(v))[0] == "dloss/dv = A.T @ dloss/dy = 2*A.T @ y  of shape (2,)"
    assert texts(whole.of(A))[0] == "dloss/dA = dloss/dy @ v.T = 2*y @ v.T  of shape (3, 2)"


def test_local_formulas():
    loss, _, _, names = linear(1.0, 2.0, 4.0)
    assert local_formula(loss._node, 0, names)["text"] == "2*(y_hat - y)"
    W, _, Z, names = matrices()
    product, grad = Z._node.sources[0], np.ones((5, 2))
    assert local_formula(product, 1, names, grad)["text"] == "X.T @ G"
    assert local_formula(product, 1, names)["text"] == "∂mm/∂y"  # of unknown shape
    assert local_formula(torch.tanh(W)._node, 0, {id(W): "W"})["text"] == "1 - tanh(W)**2"
    b = torch.zeros(1, requires_grad=True)
    shifted = (W + b)._node  # b is broadcast: what its copies get is added up
    assert local_formula(shifted, 1, {}, np.ones(W.shape))["text"] == "sum(G)"
    assert local_formula(shifted, 0, {}, np.ones(W.shape))["text"] == "1"


def test_explain_takes_the_names_of_the_caller():
    w = torch.tensor(1.0, requires_grad=True)
    x, y = torch.tensor(2.0), 4.0
    y_hat = w * x
    loss = (y_hat - y) ** 2
    explanation = explain(loss, w)
    assert repr(explanation).splitlines()[0] == (
        "dloss/dw = dloss/dy_hat * dy_hat/dw = 2*(y_hat - y) * x = -4 * 2 = -8"
    )
    assert explanation._repr_html_().count("<math ") == 3
    assert explanation._repr_latex_().startswith(r"$\displaystyle \frac{\partial")
    loss.backward()
    assert w.grad.item() == -8.0
    with pytest.raises(RuntimeError, match=r"freed by backward[\s\S]*hint: explain before"):
        explain(loss, w)


def test_explain_a_module():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    X, Y = torch.ones(5, 3), torch.tensor([0, 1, 0, 1, 1])
    criterion = torch.nn.CrossEntropyLoss()
    out = net(X)
    loss = criterion(out, Y)
    lines = repr(explain(loss, net[2].bias)).splitlines()
    assert lines[0].startswith("dloss/dnet.2.bias = sum(dloss/dout, 0)")
    assert "    dloss/dout = 0.2*(softmax(out) - onehot(Y))" in lines


def test_refusals():
    w = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="no graph behind"):
        explain(torch.tensor(1.0), w)
    with pytest.raises(RuntimeError, match="no path leads"):
        explain(w * 2, torch.tensor(3.0, requires_grad=True))


def test_text_of_the_program_is_escaped():
    found = written(name("<script>"))
    assert "<script>" not in found["mathml"]
    well_formed(found)


def test_simplification():
    x, y = name("x"), name("y")
    assert repr(add(x, x)) == "2*x"
    assert repr(subtract(x, x)) == "0"
    assert repr(mul(number(2 / 3), x, x, power(x, number(-3)))) == "2/(3*x)"
    assert repr(power(subtract(x, y), number(0.5))) == "(x - y)**(1/2)"
    assert repr(subtract(x, subtract(y, x))) == "2*x - y"
    assert repr(from_source("-a.b*x[0]**2")) == "-a.b*x[0]**2"
    assert parts_of("x_train_2") == ("x_train_2", "", "")


# Over all operations


def loss_of(case: Any) -> tuple[Any, list[Any]]:
    torch.manual_seed(0)
    inputs = []
    for spec, array in zip(case.inputs, case.draw(), strict=True):
        if hasattr(spec, "draw"):
            array = torch.from_numpy(np.asarray(array).copy())
            array.requires_grad_(array.is_floating_point() or array.is_complex())
        inputs.append(array)
    results: list[Any] = []
    stack = [case.call(torch, *inputs)]
    while stack:
        each = stack.pop()
        if isinstance(each, (tuple, list)):
            stack.extend(each)
        elif getattr(each, "requires_grad", False):
            results.append(abs(each) ** 2 if each.is_complex() else each * each)
    leaves = [x for x in inputs if getattr(x, "requires_grad", False)]
    return (sum(r.sum() for r in results) if results else None), leaves


@pytest.mark.slow
def test_every_operation_has_a_derivation(monkeypatch):
    nameless, seen = set(), set()

    def named(node, index):
        nameless.add((type(node).__name__, node.inputs[0 if node.variadic else index]))
        return real(node, index)

    real = chain.named_rule
    monkeypatch.setattr(chain, "named_rule", named)
    for case in (case for case in all_cases() if case.grad):
        loss, leaves = loss_of(case)
        if loss is None:
            continue
        whole = Derivations(loss, {id(x): f"x{i}" for i, x in enumerate(leaves)})
        seen.update(type(node) for node in whole.graph.nodes)
        grads = torch.autograd.grad(loss, leaves, retain_graph=True, allow_unused=True)
        for leaf, grad in zip(leaves, grads, strict=True):
            if whole.consumers.get(leaf):
                found = whole.of(leaf)
                np.testing.assert_allclose(whole.arrived(leaf), grad.numpy(), err_msg=case.name)
                xml.dom.minidom.parseString(found["math"]["mathml"])
    assert nameless <= NAMELESS, nameless - NAMELESS
    ours = (p for p in primitives() if p.__module__.startswith("chainrule.ops."))
    differentiable = {p for p in ours if p.rules.count(None) < len(p.rules)} - ELSEWHERE
    assert len(seen & differentiable) > 0.9 * len(differentiable)
    for case in all_cases()[::25]:
        loss, leaves = loss_of(case) if case.grad else (None, [])
        if loss is not None and leaves and loss._node is not None:
            PARSER.parse(f"${derive(loss, leaves[0])['math']['latex']}$")


FUNCTIONS = {
    key: getattr(torch, key)
    for key in ("abs", "exp", "log", "sin", "cos", "tanh", "sinh", "cosh", "sqrt", "sum", "mean")
} | {"sigmoid": torch.sigmoid, "sgn": torch.sgn, "where": torch.where, "relu": torch.relu}


def test_the_formulas_are_true():
    """A formula in nothing but common functions gives, as Python, the gradient itself."""
    tried = 0
    for case in (case for case in all_cases() if case.grad and case.pointwise):
        loss, leaves = loss_of(case)
        if loss is None or any(leaf.is_complex() for leaf in leaves):
            continue
        whole = Derivations(loss, {id(x): f"x{i}" for i, x in enumerate(leaves)})
        space = {f"x{i}": leaf.detach() for i, leaf in enumerate(leaves)}
        for leaf in leaves:
            formula = whole.total(leaf)[1] if whole.consumers.get(leaf) else None
            if formula is None:
                continue
            try:
                value = eval(repr(formula), {"__builtins__": {}}, {**FUNCTIONS, **space})
            except NameError:
                continue
            arrived = whole.arrived(leaf)
            given = np.broadcast_to(np.asarray(value), arrived.shape)
            np.testing.assert_allclose(given, arrived, rtol=1e-4, atol=1e-5, err_msg=repr(formula))
            tried += 1
    assert tried > 40
