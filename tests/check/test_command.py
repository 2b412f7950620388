"""`chainrule check` and `chainrule.check()`: reports, JSON, exit status, crashes, cost."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule
from chainrule.check.advice import ADVICE

ROOT = Path(__file__).parents[2]
FORGETS = """\
import sys
import torch
w = torch.tensor([1.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.01)
for _ in range(4):
    loss = ((w - 3) ** 2).sum()
    loss.backward()
    optimizer.step()
print("done", sys.argv[1:])
"""
LINE = 7


def check(text, tmp_path, *options, args=()):
    """The finished process of a check of a program."""
    program = tmp_path / "program.py"
    program.write_text(text)
    command = [sys.executable, "-m", "chainrule", "check", *options, str(program), *args]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "src")}
    )


def test_report_leaves_the_output_alone(tmp_path):
    run = check(FORGETS, tmp_path, args=["--epochs", "5"])
    assert run.returncode == 1
    assert run.stdout == "done ['--epochs', '5']\n"
    assert f"program.py:{LINE}  zero-grad-missing" in run.stderr
    assert "optimizer.zero_grad()" in run.stderr


def test_json_at_the_end_of_standard_output(tmp_path):
    for run in (check(FORGETS, tmp_path, "--json"), check(FORGETS, tmp_path, args=["--json"])):
        assert run.returncode == 1
        done, document = run.stdout.split("\n", 1)
        assert done == "done []"
        (finding,) = json.loads(document)["findings"]
        assert (finding["rule"], finding["line"]) == ("zero-grad-missing", LINE)
        assert finding["file"] == str(tmp_path / "program.py")
        assert all(finding[key] for key in ("what", "why", "fix"))
        assert run.stderr == ""


def test_json_in_a_file(tmp_path):
    run = check(FORGETS, tmp_path, "-o", str(tmp_path / "report.json"))
    assert run.stdout == "done []\n"
    assert len(json.loads((tmp_path / "report.json").read_text())["findings"]) == 1


@pytest.mark.parametrize(("last", "status"), [("", 0), ("raise SystemExit(3)", 3)])
def test_status_of_the_program(tmp_path, last, status):
    run = check(f"import torch\nprint(1)\n{last}\n", tmp_path)
    assert (run.returncode, run.stdout) == (status, "1\n")
    assert run.stderr == "chainrule check: nothing found\n"


def test_exit_after_a_finding(tmp_path):
    assert check(FORGETS + "sys.exit(0)\n", tmp_path).returncode == 1


def test_crash(tmp_path):
    run = check(FORGETS + "w + missing\n", tmp_path)
    assert run.returncode == 1
    assert "zero-grad-missing" in run.stderr
    assert 'program.py", line 10' in run.stderr
    assert run.stderr.endswith("NameError: name 'missing' is not defined\n")


def test_no_such_program(tmp_path):
    command = [sys.executable, "-m", "chainrule", "check", str(tmp_path / "absent.py")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "can't open file" in run.stderr


def test_context():
    text = io.StringIO()
    with chainrule.check(file=text) as report:
        x = chainrule.tensor([0.0, 1.0], requires_grad=True)
        x.sqrt().sum().backward()
    (finding,) = report.findings
    assert finding.rule == "nan-backward"
    assert Path(finding.file) == Path(__file__)
    assert "1 zero" in finding.what
    assert "nan-backward" in text.getvalue()


def test_context_that_raises_reports_and_lets_it_through():
    text = io.StringIO()
    scores, targets = chainrule.zeros(2, 3, requires_grad=True), chainrule.tensor([0, 3])
    with pytest.raises(IndexError), chainrule.check(file=text):
        chainrule.nn.functional.cross_entropy(scores, targets)
    assert "target-out-of-range" in text.getvalue()


def test_nothing_stays_behind():
    from chainrule.nn import Module
    from chainrule.optim import Optimizer
    from chainrule.utils.data import DataLoader

    methods = [(Module, "__call__"), (Optimizer, "__init__"), (DataLoader, "__iter__")]
    before = [cls.__dict__[name] for cls, name in methods]
    with chainrule.check(file=io.StringIO()):
        assert [cls.__dict__[name] for cls, name in methods] != before
    assert [cls.__dict__[name] for cls, name in methods] == before
    assert not chainrule.core.modes.modes.notes


def test_masks_with_minus_infinity_are_no_finding():
    with chainrule.check(file=io.StringIO()) as report:
        scores = chainrule.randn(2, 4, requires_grad=True)
        mask = chainrule.tensor([False, False, True, True])
        scores.masked_fill(mask, float("-inf")).softmax(1).pow(2).sum().backward()
    assert report.findings == []


def test_every_rule_is_documented_and_tested():
    from .test_mistakes import TABLE

    page = (ROOT / "docs" / "check.md").read_text()
    assert re.findall(r"^\*\*([\w-]+)\*\*", page, re.M) == list(ADVICE)
    assert {mistake.rule for mistake in TABLE} == set(ADVICE)
