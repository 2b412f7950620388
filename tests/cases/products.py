"""Rows for outer, inner and Kronecker products, einsum, powers and chains."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

C = {"kind": "complex"}


def _einsum(equation, *inputs, **kwargs):
    return Case(
        f"einsum {equation}",
        lambda t, *xs: t.einsum(equation, *xs),
        list(inputs),
        ref=lambda *xs: np.einsum(equation, *xs),
        **kwargs,
    )


def _refused(match, *args):
    """A call of einsum with matrices of ones of these shapes, and its error."""
    equation, *shapes = args
    return Error(
        lambda t: t.einsum(equation, *[t.ones(shape) for shape in shapes]),
        RuntimeError,
        r"einsum\(\): " + match,
    )


EINSUM_ERRORS = [
    _refused("subscript j has size 2 for operand 1", "ij,jk", (2, 3), (2, 3)),
    _refused("output subscript z does not appear", "ij->z", (2, 3)),
    _refused("output subscript i appears more than once", "ij->ii", (2, 3)),
    _refused(r"the number of subscripts in the equation \(3\) does not match", "ijk", (2, 3)),
    _refused("fewer operands were provided", "ij,jk", (2, 3)),
    _refused("more operands were provided", "ij", (2, 3), (2, 3)),
    _refused("invalid subscript given at index 1", "i1", (2, 3)),
    _refused("invalid subscript given at index 5", "ij->i$", (2, 3)),
    _refused(r"found '\.' for operand 0 that is not part", "..ij", (2, 3)),
    Error(
        lambda t: t.einsum("ij,jk", t.ones(2, 2), t.ones(2, 2).int()),
        RuntimeError,
        "expected scalar type Float but found Int",
    ),
    Error(lambda t: t.einsum("ij->ji"), ValueError, "must specify the equation string"),
]

CASES = [
    Case(
        "outer",
        lambda t, x, y: t.outer(x, y),
        [A(3), A(4)],
        ref=np.outer,
        method="outer",
        errors=[
            Error(
                lambda t: t.outer(t.ones(2, 2), t.ones(2)),
                RuntimeError,
                "outer: Expected 1-D argument self, but got 2-D",
            )
        ],
    ),
    Case(
        "inner",
        lambda t, x, y: t.inner(x, y),
        [A(2, 3), A(4, 3)],
        ref=np.inner,
        errors=[
            Error(
                lambda t: t.inner(t.ones(2), t.ones(3)),
                RuntimeError,
                r"the last dimension must match on both input tensors but got shapes \[2\]",
            )
        ],
    ),
    Case("inner_vectors", lambda t, x, y: t.inner(x, y), [A(3), A(3)], ref=np.inner),
    Case("inner_number", lambda t, x, y: t.inner(x, y), [A(), A(2, 3)], ref=np.inner),
    Case(
        "vecdot",
        lambda t, x, y: t.linalg.vecdot(x, y),
        [A(2, 3, **C), A(3, **C)],
        ref=lambda x, y: (x.conj() * y).sum(-1),
    ),
    Case(
        "tensordot",
        lambda t, x, y: t.tensordot(x, y, 2),
        [A(2, 3, 4), A(3, 4, 2)],
        ref=np.tensordot,
        errors=[
            Error(
                lambda t: t.tensordot(t.ones(2, 3), t.ones(2, 3), 1),
                RuntimeError,
                "contracted dimensions need to match, but first has size 3 in dim 1",
            ),
            Error(lambda t: t.tensordot(t.ones(2), t.ones(2), -1), RuntimeError, "dims >= 0"),
            Error(lambda t: t.tensordot(t.ones(2), t.ones(2), 2), RuntimeError, "dims < ndim_a"),
            Error(
                lambda t: t.tensordot(t.ones(2, 2), t.ones(2, 2), ([0], [0, 1])),
                RuntimeError,
                "both dimension lists should have same length",
            ),
        ],
    ),
    Case(
        "tensordot_named",
        lambda t, x, y: t.tensordot(x, y, ([2, 0], [1, 2])),
        [A(2, 3, 4), A(5, 4, 2)],
        ref=lambda x, y: np.tensordot(x, y, ([2, 0], [1, 2])),
    ),
    Case("tensordot_none", lambda t, x, y: t.tensordot(x, y, 0), [A(2), A(3, 2)]),
    Case("tensordot_one", lambda t, x, y: t.tensordot(x, y, 1), [A(2, 3), A(1, 4)]),
    Case(
        "trace",
        lambda t, x: t.trace(x),
        [A(2, 3)],
        ref=np.trace,
        errors=[Error(lambda t: t.trace(t.ones(2)), RuntimeError, "trace: expected a matrix")],
    ),
    Case(
        "cross",
        lambda t, x, y: t.cross(x, y, dim=1),
        [A(2, 3), A(2, 3)],
        ref=np.cross,
        errors=[
            Error(lambda t: t.cross(t.ones(3), t.ones(3)), UserWarning, "without specifying"),
            Error(
                lambda t: t.cross(t.ones(2), t.ones(2), dim=0),
                RuntimeError,
                "inputs dimension 0 must have length 3. Got 2 and 2",
            ),
        ],
    ),
    Case(
        "cross_first",
        lambda t, x, y: t.cross(x, y, dim=0),
        [A(3, 2, **C), A(3, 1, **C)],
        ref=lambda x, y: np.cross(x, y, axis=0),
    ),
    Case("kron", lambda t, x, y: t.kron(x, y), [A(2, 3), A(3, 2)], ref=np.kron),
    Case("kron_vector", lambda t, x, y: t.kron(x, y), [A(3), A(2, 2)], ref=np.kron),
    Case(
        "multi_dot",
        lambda t, *xs: t.linalg.multi_dot(xs),
        [A(2, 9), A(9, 3), A(3, 8), A(8)],
        ref=lambda *xs: np.linalg.multi_dot(xs),
        errors=[
            Error(
                lambda t: t.linalg.multi_dot([t.ones(2, 3), t.ones(2, 3)]),
                RuntimeError,
                r"tensors 0 and 1 with shapes \[2, 3\] and \[2, 3\] cannot be multiplied",
            ),
            Error(lambda t: t.linalg.multi_dot([t.ones(2)]), RuntimeError, "at least 2 tensors"),
            Error(lambda t: t.chain_matmul(t.ones(2, 2)), UserWarning, "deprecated"),
        ],
    ),
    _einsum("ij,jk->ik", A(2, 3), A(3, 4), errors=EINSUM_ERRORS),
    _einsum("ij->ji", A(2, 3)),
    _einsum("ij->", A(2, 3)),
    _einsum("ji", A(2, 3)),
    _einsum("ii", A(3, 3)),
    _einsum("iij->ji", A(3, 3, 2)),
    _einsum("iii->i", A(3, 3, 3)),
    _einsum("i,j->ij", A(2), A(3)),
    _einsum("i,i->", A(3), A(3)),
    _einsum("ij,ij->ij", A(2, 3), A(2, 3)),
    _einsum("bhqd,bhkd->bhqk", A(2, 2, 3, 4), A(2, 2, 5, 4)),
    _einsum("bn,anm,bm->ba", A(2, 3), A(5, 3, 4), A(2, 4)),
    _einsum("ijk,jl,kl->i", A(2, 3, 4), A(3, 5), A(4, 5)),
    _einsum("...ij,...jk->...ik", A(2, 2, 3), A(3, 4)),
    _einsum("i...,i...->...", A(2, 3), A(2, 3)),
    _einsum(",ij->ij", A(), A(2, 3)),
    _einsum("ij,k->ij", A(2, 3), A(4)),
    _einsum("bij,bjk->bik", A(2, 2, 3, **C), A(2, 3, 2, **C)),
    Case(
        "einsum_ones",
        lambda t, x, y: t.einsum("ij,jk->ik", x, y),
        [A(2, 3), A(1, 4)],
        ref=lambda x, y: x @ np.repeat(y, 3, 0),
    ),
    Case(
        "einsum_lists",
        lambda t, x, y: t.einsum(x, [..., 0, 1], y, [1, 2], [..., 2, 0]),
        [A(2, 2, 3), A(3, 4)],
        ref=lambda x, y: (x @ y).swapaxes(1, 2),
    ),
]
