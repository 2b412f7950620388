"""Recurrent networks: whole layers of tanh or relu, LSTM and GRU units, and single steps of them.

A layer is one primitive: what its gates get from the input is one product for all steps, made
before; the primitive runs over the steps. It returns what its gradient rule reads, so that the
rule, which runs over the steps backwards, can be differentiated again. A single step is composed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Output, Primitive
from ..core.tensor import TensorBase, unwrap
from ..errors import hint
from ..kernels.recurrent import Steps, gru_layer, lstm_layer, plain_layer
from .arithmetic import mul
from .dropout import dropout
from .join import cat, stack
from .linear import linear
from .mask import masked, zeros
from .math import sigmoid
from .matmul import conversion, matmul_nn, matmul_tn, rows
from .piecewise import relu
from .reduce import sum_of
from .shape import reshape
from .split import chunk
from .trig import tanh

if TYPE_CHECKING:
    from ..tensor import Tensor


class Layer(Primitive):
    """One direction of one recurrent layer.

    The inputs are what the input gives to the gates, (T, N, G) or the rows of all steps, then the
    state at the start and the weights of the state. `steps` has the rows of each step, in order.
    """


class PlainLayer(Layer):
    """h' = tanh or relu of (x + W h)"""

    label = "StackBackward0"
    outputs = ("out", "last")
    saves = ("xs", "out")

    def kernel(xp, *xs, steps, positive):
        x, state, weight = xs
        out, last = plain_layer(xp, _flat(x), state, weight, steps, positive)
        return _unflat(out, x), last

    def grad_xs(ctx, g_out, g_last):
        _, state, weight = ctx.xs
        out, g_out = rows(ctx.out), _rows(g_out)
        slope = out != 0 if ctx.positive else 1 - out * out
        times = masked if ctx.positive else mul
        g = zeros(state) if g_last is None else g_last
        parts = {}
        for start, end in reversed(ctx.steps):
            n = end - start
            parts[start] = part = times(_plus(g[:n], g_out, start, end), slope[start:end])
            g = _over(matmul_nn(part, weight), g, n)
        g_x = _in_order(parts)
        before = _all_before(out, state, ctx.steps)
        return reshape(g_x, ctx.shapes[0]), g, matmul_tn(g_x, before)


class LstmLayer(Layer):
    """c' = f c + i g and h' = o tanh c', perhaps projected"""

    label = "StackBackward0"
    outputs = ("out", "last", "last_cell", "cells", "gates")
    saves = ("xs", "out", "cells", "gates")

    def kernel(xp, *xs, steps):
        x, hidden, cell, weight, *projection = xs
        given = (weight, projection[0] if projection else None)
        out, *others = lstm_layer(xp, _flat(x), hidden, cell, *given, steps)
        return _unflat(out, x), *others

    def grad_xs(ctx, g_out, g_last, g_last_cell, g_cells, g_gates):
        _, hidden, cell, weight, *projection = ctx.xs
        g_out = _rows(g_out)
        g = zeros(hidden) if g_last is None else g_last
        g_cell = zeros(cell) if g_last_cell is None else g_last_cell
        to_gates, to_out, shown_by = {}, {}, {}
        walk = zip(ctx.steps, _before(ctx.cells, cell, ctx.steps), strict=True)
        for (start, end), before in reversed(list(walk)):
            n = end - start
            i, f, new, o = [ctx.gates[k, start:end] for k in range(4)]
            shown = tanh(ctx.cells[start:end])
            g_shown = to_out[start] = _plus(g[:n], g_out, start, end)
            if projection:
                shown_by[start] = o * shown
                g_shown = matmul_nn(g_shown, projection[0])
            c = _plus(g_cell[:n], g_cells, start, end) + g_shown * o * (1 - shown * shown)
            parts = [c * new, c * before, c * i, g_shown * shown]
            if g_gates is not None:  # from a second derivative: the rule read the gates
                extra = [g_gates[k, start:end] for k in range(4)]
                parts = [one + more for one, more in zip(parts, extra, strict=True)]
            slopes = (i * (1 - i), f * (1 - f), 1 - new * new, o * (1 - o))
            part = cat([one * slope for one, slope in zip(parts, slopes, strict=True)], 1)
            to_gates[start] = part
            g = _over(matmul_nn(part, weight), g, n)
            g_cell = _over(c * f, g_cell, n)
        g_x = _in_order(to_gates)
        before = _all_before(rows(ctx.out), hidden, ctx.steps)
        found = [reshape(g_x, ctx.shapes[0]), g, g_cell, matmul_tn(g_x, before)]
        if projection:
            found.append(matmul_tn(_in_order(to_out), _in_order(shown_by)))
        return found


