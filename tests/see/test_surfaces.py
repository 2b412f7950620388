"""`surface`: the numbers of the grid, the pictures of it, and that nothing else changes."""

import math
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as torch
from chainrule import nn
from chainrule.see.surfaces import Curve, Surface, resampled, surface

x = torch.tensor([1.0, 2.0, 3.0])
y = 3 * x + 1


def line():
    w = torch.tensor([1.0], requires_grad=True)
    b = torch.tensor(-2.0, requires_grad=True)
    return w, b, lambda: ((x * w + b - y) ** 2).mean()


def test_a_curve():
    w, b, loss_fn = line()
    found = surface(loss_fn, w, points=9, span=2)
    assert isinstance(found, Curve)
    assert found.name == "w"
    assert found.x == [-1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3]
    expected = [float(((x * v + b - y) ** 2).mean()) for v in found.x]
    assert found.loss == pytest.approx(expected)
    assert found.here == (1.0, pytest.approx(loss_fn().item()))


def test_a_surface():
    w, b, loss_fn = line()
    found = surface(loss_fn, w, b, points=5, span=4, path=[(0, 0), (torch.tensor(3.0), 1.0)])
    assert isinstance(found, Surface)
    assert (found.names, found.x, found.y) == (("w", "b"), [-3, -1, 1, 3, 5], [-6, -4, -2, 0, 2])
    for j, intercept in enumerate(found.y):
        for i, slope in enumerate(found.x):
            expected = float(((x * slope + intercept - y) ** 2).mean())
            assert found.loss[j][i] == pytest.approx(expected)
    assert found.path == [(0, 0, pytest.approx(float((y**2).mean()))), (3, 1, 0)]
    assert found.lowest()[:2] == (3, 0)


def test_names_and_default_span():
    slope, intercept, _ = line()
    found = surface(lambda: slope * 0 + intercept, slope, intercept, points=3)
    assert found.names == ("slope", "intercept")
    assert (found.x, found.y) == ([-1, 1, 3], [-6, -2, 2])
    assert surface(lambda: 1.0, nn.Parameter(torch.ones(1)), points=3).name == "w"
    assert surface(lambda: 1.0, slope, points=3, names=["k"]).name == "k"


def test_elements_of_a_layer():
    net = nn.Linear(2, 1, bias=False)
    data = torch.ones(4, 2)
    found = surface(lambda: net(data).sum(), net.weight[0, 0], net.weight[0, 1], points=3, span=1)
    first, second = net.weight[0].tolist()
    assert found.loss[0][2] == pytest.approx(4 * (first + 1 + second - 1))


def test_nothing_is_changed():
    w, b, loss_fn = line()
    loss = loss_fn()
    dropout = nn.Dropout()
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    noisy = surface(lambda: dropout(torch.ones(50)).sum() + 0 * w, w, points=5)
    assert len(set(noisy.loss)) == 1  # every value saw the same random numbers
    surface(loss_fn, w, b, points=3)
    assert torch.equal(torch.rand(3), expected)
    assert (w.item(), b.item(), w.grad) == (1.0, -2.0, None)
    loss.backward()  # what its graph saved is what it was
    assert w.grad.item() == pytest.approx(-92 / 3)


def test_a_loss_that_fails_leaves_the_parameters():
    w, *_ = line()

    def loss_fn():
        raise RuntimeError("no loss")

    with pytest.raises(RuntimeError, match="no loss"):
        surface(loss_fn, w)
    assert w.item() == 1


@pytest.mark.parametrize(
    ("parameters", "shapes"),
    [
        ((), r"\(\)"),
        ((torch.ones(2),), r"\(\(2,\)\)"),
        ((torch.ones(1),) * 3, r"\(\(1,\), \(1,\), \(1,\)\)"),
        ((2.0,), r"\(no tensor\)"),
    ],
)
def test_other_parameters_are_refused(parameters, shapes):
    with pytest.raises(ValueError, match=rf"of one number, not {shapes}\nhint: choose elements"):
        surface(lambda: 1.0, *parameters)


def test_one_point_is_no_grid():
    with pytest.raises(ValueError, match="at least 2 points, not 1"):
        surface(lambda: 1.0, torch.ones(1), points=1)


def test_the_map_in_characters():
    w, b, loss_fn = line()
    found = surface(loss_fn, w, b, span=5, path=[(0.0, 0.0)])
    rows = str(found).splitlines()
    plane = [row.split("│")[1] for row in rows[:17]]
    assert {len(row) for row in plane} == {41}
    assert plane[8][20] == "o"
    assert [sum(row.count(sign) for row in plane) for sign in "•Xo"] == [1, 1, 1]
    assert rows[-2:] == ["o w = 1, b = -2, loss 51.67", "X w = 3, b = 1, loss 0"]
    assert plane[16][0] == " "
    assert plane[8][27] in "@%#"


HARD = {
    "constant": lambda w, b: 1.0,
    "nan": lambda w, b: math.nan,
    "part nan": lambda w, b: torch.log(w).item() + b.item(),
    "infinite": lambda w, b: math.inf if w > 0 else b.item(),
    "huge": lambda w, b: 1e300 * w.item() * b.item(),
}


@pytest.mark.parametrize("kind", HARD)
def test_losses_that_are_hard_to_draw(kind, tmp_path):
    w, b = torch.tensor(0.0), torch.tensor(0.0)
    found = surface(lambda: HARD[kind](w, b), w, b, points=7)
    plane = "".join(row.split("│")[1] for row in str(found).splitlines()[:17])
    assert ("?" in plane) == (kind in ("nan", "part nan", "infinite"))
    ElementTree.fromstring(found._repr_svg_())
    curve = surface(lambda: HARD[kind](w, b), w, points=7)
    assert str(curve)
    ElementTree.fromstring(curve._repr_svg_())
    if pytest.importorskip("matplotlib"):
        found.save(tmp_path / "x.png")


def test_files(tmp_path):
    pytest.importorskip("matplotlib")
    w, b, loss_fn = line()
    found = surface(loss_fn, w, b, points=5, path=[(0, 0)])
    for name, kind in (("a.png", "contour"), ("b.png", "3d"), ("c.svg", "contour")):
        found.save(tmp_path / name, kind=kind)
    surface(loss_fn, w, points=5).save(tmp_path / "d.png")
    surface(loss_fn, w, points=5, path=[0.0]).save(tmp_path / "e.svg")
    assert all(
        (tmp_path / name).read_bytes()[1:4] == b"PNG" for name in ("a.png", "b.png", "d.png")
    )
    ElementTree.parse(tmp_path / "e.svg")
    with pytest.raises(ValueError, match="'contour' or '3d', not 'pie'"):
        found.save(tmp_path / "f.png", kind="pie")


def test_no_window_and_no_matplotlib_until_a_file_is_wanted():
    before = "matplotlib.pyplot" in sys.modules
    w, b, loss_fn = line()
    found = surface(loss_fn, w, b, points=3)
    assert str(found)
    assert found._repr_svg_()
    assert ("matplotlib.pyplot" in sys.modules) == before


def test_resampling():
    grid = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert resampled(grid, 3, 3).tolist() == [[0, 0.5, 1], [1, 1.5, 2], [2, 2.5, 3]]
    assert np.array_equal(resampled(grid, 2, 2), grid)
