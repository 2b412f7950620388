"""`torch.device`: where a tensor's memory lives."""

from __future__ import annotations

from typing import Any

from ..backend import device_of
from ..errors import wrong_argument

KINDS = ("cpu", "cuda", "meta", "mps", "xpu")


class device:
    """A device type with an optional index.

    >>> device("cuda:1")
    device(type='cuda', index=1)
    >>> str(device("cpu"))
    'cpu'
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: str | int | device, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        if isinstance(type, int):
            index, type = type, "cuda"
        if not isinstance(type, str):
            raise wrong_argument(type, "torch.device")
        kind, colon, number = type.partition(":")
        if colon and not number.isdigit():
            raise RuntimeError(f"Invalid device string: '{type}'")
        if kind not in KINDS:
            raise RuntimeError(
                f"Expected one of {', '.join(KINDS)} device type at start of device string: {type}"
            )
        self.type = kind
        self.index = int(number) if colon else index

    def __repr__(self) -> str:
        number = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{number})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return self.type == other.type and self.index == other.index

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        _defaults.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _defaults.pop()


CPU = device("cpu")
_defaults = [CPU]


def get_default_device() -> device:
    """The device of tensors created without `device=`."""
    return _defaults[-1]


def set_default_device(value: device | str | int | None) -> None:
    """Set the device of tensors created without `device=`."""
    _defaults[:] = [CPU if value is None else device(value)]


def resolve(value: device | str | int | None) -> device:
    """The device that an argument `device=` names."""
    if value is None:
        return _defaults[-1]
    return value if isinstance(value, device) else device(value)


def of_array(array: Any) -> device:
    """The device that holds this array."""
    kind, index = device_of(array)
    return CPU if kind == "cpu" else device(kind, index)
