"""Rows for comparison, logic, tests of elements and selection."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

NAN, INF = float("nan"), float("inf")
SMALL = [A(4, 5, low=0, high=3, kind="int"), A(5, low=0, high=3, kind="int")]
BOOLS = [A(4, 5, kind="bool"), A(5, kind="bool")]


def _comparison(name, ref):
    return Case(
        name,
        lambda t, x, y: getattr(t, name)(x, y),
        SMALL,
        ref,
        method=name,
        errors=[
            Error(
                lambda t: getattr(t, name)(t.ones(3), t.ones(2)),
                RuntimeError,
                "must match the size",
            ),
            Error(lambda t: getattr(t, name)(t.ones(3), "a"), TypeError, name),
        ],
    )


def _ordered(name):
    return Error(
        lambda t: getattr(t, name)(t.tensor([1j]), 1),
        NotImplementedError,
        f"\"{name}_cpu\" not implemented for 'ComplexFloat'",
    )


def _special(t):
    return t.tensor([1.0, NAN, INF, -INF, 0.0])


COMPARISONS = [
    _comparison("eq", np.equal),
    _comparison("ne", np.not_equal),
    _comparison("lt", np.less),
    _comparison("le", np.less_equal),
    _comparison("gt", np.greater),
    _comparison("ge", np.greater_equal),
    Case("lt_number", lambda t, x: x < 1.5, [SMALL[0]], lambda x: x < 1.5, errors=[_ordered("lt")]),
    Case("ge_number", lambda t, x: x >= 1, [SMALL[0]], lambda x: x >= 1, errors=[_ordered("ge")]),
    Case("eq_none", lambda t, x: (x == None, x != "a"), ref=lambda x: (False, True)),  # noqa: E711
    Case(
        "equal",
        lambda t, x: (t.equal(x, x.clone()), t.equal(x, x[:1]), t.equal(x, x + 1)),
        ref=lambda x: (True, False, False),
        errors=[Error(lambda t: t.equal(t.ones(1), 1), TypeError, "must be Tensor, not int")],
    ),
    Case(
        "isclose",
        lambda t, x, y: t.isclose(x, y, rtol=0.1, atol=0.2),
        [A(5, 5), A(5, 5)],
        lambda x, y: np.isclose(x, y, rtol=0.1, atol=0.2),
        method="isclose",
        args=(0.1, 0.2),
        errors=[
            Error(
                lambda t: t.isclose(t.ones(1), t.ones(1).double()),
                RuntimeError,
                "Float did not match Double",
            ),
            Error(
                lambda t: t.isclose(t.ones(1), t.ones(1), rtol=-1),
                RuntimeError,
                "rtol must be greater",
            ),
        ],
    ),
    Case(
        "isclose_special",
        lambda t: (
            t.isclose(_special(t), _special(t)),
            t.isclose(_special(t), _special(t), equal_nan=True),
        ),
        [],
        lambda: (np.array([True, False, True, True, True]), np.ones(5, bool)),
    ),
    Case(
        "allclose",
        lambda t, x: (t.allclose(x, x + 1e-9), x.allclose(x + 1)),
        ref=lambda x: (True, False),
    ),
    Case(
        "isin",
        lambda t, x, y: (t.isin(x, y), t.isin(x, 1, invert=True), t.isin(2, y)),
        SMALL,
        lambda x, y: (np.isin(x, y), x != 1, np.isin(2, y)),
        errors=[
            Error(lambda t: t.isin(1, 2), TypeError, "isin"),
            Error(
                lambda t: t.isin(t.tensor([True]), t.tensor([True])),
                RuntimeError,
                "Unsupported input type",
            ),
        ],
    ),
    Case(
        "is_nonzero",
        lambda t: (t.is_nonzero(t.tensor([2])), t.tensor([[0.0]]).is_nonzero()),
        [],
        lambda: (True, False),
        errors=[
            Error(
                lambda t: t.is_nonzero(t.ones(2)), RuntimeError, "more than one value is ambiguous"
            ),
            Error(lambda t: t.is_nonzero(t.ones(0)), RuntimeError, "no values is ambiguous"),
        ],
    ),
]

LOGIC = [
    *(
        Case(
            name,
            lambda t, x, y, name=name: getattr(t, name)(x, y),
            BOOLS,
            getattr(np, name),
            method=name,
        )
        for name in ("logical_and", "logical_or", "logical_xor")
    ),
    Case("logical_of_numbers", lambda t, x, y: t.logical_and(x, y), SMALL, np.logical_and),
    Case(
        "logical_not",
        lambda t, x: t.logical_not(x),
        [SMALL[0]],
        np.logical_not,
        method="logical_not",
    ),
    *(
        Case(
            name,
            lambda t, name=name: getattr(t, name)(_special(t)),
            [],
            lambda name=name: getattr(np, name)(np.array([1.0, NAN, INF, -INF, 0.0])),
        )
        for name in ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal")
    ),
    Case(
        "isnan_int", lambda t, x: (t.isnan(x), t.isfinite(x)), [SMALL[0]], lambda x: (x > 9, x < 9)
    ),
    Case(
        "isreal_complex", lambda t: t.isreal(t.tensor([1j, 2])), [], lambda: np.array([False, True])
    ),
]

SELECTION = [
    Case(
        "where",
        lambda t, c, x, y: t.where(c, x, y),
        [A(2, 3, kind="bool"), A(2, 3), A(3)],
        np.where,
        errors=[
            Error(
                lambda t: t.where(t.tensor([1]), 1.0, 2.0),
                RuntimeError,
                "boolean tensor.* dtype Long",
            ),
            Error(lambda t: t.where(t.tensor([True]), "a", 2.0), TypeError, "where"),
            Error(
                lambda t: t.where(t.ones(3) > 0, t.ones(2), 0.0),
                RuntimeError,
                "must match the size",
            ),
        ],
    ),
    Case(
        "where_large",
        lambda t, x, y: t.where(x > y, x, y),
        [A(80, 90), A(80, 90)],
        np.maximum,
        grad=False,
    ),
    Case(
        "where_number",
        lambda t, c, x: t.where(c, x, 0.0),
        [A(6, kind="bool"), A(6)],
        lambda c, x: np.where(c, x, 0),
    ),
    Case(
        "where_of_number",
        lambda t, c, x: t.where(c, 1, x),
        [A(6, kind="bool"), A(2, 6)],
        lambda c, x: np.where(c, 1, x),
    ),
    Case(
        "where_numbers", lambda t, c: t.where(c, 1, 0), [A(6, kind="bool")], lambda c: c.astype(int)
    ),
    Case(
        "where_method",
        lambda t, c, x: x.where(c, -1.0),
        [A(6, kind="bool"), A(6)],
        lambda c, x: np.where(c, x, -1),
    ),
    Case(
        "where_complex",
        lambda t, c, x, y: t.where(c, x, y),
        [A(3, kind="bool"), A(3, kind="complex"), A(3)],
        np.where,
    ),
]

CASES = COMPARISONS + LOGIC + SELECTION
