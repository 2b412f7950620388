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

from optim.optim_cases import TYPES, cases, name, run  # noqa: E402


def write(file: str, found: dict) -> None:
    """Write a golden file, one case a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()]
    path = TESTS / "golden" / file
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for dtype in TYPES:
        found = {
            name(rule, options): run(torch, rule, options, dtype) for rule, options in cases(dtype)
        }
        write(f"optim_{dtype}.json", found)
