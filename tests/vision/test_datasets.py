"""Data sets: where files are looked for, how they are fetched, what is said about bad ones."""

import gzip
import hashlib
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import chainrule as torch
from chainrule.utils.data import DataLoader
from chainrule.vision import datasets, transforms
from chainrule.vision.datasets.download import download
from chainrule.vision.datasets.idx import read_idx

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (20, 28, 28), dtype=np.uint8)
LABELS = (np.arange(20) % 10).astype(np.uint8)
NAMES = [name for name, _ in datasets.MNIST.resources]


def idx(array):
    """An array of bytes as an IDX file."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


FILES = {
    name: gzip.compress(idx(IMAGES if "images" in name else LABELS), mtime=0) for name in NAMES
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with compressed MNIST; nothing else is found."""
    monkeypatch.delenv("CHAINRULE_DATA", raising=False)
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in FILES.items():
        (raw / name).write_bytes(content)
    return tmp_path


def test_what_a_data_set_holds(root):
    data = datasets.MNIST(root)
    assert len(data) == 20
    assert data.data.dtype is torch.uint8
    assert data.data.shape == (20, 28, 28)
    assert data.targets.dtype is torch.int64
    assert data.targets.tolist() == LABELS.tolist()
    assert data.classes[3] == "3 - three"
    assert data.class_to_idx["3 - three"] == 3
    image, target = data[3]
    assert np.array_equal(image, IMAGES[3])
    assert (target, type(target)) == (3, int)
    with pytest.raises(IndexError):
        data[20]
    with pytest.warns(UserWarning, match="train_data has been renamed data"):
        assert data.train_data is data.data


def test_transforms_are_applied(root):
    data = datasets.MNIST(
        root, train=False, transform=transforms.ToTensor(), target_transform=lambda y: y + 100
    )
    image, target = data[0]
    assert image.shape == (1, 28, 28)
    assert target == 100
    data.data = data.data[:5]
    assert len(data) == 5


def test_repr(root):
    chain = transforms.Compose([transforms.ToTensor()])
    data = datasets.MNIST(str(root), transform=chain, target_transform=transforms.Lambda(int))
    assert repr(data) == (
        "Dataset MNIST\n"
        "    Number of datapoints: 20\n"
        f"    Root location: {root}\n"
        "    Split: Train\n"
        "    StandardTransform\n"
        "Transform: Compose(\n"
        "               ToTensor()\n"
        "           )\n"
        "Target transform: Lambda()"
    )
    assert repr(datasets.MNIST(str(root), train=False)).endswith("Split: Test")


def test_files_may_be_unpacked_or_in_the_shared_folder(root, tmp_path, monkeypatch):
    for name in NAMES:
        path = root / "MNIST" / "raw" / name
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert len(datasets.MNIST(root)) == 20
    monkeypatch.setenv("CHAINRULE_DATA", str(root))
    assert len(datasets.MNIST(tmp_path / "elsewhere", download=True)) == 20
    assert not (tmp_path / "elsewhere").exists()


def test_without_files_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("CHAINRULE_DATA", raising=False)
    with pytest.raises(RuntimeError, match="You can use download=True to download it") as caught:
        datasets.FashionMNIST(tmp_path)
    assert "train-images-idx3-ubyte.gz" in str(caught.value)
    assert str(tmp_path / "FashionMNIST" / "raw") in str(caught.value)
    assert "chainrule.data.digits()" in str(caught.value)
    assert not (tmp_path / "FashionMNIST").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it begins with nothing"),
        (b"<html>", "it begins with 3c 68 74 6d"),
        (idx(LABELS)[:6], "it ends within its header"),
        (idx(LABELS)[:-1], "its header promises 28 bytes and it has 27"),
        (idx(LABELS) + b"x", "its header promises 28 bytes and it has 29"),
        (gzip.compress(idx(LABELS), mtime=0)[:-9], "end-of-stream"),
        (gzip.compress(idx(LABELS), mtime=0)[:-2], "is not a sound IDX file"),
        (b"\x1f\x8b" + bytes(20), "is not a sound IDX file"),
        (b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 20, "is not a sound IDX file"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content, reason):
    path = tmp_path / "labels"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=reason) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)
    assert "hint: delete the file and fetch it again" in str(caught.value)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_all_types_of_idx(tmp_path, dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    code = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}[dtype]
    header = struct.pack(">4B2I", 0, 0, code, 2, 2, 3)
    (tmp_path / "x").write_bytes(header + array.astype(f">{dtype}").tobytes())
    found = read_idx(tmp_path / "x")
    assert np.array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.dtype.isnative


