"""`torch.load`: PyTorch's zip format, read without executing anything that the file brings."""

from __future__ import annotations

import io
import os
import pickle
import sys
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy

from ..backend import cuda_is_available
from ..core import device as devices
from ..core import dtype as dtypes
from ..core.safe_globals import SAFE_GLOBALS
from ..core.tensor import wrap
from ..errors import hint
from ..ops.creation import to_device
from .storage import BY_STORAGE

FileLike = str | os.PathLike[str] | BinaryIO
_added: dict[str, Any] = {}


def load(
    f: FileLike,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save`, here or in PyTorch, wrote: tensors, state dicts, plain containers.

    Names in the file are looked up in a fixed table (and what `add_safe_globals` added), whatever
    `weights_only` says: a file never gets to run code. UnpicklingError for any other name,
    RuntimeError for a damaged file.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return _load(file, os.fspath(f), map_location)
    return _load(f, getattr(f, "name", "the file"), map_location)


def _load(file: Any, name: str, map_location: Any) -> Any:
    start = file.tell()
    first = file.read(4)
    file.seek(start)
    if not first:
        raise EOFError(hint("Ran out of input", f"{name} is empty"))
    if first[:2] != b"PK":
        raise pickle.UnpicklingError(
            hint(
                f"invalid load key: {name} is not in PyTorch's zip format",
                "files of torch.save since PyTorch 1.6 can be read, older and other ones cannot",
            )
        )
    try:
        with zipfile.ZipFile(io.BytesIO(file.read()) if start else file) as archive:
            return _read(archive, map_location)
    except (zipfile.BadZipFile, KeyError, zipfile.LargeZipFile) as error:
        raise RuntimeError(
            hint(
                "PytorchStreamReader failed reading zip archive: failed finding central "
                f"directory or an entry ({error}).",
                f"{name} is damaged or incomplete; save or download it again",
            )
        ) from None


def _read(archive: zipfile.ZipFile, map_location: Any) -> Any:
    entry = next((n for n in archive.namelist() if n.endswith("data.pkl")), None)
    if entry is None:
        raise KeyError("data.pkl")
    prefix = entry.removesuffix("data.pkl")
    swap = False
    if f"{prefix}byteorder" in archive.namelist():
        swap = archive.read(f"{prefix}byteorder").decode() != sys.byteorder
    unpickler = _Unpickler(archive, prefix, swap, map_location)
    try:
        return unpickler.load()
    except (pickle.UnpicklingError, RuntimeError, zipfile.BadZipFile, KeyError):
        raise
    except Exception as error:
        raise pickle.UnpicklingError(
            hint(f"the structure of the file is damaged ({error})", "save it again")
        ) from None


class _StorageType:
    """Stands for a storage class named in the file."""

    def __init__(self, dtype: dtypes.dtype | None) -> None:
        self.dtype = dtype  # None: bytes


class _Unpickler(pickle.Unpickler):
    """Reads the structure, asking the archive for storages and the table for names."""

    def __init__(
        self, archive: zipfile.ZipFile, prefix: str, swap: bool, map_location: Any
    ) -> None:
        super().__init__(io.BytesIO(archive.read(f"{prefix}data.pkl")), encoding="utf-8")
        self.archive, self.prefix, self.swap = archive, prefix, swap
        self.map_location = map_location
        self.storages: dict[str, Any] = {}

    def find_class(self, module: str, name: str) -> Any:
        """The object a name stands for; UnpicklingError unless it is in the table."""
        full = f"{module}.{name}"
        if module == "torch" and name in BY_STORAGE:
            return _StorageType(BY_STORAGE[name])
        if full in ("torch.storage.UntypedStorage", "torch.UntypedStorage"):
            return _StorageType(None)
        found = _added.get(full, _REBUILD.get(full, SAFE_GLOBALS.get(full)))
        if found is None:
            raise pickle.UnpicklingError(
                hint(
                    f"Weights only load failed. Unsupported global: GLOBAL {full} was not an "
                    "allowed global by default.",
                    "save model.state_dict() instead of the object, or, if you trust the file, "
                    "use `torch.serialization.add_safe_globals([...])` with the class",
                )
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        """The storage that the structure refers to."""
        kind, storage_type, key, location, count = pid
        if kind != "storage" or not isinstance(storage_type, _StorageType):
            raise pickle.UnpicklingError(f"unknown reference in the file: {pid!r}")
        if key not in self.storages:
            data = bytearray(self.archive.read(f"{self.prefix}data/{key}"))
            own = dtypes.uint8 if storage_type.dtype is None else storage_type.dtype
            array = numpy.frombuffer(data, own.numpy)
            if array.size < count:
                raise RuntimeError(
                    hint(
                        f"storage {key} has {array.size} elements, but {count} were saved",
                        "the file is incomplete; save or download it again",
                    )
                )
            if self.swap and storage_type.dtype is not None:
                array.byteswap(inplace=True)
            self.storages[key] = _Loaded(array, _place(self.map_location, location), self.swap)
        return self.storages[key]


class _Loaded:
    """A storage in memory, and the device that tensors on it go to."""

    def __init__(self, array: Any, place: devices.device, swap: bool) -> None:
        self.array, self.place, self.swap = array, place, swap


def _place(map_location: Any, location: str) -> devices.device:
    if isinstance(map_location, dict):
        location = map_location.get(location, location)
    elif map_location is not None and not callable(map_location):
        location = str(devices.device(map_location))
    place = devices.CPU if callable(map_location) else devices.device(location)
    if place.type == "cuda" and not cuda_is_available():
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is "
            "False. If you are running on a CPU-only machine, please use torch.load with "
            "map_location=torch.device('cpu') to map your storages to the CPU."
        )
    return place


def _rebuild_tensor(
    storage: Any,
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool = False,
    backward_hooks: Any = None,
    *_: Any,
) -> Any:
    return _view(storage, storage.array, offset, size, stride, requires_grad)


def _rebuild_untyped(
    storage: Any,
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool,
    backward_hooks: Any,
    dtype: dtypes.dtype,
    *_: Any,
) -> Any:
    array = storage.array.view(dtype.numpy)
    if storage.swap:
        array = array.byteswap()
    return _view(storage, array, offset, size, stride, requires_grad)


def _view(
    storage: Any,
    array: Any,
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool,
) -> Any:
    """A tensor on a storage; RuntimeError if it would reach outside."""
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    empty = 0 in size
    if min((offset, *size, *stride)) < 0 or not (empty or last < array.size):
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset} are "
            f"out of bounds for storage of size {array.size}"
        )
    steps = [s * array.itemsize for s in stride]
    start = 0 if empty else offset * array.itemsize
    shaped = numpy.ndarray(tuple(size), array.dtype, array, start, None if empty else steps)
    tensor = wrap(to_device(shaped, storage.place))
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """How protocol 2 writes bytes."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"unexpected encoding {encoding!r} of bytes")
    return text.encode("latin1")


_REBUILD: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_untyped,
    "_codecs.encode": _encode,
}


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let files that are loaded from now on name these classes or functions."""
    for each in safe_globals:
        target, name = each if isinstance(each, tuple) else (each, None)
        _added[name or f"{target.__module__}.{target.__qualname__}"] = target


def get_safe_globals() -> list[Any]:
    """What was added by `add_safe_globals`."""
    return list(_added.values())


def clear_safe_globals() -> None:
    """Forget what was added by `add_safe_globals`."""
    _added.clear()


class safe_globals:
    """Context in which files may name these classes or functions."""

    def __init__(self, safe_globals: list[Any]) -> None:
        self._more = safe_globals

    def __enter__(self) -> None:
        self._before = dict(_added)
        add_safe_globals(self._more)

    def __exit__(self, *_: object) -> None:
        _added.clear()
        _added.update(self._before)
