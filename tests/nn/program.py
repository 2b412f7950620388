"""What the programs of module_programs.py and layer_programs.py are made with."""

from collections.abc import Callable
from typing import Any

PROGRAMS: list[Callable[..., None]] = []


def program(function: Callable[..., None]) -> Callable[..., None]:
    """Put a program on the list."""
    PROGRAMS.append(function)
    return function


def attempt(*calls: Callable[[], Any]) -> None:
    """Print what each call returns, or the error it raises."""
    for call in calls:
        try:
            print(call())
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
