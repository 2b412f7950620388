"""Kernels become machine code: what is compiled, called and kept alive."""

import ctypes
import gc
import sys
import threading

import numpy
import pytest
from compiler.kernels import Table, addition, call, row_reduction, three_loops
from compiler.loop_evaluator import DTYPES

from chainrule.compiler import native
from chainrule.compiler.loops import F32, F64

needs_llvm = pytest.mark.skipif(not native.available(), reason="llvmlite is not installed")


@pytest.fixture
def compiled(monkeypatch):
    """The texts that were compiled since; nothing is kept on disk."""
    texts = []
    real = native._compile
    monkeypatch.setenv("CHAINRULE_CACHE", "off")
    monkeypatch.setattr(native, "_compile", lambda text: texts.append(text) or real(text))
    return texts


@needs_llvm
def test_a_kernel_computes_its_outputs_once_and_the_hundredth_time():
    built = native.build([addition(37)])[0]
    x, y = numpy.arange(37, dtype=numpy.float32), numpy.ones(37, numpy.float32)
    for start in range(100):
        z = numpy.zeros(37, numpy.float32)
        call(built, x + start, y, z)
        assert z.tolist() == (x + start + 1).tolist()


@needs_llvm
def test_parts_of_the_extent():
    built = native.build([addition(37)])[0]
    x, z = numpy.arange(37, dtype=numpy.float32), numpy.zeros(37, numpy.float32)
    table = Table(x, x, z)
    built.part(table.address, 5, 20)
    built.part(table.address, 30, 30)
    assert z.nonzero()[0].tolist() == list(range(5, 20))
    assert built.extent == 37


@needs_llvm
def test_a_kernel_without_extent_has_no_parts():
    built = native.build([three_loops()])[0]
    assert built.part is None
    assert built.extent is None


@needs_llvm
def test_kernels_of_one_structure_are_compiled_once(compiled):
    first = native.build([addition(41), addition(42), addition(41, F64), addition(41)])
    assert first[0] is first[3]
    assert len({id(n) for n in first}) == 3
    again = native.build([addition(42), addition(43)])
    assert again[0] is first[1]
    assert len(compiled) == 2
    assert "_part" in compiled[1]
    assert "k1" not in compiled[1]


@needs_llvm
def test_what_nobody_has_any_more_is_compiled_again(compiled):
    native.build([addition(44)])
    gc.collect()
    native.build([addition(44)])
    assert len(compiled) == 2


@needs_llvm
def test_the_code_lives_as_long_as_a_function_of_it():
    function = native.build([addition(45)])[0].call
    gc.collect()
    x = numpy.ones(45, numpy.float32)
    table = Table(x, x, z := numpy.zeros(45, numpy.float32))
    function(table.address)
    assert z.tolist() == [2.0] * 45


@needs_llvm
def test_text_and_assembly_of_a_kernel():
    built = native.build([addition(46), row_reduction("add", 0.0, (3, 5))])
    assert [native.source(n).count("define void @kernel(ptr %table)") for n in built] == [1, 1]
    assert [native.source(n).count("fadd reassoc float") for n in built] == [0, 1]
    assert all("kernel_part:" in native.assembly(n) for n in built)


@needs_llvm
def test_several_threads_may_build_at_once(compiled):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(native.build([addition(47)])[0]))
        for _ in range(4)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 4
    assert len(set(map(id, found))) == len(compiled) == 1


@needs_llvm
def test_a_short_kernel_keeps_the_lock_of_python():
    built = native.build([addition(48)])[0]
    assert built.call._flags_ & 4  # FUNCFLAG_PYTHONAPI
    assert not built.part._flags_ & 4


def test_without_llvmlite_the_error_says_what_to_install(monkeypatch):
    native._binding.cache_clear()
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(ImportError, match=r"needs llvmlite.*pip install 'chainrule\[compile\]'"):
        native.build([addition(49)])
    native._binding.cache_clear()


def test_another_layout_of_arrays_is_noticed(monkeypatch):
    class Other:
        def __init__(self, value):
            self.value = value

        @classmethod
        def from_address(cls, _):
            return cls(12345)

    native._check_arrays.cache_clear()
    monkeypatch.setattr(native.ctypes, "c_void_p", Other)
    with pytest.raises(RuntimeError, match="the data pointer of an array is not at byte"):
        native._check_arrays()
    monkeypatch.undo()
    native._check_arrays()
    assert ctypes.c_void_p is not Other


def test_nothing_is_built_of_nothing():
    assert native.build([]) == []


@needs_llvm
@pytest.mark.parametrize("kind", [F32, F64])
def test_no_elements(kind):
    built = native.build([addition(0, kind)])[0]
    call(built, *(numpy.zeros(0, DTYPES[kind]) for _ in range(3)))
