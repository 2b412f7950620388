"""Rows for bits."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

INTS = [A(4, 5, low=-20, high=20, kind="int"), A(5, low=-20, high=20, kind="int")]
SHIFTS = [A(4, 5, low=-20, high=20, kind="int"), A(5, low=0, high=9, kind="int")]
BOOLS = [A(4, 5, kind="bool"), A(5, kind="bool")]


def _case(name, ref, inputs, kernel, **rest):
    return Case(
        name,
        lambda t, x, y: getattr(t, name)(x, y),
        inputs,
        ref,
        method=name,
        inplace=f"{name}_",
        errors=[
            Error(
                lambda t: getattr(t, name)(t.ones(2), t.ones(2)),
                NotImplementedError,
                f"\"{kernel}\" not implemented for 'Float'",
            )
        ],
        **rest,
    )


CASES = [
    _case("bitwise_and", np.bitwise_and, INTS, "bitwise_and_cpu"),
    _case("bitwise_or", np.bitwise_or, INTS, "bitwise_or_cpu"),
    _case("bitwise_xor", np.bitwise_xor, INTS, "bitwise_xor_cpu"),
    _case("bitwise_left_shift", np.left_shift, SHIFTS, "lshift_cpu"),
    _case("bitwise_right_shift", np.right_shift, SHIFTS, "rshift_cpu"),
    Case(
        "bitwise_bool",
        lambda t, x, y: (x & y, x | y, x ^ y, ~x),
        BOOLS,
        lambda x, y: (x & y, x | y, x ^ y, ~x),
    ),
    Case(
        "bitwise_number",
        lambda t, x: (x & 3, 3 ^ x, x << 1, 1 << (x & 7)),
        INTS[:1],
        lambda x: (x & 3, 3 ^ x, x << 1, 1 << (x & 7)),
    ),
    Case(
        "bitwise_not",
        lambda t, x: t.bitwise_not(x),
        INTS[:1],
        np.invert,
        method="bitwise_not",
        inplace="bitwise_not_",
        errors=[
            Error(lambda t: ~t.ones(1), TypeError, "only implemented on integer and Boolean-type"),
            Error(lambda t: t.bitwise_not(t.ones(1)), NotImplementedError, "'Float'"),
        ],
    ),
    Case(
        "shift_out",
        lambda t: (
            t.tensor([255], dtype=t.uint8) << 9,
            t.tensor([7, -7]) >> 64,
            t.tensor([7, -7]) << 64,
        ),
        [],
        lambda: tuple(map(np.array, ([0], [0, -1], [0, 0]))),
    ),
]
