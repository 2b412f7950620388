"""Kernels as machine code of this computer, by LLVM (package llvmlite, extra `compile`).

Knows neither graphs nor arrays: a kernel is called with the address of a table of its operands.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy

from ..errors import missing_extra
from .llvm import module_text
from .loops import LIBRARY, Kernel

_Whole = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)  # holds the GIL, which is faster to call
_Part = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)

_lock = threading.RLock()
_compiled: weakref.WeakValueDictionary[str, Native] = weakref.WeakValueDictionary()


@dataclass(frozen=True, eq=False)
class Native:
    """A compiled kernel.

    `call(table)` runs all of it and holds the GIL; `part(table, begin, end)` runs a part of
    [0, extent) and releases the GIL; it is None for a kernel without parts. The table is the
    address of one `id(array)` for each buffer. The code lives as long as one of the three does.
    """

    kernel: Kernel
    call: Callable[[int], None]
    part: Callable[[int, int, int], None] | None

    @property
    def extent(self) -> int | None:
        """How many iterations the parts divide among them."""
        return self.kernel.extent


def available() -> bool:
    """Whether kernels can be compiled: llvmlite is installed."""
    return importlib.util.find_spec("llvmlite") is not None


def build(kernels: Sequence[Kernel]) -> list[Native]:
    """Machine code for the kernels; those of one structure are compiled once.

    ImportError without llvmlite.
    """
    texts = [module_text([replace(k, name="kernel")]) for k in kernels]
    with _lock:
        _check_arrays()
        new: dict[str, Kernel] = {}
        found: dict[str, Native] = {}
        for text, kernel in zip(texts, kernels, strict=True):
            known = _compiled.get(text)
            if known is None:
                new[text] = kernel
            else:
                found[text] = known
        if new:
            named = [replace(k, name=f"k{i}") for i, k in enumerate(new.values())]
            found |= zip(new, _load(named), strict=True)
            _compiled.update((text, found[text]) for text in new)
    return [found[text] for text in texts]


def source(native: Native) -> str:
    """The LLVM code of a kernel as it was written, before it was optimised."""
    return module_text([native.kernel])


def assembly(native: Native) -> str:
    """The assembly of a kernel."""
    with _lock:
        machine = _machine()
        return str(machine.emit_assembly(_optimised(source(native), machine)))


def _load(kernels: Sequence[Kernel]) -> list[Native]:
    """One module of kernels, compiled and made callable."""
    binding = _binding()
    text = module_text(kernels)
    machine = _machine()
    code = machine.emit_object(_optimised(text, machine))
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _machine())
    engine.add_object_file(binding.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()

    def function(kind: Any, name: str) -> Any:
        made = kind(engine.get_function_address(name))
        made.engine = engine  # keeps the code alive
        return made

    return [
        Native(
            kernel,
            function(_Whole, kernel.name),
            None if kernel.extent is None else function(_Part, f"{kernel.name}_part"),
        )
        for kernel in kernels
    ]


def _optimised(text: str, machine: Any) -> Any:
    """The module of a text, after LLVM's passes."""
    binding = _binding()
    module = binding.parse_assembly(text)
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.slp_vectorization = True
    options.loop_interleaving = True
    options.loop_unrolling = True
    builder = binding.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module


def _machine() -> Any:
    """The computer that runs this, as LLVM knows it."""
    binding = _binding()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=2,
        jit=True,
    )


@functools.cache
def _binding() -> Any:
    """LLVM, ready to compile for this computer and told where the C library's functions are."""
    try:
        import llvmlite.binding as binding
    except ImportError:
        raise missing_extra("llvmlite", "compile", "torch.compile") from None
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    math = _c_library()
    for name in LIBRARY:
        binding.add_symbol(name, ctypes.cast(getattr(math, name), ctypes.c_void_p).value)
    return binding


def _c_library() -> ctypes.CDLL:
    """The library of C's mathematical functions; Python itself uses it."""
    process = ctypes.CDLL(None)
    if hasattr(process, "erf"):
        return process
    from ctypes.util import find_library

    return ctypes.CDLL(find_library("m"))


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
