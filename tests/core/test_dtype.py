"""Types: names, limits, and the one dtype object that stands for each."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import chainrule as torch
from chainrule.core.dtype import ALL


def test_unpickled_arrays_get_the_one_dtype_object() -> None:
    array = pickle.loads(pickle.dumps(np.ones(2, np.float32)))
    for tensor in (torch.from_numpy(array), torch.as_tensor(array), torch.tensor(array)):
        assert tensor._data.dtype is np.dtype("float32")
    again = pickle.loads(pickle.dumps(torch.ones(2)))
    assert again._data.dtype is np.dtype("float32")
    assert (again + torch.ones(2)).dtype is torch.float32


def test_from_numpy_shares_and_refuses() -> None:
    array = np.zeros(3)
    torch.from_numpy(array)[1] = 5.0
    assert array.tolist() == [0.0, 5.0, 0.0]
    with pytest.raises(TypeError, match=r"expected np\.ndarray"):
        torch.from_numpy([1.0])
    with pytest.raises(TypeError, match=r"numpy\.str_"):
        torch.from_numpy(np.array(["a"]))
    with pytest.raises(ValueError, match="negative"):
        torch.from_numpy(np.zeros(3)[::-1])
    with pytest.raises(ValueError, match="byte order"):
        torch.from_numpy(np.zeros(3, ">f4"))


def test_names_and_limits() -> None:
    assert repr(torch.float32) == "torch.float32"
    assert torch.half is torch.float16
    assert torch.finfo(torch.float32).eps == np.finfo(np.float32).eps
    assert torch.iinfo(torch.int8).max == 127
    assert str(torch.finfo(torch.float64)).startswith("finfo(resolution=1e-15, min=-1.79769e+308")
    with pytest.raises(TypeError, match="floating point"):
        torch.finfo(torch.int32)
    for kind in ALL:
        assert pickle.loads(pickle.dumps(kind)) is kind


def test_the_default_dtype() -> None:
    assert torch.get_default_dtype() is torch.float32
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor([1.0]).dtype is torch.float64
        assert torch.zeros(1).dtype is torch.float64
        assert (torch.tensor([1]) / 2).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    with pytest.raises(TypeError, match="only floating-point types"):
        torch.set_default_dtype(torch.int32)


def test_devices() -> None:
    assert repr(torch.device("cuda:1")) == "device(type='cuda', index=1)"
    assert str(torch.device("cpu")) == "cpu"
    assert torch.device("cpu") == torch.device(torch.device("cpu"))
    with pytest.raises(RuntimeError, match="at start of device string: foo"):
        torch.device("foo")
    if not torch.cuda.is_available():
        with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled\nhint"):
            torch.ones(2).cuda()


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: torch.tensor([[1, 2], [3]]), ValueError, "expected sequence of length 2 at dim 1"),
        (lambda: torch.tensor("a"), TypeError, "invalid data type 'str'"),
        (lambda: torch.tensor(["a"]), ValueError, "too many dimensions 'str'"),
        (lambda: torch.tensor([1, None]), RuntimeError, "Could not infer dtype of NoneType"),
        (lambda: torch.tensor([2**64]), ValueError, "Overflow when unpacking long long"),
        (lambda: torch.tensor([300], dtype=torch.uint8), RuntimeError, "without overflow"),
        (lambda: torch.Tensor(2.5), TypeError, "data must be a sequence"),
        (lambda: torch.zeros(-1), RuntimeError, "non-negative"),
        (lambda: torch.zeros(2.5), TypeError, "must be tuple of ints, not float"),
        (lambda: torch.arange(5, 1), RuntimeError, "inconsistent with step sign"),
        (lambda: torch.arange(0, 1, 0), RuntimeError, "step must be nonzero"),
        (lambda: torch.arange(0, 1, 0.5, dtype=torch.int64), ValueError, "step must be nonzero"),
        (lambda: torch.arange(2, dtype=torch.bool), NotImplementedError, '"arange_cpu"'),
        (lambda: torch.arange(1j), RuntimeError, "cannot be converted to type double"),
        (lambda: torch.linspace(0, 1, 2.5), TypeError, "'steps' must be int, not float"),
        (lambda: torch.logspace(torch.ones(2), 1, 3), RuntimeError, "0-dimensional start and end"),
        (lambda: torch.eye(-1), RuntimeError, "n must be greater or equal to 0, got -1"),
        (lambda: torch.linspace(0, 1, -1), RuntimeError, "number of steps must be non-negative"),
        (lambda: torch.ones(2).item(), RuntimeError, "cannot be converted to Scalar"),
        (lambda: bool(torch.ones(2)), RuntimeError, "more than one value is ambiguous"),
        (lambda: len(torch.tensor(1)), TypeError, "0-d tensor"),
        (lambda: torch.ones(2, 3).size(5), IndexError, r"range of \[-2, 1\], but got 5"),
        (lambda: f"{torch.ones(2):.2f}", TypeError, "unsupported format string"),
        (lambda: torch.ones(1, requires_grad=True).numpy(), RuntimeError, "Can't call numpy"),
    ],
)
def test_what_bad_input_gets(make, error, match) -> None:
    with pytest.raises(error, match=match):
        make()


def test_creation_in_every_form() -> None:
    assert torch.tensor([1, 2.5, True]).tolist() == [1.0, 2.5, 1.0]
    assert torch.tensor([np.float64(1)]).dtype is torch.float64
    assert torch.tensor([torch.tensor(1.0), torch.tensor(2)]).tolist() == [1.0, 2.0]
    assert torch.tensor([[]]).shape == (1, 0)
    assert torch.tensor([1.5], dtype=torch.int64).tolist() == [1]
    assert torch.Tensor(2, 3).shape == torch.Size([2, 3])
    assert torch.LongTensor([1.5]).tolist() == [1]
    assert isinstance(torch.ones(1), torch.FloatTensor)
    assert not isinstance(torch.ones(1), torch.LongTensor)
    assert torch.ones(2).type() == "torch.FloatTensor"
    assert torch.ones(2).type("torch.DoubleTensor").dtype is torch.float64
    assert torch.arange(0, 1, 0.25).tolist() == [0.0, 0.25, 0.5, 0.75]
    assert torch.linspace(0, 10, 3, dtype=torch.int64).tolist() == [0, 5, 10]
    assert torch.full((2,), True).dtype is torch.bool
    assert torch.zeros(2).new_tensor([1, 2]).dtype is torch.float32
    assert torch.zeros(size=(2,), requires_grad=True).requires_grad
    assert f"{torch.tensor(1.5):.2f}" == "1.50"
    assert [10, 20, 30][torch.tensor(2)] == 30


def test_ranges_are_pytorchs() -> None:
    whole = torch.int64
    assert torch.arange(-0.9, 2.1, 2.0, dtype=whole).tolist() == [0]
    assert torch.arange(-2.5, -8.1, -1.3, dtype=whole).tolist() == [-2, -3, -4, -5, -6, -7]
    assert torch.arange(2.5, 6.1, 0.7, dtype=torch.int32).tolist() == [2] * 6
    assert torch.arange(0, 5, 2, out=torch.empty(0)).tolist() == [0.0, 2.0, 4.0]
    assert torch.linspace(0, 1j, 3).tolist() == [0, 0.5j, 1j]
    assert torch.logspace(0, 2, 3, 2, out=torch.empty(0)).tolist() == [1.0, 2.0, 4.0]
    assert torch.eye(1, out=torch.empty(0, dtype=whole)).tolist() == [[1]]
    assert torch.range(0, 5.5, 2, dtype=whole).tolist() == [0, 2, 4]


def test_no_warnings_in_new_threads() -> None:
    program = (
        "import threading, chainrule as torch\n"
        "divide = lambda: print(torch.tensor([1.0]) / 0)\n"
        "thread = threading.Thread(target=divide)\n"
        "thread.start()\n"
        "thread.join()\n"
        "divide()\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == "tensor([inf])\n" * 2
    assert run.stderr == ""
