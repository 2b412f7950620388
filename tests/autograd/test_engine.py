"""The engine: order, accumulation, freed and stale values, hooks, depth."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import chainrule as torch


def leaf(*values: float) -> Any:
    return torch.tensor(values if len(values) > 1 else values[0], requires_grad=True)


def test_gradients_accumulate_until_zeroed() -> None:
    w = leaf(2.0)
    for expected in (4.0, 8.0, 12.0):
        (w * w).backward()
        assert w.grad.item() == expected
    w.grad.zero_()
    (w * w).backward()
    assert w.grad.item() == 4.0


def test_accumulation_writes_into_the_same_gradient() -> None:
    w = leaf(1.0, 2.0)
    w.sum().backward()
    first = w.grad
    w.sum().backward()
    assert w.grad is first
    assert first.tolist() == [2.0, 2.0]


def test_gradients_of_two_leaves_share_no_memory() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (x + y).backward(torch.ones(2))
    x.grad[0] = 7.0
    assert y.grad.tolist() == [1.0, 1.0]


def test_the_given_gradient_is_not_taken_over() -> None:
    x, g = leaf(1.0, 2.0), torch.ones(2)
    (x + 0).backward(g)
    x.grad.zero_()
    assert g.tolist() == [1.0, 1.0]


def test_a_shared_input_is_counted_once_for_each_use() -> None:
    x = leaf(3.0)
    y = x * x
    z = y * y + y
    z.backward()
    assert x.grad.item() == pytest.approx(4 * 27 + 2 * 3)


@pytest.mark.parametrize("depth", [100_000])
def test_a_deep_graph_runs_and_is_freed(depth: int) -> None:
    x = leaf(1.0)
    y = x
    for _ in range(depth):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1.0
    del y


def test_memory_is_freed_without_the_collector() -> None:
    gc.disable()
    try:
        x = torch.ones(10, requires_grad=True)
        y = (x * x).sum()
        node = weakref.ref(y.grad_fn)
        y.backward()
        del y
        assert node() is None
    finally:
        gc.enable()


def test_backward_of_a_non_scalar_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match=r"only for scalar outputs\nhint: .*shape \(2,\)"):
        (leaf(1.0, 2.0) * 2).backward()


def test_backward_of_a_constant() -> None:
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad"):
        torch.tensor(1.0).backward()


def test_second_backward_needs_retain_graph() -> None:
    x = leaf(2.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 8.0
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def test_nothing_saved_means_a_second_backward_is_allowed() -> None:
    x = leaf(2.0)
    y = x + 1
    y.backward()
    y.backward()
    assert x.grad.item() == 2.0


def test_a_stale_value_names_the_line_that_overwrote_it() -> None:
    x = leaf(1.0, 2.0)
    y = x * 2
    z = y * y
    with torch.no_grad():
        y.add_(1)
    with pytest.raises(
        RuntimeError, match=r"modified by an inplace operation(.|\n)*test_engine.py"
    ):
        z.sum().backward()


def test_anomaly_mode_shows_the_line_that_saved() -> None:
    with torch.autograd.set_detect_anomaly(True):
        x = leaf(0.0)
        y = (x * 0).sqrt() * 0
        with pytest.raises(RuntimeError, match="SqrtBackward0' returned nan") as error:
            y.backward()
    assert "y = (x * 0).sqrt() * 0" in str(error.value)


def test_grad_leaves_no_trace() -> None:
    x, y = leaf(2.0), leaf(3.0)
    gx, gy = torch.autograd.grad(x * y, (x, y))
    assert (gx.item(), gy.item()) == (3.0, 2.0)
    assert x.grad is None


def test_grad_of_an_intermediate() -> None:
    x = leaf(2.0)
    y = x * 3
    (g,) = torch.autograd.grad(y * y, y)
    assert g.item() == 12.0


def test_grad_of_what_was_not_used() -> None:
    x, y = leaf(2.0), leaf(3.0)
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        torch.autograd.grad(x * 2, y)
    assert torch.autograd.grad(x * 2, (x, y), allow_unused=True)[1] is None
    assert torch.autograd.grad(x * 2, y, materialize_grads=True)[0].item() == 0.0


def test_inputs_restrict_accumulation() -> None:
    x, y = leaf(2.0), leaf(3.0)
    (x * y).backward(inputs=[x])
    assert x.grad.item() == 3.0
    assert y.grad is None


def test_inputs_run_hooks_once_and_may_be_intermediates() -> None:
    x = leaf(2.0)
    seen = []
    x.register_hook(lambda g: seen.append(g.item()))
    y = x * 3
    (y * y).backward(inputs=[x, y])
    assert seen == [36.0]
    assert (x.grad.item(), y.grad.item()) == (36.0, 12.0)


def test_third_derivative() -> None:
    x = leaf(2.0)
    y = x**4
    for expected in (32.0, 48.0, 48.0):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        assert y.item() == pytest.approx(expected)


def test_create_graph_makes_gradients_that_require_grad() -> None:
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    assert x.grad.item() == 27.0
    x.grad.backward()
    assert x.grad.item() == 27.0 + 18.0


def test_hooks_see_and_replace_gradients() -> None:
    x = leaf(1.0)
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(g.item()))
    handle = x.register_hook(lambda g: g * 10)
    (y * 3).backward()
    assert seen == [3.0]
    assert x.grad.item() == 60.0
    handle.remove()
    (x * 2).backward()
    assert x.grad.item() == 62.0


def test_post_accumulate_hook_sees_the_sum() -> None:
    x = leaf(1.0)
    seen = []
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.item()))
    (x * 2 + x * 3).backward()
    assert seen == [5.0]


def test_retain_grad_keeps_a_non_leafs_gradient() -> None:
    x = leaf(1.0)
    y = x * 2
    y.retain_grad()
    (y * y).backward()
    assert y.grad.item() == 4.0
    assert y.retains_grad


def test_node_hooks() -> None:
    x = leaf(1.0)
    y = x * 2
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 2,))
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] + 1, *inputs[1:]))
    y.backward()
    assert x.grad.item() == 5.0


def test_the_graph_can_be_walked() -> None:
    x = leaf(1.0)
    y = (x * 2 + 1).sum()
    names = []
    node = y.grad_fn
    while node is not None and node.next_functions:
        names.append(node.name())
        node = node.next_functions[0][0]
    assert names == ["SumBackward0", "AddBackward0", "MulBackward0"]
    assert node.name() == "torch::autograd::AccumulateGrad"
    assert node.variable is x


def test_grad_modes() -> None:
    x = leaf(1.0)
    with torch.no_grad():
        assert not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
    assert (x * 2).requires_grad

    @torch.no_grad()
    def plain() -> Any:
        return x * 2

    @torch.inference_mode()
    def inference() -> Any:
        return x * 2

    assert not plain().requires_grad
    assert not inference().requires_grad
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    with torch.set_grad_enabled(False):
        assert not (x * 2).requires_grad


def test_no_grad_on_a_generator_holds_only_inside() -> None:
    x = leaf(1.0)

    @torch.no_grad()
    def values() -> Any:
        yield (x * 2).requires_grad
        yield torch.is_grad_enabled()

    found = []
    for inside in values():
        found.append((inside, torch.is_grad_enabled()))
    assert found == [(False, True), (False, True)]


def test_leaf_rules() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        x.add_(1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable"):
        x[0].add_(1)
    with torch.no_grad():
        x.add_(1)
    assert x.tolist() == [2.0, 3.0]
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor([1]).requires_grad_()
    with pytest.raises(RuntimeError, match="leaf variables"):
        (x * 2).requires_grad = False


def test_data_and_detach() -> None:
    x = leaf(1.0, 2.0)
    y = x * x
    x.data.add_(1)  # autograd does not notice
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 6.0]
    z = x * x
    x.detach().add_(1)  # autograd notices
    with pytest.raises(RuntimeError, match="inplace"):
        z.sum().backward()


def test_the_lesson_that_assigns_data() -> None:
    w = torch.tensor([1.0])
    w.requires_grad = True
    for _ in range(100):
        loss = (w * 2.0 - 4.0) ** 2
        loss.backward()
        w.data = w.data - 0.05 * w.grad.data
        w.grad.data.zero_()
    assert w.item() == pytest.approx(2.0)


def test_constants_beside_variables_get_no_gradient():
    x = torch.ones(2, requires_grad=True)
    torch.cat([x * 2, torch.zeros(3), torch.ones(1)]).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    torch.stack([torch.zeros(2), x]).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_second_gradients_of_what_was_cast_have_the_dtype_they_had() -> None:
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([0.3, 0.7], requires_grad=True)
    (g,) = torch.autograd.grad((x / w.sum()).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(g.sum(), w)
    assert second.dtype is torch.float32
    assert second.tolist() == pytest.approx([-2.0, -2.0])


def test_second_gradients_of_a_norm_of_nothing_are_zero() -> None:
    x = torch.zeros(0, requires_grad=True)
    v = torch.tensor(1.5, requires_grad=True)
    (g,) = torch.autograd.grad(x.norm(), x, v, create_graph=True)
    (second,) = torch.autograd.grad(g.sum(), v)
    assert second.item() == 0.0
