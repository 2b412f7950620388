"""What `importlib.metadata` says of torch while chainrule stands in for it."""

from __future__ import annotations

from importlib.metadata import Distribution
from typing import Any


class Stated(Distribution):
    """The metadata of a package that is not installed: its name and version."""

    def __init__(self, name: str, version: str) -> None:
        self.text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"

    def read_text(self, filename: str) -> str | None:
        """The one file there is."""
        return self.text if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        """Nothing is installed: FileNotFoundError."""
        raise FileNotFoundError(path)
