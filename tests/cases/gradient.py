"""Rows for derivatives of sampled functions."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

PLACES = A(4, kind="distinct")


def _error(match, kind=RuntimeError, like=(3, 3), **given):
    return Error(lambda t: t.gradient(t.ones(*like), **given), kind, match)


CASES = [
    Case(
        "gradient",
        lambda t, x: t.gradient(x),
        [A(3, 4)],
        np.gradient,
        errors=[
            _error("or a list of length equal to 'self.dim", spacing=[0.1]),
            _error("to have the same length, but got", spacing=[0.1], dim=(0, 1)),
            _error("only supports edge_order=1", edge_order=3),
            _error("dim 1 appears multiple times", dim=(1, 1)),
            _error("Dimension out of range", IndexError, dim=3),
            _error("at least edge_order", like=(1, 3)),
            _error("at least edge_order", like=(2, 3), edge_order=2),
            _error("spacing is str", TypeError, spacing="a"),
            Error(lambda t: t.gradient(t.ones(3).byte()), RuntimeError, "not support uint8"),
            Error(
                lambda t: t.gradient(t.ones(3), spacing=(t.ones(1, 3),)),
                RuntimeError,
                "to have one dimension, but got an element with 2",
            ),
        ],
    ),
    Case(
        "gradient_second",
        lambda t, x: t.gradient(x, spacing=[2.0, 0.5], edge_order=2),
        [A(3, 4)],
        lambda x: np.gradient(x, 2.0, 0.5, edge_order=2),
    ),
    Case(
        "gradient_dim",
        lambda t, x: t.gradient(x, spacing=3, dim=-1)[0],
        [A(3, 2)],
        lambda x: np.gradient(x, 3, axis=1),
    ),
    *[
        Case(
            f"gradient_places_{order}",
            lambda t, x, p, order=order: t.gradient(x, spacing=(p,), dim=1, edge_order=order)[0],
            [A(3, 4, 2), PLACES],
            lambda x, p, order=order: np.gradient(x, p, axis=1, edge_order=order),
        )
        for order in (1, 2)
    ],
    Case("gradient_point", lambda t, x: t.gradient(x), [A()], lambda x: ()),
    Case("gradient_of_integers", lambda t, x: t.gradient(x), [A(3, kind="int")], grad=False),
]
