"""The random streams are PyTorch's: same numbers, same state after every call."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import pytest
from kernels.random_cases import ROUNDED, SEEDS, SIZES, cases, digest, state_digest

from chainrule.core.generator import Generator
from chainrule.kernels import random
from chainrule.kernels.random.common import convert, fused

GOLDEN = json.loads((Path(__file__).parent.parent / "golden/random_streams.json").read_text())
ml_dtypes = pytest.importorskip("ml_dtypes")


def draw(generator: Generator, name: str, given: dict[str, Any]) -> numpy.ndarray:
    """One call, with arrays for its lists; bfloat16 as float32 and complex numbers as pairs."""
    if "dtype" in given:
        given["dtype"] = ml_dtypes.bfloat16 if given["dtype"] == "bfloat16" else given["dtype"]
    for key, value in given.items():
        if isinstance(value, list) and key != "shape":
            given[key] = numpy.array(value, numpy.float32)
    array = getattr(random, name)(generator, **given)
    assert array.flags.c_contiguous
    if array.dtype == ml_dtypes.bfloat16:
        array = array.astype(numpy.float32)
    array = array.ravel()
    return array.view(f"f{array.itemsize // 2}") if array.dtype.kind == "c" else array


@pytest.mark.parametrize("seed", SEEDS)
def test_streams_are_pytorchs(seed):
    generator = Generator().manual_seed(seed)
    calls = [(name, given) for size in SIZES for name, given in cases(size)]
    for (name, given), (kept, state) in zip(calls, GOLDEN[str(seed)], strict=True):
        label = f"{name} {str(given)[:150]}"
        array = draw(generator, name, dict(given))
        if name in ROUNDED:
            half = given["dtype"] in ("float16", "bfloat16")
            tolerance = {"rtol": 1e-2 if half else 2e-6, "atol": 5e-6}
            numpy.testing.assert_allclose(
                array[:: len(array) // 6 + 1], kept, **tolerance, err_msg=label
            )
        else:
            assert digest(array.tobytes()) == kept, label
        assert state_digest(generator.get_state().numpy().tobytes()) == state, label


def test_words_do_not_depend_on_the_portions_they_are_drawn_in():
    whole, parts = Generator().manual_seed(3), Generator().manual_seed(3)
    numbers = random.uniform(whole, (1500,))
    pieces = [random.uniform(parts, (n,)) for n in (1, 0, 622, 1, 1, 875)]
    assert numpy.array_equal(numbers, numpy.concatenate(pieces))
    assert numpy.array_equal(whole.get_state(), parts.get_state())


def test_the_second_normal_is_kept_for_the_next_call():
    pair, single = Generator().manual_seed(4), Generator().manual_seed(4)
    both = random.normal(pair, (2,), numpy.float64)
    first = random.normal(single, (1,), numpy.float64)
    assert single.next_normal == both[1]
    random.uniform(single, (3,))
    assert first[0] == both[0]
    assert random.normal(single, (1,), numpy.float64)[0] == both[1]
    assert single.next_normal is None


@pytest.mark.parametrize("low", [0.0, 2.0])
def test_uniform_never_reaches_the_open_end(low):
    numbers = random.uniform(Generator().manual_seed(0), (20000,), numpy.float16, low, 5.0)
    assert low <= numbers.min()
    assert numbers.max() < 5.0


def test_uniform_of_equal_bounds_is_constant():
    assert (random.uniform(Generator(), (5,), numpy.float32, 2.0, 2.0) == 2.0).all()


def test_infinite_and_nan_parameters_go_through():
    g = Generator()
    assert numpy.isnan(random.normal(g, (3,), numpy.float32, numpy.nan)).all()
    assert numpy.isnan(random.normal(g, (20,), numpy.float64, numpy.nan, 2.0)).all()
    assert (random.normal(g, (20,), numpy.float64, numpy.inf, 2.0) == numpy.inf).all()
    assert (random.exponential(g, (3,), lambd=numpy.inf) == 0).all()


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float64])
@pytest.mark.parametrize(("scale", "shift"), [(0.3, 1.5), (3.7, -0.1), (1.0, 0.1), (1e-9, 7.0)])
def test_fused_rounds_once(dtype, scale, shift):
    x = numpy.random.default_rng(0).normal(size=300).astype(dtype)
    scale, shift = dtype(scale), dtype(shift)
    exact = [Fraction(float(v)) * Fraction(float(scale)) + Fraction(float(shift)) for v in x]
    assert fused(x, scale, shift).tolist() == [float(dtype(float(v))) for v in exact]


def test_16_bit_types_are_reached_through_float32():
    tie = numpy.array([1 + 2**-11 + 2**-30])
    assert convert(tie, numpy.dtype("f2"))[0] == 1.0 != tie.astype("f2")[0]


def test_the_largest_integer_of_a_type_can_be_drawn():
    assert random.integers(Generator(), (2000,), "i1", 120, 128).max() == 127


def test_permutation_is_one():
    order = random.permutation(Generator().manual_seed(1), 1000)
    assert order.dtype == numpy.int64
    assert sorted(order.tolist()) == list(range(1000))


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_bernoulli_of_certain_events(p):
    assert (random.bernoulli(Generator(), (3, 50), numpy.bool_, p) == bool(p)).all()


def test_bernoulli_decides_ties_of_the_upper_bits_by_the_lower_ones():
    u = random.uniform(Generator().manual_seed(0), (100,), numpy.float64)
    for p in (u[7], numpy.nextafter(u[7], 1)):
        expected = u < p
        drawn = random.bernoulli(Generator().manual_seed(0), (100,), numpy.bool_, float(p))
        assert numpy.array_equal(drawn, expected)


def test_multinomial_never_draws_what_has_no_weight():
    weights = numpy.array([[0, 1, 0, 2], [3, 0, 0, 1]], numpy.float32)
    for count, replacement in ((1, True), (2, False), (500, True)):
        found = random.multinomial(Generator(), weights, count, replacement)
        assert found.shape == (2, count)
        assert (numpy.take_along_axis(weights, found, 1) > 0).all()


def test_multinomial_of_no_rows():
    assert random.multinomial(Generator(), numpy.ones((0, 3)), 2).shape == (0, 2)


def test_memory_order_follows_the_strides():
    target = numpy.zeros((2, 3, 4)).transpose(2, 0, 1)
    random.memory_order(target)[...] = numpy.arange(24).reshape(2, 3, 4)
    assert target.transpose(1, 2, 0).ravel().tolist() == list(range(24))
    sliced = numpy.zeros((4, 6))[:, ::2].T
    assert random.memory_order(sliced).shape == (4, 3)


g = Generator()
ones = numpy.ones
FAILURES = [
    (
        lambda: random.uniform(g, (2,), low=3, high=1),
        r"to\) range, but found from=3 > to=1",
    ),
    (lambda: random.uniform(g, (2,), low=-1e39), "from is out of bounds for"),
    (lambda: random.uniform(g, (2,), low=float("nan")), "from is out of bounds for"),
    (lambda: random.uniform(g, (2,), low=-3e38, high=3e38), r"numeric_limits<Float>::max\(\)"),
    (lambda: random.normal(g, (2,), std=-1), "normal expects std >= 0.0, but found std -1"),
    (lambda: random.normal_like(g, 0.0, -ones(2), "f4"), "expects all elements of std >= 0.0"),
    (lambda: random.normal_like(g, 0.0, ones(2, "c8"), "f4"), "deviation to be non-complex"),
    (lambda: random.integers(g, (2,), low=5, high=3), "got from=5 >= to=3"),
    (lambda: random.integers(g, (0,), low=3, high=3), "got from=3 >= to=3"),
    (lambda: random.integers(g, (2,), "i1", -200, 5), "from is out of bounds for"),
    (lambda: random.integers(g, (2,), "i1", 0, 129), "to - 1 is out of bounds for"),
    (
        lambda: random.integers(g, (2,), "i1", -(2**63)),
        "full_64_bits_range_kernel_cpu handles only",
    ),
    (lambda: random.integers(g, (2,), "c8", 0, 2), "handles only integral, floating-point and"),
    (lambda: random.permutation(g, -1), "negative dimension -1"),
    (lambda: random.permutation(g, 300, "u1"), "cannot be converted to type uint8"),
    (lambda: random.permutation(g, 5000, "f2"), "n cannot be greater than 2049 for Half type"),
    (lambda: random.bernoulli(g, (0,), p=2), r"expects p to be in \[0, 1\], but got p=2"),
    (lambda: random.bernoulli_like(g, ones(2) * 1.5), "Expected p_in >= 0 && p_in <= 1 to be true"),
    (lambda: random.geometric(g, (2,), p=1), r"expects p to be in \(0, 1\), but got p=1"),
    (lambda: random.exponential(g, (2,), lambd=0), "expects lambda > 0.0, but found lambda=0"),
    (lambda: random.exponential(g, (2,), "i8"), "is a continuous probability distribution"),
    (lambda: random.cauchy(g, (2,), sigma=0), "expects sigma > 0.0, but found sigma=0"),
    (lambda: random.log_normal(g, (2,), std=0), "expects std > 0.0, but found std=0"),
    (lambda: random.poisson(g, -ones(1)), "expected rate to be non-negative"),
    (lambda: random.multinomial(g, ones(3), 4), "n_sample > prob_dist.size"),
    (lambda: random.multinomial(g, ones(3), 0), "cannot sample n_sample <= 0 samples"),
    (lambda: random.multinomial(g, ones(3) * 0, 1), "sum of probabilities <= 0"),
    (lambda: random.multinomial(g, -ones(3), 1), "`inf`, `nan` or element < 0"),
    (lambda: random.multinomial(g, ones(3) * numpy.inf, 2, True), "`inf`, `nan` or element < 0"),
    (lambda: random.multinomial(g, ones((2, 2, 2)), 1), "prob_dist must be 1 or 2 dim"),
    (lambda: random.multinomial(g, ones(3, int), 1), "floating-point dtypes for input, got: Long"),
]


@pytest.mark.parametrize(("call", "message"), FAILURES, ids=[m for _, m in FAILURES])
def test_failures_are_pytorchs(call, message):
    before = g.get_state()
    with pytest.raises(RuntimeError, match=message):
        call()
    assert numpy.array_equal(g.get_state(), before)


@pytest.mark.parametrize("sampler", [random.uniform, random.normal, random.log_normal])
def test_integers_are_no_continuous_distribution(sampler):
    with pytest.raises(NotImplementedError, match="not implemented for 'Int'"):
        sampler(g, (2,), numpy.int32)
