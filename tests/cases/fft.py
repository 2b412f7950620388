"""Rows for discrete Fourier transforms."""

from __future__ import annotations

import numpy as np
from scipy import fft as sf

from .case import A, Case, Error

REAL, COMPLEX = A(3, 4), A(3, 4, kind="complex")


def _case(name, x, label="", **given):
    """The same call of `torch.fft` and of SciPy, which says axis or axes for `dim`."""
    axis = "axes" if name[-1] in "n2" else "axis"
    theirs = {axis if key == "dim" else key: value for key, value in given.items()}
    return Case(
        f"fft_{name}_{label or x.kind}",
        lambda t, x: getattr(t.fft, name)(x, **given),
        [x],
        lambda x: getattr(sf, name)(x, **theirs),
    )


CASES = [
    *[_case(name, x) for name in ("fft", "ifft", "hfft", "irfft") for x in (REAL, COMPLEX)],
    *[_case(name, REAL) for name in ("rfft", "ihfft", "rfft2", "ihfft2", "rfftn", "ihfftn")],
    *[_case(name, COMPLEX) for name in ("fft2", "ifft2", "hfft2", "irfft2")],
    *[_case(name, COMPLEX, "ortho", norm="ortho") for name in ("fftn", "ifftn", "hfftn")],
    _case("fft", REAL, "shorter", n=3, dim=1),
    _case("ifft", REAL, "longer", n=5, dim=0),
    _case("rfft", REAL, "odd", n=5, norm="forward"),
    _case("irfft", COMPLEX, "odd", n=5, norm="forward"),
    _case("hfft", COMPLEX, "odd", n=7, norm="ortho"),
    _case("fftn", COMPLEX, "sizes", s=(2, 5)),
    _case("ifftn", REAL, "sizes", s=(5,), dim=(0,)),
    _case("rfftn", A(2, 3, 4), "axes", dim=(2, 0)),
    _case("irfftn", A(2, 3, 4, kind="complex"), "axes", s=(3, 5), dim=(0, 1)),
    Case(
        "fft_none",
        lambda t, x: (t.fft.fftn(x, dim=()), t.fft.ifftn(x + 0j, dim=())),
        ref=lambda x: (x + 0j, x + 0j),
    ),
    Case("fft_empty", lambda t, x: t.fft.fft(x), [A(0, 3)], lambda x: x + 0j),
    Case("fft_scalar", lambda t, x: t.fft.fftn(x), [A()], lambda x: x + 0j),
    Case("fft_of_integers", lambda t, x: t.fft.rfft(x), [A(4, kind="int")], grad=False),
    Case("fftshift", lambda t, x: t.fft.fftshift(x), [A(2, 5)], np.fft.fftshift),
    Case("ifftshift", lambda t, x: t.fft.ifftshift(x, 1), ref=lambda x: np.fft.ifftshift(x, 1)),
    *[
        Case(
            f"{name}_{n}",
            lambda t, name=name, n=n: getattr(t.fft, name)(n, 0.5, dtype=t.float64),
            [],
            lambda name=name, n=n: getattr(np.fft, name)(n, 0.5),
        )
        for name in ("fftfreq", "rfftfreq")
        for n in (1, 4, 5)
    ],
    Case(
        "fft_into",
        lambda t, x: t.fft.fft(x.detach(), out=(x.detach() * 1j)),
        [A(3)],
        np.fft.fft,
        grad=False,
        errors=[
            Error(lambda t: t.fft.fft(t.ones(2), n=0), RuntimeError, r"data points \(0\)"),
            Error(lambda t: t.fft.fft(t.ones(2), norm="a"), RuntimeError, 'mode: "a"'),
            Error(lambda t: t.fft.fft(t.tensor(1.0)), IndexError, "as -1 but tensor has no dim"),
            Error(lambda t: t.fft.fft(t.ones(2), 2.5), TypeError, "'n' must be int, not float"),
            Error(lambda t: t.fft.fft(3), TypeError, "must be Tensor, not int"),
            Error(lambda t: t.fft.fft(t.ones(2).half()), RuntimeError, "Unsupported dtype Half"),
            Error(lambda t: t.fft.rfft(t.tensor([1j])), RuntimeError, "expects a real input"),
            Error(lambda t: t.fft.rfftn(t.tensor([1j])), RuntimeError, "a real-valued input"),
            Error(lambda t: t.fft.rfftn(t.tensor(1.0)), RuntimeError, "at least one axis"),
            Error(lambda t: t.fft.irfft(t.ones(1)), RuntimeError, r"data points \(0\)"),
            Error(lambda t: t.fft.fftn(t.ones(2), dim=(0, 0)), RuntimeError, "must be unique"),
            Error(lambda t: t.fft.fftn(t.ones(2), (1, 2)), RuntimeError, "only has 1 dimensions"),
            Error(lambda t: t.fft.fftn(t.ones(2), (1, 2), 0), RuntimeError, "the same length"),
            Error(lambda t: t.fft.fft2(t.ones(2)), IndexError, "out of range"),
            Error(
                lambda t: t.fft.fft(t.ones(2), out=t.ones(2)),
                RuntimeError,
                "expects a complex output tensor, but got Float",
            ),
            Error(
                lambda t: t.fft.irfft(t.ones(2), out=t.tensor([1j])),
                RuntimeError,
                "expects a floating point output tensor, but got ComplexFloat",
            ),
            Error(lambda t: t.fft.fftfreq(-1), RuntimeError, "negative dimension -1"),
            Error(lambda t: t.fft.fftfreq(2, dtype=t.int64), RuntimeError, "floating point or"),
        ],
    ),
]
