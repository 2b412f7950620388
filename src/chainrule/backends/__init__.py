"""`torch.backends`: switches of libraries that are not behind chainrule, kept so programs run."""

from __future__ import annotations

from typing import Any


class Flags:
    """Settings that a program may read and write; none changes a result here."""

    def __init__(self, available: bool = False, **settings: Any) -> None:
        self._available = available
        self.__dict__.update(settings)

    def is_available(self) -> bool:
        """Whether the library is there."""
        return self._available

    def is_built(self) -> bool:
        """Whether support for it is built in."""
        return self._available

    def version(self) -> int | None:
        """The version of the library; None as it is not there."""
        return None


cudnn = Flags(enabled=False, benchmark=False, deterministic=False, allow_tf32=True)
cuda = Flags(matmul=Flags(allow_tf32=False, allow_fp16_reduced_precision_reduction=True))
mps, mkldnn, openmp = Flags(), Flags(), Flags()
mkl = Flags()
nnpack, mha, cusparselt, kleidiai, miopen = Flags(), Flags(), Flags(), Flags(), Flags()
opt_einsum = Flags(enabled=False, strategy=None)
quantized = Flags(engine="none", supported_engines=["none"])
cpu = Flags(get_cpu_capability=lambda: "DEFAULT")
