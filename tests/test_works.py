"""The benchmark works and the examples compute what PyTorch computed from the same seeds.

The figures were recorded by tools/record_works.py.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
LOSSES = json.loads((GOLDEN / "works.json").read_text())
NUMBER = re.compile(r"\d+\.\d+")


@pytest.mark.parametrize("name", LOSSES)
def test_work(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "bench")
    from works import WORKS

    import chainrule

    chainrule.manual_seed(0)
    step = next(work for work in WORKS if work.name == name).prepare(chainrule)
    assert [step().item() for _ in range(3)] == pytest.approx(LOSSES[name], rel=1e-4)


@pytest.mark.parametrize("name", ["softmax_digits", "mlp_digits"])
def test_example(name):
    program = ROOT / "examples" / f"{name}.py"
    command = [sys.executable, "-m", "chainrule", "run", str(program)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    expected = (GOLDEN / f"{name}.txt").read_text()
    assert NUMBER.sub("#", run.stdout) == NUMBER.sub("#", expected)
    figures, recorded = ([float(n) for n in NUMBER.findall(t)] for t in (run.stdout, expected))
    assert figures == pytest.approx(recorded, rel=0.02)  # rounding, amplified by training
