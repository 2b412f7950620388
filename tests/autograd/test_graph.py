"""`torch.autograd.graph`: hooks on nodes, edges, and on what nodes save."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule as torch
from chainrule.autograd import graph
from chainrule.core.modes import modes


def logged(function: Any) -> tuple[list[str], Any]:
    """What is packed and unpacked in two backward passes, and the gradient."""
    log: list[str] = []

    def pack(x: Any) -> Any:
        log.append("pack")
        return x.tolist()

    def unpack(x: Any) -> Any:
        log.append("unpack")
        return torch.tensor(x)

    w = torch.full((2,), 0.5, requires_grad=True)
    with graph.saved_tensors_hooks(pack, unpack):
        y = function(w)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    return log, w.grad / 2


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


@pytest.mark.parametrize(
    ("function", "count"),
    [
        (lambda w: w * w, 2),
        (torch.exp, 1),
        (lambda w: w * 2, 0),
        (lambda w: torch.cat([w, w]).prod(), 2),
        (lambda w: torch.mv(torch.ones(2, 2), w) * w, 3),
        (Square.apply, 1),
    ],
)
def test_each_saved_tensor_is_packed_once_and_unpacked_each_time(function: Any, count: int) -> None:
    log, grad = logged(function)
    assert log == ["pack"] * count + ["unpack"] * 2 * count
    w = torch.full((2,), 0.5, requires_grad=True)
    function(w).sum().backward()
    assert torch.equal(grad, w.grad)
    assert not modes.told


def test_second_gradients_through_packed_values() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with graph.saved_tensors_hooks(lambda x: x.detach().clone(), lambda x: x):
        y = (w.exp() * w).sum()
    (g,) = torch.autograd.grad(y, w, create_graph=True)
    (second,) = torch.autograd.grad(g.sum(), w)
    assert torch.allclose(second, (w.exp() * (w + 2)).detach())


def test_the_innermost_hooks_count() -> None:
    seen: list[int] = []

    def hooks(number: int) -> Any:
        return graph.saved_tensors_hooks(lambda x: (seen.append(number), x)[1], lambda x: x)

    w = torch.ones(1, requires_grad=True)
    with hooks(1):
        w.exp()
        with hooks(2):
            w.exp()
        w.exp()
    assert seen == [1, 2, 1]


def test_save_on_cpu_and_mutation() -> None:
    w = torch.ones(2, requires_grad=True)
    with graph.save_on_cpu():
        y = (w * w).exp()
    y.sum().backward()
    assert torch.allclose(w.grad, 2 * y.detach())
    with graph.allow_mutation_on_saved_tensors():
        a = w * 2
        b = a.sin()
        a.mul_(10)
        w.grad = None
        b.sum().backward()
        late = (w * 2).sin()
    assert torch.allclose(w.grad, 2 * torch.cos(torch.tensor([2.0, 2.0])))
    with pytest.raises(AssertionError, match="outside of the 'allow_mutation_on_saved_tensors'"):
        late.sum().backward()


def test_hooks_that_are_refused() -> None:
    w = torch.ones(2, requires_grad=True)
    with graph.saved_tensors_hooks(lambda x: 1, lambda x: 1):
        y = w.exp()
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of"):
        y.sum().backward()
    with (
        graph.saved_tensors_hooks(lambda x: x.detach().add_(1), lambda x: x),
        pytest.raises(RuntimeError, match="modifying its input in place"),
    ):
        w.exp()
    with (
        graph.disable_saved_tensors_hooks("not here"),
        pytest.raises(RuntimeError, match="not here"),
        graph.saved_tensors_hooks(lambda x: x, lambda x: x),
    ):
        pass


@pytest.mark.parametrize(("mode", "used"), [("all", 3), ("all", 2), ("any", 2)])
def test_hooks_on_several_gradients(mode: str, used: int) -> None:
    leaves = [torch.ones(1, requires_grad=True) for _ in range(3)]
    log: list[Any] = []
    handle = graph.register_multi_grad_hook(leaves, log.append, mode=mode)
    total = sum((i + 1.0) * x for i, x in enumerate(leaves[:used]))
    total.backward(retain_graph=True)
    total.backward()
    handle.remove()
    sum(leaves).backward()
    assert not modes.notes
    if mode == "any":
        assert len(log) == 2
    else:
        want = [[1.0], [2.0], [3.0]][:used] + [None] * (3 - used)
        assert [[g if g is None else g.tolist() for g in each] for each in log] == [want, want]
    with pytest.raises(ValueError, match="Expects mode to be one of"):
        graph.register_multi_grad_hook(leaves, log.append, mode="foo")


def test_edges_stand_for_tensors() -> None:
    w = torch.ones(2, requires_grad=True)
    a = w * 2
    b = a.exp()
    edges = [graph.get_gradient_edge(a), graph.get_gradient_edge(w)]
    of_a, of_w = torch.autograd.grad(b.sum(), edges, retain_graph=True)
    assert torch.allclose(of_w, 2 * of_a)
    values = torch.ones(2).split(1)
    assert all(not v.requires_grad for v in values)
    (again,) = torch.autograd.grad(graph.get_gradient_edge(b), w, torch.ones(2))
    assert torch.equal(again, of_w)
    with pytest.raises(RuntimeError, match="not possible to get the gradient edge"):
        graph.get_gradient_edge(torch.ones(1))


def test_hooks_on_nodes() -> None:
    w = torch.ones(2, requires_grad=True)
    a = w * 2
    log: list[Any] = []
    node = a.grad_fn
    leaf = node.next_functions[0][0]
    node.register_hook(lambda given, got: log.append(("post", given[0].tolist())))
    node.register_prehook(lambda got: log.append(("pre", got[0].tolist())))
    handle = leaf.register_hook(lambda *gs: log.append(("leaf post", gs[0], gs[1][0].tolist())))
    leaf.register_prehook(lambda got: log.append(("leaf pre", got[0].tolist())))
    a.sum().backward(retain_graph=True)
    assert log == [
        ("pre", [1.0, 1.0]),
        ("post", [2.0, 2.0]),
        ("leaf pre", [2.0, 2.0]),
        ("leaf post", (), [2.0, 2.0]),
    ]
    handle.remove()
    a.sum().backward()
    assert len(log) == 7
    assert isinstance(node, graph.Node)
    assert isinstance(leaf, graph.Node)


def test_versions_are_counted_by_hand() -> None:
    x = torch.ones(1)
    graph.increment_version(x)
    graph.increment_version([x, x])
    assert x._version == 3


def test_gradients_of_a_batch_of_directions() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (rows,) = torch.autograd.grad(x**2, x, torch.eye(2), is_grads_batched=True)
    assert rows.tolist() == [[2.0, 0.0], [0.0, 4.0]]
