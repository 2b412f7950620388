"""The classic networks: their sizes, the names of their parameters, refusals."""

import pytest

import chainrule as torch
from chainrule.vision import models


def numbers(model):
    return sum(p.numel() for p in model.parameters())


def test_a_small_resnet_learns_a_step():
    torch.manual_seed(0)
    net = models.resnet18(num_classes=10)
    assert numbers(net) == 11_181_642
    names = list(net.state_dict())
    assert names[:3] == ["conv1.weight", "bn1.weight", "bn1.bias"]
    assert "layer2.0.downsample.0.weight" in names
    out = net(torch.randn(2, 3, 32, 32))
    assert out.shape == (2, 10)
    out.sum().backward()
    assert all(p.grad is not None for p in net.parameters())


@pytest.mark.slow
def test_sizes_of_the_family():
    blocks = models.ResNet(models.resnet.Bottleneck, (3, 4, 6, 3))
    assert numbers(blocks) == 25_557_032


@pytest.mark.slow
def test_sizes_of_large_networks():
    assert numbers(models.vgg11()) == 132_863_336
    assert numbers(models.vgg16_bn()) == 138_365_992
    assert numbers(models.alexnet()) == 61_100_840


@pytest.mark.parametrize("name", ["resnet18", "vgg11", "alexnet"])
def test_trained_weights_are_refused(name):
    with pytest.raises(NotImplementedError, match="trained weights are not supported"):
        getattr(models, name)(weights="DEFAULT")
