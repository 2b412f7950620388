"""Batch normalisation, and what it shares with instance normalisation."""

from __future__ import annotations

from typing import Any

from ...ops.creation import empty, ones, zeros
from ...ops.data import tensor
from ...tensor import Tensor
from ...typing import Device, DType
from .. import functional as F
from .. import init
from ..parameter import Parameter, UninitializedBuffer, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module


class _NormBase(Module):
    """A normalisation of channels, with learned scale and shift and running statistics."""

    _version = 2  # since when the batches are counted
    _dims: tuple[int, ...]  # how many dimensions the input may have

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Device = None,
        dtype: DType = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        place: dict[str, Any] = {"device": device, "dtype": dtype}
        weight = Parameter(empty(num_features, **place)) if affine else None
        shift = Parameter(empty(num_features, **place)) if affine and bias else None
        self.register_parameter("weight", weight)
        self.register_parameter("bias", shift)
        track = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **place) if track else None)
        self.register_buffer("running_var", ones(num_features, **place) if track else None)
        self.register_buffer("num_batches_tracked", tensor(0, device=device) if track else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the batches seen: mean 0, variance 1."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Set scale 1 and shift 0, and forget the batches seen."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input: Any) -> None:
        n = input.dim()
        if n not in self._dims:
            expected = " or ".join(f"{dims}D" for dims in self._dims)
            raise ValueError(f"expected {expected} input (got {n}D input)")

    def extra_repr(self) -> str:
        """Size and settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: dict[str, Any], *report: Any
    ) -> None:
        """States older than version 2 do not have the count: it stays as it is."""
        key = f"{prefix}num_batches_tracked"
        version = local_metadata.get("version")
        if (version is None or version < 2) and self.track_running_stats and key not in state_dict:
            count = self.num_batches_tracked
            state_dict[key] = tensor(0) if count is None else count
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *report)


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        """The input with mean 0 and variance 1 in each channel, then scaled and shifted."""
        self._check_input_dim(input)
        training, track = self.training, self.track_running_stats
        momentum = 0.0 if self.momentum is None else self.momentum
        if training and track and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the plain average of all batches
                momentum = 1.0 / float(self.num_batches_tracked)
        mean, variance = self.running_mean, self.running_var
        return F.batch_norm(
            input,
            mean if track or not training else None,
            variance if track or not training else None,
            self.weight,
            self.bias,
            training or (mean is None and variance is None),
            momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """(x - mean) / sqrt(variance + eps) * weight + bias, over the batch, for each channel.

    In training the statistics are those of the batch, and the running ones follow them:
    running = (1 - momentum) running + momentum batch (momentum None: the plain average of all
    batches). In evaluation the running ones are used.

    Ioffe and Szegedy, "Batch normalization", ICML 2015.

    Shape: input (N, C) or (N, C, L), output the same.
    """

    _dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images; see `BatchNorm1d`.

    Shape: input (N, C, H, W), output the same.

    >>> from chainrule import nn
    >>> nn.BatchNorm2d(3)
    BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """

    _dims = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes; see `BatchNorm1d`.

    Shape: input (N, C, D, H, W), output the same.
    """

    _dims = (5,)


class _LazyNormBase(LazyModuleMixin, _NormBase):
    """A normalisation that takes num_features from dimension 1 of its first input."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Device = None,
        dtype: DType = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine=False, track_running_stats=False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        place: dict[str, Any] = {"device": device, "dtype": dtype}
        if affine:
            self.weight = UninitializedParameter(**place)
            if bias:
                self.bias = UninitializedParameter(**place)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(**place)
            self.running_var = UninitializedBuffer(**place)
            self.num_batches_tracked = tensor(0, device=device)

    def reset_parameters(self) -> None:
        """Set scale 1 and shift 0, and forget the batches seen, once the shapes are known."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """Take num_features from dimension 1 of the input."""
        if not self.has_uninitialized_params():
            return
        self.num_features = input.shape[1]
        for each in (self.weight, self.bias, self.running_mean, self.running_var):
            if each is not None:
                each.materialize((self.num_features,))
        self.reset_parameters()


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation over all processes; here it is over the batch of this one.

    Shape: input (N, C, *), output the same.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Device = None,
        dtype: DType = None,
        *,
        bias: bool = True,
    ) -> None:
        settings = (eps, momentum, affine, track_running_stats)
        super().__init__(num_features, *settings, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Any) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")

    def forward(self, input: Tensor) -> Tensor:
        """The input with mean 0 and variance 1 in each channel, then scaled and shifted."""
        if self.process_group is not None:
            raise NotImplementedError("SyncBatchNorm over a process group is not supported")
        return super().forward(input)

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with all its batch normalisations in this form."""
        if isinstance(module, _BatchNorm) and not isinstance(module, SyncBatchNorm):
            made = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
            )
            for name, value in (*module._parameters.items(), *module._buffers.items()):
                setattr(made, name, value)
            made.training = module.training
            return made
        for name, child in module.named_children():
            setattr(module, name, cls.convert_sync_batchnorm(child, process_group))
        return module


class LazyBatchNorm1d(_LazyNormBase, BatchNorm1d):
    """A `BatchNorm1d` that takes num_features from its first input."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNormBase, BatchNorm2d):
    """A `BatchNorm2d` that takes num_features from its first input."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNormBase, BatchNorm3d):
    """A `BatchNorm3d` that takes num_features from its first input."""

    cls_to_become = BatchNorm3d
