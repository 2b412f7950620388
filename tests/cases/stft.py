"""Rows for spectra of short pieces of a signal."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

SIGNAL, WINDOW = A(2, 9), A(4, low=0.5)
SPECTRA = A(2, 3, 6, kind="complex")


def _pieces(x, w, hop=1):
    """The spectra (B, 3, pieces) of a signal continued by two samples at both ends."""
    padded = np.pad(x, ((0, 0), (2, 2)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 4, -1)[:, ::hop]
    return np.fft.rfft(windows * w).swapaxes(1, 2)


def _stft(label, x=SIGNAL, w=WINDOW, **given):
    call = lambda t, x, w: t.stft(x, 4, window=w, **{"return_complex": True, **given})  # noqa: E731
    return Case(f"stft_{label}", call, [x, w])


def _istft(label, x=SPECTRA, w=WINDOW, **given):
    return Case(f"istft_{label}", lambda t, x, w: t.istft(x, 4, window=w, **given), [x, w])


def _error(function, match, kind=RuntimeError, like=(3, 5), **given):
    """The call of a function on complex ones; for `stft` on real ones."""

    def call(t):
        x = t.ones(*like) if function == "stft" else t.ones(*like) + 0j
        return getattr(t, function)(x, **{"n_fft": 4, **given})

    return Error(call, kind, match)


CASES = [
    Case(
        "stft",
        lambda t, x, w: t.stft(x, 4, 2, window=w, return_complex=True),
        [SIGNAL, WINDOW],
        lambda x, w: _pieces(x, w, 2),
        errors=[
            _error("stft", "requires the return_complex parameter"),
            _error("stft", "only be set when center", align_to_window=True, return_complex=True),
            _error("stft", "expected a 1D or 2D", like=(1, 2, 5), return_complex=True),
            _error("stft", "0 < n_fft < 5, but got", n_fft=6, center=False, return_complex=True),
            _error("stft", "expected hop_length > 0", hop_length=0, return_complex=True),
            _error("stft", "expected 0 < win_length <=", win_length=5, return_complex=True),
            _error("stft", "Unrecognised", NotImplementedError, pad_mode="a", return_complex=True),
            Error(
                lambda t: t.stft(t.ones(9), 4, window=t.ones(3), return_complex=True),
                RuntimeError,
                r"equal to win_length=4, but got window with size \[3\]",
            ),
            Error(
                lambda t: t.stft(t.ones(9) + 0j, 4, onesided=True),
                RuntimeError,
                "Cannot have onesided output",
            ),
            Error(
                lambda t: t.stft(t.ones(9).long(), 4, center=False, return_complex=True),
                RuntimeError,
                "expected a tensor of floating point or complex",
            ),
        ],
    ),
    _stft("line", A(9)),
    _stft("real_parts", return_complex=False),
    _stft("two_sided", onesided=False, normalized=True, pad_mode="constant"),
    _stft("complex", A(9, kind="complex"), return_complex=None),
    _stft("complex_window", w=A(4, kind="complex")),
    _stft("short_window", w=A(3), win_length=3, center=False),
    _stft("aligned", w=A(2), win_length=2, center=False, align_to_window=True),
    Case(
        "stft_method",
        lambda t, x: x.stft(4, win_length=3, return_complex=True),
        [A(6)],
        method="stft",
        args=(4, None, 3, None, True, "reflect", False, None, True),
    ),
    Case(
        "istft",
        lambda t, x, w: t.istft(t.stft(x, 4, window=w, return_complex=True), 4, window=w),
        [SIGNAL, WINDOW],
        lambda x, w: x,
        errors=[
            _error("istft", "frequency dimension .* to match n_fft / 2", n_fft=8),
            _error("istft", "to match n_fft when onesided=False", onesided=False),
            _error("istft", "expected 0 < hop_length <= win_length", hop_length=5),
            _error("istft", "expected 0 < win_length <= n_fft", win_length=5),
            _error("istft", "cannot be empty", like=(3, 0)),
            _error("istft", "3 or 4 dimensions, but got 5", like=(1, 1, 3, 5)),
            _error("istft", "Dimension out of range", IndexError, like=(3,)),
            _error("istft", "Cannot have onesided", return_complex=True),
            Error(lambda t: t.istft(t.ones(3, 5), 4), RuntimeError, "a complex-valued input"),
            Error(
                lambda t: t.istft(t.ones(3, 5) + 0j, 4, window=t.zeros(4)),
                RuntimeError,
                "window overlap add min: 1",
            ),
            Error(
                lambda t: t.istft(t.ones(3, 5) + 0j, 4, window=t.zeros(3)),
                RuntimeError,
                "Invalid window shape",
            ),
            Error(
                lambda t: t.istft(t.ones(3, 5) + 0j, 4, window=t.ones(4) + 0j),
                RuntimeError,
                "Complex windows are incompatible",
            ),
        ],
    ),
    _istft("line", A(3, 6, kind="complex"), normalized=True),
    _istft("shorter", length=3, win_length=3, w=A(3, low=0.5)),
    _istft("uncentred", center=False, hop_length=2),
    _istft("complex", A(4, 5, kind="complex"), return_complex=True),
    _istft("two_sided", A(4, 5, kind="complex"), onesided=False),
]
