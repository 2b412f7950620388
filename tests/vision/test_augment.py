"""Random transforms: what stays, what changes, how they print, and their colours."""

import colorsys

import numpy as np
import pytest

import chainrule as torch
from chainrule.vision import transforms
from chainrule.vision.image import ArrayImage
from chainrule.vision.transforms import colour

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
TENSOR = torch.from_numpy(PIXELS.transpose(2, 0, 1) / 255).float()


@pytest.mark.parametrize(
    "change",
    [
        lambda x: colour.adjust_brightness(x, 1.0),
        lambda x: colour.adjust_contrast(x, 1.0),
        lambda x: colour.adjust_saturation(x, 1.0),
        lambda x: colour.adjust_hue(x, 0.0),
        lambda x: colour.rotate(x, 0),
        lambda x: colour.gaussian_blur(x, 3, 1e-3),
    ],
)
def test_nothing_done_leaves_the_image(change):
    np.testing.assert_array_equal(change(ArrayImage(PIXELS, "RGB")).pixels, PIXELS)
    np.testing.assert_allclose(change(TENSOR).numpy(), TENSOR.numpy(), atol=1e-6)


def test_brightness_contrast_and_saturation():
    assert not colour.adjust_brightness(TENSOR, 0).any()
    bright = colour.adjust_brightness(TENSOR, 2)
    np.testing.assert_allclose(bright.numpy(), np.minimum(2 * TENSOR.numpy(), 1), atol=1e-6)
    flat = colour.adjust_contrast(TENSOR, 0)
    assert float(flat.max() - flat.min()) == pytest.approx(0, abs=1e-6)
    gray = colour.adjust_saturation(TENSOR, 0)
    np.testing.assert_allclose(gray[0].numpy(), gray[2].numpy(), atol=1e-6)


@pytest.mark.parametrize("by", [-0.4, 0.25, 0.5])
def test_hue_is_that_of_colorsys(by):
    turned = colour.adjust_hue(TENSOR, by).numpy()
    for r, c in ((0, 0), (3, 2), (5, 4)):
        hue, saturation, value = colorsys.rgb_to_hsv(*TENSOR[:, r, c].tolist())
        want = colorsys.hsv_to_rgb((hue + by) % 1, saturation, value)
        np.testing.assert_allclose(turned[:, r, c], want, atol=1e-5)


def test_turns_by_right_angles_are_exact():
    square = torch.arange(9.0).reshape(1, 3, 3)
    want = np.rot90(square[0].numpy())
    np.testing.assert_array_equal(colour.rotate(square, 90)[0].numpy(), want)
    corner = colour.rotate(torch.ones(1, 5, 5), 45, fill=7)
    assert corner[0, 0, 0] == 7


def test_a_blur_keeps_the_mean_and_takes_the_spread():
    blurred = colour.gaussian_blur(TENSOR, [3, 5], 2.0)
    assert blurred.shape == TENSOR.shape
    assert float(blurred.std()) < float(TENSOR.std())
    with pytest.raises(ValueError, match="odd and positive"):
        colour.gaussian_blur(TENSOR, 4)


def test_seeded_transforms_repeat():
    chain = transforms.Compose(
        [
            transforms.RandomResizedCrop(4),
            transforms.ColorJitter(0.2, 0.2, 0.2, 0.1),
            transforms.RandomRotation(10),
            transforms.RandomGrayscale(),
            transforms.RandomErasing(p=1.0),
            transforms.RandomApply([transforms.RandomHorizontalFlip()], p=0.5),
            transforms.GaussianBlur(3),
        ]
    )
    torch.manual_seed(1)
    first = chain(TENSOR)
    torch.manual_seed(1)
    assert torch.equal(chain(TENSOR), first)
    assert first.shape == (3, 4, 4)


def test_erased_rectangles():
    torch.manual_seed(0)
    erased = transforms.RandomErasing(p=1.0, value=(1.0, 0.0, 2.0))(torch.full((3, 20, 20), 5.0))
    changed = (erased != 5).all(0)
    assert 0 < int(changed.sum()) < 400
    assert erased[:, changed][:, 0].tolist() == [1.0, 0.0, 2.0]
    with pytest.raises(TypeError, match="img should be Tensor Image"):
        colour.erase(ArrayImage(PIXELS, "RGB"), 0, 0, 1, 1, 0)


def test_refusals():
    with pytest.raises(ValueError, match=r"hue_factor \(0.7\) is not in"):
        colour.adjust_hue(TENSOR, 0.7)
    with pytest.raises(ValueError, match="brightness is a single number"):
        transforms.ColorJitter(brightness=-1)
    with pytest.raises(ValueError, match="hue values should be between"):
        transforms.ColorJitter(hue=0.6)
    with pytest.raises(NotImplementedError, match="expand"):
        transforms.RandomRotation(10, expand=True)


def test_how_they_print():
    assert repr(transforms.ColorJitter(0.5)) == (
        "ColorJitter(brightness=(0.5, 1.5), contrast=None, saturation=None, hue=None)"
    )
    assert repr(transforms.RandomRotation(10)) == (
        "RandomRotation(degrees=[-10.0, 10.0], interpolation=nearest, expand=False, fill=0)"
    )
    assert repr(transforms.RandomResizedCrop(8)) == (
        "RandomResizedCrop(size=(8, 8), scale=(0.08, 1.0), ratio=(0.75, 1.3333), "
        "interpolation=bilinear, antialias=True)"
    )
