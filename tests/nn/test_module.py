"""What holds of modules beside PyTorch's answers: attributes, cheap hooks, lifetimes."""

import copy
import gc
import pickle
import weakref

import pytest

import chainrule as torch
from chainrule import nn
from chainrule.nn.modules.hooks import Hooks
from chainrule.nn.modules.members import Registry


def everywhere_the_same(module):
    """Whether attributes, registries and iteration agree on what belongs to a module."""
    named = {**module._parameters, **module._buffers, **module._modules}
    assert all(
        vars(module)[name] is value is getattr(module, name) for name, value in named.items()
    )
    own = {name for name, value in module._parameters.items() if value is not None}
    assert {name for name, _ in module.named_parameters(recurse=False)} == own
    return True


def test_registries_are_attributes_however_they_change():
    layer = nn.Linear(2, 2)
    layer._parameters["weight"] = new = nn.Parameter(torch.zeros(2, 2))
    assert layer.weight is new
    assert everywhere_the_same(layer)
    layer.weight = None
    assert layer.weight is None
    layer._parameters["weight"] = new
    layer._buffers["count"] = torch.zeros(1)
    layer.count = other = torch.ones(1)
    assert layer._buffers["count"] is other
    assert everywhere_the_same(layer)
    del layer._buffers["count"]
    assert not hasattr(layer, "count")
    layer._parameters = {"only": new}
    assert isinstance(layer._parameters, Registry)
    assert layer.only is new
    layer._parameters.clear()
    assert not hasattr(layer, "only")
    assert layer._parameters.pop("training", None) is None
    assert layer.training is True


def test_replaced_registry_is_the_one_written_to():
    layer = nn.Linear(2, 2)
    vars(layer)["_parameters"] = dict(layer._parameters)  # as an overridden __setstate__ leaves it
    layer.weight = new = nn.Parameter(torch.zeros(2, 2))
    assert layer._parameters["weight"] is layer.weight is new
    assert everywhere_the_same(layer)


def test_second_init_starts_anew():
    layer = nn.Linear(2, 2)
    nn.Module.__init__(layer)
    assert not hasattr(layer, "weight")
    assert list(layer.parameters()) == []


def test_shallow_copies_share_their_registries():
    layer = nn.Linear(2, 2)
    twin = copy.copy(layer)
    twin.weight = new = nn.Parameter(torch.zeros(2, 2))
    assert layer.weight is new
    assert everywhere_the_same(twin)
    assert everywhere_the_same(layer)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_whole(copied):
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    net.eval()[0].register_forward_hook(print)
    twin = copied(net)
    assert all(everywhere_the_same(module) for module in twin.modules())
    assert twin[0].weight is not net[0].weight
    assert twin[0]._hooked
    assert not twin[1].training
    twin[0].weight = None
    assert net[0].weight is not None


def test_state_of_old_pickles():
    state = {k: v for k, v in vars(nn.Linear(1, 1)).items() if "hooks" not in k}
    state["_parameters"] = dict(state["_parameters"])
    layer = nn.Linear.__new__(nn.Linear)
    layer.__setstate__({k: v for k, v in state.items() if k not in ("weight", "bias")})
    assert everywhere_the_same(layer)
    assert layer(torch.ones(1, 1)).shape == (1, 1)


def test_modules_are_freed_at_once():
    gc.collect()
    gc.disable()
    try:
        net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
        gone = [weakref.ref(net), weakref.ref(net[0]), weakref.ref(net[0].weight)]
        net(torch.ones(1, 2)).sum().backward()
        del net
        assert [each() for each in gone] == [None, None, None]
    finally:
        gc.enable()


def test_hooks_cost_nothing_once_they_are_gone():
    layer = nn.Identity()
    assert not layer._hooked
    handle = layer.register_forward_hook(lambda *given: None)
    assert layer._hooked
    handle.remove()
    handle.remove()
    assert layer(3) == 3
    assert not layer._hooked
    handle = nn.modules.module.register_module_forward_hook(lambda *given: 5)
    assert layer._hooked
    assert layer(3) == 5
    handle.remove()
    assert layer(3) == 3
    assert not layer._hooked
    assert Hooks._hooked is False


