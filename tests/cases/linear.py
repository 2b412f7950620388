"""Rows for linear layers and products with something added."""

from __future__ import annotations

from .case import A, Case
from .matmul import _error


def _linear(t, x, w, b=None):
    return t.nn.functional.linear(x, w, b)


def _ref(x, w, b=0.0):
    return x @ w.T + b


CASES = [
    Case(
        "linear",
        _linear,
        [A(5, 3), A(2, 3), A(2)],
        ref=_ref,
        errors=[
            _error(
                lambda t: _linear(t, t.ones(2, 3), t.ones(4, 2), t.ones(4)),
                r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 2x4\)\nhint: the input has 3",
            ),
            _error(
                lambda t: _linear(t, t.ones(2, 3, 4), t.ones(5, 3)),
                r"shapes cannot be multiplied \(6x4 and 3x5\)",
            ),
            _error(
                lambda t: _linear(t, t.ones(2, 3), t.ones(4, 3), t.ones(5)),
                r"The expanded size of the tensor \(4\) must match the existing size \(5\)",
            ),
            _error(
                lambda t: _linear(t, t.ones(2, 3).double(), t.ones(4, 3), t.ones(4)),
                "mat1 and mat2 must have the same dtype, but got Double and Float",
            ),
            _error(
                lambda t: _linear(t, t.ones(2, 3).long(), t.ones(4, 3)),
                "expected m1 and m2 to have the same dtype, but got: long int != float",
            ),
            _error(
                lambda t: _linear(t, t.ones(2, 3), t.ones(4, 3), t.ones(4).double()),
                "self and mat2 must have the same dtype, but got Double and Float",
            ),
        ],
    ),
    Case("linear_stack", _linear, [A(2, 5, 3), A(2, 3), A(2)], ref=_ref),
    Case("linear_vector", _linear, [A(3), A(2, 3), A(2)], ref=_ref),
    Case("linear_no_rows", _linear, [A(0, 3), A(2, 3), A(2)], ref=_ref),
    Case("linear_thin", _linear, [A(9, 1), A(1, 1), A(1)], ref=_ref),
    Case("linear_scalar_bias", _linear, [A(4, 3), A(2, 3), A(1)], ref=_ref),
    Case("linear_plain", _linear, [A(5, 3), A(2, 3)], ref=_ref),
    Case("linear_plain_stack", _linear, [A(2, 5, 3), A(2, 3)], ref=_ref),
    Case("linear_plain_vector", _linear, [A(3), A(2, 3)], ref=_ref),
    Case("linear_one_output", _linear, [A(5, 3), A(3)], ref=lambda x, w: x @ w),
    Case(
        "linear_complex",
        _linear,
        [A(5, 3, kind="complex"), A(2, 3, kind="complex"), A(2, kind="complex")],
        ref=_ref,
    ),
    Case(
        "bilinear",
        lambda t, x, y, w, b: t.nn.functional.bilinear(x, y, w, b),
        [A(2, 3), A(2, 4), A(5, 3, 4), A(5)],
        errors=[
            _error(
                lambda t: t.nn.functional.bilinear(t.ones(2, 3), t.ones(2, 3), t.ones(4, 3, 2)),
                r"bilinear\(\): input2 size does not match weight size: got 3 but expected 2",
            )
        ],
    ),
    Case(
        "addmm",
        lambda t, c, x, y: t.addmm(c, x, y, beta=0.5, alpha=2),
        [A(4), A(3, 2), A(2, 4)],
        ref=lambda c, x, y: 0.5 * c + 2 * x @ y,
        errors=[
            _error(
                lambda t: t.addmm(t.ones(4), t.ones(2, 3), t.ones(3, 2)),
                r"The expanded size of the tensor \(2\) must match the existing size \(4\)",
            ),
            _error(
                lambda t: t.addmm(t.ones(2), t.ones(2), t.ones(2, 2)),
                "mat1 must be a matrix, got 1-D tensor",
            ),
        ],
    ),
    Case(
        "addmm_beta_0",
        lambda t, x, y: t.addmm(t.tensor(float("nan"), dtype=x.dtype), x, y, beta=0),
        [A(3, 2), A(2, 4)],
        ref=lambda x, y: x @ y,
    ),
    Case(
        "addmv",
        lambda t, c, x, y: t.addmv(c, x, y, alpha=3),
        [A(3), A(3, 2), A(2)],
        ref=lambda c, x, y: c + 3 * x @ y,
    ),
    Case(
        "addr",
        lambda t, c, x, y: t.addr(c, x, y, beta=2, alpha=3),
        [A(3, 2), A(3), A(2)],
        ref=lambda c, x, y: 2 * c + 3 * x[:, None] * y,
        errors=[
            _error(
                lambda t: t.addr(t.ones(2), t.ones(2), t.ones(2, 2)),
                "addr: Expected 1-D argument vec2, but got 2-D",
            )
        ],
    ),
    Case(
        "addr_complex",
        lambda t, c, x, y: t.addr(c, x, y, beta=2j, alpha=1 - 3j),
        [A(3, 2, kind="complex"), A(3, kind="complex"), A(2, kind="complex")],
        ref=lambda c, x, y: 2j * c + (1 - 3j) * x[:, None] * y,
    ),
    Case(
        "baddbmm",
        lambda t, c, x, y: t.baddbmm(c, x, y, beta=2, alpha=3),
        [A(5), A(2, 3, 4), A(2, 4, 5)],
        ref=lambda c, x, y: 2 * c + 3 * x @ y,
    ),
    Case(
        "addbmm",
        lambda t, c, x, y: t.addbmm(c, x, y, beta=2, alpha=3),
        [A(3, 5), A(2, 3, 4), A(2, 4, 5)],
        ref=lambda c, x, y: 2 * c + 3 * (x @ y).sum(0),
    ),
]
