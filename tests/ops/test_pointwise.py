"""Pointwise operations where PyTorch has a choice: kinks, infinities, names, half precision.

The literals are PyTorch's answers.
"""

import subprocess
import sys

import numpy as np
import pytest

import chainrule as torch
import chainrule.nn.functional as F

NAN, INF = float("nan"), float("inf")


def grads(function, *values):
    """The gradients of the summed result, one list an input."""
    xs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in values]
    function(*xs).sum().backward()
    return [x.grad.tolist() for x in xs]


KINKS = {
    "abs": (torch.abs, [[0.0, -0.0, 1.0, -2.0, NAN]], [[0.0, 0.0, 1.0, -1.0, 0.0]]),
    "sqrt": (torch.sqrt, [[0.0, 4.0, -1.0]], [[INF, 0.25, NAN]]),
    "rsqrt": (torch.rsqrt, [[0.0, 4.0, -1.0]], [[-INF, -0.0625, NAN]]),
    "relu": (torch.relu, [[NAN, 0.0, -1.0, 2.0]], [[1.0, 0.0, 0.0, 1.0]]),
    "relu6": (F.relu6, [[0.0, 6.0, 1.0]], [[0.0, 0.0, 1.0]]),
    "hardtanh": (F.hardtanh, [[-1.0, 1.0, 0.0, NAN]], [[0.0, 0.0, 1.0, 1.0]]),
    "leaky_relu": (F.leaky_relu, [[0.0, -1.0]], [[0.01, 0.01]]),
    "elu": (F.elu, [[0.0, NAN]], [[1.0, 1.0]]),
    "hardswish": (F.hardswish, [[-3.0, 3.0, 0.0]], [[0.0, 1.0, 0.5]]),
    "hardshrink": (F.hardshrink, [[-0.5, 0.5, 1.0]], [[0.0, 0.0, 1.0]]),
    "softshrink": (F.softshrink, [[-0.5, 0.5, 1.0, NAN]], [[0.0, 0.0, 1.0, 1.0]]),
    "threshold": (lambda x: F.threshold(x, 0.5, 9.0), [[0.5, 0.6, NAN]], [[0.0, 1.0, 1.0]]),
    "clamp": (
        lambda x: torch.clamp(x, 0, 1),
        [[-1.0, 0.0, 0.5, 1.0, 2.0, NAN]],
        [[0.0, 1.0, 1.0, 1.0, 0.0, 0.0]],
    ),
    "clamp crossed": (lambda x: torch.clamp(x, 3, 1), [[0.0, 2.0, 4.0]], [[0.0, 0.0, 0.0]]),
    "clamp by tensors": (
        torch.clamp,
        [[0.0, 1.0, 2.0, 3.0, 4.0, 2.0], [1.0] * 5 + [3.0], [3.0] * 5 + [1.0]],
        [
            [0.0, 1.0, 1.0, 1.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 1.0, 1.0],
        ],
    ),
    "clamp_min": (
        torch.clamp_min,
        [[0.0, 1.0, 2.0, NAN], [1.0] * 4],
        [[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]],
    ),
    "maximum": (
        torch.maximum,
        [[1.0, 2.0, 3.0, NAN], [1.0, 3.0, 2.0, 1.0]],
        [[0.5, 0.0, 1.0, 1.0], [0.5, 1.0, 0.0, 1.0]],
    ),
    "minimum": (
        torch.minimum,
        [[1.0, 2.0, 3.0, NAN], [1.0, 3.0, 2.0, 1.0]],
        [[0.5, 1.0, 0.0, 1.0], [0.5, 0.0, 1.0, 1.0]],
    ),
    "fmax": (
        torch.fmax,
        [[1.0, 2.0, NAN, NAN, 1.0], [1.0, 3.0, 1.0, NAN, NAN]],
        [[1.0, 0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0, 0.0]],
    ),
    "pow": (
        torch.pow,
        [[0.0, 0.0, 0.0, 2.0, -2.0], [0.0, 1.0, -1.0, 0.0, 2.0]],
        [[0.0, 1.0, -INF, 0.0, -4.0], [0.0, 0.0, -INF, 0.6931471805599453, NAN]],
    ),
    "pow 0": (lambda x: x**0, [[0.0, 2.0]], [[0.0, 0.0]]),
    "pow -1": (lambda x: x**-1, [[0.0, 2.0]], [[-INF, -0.25]]),
    "pow of 0": (lambda x: 0**x, [[0.0, 1.0, -1.0]], [[0.0, 0.0, -INF]]),
    "hypot": (torch.hypot, [[0.0, 3.0], [0.0, 4.0]], [[NAN, 0.6], [NAN, 0.8]]),
    "atan2": (torch.atan2, [[0.0, 3.0], [0.0, 4.0]], [[0.0, 0.16], [0.0, -0.12]]),
    "copysign": (torch.copysign, [[0.0, 3.0], [1.0, -4.0]], [[0.0, -1.0], [0.0, 0.0]]),
    "xlogy": (
        torch.xlogy,
        [[0.0, 1.0, 0.0], [0.0, 2.0, NAN]],
        [[0.0, 0.6931471805599453, NAN], [NAN, 0.5, NAN]],
    ),
    "sinc": (torch.sinc, [[0.0, 1.0]], [[0.0, -1.0]]),
    "nan_to_num": (torch.nan_to_num, [[NAN, 1.0, INF]], [[0.0, 1.0, 0.0]]),
    "round": (torch.round, [[0.5, INF]], [[0.0, 0.0]]),
    "nextafter": (torch.nextafter, [[0.0, 1.0], [0.0, 2.0]], [[0.0, 1.0], [0.0, 0.0]]),
    "logit": (torch.logit, [[-1.0, 0.5, 2.0]], [[NAN, 4.0, NAN]]),
}


