"""Streams and events of a GPU, through CuPy; without one, making them raises as in PyTorch."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from ..backend import cuda_is_available, cuda_namespace


class Event:
    """A mark in a stream, to wait for or to take the time between two.

    RuntimeError where there is no GPU.
    """

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        if not cuda_is_available():
            raise RuntimeError("Tried to instantiate dummy base class Event")
        self._event = cuda_namespace().cuda.Event(blocking, not enable_timing, interprocess)

    def record(self, stream: Stream | None = None) -> None:
        """Put the mark into a stream, by default the current one."""
        self._event.record(None if stream is None else stream._stream)

    def synchronize(self) -> None:
        """Wait until the mark is reached."""
        self._event.synchronize()

    def query(self) -> bool:
        """Whether the mark is reached."""
        return bool(self._event.done)

    def wait(self, stream: Stream | None = None) -> None:
        """Let a stream wait for the mark."""
        (stream or current_stream())._stream.wait_event(self._event)

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this mark to another."""
        return float(cuda_namespace().cuda.get_elapsed_time(self._event, end_event._event))


class Stream:
    """A queue of work for a GPU. RuntimeError where there is none."""

    def __init__(self, device: Any = None, priority: int = 0, **_: Any) -> None:
        if not cuda_is_available():
            raise RuntimeError("torch.cuda.Stream requires CUDA support")
        self._stream = cuda_namespace().cuda.Stream(non_blocking=True)

    def synchronize(self) -> None:
        """Wait until all of its work is done."""
        self._stream.synchronize()

    def query(self) -> bool:
        """Whether all of its work is done."""
        return bool(self._stream.done)

    def record_event(self, event: Event | None = None) -> Event:
        """Put a mark into the stream."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """Let the work to come wait for a mark."""
        event.wait(self)

    def wait_stream(self, stream: Stream) -> None:
        """Let the work to come wait for the work that another stream has now."""
        self.wait_event(stream.record_event())


def current_stream(device: Any = None) -> Stream:
    """The stream that work goes to. AssertionError where there is no GPU."""
    if not cuda_is_available():
        raise AssertionError("Torch not compiled with CUDA enabled")
    found = Stream.__new__(Stream)
    found._stream = cuda_namespace().cuda.get_current_stream()
    return found


class stream:
    """Context whose work goes to a stream; with None it changes nothing."""

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        if self.stream is not None:
            self.stream._stream.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.stream is not None:
            self.stream._stream.__exit__(kind, error, trace)
