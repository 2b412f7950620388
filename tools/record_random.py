"""Record PyTorch's CPU random streams for tests/kernels/test_random.py.

Run it with a Python that has torch 2.13: python tools/record_random.py
From each seed one stream starts, from which all calls draw in turn. Kept are, for each call, the
digest of its numbers (or some of them where they agree only to rounding) and that of the state
afterwards.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from kernels.random_cases import ROUNDED, SEEDS, SIZES, cases, digest, state_digest  # noqa: E402

GOLDEN = TESTS / "golden" / "random_streams.json"
OF_ARRAYS = {
    "poisson": torch.poisson,
    "bernoulli_like": torch.bernoulli,
    "normal_like": lambda mean, std, dtype: torch.normal(mean, std),
    "multinomial": torch.multinomial,
}


def draw(name: str, given: dict[str, Any]) -> torch.Tensor:
    """PyTorch's answer to one call."""
    if name == "permutation":
        return torch.randperm(given["n"])
    if name in OF_ARRAYS:
        lists = {k: torch.tensor(v) if isinstance(v, list) else v for k, v in given.items()}
        return OF_ARRAYS[name](*lists.values())
    target = torch.empty(given.pop("shape"), dtype=getattr(torch, given.pop("dtype")))
    if not given.pop("contiguous", True):
        target.t().normal_(**given)
        return target
    if name == "integers":
        return target.random_(given["low"], given.get("high")) if given else target.random_()
    bounds = {{"low": "from", "high": "to"}.get(k, k): v for k, v in given.items()}
    return getattr(target, name + "_")(**bounds)


def record(name: str, given: dict[str, Any]) -> list[Any]:
    """What is kept of one call."""
    tensor = draw(name, dict(given))
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    array = tensor.numpy().ravel()
    if name in ROUNDED:
        parts = array.view(f"f{array.itemsize // 2}") if array.dtype.kind == "c" else array
        kept = parts[:: len(parts) // 6 + 1].tolist()
    else:
        kept = digest(array.tobytes())
    return [kept, state_digest(torch.get_rng_state().numpy().tobytes())]


def stream(seed: int) -> list[list[Any]]:
    """All calls in turn, from one seed."""
    torch.manual_seed(seed)
    return [record(name, given) for size in SIZES for name, given in cases(size)]


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # float32 does not hold every integer of the larger ranges
    text = json.dumps({seed: stream(seed) for seed in SEEDS}, separators=(",", ":"))
    GOLDEN.write_text(text.replace("]],", "]],\n").replace("],[", "],\n[") + "\n")
    print(GOLDEN, GOLDEN.stat().st_size)
