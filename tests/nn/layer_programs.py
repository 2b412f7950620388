"""Programs that print how containers, layers, nn.init and nn.utils behave.

What they print in PyTorch is recorded; chainrule must print the same, advice left out.
"""

import copy
from collections import OrderedDict

from nn.program import attempt, program


@program
def chains(torch, nn):
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    attempt(
        lambda: net[-1],
        lambda: net[1:],
        lambda: net[3],
        lambda: net["0"],
        lambda: net.insert(1, nn.Tanh()),
        lambda: net.insert(9, nn.Tanh()),
        lambda: net.append(3),
        lambda: net + 3,
        lambda: net + nn.Sequential(nn.ReLU()),
        lambda: nn.Sequential(nn.ReLU()) * 3,
        lambda: 2 * nn.Sequential(nn.ReLU()),
        lambda: net * 0,
        lambda: nn.Sequential([nn.ReLU()]),
        lambda: nn.Sequential(),
        lambda: nn.Sequential()(3),
        lambda: net.pop(0),
        lambda: net.extend([nn.GELU()]),
        lambda: net(torch.ones(1, 2), 2),
    )
    net[1] = nn.Softmax(1)
    del net[0]
    print(net, list(net._modules), len(net), [type(m).__name__ for m in net])
    del net[0:2]
    net += nn.Sequential(nn.Tanh())
    net *= 2
    print(net)
    named = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Linear(1, 1)))
    named.append(nn.Tanh())
    print(named, named.a, named[:1], [name for name, _ in named.named_children()])


@program
def lists(torch, nn):
    layers = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 2), nn.ReLU()])
    print(layers, layers[1:3], layers[-1], len(layers), nn.ModuleList())
    layers.insert(1, nn.Tanh())
    print(layers)
    del layers[0]
    del layers[0:2]
    layers += [nn.Sequential(nn.ReLU(), nn.Linear(1, 1)) for _ in range(2)]
    print(layers, layers + nn.ModuleList([nn.Tanh()]))
    attempt(
        lambda: layers.append(3),
        lambda: layers.extend(3),
        lambda: layers[7],
        lambda: layers["0"],
        lambda: layers(1),
        lambda: nn.ModuleList(3),
        lambda: layers.pop(-1),
        lambda: layers.append(nn.ReLU()),
        lambda: list(layers.state_dict()),
    )


@program
def dictionaries(torch, nn):
    layers = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Linear(1, 1)})
    layers["c"] = nn.Tanh()
    print(layers, len(layers), list(layers), "a" in layers, list(layers.keys()))
    print(layers.pop("b"), list(layers.items()))
    layers.update([["x", nn.ReLU()]])
    layers.update(nn.ModuleDict({"y": nn.ReLU()}))
    del layers["x"]
    print(layers, list(layers.values()))
    attempt(
        lambda: layers.update(3),
        lambda: layers.update([3]),
        lambda: layers.update([[1, 2, 3]]),
        lambda: layers["zz"],
        lambda: layers.update({"q": 3}),
        lambda: nn.ModuleDict({1: nn.ReLU()}),
        lambda: nn.ModuleDict({"keys": nn.ReLU()}),
        lambda: layers(1),
        lambda: layers.clear(),
        lambda: layers,
    )


@program
def parameter_containers(torch, nn):
    values = nn.ParameterList([nn.Parameter(torch.ones(2)), torch.ones(2, 3), 3])
    values.append(torch.tensor(1.0))
    values += [torch.zeros(2, 2)]
    print(values, values[0], values[-1], values[1:3], len(values), list(values.state_dict()))
    values[0] = torch.ones(5)
    attempt(
        lambda: values[9],
        lambda: values.extend(3),
        lambda: values(1),
        lambda: values[0].shape,
        lambda: nn.ParameterList(),
        lambda: nn.ParameterList([torch.ones(1)]),
    )
    named = nn.ParameterDict({"b": nn.Parameter(torch.ones(2)), "a": torch.ones(1), "c": 3})
    print(named, list(named), list(named.state_dict()), "a" in named, named.get("z"), len(named))
    named["d"] = torch.zeros(2)
    print(named.pop("b"), named.popitem(), list(reversed(named)), named.setdefault("q", 1))
    print(named | {"zz": torch.ones(1)}, named.copy()["a"] is named["a"])
    named |= {"k": torch.zeros(2)}
    attempt(
        lambda: named["nope"],
        lambda: named(1),
        lambda: named.update([[1, 2, 3]]),
        lambda: named.fromkeys(["a", "b"], torch.ones(1)),
        lambda: list(named.keys()),
        lambda: [key for key, _ in named.items()],
        lambda: len(list(named.values())),
        lambda: named.clear(),
        lambda: named,
    )


