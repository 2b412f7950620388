"""Sequences of different lengths: packed without padding, or padded to one length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy

from ...core.tensor import TensorBase, unwrap, wrap
from ...errors import hint
from ...ops.creation import full_like
from ...ops.index import index_select
from ...ops.join import cat, stack
from ...ops.permute import transpose
from ...ops.scatter import index_copy
from ...ops.shape import reshape
from ...tensor import Tensor


class PackedSequence_(NamedTuple):
    """The fields of a PackedSequence."""

    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(PackedSequence_):
    """Sequences sorted by length, step by step: all first elements, then all second ones ...

    `data` has the elements, `batch_sizes` how many sequences have a first, a second ... element;
    `sorted_indices` is the order by length, `unsorted_indices` undoes it (both None if the
    sequences came sorted).

    >>> pack_sequence([tensor([1, 2, 3]), tensor([4, 5])])
    PackedSequence(data=tensor([1, 4, 2, 5, 3]), batch_sizes=tensor([2, 2, 1]), \
sorted_indices=None, unsorted_indices=None)
    """

    __module__ = "torch.nn.utils.rnn"

    def __new__(
        cls,
        data: Any,
        batch_sizes: Any = None,
        sorted_indices: Any = None,
        unsorted_indices: Any = None,
    ) -> Any:
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be "
                "created manually. They should be instantiated by functions like pack_sequence "
                "and pack_padded_sequences in nn.utils.rnn."
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The data on another device or in another dtype; itself if nothing changes."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        kept = {name: kwargs[name] for name in ("device", "non_blocking") if name in kwargs}
        orders = [
            None if order is None else order.to(data.device, **kept)
            for order in (self.sorted_indices, self.unsorted_indices)
        ]
        return type(self)(data, self.batch_sizes, *orders)

    def cpu(self) -> PackedSequence:
        """The data on the CPU."""
        return self.to("cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The data on a GPU."""
        return self.to(self.data.cuda(*args, **kwargs).device)

    def pin_memory(self) -> PackedSequence:
        """The data in pinned memory."""
        orders = [
            None if order is None else order.pin_memory()
            for order in (self.sorted_indices, self.unsorted_indices)
        ]
        return type(self)(self.data.pin_memory(), self.batch_sizes, *orders)

    def _converted(self, name: str) -> PackedSequence:
        return self.to(getattr(self.data, name)().dtype)

    def double(self) -> PackedSequence:
        """The data in float64."""
        return self._converted("double")

    def float(self) -> PackedSequence:
        """The data in float32."""
        return self._converted("float")

    def half(self) -> PackedSequence:
        """The data in float16."""
        return self._converted("half")

    def long(self) -> PackedSequence:
        """The data in int64."""
        return self._converted("long")

    def int(self) -> PackedSequence:
        """The data in int32."""
        return self._converted("int")

    def short(self) -> PackedSequence:
        """The data in int16."""
        return self._converted("short")

    def char(self) -> PackedSequence:
        """The data in int8."""
        return self._converted("char")

    def byte(self) -> PackedSequence:
        """The data in uint8."""
        return self._converted("byte")

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return bool(self.data.is_cuda)

    def is_pinned(self) -> bool:
        """Whether the data is in pinned memory."""
        return bool(self.data.is_pinned())


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes this one; None for None.

    >>> invert_permutation(tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    order = unwrap(permutation)
    inverse = numpy.empty_like(order)
    inverse[order] = numpy.arange(order.size, dtype=order.dtype)
    return wrap(inverse)


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Padded sequences without their padding.

    With `enforce_sorted` they must come sorted by length, the longest first; else they are sorted.

    Shape: input (T, N, *), or (N, T, *) with `batch_first`; lengths (N,), on the CPU.

    Raises:
        RuntimeError: lengths that are unsorted, not positive, too many or too large.

    >>> packed = pack_padded_sequence(tensor([[1, 4], [2, 5], [3, 0]]), [3, 2])
    >>> packed.data
    tensor([1, 4, 2, 5, 3])
    """
    sizes = unwrap(lengths) if isinstance(lengths, TensorBase) else numpy.array(lengths)
    sizes = sizes.astype(numpy.int64)
    order = None
    if not enforce_sorted:
        order = numpy.argsort(-sizes, kind="stable")
        sizes = sizes[order]
        input = index_select(input, 0 if batch_first else 1, wrap(order))
    padded = transpose(input, 0, 1) if batch_first else input
    steps, batch = unwrap(padded).shape[:2]
    _check_lengths(sizes, steps, batch)
    counts = numpy.add.reduce(sizes[None] > numpy.arange(sizes[0])[:, None], axis=1)
    data = index_select(_by_step(padded), 0, wrap(_places(counts, batch)))
    if data.grad_fn is not None:
        data.grad_fn.label = "PackPaddedSequenceBackward0"  # as PyTorch prints it
    return PackedSequence(data, wrap(counts), None if order is None else wrap(order))


def _check_lengths(sizes: Any, steps: int, batch: int) -> None:
    if not steps or not batch:
        raise RuntimeError("Cannot pack empty tensors.")
    if len(sizes) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} "
            f"(batch_size={batch})"
        )
    if (sizes <= 0).any():
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    if (sizes[1:] > sizes[:-1]).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You "
            "can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )
    if sizes[0] > steps:
        raise RuntimeError(
            hint(
                f"Expected lengths to be at most {steps}, the size of the padded sequences, "
                f"but got {sizes[0]}",
                "is the batch the first dimension? then pass batch_first=True",
            )
        )


def _by_step(padded: Any) -> Any:
    """The rows of all steps: (T * N, *)."""
    shape = unwrap(padded).shape
    return reshape(padded, (shape[0] * shape[1], *shape[2:]))


def _places(counts: Any, batch: int) -> Any:
    """Where the elements of packed sequences are among the padded ones, step by step."""
    return numpy.concatenate([step * batch + numpy.arange(n) for step, n in enumerate(counts)])


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """Packed sequences padded to the longest, or to `total_length`, and their lengths.

    Shape: output (T, N, *), or (N, T, *) with `batch_first`; lengths (N,).

    >>> packed = pack_sequence([tensor([1, 2, 3]), tensor([4, 5])])
    >>> pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2, 3],
            [4, 5, 0]]), tensor([3, 2]))
    """
    counts = unwrap(sequence.batch_sizes)
    steps, batch = len(counts), int(counts[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in "
                f"input, but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    data = sequence.data
    rest = unwrap(data).shape[1:]
    blank = data.new_full((steps * batch, *rest), padding_value)
    filled = index_copy(blank, 0, wrap(_places(counts, batch)), data)
    padded = reshape(filled, (steps, batch, *rest))
    lengths = wrap(numpy.add.reduce(counts[None] > numpy.arange(batch)[:, None], axis=1))
    order = sequence.unsorted_indices
    if batch_first:
        padded = transpose(padded, 0, 1)
    if order is not None:
        padded = index_select(padded, 0 if batch_first else 1, order)
        lengths = lengths[order]
    return padded, lengths


def pad_sequence(
    sequences: Any,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences of different lengths padded to the longest.

    Shape: each (L, *), output (T, N, *), or (N, T, *) with `batch_first`.

    >>> pad_sequence([tensor([1, 2]), tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    parts: list[Any] = list(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    longest = max(len(part) for part in parts)
    padded = []
    for part in parts:
        blank = full_like(part[:0].new_empty((longest - len(part), *part.shape[1:])), padding_value)
        both = (part, blank) if padding_side == "right" else (blank, part)
        padded.append(cat(both) if len(blank) else part)
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """Padded sequences as a list of sequences of their lengths.

    >>> unpad_sequence(tensor([[1, 3], [2, 0]]), tensor([2, 1]))
    [tensor([1, 2]), tensor([3])]
    """
    padded = padded_sequences if batch_first else transpose(padded_sequences, 0, 1)
    return [part[: int(n)] for part, n in zip(padded, lengths, strict=True)]


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences of different lengths, packed; see `pack_padded_sequence`.

    >>> pack_sequence([tensor([1, 2]), tensor([3])]).batch_sizes
    tensor([2, 1])
    """
    lengths = [len(sequence) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The list of sequences that was packed.

    >>> unpack_sequence(pack_sequence([tensor([1, 2]), tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
