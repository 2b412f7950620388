"""Cells: single steps of recurrent layers."""

from __future__ import annotations

import math
from typing import Any

from ...ops.creation import empty, zeros
from ...ops.recurrent import gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell
from ...ops.shape import squeeze, unsqueeze
from ...tensor import Tensor
from ...typing import Device, DType
from .. import init
from ..parameter import Parameter
from .module import Module


class RNNCellBase(Module):
    """What cells share: their parameters, drawn from U(-k, k) with k = 1 / sqrt(hidden_size)."""

    weight_ih: Any
    weight_hh: Any
    bias_ih: Any
    bias_hh: Any

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, hidden_size),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }
        for name, shape in shapes.items():
            wanted = bias or name.startswith("weight")
            value = Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, value)
        self.reset_parameters()

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        shown = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            shown += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return shown if nonlinearity == "tanh" else f"{shown}, nonlinearity={nonlinearity}"

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    @property
    def _weights(self) -> tuple[Any, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _check_rank(self, value: Any, what: str) -> None:
        if value.dim() not in (1, 2):
            raise ValueError(
                f"{self._get_name()}: Expected {what} to be 1D or 2D, got {value.dim()}D instead"
            )

    def _step(self, function: Any, input: Tensor, hx: Any) -> Tensor:
        """The next state of a batch or of one vector; from zeros if there is none before."""
        self._check_rank(input, "input")
        if hx is not None:
            self._check_rank(hx, "hidden")
        alone = input.dim() == 1
        input = unsqueeze(input, 0) if alone else input
        if hx is None:
            options = {"device": input.device, "dtype": input.dtype}
            hx = zeros(input.size(0), self.hidden_size, **options)
        elif alone:
            hx = unsqueeze(hx, 0)
        after: Tensor = function(input, hx, *self._weights)
        return squeeze(after, 0) if alone else after


class RNNCell(RNNCellBase):
    """One step of an `RNN`: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.

    Shape: input (N, input_size) or (input_size,), state (N, hidden_size) or (hidden_size,), zeros
    if None; output as the state.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Any = None) -> Tensor:
        """The next state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(
            rnn_tanh_cell if self.nonlinearity == "tanh" else rnn_relu_cell, input, hx
        )


class LSTMCell(RNNCellBase):
    """One step of an `LSTM`.

    Shape: input (N, input_size) or (input_size,); the state and the output are pairs (h, c) of
    (N, hidden_size) or (hidden_size,).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Tensor]:
        """The next state h and cell state c."""
        self._check_rank(input, "input")
        for i, value in enumerate(() if hx is None else hx):
            self._check_rank(value, f"hx[{i}]")
        alone = input.dim() == 1
        input = unsqueeze(input, 0) if alone else input
        if hx is None:
            options = {"device": input.device, "dtype": input.dtype}
            state = zeros(input.size(0), self.hidden_size, **options)
            hx = state, state
        elif alone:
            hx = unsqueeze(hx[0], 0), unsqueeze(hx[1], 0)
        h, c = lstm_cell(input, hx, *self._weights)
        return (squeeze(h, 0), squeeze(c, 0)) if alone else (h, c)


class GRUCell(RNNCellBase):
    """One step of a `GRU`.

    Shape: input (N, input_size) or (input_size,), state (N, hidden_size) or (hidden_size,), zeros
    if None; output as the state.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> Tensor:
        """The next state."""
        return self._step(gru_cell, input, hx)
