"""Rows for activation functions, all of them from `nn.functional`."""

from __future__ import annotations

import numpy as np
from scipy import special

from .case import A, Case, Error

X = A(3, 4, low=-4, high=4)


def _case(name, ref, *args, x=X, errors=(), **options):
    """A row for F.name(x, *args, **options)."""
    return Case(
        "_".join(["F", name, *map(str, (*args, *options.values()))]),
        lambda t, x: getattr(t.nn.functional, name)(x, *args, **options),
        [x],
        ref,
        pointwise=True,
        errors=errors,
    )


def _refused(name, kind="Long"):
    return Error(
        lambda t: getattr(t.nn.functional, name)(t.tensor([1])),
        NotImplementedError,
        f"not implemented for '{kind}'",
    )


def _leaky(slope):
    return lambda x: np.where(x > 0, x, slope * x)


def _elu(alpha, scale=1.0):
    return lambda x: scale * np.where(x > 0, x, alpha * np.expm1(x))


def _gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def _softplus(x):
    return np.log1p(np.exp(x))


def _softshrink(x, lambd=0.5):
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


def _hard_sigmoid(x):
    return np.clip(x / 6 + 0.5, 0, 1)


SMOOTH = [
    _case("sigmoid", special.expit),
    _case("tanh", np.tanh),
    _case("elu", _elu(1.0), errors=[_refused("elu")]),
    _case("elu", _elu(0.5), 0.5),
    _case("selu", _elu(1.6732632423543772, 1.0507009873554805)),
    _case(
        "celu",
        lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2)),
        2.0,
        errors=[
            Error(
                lambda t: t.nn.functional.celu(t.ones(1), 0.0),
                RuntimeError,
                "alpha cannot be 0 for CELU",
            ),
        ],
    ),
    _case(
        "gelu",
        lambda x: x * special.ndtr(x),
        errors=[
            _refused("gelu"),
            Error(
                lambda t: t.nn.functional.gelu(t.ones(1), approximate="x"),
                RuntimeError,
                "either none or tanh",
            ),
        ],
    ),
    _case("gelu", _gelu_tanh, approximate="tanh"),
    _case("silu", lambda x: x * special.expit(x), errors=[_refused("silu")]),
    Case(
        "F_silu_complex",
        lambda t, x: t.nn.functional.silu(x),
        [A(3, kind="complex")],
        lambda x: x / (1 + np.exp(-x)),
    ),
    _case("mish", lambda x: x * np.tanh(_softplus(x))),
    _case("softplus", _softplus, errors=[_refused("softplus")]),
    _case("softplus", lambda x: np.where(2 * x > 1, x, _softplus(2 * x) / 2), 2.0, 1.0),
    _case("logsigmoid", special.log_expit),
    _case("softsign", lambda x: x / (1 + np.abs(x))),
    Case(
        "F_softsign_complex",
        lambda t, x: t.nn.functional.softsign(x),
        [A(3, kind="complex")],
        lambda x: x / (1 + np.abs(x)),
    ),
    _case("tanhshrink", lambda x: x - np.tanh(x)),
    Case(
        "F_glu",
        lambda t, x: t.nn.functional.glu(x, 1),
        [A(2, 6, 3)],
        lambda x: x[:, :3] * special.expit(x[:, 3:]),
        errors=[
            Error(
                lambda t: t.nn.functional.glu(t.ones(3)),
                RuntimeError,
                "Halving dimension must be even, but dimension 0 is size 3",
            ),
            Error(
                lambda t: t.nn.functional.glu(t.tensor(1.0)),
                RuntimeError,
                "does not support scalars",
            ),
            Error(
                lambda t: t.nn.functional.glu(t.ones(2), 3), IndexError, "Dimension out of range"
            ),
        ],
    ),
]

PIECEWISE = [
    _case(
        "relu",
        lambda x: np.maximum(x, 0),
        errors=[
            Error(lambda t: t.relu(t.tensor([True])), RuntimeError, "relu|Bool"),
        ],
    ),
    Case(
        "relu_large",
        lambda t, x: t.relu(x),
        [A(80, 90)],
        lambda x: np.maximum(x, 0),
        method="relu",
        inplace="relu_",
        grad=False,
    ),
    Case(
        "relu_int",
        lambda t, x: t.relu(x),
        [A(9, low=-5, high=5, kind="int")],
        lambda x: np.maximum(x, 0),
    ),
    _case("relu6", lambda x: np.clip(x, 0, 6), x=A(3, 4, low=-9, high=9)),
    _case("leaky_relu", _leaky(0.01), errors=[_refused("leaky_relu")]),
    _case("leaky_relu", _leaky(-0.5), -0.5),
    _case("leaky_relu", _leaky(2.0), 2.0),
    _case(
        "hardtanh",
        lambda x: np.clip(x, -1, 1),
        errors=[
            Error(
                lambda t: t.nn.functional.hardtanh(t.ones(1), 1, -1),
                ValueError,
                "min_val cannot be greater",
            ),
            Error(
                lambda t: t.nn.functional.hardtanh(t.tensor([True])),
                RuntimeError,
                "Bool inputs not supported",
            ),
        ],
    ),
    _case("hardsigmoid", _hard_sigmoid),
    _case("hardswish", lambda x: x * _hard_sigmoid(x)),
    _case("hardshrink", lambda x: np.where(np.abs(x) > 0.5, x, 0)),
    _case(
        "softshrink",
        _softshrink,
        errors=[
            Error(lambda t: t.nn.functional.softshrink(t.ones(1), -1.0), RuntimeError, "lambda"),
        ],
    ),
    _case("threshold", lambda x: np.where(x > 0.5, x, 9), 0.5, 9.0),
    _case(
        "rrelu",
        _leaky((1 / 8 + 1 / 3) / 2),
        errors=[
            Error(
                lambda t: t.nn.functional.rrelu(t.ones(1), 0.3, 0.1),
                RuntimeError,
                "Lower bound should be less",
            ),
        ],
    ),
    Case(
        "F_prelu",
        lambda t, x, w: t.nn.functional.prelu(x, w),
        [A(2, 3, 4), A(3)],
        lambda x, w: np.where(x > 0, x, w[:, None] * x),
        errors=[
            Error(
                lambda t: t.nn.functional.prelu(t.ones(2, 2), t.ones(3)),
                RuntimeError,
                "parameter numbers = 3 and channel size = 2",
            ),
            Error(
                lambda t: t.nn.functional.prelu(t.ones(2), t.ones(1, 1)),
                RuntimeError,
                "scalar or 1D tensor",
            ),
        ],
    ),
    Case(
        "F_prelu_shared",
        lambda t, x, w: t.nn.functional.prelu(x, w),
        [A(5), A(1)],
        lambda x, w: np.where(x > 0, x, w * x),
    ),
    Case(
        "F_prelu_0d",
        lambda t, x, w: t.nn.functional.prelu(x, w),
        [A(), A(1)],
        lambda x, w: np.where(x > 0, x, w[0] * x),
        grad=False,
    ),
    Case(
        "F_rrelu_training",
        lambda t, x: (t.manual_seed(0), t.nn.functional.rrelu(x, 0.1, 0.3, training=True))[1],
        [X],
    ),
]

CASES = SMOOTH + PIECEWISE
