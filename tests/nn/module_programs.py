"""Programs that print how modules behave, for PyTorch and chainrule alike.

What they print in PyTorch is recorded; chainrule must print the same, advice left out.
"""

import copy
import pickle
from collections import OrderedDict
from typing import Any

from nn.program import attempt, program


def network(nn: Any, torch: Any) -> Any:
    """A module with every kind of member."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 3)
            self.body = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.BatchNorm1d(3))
            self.shared = self.fc
            self.scale = nn.Parameter(torch.ones(1))
            self.register_buffer("mean", torch.zeros(2))
            self.register_buffer("hidden", torch.zeros(2), persistent=False)
            self.register_parameter("nothing", None)

        def forward(self, x):
            return self.body(self.fc(x - self.mean)) * self.scale

    return Net()


@program
def assigning(torch, nn):
    net = network(nn, torch)
    for name, value in (
        ("scale", torch.zeros(1)),
        ("scale", 3),
        ("fc", 3),
        ("fc", torch.zeros(1)),
        ("mean", 3),
        ("nothing", torch.zeros(1)),
    ):
        attempt(lambda name=name, value=value: setattr(net, name, value))
    net.scale = None
    net.mean = torch.ones(2)
    net.fc = nn.Identity()
    net.later = nn.Parameter(torch.zeros(3))
    net.plain = torch.zeros(3)
    net.buffer = nn.Buffer(torch.zeros(1), persistent=False)
    net.nothing = nn.Parameter(torch.ones(1))
    print([name for name, _ in net.named_parameters()], list(net.state_dict()))
    net.plain = nn.Linear(1, 1)
    net.mean = nn.Parameter(torch.ones(2))
    print(net, list(net._parameters), list(net._buffers))
    del net.fc, net.mean, net.buffer
    attempt(lambda: net.fc, lambda: net.mean, lambda: delattr(net, "fc"), lambda: net.shared)
    print(list(net._modules), list(net._parameters), list(net._buffers), hasattr(net, "wrong"))


@program
def before_init(torch, nn):
    values = (nn.Linear(1, 1), nn.Parameter(torch.zeros(1)), nn.Buffer(torch.zeros(1)))

    class Empty(nn.Module):
        def __init__(self, value):
            self.value = value

    for value in values:
        attempt(lambda value=value: Empty(value) and None)
    bare = object.__new__(nn.Module)
    attempt(lambda: bare.register_parameter("p", None), lambda: bare.register_buffer("b", None))
    attempt(lambda: bare.foo)
    attempt(lambda: nn.Module(3), lambda: nn.Module(a=3), lambda: nn.Module()(1))


@program
def registering(torch, nn):
    net = network(nn, torch)
    for name in (1, "a.b", "", "fc", "mean", "scale", "forward", "training"):
        attempt(
            lambda name=name: network(nn, torch).register_parameter(name, None),
            lambda name=name: network(nn, torch).register_buffer(name, torch.ones(1)),
            lambda name=name: network(nn, torch).add_module(name, nn.ReLU()),
        )
    attempt(
        lambda: net.register_parameter("p", torch.zeros(1)),
        lambda: net.register_buffer("b", 3),
        lambda: net.add_module("m", 3),
    )
    net.register_module("later", nn.ReLU())
    net._parameters["direct"] = nn.Parameter(torch.ones(1))
    print(net.direct, net.later)
    net._parameters.pop("direct")
    net._modules.clear()
    attempt(lambda: net.direct, lambda: net.later, lambda: net._parameters.pop("direct"))
    net._buffers.update(extra=torch.ones(1), more=torch.zeros(1))
    print(net.extra, net._buffers.popitem(), hasattr(net, "more"), net._buffers.pop("x", 3))
    net._buffers |= {"mean": None}
    print(net.mean, net._buffers.setdefault("mean", 1), list(net._buffers))


@program
def finding(torch, nn):
    net = network(nn, torch)
    attempt(
        lambda: net.get_submodule("body.0"),
        lambda: net.get_submodule("") is net,
        lambda: net.get_submodule("body.x"),
        lambda: net.get_submodule("mean"),
        lambda: net.get_submodule("fc.weight"),
        lambda: net.get_parameter("body.2.weight").shape,
        lambda: net.get_parameter("body.2.wait"),
        lambda: net.get_parameter("mean"),
        lambda: net.get_buffer("body.2.running_mean"),
        lambda: net.get_buffer("scale"),
        lambda: net.get_buffer("nope"),
        lambda: net.set_submodule("body.1", nn.Tanh()),
        lambda: net.set_submodule("body.new", nn.Tanh()),
        lambda: net.set_submodule("body.other", nn.Tanh(), strict=True),
        lambda: net.set_submodule("", nn.Tanh()),
        lambda: net.set_submodule("mean", nn.Tanh()),
        lambda: net.set_submodule("a.b", nn.Tanh()),
        lambda: net.body,
    )


@program
def walking(torch, nn):
    net = network(nn, torch)
    print([name for name, _ in net.named_modules()])
    print([name for name, _ in net.named_modules(prefix="p", remove_duplicate=False)])
    print([name for name, _ in net.named_children()], len(list(net.children())))
    print([name for name, _ in net.named_parameters(prefix="p")])
    print([name for name, _ in net.named_parameters(remove_duplicate=False)])
    print([name for name, _ in net.named_parameters(recurse=False)])
    print([name for name, _ in net.named_buffers()], len(list(net.buffers(recurse=False))))
    print(sum(p.numel() for p in net.parameters()), len(list(net.modules())))
    order = []
    print(net.apply(lambda module: order.append(type(module).__name__)) is net, order)
    print(net.eval().training, net.body[2].training, net.train().body[0].training)
    attempt(lambda: net.train(1))
    net.requires_grad_(False)
    print([p.requires_grad for p in net.parameters()], net.requires_grad_().scale.requires_grad)
    print([name for name in dir(net) if name in ("fc", "mean", "scale", "nothing", "forward")])
    print(net)


@program
def converting(torch, nn):
    net = network(nn, torch)
    weight = net.fc.weight
    net(torch.randn(4, 2)).sum().backward()
    print(net.double() is net, net.fc.weight is weight, weight.dtype, weight.grad.dtype)
    print(net.mean.dtype, net.body[2].num_batches_tracked.dtype)
    print(net.half().scale.dtype, net.float().scale.dtype, net.to(torch.float64).mean.dtype)
    print(net.to("cpu").scale.dtype, net.to(torch.zeros(1)).scale.dtype, net.cpu().scale.device)
    print(net.type(torch.float64).scale.dtype, net.type("torch.FloatTensor").mean.dtype)
    attempt(lambda: net.to(torch.int32), lambda: net.bfloat16().scale.dtype)
    net.zero_grad(set_to_none=False)
    print(net.scale.grad)
    net.zero_grad()
    print(net.scale.grad, net.share_memory() is net, net.to_empty(device="cpu").scale.shape)


@program
def saving(torch, nn):
    net = network(nn, torch)
    state = net.state_dict()
    print(type(state).__name__, list(state), state._metadata)
    print(list(net.state_dict(prefix="net.")), net.state_dict(keep_vars=True)["scale"])
    print(state["scale"].requires_grad, state["scale"].data_ptr() == net.scale.data_ptr())
    into = {"kept": 1}
    print(net.fc.state_dict(destination=into, prefix="x.") is into, list(into))
    other = network(nn, torch)
    print(other.load_state_dict(state), bool((other.fc.weight == net.fc.weight).all()))
    del state["fc.bias"]
    state["fc.weight"] = torch.zeros(3)
    state.update({"body.0.more": 1, "stranger": 2, "fc.bias.deep": 3, "scale": 4})
    attempt(
        lambda: other.load_state_dict(state),
        lambda: other.load_state_dict(state, strict=False),
        lambda: other.load_state_dict({}, strict=False),
        lambda: other.load_state_dict(3),
    )
    loaded = {"weight": torch.ones(2, 2), "bias": torch.zeros(2, dtype=torch.float64)}
    layer = nn.Linear(2, 2)
    print(layer.load_state_dict(loaded, assign=True), layer.weight, layer.bias.dtype)
    print(layer.weight.data_ptr() == loaded["weight"].data_ptr())
    scalar = nn.ParameterDict({"a": torch.tensor(1.0)})
    print(scalar.load_state_dict({"a": torch.tensor([5.0])}), scalar["a"])
    old = nn.BatchNorm1d(2)
    print(old.load_state_dict({k: v for k, v in old.state_dict().items() if "num" not in k}))


@program
def saving_hooks(torch, nn):
    class Extra(nn.Module):
        def get_extra_state(self):
            return {"seen": 3}

        def set_extra_state(self, state):
            print("extra", state)

    net = nn.Sequential(nn.Linear(1, 1), Extra())
    net.register_state_dict_pre_hook(lambda m, prefix, keep: print("pre", repr(prefix), keep))
    net[0].register_state_dict_post_hook(lambda m, s, p, meta: print("post", list(s), p, meta))
    net._register_state_dict_hook(lambda m, s, p, meta: {**s, "added": 1})
    net.register_load_state_dict_pre_hook(lambda m, s, *rest: print("load", list(s), rest))
    net[0]._register_load_state_dict_pre_hook(lambda s, prefix, *rest: print("own", prefix))
    handle = net.register_load_state_dict_post_hook(lambda m, keys: print("loaded", keys))
    state = net.state_dict()
    print(type(state).__name__, list(state))
    attempt(lambda: net.load_state_dict(state), lambda: net.load_state_dict({}, strict=False))
    handle.remove()
    net.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
    attempt(lambda: net.load_state_dict({}))
    net[0].register_load_state_dict_post_hook(lambda m, keys: 1)
    net[0].register_state_dict_post_hook(lambda *a: 1)
    attempt(lambda: net.load_state_dict({}), lambda: net.state_dict())


@program
def forward_hooks(torch, nn):
    net = nn.Sequential(OrderedDict(first=nn.Linear(2, 2), second=nn.Tanh()))
    x = torch.ones(1, 2)

    def say(text, answer=None):
        def hook(module, *given):
            print(text, type(module).__name__, len(given))
            return answer

        return hook

    handles = [
        net.register_forward_hook(say("after 1")),
        net.register_forward_hook(say("after 2")),
        net.register_forward_hook(say("after 0"), prepend=True),
        net.first.register_forward_pre_hook(say("before", x * 2)),
        net.first.register_forward_pre_hook(say("before all"), prepend=True),
        net.second.register_forward_hook(say("with kwargs", x), with_kwargs=True),
    ]
    everywhere = nn.modules.module
    handles.append(everywhere.register_module_forward_hook(say("everywhere")))
    handles.append(everywhere.register_module_forward_pre_hook(say("everywhere before")))
    print(net(x))
    for handle in handles[::2]:
        handle.remove()
    net(x)
    for handle in handles:
        handle.remove()
    print(net(x).shape, len(net._forward_hooks), len(net.second._forward_hooks_with_kwargs))
    with net.register_forward_hook(lambda module, args, out: out * 0 + 7):
        print(net(x))
    net.first.register_forward_pre_hook(lambda m, args: (args[0], 1))
    attempt(lambda: net(x))


@program
def hooks_with_kwargs(torch, nn):
    class Scale(nn.Module):
        def forward(self, x, *, by=2.0):
            if by == 0:
                raise ZeroDivisionError("by")
            return x * by

    net, x = Scale(), torch.ones(1)
    first = net.register_forward_pre_hook(
        lambda m, args, kwargs: (args, {"by": kwargs["by"] + 1}), with_kwargs=True
    )
    net.register_forward_hook(lambda m, args, kwargs, out: print(kwargs, out), with_kwargs=True)
    print(net(x, by=4.0))
    first.remove()
    net.register_forward_hook(lambda *given: print("always", len(given)), always_call=True)
    net.register_forward_hook(lambda *given: print("only after"), always_call=False)
    net.register_forward_hook(
        lambda *given: print("always too", given[2:]), always_call=True, with_kwargs=True
    )
    attempt(lambda: net(x), lambda: net(x, by=0))
    net.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    attempt(lambda: net(x))


@program
def backward_hooks(torch, nn):
    class Two(nn.Module):
        def forward(self, a, b):
            return a * 2, b * 3, 5

    x = torch.ones(2, requires_grad=True)
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    net[0].register_full_backward_hook(lambda m, gi, go: print("linear", gi, go))
    net[1].register_full_backward_hook(lambda m, gi, go: print("relu", gi, go))
    net[1].register_full_backward_pre_hook(lambda m, go: print("relu before", go))
    larger = net.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    net.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    net(x).sum().backward()
    print(x.grad, net[0].bias.grad, net(x).grad_fn.name())
    larger.remove()
    net(torch.ones(2)).sum().backward()
    two = Two()
    two.register_full_backward_hook(lambda m, gi, go: print(gi, go))
    a, b, c = two(x, x + 1)
    a.sum().backward()
    a, b, c = two(x, torch.ones(1))
    print(a.requires_grad, b.requires_grad, c)
    (a + b).sum().backward()
    bad = Two()
    bad.register_full_backward_hook(lambda m, gi, go: (gi[0],))
    attempt(lambda: bad(x, x)[0].sum().backward())
    bad = Two()
    bad.register_full_backward_pre_hook(lambda m, go: (go[0],))
    attempt(lambda: bad(x, x)[0].sum().backward())
    attempt(lambda: two.register_backward_hook(print))
    legacy = Two()
    legacy.register_backward_hook(lambda m, gi, go: print("legacy", gi[0], go))
    legacy(x, x)[0].sum().backward()
    attempt(lambda: legacy.register_full_backward_hook(print))


@program
def copying(torch, nn):
    net = network(nn, torch)
    net.fc.register_forward_hook(lambda *given: None)
    net.scale.grad = torch.ones(1)
    twin = copy.deepcopy(net)
    print(twin.scale is net.scale, twin.scale.grad, twin.shared is twin.fc, list(twin.state_dict()))
    twin.scale.data.fill_(3)
    twin.fc = nn.Identity()
    print(net.scale, type(net.fc).__name__, len(twin.shared._forward_hooks))
    alias = copy.copy(net)
    alias.scale = nn.Parameter(torch.zeros(1))
    print(net.scale, alias._parameters is net._parameters, alias.fc is net.fc)
    chain = pickle.loads(pickle.dumps(nn.Sequential(nn.Linear(2, 1), nn.Tanh())))
    print(chain, chain(torch.zeros(2, 2)).shape, chain[0].weight is chain[0]._parameters["weight"])
    parameter = nn.Parameter(torch.ones(2), requires_grad=False)
    for each in (
        copy.deepcopy(parameter),
        copy.copy(parameter),
        pickle.loads(pickle.dumps(parameter)),
    ):
        print(type(each).__name__, each)
    print(
        type(parameter.data).__name__,
        type(parameter * 1).__name__,
        isinstance(parameter, torch.Tensor),
    )
    attempt(
        lambda: nn.Parameter([1.0]),
        lambda: nn.Parameter(torch.ones(1, dtype=torch.int64)),
        lambda: nn.Parameter(),
        lambda: nn.Parameter(torch.ones(1, dtype=torch.int64), requires_grad=False),
        lambda: isinstance(nn.Buffer(torch.ones(1)), nn.Buffer),
        lambda: isinstance(torch.ones(1), nn.Buffer),
    )
