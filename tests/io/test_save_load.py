"""PyTorch's files: what is written, what is read, what is refused."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

import chainrule as torch
from chainrule.core.dtype import ALL

GOLDEN = Path(__file__).parent.parent / "golden" / "pytorch.pt"


def through(obj: Any) -> Any:
    buffer = io.BytesIO()
    torch.save(obj, buffer)
    buffer.seek(0)
    return torch.load(buffer)


def test_a_file_of_pytorch() -> None:
    got = torch.load(GOLDEN)
    assert got["a"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert got["b"].tolist() == [3.0, 4.0, 5.0]
    got["b"][0] = 9.0  # b is a view of a in the file too
    assert got["a"][1, 0].item() == 9.0
    assert isinstance(got["p"], torch.nn.Parameter)
    assert list(got["sd"]) == ["weight", "bias"]
    assert got["n"] == [1, 2.5, "s", None, True, (1, 2)]
    assert got["sz"] == torch.Size([2])
    assert got["dt"] is torch.float32
    assert got["dev"] == torch.device("cpu")
    assert got["by"] == b"ab\xff"
    assert got["c"] == 1j
    assert got["st"] == {1, 2}
    assert got["i"].dtype is torch.int64
    assert got["u"].dtype is torch.uint16
    assert got["bl"].item() is True
    assert got["r"].requires_grad
    assert got["bf"].dtype is torch.bfloat16
    assert got["e"].shape == (0, 3)
    assert got["z"].dtype is torch.complex64


@pytest.mark.parametrize(
    "dtype",
    [kind.name for kind in ALL],
)
def test_every_dtype_comes_back(dtype: str) -> None:
    x = torch.ones(2, 3).to(getattr(torch, dtype))
    y = through(x)
    assert y.dtype is x.dtype
    assert y.shape == x.shape
    assert bool((y == x).all())


def test_containers_come_back() -> None:
    obj = {"x": [torch.ones(2), (1, "a", None)], "y": {3: torch.Size([1, 2])}, "d": torch.float64}
    back = through(obj)
    assert back["x"][1] == (1, "a", None)
    assert back["y"] == {3: torch.Size([1, 2])}
    assert back["d"] is torch.float64


def test_views_share_memory_again() -> None:
    x = torch.zeros(4)
    a, b = through([x, x[1:3]])
    b[0] = 5.0
    assert a.tolist() == [0.0, 5.0, 0.0, 0.0]


def test_strided_and_empty_and_requires_grad() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    assert through(x.T).tolist() == x.T.tolist()
    assert through(torch.zeros(0, 3)).shape == (0, 3)
    assert through(torch.ones(1, requires_grad=True)).requires_grad
    assert through(x[:, 1]).tolist() == [1.0, 4.0]


def test_module_state_round_trip(tmp_path: Path) -> None:
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    torch.save(net.state_dict(), tmp_path / "net.pt")
    other = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    other.load_state_dict(torch.load(tmp_path / "net.pt"))
    x = torch.ones(1, 3)
    assert torch.equal(net(x), other(x))


def test_the_same_object_gives_the_same_bytes() -> None:
    one, two = io.BytesIO(), io.BytesIO()
    torch.save({"x": torch.ones(3)}, one)
    torch.save({"x": torch.ones(3)}, two)
    assert one.getvalue() == two.getvalue()


class Evil:
    def __reduce__(self) -> Any:
        import os

        return os.system, ("echo broken in",)


def archive(structure: bytes, **entries: bytes) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as z:
        z.writestr("archive/data.pkl", structure)
        for name, data in entries.items():
            z.writestr(f"archive/data/{name}", data)
    buffer.seek(0)
    return buffer


def test_a_file_cannot_run_code() -> None:
    for weights_only in (True, False, None):
        with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL"):
            torch.load(archive(pickle.dumps(Evil(), 2)), weights_only=weights_only)


def test_only_added_names_are_known() -> None:
    structure = pickle.dumps(Path("x"), 2)
    with pytest.raises(pickle.UnpicklingError, match="add_safe_globals"):
        torch.load(archive(structure))
    with torch.serialization.safe_globals([Path, type(Path("x"))]):
        assert torch.load(archive(structure)) == Path("x")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(archive(structure))


def outside(offset: int, size: tuple[int, ...], stride: tuple[int, ...], count: int) -> bytes:
    """The structure of a tensor that reaches beyond a storage of two floats."""
    head = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n"
    head += b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    head += b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + pickle.dumps(count, 2)[2:-1] + b"tQ"
    for part in (offset, size, stride):
        head += pickle.dumps(part, 2)[2:-1]
    return head + b"\x89NtR."


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, (3,), (1,)), (1, (2,), (1,)), (0, (2,), (2,)), (-1, (1,), (1,)), (0, (2,), (-1,))],
)
def test_a_tensor_outside_its_storage_is_refused(offset: int, size: Any, stride: Any) -> None:
    good = torch.load(archive(outside(0, (2,), (1,), 2), **{"0": bytes(8)}))
    assert good.tolist() == [0.0, 0.0]
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        torch.load(archive(outside(offset, size, stride, 2), **{"0": bytes(8)}))


def test_a_short_or_missing_storage_is_refused() -> None:
    with pytest.raises(RuntimeError, match="incomplete"):
        torch.load(archive(outside(0, (2,), (1,), 2), **{"0": bytes(4)}))
    with pytest.raises(RuntimeError, match="failed reading zip archive"):
        torch.load(archive(outside(0, (2,), (1,), 2)))


def test_damaged_files(tmp_path: Path) -> None:
    whole = GOLDEN.read_bytes()
    for name, content, error in (
        ("empty", b"", EOFError),
        ("text", b"hello world", pickle.UnpicklingError),
        ("short", whole[:1500], RuntimeError),
        (
            "flipped",
            whole[:600] + b"\xff\xff" + whole[602:],
            (RuntimeError, pickle.UnpicklingError),
        ),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(error):
            torch.load(path)
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "none.pt")


def test_nothing_is_half_written(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save(torch.ones(1), path)
    before = path.read_bytes()
    with pytest.raises((AttributeError, pickle.PicklingError)):
        torch.save({"x": torch.ones(2), "f": lambda: 1}, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.pt"]
    with pytest.raises(RuntimeError, match="Parent directory"):
        torch.save(torch.ones(1), tmp_path / "no" / "x.pt")


def test_cuda_files_need_a_map_location() -> None:
    structure = outside(0, (2,), (1,), 2).replace(b"\x03\x00\x00\x00cpu", b"\x06\x00\x00\x00cuda:0")
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="map_location"):
            torch.load(archive(structure, **{"0": bytes(8)}))
    for place in ("cpu", torch.device("cpu"), {"cuda:0": "cpu"}, lambda storage, where: storage):
        got = torch.load(archive(structure, **{"0": bytes(8)}), map_location=place)
        assert got.device.type == "cpu"