@program
def laziness(torch, nn):
    net = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(2))
    weight = net[0].weight
    print(net, weight, weight.dtype, list(net.state_dict().values()), weight.requires_grad)
    attempt(lambda: weight.shape)
    print(net[0].has_uninitialized_params(), len(list(net.parameters())))
    print(net(torch.ones(1, 2)), net, type(net[0].weight).__name__, net[0].weight is weight)
    print(len(net[0]._forward_pre_hooks), hasattr(net[0], "_initialize_hook"))
    layer = nn.LazyLinear(3)
    print(layer.load_state_dict(nn.Linear(5, 3).state_dict()), layer)
    print(layer(torch.ones(1, 5)).shape, layer)
    attempt(lambda: nn.Linear(5, 3).load_state_dict(nn.LazyLinear(3).state_dict()))
    print(
        nn.LazyLinear(2).double()(torch.ones(1, 2).double()).dtype, copy.deepcopy(nn.LazyLinear(2))
    )
    attempt(lambda: nn.LazyConv2d(3, 3)(torch.ones(2, 2)))
    attempt(lambda: nn.LazyConv2d(4, 3, groups=2)(torch.ones(1, 3, 4, 4)))

    class Half(nn.modules.lazy.LazyModuleMixin, nn.Module):
        pass

    attempt(lambda: Half()(3))


@program
def wrong_settings(torch, nn):
    attempt(
        lambda: nn.Dropout(1.5),
        lambda: nn.Embedding(3, 2, padding_idx=3),
        lambda: nn.Embedding(3, 2, _weight=torch.ones(2, 2)),
        lambda: nn.Embedding.from_pretrained(torch.ones(3)),
        lambda: nn.Unflatten(1, 3),
        lambda: nn.Unflatten(1, (2, "a")),
        lambda: nn.Hardtanh(1, -1),
        lambda: nn.Hardtanh(min_value=-2),
        lambda: nn.Softmax2d()(torch.ones(2, 2)),
        lambda: nn.Bilinear(0, 1, 1),
        lambda: nn.Sigmoid(1),
        lambda: nn.MultiMarginLoss(p=3),
        lambda: nn.MultiMarginLoss(weight=torch.ones(2, 2)),
        lambda: nn.TripletMarginLoss(margin=-1),
        lambda: nn.MSELoss(size_average=False).reduction,
        lambda: nn.MSELoss(reduction="x")(torch.ones(1), torch.ones(1)),
        lambda: nn.BatchNorm1d(3)(torch.ones(2, 3, 4, 5)),
        lambda: nn.BatchNorm2d(3)(torch.ones(2, 3)),
        lambda: nn.BatchNorm1d(3)(torch.ones(1, 3)),
        lambda: nn.InstanceNorm2d(3)(torch.ones(2, 3)),
        lambda: nn.InstanceNorm2d(5, affine=True)(torch.ones(3, 4, 5)),
        lambda: nn.InstanceNorm2d(5)(torch.ones(3, 4, 5)).shape,
        lambda: nn.GroupNorm(3, 4),
        lambda: nn.Conv2d(3, 4, 3, groups=2),
        lambda: nn.Conv2d(4, 3, 3, groups=2),
        lambda: nn.Conv2d(4, 4, 3, groups=0),
        lambda: nn.Conv2d(1, 1, 3, padding="same", stride=2),
        lambda: nn.ConvTranspose2d(1, 1, 3, padding_mode="reflect"),
        lambda: nn.ConvTranspose2d(1, 1, 3, stride=2)(torch.ones(1, 1, 4, 4), output_size=(11, 10)),
        lambda: nn.ConvTranspose2d(1, 1, 3, stride=2)(torch.ones(1, 1, 4, 4), output_size=(10,)),
        lambda: nn.Linear(0, 2),
    )


