"""Rows for padding, and for channels moved into space."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import slope


def pad(mode: str, *sides: int) -> Any:
    return lambda t, x: t.nn.functional.pad(x, sides, mode=mode)


def shuffled(x: Any) -> Any:
    return x.reshape(2, 2, 2, 2, 3, 2).transpose(0, 1, 4, 2, 5, 3).reshape(2, 2, 6, 4)


CASES = [
    Case(
        "pad_constant",
        lambda t, x: t.nn.functional.pad(x, (1, -2, 0, 3), value=1.5),
        [A(2, 3, 4)],
        ref=lambda x: np.pad(x[:, :, :-2], [(0, 0), (0, 3), (1, 0)], constant_values=1.5),
        errors=[
            Error(
                lambda t: t.nn.functional.pad(t.ones(3), (1,)),
                RuntimeError,
                "Padding length must be divisible by 2",
            ),
            Error(
                lambda t: t.nn.functional.pad(t.ones(3), (1, 1, 1, 1)),
                RuntimeError,
                "Padding length should be less than or equal to two times the input dimension",
            ),
            Error(
                lambda t: t.nn.functional.pad(t.ones(3), (-2, -2)),
                RuntimeError,
                r"narrow\(\): length must be non-negative.",
            ),
            Error(
                lambda t: t.nn.functional.pad(t.ones(3), (1, 1), mode="foo"),
                NotImplementedError,
                "Unrecognised padding mode foo",
            ),
        ],
    ),
    Case(
        "pad_int",
        pad("constant", 1, 1),
        [A(2, 3, kind="int")],
        ref=lambda x: np.pad(x, [(0, 0), (1, 1)]),
    ),
    Case(
        "pad_reflect",
        pad("reflect", 2, 1),
        [A(2, 3, 4)],
        ref=lambda x: np.pad(x, [(0, 0), (0, 0), (2, 1)], mode="reflect"),
        errors=[
            Error(
                lambda t: t.nn.functional.pad(t.ones(1, 3, 4), (4, 0), mode="reflect"),
                RuntimeError,
                "Argument #4: Padding size should be less than the corresponding input dimension",
            ),
            Error(
                lambda t: t.nn.functional.pad(t.ones(1, 1, 3, 4), (1, 1), mode="reflect"),
                NotImplementedError,
                "Padding size 2 is not supported for 4D input tensor.",
            ),
        ],
    ),
    Case(
        "pad_reflect_2d",
        pad("reflect", 2, -1, 1, 2),
        [A(2, 3, 4)],
        ref=lambda x: np.pad(x, [(0, 0), (1, 2), (2, 0)], mode="reflect")[..., :-1],
    ),
    Case("pad_reflect_3d", pad("reflect", 1, 1, 1, 0, 1, 1), [A(1, 2, 3, 2)]),
    Case(
        "pad_replicate",
        pad("replicate", 5, 1),
        [A(2, 4)],
        ref=lambda x: np.pad(x, [(0, 0), (5, 1)], mode="edge"),
    ),
    Case(
        "pad_replicate_2d",
        pad("replicate", 2, 1, 3, 1),
        [A(2, 3, 4)],
        ref=lambda x: np.pad(x, [(0, 0), (3, 1), (2, 1)], mode="edge"),
    ),
    Case("pad_replicate_3d", pad("replicate", 1, 1, 1, 0, 1, 1), [A(1, 2, 3, 2)]),
    Case(
        "pad_circular",
        pad("circular", 2, 1, 3, 0),
        [A(2, 3, 4)],
        ref=lambda x: np.pad(x, [(0, 0), (3, 0), (2, 1)], mode="wrap"),
        errors=[
            Error(
                lambda t: t.nn.functional.pad(t.ones(1, 3, 4), (5, 0), mode="circular"),
                RuntimeError,
                "Padding value causes wrapping around more than once.",
            )
        ],
    ),
    Case(
        "pad_circular_cut",  # what is cut off is not repeated
        pad("circular", -1, 1, 2, -2),
        [A(2, 4, 4)],
        ref=lambda x: np.pad(x[:, :2, 1:], [(0, 0), (2, 0), (0, 1)], mode="wrap"),
        errors=[
            Error(
                lambda t: t.nn.functional.pad(t.ones(1, 3, 4), (-3, -2), mode="circular"),
                RuntimeError,
                "Negative padding value is resulting in an empty dimension",
            )
        ],
    ),
    Case("pad_slope", slope(pad("reflect", 2, 1, 1, 1)), [A(2, 3, 4)]),
    Case(
        "pixel_shuffle",
        lambda t, x: t.nn.functional.pixel_shuffle(x, 2),
        [A(2, 8, 3, 2)],
        ref=shuffled,
        errors=[
            Error(
                lambda t: t.nn.functional.pixel_shuffle(t.ones(7, 2, 2), 2),
                RuntimeError,
                r"input.size\(-3\)=7 is not divisible by 4",
            )
        ],
    ),
    Case(
        "pixel_shuffle_empty",
        lambda t, x: t.nn.functional.pixel_shuffle(x, 2),
        [A(2, 0, 4, 3, 2)],
        ref=lambda x: np.zeros((2, 0, 1, 6, 4)),
    ),
    Case(
        "pixel_unshuffle_empty",
        lambda t, x: t.nn.functional.pixel_unshuffle(x, 2),
        [A(1, 0, 4)],
        ref=lambda x: np.zeros((4, 0, 2)),
    ),
    Case(
        "pixel_unshuffle",
        lambda t, x: t.nn.functional.pixel_unshuffle(t.nn.functional.pixel_shuffle(x, 2), 2),
        [A(2, 8, 3, 2)],
        ref=lambda x: x,
        errors=[
            Error(
                lambda t: t.nn.functional.pixel_unshuffle(t.ones(2, 3, 4), 2),
                RuntimeError,
                r"input.size\(-2\)=3 is not divisible by 2",
            )
        ],
    ),
    Case(
        "channel_shuffle",
        lambda t, x: t.native_channel_shuffle(t.nn.functional.channel_shuffle(x, 2), 1),
        [A(2, 6, 2)],
        ref=lambda x: x[:, [0, 3, 1, 4, 2, 5]],
        errors=[
            Error(
                lambda t: t.nn.functional.channel_shuffle(t.ones(2, 7, 2), 2),
                RuntimeError,
                "Number of channels must be divisible by groups. Got 7 channels and 2 groups.",
            )
        ],
    ),
]
