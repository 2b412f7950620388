"""The sum over all alignments of connectionist temporal classification, in logarithms.

It knows arrays only: x (T, N, C) of log-probabilities, and `labels` (N, 2 S + 1), each target with
blanks around all its classes. A[t, n, s] is the logarithm of the probability of all beginnings of
alignments that are at label s at time t, B that of all endings. Graves et al., "Connectionist
temporal classification" (2006).
"""

from __future__ import annotations

from typing import Any

from ..typing import Array


def with_blanks(xp: Any, target: Array, blank: int) -> Array:
    """Targets (N, S) with a blank around every class: (N, 2 S + 1)."""
    labels = xp.full((len(target), 2 * target.shape[1] + 1), blank, xp.int64)
    labels[:, 1::2] = target
    return labels


def _skips(xp: Any, labels: Array, blank: int) -> Array:
    """Where an alignment may leave out the blank before a class: 0, elsewhere -inf."""
    out = xp.full(labels.shape, -xp.inf)
    may = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    out[:, 2:][may] = 0
    return out


def _emissions(xp: Any, x: Array, labels: Array) -> Array:
    """The log-probability of each label at each time: (T, N, 2 S + 1)."""
    return xp.take_along_axis(x, xp.broadcast_to(labels, (len(x), *labels.shape)), 2)


def _beginnings(xp: Any, emissions: Array, skips: Array) -> Array:
    """A, for all times."""
    out = xp.full(emissions.shape, -xp.inf, emissions.dtype)
    out[0, :, :2] = emissions[0, :, :2]
    skips = skips.astype(out.dtype)
    for t in range(1, len(out)):
        before, now = out[t - 1], out[t]
        now[...] = before
        now[:, 1:] = xp.logaddexp(now[:, 1:], before[:, :-1])
        now[:, 2:] = xp.logaddexp(now[:, 2:], before[:, :-2] + skips[:, 2:])
        now += emissions[t]
    return out


def _endings(xp: Any, emissions: Array, skips: Array, ends: Array, lengths: Array) -> Array:
    """B, for all times: an example ends at its own time, with its last class or the blank after."""
    out = xp.full(emissions.shape, -xp.inf, emissions.dtype)
    skips = skips.astype(out.dtype)
    last = _last(xp, emissions.shape[2], ends)
    for t in range(len(out) - 1, -1, -1):
        now = out[t]
        if t + 1 < len(out):
            after = out[t + 1]
            now[...] = after
            now[:, :-1] = xp.logaddexp(now[:, :-1], after[:, 1:])
            now[:, :-2] = xp.logaddexp(now[:, :-2], after[:, 2:] + skips[:, 2:])
        now[(lengths == t + 1)[:, None] & last] = 0
        now += emissions[t]
    return out


def _last(xp: Any, labels: int, ends: Array) -> Array:
    """The labels an alignment may end with."""
    place = xp.arange(labels)
    end = 2 * ends[:, None]
    return (place == end) | (place == end - 1)


def ctc(xp: Any, x: Array, target: Array, lengths: Array, ends: Array, blank: int) -> Array:
    """-log of the probability of each target: (N). `ends` are the lengths of the targets."""
    labels = with_blanks(xp, target, blank)
    emissions = _emissions(xp, x, labels)
    found = _beginnings(xp, emissions, _skips(xp, labels, blank))
    at_end = found[xp.maximum(lengths - 1, 0), xp.arange(len(labels))]
    last = _last(xp, labels.shape[1], ends)
    total = xp.logaddexp.reduce(xp.where(last, at_end, -xp.inf), 1)
    nothing = xp.where(ends == 0, 0.0, -xp.inf)  # what no time at all can say
    return -xp.where(lengths == 0, nothing, total).astype(x.dtype)


def ctc_slope(
    xp: Any, x: Array, target: Array, loss: Array, lengths: Array, ends: Array, blank: int
) -> Array:
    """The derivative of each loss by the scores that a log-softmax made x of: (T, N, C).

    At each time it is exp(x) minus the share of the alignments that are at each class.
    """
    labels = with_blanks(xp, target, blank)
    emissions, skips = _emissions(xp, x, labels), _skips(xp, labels, blank)
    both = _beginnings(xp, emissions, skips) + _endings(xp, emissions, skips, ends, lengths)
    both -= xp.where(xp.isneginf(both), 0, emissions)  # it is in both of them
    share = xp.exp(both + loss[:, None])
    is_class = (labels[:, :, None] == xp.arange(x.shape[2])).astype(x.dtype)
    slope = xp.exp(x) - xp.matmul(share.swapaxes(0, 1), is_class).swapaxes(0, 1)
    over = xp.arange(len(x))[:, None] >= lengths
    return xp.where(over[:, :, None], 0, slope)
