"""What a run does besides arithmetic: which code it executes, whether it prints ..."""

from __future__ import annotations

import builtins
import gc
import io
import os
import random
import sys
import time
import warnings
from types import CodeType, FrameType
from typing import Any

from ..core.sites import PACKAGE

_CLOCKS = {
    getattr(time, name)
    for name in ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "process_time")
}
_OUTSIDE = {
    **dict.fromkeys(_CLOCKS, "asks the clock"),
    builtins.input: "asks for input",
    io.open: "opens a file",
    warnings.warn: "gives a warning",
    warnings.warn_explicit: "gives a warning",
    os.urandom: "asks for random bytes",
}


class Witness:
    """Watches a run: `codes` are the code objects executed; `refuse(reason)` is told the rest."""

    def __init__(self, refuse: Any) -> None:
        self.codes: set[CodeType] = set()
        self._refuse = refuse

    def __enter__(self) -> Witness:
        self._profile, self._out, self._err = sys.getprofile(), sys.stdout, sys.stderr
        sys.stdout = _Loud(sys.stdout, self._refuse)
        sys.stderr = _Loud(sys.stderr, self._refuse)
        self._collects = gc.isenabled()
        gc.disable()  # finalisers of other objects are not this program's code
        sys.setprofile(self._saw)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(self._profile)
        if self._collects:
            gc.enable()
        sys.stdout, sys.stderr = self._out, self._err

    def _saw(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            if frame.f_code.co_name != "<module>":  # what is imported runs only once
                self.codes.add(frame.f_code)
        elif event == "c_call" and not frame.f_code.co_filename.startswith(PACKAGE):
            try:
                reason = _OUTSIDE.get(arg)
            except TypeError:  # a method of something that has no hash
                return
            owner = getattr(arg, "__self__", None)
            if reason is None and isinstance(owner, random.Random):
                reason = "draws from Python's random"
            elif reason is None and isinstance(owner, io.IOBase):
                reason = "reads or writes a file"
            if reason is not None:
                self._refuse(reason)


class _Loud:
    """A text stream that tells when something is written to it."""

    def __init__(self, stream: Any, refuse: Any) -> None:
        self._stream, self._told = stream, refuse

    def write(self, text: str) -> Any:
        self._told("prints")
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