def test_images_and_labels_must_belong_together(root):
    (root / "MNIST" / "raw" / NAMES[1]).write_bytes(idx(LABELS[:-1]))
    with pytest.raises(ValueError, match="expected as many images as labels"):
        datasets.MNIST(root)


class Server(ThreadingHTTPServer):
    """Serves FILES; `cut` is after how many bytes a connection breaks, `asked` what was asked."""

    cut = None
    resumes = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content = FILES.get(self.path.lstrip("/"))
        part = self.headers.get("Range")
        self.server.asked.append((self.path, part))
        start = int(part.removeprefix("bytes=").rstrip("-")) if part and self.server.resumes else 0
        if content is None:
            return self.send_error(404)
        if start >= len(content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start:][: self.server.cut])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mnist(server, monkeypatch):
    """MNIST whose mirrors are nothing, then the server."""
    monkeypatch.delenv("CHAINRULE_DATA", raising=False)
    here = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(datasets.MNIST, "mirrors", [here + "nothing/", here])
    sums = [(name, hashlib.md5(content).hexdigest()) for name, content in FILES.items()]
    monkeypatch.setattr(datasets.MNIST, "resources", sums)
    return datasets.MNIST


def test_download(mnist, server, tmp_path):
    assert len(mnist(tmp_path, download=True)) == 20
    files = sorted(path.name for path in (tmp_path / "MNIST" / "raw").iterdir())
    assert files == sorted(NAMES)
    server.asked.clear()
    assert len(mnist(tmp_path, train=False, download=True)) == 20
    assert server.asked == []


@pytest.mark.parametrize("resumes", [True, False])
def test_a_download_goes_on_where_it_broke(server, tmp_path, resumes):
    content = FILES[NAMES[0]]
    url, path = f"http://127.0.0.1:{server.server_port}/{NAMES[0]}", tmp_path / NAMES[0]
    md5 = hashlib.md5(content).hexdigest()
    server.cut, server.resumes = 1000, resumes
    with pytest.raises(OSError, match=f"ended after 1000 of {len(content)} bytes"):
        download(url, path, md5)
    assert not path.exists()
    server.cut = None
    download(url, path, md5)
    assert server.asked[-1][1] == "bytes=1000-"
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_whole_part_needs_no_more_than_its_name(server, tmp_path):
    path = tmp_path / NAMES[0]
    path.with_name(path.name + ".part").write_bytes(FILES[NAMES[0]])
    url = f"http://127.0.0.1:{server.server_port}/{NAMES[0]}"
    download(url, path, hashlib.md5(FILES[NAMES[0]]).hexdigest())
    assert path.read_bytes() == FILES[NAMES[0]]


def test_another_file_is_refused(mnist, monkeypatch, tmp_path):
    monkeypatch.setattr(mnist, "resources", [(name, "0" * 32) for name in NAMES])
    with pytest.raises(RuntimeError, match="Error downloading train-images") as caught:
        mnist(tmp_path, download=True)
    assert "expected 00000" in str(caught.value)
    assert "404" in str(caught.value)
    assert "chainrule.data.digits()" in str(caught.value)
    assert list((tmp_path / "MNIST" / "raw").iterdir()) == []


def test_the_same_batches_as_one_image_at_a_time(root):
    chain = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1,), (0.3,))])
    whole = datasets.MNIST(root, transform=chain)
    single = datasets.MNIST(root, transform=transforms.Compose([chain]))
    single.transform = lambda image: chain(image)
    ends = []
    for data in (whole, single):
        torch.manual_seed(0)
        batches = list(DataLoader(data, 6, shuffle=True))
        ends.append((batches, torch.rand(1).item()))
    (first, after_first), (second, after_second) = ends
    assert after_first == after_second
    for (X, y), (A, b) in zip(first, second, strict=True):
        assert torch.equal(X, A)
        assert torch.equal(y, b)
        assert (X.dtype, y.dtype) == (torch.float32, torch.int64)
    assert [type(batch) for batch in first] == [type(batch) for batch in second]
