"""ResNet: He et al., "Deep residual learning for image recognition" (2015)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule import Tensor, nn

from .weights import refuse


def conv3x3(inside: int, out: int, stride: int = 1) -> nn.Conv2d:
    """A 3 x 3 convolution that keeps the size, but for its stride."""
    return nn.Conv2d(inside, out, kernel_size=3, stride=stride, padding=1, bias=False)


def conv1x1(inside: int, out: int, stride: int = 1) -> nn.Conv2d:
    """A 1 x 1 convolution."""
    return nn.Conv2d(inside, out, kernel_size=1, stride=stride, bias=False)


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut."""

    expansion = 1

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, downsample: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """relu(f(x) + x)"""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class Bottleneck(nn.Module):
    """A 3 x 3 convolution between two of 1 x 1, beside a shortcut."""

    expansion = 4

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, downsample: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.conv1 = conv1x1(inplanes, planes)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = conv3x3(planes, planes, stride)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = conv1x1(planes, planes * self.expansion)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        """relu(f(x) + x)"""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class ResNet(nn.Module):
    """Four groups of residual blocks, each but the first half as large as the one before."""

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
    ) -> None:
        super().__init__()
        self.inplanes = 64
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._group(block, 64, layers[0])
        self.layer2 = self._group(block, 128, layers[1], stride=2)
        self.layer3 = self._group(block, 256, layers[2], stride=2)
        self.layer4 = self._group(block, 512, layers[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        for module in self.modules() if zero_init_residual else ():
            if isinstance(module, (BasicBlock, Bottleneck)):
                last = module.bn3 if isinstance(module, Bottleneck) else module.bn2
                nn.init.constant_(last.weight, 0)

    def _group(
        self, block: type[BasicBlock | Bottleneck], planes: int, count: int, stride: int = 1
    ) -> nn.Sequential:
        downsample = None
        out = planes * block.expansion
        if stride != 1 or self.inplanes != out:
            downsample = nn.Sequential(conv1x1(self.inplanes, out, stride), nn.BatchNorm2d(out))
        first = block(self.inplanes, planes, stride, downsample)
        self.inplanes = out
        return nn.Sequential(first, *(block(out, planes) for _ in range(1, count)))

    def forward(self, x: Tensor) -> Tensor:
        """The scores of the classes, (N, num_classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def builder(
    depth: int, block: type[BasicBlock | Bottleneck], layers: Sequence[int]
) -> Callable[..., ResNet]:
    """The function that makes one of the family."""

    def resnet(*, weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
        refuse(f"resnet{depth}", weights, kwargs.pop("pretrained", False))
        return ResNet(block, layers, **kwargs)

    resnet.__name__ = resnet.__qualname__ = f"resnet{depth}"
    resnet.__doc__ = f"A new ResNet of {depth} layers; NotImplementedError for trained weights."
    return resnet


resnet18 = builder(18, BasicBlock, (2, 2, 2, 2))
resnet34 = builder(34, BasicBlock, (3, 4, 6, 3))
resnet50 = builder(50, Bottleneck, (3, 4, 6, 3))
resnet101 = builder(101, Bottleneck, (3, 4, 23, 3))
resnet152 = builder(152, Bottleneck, (3, 8, 36, 3))
