"""Rows for matrix products and linear layers."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error


def _error(call, match, kind=RuntimeError):
    return Error(call, kind, match)


CASES = [
    Case(
        "mm",
        lambda t, x, y: t.mm(x, y),
        [A(2, 3), A(3, 4)],
        ref=np.matmul,
        method="mm",
        errors=[
            _error(lambda t: t.mm(t.ones(2, 3), t.ones(3)), "mat2 must be a matrix"),
            _error(lambda t: t.mm(t.ones(3), t.ones(3, 3)), "self must be a matrix"),
        ],
    ),
    Case(
        "matmul",
        lambda t, x, y: x @ y,
        [A(2, 3), A(3, 4)],
        ref=np.matmul,
        method="matmul",
        errors=[
            _error(
                lambda t: t.ones(2, 3) @ t.ones(2, 3),
                r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 2x3\)\nhint: .*x @ y\.T",
            ),
            _error(lambda t: t.ones(2, 3) @ t.ones(2, 5), r"2x3 and 2x5\)\nhint: .*x\.T @ y"),
            _error(lambda t: t.ones(3) @ t.ones(2, 3), r"\(1x3 and 2x3\)"),
            _error(
                lambda t: t.ones(2, 2) @ t.ones(2, 2).double(),
                "expected m1 and m2 to have the same dtype, but got: float != double",
            ),
            _error(
                lambda t: t.ones(2, 2).bool() @ t.ones(2, 2).bool(),
                "\"addmm_impl_cpu_\" not implemented for 'Bool'",
                NotImplementedError,
            ),
            _error(
                lambda t: t.ones(2, 2) @ t.tensor(1.0),
                "both arguments to matmul need to be at least 1D, but they are 2D and 0D",
            ),
            _error(
                lambda t: t.matmul(t.ones(2, 2), 2),
                r"matmul\(\): argument 'other' \(position 2\) must be Tensor, not int",
                TypeError,
            ),
        ],
    ),
    Case("mm_empty", lambda t, x, y: x @ y, [A(2, 0), A(0, 3)], ref=np.matmul),
    Case("mm_thin", lambda t, x, y: x @ y, [A(5, 1), A(1, 4)], ref=np.matmul),
    Case(
        "mm_complex",
        lambda t, x, y: x @ y,
        [A(2, 3, kind="complex"), A(3, 2, kind="complex")],
        ref=np.matmul,
    ),
    Case(
        "mm_int", lambda t, x, y: x @ y, [A(2, 3, kind="int"), A(3, 2, kind="int")], ref=np.matmul
    ),
    Case(
        "mm_large_int",
        lambda t, x, y: x @ y,
        [A(60, 50, kind="int", high=90), A(50, 60, kind="int", high=90)],
        ref=np.matmul,
    ),
    Case("mm_expanded", lambda t, x, y: x.expand(4, 3) @ y, [A(1, 3), A(3, 2)]),
    Case(
        "mv",
        lambda t, x, y: t.mv(x, y),
        [A(2, 3), A(3)],
        ref=np.matmul,
        method="mv",
        errors=[
            _error(
                lambda t: t.ones(2, 3) @ t.ones(2),
                r"size mismatch, got input \(2\), mat \(2x3\), vec \(2\)",
            ),
            _error(
                lambda t: t.mv(t.ones(2, 3), t.ones(2, 3)),
                r"vector \+ matrix @ vector expected, got 1, 2, 2",
            ),
            _error(
                lambda t: t.ones(2, 2) @ t.ones(2).double(),
                "addmv input tensors must have the same dtype, but got Double, Float, and Double",
            ),
        ],
    ),
    Case("vec_mat", lambda t, x, y: x @ y, [A(3), A(3, 4)], ref=np.matmul),
    Case(
        "dot",
        lambda t, x, y: t.dot(x, y),
        [A(3), A(3)],
        ref=np.dot,
        method="dot",
        errors=[
            _error(
                lambda t: t.dot(t.ones(2), t.ones(3)),
                r"inconsistent tensor size, expected tensor \[2\] and src \[3\] to have the same",
            ),
            _error(
                lambda t: t.dot(t.ones(2, 2), t.ones(2, 2)),
                "1D tensors expected, but got 2D and 2D tensors",
            ),
            _error(
                lambda t: t.dot(t.ones(2), t.ones(2).double()),
                "dot : expected both vectors to have same dtype, but found Float and Double",
            ),
        ],
    ),
    Case(
        "vdot",
        lambda t, x, y: t.vdot(x, y),
        [A(3, kind="complex"), A(3, kind="complex")],
        ref=np.vdot,
    ),
    Case(
        "bmm",
        lambda t, x, y: t.bmm(x, y),
        [A(2, 3, 4), A(2, 4, 5)],
        ref=np.matmul,
        method="bmm",
        errors=[
            _error(
                lambda t: t.bmm(t.ones(2, 3, 4), t.ones(2, 3, 4)),
                r"Expected size for first two dimensions of batch2 tensor to be: \[2, 4\] "
                r"but got: \[2, 3\]",
            ),
            _error(lambda t: t.bmm(t.ones(2, 3), t.ones(2, 3)), "batch1 must be a 3D tensor"),
            _error(
                lambda t: t.bmm(t.ones(2, 3, 4), t.ones(3, 4, 5)), r"\[2, 4\] but got: \[3, 4\]"
            ),
            _error(
                lambda t: t.bmm(t.ones(2, 2, 2), t.ones(2, 2, 2).double()),
                "expected scalar type Float but found Double",
            ),
        ],
    ),
    Case(
        "matmul_broadcast",
        lambda t, x, y: x @ y,
        [A(2, 1, 3, 4), A(5, 4, 2)],
        ref=np.matmul,
        errors=[
            _error(
                lambda t: t.ones(2, 3, 4) @ t.ones(3, 4, 5),
                r"The size of tensor a \(2\) must match the size of tensor b \(3\)",
            )
        ],
    ),
    Case("matmul_rows", lambda t, x, y: x @ y, [A(2, 3, 4), A(4, 5)], ref=np.matmul),
    Case("matmul_columns", lambda t, x, y: x @ y, [A(3, 4), A(2, 4, 5)], ref=np.matmul),
    Case("matmul_stack_vec", lambda t, x, y: x @ y, [A(2, 3, 4), A(4)], ref=np.matmul),
    Case("matmul_vec_stack", lambda t, x, y: x @ y, [A(4), A(2, 4, 3)], ref=np.matmul),
    Case("matmul_thin", lambda t, x, y: x @ y, [A(2, 3, 1), A(2, 1, 4)], ref=np.matmul),
    Case("matmul_empty_rows", lambda t, x, y: x @ y, [A(2, 0, 3, 0), A(0, 4)], ref=np.matmul),
    Case("matmul_gaps", lambda t, x, y: x[..., ::2] @ y, [A(2, 3, 8), A(2, 4, 2)]),
]
