"""Record what PyTorch's distributions say for tests/distributions/test_recorded.py.

Run it with a Python that has torch 2.13: python tools/record_distributions.py
"""

import json
import sys
import warnings
from pathlib import Path

import torch

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from distributions.distribution_cases import answers, cases, divergences  # noqa: E402

GOLDEN = TESTS / "golden" / "distributions.json"

if __name__ == "__main__":
    warnings.simplefilter("ignore")  # PyTorch draws every Wishart number twice, and says so
    record = {name: answers(torch, d) for name, d in cases(torch).items()}
    record["kl"] = divergences(torch)
    text = json.dumps(record, separators=(",", ":"))
    GOLDEN.write_text(text.replace("},", "},\n").replace('],"', '],\n"') + "\n")
    print(GOLDEN, GOLDEN.stat().st_size)
