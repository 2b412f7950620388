"""Single layers, forward and backward: where arithmetic, not the framework, is the cost.

Written as in works.py. PyTorch has tuned kernels for them; the targets say how near NumPy comes.
"""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from works import Step, Work, eager, trained


def differentiated(call: Callable[..., Any], *inputs: Any) -> Step:
    """A step that calls, and sends ones back to the inputs."""
    for each in inputs:
        each.requires_grad_()

    def step():
        out = call(*inputs)
        out.sum().backward()
        for each in inputs:
            each.grad = None
        return out

    return step


def lenet(torch: ModuleType) -> Step:
    """LeNet with SGD on a batch of 64 images of 28 x 28."""
    nn = torch.nn
    net = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    X, y = torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,))
    return trained(net, nn.CrossEntropyLoss(), optimizer, X, y, eager)


def conv(torch: ModuleType, image: tuple[int, ...], weight: tuple[int, ...], padding: int) -> Step:
    """A convolution, differentiated in its input, weight and bias."""
    call = partial(torch.nn.functional.conv2d, padding=padding)
    return differentiated(call, torch.rand(image), torch.rand(weight) - 0.5, torch.rand(weight[0]))


def pool(torch: ModuleType, kind: str, kernel: int, stride: int) -> Step:
    """A pooling of 64 channels of 56 x 56 in a batch of 8."""
    function = getattr(torch.nn.functional, f"{kind}_pool2d")
    call = partial(
        function, kernel_size=kernel, stride=stride, padding=kernel // 2 if kernel > stride else 0
    )
    return differentiated(call, torch.rand(8, 64, 56, 56))


def attention(torch: ModuleType, causal: bool) -> Step:
    """Attention of 8 heads, 128 queries and keys of 64 numbers, in a batch of 8."""
    call = partial(torch.nn.functional.scaled_dot_product_attention, is_causal=causal)
    return differentiated(call, *(torch.rand(8, 8, 128, 64) for _ in range(3)))


def lstm(torch: ModuleType) -> Step:
    """An LSTM of 128 units over 50 steps of 64 numbers, in a batch of 32."""
    layer = torch.nn.LSTM(64, 128, batch_first=True)

    def call(x):
        layer.zero_grad()
        return layer(x)[0]

    return differentiated(call, torch.rand(32, 50, 64))


def of(work: Callable[..., Step], *sizes: Any) -> Callable[[ModuleType], Step]:
    """The work at these sizes."""
    return lambda torch: work(torch, *sizes)


THIRD, HALF = 0.33, 0.5
WIDE = (64, 64, 3, 3)
LAYERS = (
    Work("LeNet, batch 64", lenet, THIRD),
    Work("LeNet's second convolution", of(conv, (64, 6, 14, 14), (16, 6, 5, 5), 0), THIRD),
    Work("3x3, 64 channels, 56x56", of(conv, (8, 64, 56, 56), WIDE, 1), THIRD),
    Work("3x3, 64 channels, 28x28", of(conv, (8, 64, 28, 28), WIDE, 1), THIRD),
    Work("max pooling 2x2", of(pool, "max", 2, 2), THIRD),
    Work("max pooling 3x3, stride 2", of(pool, "max", 3, 2), THIRD),
    Work("mean pooling 2x2", of(pool, "avg", 2, 2), THIRD),
    Work("attention, 8 heads", of(attention, False), HALF),
    Work("attention, causal", of(attention, True), HALF),
    Work("LSTM, 128 units, 50 steps", lstm, HALF),
)
