"""`summary`: shapes, parameters and costs counted by hand, and nothing changed by the look."""

import pytest

import chainrule as torch
from chainrule import nn
from chainrule.see.summaries import in_units, summary


class Repeated(nn.Module):
    """One layer under two names, called three times, one never called, and a product of its own."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.again = self.a
        self.idle = nn.Linear(3, 3)
        self.w = nn.Parameter(torch.ones(3, 2))

    def forward(self, x):
        for _ in range(3):
            x = self.a(x)
        return x @ self.w, {"hidden": x}


def test_layers_called_often_or_never():
    found = summary(Repeated(), torch.ones(2, 3))
    lines = [layer.cells() for layer in found.layers]
    assert lines == [
        ("Repeated", "Repeated", "[(2, 2), {'hidden': (2, 3)}]", "6", "12"),
        ("a", "Linear ×3", "(2, 3)", "12", "54"),
        ("idle", "Linear", "not called", "12", "0"),
    ]
    assert (found.parameters, found.multiply_adds, found.trainable) == (30, 66, 30)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (nn.Linear(5, 7), (2, 3, 5), 2 * 3 * 5 * 7),
        (nn.Conv2d(4, 6, 3, groups=2), (2, 4, 8, 8), 2 * 6 * 6 * 6 * 2 * 9),
        (nn.ConvTranspose1d(4, 6, 3), (2, 4, 5), 2 * 4 * 5 * 6 * 3),
        (nn.Bilinear(2, 3, 4), None, None),
        (nn.ReLU(), (2, 3), 0),
    ],
)
def test_multiply_adds(layer, shape, expected):
    if shape is None:
        assert summary(layer, torch.ones(5, 2), torch.ones(5, 3)).multiply_adds > 0
    else:
        assert summary(layer, torch.ones(*shape)).multiply_adds == expected


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        (torch.matmul, [(2, 3, 4), (4, 5)], 2 * 3 * 4 * 5),
        (torch.bmm, [(2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (torch.mv, [(3, 4), (4,)], 12),
        (torch.dot, [(4,), (4,)], 4),
        (torch.addbmm, [(3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (torch.addr, [(3, 4), (3,), (4,)], 12),
        (lambda x, y: x.t() @ y, [(4, 3), (4, 5)], 3 * 4 * 5),
        (lambda x, y: x @ y.t(), [(3, 4), (5, 4)], 3 * 4 * 5),
        (lambda x, y: x @ y, [(4,), (4, 5)], 20),
    ],
)
def test_multiply_adds_of_products(function, shapes, expected):
    class Only(nn.Module):
        def forward(self, *inputs):
            return function(*inputs)

    assert summary(Only(), *(torch.ones(*shape) for shape in shapes)).multiply_adds == expected


def test_memory():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    net[0].requires_grad_(False)
    found = summary(net, torch.ones(16, 4))
    assert found.memory == {
        "parameters": 58 * 4,
        "gradients": 18 * 4,
        "buffers": 0,
        "kept for backward": 16 * 8 * 4,
    }
    assert "trainable 18, frozen 40" in str(found)


def test_a_frozen_model_is_counted_too():
    net = nn.Linear(4, 8).requires_grad_(False)
    with torch.no_grad():
        assert summary(net, torch.ones(2, 4)).multiply_adds == 64


def test_nothing_is_changed():
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(), nn.ReLU(inplace=True))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    x = torch.randn(4, 3)
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    for _ in range(2):
        summary(net, x)
    assert torch.equal(torch.rand(2), expected)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not x.requires_grad


def test_lazy_layers_are_counted_after_the_run():
    found = summary(nn.Sequential(nn.LazyLinear(5)), torch.ones(2, 3))
    assert found.layers[1].cells() == ("0", "Linear", "(2, 5)", "20", "30")


def test_integers_and_nothing_at_all():
    assert summary(nn.Embedding(10, 3), torch.tensor([1, 2])).layers[0].output == (2, 3)
    assert summary(nn.Linear(3, 2), torch.ones(0, 3)).multiply_adds == 0
    assert summary(nn.Sequential(), torch.ones(1)).parameters == 0


def test_a_model_that_fails_is_left_alone():
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(4, 2))
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        summary(net, torch.randn(4, 3))
    assert net[0].num_batches_tracked == 0


def test_a_function_is_refused():
    with pytest.raises(TypeError, match=r"needs a Module, not function\nhint: .*draw"):
        summary(lambda x: x, torch.ones(1))


def test_html():
    class Odd(nn.Module):
        def forward(self, x):
            return x

    Odd.__name__ = "<b>"
    html = summary(Odd(), torch.ones(2))._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert html.count("<tr>") == 3


def test_units():
    assert [in_units(n) for n in (0, 1023, 1024, 3 << 29, 1 << 62)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.5 GiB",
        f"{2**22:.1f} TiB",
    ]
