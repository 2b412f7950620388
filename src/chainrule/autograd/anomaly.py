"""Anomaly mode: the first NaN of a backward pass, with the forward line that leads to it."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy

from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.tensor import unwrap


def check_nan(node: Primitive, results: Sequence[Any]) -> None:
    """Raise if a rule returned NaN, naming the operation and the line that recorded it."""
    for index, g in enumerate(results):
        if g is not None and bool(numpy.isnan(unwrap(g)).any()):
            where = "" if node.site is None else f" It was recorded here:\n{''.join(node.site)}"
            raise RuntimeError(
                f"Function '{node.name()}' returned nan values in its {index}th output.{where}"
            )


class set_detect_anomaly:
    """Turn anomaly mode on or off, as a call or as a context.

    >>> with set_detect_anomaly(True):
    ...     pass
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = modes.anomaly, modes.check_nan
        modes.switch(anomaly=mode, check_nan=check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        anomaly, check_nan = self._before
        modes.switch(anomaly=anomaly, check_nan=check_nan)


class detect_anomaly(set_detect_anomaly):
    """Context in which every node remembers its line and backward stops at the first NaN."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)
        anomaly, check_nan = self._before
        modes.switch(anomaly=anomaly, check_nan=check_nan)

        self._check_nan = check_nan

    def __enter__(self) -> None:
        modes.switch(anomaly=True, check_nan=self._check_nan)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return modes.anomaly
