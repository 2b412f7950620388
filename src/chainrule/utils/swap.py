"""Two tensors that change places: `torch.utils.swap_tensors`."""

from __future__ import annotations

from typing import Any


def swap_tensors(t1: Any, t2: Any) -> None:
    """Let two tensors change places: whoever holds one has the other from now on.

    They swap memory, history, gradient, class and attributes; graphs made before keep what they
    have.

    >>> a, b = tensor(1.0), tensor(2.0)
    >>> swap_tensors(a, b)
    >>> a
    tensor(2.)
    """
    for slot in ("_data", "_node", "_grad", "_writes", "_view"):
        one, other = getattr(t1, slot), getattr(t2, slot)
        setattr(t1, slot, other)
        setattr(t2, slot, one)
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
