"""What a program failed in: the line and the operation, read from the frames of its exception."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType
from typing import Any
from weakref import ref

from ..autograd import engine
from ..core import apply as running
from ..core.primitive import next_seq
from ..core.sites import PACKAGE
from ..core.tensor import TensorBase
from .recording import Operation, Recorder, variables

RUNS = {f.__code__ for f in (running.apply, running.unary, running.binary)}


class Failed:
    """What stands in a graph for a function that raised before it came to an operation."""

    kind, inputs, variadic, several = "opaque", ("xs",), True, False


def status_of(error: BaseException, recorder: Recorder) -> dict[str, Any] | None:
    """How a program ended that raised: the error, its line, and the operation put into the trace.

    None for an exit that the program asked for.
    """
    if isinstance(error, SystemExit):
        return None
    frames = list(_frames(error))
    users = [frame for frame, _ in frames if not frame.f_code.co_filename.startswith(PACKAGE)]
    places = [i for i, (frame, _) in enumerate(frames) if frame in users]
    recorder.keep_unfinished(variables(reversed(users)))
    status = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, SyntaxError):
        return status | {"file": error.filename, "line": error.lineno}
    if not places:
        return status
    frame, line = frames[places[-1]]
    inside = [f for f, _ in frames[places[-1] + 1 :]]
    recorder.failed = _failed(inside, recorder)
    if recorder.failed is not None and recorder.failed.file is None:
        _place(recorder.failed, frame.f_code.co_filename, line)
    return status | {"file": frame.f_code.co_filename, "line": line}


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    place = error.__traceback__
    while place is not None:
        yield place.tb_frame, place.tb_lineno
        place = place.tb_next


def _failed(frames: list[FrameType], recorder: Recorder) -> Operation | None:
    """The operation that these frames inside of this package were running."""
    for frame in reversed(frames):
        if frame.f_code is engine.run.__code__ and "node" in frame.f_locals:
            return recorder.operation_of(frame.f_locals["node"])
    running_it = next((f for f in reversed(frames) if f.f_code in RUNS), None)
    if running_it is not None:
        space = running_it.f_locals
        given = space.get("inputs") or tuple(space[k] for k in ("x", "y") if k in space)
        return _added(space["op"], given, recorder)
    if frames:
        space, code = frames[0].f_locals, frames[0].f_code
        given = tuple(space[k] for k in code.co_varnames[: code.co_argcount] if k in space)
        if any(isinstance(x, TensorBase) for x in given):
            kind: Any = type(code.co_name, (Failed,), {})
            return _added(kind, [x for x in given if isinstance(x, TensorBase)], recorder)
    return None


def _added(kind: Any, inputs: Any, recorder: Recorder) -> Operation:
    """An operation without a result, at the end of the step that did not come to its end."""
    node = object.__new__(kind)
    sources = [x._node if isinstance(x, TensorBase) else None for x in inputs]
    quantities = [recorder.input_of(x, s) for x, s in zip(inputs, sources, strict=True)]
    operation = Operation(ref(node), kind, next_seq(), quantities, [])
    recorder.unfinished().operations.append(operation)
    return operation


def _place(failed: Operation, file: str, line: int) -> None:
    """Give the failed operation its line; what that line did before is not what it assigns."""
    failed.file, failed.line = file, line
    for quantity in failed.inputs:
        if quantity is None or quantity.operation is None:
            continue
        if (quantity.operation.file, quantity.operation.line) == (file, line):
            quantity.name = None
