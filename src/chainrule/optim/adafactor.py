"""Adafactor: second moments of matrices kept as a row and a column."""

from __future__ import annotations

import math
from typing import Any

import numpy

from ..core.writes import written
from ..typing import Array, TensorOrNumber
from .checks import check_lr
from .elementwise import number, real
from .optimizer import Group, Optimizer, Params


class Adafactor(Optimizer):
    """Steps g / sqrt(v), clipped, and scaled by the size of the parameter.

    For a parameter of two or more dimensions v is the outer product of means of g**2 over rows and
    over columns, which take little memory; for a vector it is the running mean of g**2. The weight
    of step t in the means is t**beta2_decay. The change is divided by max(1, rms / d), and scaled
    by max(eps[1], rms of p) min(lr, 1 / sqrt(t)). ValueError for settings out of range,
    RuntimeError for complex parameters.

    Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", ICML 2018.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adafactor([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8419, 1.8419], requires_grad=True)
    """

    _added = {"foreach": None}

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_lr(lr, message="Learning rate should be >= 0 but is")
        if not beta2_decay <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for place, each in enumerate(eps, 1):
            if each is not None and not each >= 0:
                raise ValueError(f"epsilon{place} should be >= 0 but is: {each}")
        if not d >= 1:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: Group) -> None:
        for p in group["params"]:
            if p._grad is None:
                continue
            if p.is_complex():
                raise RuntimeError("Adafactor does not support complex parameters")
            state, x = self.state[p], p._data
            g = -p._grad._data if group["maximize"] else p._grad._data
            if not state:
                self._begin(state, p)
            state["step"]._data += 1
            step = state["step"]._data.item()
            share = step ** float(group["beta2_decay"])
            least, smallest = group["eps"]
            least = float(numpy.finfo(x.dtype).eps) if least is None else float(least)
            rate = real(group["lr"])
            size = max(float(smallest), _rms(x)) * min(rate, 1 / math.sqrt(step))
            if group["weight_decay"]:
                x *= 1 - rate * float(group["weight_decay"])
            change = g / numpy.sqrt(numpy.maximum(_variance(state, g, share, least), least**2))
            x -= change * x.dtype.type(size / max(1.0, _rms(change) / float(group["d"])))
            written(p)

    def _begin(self, state: dict[str, Any], p: Any) -> None:
        state["step"] = number(0.0)
        if p.ndim > 1:
            *outer, rows, columns = p.shape
            state["row_var"] = p.new_zeros((*outer, rows, 1))
            state["col_var"] = p.new_zeros((*outer, 1, columns))
        else:
            state["variance"] = p.new_zeros(p.shape)


def _rms(x: Array) -> float:
    return float(numpy.sqrt(numpy.mean(x * x))) if x.size else math.nan


def _variance(state: dict[str, Any], g: Array, share: float, least: float) -> Array:
    """Mean g**2, after the means in the state have taken part of this one."""
    squares = g * g
    if "variance" in state:
        mean = state["variance"]._data
        mean += (squares - mean) * share
        return mean
    row, column = state["row_var"]._data, state["col_var"]._data
    row += (squares.mean(-1, keepdims=True) - row) * share
    column += (squares.mean(-2, keepdims=True) - column) * share
    return row @ column / numpy.maximum(row.mean(-2, keepdims=True), least)