def test_hook_that_removes_itself():
    layer, calls = nn.Identity(), []

    def once(module, args, output):
        calls.append(args)
        handle.remove()

    handle = layer.register_forward_hook(once)
    for _ in range(100):
        layer(1)
    assert calls == [(1,)]


def test_always_called_hook_that_raises(recwarn):
    def fail(*given):
        raise ValueError("boom")

    layer = nn.Linear(2, 1)
    layer.register_forward_hook(fail, always_call=True)
    silenced = pytest.warns(UserWarning, match=r"silenced as another error was raised .* boom")
    with silenced, pytest.raises(TypeError):
        layer()
    with pytest.raises(ValueError, match="boom"):
        layer(torch.ones(1, 2))


def test_mistyped_names_suggest_the_nearest():
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'wieght'") as found:
        nn.Linear(1, 1).wieght  # noqa: B018
    error = found.value  # Python looks here for the names of its "Did you mean: 'weight'?"
    assert error.name == "wieght"
    assert "weight" in dir(error.obj)
    with pytest.raises(AttributeError, match="did you mean 'Linear'"):
        nn.Linaer  # noqa: B018
    assert nn.modules.Linear is nn.Linear


def test_own_getattr_can_fall_back():
    class Wrapper(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

    wrapper = Wrapper(nn.Linear(1, 2))
    assert wrapper.weight is wrapper.inner.weight
    assert wrapper.out_features == 2


def test_registration_hooks():
    seen = []
    hooks = [
        nn.modules.module.register_module_parameter_registration_hook(
            lambda m, n, p: seen.append(n)
        ),
        nn.modules.module.register_module_buffer_registration_hook(lambda m, n, b: b + 1),
        nn.modules.module.register_module_module_registration_hook(lambda m, n, c: nn.Tanh()),
    ]
    try:
        net = nn.BatchNorm1d(2)
        net.child = nn.ReLU()
        chain = nn.Sequential(nn.ReLU())
    finally:
        for hook in hooks:
            hook.remove()
    assert seen == ["weight", "bias"]
    assert net.running_var.tolist() == [1.0, 1.0]  # 1 + 1, then reset
    assert repr(chain[0]) == repr(net.child) == "Tanh()"


def test_cooperative_inheritance():
    class Mixin:
        def __init__(self, size):
            self.size = size

    class Net(nn.Module, Mixin):
        call_super_init = True

    assert Net(3).size == 3


def test_backward_hooks_of_every_kind_of_output():
    class Pair(nn.Module):
        def forward(self, x):
            return [x * 2, x]

    net, x = Pair(), torch.ones(2, requires_grad=True)
    net.register_full_backward_hook(lambda *given: pytest.fail("no tensor came back"))
    with pytest.warns(UserWarning, match="should be a Tensor or a tuple"):
        net(x)[0].sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    layer, seen = nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go)))
    with pytest.warns(UserWarning, match="no inputs require gradients"):
        layer(torch.ones(1, 2)).sum().backward()
    assert seen[0][0] == (None,)
    with torch.no_grad():
        assert layer(torch.ones(1, 2)).grad_fn is None


def test_parameter_shares_memory_and_version():
    data = torch.ones(2)
    parameter = nn.Parameter(data)
    data[0] = 5.0
    assert parameter.tolist() == [5.0, 1.0]
    assert parameter.is_leaf
    assert (parameter * data).grad_fn is not None
    assert nn.Parameter(parameter * 2).is_leaf


def test_positional_state_dict_warns():
    with pytest.warns(FutureWarning, match="Positional args are being deprecated"):
        assert list(nn.Linear(1, 1).state_dict({}, "p.")) == ["p.weight", "p.bias"]


def test_empty_batch():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    out = net(torch.zeros(0, 3))
    out.sum().backward()
    assert out.shape == (0, 2)
    assert net[0].weight.grad.abs().sum() == 0
