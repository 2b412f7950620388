"""`torch.onnx`: absent; what is called says so."""

from __future__ import annotations

from typing import Any

from .errors import hint


def export(*args: Any, **kwargs: Any) -> Any:
    """NotImplementedError: chainrule writes no ONNX files."""
    message = "torch.onnx.export is not supported: chainrule writes no ONNX files"
    advice = "save the weights with torch.save and export them where PyTorch is installed"
    raise NotImplementedError(hint(message, advice))
