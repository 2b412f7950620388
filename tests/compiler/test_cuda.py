"""The CUDA text means what the loop language means: here it is C++, run thread by thread."""

import ctypes
import dataclasses
import shutil
import subprocess

import numpy
import pytest
from compiler.kernels import addition, outputs, partial_sums, pointwise, row_reduction, three_loops
from compiler.loop_evaluator import execute
from compiler.test_llvm import everything, pairs

from chainrule.compiler.cuda import is_parallel, module_text
from chainrule.compiler.loops import (
    BEGIN,
    END,
    F32,
    F64,
    I64,
    TYPES,
    Block,
    Buffer,
    Const,
    Kernel,
    Load,
    bitcast,
    cast,
    op,
)

COMPILER = shutil.which("g++") or shutil.which("clang++")
SHIM = """
#include <cmath>
#include <cstring>
using namespace std;
#define __global__
#define __device__
struct Three { int x; };
static Three blockIdx, threadIdx, blockDim, gridDim;
extern "C" void place(int block, int thread, int threads, int blocks) {
    blockIdx.x = block; threadIdx.x = thread; blockDim.x = threads; gridDim.x = blocks;
}
"""


def test_the_outermost_loop_is_divided_among_threads():
    text = module_text([addition(100)])
    assert (
        'extern "C" __global__ void pointwise(const float* __restrict__ b0, '
        "const float* __restrict__ b1, float* __restrict__ b2) {\n"
        "    for (i64 i0 = (blockIdx.x * (i64)blockDim.x + threadIdx.x); i0 < 100; "
        "i0 += (i64)gridDim.x * blockDim.x) {\n"
        "        const float t1 = b0[i0];\n"
        "        const float t2 = b1[i0];\n"
        "        b2[i0] = (t1 + t2);\n"
        "    }\n"
        "}\n"
    ) in text


def test_other_kernels_run_in_one_thread():
    assert is_parallel(addition(100))
    assert is_parallel(row_reduction("add", 0.0, (3, 4)))
    assert not is_parallel(three_loops())
    assert not is_parallel(partial_sums(100, 4))  # each part has a place of its own
    text = module_text([partial_sums(100, 4)])
    assert "if (blockIdx.x != 0 || threadIdx.x != 0) return;" in text
    assert "const i64 begin = 0, end = 100;" in text


def test_a_loop_that_knows_its_part_is_not_divided():
    kernel = addition(100)
    block = Block()
    y = Buffer("y", I64, True)
    with block.loop(BEGIN, END) as (i, inside):
        inside.store(y, i, i - BEGIN)
    assert not is_parallel(Kernel("f", (y,), tuple(block.body), 100))
    block = Block()
    zone = block.let(BEGIN / 7)
    with block.loop(BEGIN, END) as (i, inside):
        inside.store(y, i, zone)
    assert not is_parallel(Kernel("f", (y,), tuple(block.body), 100))
    assert not is_parallel(dataclasses.replace(kernel, body=kernel.body * 2))
    assert not is_parallel(dataclasses.replace(kernel, body=()))


def test_a_float_becomes_a_small_integer_by_way_of_a_large_one():
    text = module_text([pointwise([F32], lambda x: [cast(x, k) for k in ("i8", "u32", I64)], 5)])
    assert "(i8)(i32)t1;" in text
    assert "(u32)(i64)t1;" in text
    assert "= (i64)t1;" in text


def strided():
    """A loop in steps, after a value it reads."""
    block = Block()
    x, y = Buffer("x", F32), Buffer("y", F32, True)
    scale = block.let(Load(x, Const(3, I64)) + 1.0)
    with block.loop(BEGIN, END, step=3) as (i, inside):
        inside.store(y, i, Load(x, i) * scale)
    return Kernel("strided", (x, y), tuple(block.body), 20)


def constants():
    """Numbers that C++ writes in its own way."""
    floats = [0.1, -0.0, 1e300, numpy.inf, -numpy.inf, numpy.nan]
    whole = [0, -1, 2**63 - 1, -(2**63)]

    def outs(x):
        numbers = [Const(n, kind) for kind in (F32, F64) for n in floats]
        numbers += [*(Const(n, I64) for n in whole), Const(2**64 - 1, "u64"), Const(-7, "i8")]
        numbers += [-Const(-2.5, F32), -Const(-3, I64)]
        bits = [bitcast(x, "i32") ^ 5, -(x - Const(-2.5, F32)), op("fma", x, x, x)]
        casts = [cast(x, kind) for kind in TYPES]
        return [*numbers, *bits, *casts, op("pow", cast(x, F64), Const(3.0, F64))]

    return pointwise([F32], outs, 5)


def run_as_cpp(library, kernel, arrays, threads, blocks):
    """Run the threads of a grid, one after the other."""
    function = getattr(library, kernel.name)
    for block in range(blocks):
        for thread in range(threads):
            library.place(block, thread, threads, blocks)
            function(*(ctypes.c_void_p(a.ctypes.data) for a in arrays))


@pytest.mark.skipif(COMPILER is None, reason="no compiler of C++")
def test_what_it_computes(tmp_path):
    x = numpy.array([0.5, 1.25, 2.0, 3.75, 100.0], numpy.float32)
    row = numpy.arange(60, dtype=numpy.float32)
    cases = [(everything(kind), pairs(kind)) for kind in TYPES]
    cases += [(constants(), [x]), (addition(60), [row, row])]
    cases += [(three_loops(), [numpy.arange(20) % 7]), (partial_sums(60, 4), [row])]
    cases += [(row_reduction("maximum", 0.0, (4, 15)), [row]), (strided(), [row])]
    kernels = [dataclasses.replace(k, name=f"k{i}") for i, (k, _) in enumerate(cases)]
    file, made = tmp_path / "kernels.cpp", tmp_path / "kernels.so"
    file.write_text(SHIM + module_text(kernels))
    flags = ["-std=c++17", "-O0", "-fwrapv", "-ffp-contract=off", "-shared", "-fPIC", "-w"]
    subprocess.run([COMPILER, *flags, str(file), "-o", str(made)], check=True)
    library = ctypes.CDLL(str(made))
    for kernel, (_, operands) in zip(kernels, cases, strict=True):
        found, wanted = outputs(kernel, 200), outputs(kernel, 200)
        run_as_cpp(library, kernel, [*operands, *found], threads=3, blocks=2)
        with numpy.errstate(over="ignore"):
            execute(kernel, [*operands, *wanted])
        for number, (a, b) in enumerate(zip(found, wanted, strict=True)):
            numpy.testing.assert_array_equal(a, b, err_msg=f"{kernel.name}, output {number}")
