"""Rows for complex tensors."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

COMPLEX = A(2, 3, kind="complex")


def _pairs(z):
    return np.stack([z.real, z.imag], -1)


CASES = [
    Case("real", lambda t, x: t.real(x), [COMPLEX], np.real),
    Case(
        "imag",
        lambda t, x: t.imag(x),
        [COMPLEX],
        np.imag,
        errors=[
            Error(
                lambda t: t.imag(t.ones(1)),
                RuntimeError,
                "imag is not implemented for tensors with non-complex",
            ),
        ],
    ),
    Case("real_of_real", lambda t, x: t.real(x), ref=lambda x: x),
    Case("conj", lambda t, x: t.conj(x), [COMPLEX], np.conj, method="conj"),
    Case("conj_product", lambda t, x: t.real(x * x.conj()), [COMPLEX], lambda x: np.abs(x) ** 2),
    Case("product_with_real", lambda t, x: x * t.abs(x), [COMPLEX], lambda x: x * np.abs(x)),
    Case(
        "conj_physical",
        lambda t, x: t.conj_physical(x),
        [COMPLEX],
        np.conj,
        method="conj_physical",
        inplace="conj_physical_",
    ),
    Case("resolve", lambda t, x: (x.resolve_conj(), x.resolve_neg()), [COMPLEX], lambda x: (x, x)),
    Case("angle", lambda t, x: t.angle(x), [COMPLEX], np.angle, method="angle"),
    Case("angle_real", lambda t, x: t.angle(x), [A(4)], ref=np.angle),
    Case(
        "view_as_real",
        lambda t, x: t.view_as_real(x),
        [COMPLEX],
        _pairs,
        errors=[
            Error(
                lambda t: t.view_as_real(t.ones(1)),
                RuntimeError,
                "only supported for complex tensors",
            ),
        ],
    ),
    Case(
        "view_as_real_strided", lambda t, x: t.view_as_real(x.mT), [COMPLEX], lambda x: _pairs(x.T)
    ),
    Case(
        "view_as_complex",
        lambda t, x: t.view_as_complex(x.contiguous()),
        [A(3, 2)],
        lambda x: x[:, 0] + 1j * x[:, 1],
        errors=[
            Error(
                lambda t: t.view_as_complex(t.tensor(1.0)), RuntimeError, "one or more dimensions"
            ),
            Error(lambda t: t.view_as_complex(t.ones(3)), RuntimeError, "last dimension of size 2"),
            Error(lambda t: t.view_as_complex(t.tensor([1, 2])), RuntimeError, "scalar type: Long"),
            Error(
                lambda t: t.view_as_complex(t.ones(2, 4).t()),
                RuntimeError,
                "last dimension with stride 1",
            ),
            Error(
                lambda t: t.view_as_complex(t.ones(2, 3)[:, :2]),
                RuntimeError,
                "stride divisible by 2",
            ),
        ],
    ),
    Case(
        "complex",
        lambda t, x, y: t.complex(x, y),
        [A(2, 3), A(3)],
        lambda x, y: x + 1j * y,
        errors=[
            Error(
                lambda t: t.complex(t.ones(1), t.ones(1).double()),
                RuntimeError,
                "scalar type Float but got scalar type Double",
            ),
            Error(
                lambda t: t.complex(t.tensor([1]), t.tensor([1])),
                RuntimeError,
                "Half, Float or Double",
            ),
            Error(
                lambda t: t.complex(t.ones(1), 1.0),
                TypeError,
                "argument 'imag' .* must be Tensor, not float",
            ),
        ],
    ),
    Case(
        "polar",
        lambda t, x, y: t.polar(x, y),
        [A(2, 3, low=0.5), A(3)],
        lambda x, y: x * np.exp(1j * y),
    ),
    Case(
        "is_complex",
        lambda t, x: (
            t.is_complex(x),
            t.is_floating_point(x),
            t.is_signed(x),
            t.is_neg(x),
            x.is_conj(),
        ),
        [COMPLEX],
        lambda x: (True, False, True, False, False),
    ),
]
