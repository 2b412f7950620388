"""Loops over the steps of a sequence: of tanh or relu networks, of LSTMs and of GRUs.

The rows of all steps lie one below the other; a step is a pair (first row, end). A step may have
fewer rows than another: sequences are sorted by length, so its rows belong to the first ones. The
state of every sequence is carried in one array, of which a step reads and writes the first rows.
"""

from __future__ import annotations

from typing import Any

from .products import product

Steps = tuple[tuple[int, int], ...]


def plain_layer(xp: Any, x: Any, state: Any, weight: Any, steps: Steps, relu: bool) -> Any:
    """h' = tanh or relu of (x + W h): h after every step, and in the end."""
    h = state.copy()
    turned = weight.T
    out = xp.empty_like(x)
    for start, end in steps:
        n = end - start
        new = x[start:end] + product(xp, h[:n], turned)
        h[:n] = out[start:end] = xp.maximum(new, 0) if relu else xp.tanh(new)
    return out, h


def lstm_layer(
    xp: Any, x: Any, hidden: Any, cell: Any, weight: Any, projection: Any, steps: Steps
) -> Any:
    """h after every step and in the end, c in the end and after every step, and the gates' values.

    With i, f, g, o the four parts of x + W h, all sigmoid but g, which is tanh:
    c' = f c + i g, h' = o tanh c' (or its projection). The gates are separate blocks of memory:
    NumPy takes twice as long over parts of rows.
    """
    h, c = hidden.copy(), cell.copy()
    size = c.shape[-1]
    turned = weight.T
    gates = xp.empty((4, len(x), size), x.dtype)
    cells = xp.empty((len(x), size), x.dtype)
    out = xp.empty((len(x), h.shape[-1]), x.dtype)
    one = x.dtype.type(1)
    for start, end in steps:
        n = end - start
        before, after = c[:n], cells[start:end]
        i_f, new, o = gates[:2, start:end], gates[2, start:end], gates[3, start:end]
        given = product(xp, h[:n], turned)
        given += x[start:end]
        given = given.reshape(n, 4, size).transpose(1, 0, 2)
        _sigmoid(xp, given[:2], i_f, one)
        _sigmoid(xp, given[3], o, one)
        xp.tanh(given[2], out=new)
        xp.multiply(i_f[1], before, out=after)
        after += i_f[0] * new
        before[...] = after
        shown = xp.tanh(after)
        shown *= o
        if projection is not None:
            shown = product(xp, shown, projection.T)
        h[:n] = shown
        out[start:end] = shown
    return out, h, c, cells, gates


def gru_layer(xp: Any, x: Any, state: Any, weight: Any, bias: Any, steps: Steps) -> Any:
    """h after every step and in the end, the gates, and what the reset gate lets through.

    With r, z the sigmoids of their parts of x + W h + b, and q the third part of W h + b:
    n = tanh(x + r q), h' = n + z (h - n).
    """
    h = state.copy()
    size = h.shape[-1]
    turned = weight.T
    gates = xp.empty((3, len(x), size), x.dtype)
    kept = xp.empty((len(x), size), x.dtype)
    out = xp.empty((len(x), size), x.dtype)
    one = x.dtype.type(1)
    for start, end in steps:
        n = end - start
        both, new, before = gates[:2, start:end], gates[2, start:end], h[:n]
        by_state = product(xp, before, turned)
        if bias is not None:
            by_state += bias
        by_state = by_state.reshape(n, 3, size).transpose(1, 0, 2)
        by_input = x[start:end].reshape(n, 3, size).transpose(1, 0, 2)
        _sigmoid(xp, by_state[:2] + by_input[:2], both, one)
        kept[start:end] = by_state[2]
        xp.multiply(both[0], by_state[2], out=new)
        new += by_input[2]
        xp.tanh(new, out=new)
        before -= new
        before *= both[1]
        before += new
        out[start:end] = before
    return out, h, gates, kept


def _sigmoid(xp: Any, x: Any, out: Any, one: Any) -> None:
    """1 / (1 + exp(-x)), with `one` in the dtype of x."""
    xp.negative(x, out=out)
    xp.exp(out, out=out)
    xp.add(out, one, out=out)
    xp.reciprocal(out, out=out)
