"""Programs with weights that are computed: parametrizations, norms, pruning, fusion.

What they print in PyTorch is recorded; chainrule must print the same, advice left out.
"""

import copy
import importlib

from nn.program import attempt, program


def symmetric(nn):
    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

    return Symmetric


def invertible(nn):
    class Invertible(symmetric(nn)):
        def right_inverse(self, x):
            return x.triu()

    return Invertible


def changing(nn, change):
    class Changing(nn.Module):
        def forward(self, x):
            return change(x)

    return Changing()


@program
def parametrized(torch, nn):
    tools = nn.utils.parametrize
    layer = tools.register_parametrization(nn.Linear(3, 3), "weight", symmetric(nn)())
    print(layer, list(layer.state_dict()), [name for name, _ in layer.named_parameters()])
    print(type(layer).__name__, tools.type_before_parametrizations(layer).__name__)
    print(tools.is_parametrized(layer), tools.is_parametrized(layer, "bias"), layer.weight)
    attempt(lambda: setattr(layer, "weight", torch.ones(3, 3)))
    with tools.cached():
        print(layer.weight is layer.weight)
    print(layer.weight is layer.weight)
    print(tools.register_parametrization(layer, "weight", nn.Identity()))
    other = tools.register_parametrization(nn.Linear(3, 3), "weight", invertible(nn)())
    other.weight = torch.arange(9.0).reshape(3, 3)
    twin = copy.deepcopy(other)
    print(other.weight, other.parametrizations.weight.original, twin.weight.equal(other.weight))
    attempt(
        lambda: setattr(other, "weight", nn.Parameter(torch.ones(3, 3))),
        lambda: other.__getstate__(),
        lambda: tools.remove_parametrizations(other, "bias"),
        lambda: tools.remove_parametrizations(other, "weight"),
        lambda: (other.weight, list(other.state_dict()), type(other).__name__),
        lambda: tools.remove_parametrizations(layer, "weight", leave_parametrized=False),
    )
    given = tools.register_parametrization(nn.Linear(3, 3), "weight", symmetric(nn)())
    taken = tools.transfer_parametrizations_and_params(given, nn.Linear(3, 3))
    print(taken.weight.equal(given.weight))


@program
def unfit_parametrizations(torch, nn):
    tools = nn.utils.parametrize
    register = tools.register_parametrization
    once = register(nn.Linear(3, 3), "weight", nn.Identity())
    changes = (lambda x: x[:1], lambda x: x.double(), lambda x: 3)
    for change in changes:
        attempt(
            lambda change=change: register(nn.Linear(3, 3), "weight", changing(nn, change)),
            lambda change=change: register(once, "weight", changing(nn, change)),
        )
    attempt(
        lambda: register(nn.Linear(3, 3), "nothing", nn.Identity()),
        lambda: tools.ParametrizationList([], torch.ones(1)),
    )


@program
def normalised_weights(torch, nn):
    made = nn.utils.parametrizations
    layer = made.weight_norm(nn.Linear(2, 3))
    layer(torch.ones(1, 2)).sum().backward()
    print(layer, layer.weight, layer.state_dict(), [p.grad for p in layer.parameters()])
    ones = {"bias": torch.ones(3), "weight_g": torch.ones(3, 1), "weight_v": torch.ones(3, 2)}
    print(layer.load_state_dict(ones), layer.weight)
    for dim in (None, 1, -1):
        print([each.shape for each in made.weight_norm(nn.Linear(2, 3), dim=dim).parameters()])
    layer = made.spectral_norm(nn.Linear(2, 3))
    layer(torch.ones(1, 2)).sum().backward()
    print(layer, layer.state_dict(), layer.weight, [p.grad for p in layer.parameters()])
    print(made.spectral_norm(nn.ConvTranspose2d(2, 3, 1), n_power_iterations=3).eval().weight)
    attempt(
        lambda: made.spectral_norm(nn.Linear(2, 2), n_power_iterations=0),
        lambda: made.spectral_norm(nn.Linear(2, 2), dim=3),
        lambda: made.spectral_norm(nn.Linear(2, 2), "nothing"),
        lambda: made.spectral_norm(nn.Linear(2, 2), "bias").bias,
        lambda: nn.utils.parametrize.remove_parametrizations(layer, "weight").weight,
    )


