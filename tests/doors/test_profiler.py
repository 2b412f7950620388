"""The profile of a program: its rows, the schedule, the trace."""

import json

import chainrule as torch
from chainrule import nn
from chainrule.profiler import (
    ProfilerActivity,
    profile,
    record_function,
    schedule,
    tensorboard_trace_handler,
)


def test_operations_rules_and_own_parts_have_rows():
    net, x = nn.Linear(3, 2), torch.ones(4, 3)
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        with record_function("forward"):
            loss = net(x).sum()
        loss.backward()
    rows = {row.key: row for row in prof.key_averages()}
    assert rows["aten::linear"].count == 1
    assert rows["autograd::engine::evaluate_function: LinearBackward"].count == 2
    own = rows["forward"]
    assert own.cpu_time_total >= own.self_cpu_time_total + rows["aten::linear"].cpu_time_total
    table = prof.key_averages().table(sort_by="cpu_time_total", row_limit=2)
    assert "Self CPU time total" in table
    assert len(table.splitlines()) == 7


def test_nothing_is_recorded_outside():
    with profile() as prof:
        pass
    torch.ones(2) + 1
    assert prof.events() == []


def test_a_schedule_says_which_steps(tmp_path):
    ready = []
    plan = schedule(wait=1, warmup=1, active=2, repeat=2, skip_first=1)
    with profile(schedule=plan, on_trace_ready=lambda p: ready.append(len(p.events()))) as prof:
        for _ in range(12):
            torch.relu(torch.ones(1))
            prof.step()
    assert len(ready) == 2
    assert [plan(step).name for step in range(6)] == [
        "NONE",
        "NONE",
        "WARMUP",
        "RECORD",
        "RECORD_AND_SAVE",
        "NONE",
    ]


def test_traces_are_files_for_the_browser(tmp_path):
    with profile(on_trace_ready=tensorboard_trace_handler(str(tmp_path))):
        torch.relu(torch.ones(1))
    (file,) = tmp_path.iterdir()
    names = {event["name"] for event in json.loads(file.read_text())["traceEvents"]}
    assert "aten::relu" in names
