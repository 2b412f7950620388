"""Record what PyTorch's optimizers and schedulers do, for tests/optim.

Run it with a Python that has torch 2.13: python tools/record_optim.py
"""

import json
import sys
import warnings
from pathlib import Path

import torch

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from optim import optim_cases, scheduler_cases  # noqa: E402
from optim.scheduler_cases import CASES, JUMPING, RESUMED  # noqa: E402


def write(file: str, found: dict) -> None:
    """Write a golden file, one case a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()]
    path = TESTS / "golden" / file
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for dtype in optim_cases.TYPES:
        cases = optim_cases.cases(dtype)
        found = {optim_cases.name(*case): optim_cases.run(torch, *case, dtype) for case in cases}
        write(f"optim_{dtype}.json", found)
    rates = {case: scheduler_cases.run(torch, case) for case in (*CASES, *RESUMED)}
    rates |= {f"jump {case}": scheduler_cases.jump(torch, case) for case in JUMPING}
    write("optim_schedulers.json", rates)
