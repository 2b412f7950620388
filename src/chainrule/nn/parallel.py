"""`torch.nn.parallel`: modules on several devices, of which there is one here."""

from __future__ import annotations

from typing import Any

from ..errors import hint, unknown
from .modules.module import Module


class DataParallel(Module):
    """The module itself: there is one device to run it on.

    Its parameters are named as in PyTorch, "module.<name>", so that states fit.

    >>> from chainrule import nn
    >>> list(nn.DataParallel(nn.Linear(1, 1)).state_dict())
    ['module.weight', 'module.bias']
    """

    def __init__(
        self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.dim = dim
        self.module = module
        self.device_ids = [] if device_ids is None else list(device_ids)
        self.output_device = output_device
        if len(self.device_ids) > 1:
            raise NotImplementedError(
                hint(
                    f"DataParallel over several devices, {self.device_ids}, is not supported",
                    "leave device_ids out, or give one",
                )
            )

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module returns."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Any,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: Any = None,
) -> Any:
    """Call a module as :class:`DataParallel` would."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    return DataParallel(module, device_ids, output_device, dim)(*given, **(module_kwargs or {}))


def __getattr__(name: str) -> Any:
    raise unknown("torch.nn.parallel", name, globals())
