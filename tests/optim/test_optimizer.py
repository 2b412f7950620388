"""What all optimizers share: groups, errors, printing, hooks, saving. Answers are PyTorch's."""

import copy
import pickle

import numpy
import pytest

import chainrule as torch
from chainrule import optim
from chainrule.optim import optimizer as base


def leaf(*values, **options):
    return torch.tensor(list(values), requires_grad=True, **options)


def with_grad(*values):
    w = leaf(*values)
    w.grad = torch.ones_like(w).detach()
    return w


ADAM = """\
Adam (
Parameter Group 0
    amsgrad: False
    betas: (0.9, 0.999)
    capturable: False
    decoupled_weight_decay: False
    differentiable: False
    eps: 1e-08
    foreach: None
    fused: None
    lr: 0.1
    maximize: False
    weight_decay: 0

Parameter Group 1
    amsgrad: False
    betas: (0.9, 0.999)
    capturable: False
    decoupled_weight_decay: False
    differentiable: False
    eps: 1e-08
    foreach: None
    fused: None
    lr: 0.01
    maximize: False
    weight_decay: 0
)"""
KEYS = {
    "SGD": "lr momentum dampening weight_decay nesterov maximize foreach differentiable fused",
    "Adam": "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused "
    "decoupled_weight_decay",
    "AdamW": "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused "
    "decoupled_weight_decay",
    "RMSprop": "lr momentum alpha eps centered weight_decay capturable foreach maximize "
    "differentiable",
    "Adagrad": "lr lr_decay eps weight_decay initial_accumulator_value foreach maximize "
    "differentiable fused",
    "Adadelta": "lr rho eps weight_decay maximize capturable foreach differentiable",
    "Adamax": "lr betas eps weight_decay foreach maximize differentiable capturable",
    "NAdam": "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize foreach "
    "capturable differentiable",
    "RAdam": "lr betas eps weight_decay maximize foreach capturable decoupled_weight_decay "
    "differentiable",
    "ASGD": "lr lambd alpha t0 weight_decay foreach maximize differentiable capturable",
    "Rprop": "lr etas step_sizes foreach maximize differentiable capturable",
}


def test_repr():
    w, b = leaf(1.0), leaf(1.0)
    assert repr(optim.Adam([{"params": [w], "lr": 0.1}, {"params": b}], lr=0.01)) == ADAM


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_groups(name):
    optimizer = getattr(optim, name)([leaf(1.0)])
    assert list(optimizer.defaults) == KEYS[name].split()
    assert list(optimizer.param_groups[0]) == ["params", *KEYS[name].split()]
    assert list(optimizer.state_dict()["param_groups"][0]) == [*KEYS[name].split(), "params"]


