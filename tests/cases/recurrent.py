"""Rows for recurrent layers and cells; the references are loops over the steps."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.special import expit

from chainrule.ops.recurrent import recurrent

from .case import A, Case, Error


def layer(
    t: Any, mode: str, x: Any, states: list[Any], weights: list[Any], sizes: Any = None
) -> Any:
    """One layer of one or two directions, by either library."""
    directions = states[0].shape[0]
    if t.__name__ == "chainrule":
        size = len(weights) // directions
        parts = [weights[k * size : (k + 1) * size] for k in range(directions)]
        options = {"bidirectional": directions == 2, "dropout_p": 0.0, "sizes": sizes}
        return recurrent(mode, x, states, parts, **options)
    hx = states if mode == "LSTM" else states[0]
    first = [x, hx] if sizes is None else [x, t.tensor(sizes), hx]
    settings = (True, 1, 0.0, False, directions == 2) + ((False,) if sizes is None else ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a library that PyTorch cannot use
        return getattr(t, mode.lower())(*first, weights, *settings)


def plain(x: Any, h: Any, w: Any, u: Any, b: Any, c: Any) -> Any:
    """A tanh network."""
    out = []
    h = h[0]
    for step in x:
        h = np.tanh(step @ w.T + b + h @ u.T + c)
        out.append(h)
    return np.stack(out), h[None]


def lstm(x: Any, h: Any, c: Any, w: Any, u: Any, b: Any, d: Any) -> Any:
    """An LSTM."""
    out = []
    h, c = h[0], c[0]
    for step in x:
        i, f, g, o = np.split(step @ w.T + b + h @ u.T + d, 4, 1)
        c = expit(f) * c + expit(i) * np.tanh(g)
        h = expit(o) * np.tanh(c)
        out.append(h)
    return np.stack(out), h[None], c[None]


def gru(x: Any, h: Any, w: Any, u: Any, b: Any, d: Any) -> Any:
    """A GRU."""
    out = []
    h = h[0]
    for step in x:
        (r, z, n), (hr, hz, hn) = (
            np.split(a @ m.T + v, 3, 1) for a, m, v in ((step, w, b), (h, u, d))
        )
        z = expit(z + hz)
        h = (1 - z) * np.tanh(n + expit(r + hr) * hn) + z * h
        out.append(h)
    return np.stack(out), h[None]


def given(gates: int, states: int = 1, directions: int = 1, rows: Any = (3, 2)) -> list[Any]:
    """An input of 2 features, states of size 2 and the weights of one layer."""
    weights = [A(2 * gates, 2), A(2 * gates, 2), A(2 * gates), A(2 * gates)]
    return [A(*rows, 2), *[A(directions, 2, 2)] * states, *weights * directions]


CASES = [
    Case(
        "rnn_tanh",
        lambda t, x, h, *weights: layer(t, "RNN_TANH", x, [h], list(weights)),
        given(1),
        ref=plain,
        errors=[
            Error(
                lambda t: t.nn.RNN(3, 4)(t.ones(2, 1, 5)),
                RuntimeError,
                r"input.size\(-1\) must be equal to input_size. Expected 3, got 5",
            ),
            Error(
                lambda t: t.nn.RNN(3, 4)(t.ones(2, 1, 3), t.ones(1, 1, 4).double()),
                RuntimeError,
                "must have the same dtype",
            ),
        ],
    ),
    Case(
        "rnn_relu_both_ways",
        lambda t, x, h, *weights: layer(t, "RNN_RELU", x, [h], list(weights)),
        given(1, directions=2),
    ),
    Case(
        "lstm",
        lambda t, x, h, c, *weights: layer(t, "LSTM", x, [h, c], list(weights)),
        given(4, states=2),
        ref=lstm,
    ),
    Case(
        "lstm_packed_both_ways",
        lambda t, x, h, c, *weights: layer(t, "LSTM", x, [h, c], list(weights), [2, 1, 1]),
        given(4, states=2, directions=2, rows=(4,)),
    ),
    Case(
        "lstm_projected",
        lambda t, x, h, c, *weights: layer(t, "LSTM", x, [h, c], list(weights)),
        [A(3, 2, 2), A(1, 2, 1), A(1, 2, 2), A(8, 2), A(8, 1), A(8), A(8), A(1, 2)],
    ),
    Case(
        "gru",
        lambda t, x, h, *weights: layer(t, "GRU", x, [h], list(weights)),
        given(3),
        ref=gru,
    ),
    Case(
        "gru_packed_both_ways",
        lambda t, x, h, *weights: layer(t, "GRU", x, [h], list(weights), [2, 2, 1]),
        given(3, directions=2, rows=(5,)),
    ),
    Case(
        "rnn_relu_cell",
        lambda t, x, h, *weights: t.rnn_relu_cell(x, h, *weights),
        [A(2, 3), A(2, 2), A(2, 3), A(2, 2), A(2), A(2)],
        ref=lambda x, h, w, u, b, c: np.maximum(x @ w.T + b + h @ u.T + c, 0),
        errors=[
            Error(
                lambda t: t.nn.RNNCell(3, 4)(t.ones(2, 5)),
                RuntimeError,
                "input has inconsistent input_size: got 5 expected 3",
            ),
            Error(
                lambda t: t.nn.GRUCell(3, 4)(t.ones(2, 3), t.ones(3, 4)),
                RuntimeError,
                "Input batch size 2 doesn't match hidden0 batch size 3",
            ),
            Error(
                lambda t: t.nn.LSTMCell(3, 4)(t.ones(2, 3), t.ones(2, 4)),
                TypeError,
                "argument 'hx' .position 2. must be tuple of Tensors, not Tensor",
            ),
        ],
    ),
]
