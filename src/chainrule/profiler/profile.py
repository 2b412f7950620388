"""A profile: Python's own hook times every public operation, and every gradient rule, that runs.

Off, it costs nothing; on, each call of a Python function pays for the hook.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from enum import Enum
from types import CodeType, FrameType, TracebackType
from typing import Any

from .. import ops
from .events import EventList, FunctionEvent

FOLDER = os.path.dirname(ops.__file__)
RULE = "grad_"


class ProfilerActivity(Enum):
    """What can be watched; here only the CPU is."""

    CPU = 0
    CUDA = 2


class ProfilerAction(Enum):
    """What a profile does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities() -> set[ProfilerActivity]:
    """The CPU."""
    return {ProfilerActivity.CPU}


def schedule(
    *,
    wait: int,
    warmup: int,
    active: int,
    repeat: int = 0,
    skip_first: int = 0,
    skip_first_wait: int = 0,
) -> Callable[[int], ProfilerAction]:
    """What to do in a step: wait, warm up, record, again and again (`repeat` times if not 0).

    >>> plan = schedule(wait=1, warmup=0, active=1)
    >>> plan(0).name, plan(1).name
    ('NONE', 'RECORD_AND_SAVE')
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active < 1:
        raise AssertionError("schedule: the numbers of steps must not be negative, active positive")
    cycle = wait + warmup + active

    def action(step: int) -> ProfilerAction:
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first - (wait if skip_first_wait else 0)
        if repeat and step >= repeat * cycle:
            return ProfilerAction.NONE
        place = step % cycle
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        last = place == cycle - 1
        return ProfilerAction.RECORD_AND_SAVE if last else ProfilerAction.RECORD

    return action


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[Any], None]:
    """For `on_trace_ready`: writes each trace into a folder, as JSON."""

    def handler(prof: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        name = f"{worker_name or f'worker_{os.getpid()}'}.{time.time_ns()}.pt.trace.json"
        prof.export_chrome_trace(os.path.join(dir_name, name))

    return handler


class Timer:
    """Collects calls, of one thread, while it is installed."""

    def __init__(self) -> None:
        self.events: list[FunctionEvent] = []
        self._open: list[tuple[Any, str, float, float]] = []  # whose, name, start, time inside
        self._names: dict[CodeType, str | None] = {}

    def hook(self, frame: FrameType, event: str, _: Any) -> None:
        """Python's profile hook."""
        if event == "call":
            name = self.name(frame.f_code)
            if name is not None:
                self.begin(frame, name)
        elif event == "return" and self._open and self._open[-1][0] is frame:
            self.end()

    def name(self, code: CodeType) -> str | None:
        """The name of an operation, if this is the code of one."""
        if code not in self._names:
            self._names[code] = name_of(code)
        return self._names[code]

    def begin(self, owner: Any, name: str) -> None:
        """A call begins."""
        self._open.append((owner, name, time.perf_counter() * 1e6, 0.0))

    def end(self) -> None:
        """The innermost call ends."""
        _, name, start, inside = self._open.pop()
        total = time.perf_counter() * 1e6 - start
        if self._open:
            owner, outer, began, before = self._open[-1]
            self._open[-1] = owner, outer, began, before + total
        thread = threading.get_ident()
        self.events.append(FunctionEvent(name, start, total, total - inside, thread=thread))


def name_of(code: CodeType) -> str | None:
    """An operation's or rule's name as PyTorch's profiler prints it; None for other code."""
    if not code.co_filename.startswith(FOLDER):
        return None
    owner, _, name = code.co_qualname.rpartition(".")
    if name.startswith(RULE) and owner:
        return f"autograd::engine::evaluate_function: {owner}Backward"
    return None if owner or name.startswith(("_", "<")) else f"aten::{name}"


_running: list[Timer] = []


class record_function:
    """Context or decorator that gives a part of the program a row of its own.

    >>> with profile() as prof, record_function("my part"):
    ...     _ = torch.ones(2) + 1
    >>> "my part" in {event.name for event in prof.events()}
    True
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name

    def __enter__(self) -> record_function:
        for timer in _running:
            timer.begin(self, self.name)
        return self

    def __exit__(self, *_: Any) -> None:
        for timer in _running:
            timer.end()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name):
                return function(*args, **kwargs)

        return wrapper


class profile:
    """Context that times the operations of this thread.

    With a `schedule`, `step()` says that a step of training is over; `on_trace_ready` is called
    with the profile after each recorded cycle. Shapes, memory, stacks and flops are not recorded.

    >>> with profile(activities=[ProfilerActivity.CPU]) as prof:
    ...     _ = torch.ones(3) * 2
    >>> prof.key_averages()[0].count
    1
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        use_cuda: bool | None = None,
        acc_events: bool = False,
    ) -> None:
        self.schedule = schedule
        self.on_trace_ready = on_trace_ready
        self.step_num = 0
        self._timer: Timer | None = None
        self._before: Any = None
        self._events = EventList()

    def start(self) -> None:
        """Begin."""
        self._follow()

    def stop(self) -> None:
        """End, and hand over what was recorded."""
        if self._timer is not None:
            self._finish()

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def step(self) -> None:
        """A step is over: go on as the schedule says."""
        over = self._action() is ProfilerAction.RECORD_AND_SAVE
        if over and self._timer is not None:
            self._finish()
        self.step_num += 1
        self._follow()

    def _action(self) -> ProfilerAction:
        return ProfilerAction.RECORD if self.schedule is None else self.schedule(self.step_num)

    def _follow(self) -> None:
        recording = self._action() in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if recording and self._timer is None:
            self._timer = Timer()
            _running.append(self._timer)
            self._before = sys.getprofile()
            sys.setprofile(self._timer.hook)

    def _finish(self) -> None:
        sys.setprofile(self._before)
        if self._timer is not None:
            _running.remove(self._timer)
            self._events = EventList(self._timer.events)
        self._timer = None
        if self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def events(self) -> EventList:
        """Every call."""
        return self._events

    def key_averages(self, *args: Any, **kwargs: Any) -> EventList:
        """The calls by name."""
        return self._events.key_averages()

    def export_chrome_trace(self, path: str) -> None:
        """Write the calls as JSON for chrome://tracing or ui.perfetto.dev."""
        self._events.export_chrome_trace(path)
