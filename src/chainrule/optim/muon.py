"""Muon: momentum whose matrix is made orthogonal before it is applied."""

from __future__ import annotations

import numpy

from ..core.writes import written
from ..errors import hint
from ..typing import Array, TensorOrNumber
from .checks import check_lr
from .elementwise import full_like, real
from .optimizer import Group, Optimizer, Params

_LIMIT = 100  # steps of the iteration


class Muon(Optimizer):
    """p = (1 - lr weight_decay) p - lr s O, with O the momentum made orthogonal.

    The momentum is a running mean b of the gradient; with `nesterov`, the mean of g and b. O comes
    from `ns_steps` steps of X = a X + (b X X' + c (X X')**2) X, computed in bfloat16, with
    (a, b, c) the `ns_coefficients`. The factor s is sqrt(max(1, rows / columns)), or with
    adjust_lr_fn="match_rms_adamw" 0.2 sqrt(max(rows, columns)). For matrices only: ValueError for
    others, and for settings out of range.

    Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024.

    >>> import chainrule as torch
    >>> w = torch.tensor([[1.0, 2.0]], requires_grad=True)
    >>> optimizer = torch.optim.Muon([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_lr(lr, message="Learning rate should be >= 0 but is")
        for name, value in (("momentum", momentum), ("weight decay", weight_decay)):
            if not value >= 0:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                hint(
                    f"Adjust learning rate function {adjust_lr_fn} is not supported",
                    "there are 'original' and 'match_rms_adamw'",
                )
            )
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(
                        hint(
                            "Muon only supports 2D parameters whereas we found a parameter with "
                            f"size: {p.size()}",
                            "give vectors, embeddings and kernels to another optimizer",
                        )
                    )

    def _update(self, group: Group) -> None:
        rate, momentum = real(group["lr"]), float(group["momentum"])
        for p in group["params"]:
            if p._grad is None:
                continue
            if p.is_complex():
                raise RuntimeError("Muon does not support complex parameters")
            state = self.state[p]
            if not state:
                state["momentum_buffer"] = full_like(p, 0)
            g, buffer = p._grad._data, state["momentum_buffer"]._data
            buffer += (g - buffer) * (1 - momentum)
            change = buffer - (buffer - g) * (1 - momentum) if group["nesterov"] else buffer
            coefficients, steps = group["ns_coefficients"], group["ns_steps"]
            change = orthogonal(change, coefficients, steps, group["eps"])
            rows, columns = g.shape
            if group["adjust_lr_fn"] == "match_rms_adamw":
                factor = 0.2 * max(rows, columns) ** 0.5
            else:
                factor = max(1.0, rows / columns) ** 0.5
            p._data[...] *= 1 - rate * float(group["weight_decay"])
            p._data[...] -= change.astype(g.dtype) * g.dtype.type(rate * factor)
            written(p)


def orthogonal(
    matrix: Array, coefficients: tuple[float, float, float], steps: int, eps: float
) -> Array:
    """A matrix with the same singular vectors and singular values near 1, in float32.

    Rounded to bfloat16 after each product, as PyTorch computes it. ValueError for 100 steps or
    more, and unless there are three coefficients.
    """
    if steps >= _LIMIT:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = map(numpy.float32, coefficients)
    wide = matrix.shape[0] <= matrix.shape[1]
    x = _rounded(matrix if wide else matrix.T)
    length = _rounded(numpy.sqrt((x.astype(numpy.float64) ** 2).sum()))
    x = _rounded(x / max(length, _rounded(numpy.array(eps))))
    for _ in range(steps):
        gram = _rounded(x @ x.T)
        gram = _rounded(b * gram + c * (gram @ gram))
        x = _rounded(a * x + gram @ x)
    return x if wide else x.T


def _rounded(x: Array) -> Array:
    """Float32 numbers that bfloat16 has: the nearest, and of two the one that is even."""
    bits = numpy.ascontiguousarray(x, numpy.float32).view(numpy.uint32)
    even = (bits >> 16) & 1
    return ((bits + (0x7FFF + even)) & numpy.uint32(0xFFFF0000)).view(numpy.float32)
