"""Bring tests/surface.tsv up to date: every public name of PyTorch, and whether chainrule has it.

With a Python that has torch the names are PyTorch's, without it those of the table; which of them
are here is found out by looking. ``python tools/surface.py``, and with ``--census FILE`` a table of
name, kind, programs and uses gives the counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from surface import TABLE, exists, objects, rows  # noqa: E402

from chainrule.compat.absent import reason  # noqa: E402

MODULES = (
    "torch",
    "torch.accelerator",
    "torch.amp",
    "torch.autograd",
    "torch.autograd.forward_ad",
    "torch.autograd.functional",
    "torch.autograd.graph",
    "torch.autograd.profiler",
    "torch.backends",
    "torch.backends.cpu",
    "torch.backends.cuda",
    "torch.backends.cudnn",
    "torch.backends.mkl",
    "torch.backends.mkldnn",
    "torch.backends.mps",
    "torch.backends.openmp",
    "torch.compiler",
    "torch.cpu",
    "torch.cuda",
    "torch.cuda.amp",
    "torch.distributions",
    "torch.distributions.constraints",
    "torch.distributions.kl",
    "torch.distributions.transforms",
    "torch.fft",
    "torch.func",
    "torch.hub",
    "torch.jit",
    "torch.library",
    "torch.linalg",
    "torch.masked",
    "torch.multiprocessing",
    "torch.nn",
    "torch.nn.attention",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.nn.parallel",
    "torch.nn.parameter",
    "torch.nn.utils",
    "torch.nn.utils.parametrizations",
    "torch.nn.utils.parametrize",
    "torch.nn.utils.prune",
    "torch.nn.utils.rnn",
    "torch.nn.utils.stateless",
    "torch.onnx",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "torch.overrides",
    "torch.profiler",
    "torch.quasirandom",
    "torch.random",
    "torch.return_types",
    "torch.serialization",
    "torch.signal",
    "torch.signal.windows",
    "torch.sparse",
    "torch.special",
    "torch.testing",
    "torch.utils",
    "torch.utils.benchmark",
    "torch.utils.checkpoint",
    "torch.utils.data",
    "torch.utils.tensorboard",
    "torch.version",
)
CLASSES = (
    "torch.Tensor",
    "torch.Generator",
    "torch.Size",
    "torch.device",
    "torch.dtype",
    "torch.finfo",
    "torch.iinfo",
    "torch.nn.Module",
    "torch.optim.Optimizer",
    "torch.optim.lr_scheduler.LRScheduler",
    "torch.autograd.Function",
    "torch.distributions.Distribution",
    "torch.utils.data.DataLoader",
)
# What other modules of PyTorch's, outside MODULES, stand for as a whole.
WHOLE = (
    "torch.ao",
    "torch.export",
    "torch.fx",
    "torch.mps",
    "torch.nested",
    "torch.xpu",
)
KINDS = {
    "Module.": ("torch.nn.Module.",),
    "Optimizer.": ("torch.optim.Optimizer.", "torch.optim.lr_scheduler.LRScheduler."),
    "Tensor.": ("torch.Tensor.",),
}


def public(module: Any) -> Iterator[str]:
    """The names that a module offers: what it lists, or what it has that is PyTorch's own."""
    listed = getattr(module, "__all__", None)
    for name in dir(module) if listed is None or module.__name__ == "torch" else listed:
        value = getattr(module, name, None)
        owner = getattr(value, "__module__", None) or "torch"
        own = isinstance(owner, str) and owner.split(".")[0] in ("torch", "builtins")
        if not name.startswith("_") and not inspect.ismodule(value) and (own or listed):
            yield name


def theirs() -> set[str]:
    """The public names of PyTorch."""
    found = {*MODULES, *CLASSES, *WHOLE}
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError:  # it needs another package: torch.utils.tensorboard
            continue
        found |= {f"{name}.{each}" for each in public(module)}
    for name in CLASSES:
        module, _, last = name.rpartition(".")
        kind = getattr(importlib.import_module(module), last)
        found |= {f"{name}.{each}" for each in dir(kind) if not each.startswith("_")}
    return found


def counted(census: Path, names: set[str]) -> dict[str, int]:
    """Programs that use a name, from a census that may call things by other names."""
    found: dict[str, int] = {}
    for line in census.read_text(encoding="utf-8").splitlines()[1:]:
        name, _, programs, _ = line.split("\t")
        full = name
        for short, owners in KINDS.items():
            if name.startswith(short):
                places = [owner + name.removeprefix(short) for owner in owners]
                full = next((place for place in places if place in names), places[0])
        found[full] = max(found.get(full, 0), int(programs))
    return found


def main() -> None:
    """Write the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--census", type=Path)
    census = options.parse_args().census
    known = objects()
    before = {row.name: row.programs for row in rows()} if TABLE.exists() else {}
    names = set(before)
    if importlib.util.find_spec("torch") is not None:
        names = theirs() | {name for name, programs in before.items() if programs}
    counts = counted(census, names) if census else before
    names |= {name for name, programs in counts.items() if programs > 1}
    lines = ["name\tprograms\tstatus\twhy"]
    for name in sorted(names):
        why = reason(name) or ""
        status = "done" if exists(name, known) else "never" if why else "to do"
        shown = why if status == "never" else ""
        lines.append(f"{name}\t{counts.get(name, 0)}\t{status}\t{shown}")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for status in ("done", "to do", "never"):
        print(f"{status}: {sum(f'{chr(9)}{status}{chr(9)}' in line for line in lines)}")


if __name__ == "__main__":
    main()