@pytest.mark.parametrize("name", KINKS)
def test_gradients_at_kinks(name):
    function, values, want = KINKS[name]
    np.testing.assert_allclose(grads(function, *values), want, rtol=1e-12)


def test_what_is_masked_leaves_no_nan():
    assert grads(lambda x: torch.sqrt(x.clamp(min=0)), [-1.0, 0.0, 4.0]) == [[0.0, INF, 0.25]]
    assert grads(lambda x: torch.sqrt(torch.relu(x)), [-1.0, 0.0, 4.0]) == [[0.0, 0.0, 0.25]]
    (found,) = grads(lambda x: torch.where(x > 0, x.log(), 0.0), [-1.0, 0.5])
    assert found == [0.0, 2.0]


LARGE = [
    torch.relu,
    torch.abs,
    torch.sgn,
    torch.expm1,
    torch.log1p,
    torch.erf,
    F.gelu,
    F.elu,
    F.leaky_relu,
    F.softplus,
    F.hardswish,
    lambda x: torch.clamp(x, -1, 1),
    lambda x: torch.clamp(x, min=0.5),
    lambda x: torch.where(x > 0.5, x, x * x),
    lambda x: torch.maximum(x, 1 - x),
]


@pytest.mark.parametrize("function", LARGE)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_large_tensors_are_rows_of_small_ones(function, dtype):
    values = np.random.default_rng(0).uniform(-0.9, 3, (8, 1000))
    values[0, :3] = NAN, INF, 0.0

    def run(array):
        x = torch.tensor(array, dtype=getattr(torch, dtype), requires_grad=True)
        y = function(x)
        assert y.dtype == x.dtype
        if not y.requires_grad:
            return y, y
        y.sum().backward()
        return y.detach(), x.grad

    whole, rows = run(values), [run(row) for row in values]
    tolerance = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 2e-6, "float64": 1e-12}[dtype]
    for k in range(2):
        found = whole[k].double().numpy()
        want = np.stack([row[k].double().numpy() for row in rows])
        np.testing.assert_allclose(found, want, rtol=tolerance, atol=tolerance)


