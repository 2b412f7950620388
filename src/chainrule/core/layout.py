"""Layouts and memory formats: names only, as every tensor is strided."""

from __future__ import annotations


class Layout:
    """A memory layout or format, known by its name only."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class MemoryFormat(Layout):
    """An order of the axes in memory, known by its name only."""


strided = Layout("strided")