@program
def norms_by_hooks(torch, nn):
    for name in ("weight_norm", "spectral_norm"):
        norm, undo = getattr(nn.utils, name), getattr(nn.utils, f"remove_{name}")
        layer = norm(nn.Linear(2, 3))
        print(layer, layer.state_dict(), layer(torch.ones(1, 2)), layer.weight)
        attempt(
            lambda norm=norm, layer=layer: norm(layer),
            lambda undo=undo, layer=layer: undo(layer),
            lambda layer=layer: (layer.weight, list(layer.state_dict())),
            lambda undo=undo, layer=layer: undo(layer),
        )


@program
def pruning(torch, nn):
    prune = importlib.import_module(f"{nn.__name__}.utils.prune")
    layer = prune.l1_unstructured(nn.Linear(4, 3), "weight", 0.5)
    print(layer.weight, layer.state_dict(), prune.is_pruned(layer))
    prune.random_unstructured(layer, "weight", 2)
    prune.ln_structured(layer, "weight", 1, 2, 0)
    prune.random_structured(layer, "weight", 0.5, 1)
    layer(torch.ones(2, 4)).sum().backward()
    print(layer.weight_mask, layer.weight_orig.grad, len(layer._forward_pre_hooks))
    prune.remove(layer, "weight")
    print(layer.weight, prune.is_pruned(layer))
    print(prune.custom_from_mask(nn.Linear(3, 2), "bias", torch.tensor([0, 1])).bias)
    print(prune.identity(nn.Linear(1, 1), "weight").state_dict())
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    pairs = [(net[0], "weight"), (net[2], "weight")]
    prune.global_unstructured(pairs, pruning_method=prune.L1Unstructured, amount=0.4)
    print(net[0].weight, net[2].weight, list(net.state_dict()))
    print(prune.L1Unstructured(2).prune(torch.tensor([1.0, -3.0, 2.0, 0.5])))
    attempt(
        lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", -1),
        lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", 5),
        lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", 1.5),
        lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", "a"),
        lambda: prune.ln_structured(nn.Linear(2, 2), "bias", 1, 2, 0),
        lambda: prune.ln_structured(nn.Linear(2, 2), "weight", 1, 2, 3),
        lambda: prune.remove(nn.Linear(2, 2), "weight"),
        lambda: prune.global_unstructured(3, prune.L1Unstructured),
        lambda: prune.global_unstructured(pairs, prune.L1Unstructured, 3, amount=1),
    )


@program
def fused_layers(torch, nn):
    utils = nn.utils
    norm = nn.BatchNorm2d(3)
    norm(torch.randn(5, 3, 2, 2))
    conv = nn.Conv2d(2, 3, 2)
    attempt(lambda: utils.fuse_conv_bn_eval(conv, norm))
    for layer in (conv, norm):
        layer.eval()
    transposed = nn.ConvTranspose2d(2, 3, 2, bias=False).eval()
    print(utils.fuse_conv_bn_eval(conv, norm).state_dict())
    print(utils.fuse_conv_bn_eval(transposed, norm, True).state_dict())
    print(utils.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), norm).state_dict())
    attempt(
        lambda: utils.skip_init(nn.Linear, 2, 3),
        lambda: utils.skip_init(nn.ReLU),
        lambda: torch.rand(2),
    )


@program
def orthogonal_weights(torch, nn):
    orthogonal = nn.utils.parametrizations.orthogonal
    target = torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]])
    for shape in ((2, 2), (3, 2), (2, 3)):
        for way in ("matrix_exp", "cayley", "householder"):
            layer = nn.Linear(shape[1], shape[0])
            plain = orthogonal(
                nn.Linear(shape[1], shape[0]), "weight", way, use_trivialization=False
            )
            made = orthogonal(layer, orthogonal_map=way)
            made(torch.ones(1, shape[1])).square().sum().backward()
            print(made.weight.shape, list(made.state_dict()), way)
            wide = made.weight if shape[0] < shape[1] else made.weight.T
            print(torch.allclose(wide @ wide.T, torch.eye(2), atol=1e-5), plain.weight.shape)
            print(made.parametrizations.weight.original.grad.abs().sum() > 0)
    made.weight = target.T
    print(made, made.weight)
    attempt(
        lambda: setattr(plain, "weight", target.T),
        lambda: orthogonal(nn.Linear(2, 2), "bias"),
        lambda: orthogonal(nn.Linear(2, 2), orthogonal_map="other"),
        lambda: setattr(made, "weight", torch.ones(1, 1)),
    )
