"""The printed form of a tensor, character for character as PyTorch prints it.

Works on plain NumPy arrays: it knows no Tensor, and learns the dtype, device and history of one
only as the words to print.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import compress
from typing import Any

import numpy as np

from ..typing import Array


class PrintOptions:
    """How tensors are printed; see `set_printoptions` for the meaning of each field."""

    def __init__(self) -> None:
        self.precision: int = 4
        self.threshold: float = 1000
        self.edgeitems: int = 3
        self.linewidth: int = 80
        self.sci_mode: bool | None = None
        self.statistics: bool = False


PRINT_OPTS = PrintOptions()

PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how every tensor is printed from now on; what is None keeps its value.

    Args:
        precision: digits after the decimal point.
        threshold: a tensor of more elements than this is summarised.
        edgeitems: how many items a summary keeps at each end of a dimension.
        linewidth: columns of a line.
        profile: ``"default"``, ``"short"`` or ``"full"``, applied before the other arguments; or
            ``"stats"``: one line with shape, dtype, range, mean and deviation of each tensor and
            the number of NaN and infinite elements, until another profile is chosen.
        sci_mode: True or False forces or forbids scientific notation; None lets the values of
            each tensor decide. As in PyTorch every call sets it, so leaving it out resets it.

    >>> set_printoptions(precision=2)
    >>> print(tensor_repr(np.float32([3.14159])))
    tensor([3.14])
    >>> set_printoptions(profile="stats")
    >>> print(tensor_repr(np.float32([1, 3, float("nan")])))
    tensor(shape=(3,), dtype=float32, min=1.0, max=3.0, mean=2.0, std=1.41, nan=1)
    >>> set_printoptions(profile="default")
    """
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in (PROFILES.get(profile or "", {}) | given).items():
        setattr(PRINT_OPTS, name, value)
    PRINT_OPTS.sci_mode = sci_mode
    if profile is not None:
        PRINT_OPTS.statistics = profile == "stats"


