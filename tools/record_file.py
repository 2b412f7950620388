"""Writes tests/golden/pytorch.pt: run it where PyTorch is installed."""

from pathlib import Path

import torch

torch.manual_seed(0)
layer = torch.nn.Linear(2, 1)
x = torch.arange(6.0).view(2, 3)
everything = {
    "a": x,
    "b": x[1],
    "p": layer.weight,
    "sd": layer.state_dict(),
    "n": [1, 2.5, "s", None, True, (1, 2)],
    "sz": torch.Size([2]),
    "dt": torch.float32,
    "dev": torch.device("cpu"),
    "by": b"ab\xff",
    "c": 1j,
    "st": {1, 2},
    "i": torch.tensor([1]),
    "u": torch.tensor([1], dtype=torch.uint16),
    "bl": torch.tensor(True),
    "r": torch.ones(1, requires_grad=True),
    "bf": torch.ones(1, dtype=torch.bfloat16),
    "e": torch.empty(0, 3),
    "z": torch.ones(2, dtype=torch.complex64),
}
torch.save(everything, Path(__file__).parent.parent / "tests" / "golden" / "pytorch.pt")
