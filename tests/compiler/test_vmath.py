"""Elementary functions of the loop language against NumPy's and SciPy's in double precision.

Each is evaluated twice: by the meaning of the loop language, and as machine code.
"""

from __future__ import annotations

import functools

import numpy
import pytest
import scipy.special
from compiler import loop_evaluator
from compiler.kernels import Table

from chainrule.compiler import native
from chainrule.compiler.loops import BEGIN, END, F32, F64, LIBRARY, Block, Buffer, Kernel, Load
from chainrule.compiler.vmath import FUNCTIONS

MOST = 1 << 23
LIMIT = {"float32": 2, "float64": 3}  # in units in the last place; NumPy's float64 may err by 1
NUMBERS = (
    0.0, 1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 0.25, 88.7, 103.9, 127.5, 150.0, 16777215.0, 16777216.0,
    33554433.0, 1e10, numpy.inf, 1e-45, 1.1754944e-38, 3.4028235e38, 7.0, 1e-20, 1e20,
    16367173 * 2.0**72,  # of all float32 the nearest to a multiple of pi / 2
)  # fmt: skip
SPECIAL = numpy.array([*NUMBERS, *(-x for x in NUMBERS), numpy.nan])


def reference(name):
    """NumPy's or SciPy's function."""
    return getattr(numpy, name, None) or getattr(scipy.special, name)


UNARY = sorted(name for name in FUNCTIONS if reference(name).nin == 1)
BINARY = sorted(set(FUNCTIONS) - set(UNARY))


@pytest.fixture(params=["meaning", "code"])
def run(request):
    """What evaluates a function on arrays."""
    if request.param == "code" and not native.available():
        pytest.skip("llvmlite is not installed")
    return interpreted if request.param == "meaning" else compiled


def interpreted(name, *arrays):
    return loop_evaluator.apply(FUNCTIONS[name], *arrays)


def compiled(name, *arrays):
    kind = F32 if arrays[0].dtype == numpy.float32 else F64
    out = numpy.empty_like(arrays[0])
    table = Table(*arrays, out)
    built(kind)[name].part(table.address, 0, out.size)
    return out


@functools.cache
def built(kind):
    """All functions as machine code."""
    kernels = [kernel(name, kind) for name in FUNCTIONS]
    return dict(zip(FUNCTIONS, native.build(kernels), strict=True))


def kernel(name, kind):
    block = Block()
    xs = [Buffer(f"x{i}", kind) for i in range(reference(name).nin)]
    y = Buffer("y", kind, written=True)
    with block.loop(BEGIN, END, vector=True) as (i, inside):
        operands = [inside.let(Load(x, i)) for x in xs]
        inside.store(y, i, FUNCTIONS[name](inside, *operands))
    return Kernel(name, (*xs, y), tuple(block.body), MOST)


def numbers(dtype, each=12, seed=0):
    """Numbers of every exponent and sign, special ones, and more of the usual sizes."""
    rng = numpy.random.default_rng(seed)
    digits, exponents, kind = (23, 256, "i4") if dtype == "float32" else (52, 2048, "i8")
    fraction = rng.integers(0, 1 << digits, (exponents, each), kind)
    fraction[:, :2] = 0, (1 << digits) - 1
    bits = (numpy.arange(exponents, dtype=kind)[:, None] << digits) | fraction
    usual = numpy.concatenate([rng.standard_normal(2000) * 3, numpy.linspace(0, 110, 2000)])
    positive = numpy.concatenate([bits.view(dtype).ravel(), usual.astype(dtype)])
    return numpy.concatenate([positive, -positive, SPECIAL.astype(dtype)])


def pairs(dtype):
    """Pairs of numbers: any two, two of usual sizes, x near 1 with large y, and special ones."""
    rng = numpy.random.default_rng(1)
    x = numbers(dtype)
    usual = rng.standard_normal((2, 3000)) * [[3], [20]]
    near = 1 + rng.standard_normal(3000) * 1e-3, rng.standard_normal(3000) * 1e4
    special = numpy.broadcast_arrays(SPECIAL[:, None], SPECIAL)
    parts = [(x, rng.permutation(x)), (abs(usual[0]), usual[1]), near, special]
    return [numpy.concatenate([numpy.ravel(p[i]).astype(dtype) for p in parts]) for i in (0, 1)]