def get_printoptions() -> dict[str, Any]:
    """The print options now in force, as a new dictionary.

    >>> get_printoptions()["linewidth"]
    80
    """
    return {name: value for name, value in vars(PRINT_OPTS).items() if name != "statistics"}


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Change the print options, as `set_printoptions` does, inside a ``with`` block.

    >>> with printoptions(sci_mode=True):
    ...     print(tensor_repr(np.float32([1.5])))
    tensor([1.5000e+00])
    """
    before = dict(vars(PRINT_OPTS))
    set_printoptions(**options)
    try:
        yield
    finally:
        vars(PRINT_OPTS).update(before)


def tensor_repr(
    array: Array,
    *,
    dtype: str = "torch.float32",
    default_dtype: str = "torch.float32",
    device: str | None = None,
    suffixes: Sequence[str] = (),
    prefix: str = "tensor(",
) -> str:
    """The text PyTorch prints for a tensor with these values.

    Args:
        array: the values, of any shape; only what is printed is read. Half precision and other
            foreign floats (``ml_dtypes``) are read as numbers.
        dtype: the name of the tensor's dtype; it is printed where it cannot be guessed.
        default_dtype: the name of the current default floating dtype.
        device: the device to name, or None where PyTorch names none (the CPU).
        suffixes: what follows size and dtype, such as ``"requires_grad=True"``.
        prefix: the opening; later lines are indented by its length.

    >>> print(tensor_repr(np.eye(2), dtype="torch.float64", suffixes=["requires_grad=True"]))
    tensor([[1., 0.],
            [0., 1.]], dtype=torch.float64, requires_grad=True)
    """
    notes = [] if device is None else [f"device='{device}'"]
    if PRINT_OPTS.statistics and array.ndim > 0:
        name = dtype.removeprefix("torch.")
        words = [f"shape={array.shape}", f"dtype={name}", *_statistics(array), *notes, *suffixes]
        return f"{prefix}{', '.join(words)})"
    if (array.size == 0 and array.ndim != 1) or PRINT_OPTS.edgeitems == 0 < array.size:
        notes.append(f"size={array.shape}")
    if not _dtype_is_evident(dtype, default_dtype, empty=array.size == 0):
        notes.append(f"dtype={dtype}")
    notes.extend(suffixes)
    return _with_suffixes(prefix + format_array(array, len(prefix)), notes, len(prefix))


def format_array(array: Array, indent: int = 0) -> str:
    """The brackets and numbers of an array, where the first line starts at column `indent`.

    >>> print(format_array(np.array([[1.0, float("nan")], [-2.5, 0.0]])))
    [[ 1.0000,     nan],
     [-2.5000,  0.0000]]
    """
    if array.size == 0:
        return "[]"
    summarised = array.size > PRINT_OPTS.threshold
    edge = PRINT_OPTS.edgeitems if summarised else array.size  # a full one has no middle to omit
    if edge == 0 and array.ndim > 0:
        return "[...]"
    cells, width = _format_cells(_edges(array, edge))
    if array.ndim == 0:
        return cells[0]
    return _lay_out(iter(cells), array.shape, indent, width, edge)


# ---- numbers about numbers


def _statistics(array: Array) -> list[str]:
    """Range, mean and deviation of the finite elements (of magnitudes, if complex), and the rest.

    The deviation divides by n - 1, as `std` does.
    """
    if array.dtype.kind == "b":
        return [f"true={int(array.sum())} of {array.size}"]
    if array.dtype.kind not in "iufc":
        array = array.astype(np.float64)  # a foreign float
    finite = array[np.isfinite(array)]
    words = []
    if finite.size:
        wide = np.abs(finite) if array.dtype.kind == "c" else finite
        sign = "abs_" if array.dtype.kind == "c" else ""
        with np.errstate(all="ignore"):
            values = wide.astype(np.float64)
            words += [f"{sign}min={_short(wide.min())}", f"{sign}max={_short(wide.max())}"]
            words.append(f"{sign}mean={_short(values.mean())}")
            words += [f"{sign}std={_short(values.std(ddof=1))}"] if values.size > 1 else []
    counts = {"nan": int(np.isnan(array).sum()), "inf": int(np.isinf(array).sum())}
    return words + [f"{name}={count}" for name, count in counts.items() if count]


def _short(value: Any) -> str:
    """A whole number in full, another with three digits that matter."""
    if isinstance(value, np.integer):
        return str(int(value))
    return repr(float(f"{float(value):.3g}"))


# ---- which elements


def _edges(array: Array, edge: int) -> Array:
    """The elements that will be printed: the first and last `edge` of each longer dimension."""
    if max(array.shape, default=0) <= 2 * edge:
        return array
    kept = []
    for length in array.shape:
        index = np.arange(min(length, 2 * edge))
        if length > 2 * edge:
            index[edge:] += length - 2 * edge
        kept.append(index)
    edges: Array = array[np.ix_(*kept)]
    return edges


# ---- numbers to text


def _format_cells(array: Array) -> tuple[list[str], int]:
    """The text of each element in row-major order, padded, and the width to count for each."""
    values = array.ravel()
    if values.dtype.kind in "biu":
        return _align(list(map(str, values.tolist())))
    if values.dtype.kind == "c":
        return _format_complex(values)
    return _format_floats(values.astype(np.float64))


def _format_complex(values: Array) -> tuple[list[str], int]:
    """Real and imaginary parts are formatted independently; only the real parts are aligned."""
    real, real_width = _format_floats(values.real.astype(np.float64))
    imag, imag_width = _format_floats(values.imag.astype(np.float64))
    cells = []
    for re, im in zip(real, imag, strict=True):
        im = im.lstrip()
        cells.append(f"{re}{im}j" if im[0] == "-" else f"{re}+{im}j")
    return cells, real_width + imag_width + 1


def _format_floats(values: Array) -> tuple[list[str], int]:
    """One notation for all values; the width is that of the finite, nonzero ones."""
    ordinary = np.isfinite(values) & (values != 0)
    spec = _notation(values[ordinary])
    cells = [format(value, spec) for value in values.tolist()]
    return _align(cells, compress(cells, ordinary.tolist()))


def _notation(values: Array) -> str:
    """The format of finite nonzero floats: whole (``1.``), fixed, or scientific.

    Scientific where the largest magnitude exceeds 1e8 or 1000 times the smallest, or where the
    smallest is below 1e-4.
    """
    if values.size == 0:
        return "#.0f"
    magnitudes = np.abs(values)
    smallest, largest = float(magnitudes.min()), float(magnitudes.max())
    whole = bool((values == np.floor(values)).all())
    scientific = PRINT_OPTS.sci_mode
    if scientific is None:
        scientific = largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4
    if scientific:
        return f".{PRINT_OPTS.precision}e"
    return "#.0f" if whole else f".{PRINT_OPTS.precision}f"


def _align(cells: list[str], measured: Iterator[str] | None = None) -> tuple[list[str], int]:
    """Pad every cell to the longest of the measured ones (of all, if None)."""
    width = max(map(len, cells if measured is None else measured), default=1)
    return [cell.rjust(width) for cell in cells], width


# ---- text to lines


def _lay_out(
    cells: Iterator[str], shape: tuple[int, ...], indent: int, width: int, edge: int
) -> str:
    """Take the cells of a block of this shape and bracket them, one row of the block a line."""
    cut = shape[0] > 2 * edge
    count = min(shape[0], 2 * edge)
    if len(shape) == 1:
        items = [next(cells) for _ in range(count)]
        if cut:
            items.insert(edge, " ...")
        return f"[{_wrap(items, indent + 1, width)}]"
    rows = [_lay_out(cells, shape[1:], indent + 1, width, edge) for _ in range(count)]
    if cut:
        rows.insert(edge, "...")
    gap = "," + "\n" * (len(shape) - 1) + " " * (indent + 1)
    return f"[{gap.join(rows)}]"


def _wrap(items: list[str], indent: int, width: int) -> str:
    """The items of one row, as many on a line as cells of this width fit."""
    per_line = max(1, (PRINT_OPTS.linewidth - indent + 1) // (width + 2))
    lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
    return (",\n" + " " * indent).join(lines)


def _dtype_is_evident(dtype: str, default_dtype: str, *, empty: bool) -> bool:
    """Whether reading the printed numbers back would give this dtype."""
    if empty:
        return dtype == default_dtype
    wide = default_dtype == "torch.float64"
    default_complex = "torch.complex128" if wide else "torch.complex64"
    return dtype in (default_dtype, default_complex, "torch.int64", "torch.bool")


def _with_suffixes(text: str, suffixes: Sequence[str], indent: int) -> str:
    """Append the suffixes and close; one that would pass the line width starts a new line."""
    column = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if column + len(suffix) + 2 > PRINT_OPTS.linewidth:
            text += ",\n" + " " * indent + suffix
            column = indent + len(suffix)
        else:
            text += ", " + suffix
            column += len(suffix) + 2
    return text + ")"