NAMES = {
    "AddBackward0": lambda x: x.add(x, alpha=2),
    "SubBackward0": lambda x: x - 1,
    "RsubBackward1": lambda x: 1 - x,
    "MulBackward0": lambda x: 2 / x,
    "DivBackward0": lambda x: x / 2,
    "DivBackward2": lambda x: torch.div(x, 2, rounding_mode="floor"),
    "RemainderBackward0": lambda x: x % 2,
    "RemainderBackward1": lambda x: x % x,
    "PowBackward0": lambda x: x**2,
    "PowBackward1": lambda x: x**x,
    "PowBackward2": lambda x: 2**x,
    "ClampBackward0": lambda x: x.clamp(x),
    "ClampBackward1": lambda x: x.clamp(0, 1),
    "ClampMinBackward0": lambda x: x.clamp_min(0),
    "ClampMinBackward1": lambda x: x.clamp_min(x),
    "LerpBackward0": lambda x: x.lerp(x, 0.5),
    "LerpBackward1": lambda x: x.lerp(x, x),
    "Log1PBackward0": torch.log1p,
    "XlogyBackward1": lambda x: torch.xlogy(2, x),
    "XlogyBackward2": lambda x: torch.xlogy(x, 2),
    "RoundBackward1": lambda x: x.round(decimals=1),
    "HardtanhBackward0": F.relu6,
    "EluBackward0": F.selu,
    "GeluBackward0": lambda x: F.gelu(x, approximate="tanh"),
    "PreluKernelBackward0": lambda x: F.prelu(x, x[:1]),
    "RreluWithNoiseBackward0": lambda x: F.rrelu(x, training=True),
    "PolygammaBackward0": lambda x: torch.polygamma(1, x),
    "WhereBackward0": lambda x: torch.where(x > 0, x, 0.0),
    "SelectBackward0": lambda x: torch.complex(x, x).real,
}


@pytest.mark.parametrize("name", NAMES)
def test_nodes_have_pytorchs_names(name):
    assert NAMES[name](torch.tensor([0.5, 0.25], requires_grad=True)).grad_fn.name() == name


@pytest.mark.parametrize(
    ("function", "first"),
    [
        (torch.add, [21.0, 42.0]),
        (torch.sub, [-19.0, -38.0]),
        (torch.addcmul, [201.0, 802.0]),
        (torch.addcdiv, [3.0, 4.0]),
    ],
)
def test_the_deprecated_order_of_arguments(function, first):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0])
    rest = (y,) if function in (torch.add, torch.sub) else (y, y)
    with pytest.warns(UserWarning, match="deprecated"):
        assert function(x, 2, *rest).tolist() == first


def test_half_precision_rounds_once():
    x = torch.tensor([0.1, 3.0, -2.0], dtype=torch.float16)
    for function in (F.gelu, F.silu, F.elu, torch.sigmoid, torch.rsqrt, torch.sinc):
        once = function(x.float()).half()
        np.testing.assert_array_equal(function(x).numpy(), once.numpy())


def test_rrelu_draws_pytorchs_numbers():
    torch.manual_seed(1)
    found = F.rrelu(torch.tensor([1.0, -1, 1, -1, -1]), training=True)
    np.testing.assert_allclose(found.numpy(), [1, -0.1377, 1, -0.1718, -0.1738], atol=5e-5)


def test_bounds_at_infinity():
    x = torch.tensor([1.0, NAN, INF])
    assert torch.equal(torch.clamp(x, max=INF)[::2], x[::2])
    assert torch.clamp(x, NAN).isnan().all()
    assert torch.clamp(x, 0, NAN).isnan().all()


def test_views_of_complex_numbers_share_memory():
    z = torch.tensor([1 + 2j, 3 + 4j])
    torch.view_as_real(z)[0, 1] = 9.0
    z.real.zero_()
    assert z.tolist() == [9j, 4j]
    pairs = torch.zeros(2, 2)
    torch.view_as_complex(pairs)[1] = 1 + 2j
    assert pairs.tolist() == [[0.0, 0.0], [1.0, 2.0]]


def test_scipy_is_imported_at_the_first_use():
    program = (
        "import sys, chainrule as t\n"
        "t.tensor([1.0]).exp(); assert 'scipy.special' not in sys.modules\n"
        "t.tensor([1.0]).erf(); assert 'scipy.special' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
