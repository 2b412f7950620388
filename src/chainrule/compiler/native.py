"""Kernels as machine code of this computer, by LLVM (package llvmlite, extra `compile`).

Knows neither graphs nor arrays: a kernel is called with the address of a table of its operands.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import sys
import threading
import weakref
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy

from ..errors import missing_extra
from . import cache
from .llvm import module_text
from .loops import LIBRARY, Kernel

_Whole = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)  # holds the GIL, which is faster to call
_Part = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)

# Level 3 compiles a third longer, and what it makes of loops like these is no faster.
_OPTIONS = {
    "speed_level": 2,
    "loop_vectorization": True,
    "slp_vectorization": True,
    "loop_interleaving": True,
    "loop_unrolling": True,
}

_lock = threading.RLock()
_compiled: weakref.WeakValueDictionary[bytes, Native] = weakref.WeakValueDictionary()


@dataclass(frozen=True, eq=False)
class Native:
    """A compiled kernel.

    `call(table)` runs all of it and holds the GIL; `part(table, begin, end)` runs a part of
    [0, extent) and releases the GIL; it is None for a kernel without parts. The table is the
    address of one `id(array)` for each buffer. The code lives as long as one of the three does.
    """

    packed: bytes  # its text: for those who ask, ten times as small
    extent: int | None
    call: Callable[[int], None]
    part: Callable[[int, int, int], None] | None


@functools.cache
def available() -> bool:
    """Whether kernels can be compiled: llvmlite is installed."""
    return importlib.util.find_spec("llvmlite") is not None


def build(kernels: Sequence[Kernel]) -> list[Native]:
    """Machine code for the kernels; those of one structure are compiled once.

    ImportError without llvmlite.
    """
    texts = [zlib.compress(module_text([replace(k, name="kernel")]).encode()) for k in kernels]
    with _lock:
        _check_arrays()
        found = {text: n for text in texts if (n := _compiled.get(text)) is not None}
        new = {text: k for text, k in zip(texts, kernels, strict=True) if text not in found}
        if new:
            found |= _load_kernels(new)
            _compiled.update(found)
    return [found[text] for text in texts]


def source(native: Native) -> str:
    """The LLVM code of a kernel as it was written, before it was optimised."""
    return zlib.decompress(native.packed).decode()


def assembly(native: Native) -> str:
    """The assembly of a kernel."""
    with _lock:
        machine = _machine()
        return str(machine.emit_assembly(_optimised(source(native), machine)))


def load(text: str) -> Any:
    """The functions of a module of LLVM's language, for `function`.

    ImportError without llvmlite.
    """
    binding = _binding()
    with _lock:
        engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _machine())
        engine.add_object_file(binding.object_file.ObjectFileRef.from_data(_machine_code(text)))
        engine.finalize_object()
    return engine


def function(engine: Any, name: str, kind: Any) -> Any:
    """A function of a loaded module as one of a type of ctypes."""
    made = kind(engine.get_function_address(name))
    made.engine = engine  # keeps the code alive
    return made


def _load_kernels(kernels: dict[bytes, Kernel]) -> dict[bytes, Native]:
    """Kernels by their (packed) texts, compiled as one module."""
    named = [replace(kernel, name=f"k{i}") for i, kernel in enumerate(kernels.values())]
    engine = load(module_text(named))
    found = {}
    for text, kernel in zip(kernels, named, strict=True):
        call = function(engine, kernel.name, _Whole)
        parts = kernel.extent is not None
        part = function(engine, f"{kernel.name}_part", _Part) if parts else None
        found[text] = Native(text, kernel.extent, call, part)
    return found


def _machine_code(text: str) -> bytes:
    """The object file of a module, from the disk if it was ever compiled on this computer."""
    name = cache.key(text, *target(), repr(_OPTIONS))
    code = cache.load(name)
    if code is None:
        code = _compile(text)
        cache.store(name, code)
    return code


def _compile(text: str) -> bytes:
    """The object file of a module, by LLVM."""
    machine = _machine()
    return bytes(machine.emit_object(_optimised(text, machine)))


def _optimised(text: str, machine: Any) -> Any:
    """The module of a text, after LLVM's passes."""
    binding = _binding()
    module = binding.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    options = binding.create_pipeline_tuning_options()
    for option, value in _OPTIONS.items():
        setattr(options, option, value)
    builder = binding.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module


def _machine() -> Any:
    """The computer that runs this, as a target of LLVM."""
    triple, cpu, features, *_ = target()
    level = _OPTIONS["speed_level"]
    found = _binding().Target.from_triple(triple)
    return found.create_target_machine(cpu, features, opt=level, jit=True)


@functools.cache
def target() -> tuple[str, ...]:
    """What machine code depends on: this computer's processor, and the version of LLVM."""
    binding = _binding()
    features = binding.get_host_cpu_features().flatten()
    version = f"LLVM {binding.llvm_version_info} of llvmlite {sys.modules['llvmlite'].__version__}"
    return binding.get_process_triple(), binding.get_host_cpu_name(), features, version


@functools.cache
def _binding() -> Any:
    """LLVM, ready to compile for this computer and told where the functions are that it calls."""
    try:
        import llvmlite.binding as binding
    except ImportError:
        raise missing_extra("llvmlite", "compile", "torch.compile") from None
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    for name, address in _symbols().items():
        binding.add_symbol(name, address)
    return binding


def _symbols() -> dict[str, int]:
    """The addresses of the C library's functions; LLVM ends the process if it misses one."""
    if sys.platform == "win32":
        library, system, idle = ctypes.CDLL("ucrtbase"), ctypes.CDLL("kernel32"), "SwitchToThread"
    else:
        from ctypes.util import find_library

        system, idle = ctypes.CDLL(None), "sched_yield"
        library = system if hasattr(system, "erf") else ctypes.CDLL(find_library("m"))
    others = [
        name + kind for name in ("floor", "ceil", "rint", "trunc", "fmod") for kind in ("", "f")
    ]
    found = {name: getattr(library, name) for name in (*LIBRARY, *others)}
    found["sched_yield"] = getattr(system, idle)
    return {name: ctypes.cast(f, ctypes.c_void_p).value or 0 for name, f in found.items()}


@functools.cache
def _check_arrays() -> None:
    """Check once that an array's data pointer is where kernels read it."""
    array = numpy.zeros(3)[1:]
    field = ctypes.c_void_p.from_address(id(array) + object.__basicsize__)
    if field.value != array.ctypes.data:
        raise RuntimeError(
            "compiled kernels do not know this build of Python and NumPy: the data pointer of an "
            f"array is not at byte {object.__basicsize__}"
        )
