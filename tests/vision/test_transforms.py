"""Transforms: what torchvision gives and prints, one image at a time and many in one call."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.vision import image, transforms
from chainrule.vision.image import ArrayImage, from_pixels
from chainrule.vision.resample import resample, resized
from chainrule.vision.transforms import functional as F
from chainrule.vision.transforms import v2
from chainrule.vision.transforms.transforms import takes_batches

RANDOM = np.random.default_rng(0)


def bytes_of(*shape):
    return RANDOM.integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(params=["pillow", "arrays"])
def gray(request, monkeypatch):
    """A gray image of 20 x 28, of both kinds."""
    if request.param == "pillow":
        pytest.importorskip("PIL")
    else:
        monkeypatch.setattr(image, "Image", None)
        monkeypatch.setattr(F, "Image", None)
    return from_pixels(bytes_of(20, 28))


def test_to_tensor_scales_bytes_and_puts_channels_first(gray):
    tensor = transforms.ToTensor()(gray)
    assert tensor.shape == (1, 20, 28)
    assert tensor.dtype is torch.float32
    assert np.array_equal(tensor.numpy()[0], np.asarray(gray).astype("f4") / np.float32(255))


def test_to_tensor_of_arrays():
    colour = bytes_of(4, 5, 3)
    assert np.array_equal(F.to_tensor(colour), colour.transpose(2, 0, 1) / np.float32(255))
    halves = np.full((2, 2), 0.5)
    tensor = F.to_tensor(halves)
    assert tensor.dtype is torch.float64  # only bytes are scaled
    halves[:] = 1
    assert tensor.max() == 0.5  # and the memory is its own
    with pytest.raises(TypeError, match=r"pic should be PIL Image or ndarray. Got <class 'list'>"):
        F.to_tensor([1])
    with pytest.raises(ValueError, match=r"pic should be 2/3 dimensional. Got 4 dimensions."):
        F.to_tensor(bytes_of(1, 2, 3, 4))


def test_to_tensor_follows_the_default_type(gray):
    torch.set_default_dtype(torch.float64)
    try:
        assert F.to_tensor(gray).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_there_and_back(gray):
    back = F.to_pil_image(F.to_tensor(gray))
    assert type(back) is type(gray)
    assert np.array_equal(np.asarray(back), np.asarray(gray))
    assert np.array_equal(F.pil_to_tensor(gray)[0].numpy(), np.asarray(gray))


def test_normalize():
    x = torch.tensor([[[0.0, 1.0]], [[2.0, 4.0]]])
    y = transforms.Normalize((0.5, 2), (0.5, 4))(x)
    assert y.tolist() == [[[-1, 1]], [[0, 0.5]]]
    assert x[0, 0, 0] == 0
    transforms.Normalize((0.5,), (0.5,), inplace=True)(x)
    assert x[0, 0, 0] == -1
    with pytest.raises(TypeError, match=r"Input tensor should be a float tensor. Got torch.int64."):
        F.normalize(torch.ones(1, 2, 2, dtype=torch.int64), (0,), (1,))
    with pytest.raises(TypeError, match=r"img should be Tensor Image. Got"):
        F.normalize(np.ones((1, 2, 2)), (0,), (1,))
    with pytest.raises(ValueError, match=r"size \(..., C, H, W\). Got tensor.size\(\) = "):
        F.normalize(torch.ones(2, 2), (0,), (1,))
    with pytest.raises(
        ValueError, match=r"std evaluated to zero after conversion to torch.float32"
    ):
        F.normalize(x, (0,), (0,))


def test_resize_chooses_sizes_as_torchvision(gray):
    assert transforms.Resize(10)(gray).size == (14, 10)
    assert transforms.Resize([10])(gray).size == (14, 10)
    assert transforms.Resize((9, 7))(gray).size == (7, 9)
    assert transforms.Resize(10, max_size=12)(gray).size == (12, 8)
    assert transforms.Resize(20)(gray) is gray
    assert resized(28, 20, 10) == (14, 10)
    with pytest.raises(ValueError, match="max_size = 10 must be strictly greater"):
        transforms.Resize(10, max_size=10)(gray)
    with pytest.raises(TypeError, match="Size should be int or sequence"):
        transforms.Resize(1.5)
    with pytest.raises(ValueError, match="it should have 1 or 2 values"):
        transforms.Resize((1, 2, 3))


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize(("old", "new"), [(28, 96), (28, 224), (28, 13), (28, 28), (5, 7), (1, 3)])
def test_resample_is_pillow_bit_for_bit(mode, old, new):
    pillow = pytest.importorskip("PIL.Image")
    pixels = bytes_of(old, old)
    expected = pillow.fromarray(pixels).resize((new, new), pillow.Resampling[mode.upper()])
    assert np.array_equal(resample(pixels, new, new, mode), expected)
    assert np.array_equal(resample(pixels[None, None], new, new, mode)[0, 0], expected)


def test_resize_of_tensors():
    x = torch.tensor([[[0.0, 1.0]]])
    assert torch.allclose(F.resize(x, (1, 4)), torch.tensor([[[0.0, 0.25, 0.75, 1.0]]]))
    assert F.resize(x.mul(255).to(torch.uint8), (1, 4)).tolist() == [[[0, 64, 191, 255]]]


def test_crops_and_flips(gray):
    pixels = np.asarray(gray)
    assert np.array_equal(F.crop(gray, 2, 3, 4, 5), pixels[2:6, 3:8])
    assert np.array_equal(transforms.CenterCrop(10)(gray), pixels[5:15, 9:19])
    assert np.array_equal(F.hflip(gray), pixels[:, ::-1])
    assert np.array_equal(F.vflip(gray), pixels[::-1])
    outside = np.asarray(F.crop(gray, -1, -2, 4, 40))
    assert outside.shape == (4, 40)
    assert np.array_equal(outside[1:, 2:30], pixels[:3])
    assert not outside[0].any()
    assert not outside[:, 30:].any()
    assert np.asarray(transforms.CenterCrop(24)(gray)).shape == (24, 24)
    tensor = F.to_tensor(gray)
    assert torch.equal(F.hflip(tensor), tensor.flip(-1))
    assert torch.equal(F.center_crop(tensor, (6, 4)), tensor[:, 7:13, 12:16])


def test_pad():
    x = torch.ones(1, 1, 1)
    assert F.pad(x, 1).sum() == 1
    assert F.pad(x, [1, 2], fill=2).shape == (1, 5, 3)
    assert F.pad(x, [0, 1, 2, 3]).shape == (1, 5, 3)
    assert F.pad(x, 1, padding_mode="edge").sum() == 9


def test_random_transforms_draw_the_numbers_of_torch():
    x = torch.arange(100.0).reshape(1, 10, 10)
    torch.manual_seed(0)
    crop = transforms.RandomCrop(4, padding=2)
    assert [crop(x)[0, -1, -1].item() for _ in range(3)] == [0, 24, 94]
    flips = transforms.RandomHorizontalFlip()
    assert [int(flips(x)[0, 0, 0]) for _ in range(6)] == [9, 0, 9, 0, 9, 9]
    assert transforms.RandomCrop(10)(x) is not None
    with pytest.raises(ValueError, match=r"Required crop size \(11, 11\) is larger than input"):
        transforms.RandomCrop(11)(x)
    assert transforms.RandomCrop(12, pad_if_needed=True)(x).shape == (1, 12, 12)
    assert transforms.RandomVerticalFlip(p=1)(x)[0, 0, 0] == 90


def test_grayscale():
    colour = bytes_of(3, 4, 3)
    pillow = pytest.importorskip("PIL.Image")
    expected = np.asarray(pillow.fromarray(colour).convert("L"))
    for img in (pillow.fromarray(colour), ArrayImage(colour, "RGB")):
        assert np.array_equal(transforms.Grayscale()(img), expected)
        three = np.asarray(transforms.Grayscale(3)(img))
        assert np.array_equal(three, np.stack([expected] * 3, -1))
    tensor = torch.tensor([[[1.0]], [[2.0]], [[3.0]]])
    assert torch.allclose(F.rgb_to_grayscale(tensor), torch.tensor([[[1.8149]]]), atol=1e-4)


def test_convert_image_dtype():
    convert = F.convert_image_dtype
    levels = torch.tensor([0, 128, 255], dtype=torch.uint8)
    assert torch.equal(convert(levels), levels / 255)
    assert convert(torch.tensor([0.0, 0.5, 1.0]), torch.uint8).tolist() == [0, 127, 255]
    assert convert(levels, torch.int32).tolist() == [0, 128 * 2**23, 255 * 2**23]
    assert convert(levels.to(torch.int16) * 128, torch.uint8).tolist() == [0, 128, 255]
    with pytest.raises(RuntimeError, match=r"cast from torch.float32 to torch.int32 cannot be"):
        convert(torch.ones(1), torch.int32)


def test_repr():
    chain = transforms.Compose(
        [
            transforms.Resize((32, 32)),
            transforms.CenterCrop(28),
            transforms.RandomCrop(28, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.Pad(2),
            transforms.Grayscale(),
            transforms.ToTensor(),
            transforms.ConvertImageDtype(torch.float32),
            transforms.Normalize((0.1307,), (0.3081,)),
            transforms.Lambda(lambda x: x),
            transforms.ToPILImage(),
            transforms.ToPILImage("L"),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )
    assert repr(chain) == (
        "Compose(\n"
        "    Resize(size=(32, 32), interpolation=bilinear, max_size=None, antialias=True)\n"
        "    CenterCrop(size=(28, 28))\n"
        "    RandomCrop(size=(28, 28), padding=4)\n"
        "    RandomHorizontalFlip(p=0.5)\n"
        "    Pad(padding=2, fill=0, padding_mode=constant)\n"
        "    Grayscale(num_output_channels=1)\n"
        "    ToTensor()\n"
        "    ConvertImageDtype()\n"
        "    Normalize(mean=(0.1307,), std=(0.3081,))\n"
        "    Lambda()\n"
        "    ToPILImage()\n"
        "    ToPILImage(mode=L)\n"
        "    ToDtype(dtype=torch.float32, scale=True)\n"
        ")"
    )


@pytest.mark.parametrize(
    "chain",
    [
        transforms.ToTensor(),
        transforms.Compose([transforms.Resize(40), transforms.ToTensor()]),
        transforms.Compose([transforms.CenterCrop(16), transforms.PILToTensor()]),
        transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1,), (0.3,))]),
        transforms.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]),
        transforms.Compose([transforms.Grayscale(3), transforms.ToTensor()]),
    ],
)
def test_a_batch_is_treated_like_its_images(chain):
    assert takes_batches(chain)
    pixels = bytes_of(5, 28, 28)
    each = torch.stack([chain(from_pixels(one)) for one in pixels])
    assert torch.equal(chain(ArrayImage(pixels)), each)


def test_what_may_not_be_batched():
    class Mine(transforms.ToTensor):
        pass

    for chain in (
        transforms.RandomCrop(3),
        transforms.Lambda(abs),
        Mine(),
        None,
        transforms.Resize((3, 4)),
        transforms.Compose([transforms.ToTensor(), torch.sigmoid]),
    ):
        assert not takes_batches(chain)


def test_unusual_images_need_pillow(monkeypatch):
    monkeypatch.setattr(image, "Image", None)
    with pytest.raises(ImportError, match="pip install pillow"):
        from_pixels(np.zeros((2, 2)))
    assert repr(from_pixels(bytes_of(2, 3))) == "<ArrayImage mode=L size=3x2>"
    assert from_pixels(bytes_of(2, 3, 4)).getbands() == ("R", "G", "B", "A")
