"""Grids of pictures and picture files."""

import pytest

import chainrule as torch
from chainrule.vision import io, utils


def test_make_grid():
    images = torch.arange(1.0, 6.0).reshape(5, 1, 1, 1).expand(5, 1, 2, 3)
    grid = utils.make_grid(images, nrow=2, padding=1, pad_value=9)
    assert grid.shape == (3, 3 * 3 + 1, 2 * 4 + 1)
    assert grid[0, 1].tolist() == [9, 1, 1, 1, 9, 2, 2, 2, 9]
    assert grid[2, 7].tolist() == [9, 5, 5, 5, 9, 9, 9, 9, 9]
    assert torch.equal(utils.make_grid(list(images), nrow=2, padding=1, pad_value=9), grid)
    assert utils.make_grid(images[0]).shape == (3, 2, 3)
    assert utils.make_grid(images[0, 0]).shape == (3, 2, 3)
    with pytest.raises(TypeError, match="tensor or list of tensors expected"):
        utils.make_grid([1])


def test_make_grid_normalizes():
    images = torch.tensor([0.0, 1.0, 2.0, 4.0]).reshape(2, 1, 1, 2)
    grid = utils.make_grid(images, normalize=True, padding=0)
    assert grid[0].tolist() == [[0, 0.25, 0.5, 1]]
    grid = utils.make_grid(images, normalize=True, scale_each=True, padding=0)
    assert grid[0].tolist() == [[0, 1, 0, 1]]
    grid = utils.make_grid(images, normalize=True, value_range=(0, 2), padding=0)
    assert grid[0].tolist() == [[0, 0.5, 1, 1]]
    assert images.max() == 4


def test_files(tmp_path):
    pytest.importorskip("PIL")
    images = torch.rand(3, 3, 4, 5)
    utils.save_image(images, tmp_path / "grid.png", nrow=3, padding=0)
    read = io.read_image(tmp_path / "grid.png")
    assert read.dtype is torch.uint8
    assert read.shape == (3, 4, 15)
    assert torch.equal(read[..., :5], (images[0] * 255 + 0.5).to(torch.uint8))
    io.write_png(read, str(tmp_path / "again.png"))
    gray = io.read_image(str(tmp_path / "again.png"), io.ImageReadMode.GRAY)
    assert gray.shape == (1, 4, 15)
    io.write_jpeg(read, str(tmp_path / "again.jpg"))
    assert io.read_image(tmp_path / "again.jpg").shape == (3, 4, 15)
