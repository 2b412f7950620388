"""The random number generator: a Mersenne Twister seeded and saved as PyTorch's CPU generator is.

It knows words and seeds; which numbers are made of the words is told in `kernels.random`.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import numpy

from ..errors import hint
from ..typing import Array, Device
from .device import CPU
from .device import device as _device
from .modes import modes
from .tensor import plain, wrap

DEFAULT_SEED = 67280421310721
_LENGTH = 624
_STATE_BYTES = 4 * (_LENGTH + 1)  # the words, and the position among them
_STATE = numpy.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("key", "<u8", _LENGTH),
        ("unused_x", "<f8"),
        ("normal", "<f8"),
        ("unused_rho", "<f8"),
        ("normal_is_valid", "<i4"),
        ("padding", "<i4"),
        ("float_normal", "<f4"),
        ("float_normal_is_valid", "<i4"),
    ]
)


class Generator:
    """A stream of 32-bit words, the mt19937 of PyTorch on the CPU.

    The words do not depend on whether they are drawn one at a time or in bulk. A generator is not
    to be used by two threads at once. Raises RuntimeError for a device that has no generator.

    Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998).

    >>> g = Generator().manual_seed(0)
    >>> g.random32(2).tolist()
    [2357136044, 2546248239]
    """

    __slots__ = (
        "_bits",
        "_fresh",
        "_legacy",
        "_seed",
        "device",
        "next_float_normal",
        "next_normal",
    )

    def __init__(self, device: Device = "cpu") -> None:
        self.device = CPU if device is None else _device(device)
        if self.device.type != "cpu":
            advice = "random numbers are drawn on the CPU: use Generator() and move the result"
            raise RuntimeError(hint(f"Cannot get a generator for device {self.device}", advice))
        self._bits = numpy.random.MT19937(0)
        # RandomState.seed is NumPy's public door to the 1998 seeding of the shared bit generator.
        self._legacy = numpy.random.RandomState(self._bits)
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream that belongs to `seed`, of which the low 32 bits count.

        A negative seed stands for seed + 2**64. Raises RuntimeError when the seed is not an
        integer and ValueError when it needs more than 64 bits.

        >>> Generator().manual_seed(-1).initial_seed() == 2**64 - 1
        True
        """
        if isinstance(seed, bool) or not isinstance(seed, (int, numpy.integer)):
            message = f"manual_seed expected a long, but got {type(seed).__name__}"
            raise RuntimeError(hint(message, "pass a Python int, for example int(seed)"))
        if modes.recorder is not None:
            modes.recorder.refuse("seeds a random generator")
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            advice = "a seed lies between -2**63 and 2**64 - 1"
            raise ValueError(hint("Overflow when unpacking long long", advice))
        self._seed = seed % 2**64
        self._legacy.seed(self._seed % 2**32)
        self._fresh = True
        self.next_normal: float | None = None
        self.next_float_normal: float | None = None
        return self

    def seed(self) -> int:
        """Seed from the operating system's entropy and return the seed.

        >>> g = Generator()
        >>> g.seed() == g.initial_seed()
        True
        """
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """Return the seed that the stream was started with.

        >>> Generator().initial_seed()
        67280421310721
        """
        return self._seed

    def random32(self, count: int) -> Array:
        """Draw `count` 32-bit words, shape (count,), as uint64.

        >>> Generator().manual_seed(0).random32(1)
        array([2357136044], dtype=uint64)
        """
        if modes.recorder is not None:
            modes.recorder.refuse("draws random numbers outside of the library's samplers")
        if count:
            self._fresh = False
        return self._bits.random_raw(count)

    def random64(self, count: int) -> Array:
        """Draw `count` 64-bit words, shape (count,): two 32-bit words each, the high one first.

        >>> int(Generator().manual_seed(0).random64(1)[0]) == 2357136044 * 2**32 + 2546248239
        True
        """
        words = self.random32(2 * count)
        result = words[0::2] << numpy.uint64(32)
        result |= words[1::2]
        return result

    def get_state(self) -> Any:
        """Return the state as PyTorch's bytes: a uint8 tensor of shape (5056,).

        >>> Generator().get_state().shape
        torch.Size([5056])
        """
        words = self._bits.state["state"]
        position = 0 if self._fresh else words["pos"]
        record = numpy.zeros((), _STATE)
        record["seed"], record["seeded"] = self._seed, 1
        record["next"], record["key"] = position, words["key"]
        record["left"] = 1 if self._fresh else _LENGTH + 1 - position
        if self.next_normal is not None:
            record["normal"], record["normal_is_valid"] = self.next_normal, 1
        if self.next_float_normal is not None:
            record["float_normal"], record["float_normal_is_valid"] = self.next_float_normal, 1
        return wrap(numpy.frombuffer(record.tobytes(), numpy.uint8).copy())

    def set_state(self, state: Any) -> None:
        """Continue from bytes that `get_state` here or in PyTorch gave.

        Raises TypeError unless `state` is a uint8 tensor or array, RuntimeError when it is no
        valid state.

        >>> a, b = Generator().manual_seed(1), Generator()
        >>> b.set_state(a.get_state())
        >>> bool(a.random32(1) == b.random32(1))
        True
        """
        if modes.recorder is not None:
            modes.recorder.refuse("sets the state of a random generator")
        record = _parse(plain(state))
        position, left = int(record["next"]), int(record["left"])
        self._fresh = position == 0
        self._seed = int(record["seed"])
        self._bits.state = {
            "bit_generator": "MT19937",
            "state": {
                "key": record["key"].astype(numpy.uint32),
                "pos": _LENGTH if left == 1 else position,
            },
        }
        self.next_normal = float(record["normal"]) if record["normal_is_valid"] else None
        valid = record["float_normal_is_valid"] & 0xFF  # a C bool: one byte and three of padding
        self.next_float_normal = float(record["float_normal"]) if valid else None

    def mark(self) -> tuple[Any, ...]:
        """Where the stream is, for `rewind`: as `get_state`, but a hundred times faster.

        >>> g = Generator().manual_seed(1)
        >>> mark = g.mark()
        >>> first = g.random32(1)
        >>> g.rewind(mark)
        >>> bool(first == g.random32(1))
        True
        """
        words = ctypes.string_at(self._bits.ctypes.state_address, _STATE_BYTES)
        return words, self._fresh, self.next_normal, self.next_float_normal

    def rewind(self, mark: tuple[Any, ...]) -> None:
        """Go back to where the stream was when `mark` was made."""
        words, self._fresh, self.next_normal, self.next_float_normal = mark
        ctypes.memmove(self._bits.ctypes.state_address, words, _STATE_BYTES)

    def clone_state(self) -> Generator:
        """Return a new generator that continues the same stream on its own.

        >>> a = Generator().manual_seed(2)
        >>> bool(a.clone_state().random32(1) == a.random32(1))
        True
        """
        other = Generator(self.device)
        other.set_state(self.get_state())
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        return Generator, (self.device,), self.get_state()._data

    def __setstate__(self, state: Array) -> None:
        self.set_state(state)


def _parse(state: Array) -> numpy.void:
    """The fields of a state given as bytes, checked."""
    if not isinstance(state, numpy.ndarray):
        raise TypeError(f"expected a torch.ByteTensor, but got {type(state).__name__}")
    if state.dtype != numpy.uint8:
        advice = f"pass what get_state() returned; this is {state.dtype}"
        raise TypeError(hint("RNG state must be a torch.ByteTensor", advice))
    if state.size != _STATE.itemsize:
        raise RuntimeError(
            f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} "
            f"but found the input RNG state size to be {state.size}"
        )
    if not state.flags.c_contiguous:
        raise RuntimeError("RNG state must be contiguous")
    record: numpy.void = numpy.frombuffer(state.tobytes(), _STATE)[0]
    left, position = int(record["left"]), int(record["next"])
    started = left + position == _LENGTH + 1
    if record["seeded"] != 1 or not (started or (left == 1 and position == 0)):
        advice = "pass what get_state() returned, unchanged"
        raise RuntimeError(hint("Invalid mt19937 state", advice))
    return record


default_generator = Generator()
default_generator.seed()
