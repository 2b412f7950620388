"""Records what PyTorch computes in the first steps of each benchmark work and in the examples.

PYTHONPATH=src:bench python tools/record_works.py  (in an environment with torch and matplotlib)
"""

import json
import subprocess
import sys
from pathlib import Path

import torch
from works import COMPILED, WORKS

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"


def losses(work) -> list[float]:
    """The losses of the first three steps, or the means of what else they compute."""
    torch.manual_seed(0)
    step = work.prepare(torch)
    return [step().mean().item() for _ in range(3)]


if __name__ == "__main__":
    text = json.dumps({work.name: losses(work) for work in (*WORKS, *COMPILED)}, indent=2)
    (GOLDEN / "works.json").write_text(text + "\n")
    for program in sorted((ROOT / "examples").glob("*_digits.py")):
        run = subprocess.run([sys.executable, program], check=True, capture_output=True, text=True)
        (GOLDEN / f"{program.stem}.txt").write_text(run.stdout)