class GruLayer(Layer):
    """n = tanh(x + r (W h + b)) and h' = n + z (h - n)"""

    label = "StackBackward0"
    outputs = ("out", "last", "gates", "kept")
    saves = ("xs", "out", "gates", "kept")

    def kernel(xp, *xs, steps):
        x, state, weight, *bias = xs
        given = (weight, bias[0] if bias else None)
        out, *others = gru_layer(xp, _flat(x), state, *given, steps)
        return _unflat(out, x), *others

    def grad_xs(ctx, g_out, g_last, g_gates, g_kept):
        _, state, weight, *bias = ctx.xs
        out, g_out = rows(ctx.out), _rows(g_out)
        g = zeros(state) if g_last is None else g_last
        to_x, to_state = {}, {}
        befores = _before(out, state, ctx.steps)
        for (start, end), before in reversed(list(zip(ctx.steps, befores, strict=True))):
            n = end - start
            reset, update, new = [ctx.gates[k, start:end] for k in range(3)]
            g_new = _plus(g[:n], g_out, start, end)
            g_r = g_z = g_n = None
            if g_gates is not None:  # from a second derivative: the rule read the gates
                g_r, g_z, g_n = [g_gates[k, start:end] for k in range(3)]
            g_n = _sum(g_new * (1 - update), g_n) * (1 - new * new)
            g_z = _sum(g_new * (before - new), g_z) * (update * (1 - update))
            g_r = _sum(g_n * ctx.kept[start:end], g_r) * (reset * (1 - reset))
            g_q = _plus(g_n * reset, g_kept, start, end)
            to_x[start] = cat([g_r, g_z, g_n], 1)
            to_state[start] = part = cat([g_r, g_z, g_q], 1)
            g = _over(g_new * update + matmul_nn(part, weight), g, n)
        g_x, g_state = _in_order(to_x), _in_order(to_state)
        before = _all_before(out, state, ctx.steps)
        found = [reshape(g_x, ctx.shapes[0]), g, matmul_tn(g_state, before)]
        if bias:
            found.append(sum_of(g_state, (0,)))
        return found


def _flat(x):
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])


def _unflat(out, x):
    return out.reshape(x.shape[:-1] + out.shape[-1:])


def _rows(g):
    return None if g is None else rows(g)


def _sum(g, more):
    return g if more is None else g + more


def _plus(g, more, start, end):
    """g and a step's rows of another gradient, if there is one."""
    return g if more is None else g + more[start:end]


def _over(new, g, n):
    """The gradient of the state, of which a step had the first n rows."""
    return new if n == g.shape[0] else cat([new, g[n:]])


def _in_order(parts):
    """The rows of all steps, from parts by their first row."""
    return cat([parts[start] for start in sorted(parts)])


def _before(states, first, steps):
    """The state that each step began with, in the order of the steps."""
    found = []
    last, known = 0, 0  # first row of the step before, and how many it had
    for start, end in steps:
        n = end - start
        part = states[last : last + n] if n <= known else first[:n]
        if 0 < known < n:
            part = cat([states[last : last + known], first[known:n]])
        found.append(part)
        last, known = start, n
    return found


def _all_before(states, first, steps):
    """The state that each step began with, as rows like those of the steps."""
    starts = [start for start, _ in steps]
    return _in_order(dict(zip(starts, _before(states, first, steps), strict=True)))


# Networks of several layers

Weights = Sequence["Tensor"]


def recurrent(
    mode: str,
    input: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Weights],
    *,
    bidirectional: bool,
    dropout_p: float,
    sizes: Sequence[int] | None = None,
) -> tuple[Tensor, ...]:
    """The output of the last layer at every step, then each kind of state in the end.

    `mode` is "RNN_TANH", "RNN_RELU", "LSTM" or "GRU"; `weights` has those of each direction of each
    layer: of the input, of the state, perhaps two biases, perhaps of an LSTM's projection. With
    `dropout_p` the outputs of all layers but the last are dropped out.

    Shape: input (T, N, in), or (sum of sizes, in) with the number of sequences at each step in
    `sizes`; states (layers * directions, N, out); output (T, N, directions * out), or its rows.
    """
    data = unwrap(input)
    if data.dtype.kind == "c":
        raise NotImplementedError("recurrent networks of complex numbers are not supported")
    for weight in chain(*weights):
        unwrap(weight)
    for state in states:
        one, two = dtypes.of_array(unwrap(state)), dtypes.of_array(unwrap(weights[0][1]))
        if one is not two:
            message = f"mat1 and mat2 must have the same dtype, but got {one.short} and {two.short}"
            raise RuntimeError(hint(message, conversion(one, two)))
    counts = [data.shape[1]] * data.shape[0] if sizes is None else list(sizes)
    steps, end = [], 0
    for n in counts:
        steps.append((end, end + n))
        end += n
    orders = (tuple(steps), tuple(reversed(steps)))[: 1 + bidirectional]
    last: list[list[Any]] = [[] for _ in states]
    layers = len(weights) // len(orders)
    for number in range(layers):
        outputs = []
        for order in orders:
            which = len(last[0])
            begin = [state[which] for state in states]
            out, *end_states = _direction(mode, input, begin, weights[which], order)
            if sizes is not None:
                _named(out, "CatBackward0")
            outputs.append(out)
            for found, state in zip(last, end_states, strict=True):
                found.append(state)
        input = cat(outputs, -1) if bidirectional else outputs[0]
        if dropout_p and number < layers - 1:
            input = dropout(input, dropout_p)
    return input, *(stack(each) for each in last)


