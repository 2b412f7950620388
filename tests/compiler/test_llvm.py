"""The text that LLVM compiles means what the loop language means."""

import dataclasses
import itertools
import platform

import numpy
import pytest
from compiler.kernels import (
    addition,
    call,
    outputs,
    partial_sums,
    pointwise,
    row_reduction,
    three_loops,
)
from compiler.loop_evaluator import DTYPES, execute

from chainrule.compiler import native
from chainrule.compiler.llvm import module_text
from chainrule.compiler.loops import (
    BOOL,
    F32,
    F64,
    I32,
    I64,
    LIBRARY,
    TYPES,
    Block,
    Buffer,
    Const,
    Kernel,
    Load,
    bitcast,
    cast,
    is_float,
    op,
    select,
)

pytestmark = pytest.mark.skipif(not native.available(), reason="llvmlite is not installed")

COMPARISONS, FLOATS, FLOATS_OF_ONE, INTEGERS, BOOLS = (
    names.split()
    for names in (
        "lt le gt ge eq ne",
        "add sub mul div rem minimum maximum",
        "neg abs sqrt floor ceil rint trunc",
        "add sub mul div rem minimum maximum and or xor shl shr",
        "add mul minimum maximum and or xor",
    )
)


def values_of(kind):
    """Numbers that are easy to get wrong."""
    if is_float(kind):
        few = [0.0, -0.0, 1.0, -1.5, 2.5, 3.5, 1e-40, 1e30, -7.25, numpy.inf, -numpy.inf, numpy.nan]
        return numpy.array(few, DTYPES[kind])
    if kind == BOOL:
        return numpy.array([False, True])
    info = numpy.iinfo(DTYPES[kind])
    few = {info.min, info.min + 1, -1, 0, 1, 2, 7, 8, 31, 33, 64, 100, info.max - 1, info.max}
    return numpy.array([n for n in few if n >= info.min], DTYPES[kind])


def pairs(kind):
    """Every pair of them."""
    x, y = map(numpy.array, zip(*itertools.product(values_of(kind), repeat=2), strict=True))
    return x.astype(DTYPES[kind]), y.astype(DTYPES[kind])


def everything(kind):
    """A kernel of all operations on operands of this kind."""

    def outs(x, y):
        if is_float(kind):
            found = [op(name, x, y) for name in (*FLOATS, *COMPARISONS)]
            return found + [op(name, x) for name in FLOATS_OF_ONE]
        found = [op(name, x, y) for name in (*(BOOLS if kind == BOOL else INTEGERS), *COMPARISONS)]
        found += [~x, select(x > y, x, y), select(x > y, x.equals(y), x.differs(y))]
        return found if kind == BOOL else [*found, -x, op("abs", x), x / 7, x / -1, x << 3, x >> 2]

    return pointwise([kind, kind], outs, pairs(kind)[0].size)


def same_as_evaluated(kernels, operands, rtol=0.0):
    """Compile kernels, run them, and compare them with what NumPy makes of them."""
    for built, kernel, arrays in zip(native.build(kernels), kernels, operands, strict=True):
        size = kernel.extent or max(a.size for a in arrays)
        found, wanted = outputs(kernel, size), outputs(kernel, size)
        call(built, *arrays, *found)
        execute(kernel, [*arrays, *wanted])
        for number, (a, b) in enumerate(zip(found, wanted, strict=True)):
            message = f"output {number} of {[x.dtype for x in arrays]}"
            numpy.testing.assert_allclose(a, b, rtol, err_msg=message)


def test_every_operation_on_every_type():
    same_as_evaluated([everything(kind) for kind in TYPES], [pairs(kind) for kind in TYPES])


def test_casts_between_all_types():
    def small(kind):
        numbers = [0, 1, 2, 100, 127] if kind != F32 else [0, 1, 2.75, 100.5, 127.25, 1e-3]
        negative = kind != BOOL and kind[0] != "u"
        return numpy.array(numbers + [-n for n in numbers if negative], DTYPES[kind])

    kernels = [
        pointwise([kind], lambda x: [cast(x, to) for to in TYPES if to != x.kind], small(kind).size)
        for kind in TYPES
    ]
    same_as_evaluated(kernels, [[small(kind)] for kind in TYPES])


def test_a_cast_of_what_does_not_fit_is_some_number():
    x = numpy.array([numpy.nan, numpy.inf, -numpy.inf, 1e30, -1e30, 300.0, -1.0])
    whole = [kind for kind in TYPES if not is_float(kind)]
    kernel = pointwise([F64], lambda x: [cast(x, to) for to in whole], x.size)
    found = outputs(kernel, x.size)
    call(native.build([kernel])[0], x, *found)
    of = dict(zip(whole, found, strict=True))
    assert (of["i8"][-1], of["u8"][-1], of[BOOL][-1]) == (-1, 255, True)
    assert (of["i16"][-2], of["i8"][-2]) == (300, 44)  # by way of a C int, as in NumPy


def test_bits_read_as_another_type():
    x = values_of(F32)
    kernel = pointwise([F32], lambda x: [bitcast(bitcast(x, I32) & 0x7FFFFFFF, F32)], x.size)
    same_as_evaluated([kernel], [[x]])


def test_constants_of_every_type():
    numbers = [0, 1, 2.5, 1e-45, 3.4e38, 1e300, -0.0, numpy.inf, -numpy.inf, numpy.nan]
    whole = [0, 1, -1, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63)]

    def outs(x):
        floats = [Const(n, kind) for kind in (F32, F64) for n in numbers]
        return [
            *floats,
            *(Const(n, I64) for n in whole),
            Const(2**64 - 1, "u64"),
            Const(True, BOOL),
        ]

    with numpy.errstate(over="ignore"):
        same_as_evaluated([pointwise([I64], outs, 1)], [[numpy.zeros(1, numpy.int64)]])


