"""CIFAR, letters, folders of images, noise: what is read from which files, and refusals."""

import gzip
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

import chainrule as torch
from chainrule.vision import datasets

RANDOM = np.random.default_rng(0)


def cifar_files(folder):
    """Two batches, a test batch and the names, as they are published."""
    folder.mkdir(parents=True)
    rows = RANDOM.integers(0, 256, (4, 3072), dtype=np.uint8)
    for name in (*datasets.CIFAR10.train_files, *datasets.CIFAR10.test_files):
        (folder / name).write_bytes(pickle.dumps({"data": rows, "labels": [0, 1, 2, 3]}))
    names = {"label_names": [f"class{i}" for i in range(10)]}
    (folder / "batches.meta").write_bytes(pickle.dumps(names))
    return rows


def test_cifar(tmp_path):
    rows = cifar_files(tmp_path / "cifar-10-batches-py")
    found = datasets.CIFAR10(tmp_path, train=True)
    assert (len(found), found.data.shape) == (20, (20, 32, 32, 3))
    assert found.targets[:4] == [0, 1, 2, 3]
    assert found.class_to_idx["class3"] == 3
    np.testing.assert_array_equal(found.data[1, 5, 7], rows[1].reshape(3, 32, 32)[:, 5, 7])
    image, target = datasets.CIFAR10(tmp_path, train=False)[2]
    assert (image.size, target) == ((32, 32), 2)
    assert repr(found).splitlines()[-1].strip() == "Split: Train"


def test_cifar_of_another_python_is_read_and_code_is_refused(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    cifar_files(folder)
    old = pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [7]}, protocol=2)
    (folder / "test_batch").write_bytes(old)
    assert datasets.CIFAR10(tmp_path, train=False).targets == [7]
    (folder / "test_batch").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(pickle.UnpicklingError, match=r"os\.system"):
        datasets.CIFAR10(tmp_path, train=False)


def test_cifar_that_is_not_there(tmp_path):
    with pytest.raises(RuntimeError, match="Dataset not found or corrupted") as caught:
        datasets.CIFAR10(tmp_path)
    assert "cifar-10-batches-py" in str(caught.value)


def test_cifar_is_taken_out_of_its_archive(tmp_path, monkeypatch):
    cifar_files(tmp_path / "made" / "cifar-10-batches-py")
    archive = tmp_path / "cifar.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(tmp_path / "made" / "cifar-10-batches-py", "cifar-10-batches-py")
    import hashlib

    monkeypatch.setattr(datasets.CIFAR10, "url", archive.as_uri())
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())
    root = tmp_path / "data"
    assert len(datasets.CIFAR10(root, download=True)) == 20
    assert len(datasets.CIFAR10(root, download=True)) == 20  # and is not fetched again


def idx(array):
    """An array of bytes as a compressed IDX file."""
    head = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.tobytes())


def test_letters(tmp_path, monkeypatch):
    monkeypatch.delenv("CHAINRULE_DATA", raising=False)
    raw = tmp_path / "EMNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "emnist-letters-train-images-idx3-ubyte.gz").write_bytes(
        idx(np.zeros((3, 28, 28), np.uint8))
    )
    (raw / "emnist-letters-train-labels-idx1-ubyte.gz").write_bytes(
        idx(np.array([1, 2, 26], np.uint8))
    )
    found = datasets.EMNIST(tmp_path, "letters")
    assert [found.classes[t] for t in found.targets.tolist()] == ["a", "b", "z"]
    with pytest.raises(ValueError, match="Unknown value 'greek' for argument split"):
        datasets.EMNIST(tmp_path, "greek")
    sizes = {split: len(names) for split, names in datasets.EMNIST.classes_split_dict.items()}
    assert sizes == {
        "byclass": 62,
        "bymerge": 47,
        "balanced": 47,
        "letters": 27,
        "digits": 10,
        "mnist": 10,
    }
    with pytest.raises(RuntimeError, match="Dataset not found"):
        datasets.KMNIST(tmp_path)


def test_folders(tmp_path):
    for name in ("cat/2.txt", "cat/deep/1.txt", "dog/3.txt", "dog/other.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = datasets.DatasetFolder(
        tmp_path, loader=lambda p: Path(p).read_text(), extensions=(".txt",)
    )
    assert [found[i] for i in range(len(found))] == [
        ("cat/2.txt", 0),
        ("cat/deep/1.txt", 0),
        ("dog/3.txt", 1),
    ]
    assert (found.classes, found.targets) == (["cat", "dog"], [0, 0, 1])
    with pytest.raises(FileNotFoundError, match="no valid file for the classes cat, dog"):
        datasets.ImageFolder(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="Couldn't find any class folder"):
        datasets.ImageFolder(tmp_path / "empty")


def test_images_in_folders(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    Image.new("L", (5, 4), 7).save(tmp_path / "a" / "x.png")
    image, target = datasets.ImageFolder(tmp_path)[0]
    assert (image.mode, image.size, target) == ("RGB", (5, 4), 0)


def test_noise_is_the_same_at_each_look_and_draws_nothing():
    found = datasets.FakeData(size=3, image_size=(1, 4, 4), transform=np.asarray)
    torch.manual_seed(0)
    first = found[1]
    drawn = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(torch.rand(1), drawn)
    np.testing.assert_array_equal(found[1][0], first[0])
    with pytest.raises(IndexError, match="FakeData index out of range"):
        found[3]
    assert io.StringIO(repr(found)).readline() == "Dataset FakeData\n"