def _direction(
    mode: str, input: Any, states: Sequence[Any], weights: Weights, steps: Steps
) -> Sequence[Any]:
    """The rows of one direction of one layer, and the state in the end."""
    w_input, w_state, *others = weights
    biases = others[:2] if len(others) > 1 else []
    if mode == "GRU":
        given = linear(input, w_input, biases[0] if biases else None)
        return apply(GruLayer, given, *states, w_state, *biases[1:], steps=steps)[:2]
    given = linear(input, w_input, biases[0] + biases[1] if biases else None)
    if mode == "LSTM":
        out, last, cell, *_ = apply(
            LstmLayer, given, *states, w_state, *others[len(biases) :], steps=steps
        )
        if len(others) == len(biases) and unwrap(out).dtype.char == "f":
            _named(out, "MkldnnRnnLayerBackward0")  # as PyTorch prints it
        return out, last, cell
    return apply(PlainLayer, given, *states, w_state, steps=steps, positive=mode == "RNN_RELU")


def _named(out: Any, label: str) -> None:
    node = out._node
    if isinstance(node, Output):
        node.node.label = label


# Single steps


def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """tanh(W_ih x + b_ih + W_hh h + b_hh).

    Shape: input (N, in), hx (N, out), w_ih (out, in), w_hh (out, out), biases (out,), output
    (N, out).
    """
    _check_cell(input, hx, w_ih, w_hh)
    return tanh(linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh))


def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """relu(W_ih x + b_ih + W_hh h + b_hh); shapes as in `rnn_tanh_cell`."""
    _check_cell(input, hx, w_ih, w_hh)
    return relu(linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh))


def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """c' = f c + i g and h' = o tanh c', with the gates i, f, g, o of W_ih x + W_hh h + biases.

    Shape: input (N, in), hx a pair (h, c) of (N, out), w_ih (4 out, in), w_hh (4 out, out), biases
    (4 out,), outputs h' and c' (N, out).

    Hochreiter and Schmidhuber, "Long short-term memory" (1997).
    """
    if isinstance(hx, TensorBase):
        raise TypeError(
            hint(
                "lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor",
                "the state of an LSTM is a pair, (hidden state, cell state)",
            )
        )
    h, c = hx
    _check_cell(input, h, w_ih, w_hh)
    i, f, g, o = chunk(linear(input, w_ih, b_ih) + linear(h, w_hh, b_hh), 4, 1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """h' = n + z (h - n) and n = tanh(x_n + r h_n), with r and z the sigmoids of their sums.

    Shape: input (N, in), hx (N, out), w_ih (3 out, in), w_hh (3 out, out), biases (3 out,), output
    (N, out).

    Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014).
    """
    _check_cell(input, hx, w_ih, w_hh)
    x_r, x_z, x_n = chunk(linear(input, w_ih, b_ih), 3, 1)
    h_r, h_z, h_n = chunk(linear(hx, w_hh, b_hh), 3, 1)
    new = tanh(x_n + sigmoid(x_r + h_r) * h_n)
    return (hx - new) * sigmoid(x_z + h_z) + new


def _check_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any) -> None:
    """PyTorch's errors for an input or a state of another size than the weights are for."""
    x, h = unwrap(input).shape, unwrap(hx).shape
    features, size = unwrap(w_ih).shape[1], unwrap(w_hh).shape[1]
    if x[1] != features:
        raise RuntimeError(f"input has inconsistent input_size: got {x[1]} expected {features}")
    if x[0] != h[0]:
        raise RuntimeError(f"Input batch size {x[0]} doesn't match hidden0 batch size {h[0]}")
    if h[1:] != (size,):
        got = h[1] if len(h) > 1 else 1
        raise RuntimeError(f"hidden0 has inconsistent hidden_size: got {got}, expected {size}")
