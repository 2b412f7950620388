"""Spectra of short pieces of a signal, and the signal they come from. Made of other operations."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import unwrap
from ..errors import hint
from .complex import view_as_real
from .creation import ones
from .fft import fft, ifft, irfft, rfft
from .fold import fold
from .pad import pad
from .permute import transpose
from .shape import expand, unsqueeze
from .slicing import piece
from .strided import unfold

if TYPE_CHECKING:
    from ..tensor import Tensor


def _wrong(function: str, what: str, advice: str = "") -> RuntimeError:
    message = f"{function}(): {what}"
    return RuntimeError(hint(message, advice) if advice else message)


def _is_complex(x: Any) -> bool:
    return x is not None and bool(unwrap(x).dtype.kind == "c")


def _whole_window(window: Any, length: int, n_fft: int, like: Any) -> Any:
    """The window in the middle of `n_fft` places; a window of ones if there is none."""
    if window is None:
        kind = dtypes.of_array(unwrap(like)).to_real()
        window = ones(length, dtype=kind, device=like.device)
    before = (n_fft - length) // 2
    return pad(window, (before, n_fft - length - before)) if length < n_fft else window


def _continued(signal: Any, by: int, mode: str) -> Any:
    """The signal (B, L) with `by` samples more at both ends."""
    lead = 3 - unwrap(signal).ndim
    wide = signal[(None,) * lead] if lead > 0 else signal
    padded = pad(wide, (by, by), mode=mode)
    return padded[(0,) * lead] if lead > 0 else padded


def _check_stft(signal: Any, n_fft: int, hop: int, length: int, window: Any) -> None:
    x = unwrap(signal)
    if x.dtype.kind not in "fc":
        raise _wrong("stft", "expected a tensor of floating point or complex values")
    if x.ndim not in (1, 2):
        raise _wrong("stft", "expected a 1D or 2D tensor", f"the input has {x.ndim} dimensions")
    if not 0 < n_fft <= x.shape[-1]:
        raise _wrong("stft", f"expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    if hop <= 0:
        raise _wrong("stft", f"expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise _wrong("stft", f"expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and unwrap(window).shape != (length,):
        raise _wrong(
            "stft",
            f"expected a 1D window tensor of size equal to win_length={length}, but got window "
            f"with size {list(unwrap(window).shape)}",
        )


def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """The spectra of pieces of `n_fft` samples, `hop_length` apart, each times the window.

    X[k, m] = sum of window[j] x[m hop_length + j] e^(-2 pi i jk / n_fft). With `center` the signal
    is first continued at both ends, so that piece m has its middle at sample m hop_length. Of
    real signals only the first half of each spectrum is given (`onesided`).

    Shape: input (L,) or (B, L), window (win_length,), output (B, n_fft // 2 + 1, pieces), complex,
    or with `return_complex=False` real with a last dimension of 2. RuntimeError for other shapes.

    >>> stft(ones(4), 2, 1, window=ones(2), return_complex=True).abs()
    tensor([[2., 2., 2., 2., 2.],
            [0., 0., 0., 0., 0.]])
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    two_sided = _is_complex(input) or _is_complex(window)
    if return_complex is None and not two_sided:
        raise RuntimeError(
            hint(
                "stft requires the return_complex parameter be given for real inputs, and will "
                "further require that return_complex=True in a future PyTorch release.",
                "return_complex=True",
            )
        )
    if align_to_window is not None and center:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    signal: Any = _continued(input, n_fft // 2, pad_mode) if center else input
    _check_stft(signal, n_fft, hop, length, window)
    if onesided and two_sided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if align_to_window:
        before = (n_fft - length) // 2
        signal = pad(signal, (before, n_fft - length - before))
    pieces = unfold(signal, -1, n_fft, hop)
    if window is not None or length < n_fft:
        pieces = pieces * _whole_window(window, length, n_fft, signal)
    transform = fft if two_sided or onesided is False else rfft
    result: Any = transpose(transform(pieces, norm="ortho" if normalized else None), -1, -2)
    return view_as_real(result) if return_complex is False else result


def _check_istft(x: Any, n_fft: int, hop: int, length: int, window: Any, onesided: bool) -> None:
    if x.dtype.kind != "c":
        raise RuntimeError(
            hint(
                "istft requires a complex-valued input tensor matching the output from stft with "
                "return_complex=True.",
                "torch.view_as_complex makes one of real and imaginary parts",
            )
        )
    if not x.size:
        raise _wrong("istft", "input tensor cannot be empty.")
    if x.ndim not in (2, 3):
        dims = x.ndim + 1
        raise _wrong("istft", f"expected a tensor with 3 or 4 dimensions, but got {dims}")
    if x.shape[-2] != (n_fft // 2 + 1 if onesided else n_fft):
        wanted = "n_fft / 2 + 1" if onesided else "n_fft"
        raise _wrong(
            "istft",
            "expected the frequency dimension (3rd to the last) of the input tensor to match "
            f"{wanted} when onesided={onesided}, but got {x.shape[-2]}",
        )
    if not 0 < hop <= length:
        raise _wrong("istft", "expected 0 < hop_length <= win_length")
    if not 0 < length <= n_fft:
        raise _wrong("istft", "expected 0 < win_length <= n_fft")
    if window is not None and unwrap(window).shape != (length,):
        raise _wrong(
            "istft", "Invalid window shape. window has to be 1D and length of `win_length`"
        )


def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The signal whose `stft` is nearest to the input, in the sense of least squares.

    The pieces, each times the window, are added where they overlap, and divided by the sum of the
    squares of the windows there. `length` cuts the signal, or fills it with zeros.

    Shape: input (B, n_fft // 2 + 1, pieces) or without B, complex, output (B, L). RuntimeError for
    other shapes, and for windows that leave a sample out.

    Griffin and Lim, "Signal estimation from modified short-time Fourier transform" (1984).

    >>> x = tensor([1.0, 2.0, 3.0, 4.0])
    >>> istft(stft(x, 2, 1, return_complex=True), 2, 1)
    tensor([1., 2., 3., 4.])
    """
    x = unwrap(input)
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    if x.ndim < 2:
        raise IndexError(
            f"Dimension out of range: the input has {x.ndim} dimensions, but (B, n_fft, pieces) "
            "are needed"
        )
    half = x.shape[-2] != n_fft if onesided is None else onesided
    _check_istft(x, n_fft, hop, width, window, half)
    if return_complex and half:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex and _is_complex(window):
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    filled: Any = _whole_window(window, width, n_fft, input)
    spectra: Any = transpose(input if x.ndim == 3 else unsqueeze(input, 0), 1, 2)
    norm = "ortho" if normalized else None
    pieces = ifft(spectra, norm=norm) if return_complex else irfft(spectra, n_fft, norm=norm)
    squares = expand(filled * filled, (1, x.shape[-1], n_fft))
    start = n_fft // 2 if center else 0
    total = n_fft + hop * (x.shape[-1] - 1)
    end = total - start if length is None else min(start + length, total)
    result: Any = _divided(
        piece(_overlapped(pieces * filled, n_fft, hop), 1, start, end),
        piece(_overlapped(squares, n_fft, hop), 1, start, end),
        length,
    )
    return result if x.ndim == 3 else result[0]


def _divided(signal: Any, weights: Any, length: int | None) -> Any:
    """The sum of overlapping pieces over that of the squares of their windows, `length` of it."""
    found = unwrap(weights)
    if not found.size or numpy.abs(found).min() < 1e-11:
        raise _wrong(
            "istft", "window overlap add min: 1", "the windows leave a sample out: lower hop_length"
        )
    result = signal / weights
    missing = 0 if length is None else length - found.shape[1]
    if missing > 0:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded "
            "with zeros in the tail. Please check your center and hop_length settings.",
            stacklevel=3,
        )
        result = pad(result, (0, missing))
    return result


def _overlapped(pieces: Any, n_fft: int, hop: int) -> Any:
    """Pieces (B, pieces, n_fft) as a signal (B, L), added where they overlap."""
    size = n_fft + hop * (unwrap(pieces).shape[1] - 1)
    columns = transpose(pieces, 1, 2)
    return fold(columns, (1, size), (1, n_fft), stride=(1, hop))[:, 0, 0]
