"""What is recorded of PyTorch and compared: runs with either library, given as `torch` and `nn`."""

import contextlib
import io
import warnings
from collections.abc import Callable
from typing import Any

DIGITS = 7  # significant; enough to tell float32 values apart


def numbers(tensor: Any) -> list[float]:
    """The elements in order."""
    values = tensor.detach().flatten().tolist()
    return [v if isinstance(v, int) else float(f"{v:.{DIGITS}g}") for v in values]


def tensors(output: Any) -> list[Any]:
    """The tensors of an output, which may be tuples of them, in order."""
    if isinstance(output, tuple):
        return [each for part in output for each in tensors(part)]
    return [] if output is None else [output]


def examine(torch: Any, nn: Any, layer_code: str, input_code: str) -> dict[str, Any]:
    """How a seeded layer prints, its state after one call, the output, and the gradients."""
    torch.manual_seed(0)
    names = {"torch": torch, "nn": nn}
    layer = eval(layer_code, names)
    printed = repr(layer)
    inputs = eval(f"[{input_code}]", names)
    first = inputs[0]
    if first.is_floating_point():
        first.requires_grad_()
    output = layer(*inputs)
    several = tensors(output)
    if several[0].requires_grad:
        weights = torch.arange(1.0, several[0].numel() + 1).reshape(several[0].shape)
        (several[0] * weights.cos()).sum().backward()
    leaves = {"input": first, **dict(layer.named_parameters())}
    return {
        "repr": printed,
        "state": {name: numbers(value) for name, value in layer.state_dict().items()},
        "shapes": [list(each.shape) for each in several],
        "output": [numbers(each) for each in several],
        "grads": {name: numbers(p.grad) for name, p in leaves.items() if p.grad is not None},
    }


def printed_by(program: Callable[..., None], torch: Any, nn: Any) -> list[str]:
    """The lines that a program prints, without advice, which PyTorch does not give."""
    torch.manual_seed(0)
    with contextlib.redirect_stdout(io.StringIO()) as out, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program(torch, nn)
    lines = out.getvalue().replace("'chainrule.", "'torch.").splitlines()
    return [line for line in lines if not line.startswith("hint: ")]
