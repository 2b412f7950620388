"""Recurrent layers: RNN, LSTM and GRU, over whole sequences."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from ...ops.creation import empty, zeros
from ...ops.index import index_select
from ...ops.permute import transpose
from ...ops.recurrent import recurrent
from ...ops.shape import squeeze, unsqueeze
from ...typing import Device, DType
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}


class RNNBase(Module):
    """What RNN, LSTM and GRU share: their parameters, and how sequences and states are given."""

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_settings(dropout)
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self._directions]:
                names = self._make_weights(layer, suffix, {"device": device, "dtype": dtype})
                self._all_weights.append(names)
        self._flat_weights_names = [name for names in self._all_weights for name in names]
        self.reset_parameters()

    def _check_settings(self, dropout: Any) -> None:
        if (
            not isinstance(dropout, numbers.Number)
            or isinstance(dropout, bool)
            or not 0 <= self.dropout <= 1
        ):
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an "
                "element being zeroed"
            )
        if dropout and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                "num_layers=1",
                stacklevel=4,
            )
        kinds = {"input_size": int, "hidden_size": int, "bias": bool, "batch_first": bool}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(
                    f"{name} should be of type {kind.__name__}, got: {type(value).__name__}"
                )
        if self.input_size <= 0:
            raise ValueError("input_size must be greater than zero")
        if self.hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            message = "proj_size should be a positive integer or zero to disable projections"
            raise ValueError(message)
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in GATES:
            raise ValueError(f"Unrecognized RNN mode: {self.mode}")

    def _make_weights(self, layer: int, suffix: str, options: dict[str, Any]) -> list[str]:
        """Register the parameters of one direction of a layer; their names."""
        gates = GATES[self.mode] * self.hidden_size
        inputs = self._state_size * self._directions if layer else self.input_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (gates, inputs),
            "weight_hh": (gates, self._state_size),
        }
        if self.bias:
            shapes.update(bias_ih=(gates,), bias_hh=(gates,))
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        names = []
        for kind, shape in shapes.items():
            names.append(f"{kind}_l{layer}{suffix}")
            setattr(self, names[-1], Parameter(empty(shape, **options)))
        return names

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _state_size(self) -> int:
        return self.proj_size or self.hidden_size

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters of each direction of each layer."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for name in self._flat_weights_names]

    def reset_parameters(self) -> None:
        """Draw all parameters anew: from U(-k, k) with k = 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: what speeds up the library of one kind of GPU has no meaning here."""

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        shown = [f"{self.input_size}, {self.hidden_size}"]
        for name, default in defaults.items():
            if getattr(self, name) != default:
                shown.append(f"{name}={getattr(self, name)}")
        return ", ".join(shown)

    # Checks

    def check_input(self, input: Any, batch_sizes: Any) -> None:
        """ValueError or RuntimeError for an input of another dtype, rank or size."""
        weight = self._flat_weights[0]
        if input.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: "
                f"model.to({input.dtype})"
            )
        expected = 2 if batch_sizes is not None else 3
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        if input.size(-1) != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, "
                f"got {input.size(-1)}"
            )

    def _expected_size(self, input: Any, batch_sizes: Any, width: int) -> tuple[int, int, int]:
        batch = input.size(1) if batch_sizes is None else int(batch_sizes[0])
        return self.num_layers * self._directions, batch, width

    def get_expected_hidden_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        """The shape of a state for this input, time first."""
        return self._expected_size(input, batch_sizes, self._state_size)

    def check_hidden_size(
        self, hx: Any, expected_hidden_size: Any, msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """RuntimeError for a state of another shape."""
        if tuple(hx.size()) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Any, hidden: Any, batch_sizes: Any) -> None:
        """Check the input and the state against each other and the layer."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Any) -> Any:
        """The state with its sequences in another order; itself for None."""
        return hx if permutation is None else index_select(hx, 1, permutation)

    # Running

    def _states(self, hx: Any) -> tuple[Any, ...]:
        """The kinds of state in what the user gives as state."""
        return (hx,)

    def _given(self, states: tuple[Any, ...]) -> Any:
        """What the user gets as state."""
        return states[0]

    def _state_sizes(self) -> tuple[int, ...]:
        return (self._state_size,)

    def _check_rank(self, dims: int, hx: Any) -> None:
        """The state of a batch has a batch dimension, that of one sequence has none."""
        if hx is not None and hx.dim() != dims:
            kind = "batched 3-D" if dims == 3 else "unbatched 2-D"
            message = f"For {kind} input, hx should also be {dims}-D but got {hx.dim()}-D tensor"
            raise RuntimeError(message)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The output at every step, and the state in the end.

        The state `hx` at the start is zero if None.
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.dim() not in (2, 3):
            kind = " tensor" if self.mode.startswith("RNN") else ""
            name = self._get_name()
            raise ValueError(
                f"{name}: Expected input to be 2D or 3D, got {input.dim()}D{kind} instead"
            )
        batched = input.dim() == 3
        self._check_rank(input.dim(), hx)
        states = None if hx is None else self._states(hx)
        if not batched:
            input = unsqueeze(input, 1)
            states = states and tuple(unsqueeze(state, 1) for state in states)
        elif self.batch_first:
            input = transpose(input, 0, 1)
        output, states = self._run(input, states, None)
        if not batched:
            return squeeze(output, 1), self._given(tuple(squeeze(each, 1) for each in states))
        return transpose(output, 0, 1) if self.batch_first else output, self._given(states)

    def _forward_packed(self, packed: PackedSequence, hx: Any) -> tuple[Any, Any]:
        data, batch_sizes, order, back = packed
        given = None if hx is None else self.permute_hidden(hx, order)
        states = None if given is None else self._states(given)
        output, states = self._run(data, states, batch_sizes)
        hidden = self.permute_hidden(self._given(states), back)
        return PackedSequence(output, batch_sizes, order, back), hidden

    def _run(
        self, input: Any, states: tuple[Any, ...] | None, batch_sizes: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        """The output and final states for an input in order of time."""
        if states is None:
            shapes = [self._expected_size(input, batch_sizes, n) for n in self._state_sizes()]
            options = {"device": input.device, "dtype": input.dtype}
            states = tuple(zeros(shape, **options) for shape in shapes)
        self.check_forward_args(input, self._given(states), batch_sizes)
        if not input.size(0):
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        output, *final = recurrent(
            self.mode,
            input,
            states,
            self.all_weights,
            bidirectional=bool(self.bidirectional),
            dropout_p=self.dropout if self.training else 0.0,
            sizes=None if batch_sizes is None else batch_sizes.tolist(),
        )
        return output, tuple(final)


class RNN(RNNBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu, step by step, in one or more layers.

    All parameters start as U(-k, k) with k = 1 / sqrt(hidden_size). With `bidirectional` each layer
    runs in both directions; `dropout` is applied to the outputs of all layers but the last.

    Shape: input (T, N, input_size), (N, T, input_size) with `batch_first`, (T, input_size) or a
    PackedSequence; state (layers * directions, N, hidden_size); output (T, N, directions *
    hidden_size) and the state in the end.

    >>> from chainrule import nn
    >>> output, state = nn.RNN(3, 4, num_layers=2)(zeros(5, 1, 3))
    >>> output.shape, state.shape
    (torch.Size([5, 1, 4]), torch.Size([2, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        _refuse_projection(proj_size)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory: c' = f c + i g and h' = o tanh c', in one or more layers.

    The gates i, f, o are sigmoids, and g the tanh, of W_ih x + b_ih + W_hh h + b_hh. With
    `proj_size` h' is W_hr times that. All parameters start as U(-k, k) with k = 1 /
    sqrt(hidden_size).

    Shape: as of `RNN`; the state is a pair (h, c), h of proj_size where that is given.

    Hochreiter and Schmidhuber, "Long short-term memory" (1997).

    >>> from chainrule import nn
    >>> output, (h, c) = nn.LSTM(3, 4)(zeros(5, 1, 3))
    >>> output.shape, c.shape
    (torch.Size([5, 1, 4]), torch.Size([1, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )

    def get_expected_cell_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        """The shape of a cell state for this input, time first."""
        return self._expected_size(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input: Any, hidden: Any, batch_sizes: Any) -> None:
        """Check the input and both states against each other and the layer."""
        self.check_input(input, batch_sizes)
        expected = (
            self.get_expected_hidden_size(input, batch_sizes),
            self.get_expected_cell_size(input, batch_sizes),
        )
        for i in range(2):
            message = f"Expected hidden[{i}] size {{}}, got {{}}"
            self.check_hidden_size(hidden[i], expected[i], message)

    def permute_hidden(self, hx: Any, permutation: Any) -> Any:
        """Both states with their sequences in another order; themselves for None."""
        return tuple(super(LSTM, self).permute_hidden(state, permutation) for state in hx)

    def _states(self, hx: Any) -> tuple[Any, ...]:
        return hx[0], hx[1]

    def _given(self, states: tuple[Any, ...]) -> Any:
        return states

    def _state_sizes(self) -> tuple[int, ...]:
        return self._state_size, self.hidden_size

    def _check_rank(self, dims: int, hx: Any) -> None:
        if hx is not None and (hx[0].dim() != dims or hx[1].dim() != dims):
            kind = "batched 3-D" if dims == 3 else "unbatched 2-D"
            raise RuntimeError(
                f"For {kind} input, hx and cx should also be {dims}-D but got "
                f"({hx[0].dim()}-D, {hx[1].dim()}-D) tensors"
            )


class GRU(RNNBase):
    """Gated recurrent units: h' = (1 - z) n + z h with n = tanh(W_in x + b_in + r (W_hn h + b_hn)).

    The gates r and z are sigmoids of their parts of W_ih x + b_ih + W_hh h + b_hh. All parameters
    start as U(-k, k) with k = 1 / sqrt(hidden_size).

    Shape: as of `RNN`.

    Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014).

    >>> from chainrule import nn
    >>> output, state = nn.GRU(3, 4, bidirectional=True)(zeros(5, 1, 3))
    >>> output.shape, state.shape
    (torch.Size([5, 1, 8]), torch.Size([2, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        _refuse_projection(proj_size)
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )


def _refuse_projection(proj_size: int) -> None:
    if proj_size:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