@program
def initialisation(torch, nn):
    init = nn.init
    w = torch.empty(3, 4)
    attempt(
        lambda: init.uniform_(w, 1, 2),
        lambda: init.normal_(w, 1, 2),
        lambda: init.trunc_normal_(w),
        lambda: init.trunc_normal_(w, 1, 2, -1, 2),
        lambda: init.trunc_normal_(w, 1, 2, 1, 1.5),
        lambda: init.trunc_normal_(torch.empty(6, dtype=torch.float64), std=0.02, a=0.01, b=0.03),
        lambda: init.constant_(w, 3),
        lambda: init.ones_(w),
        lambda: init.zeros_(w),
        lambda: init.eye_(w),
        lambda: init.dirac_(torch.empty(4, 2, 3), 2),
        lambda: init.dirac_(torch.empty(2, 2, 1, 3)),
        lambda: init.xavier_uniform_(w),
        lambda: init.xavier_normal_(w, gain=2.0),
        lambda: init.kaiming_uniform_(w),
        lambda: init.kaiming_uniform_(torch.empty(2, 3, 2, 2), 0.1, "fan_out", "leaky_relu"),
        lambda: init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"),
        lambda: init.kaiming_normal_(nn.Parameter(torch.empty(2, 2))),
        lambda: (init.orthogonal_(w) * 1000).round(),
        lambda: (init.orthogonal_(torch.empty(4, 3), gain=2) * 1000).round(),
        lambda: (init.orthogonal_(torch.empty(2, 2, 3)) * 1000).round(),
        lambda: init.sparse_(w, 0.5),
        lambda: init.sparse_(torch.empty(5, 3), 0.1, std=1.0),
        lambda: init.uniform(w),
        lambda: init.kaiming_uniform_(torch.empty(0, 3)),
        lambda: init.orthogonal_(torch.empty(0, 3)),
        lambda: init.uniform_(torch.empty(2), generator=torch.Generator().manual_seed(3)),
    )


@program
def wrong_initialisation(torch, nn):
    init = nn.init
    w, vector = torch.empty(3, 4), torch.empty(3)
    names = ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "gelu")
    for name in names:
        attempt(lambda name=name: init.calculate_gain(name))
    attempt(
        lambda: init.calculate_gain("leaky_relu", 0.2),
        lambda: init.calculate_gain("leaky_relu", "a"),
        lambda: init.calculate_gain("leaky_relu", True),
        lambda: init._calculate_fan_in_and_fan_out(torch.empty(3, 4, 5)),
        lambda: init._calculate_correct_fan(w, "FAN_OUT"),
        lambda: init.kaiming_uniform_(vector),
        lambda: init.xavier_uniform_(vector),
        lambda: init.orthogonal_(vector),
        lambda: init.sparse_(vector, 0.1),
        lambda: init.eye_(vector),
        lambda: init.dirac_(w),
        lambda: init.dirac_(torch.empty(3, 2, 1), 2),
        lambda: init.kaiming_uniform_(w, mode="x"),
        lambda: init.kaiming_uniform_(w, nonlinearity="xx"),
        lambda: init.normal_(w, 0, -1),
    )


@program
def clipping(torch, nn):
    utils = nn.utils
    p, q = nn.Parameter(torch.tensor([3.0, 4.0])), nn.Parameter(torch.ones(2, 2))

    def clipped(grad, *args, **kwargs):
        p.grad = torch.tensor(grad)
        return utils.clip_grad_norm_([p, q], *args, **kwargs), p.grad

    attempt(
        lambda: clipped([3.0, 4.0], 1.0),
        lambda: clipped([3.0, 4.0], 10),
        lambda: clipped([3.0, -4.0], 1.0, norm_type="inf"),
        lambda: clipped([3.0, -4.0], 1.0, norm_type=1),
        lambda: clipped([3.0, -4.0], 1.0, norm_type=0),
        lambda: clipped([3.0, -4.0], 1.0, norm_type=float("-inf")),
        lambda: clipped([float("nan"), 1.0], 1.0),
        lambda: clipped([float("inf"), 1.0], 1.0),
        lambda: clipped([float("nan"), 1.0], 1.0, error_if_nonfinite=True),
        lambda: clipped([3.0, -4.0], -1.0),
        lambda: clipped([3.0, -4.0], "a"),
        lambda: utils.clip_grad_norm_([], 1.0),
        lambda: utils.clip_grad_norm(p, 1.0),
        lambda: (utils.clip_grad_value_([p, q], 0.25), p.grad),
        lambda: (utils.clip_grad_value_(iter([p]), 0.1), p.grad),
        lambda: utils.get_total_norm([torch.ones(3).double(), torch.ones(2, 2)]),
        lambda: utils.get_total_norm(torch.ones(3)),
        lambda: utils.parameters_to_vector([p, q]),
        lambda: (utils.vector_to_parameters(torch.arange(6.0), [p, q]), p, q),
        lambda: utils.vector_to_parameters(3, [p]),
        lambda: utils.vector_to_parameters(torch.arange(3.0), [p, q]),
        lambda: utils.parameters_to_vector(nn.Linear(1, 2).parameters()),
    )


@program
def learning(torch, nn):
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2))
    net.append(nn.Linear(8, 1))
    x, y = torch.randn(16, 3), torch.randn(16, 1)
    criterion = nn.MSELoss()
    for _ in range(5):
        loss = criterion(net(x), y)
        net.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in net.parameters():
                p -= 0.1 * p.grad
        print(f"{loss.item():.4f}")
    print([round(v, 3) for v in net.eval()(x[:3]).flatten().tolist()])
