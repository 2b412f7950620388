"""The state that operations read: whether they are recorded, and how closely errors are traced.

Each thread has its own, as in PyTorch. Only context managers in `autograd` change it.
"""

from __future__ import annotations

import threading
from typing import Any


class Modes(threading.local):
    """Per-thread switches, read by every operation that could be recorded."""

    grad = True  # record operations on tensors that require grad
    inference = False  # tensors made now can never take part in autograd
    anomaly = False  # remember the user's line of every recorded operation
    check_nan = True  # in anomaly mode: stop at the first NaN that backward makes
    recorder: Any = None  # the compiler's, while it traces a function


modes = Modes()
