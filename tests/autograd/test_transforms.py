"""The transforms of `torch.func`: what they compute, how they nest, and what they refuse."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as torch
from chainrule.func import (
    functional_call,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stack_module_state,
    vjp,
    vmap,
)

X = [1.0, 2.0, 3.0]


def x() -> Any:
    return torch.tensor(X)


def close(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-5, atol=1e-6)


# Gradients


def test_gradients_nest() -> None:
    assert math.isclose(
        grad(grad(grad(torch.sin)))(torch.tensor(0.5)).item(), -math.cos(0.5), rel_tol=1e-6
    )


def test_no_perturbation_is_confused() -> None:
    one = torch.tensor(1.0)

    def outer(a: Any) -> Any:
        return a * jvp(lambda b: a + b, (one,), (one,))[1]

    assert jvp(outer, (one,), (one,))[1].item() == 1
    assert grad(lambda a: a * grad(lambda b: a + b)(one))(one).item() == 1


def test_trees_and_several_arguments() -> None:
    found = grad(lambda d: (d["a"] * d["b"][0]).sum())({"a": x(), "b": [x() * 2]})
    assert found["a"].tolist() == [2.0, 4.0, 6.0]
    assert found["b"][0].tolist() == X
    first, second = grad(lambda a, b: (a * b).sum(), argnums=(0, -1))(x(), x() * 2)
    assert (first.tolist(), second.tolist()) == ([2.0, 4.0, 6.0], X)


def test_aux_and_value() -> None:
    grads, (value, aux) = grad_and_value(lambda a: ((a * a).sum(), {"n": a}), has_aux=True)(x())
    assert (grads.tolist(), value.item(), aux["n"].tolist()) == ([2.0, 4.0, 6.0], 14, X)
    assert not value.requires_grad
    assert not aux["n"].requires_grad


def test_grad_modes() -> None:
    with torch.no_grad():
        assert grad(lambda a: a**2)(torch.tensor(3.0)).item() == 6
        assert not jvp(lambda a: a**2, (x(),), (x(),))[1].requires_grad

    def inside(a: Any) -> Any:
        with torch.no_grad():
            c = a**2
        return a - c

    assert grad(inside)(torch.tensor(3.0)).item() == 1
    # PyTorch's forward mode does not heed no_grad.
    assert jvp(inside, (torch.tensor(3.0),), (torch.tensor(1.0),))[1].item() == -5


def test_results_are_recorded_where_something_outside_needs_it() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    g = grad(lambda a: a**2 * w)(torch.tensor(2.0))
    g.backward()
    assert (g.item(), w.grad.item()) == (12, 4)
    outer = torch.tensor(2.0, requires_grad=True)
    (second,) = torch.autograd.grad(grad(lambda a: a**3)(outer), outer)
    assert second.item() == 12
    assert not grad(lambda a: a**2)(torch.tensor(2.0)).requires_grad


def test_autograd_inside() -> None:
    def slope(a: Any) -> Any:
        (g,) = torch.autograd.grad((a**3).sum(), a, create_graph=True)
        return (g**2).sum()

    close(grad(slope)(x()), 36 * x() ** 3)


def test_vjp_and_jvp() -> None:
    output, back = vjp(lambda a, b: (a * b, a.sum()), x(), x() * 2)
    ga, gb = back((x(), torch.tensor(1.0)))
    assert output[1].item() == 6
    assert (ga.tolist(), gb.tolist()) == ([3.0, 9.0, 19.0], [1.0, 4.0, 9.0])
    output, slope = jvp(lambda d: {"o": d["a"] * 2}, ({"a": x()},), ({"a": x()},))
    assert slope["o"].tolist() == [2.0, 4.0, 6.0]
    derivative = linearize(torch.exp, torch.zeros(2))[1]
    assert derivative(torch.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_writes_inside_of_jvp() -> None:
    z = x()
    value, slope = jvp(lambda a: (a.add_(1) * a).sum(), (z,), (torch.ones(3),))
    assert (value.item(), slope.item(), z.tolist()) == (29, 18, [2.0, 3.0, 4.0])
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        grad(lambda a: a.add_(1).sum())(x())


# Jacobians


@pytest.mark.parametrize("outer", [jacrev, jacfwd])
@pytest.mark.parametrize("inner", [jacrev, jacfwd])
def test_second_derivatives_in_all_ways(outer: Any, inner: Any) -> None:
    close(outer(inner(lambda a: (a**3).sum()))(x()), torch.diag(6 * x()))


def test_hessian_in_one() -> None:
    matrix = torch.tensor([[2.0, 1.0], [1.0, 4.0]])
    close(hessian(lambda a: a @ matrix @ a / 2)(torch.ones(2)), matrix)


def test_jacobians_have_the_structure_of_outputs_and_arguments() -> None:
    found = jacrev(lambda a, b: {"m": a * b, "s": a.sum()}, argnums=(0, 1))(x(), x())
    close(found["m"][1], torch.diag(x()))
    assert found["s"][1].tolist() == [0.0, 0.0, 0.0]
    close(jacrev(torch.square, chunk_size=2)(x()), jacfwd(torch.square)(x()))


# vmap


def test_axes() -> None:
    a = torch.arange(6.0).reshape(2, 3)
    close(vmap(lambda r: r * 2, in_dims=1, out_dims=1)(a), a * 2)
    close(vmap(lambda r, c: r + c, in_dims=(-1, None))(a, torch.ones(2)), a.T + 1)
    close(vmap(lambda d: d["a"].sum() + d["b"], in_dims=({"a": 0, "b": None},))(
        {"a": a, "b": torch.tensor(1.0)}), a.sum(1) + 1)  # fmt: skip
    assert vmap(lambda r, k: r * k, in_dims=(0, None))(a, 2).shape == (2, 3)
    assert vmap(lambda r: (r, torch.ones(2)), out_dims=(0, None))(a)[1].shape == (2,)


def test_chunks_give_the_same() -> None:
    a = torch.arange(10.0).reshape(5, 2)
    got = vmap(lambda r: (r.sum(), {"r": r}), chunk_size=2, out_dims=(0, {"r": 1}))(a)
    close(got[0], a.sum(1))
    close(got[1]["r"], a.T)


def test_vmaps_nest() -> None:
    a, b = torch.arange(3.0), torch.arange(4.0)
    table = vmap(vmap(lambda p, q: p * 10 + q, in_dims=(None, 0)), in_dims=(0, None))(a, b)
    close(table, a[:, None] * 10 + b)


def test_gradients_of_shared_tensors_are_sums() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    rows = torch.arange(6.0).reshape(3, 2)
    vmap(lambda r: (r * w).sum() ** 2)(rows).sum().backward()
    v = w.detach().requires_grad_()
    ((rows * v).sum(1) ** 2).sum().backward()
    close(w.grad, v.grad)


def test_gradients_through_per_sample_gradients() -> None:
    """Three orders, the middle one mapped: a penalty on the gradient of each sample."""
    rows = torch.linspace(-1, 1, 6).reshape(3, 2)
    w = torch.tensor([0.3, -0.7])

    def loss(w: Any, r: Any) -> Any:
        return torch.tanh(w @ r) ** 2

    def mapped(w: Any) -> Any:
        return (vmap(grad(loss), in_dims=(None, 0))(w, rows) ** 2).sum()

    def looped(w: Any) -> Any:
        return sum((grad(loss)(w, r) ** 2).sum() for r in rows)

    close(grad(mapped)(w), grad(looped)(w))
    close(hessian(mapped)(w), hessian(looped)(w))


def test_per_sample_gradients_of_a_module() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(),
                              torch.nn.Linear(8, 3))  # fmt: skip
    images, labels = torch.randn(4, 1, 4, 4), torch.tensor([0, 1, 2, 0])
    params = {name: p.detach() for name, p in net.named_parameters()}

    def loss(params: Any, image: Any, label: Any) -> Any:
        scores = functional_call(net, params, (image.unsqueeze(0),))
        return torch.nn.functional.cross_entropy(scores, label.unsqueeze(0))

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing here runs once for each example
        got = vmap(grad(loss), in_dims=(None, 0, 0))(params, images, labels)
    for i in range(4):
        net.zero_grad()
        scores = net(images[i : i + 1])
        torch.nn.functional.cross_entropy(scores, labels[i : i + 1]).backward()
        for name, p in net.named_parameters():
            close(got[name][i], p.grad)


def test_an_ensemble() -> None:
    torch.manual_seed(0)
    nets = [torch.nn.Linear(3, 2) for _ in range(4)]
    params, buffers = stack_module_state(nets)
    assert params["weight"].is_leaf
    got = vmap(lambda p, b, r: functional_call(nets[0], (p, b), r), in_dims=(0, 0, None))(
        params, buffers, x()
    )
    close(got, torch.stack([net(x()) for net in nets]))
    got.sum().backward()
    assert params["weight"].grad.shape == (4, 2, 3)


def test_random_numbers_follow_randomness() -> None:
    a = torch.zeros(3)
    with pytest.raises(RuntimeError, match="called random operation while in randomness error"):
        vmap(lambda r: r + torch.randn(()))(a)
    torch.manual_seed(0)
    same = vmap(lambda r: r + torch.randn(()), randomness="same")(a)
    assert same.unique().numel() == 1
    torch.manual_seed(0)
    different = vmap(lambda r: r + torch.randn(()), randomness="different")(a)
    torch.manual_seed(0)
    close(different, torch.randn(3))
    masks = vmap(torch.nn.functional.dropout, randomness="different")(torch.ones(4, 50))
    assert not torch.equal(masks[0], masks[1])
    masks = vmap(torch.nn.functional.dropout, randomness="same")(torch.ones(4, 50))
    assert torch.equal(masks[0], masks[3])


def test_writes() -> None:
    z = x()

    def write(r: Any) -> Any:
        r.add_(1)
        return r

    assert vmap(write)(z).tolist() == [2.0, 3.0, 4.0]
    assert z.tolist() == [2.0, 3.0, 4.0]

    def masked(r: Any) -> Any:
        out = r.clone()
        out[r > 0] = 0.0
        return out

    assert vmap(masked)(torch.tensor([[1.0, -1.0], [-2.0, 3.0]])).tolist() == [[0, -1], [-2, 0]]
    with pytest.raises(RuntimeError, match="`self` not being vmapped"):
        vmap(lambda r: torch.zeros(()).add_(r))(x())


def test_a_slow_rule_says_so() -> None:
    from chainrule.ops.batching import running

    running._told.clear()
    rows = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    with pytest.warns(UserWarning, match="performance drop .* for numpy.histogram"):
        got = vmap(lambda r: torch.histc(r, 2, 0, 4))(rows)
    assert got.tolist() == [[1, 1], [1, 1]]


def test_printing_inside(capsys: pytest.CaptureFixture[str]) -> None:
    vmap(lambda r: (print(r), r)[1])(torch.ones(2))
    assert capsys.readouterr().out == (
        "BatchedTensor(lvl=1, bdim=0, value=\n    tensor([1., 1.])\n)\n"
    )


# Errors, in PyTorch's words

REFUSED = [
    (lambda: vmap(lambda r: r if r > 0 else -r)(x()), "data-dependent control flow"),
    (lambda: vmap(lambda r: r.item())(x()), r"calling .item\(\) on a Tensor"),
    (lambda: vmap(float)(x()), r"calling .item\(\) on a Tensor"),
    (lambda: vmap(lambda r: r.tolist())(x()), "Cannot access data pointer"),
    (lambda: vmap(lambda r: r.nonzero())(x()), "dynamic shape"),
    (lambda: vmap(lambda r: r.requires_grad_())(x()), r"Tensor.requires_grad_\(\)"),
    (lambda: grad(lambda a: a.sum().backward())(x()), r"backward\(\) called inside"),
    (lambda: grad(lambda a: (a * 1).retain_grad())(x()), r"Tensor.retain_grad\(\) inside"),
    (lambda: vmap(lambda r: r, randomness="foo"), "Only allowed values for randomness"),
    (lambda: grad(lambda a: a)(x()), "scalar Tensor, got tensor with 1 dims"),
    (lambda: grad(lambda a: 1.0)(x()), "to return a Tensor, got <class 'float'>"),
    (lambda: grad(torch.sum)(torch.tensor([1])), "floating point dtype"),
    (lambda: grad(torch.sum, argnums=2)(x()), "Got argnum=2, but only 1 positional inputs"),
    (lambda: grad(torch.sum, argnums=())(x()), "argnums must be non-empty"),
    (lambda: grad(torch.mul, argnums=(0, 0))(x(), x()), "argnums elements must be unique"),
    (lambda: grad(torch.sum, has_aux=True)(x()), r"a tuple: \(output, aux\)"),
    (lambda: vjp(lambda a: (a, a.sum()), x())[1](x()), "Expected pytree structure of cotangents"),
    (lambda: vjp(lambda a: 1, x()), "return only tensors"),
    (lambda: jvp(torch.sin, x(), x()), "Expected primals to be a tuple"),
    (lambda: jvp(torch.sin, (x(),), (x(), x())), "same python structure"),
    (lambda: jvp(torch.sin, (x(),), (torch.ones(2),)), "different size than that of the original"),
    (lambda: jvp(lambda: 1, (), ()), "at least one Tensor"),
    (lambda: functional_call(torch.nn.Linear(2, 1), {"a": x()}, x(), strict=True), "Unexpected"),
    (lambda: stack_module_state([]), "at least one model"),
]
WRONG = [
    (lambda: vmap(lambda a, b: a, in_dims=(0,))(x(), x()), "in_dims is not compatible"),
    (lambda: vmap(lambda a: a, in_dims=3)(x()), "Got in_dim=3 for some input"),
    (lambda: vmap(lambda a: a, in_dims=None)(x()), "expected `in_dims` to be int"),
    (lambda: vmap(lambda a: a, in_dims=(None,))(x()), "at least one Tensor to vmap over"),
    (lambda: vmap(lambda a, b: a)(x(), torch.ones(2)), "same size in the mapped dimension"),
    (lambda: vmap(lambda a, b: a)(x(), 1.0), "cannot vmap over non-Tensor arguments"),
    (lambda: vmap(lambda: 1)(), "got no inputs"),
    (lambda: vmap(lambda a: None)(x()), "must only return Tensors"),
    (lambda: vmap(lambda a: a, out_dims=None)(x()), "can not return a BatchedTensor"),
    (lambda: vmap(lambda a: (a, a), out_dims=(0, 0, 0))(x()), "out_dims is not compatible"),
    (lambda: vmap(lambda a: a, out_dims="a")(x()), "`out_dims` must be an int"),
    (lambda: vmap(lambda a: a, chunk_size=0), "chunk_size should be None or greater than 0"),
    (lambda: jacrev(torch.sin, chunk_size=-1), "`chunk_size` should be greater than 0"),
    (lambda: grad(lambda d: d["a"])({"a": x()[0], "b": 2.0}), "must be Tensor, got <class"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_runtime_errors(call: Any, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        call()


@pytest.mark.parametrize(("call", "words"), WRONG, ids=[words for _, words in WRONG])
def test_value_errors(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_the_programs_of_the_page_run() -> None:
    page = Path(__file__).parents[2] / "docs" / "transforms.md"
    programs = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert programs
    for program in programs:
        exec(compile(program, str(page), "exec"), {})


def test_vmap_under_compile_runs_eagerly_and_says_so() -> None:
    compiled = torch.compile(vmap(grad(lambda a: a**3)))
    with pytest.warns(UserWarning, match="maps a function over examples"):
        close(compiled(x()), 3 * x() ** 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        close(compiled(x()), 3 * x() ** 2)