def test_a_product_and_a_sum_at_once():
    x, y = (numpy.linspace(1, 2, 40, dtype=numpy.float32) ** n for n in (1, 3))
    kernel = pointwise([F32, F32], lambda x, y: [op("fma", x, y, x)], x.size)
    same_as_evaluated([kernel], [[x, y]], rtol=1e-7)


def test_functions_of_the_c_library():
    x = numpy.array([0.1, 0.5, 0.9, 0.3, 0.7])
    of_two = {"pow", "fmod", "atan2", "hypot"}
    kernel = pointwise(
        [F64, F64],
        lambda x, y: [op(f, *((x, y) if f in of_two else (x,))) for f in sorted(LIBRARY)],
        x.size,
    )
    same_as_evaluated([kernel], [[x, x[::-1].copy()]], rtol=1e-14)


def test_loops_and_variables():
    x = numpy.arange(20) % 7
    same_as_evaluated([three_loops()], [[x]])
    x = numpy.arange(60, dtype=numpy.float32)
    same_as_evaluated([row_reduction("add", 0.0, (4, 15))], [[x]])


def test_an_expression_is_computed_once_and_after_what_came_before():
    block = Block()
    y = Buffer("y", I64, True)
    total = block.declare(Const(1, I64))
    twice = total + total
    block.assign(total, twice * twice)
    block.store(y, Const(0, I64), twice)  # of the new value
    block.store(y, Const(1, I64), Load(y, Const(0, I64)) + Load(y, Const(0, I64)))
    found = numpy.zeros(2, numpy.int64)
    call(native.build([Kernel("f", (y,), tuple(block.body))])[0], found)
    assert found.tolist() == [8, 16]


def test_without_permission_a_sum_is_taken_in_order():
    x = numpy.random.default_rng(0).standard_normal((3, 1000)).astype(numpy.float32)
    ordered, free = numpy.zeros((2, 3), numpy.float32)
    built = native.build([row_reduction("add", 0.0, x.shape, reorder=r) for r in (False, True)])
    call(built[0], x, ordered)
    call(built[1], x, free)
    assert ordered.tolist() == numpy.add.accumulate(x, axis=1)[:, -1].tolist()
    assert free.tolist() != ordered.tolist()
    numpy.testing.assert_allclose(free, ordered, rtol=1e-4)


@pytest.mark.parametrize(("name", "start"), [("minimum", numpy.inf), ("maximum", -numpy.inf)])
def test_extremes_of_rows_keep_nan(name, start):
    x = numpy.random.default_rng(0).standard_normal((3, 101)).astype(numpy.float32)
    x[1, 77] = numpy.nan
    found = numpy.zeros(3, numpy.float32)
    call(native.build([row_reduction(name, start, x.shape)])[0], x, found)
    numpy.testing.assert_array_equal(found, getattr(numpy, name).reduce(x, axis=1))


def wide(kernel):
    return native.assembly(native.build([kernel])[0]).count("ymm")


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of registers")
def test_loops_use_vector_registers():
    if "+avx2" not in native.target()[2]:
        pytest.skip("the processor has no AVX2")
    shape = (8, 1000)
    for name, start in [("add", 0.0), ("mul", 1.0), ("minimum", numpy.inf), ("maximum", 0.0)]:
        assert wide(row_reduction(name, start, shape)), name
    assert not wide(row_reduction("add", 0.0, shape, reorder=False))
    assert wide(partial_sums(10000, 4))
    assert wide(row_reduction("or", False, shape, BOOL))
    cut = native.build([pointwise([F32], lambda x: [cast(x * 2.0, I32)], 1000)])[0]
    assert "vcvttps2dq" in native.assembly(cut)
    assert wide(pointwise([F32], lambda x: [op("maximum", op("fma", x, x, x), 0.0)], 1000))
    assert wide(pointwise([BOOL, F32], lambda m, x: [select(m, x, 0.0), ~m], 1000))


def test_text_does_not_depend_on_names():
    def renamed(kernel):
        made = Block(names=[100])
        x, y = Buffer("input", F32), Buffer("output", F32, True)
        with made.loop(*(kernel.body[0].start, kernel.body[0].stop), vector=True) as (i, inside):
            a, b = inside.let(Load(x, i)), inside.let(Load(y, i))
            inside.store(Buffer("result", F32, True), i, a + b)
        buffers = (x, Buffer("output", F32), Buffer("result", F32, True))
        return Kernel(kernel.name, buffers, tuple(made.body), kernel.extent)

    kernel = addition(10)
    assert module_text([kernel]) == module_text([renamed(kernel)])
    assert module_text([kernel]) != module_text([dataclasses.replace(kernel, extent=11)])
    assert module_text([kernel]) != module_text([addition(10, F64)])


def test_only_vector_loops_have_independent_iterations():
    def marked(kernel):
        lines = module_text([kernel]).splitlines()
        return {line.split()[-1] for line in lines if "access.group" in line}, lines

    groups, lines = marked(addition(10))
    (group,) = groups
    assert lines[0].count("noalias") == 3
    assert sum("access.group" in line for line in lines) == 3
    assert f'!1 = !{{!"llvm.loop.parallel_accesses", {group}}}' in lines
    assert not marked(pointwise([F32], lambda x: [x], 10, vector=False))[0]
    _, lines = marked(row_reduction("add", 0.0, (3, 4)))  # the store is outside of the vector loop
    assert sum("access.group" in line for line in lines) == 1
