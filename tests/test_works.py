"""The benchmark works and the examples compute what PyTorch computed from the same seeds.

The figures were recorded by tools/record_works.py.
"""

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
LOSSES = json.loads((GOLDEN / "works.json").read_text())
NUMBER = re.compile(r"\d+\.\d+")


def losses(work, *compile):
    """The losses of the first three steps, or the means of what else they compute."""
    import chainrule

    chainrule.manual_seed(0)
    step = work.prepare(chainrule, *compile)
    return [step().mean().item() for _ in range(3)]


@pytest.mark.parametrize("name", LOSSES)
def test_work(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "bench")
    from works import COMPILED, WORKS

    work = next(work for work in (*WORKS, *COMPILED) if work.name == name)
    assert losses(work) == pytest.approx(LOSSES[name], rel=1e-4)


def test_compiled_works(monkeypatch):
    pytest.importorskip("llvmlite")
    monkeypatch.syspath_prepend(ROOT / "bench")
    from works import COMPILED

    import chainrule

    compile = partial(chainrule.compile, fullgraph=True)
    for work in COMPILED:
        expected = pytest.approx(LOSSES[work.name], rel=1e-4)
        assert losses(work, compile) == expected, work.name


@pytest.mark.parametrize(
    "name", ["softmax_digits", pytest.param("mlp_digits", marks=pytest.mark.slow)]
)
def test_example(name):
    program = ROOT / "examples" / f"{name}.py"
    command = [sys.executable, "-m", "chainrule", "run", str(program)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    expected = (GOLDEN / f"{name}.txt").read_text()
    assert NUMBER.sub("#", run.stdout) == NUMBER.sub("#", expected)
    figures, recorded = ([float(n) for n in NUMBER.findall(t)] for t in (run.stdout, expected))
    assert figures == pytest.approx(recorded, rel=0.02)  # rounding, amplified by training
