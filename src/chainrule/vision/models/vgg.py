"""VGG: Simonyan and Zisserman, "Very deep convolutional networks" (2014)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule import Tensor, nn

from .weights import refuse

CHANNELS = (64, 128, 256, 512, 512)
DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""How many convolutions each of the five blocks has, by the number of layers with weights."""


class VGG(nn.Module):
    """Blocks of 3 x 3 convolutions, each halved by pooling, and three linear layers."""

    def __init__(
        self,
        features: nn.Module,
        num_classes: int = 1000,
        init_weights: bool = True,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )
        if init_weights:
            self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of the classes, (N, num_classes)."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def initialise(module: nn.Module) -> None:
    """Kaiming's initialisation for convolutions, small numbers for linear layers."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if module.bias is not None:
            nn.init.constant_(module.bias, 0)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.constant_(module.weight, 1)
        nn.init.constant_(module.bias, 0)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0, 0.01)
        nn.init.constant_(module.bias, 0)


def blocks(depths: Sequence[int], batch_norm: bool) -> nn.Sequential:
    """The convolutions."""
    layers: list[nn.Module] = []
    inside = 3
    for channels, depth in zip(CHANNELS, depths, strict=True):
        for _ in range(depth):
            layers.append(nn.Conv2d(inside, channels, kernel_size=3, padding=1))
            layers += [nn.BatchNorm2d(channels)] if batch_norm else []
            layers.append(nn.ReLU(inplace=True))
            inside = channels
        layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers)


def builder(depth: int, batch_norm: bool) -> Callable[..., VGG]:
    """The function that makes one of the family."""

    def vgg(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
        refuse(f"vgg{depth}", weights, kwargs.pop("pretrained", False))
        return VGG(blocks(DEPTHS[depth], batch_norm), **kwargs)

    vgg.__name__ = vgg.__qualname__ = f"vgg{depth}_bn" if batch_norm else f"vgg{depth}"
    vgg.__doc__ = f"A new VGG of {depth} layers; NotImplementedError for trained weights."
    return vgg


vgg11, vgg11_bn = builder(11, False), builder(11, True)
vgg13, vgg13_bn = builder(13, False), builder(13, True)
vgg16, vgg16_bn = builder(16, False), builder(16, True)
vgg19, vgg19_bn = builder(19, False), builder(19, True)