def exact(name, *arrays):
    """The function in double precision, then rounded."""
    with numpy.errstate(all="ignore"):
        wide = reference(name)(*(a.astype(numpy.float64) for a in arrays))
        return wide.astype(arrays[0].dtype)


def distance(found, wanted):
    """How many floats two are apart; those of different sign are, and a NaN from numbers."""
    assert found.dtype == wanted.dtype
    kind = numpy.int32 if found.dtype == numpy.float32 else numpy.int64
    a, b = (numpy.ascontiguousarray(x).view(kind) for x in (found, wanted))
    gap = abs(a - b)
    apart = ((a < 0) != (b < 0)) | (numpy.isnan(found) != numpy.isnan(wanted)) | (gap < 0)
    both_nan = numpy.isnan(found) & numpy.isnan(wanted)
    return numpy.where(both_nan, 0, numpy.where(apart, numpy.iinfo(kind).max, gap))


def excused(name, found, wanted, *arrays):
    """Where the reference itself is inexact: terms that cancel, and small numbers of SciPy's."""
    with numpy.errstate(invalid="ignore"):
        if name in ("logaddexp", "logaddexp2"):
            return abs(found - wanted) <= 2 * numpy.spacing(abs(numpy.maximum(*arrays)))
        few = name == "erfc" and abs(found - wanted) <= 1e-12 * abs(wanted)
        return few | ((name in ("expit", "erfc")) & (abs(found - wanted) < 1e-307))


def check(run, name, *arrays, limit=None):
    limit = LIMIT[str(arrays[0].dtype)] if limit is None else limit
    found, wanted = run(name, *arrays), exact(name, *arrays)
    gap = distance(found, wanted)
    if found.dtype == numpy.float64:
        gap[excused(name, found, wanted, *arrays)] = 0
    at = gap.argmax()
    assert gap[at] <= limit, f"{name}{tuple(a[at] for a in arrays)}: {found[at]} not {wanted[at]}"


@pytest.mark.parametrize("dtype", LIMIT)
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number(run, name, dtype):
    check(run, name, numbers(dtype))


@pytest.mark.parametrize("dtype", LIMIT)
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_numbers(run, name, dtype):
    check(run, name, *pairs(dtype))


@pytest.mark.parametrize("dtype", LIMIT)
@pytest.mark.parametrize("name", UNARY)
def test_limits_and_signs_of_zero_are_numpys(run, name, dtype):
    x = numpy.array([0.0, -0.0, numpy.inf, -numpy.inf, numpy.nan], dtype)
    check(run, name, x, limit=0)


def test_powers_of_two_and_ten_are_exact(run):
    n = numpy.arange(-149, 128, dtype=numpy.float32)
    assert (run("exp2", n) == numpy.ldexp(numpy.float32(1), n.astype(int))).all()
    assert (run("log2", numpy.ldexp(numpy.float32(1), n.astype(int))) == n).all()
    tens = 10.0 ** numpy.arange(-300, 300)
    assert (run("log10", tens) == numpy.arange(-300, 300)).all()


def test_float32_is_as_near_where_fma_rounds_twice(monkeypatch):
    monkeypatch.setitem(loop_evaluator._OPERATIONS, "fma", lambda x, y, z: x * y + z)
    for name in UNARY:
        check(interpreted, name, numbers("float32"))


def test_functions_of_float32_call_no_library():
    for name in FUNCTIONS:
        assert not called(kernel(name, F32).body[0].body), name
    assert called(kernel("erf", F64).body[0].body) == {"erf"}


def called(e):
    """The functions of the C library in a loop's body."""
    if isinstance(e, (list, tuple)):
        return set().union(*map(called, e))
    own = {e.name} & LIBRARY if hasattr(e, "args") else set()
    return own | called(getattr(e, "args", ())) | called([e.value] if hasattr(e, "index") else ())


@pytest.mark.skipif(not native.available(), reason="llvmlite is not installed")
@pytest.mark.parametrize("name", UNARY)
def test_many_float32(name):
    for start in range(0, 1 << 32, 1 << 30):
        bits = numpy.arange(start, start + (1 << 30), 4099, dtype=numpy.uint32)
        check(compiled, name, bits.view(numpy.float32))