W = leaf(1.0, 2.0)
ERRORS = [
    (lambda: optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
    (lambda: optim.SGD(W), TypeError, "an iterable of Tensors or dicts, but got torch.FloatTensor"),
    (lambda: optim.SGD([1]), TypeError, "can only optimize Tensors, but one of the params is int"),
    (lambda: optim.SGD([[W]]), TypeError, "one of the params is list"),
    (lambda: optim.SGD([W * 2]), ValueError, "can't optimize a non-leaf Tensor"),
    (lambda: optim.SGD([{"params": {W}}]), TypeError, "need to be organized in ordered collection"),
    (lambda: optim.SGD([{"lr": 1}]), KeyError, "params"),
    (
        lambda: optim.SGD([{"params": W}, [W]]),
        TypeError,
        "param_group must be a dict, but got <cla",
    ),
    (
        lambda: optim.SGD([{"params": [W]}, {"params": [W]}]),
        ValueError,
        "some parameters appear in more than one parameter group",
    ),
    (lambda: optim.SGD([("w", W), leaf(1.0)]), ValueError, "Some param names are missing"),
    (
        lambda: optim.SGD([{"params": [("w", W)]}, {"params": [leaf(1.0)]}]),
        ValueError,
        "cannot add param group without names to the optimizer",
    ),
    (lambda: optim.Optimizer([W], {"lr": base.required}), ValueError, "required optimization"),
    (lambda: optim.Optimizer([W], {}).step(), NotImplementedError, "no step"),
    (lambda: optim.SGD([W], lr=-1), ValueError, "Invalid learning rate: -1"),
    (lambda: optim.SGD([W], lr=float("nan")), ValueError, "Invalid learning rate: nan"),
    (lambda: optim.SGD([W], lr=torch.tensor([1.0, 2.0])), ValueError, "lr must be 1-element"),
    (lambda: optim.SGD([W], momentum=-1), ValueError, "Invalid momentum value: -1"),
    (lambda: optim.SGD([W], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
    (lambda: optim.SGD([W], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
    (lambda: optim.Adam([W], eps=-1), ValueError, "Invalid epsilon value: -1"),
    (lambda: optim.Adam([W], betas=(1.0, 0.9)), ValueError, "parameter at index 0: 1.0"),
    (lambda: optim.Adam([W], betas=(0.9, 1.0)), ValueError, "parameter at index 1: 1.0"),
    (
        lambda: optim.Adam([W], betas=(torch.tensor(0.9), 0.9)),
        ValueError,
        "betas must be either both floats or both Tensors",
    ),
    (
        lambda: optim.Adam([W], lr=torch.tensor(0.1), foreach=True),
        ValueError,
        "lr as a Tensor is not supported for capturable=False and foreach=True",
    ),
    (
        lambda: optim.Adam([W], fused=True, foreach=True),
        RuntimeError,
        "`fused` and `foreach` cannot be `True` together.",
    ),
    (
        lambda: optim.Adam([W], fused=True, differentiable=True),
        RuntimeError,
        "`fused` does not support `differentiable`",
    ),
    (lambda: optim.RMSprop([W], alpha=-1), ValueError, "Invalid alpha value: -1"),
    (lambda: optim.Adagrad([W], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
    (
        lambda: optim.Adagrad([W], initial_accumulator_value=-1),
        ValueError,
        "Invalid initial_accumulator_value value: -1",
    ),
    (lambda: optim.Adadelta([W], rho=-1), ValueError, "Invalid rho value: -1"),
    (lambda: optim.NAdam([W], momentum_decay=-1), ValueError, "Invalid momentum_decay value: -1"),
    (lambda: optim.Rprop([W], etas=(2, 3)), ValueError, "Invalid eta values: 2, 3"),
]


@pytest.mark.parametrize(("make", "kind", "words"), ERRORS)
def test_errors(make, kind, words):
    with pytest.raises(kind) as caught:
        make()
    assert words in str(caught.value)


def test_duplicates_warn():
    with pytest.warns(UserWarning, match="contains a parameter group with duplicate parameters"):
        optim.SGD([W, W])


def test_names_are_kept():
    optimizer = optim.SGD([("w", W), ("b", leaf(1.0))])
    group = optimizer.state_dict()["param_groups"][0]
    assert group["param_names"] == ["w", "b"]
    assert group["params"] == [0, 1]
    assert "    param_names: ['w', 'b']\n" in repr(optimizer)


def test_zero_grad():
    w = with_grad(1.0)
    grad = w.grad
    optimizer = optim.SGD([w], lr=0.1)
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is grad
    assert grad.tolist() == [0.0]
    optimizer.zero_grad()
    assert w.grad is None


def test_zero_grad_cuts_the_graph_of_a_gradient():
    w = leaf(3.0)
    (w * w).sum().backward(create_graph=True)
    optim.SGD([w]).zero_grad(set_to_none=False)
    assert w.grad.grad_fn is None
    assert w.grad.tolist() == [0.0]


def test_closure_runs_with_gradients_and_its_loss_is_returned():
    w = leaf(1.0)
    optimizer = optim.SGD([w], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert optimizer.step(closure).item() == 0.25
    assert optimizer.step() is None


def test_missing_gradients_leave_no_state():
    w, b = with_grad(1.0), leaf(1.0)
    optimizer = optim.Adam([w, b])
    optimizer.step()
    assert list(optimizer.state) == [w]
    assert b.item() == 1.0


@pytest.mark.parametrize("name", KEYS)
def test_a_step_is_a_write(name):
    w = leaf(1.0, 2.0)
    loss = (w * w).sum()
    w.grad = torch.ones(2)
    getattr(optim, name)([w]).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("name", KEYS)
def test_layouts_and_sizes_agree(name):
    """Large, transposed, empty and single elements are updated as each element alone would be."""
    rng = numpy.random.default_rng(0)
    values, gradients = rng.normal(size=(2, 3, 260, 256))

    def after(part, transposed=False):
        w = torch.tensor(values[0][part])
        w = (w.t() if transposed else w).requires_grad_()
        optimizer = getattr(optim, name)([w], lr=0.1)
        for g in gradients:
            w.grad = torch.tensor(g[part].T if transposed else g[part])
            optimizer.step()
        found = w.detach().numpy()
        return found.T if transposed else found

    large = after(slice(None))
    numpy.testing.assert_array_equal(after(slice(None), transposed=True), large)
    numpy.testing.assert_allclose(after(numpy.s_[:1, :1])[0, 0], large[0, 0], rtol=1e-14)
    assert after(slice(0)).shape == (0, 256)


NAMES = [(name, {}) for name in KEYS] + [("Adam", {"amsgrad": True})]


@pytest.mark.parametrize(("name", "options"), NAMES)
def test_nan_and_zero_stay_in_their_element(name, options):
    values = [0.0, float("nan"), float("inf"), 1.0]
    together, alone = leaf(1.0, 1.0, 1.0, 1.0), [leaf(1.0) for _ in values]
    optimizer = getattr(optim, name)([together, *alone], lr=0.1, **options)
    for gradients in (values, [2.0] * 4, values):
        together.grad = torch.tensor(gradients)
        for w, value in zip(alone, gradients, strict=True):
            w.grad = torch.tensor([value])
        optimizer.step()
    found = torch.tensor([w.item() for w in alone])
    numpy.testing.assert_allclose(found.numpy(), together.detach().numpy(), 1e-6, 1e-6)
    assert together[3] != 1.0


def test_division_by_zero_of_one_element():
    w = leaf(1.0)
    w.grad = torch.zeros(1)
    optim.RMSprop([w], eps=0.0).step()
    assert w.isnan().all()


class Descent(optim.Optimizer):
    """A user's own optimizer."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data -= group["lr"] * p.grad
        return "stepped"


@pytest.mark.parametrize("make", [Descent, optim.SGD])
def test_step_hooks(make):
    log = []
    w = with_grad(1.0)
    optimizer = make([w], lr=0.5)
    handles = [
        base.register_optimizer_step_pre_hook(lambda *a: log.append("any before")),
        base.register_optimizer_step_post_hook(lambda *a: log.append("any after")),
    ]
    optimizer.register_step_pre_hook(lambda *a: log.append(("before", *a)))
    optimizer.register_step_post_hook(lambda *a: log.append(("after", *a)))
    result = optimizer.step()
    for handle in handles:
        handle.remove()
    given = (optimizer, (optimizer,), {})
    assert log == ["any before", ("before", *given), ("after", *given), "any after"]
    assert result == ("stepped" if make is Descent else None)
    optimizer.step()
    assert len(log) == 6
    assert w.item() == 0.0


def test_step_hooks_may_replace_arguments():
    optimizer = optim.SGD([with_grad(1.0)], lr=0.5)
    handle = optimizer.register_step_pre_hook(lambda o, args, kwargs: (args, {"closure": int}))
    assert optimizer.step() == 0
    handle.remove()
    optimizer.register_step_pre_hook(lambda *a: 5)
    with pytest.raises(RuntimeError, match="must return None or a tuple of"):
        optimizer.step()


def test_state_dict_hooks():
    log = []
    optimizer = optim.SGD([leaf(1.0)])
    optimizer.register_state_dict_pre_hook(lambda o: log.append("before"))
    optimizer.register_state_dict_post_hook(lambda o, d: {**d, "more": 1})
    optimizer.register_state_dict_post_hook(lambda o, d: log.append(list(d)), prepend=True)
    saved = optimizer.state_dict()
    assert saved["more"] == 1
    optimizer.register_load_state_dict_pre_hook(lambda o, d: log.append("load"))
    optimizer.register_load_state_dict_post_hook(lambda o: log.append("loaded"))
    optimizer.load_state_dict(saved)
    assert log == ["before", ["state", "param_groups"], "load", "loaded"]


def test_saved_state_continues():
    def train(w, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

    w = leaf(1.0, -2.0)
    optimizer = optim.Adam([w], lr=0.1, amsgrad=True)
    train(w, optimizer, 3)
    other = w.detach().clone().requires_grad_()
    again = optim.Adam([other], lr=5.0)
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert again.param_groups[0]["lr"] == 0.1
    assert again.param_groups[0]["params"][0] is other
    train(w, optimizer, 4)
    train(other, again, 4)
    assert torch.equal(w, other)
    assert again.state[other]["step"].item() == 7.0


def test_loading_takes_the_dtype_of_parameters_but_not_for_steps():
    w, wide = with_grad(1.0), leaf(1.0, dtype=torch.float64)
    optimizer = optim.Adam([w])
    optimizer.step()
    saved = optimizer.state_dict()
    assert list(saved["state"]) == [0]
    again = optim.Adam([wide])
    again.load_state_dict(saved)
    kinds = {key: value.dtype for key, value in again.state[wide].items()}
    assert kinds == {
        "step": torch.float32,
        "exp_avg": torch.float64,
        "exp_avg_sq": torch.float64,
    }
    same = optim.Adam([w])
    same.load_state_dict(saved)
    assert same.state[w]["exp_avg"] is optimizer.state[w]["exp_avg"]


def test_loading_an_old_state_fills_in_settings():
    optimizer = optim.AdamW([leaf(1.0)])
    optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0]}]})
    assert sorted(optimizer.param_groups[0]) == [
        *("amsgrad", "capturable", "decoupled_weight_decay", "differentiable"),
        *("foreach", "fused", "maximize", "params"),
    ]
    assert optimizer.param_groups[0]["decoupled_weight_decay"]


def test_loading_what_does_not_fit():
    saved = optim.SGD([leaf(1.0)]).state_dict()
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        optim.SGD([leaf(1.0), leaf(1.0)]).load_state_dict(saved)
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optim.SGD([{"params": leaf(1.0)}, {"params": leaf(1.0)}]).load_state_dict(saved)


@pytest.mark.parametrize("make", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_have_their_own_parameters(make):
    w = with_grad(1.0)
    optimizer = optim.Adam([w], lr=0.1)
    optimizer.step()
    other = make(optimizer)
    assert repr(other) == repr(optimizer)
    (p,) = other.param_groups[0]["params"]
    assert p is not w
    assert list(other.state) == [p]
    other.zero_grad()
    assert w.grad is not None
    other.step()


def test_count_of_steps_has_the_default_type():
    torch.set_default_dtype(torch.float64)
    try:
        w = with_grad(1.0)
        optimizer = optim.Adam([w])
        optimizer.step()
        assert optimizer.state[w]["step"].dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
