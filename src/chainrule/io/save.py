"""`torch.save`: PyTorch's zip format, written by hand so that no torch has to be importable."""

from __future__ import annotations

import io
import os
import pickle
import sys
import tempfile
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

from ..core import dtype as dtypes
from ..core.device import device
from ..core.size import Size
from ..core.tensor import TensorBase
from .storage import Storage, Storages, in_memory_order

FileLike = str | os.PathLike[str] | BinaryIO
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same object gives the same bytes on any day


def save(
    obj: Any,
    f: FileLike,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write tensors, state dicts and plain containers of them to a file that PyTorch reads.

    `f` is a path or a binary file. A path is replaced only when all is written. RuntimeError if
    its folder does not exist.

    >>> import io
    >>> buffer = io.BytesIO()
    >>> save({"w": tensor([1.0, 2.0])}, buffer)
    >>> _ = buffer.seek(0)
    >>> load(buffer)
    {'w': tensor([1., 2.])}
    """
    if isinstance(f, (str, os.PathLike)):
        _save_to_path(obj, Path(f))
    elif hasattr(f, "write"):
        f.write(_packed(obj, "archive"))
    else:
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute"
        )


def _save_to_path(obj: Any, path: Path) -> None:
    if not path.parent.is_dir():
        raise RuntimeError(f"Parent directory {path.parent} does not exist.")
    content = _packed(obj, path.stem or "archive")
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _packed(obj: Any, name: str) -> bytes:
    """The whole archive: the pickled structure, then the storages it refers to."""
    structure = io.BytesIO()
    pickler = _Pickler(structure)
    pickler.dump(obj)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:

        def add(entry: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(f"{name}/{entry}", _EPOCH), data)

        add("data.pkl", structure.getvalue())
        add(".format_version", b"1")
        add("byteorder", sys.byteorder.encode())
        for storage in pickler.storages.by_owner.values():
            add(f"data/{storage.key}", in_memory_order(storage.array))
        add("version", b"3\n")
    return packed.getvalue()


class _Global:
    """A name in the file that need not exist here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> None:
        """Never called: the pickler asks that what rebuilds an object be callable."""


_PythonPickler: Any = pickle._Pickler  # the C pickler insists that a global can be imported


class _Pickler(_PythonPickler):
    """Protocol 2, with PyTorch's names for tensors, sizes, dtypes and storages."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, protocol=2)
        self.storages = Storages()
        self._globals: dict[tuple[str, str], _Global] = {}

    def persistent_id(self, obj: Any) -> Any:
        """A storage is named by kind, number, device and size, not written inline."""
        if isinstance(obj, Storage):
            return "storage", self._named(*obj.type_name), obj.key, "cpu", obj.count
        return None

    def reducer_override(self, obj: Any) -> Any:
        """What stands for our own objects in the file."""
        if isinstance(obj, TensorBase):
            return self._tensor(obj)
        if isinstance(obj, Size):
            return self._named("torch", "Size"), (tuple(obj),)
        if isinstance(obj, device):
            args = (obj.type,) if obj.index is None else (obj.type, obj.index)
            return self._named("torch", "device"), args
        return NotImplemented

    def _named(self, module: str, name: str) -> _Global:
        return self._globals.setdefault((module, name), _Global(module, name))

    def _tensor(self, tensor: Any) -> Any:
        rebuild = type(tensor)._saved_as
        if rebuild is not None:
            inner = tensor.detach()
            return self._named(*rebuild), (inner, tensor.requires_grad, OrderedDict())
        if not tensor.is_leaf:
            tensor = tensor.detach().requires_grad_()
        storage, offset, strides = self.storages.of(tensor._data)
        place = (storage, offset, tuple(tensor._data.shape), strides)
        rest: tuple[Any, ...] = (tensor.requires_grad, OrderedDict())
        if storage.type_name[0] == "torch":
            return self._named("torch._utils", "_rebuild_tensor_v2"), (*place, *rest)
        return self._named("torch._utils", "_rebuild_tensor_v3"), (*place, *rest, storage.dtype)

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        """Write one object; names are written as they are, without being imported."""
        if isinstance(obj, dtypes.dtype):
            obj = self._named("torch", obj.name)
        if isinstance(obj, _Global):
            remembered = self.memo.get(id(obj))
            if remembered is not None:
                self.write(self.get(remembered[0]))
            else:
                self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
                self.memoize(obj)
            return None
        if isinstance(obj, Size):
            return self.save_reduce(*self.reducer_override(obj), obj=obj)
        return super().save(obj, save_persistent_id)
