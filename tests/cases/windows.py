"""Rows for windows."""

from __future__ import annotations

import numpy as np
from scipy.signal import windows as sw

from .case import Case, Error


def _window(name, *args, length=6, periodic=True, **given):
    return Case(
        f"{name}_window_{length}_{periodic}_{len(args) + len(given)}",
        lambda t: getattr(t, f"{name}_window")(length, periodic, *args, dtype=t.float64, **given),
        [],
        lambda: getattr(sw, name)(length, *args, sym=not periodic, **given),
    )


def _signal(name, length=6, sym=True, **given):
    return Case(
        f"signal_{name}_{length}_{sym}_{len(given)}",
        lambda t: _windows(t)(name)(length, sym=sym, dtype=t.float64, **given),
        [],
        lambda: getattr(sw, name)(length, sym=sym, **given),
    )


def _windows(t):
    """The function of `torch.signal.windows` of a name."""
    return lambda name: getattr(t.signal.windows, name)


def _error(name, kind, match, *args, **given):
    return Error(lambda t: _windows(t)(name)(*args, **given), kind, match)


CASES = [
    *[
        _window(name, *args, length=length, periodic=periodic)
        for name, args in (
            ("bartlett", ()),
            ("blackman", ()),
            ("hamming", ()),
            ("hann", ()),
            ("kaiser", (3.0,)),
        )
        for length, periodic in ((6, True), (5, False), (1, True), (0, True))
    ],
    Case(
        "hamming_window_alpha_beta",
        lambda t: t.hamming_window(4, True, 0.3, 0.4, dtype=t.float64),
        [],
        lambda: 0.3 - 0.4 * np.cos(np.arange(4) * np.pi / 2),
        errors=[
            Error(lambda t: t.hann_window(-1), RuntimeError, "got window_length=-1"),
            Error(lambda t: t.hann_window(2.0), TypeError, "must be int, not float"),
            Error(
                lambda t: t.hann_window(2, dtype=t.int64), RuntimeError, "expects floating point"
            ),
            Error(lambda t: t.hann_window(2, dtype=t.complex64), NotImplementedError, "arange_cpu"),
        ],
    ),
    *[
        _signal(name, length, sym, **given)
        for name, given in (
            ("bartlett", {}),
            ("blackman", {}),
            ("cosine", {}),
            ("exponential", {"tau": 2.0}),
            ("gaussian", {"std": 1.5}),
            ("general_cosine", {"a": [0.4, 0.3, 0.3]}),
            ("general_hamming", {"alpha": 0.7}),
            ("hamming", {}),
            ("hann", {}),
            ("kaiser", {"beta": 3.0}),
            ("nuttall", {}),
        )
        for length, sym in ((6, True), (5, False), (1, True), (0, False))
    ],
    Case(
        "signal_exponential_center",
        lambda t: _windows(t)("exponential")(5, center=3.0, sym=False, dtype=t.float64),
        [],
        lambda: sw.exponential(5, 3.0, sym=False),
        errors=[
            _error("hann", ValueError, "non-negative window length, got M=-1", -1),
            _error("hann", ValueError, "is implemented for strided tensors", 2, layout="sparse"),
            _error("exponential", ValueError, "Tau must be positive, got: 0", 2, tau=0),
            _error("exponential", ValueError, "Center must be None", 2, center=1),
            _error("gaussian", ValueError, "Standard deviation must be positive", 2, std=-1),
            _error("kaiser", ValueError, "beta must be non-negative, got: -1", 2, beta=-1),
            _error("general_cosine", TypeError, "must be a list/tuple", 2, a=3),
            _error("general_cosine", ValueError, "cannot be empty", 2, a=[]),
            Error(
                lambda t: _windows(t)("hann")(2, dtype=t.float16),
                ValueError,
                "expects float32 or float64 dtypes, got: torch.float16",
            ),
        ],
    ),
]
