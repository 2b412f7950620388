"""Records what PyTorch answers to the examples of layers and the programs in tests/nn.

PYTHONPATH=tests python tools/record_nn.py  (in an environment with torch)
"""

import json
from pathlib import Path
from typing import Any

import torch
from nn.answers import examine, printed_by
from nn.layers import LAYERS
from nn.programs import PROGRAMS

GOLDEN = Path(__file__).parent.parent / "tests" / "golden"


def write(name: str, answers: dict[str, Any]) -> None:
    """A file with one line for each answer."""
    lines = [f"{json.dumps(key)}: {json.dumps(answer)}" for key, answer in answers.items()]
    (GOLDEN / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    layers = {
        f"{layer}({given})": examine(torch, torch.nn, layer, given) for layer, given in LAYERS
    }
    write("nn_layers.json", layers)
    write("nn_programs.json", {p.__name__: printed_by(p, torch, torch.nn) for p in PROGRAMS})
