"""A softmax over many classes, of which the rare ones are looked at only where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...ops.creation import empty_like
from ...ops.scatter import index_copy
from ...tensor import Tensor
from ...typing import Device, DType
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    """The logarithms of the targets' probabilities, and minus their mean."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-probabilities of targets among classes that are sorted by frequency.

    The head has the classes below the first cutoff, and one entry for each cluster of further
    classes, which has a small network of its own, the smaller by `div_value` the rarer.

    Shape: input (N, in_features) or (in_features), target (N) or (); output as target, loss ().

    Grave et al., "Efficient softmax approximation for GPUs" (2017).
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            cutoffs != sorted(set(cutoffs))
            or cutoffs[0] <= 0
            or cutoffs[-1] > n_classes - 1
            or any(int(cutoff) != cutoff for cutoff in cutoffs)
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an "
                "increasing order, where each value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        options: Any = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            hidden = int(in_features // div_value ** (i + 1))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(
                    Linear(in_features, hidden, bias=False, **options),
                    Linear(hidden, size, bias=False, **options),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        self.head.reset_parameters()
        for first, second in self.tail:  # type: ignore[attr-defined]
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """The targets' log-probabilities, and the loss."""
        alone = target_.dim() == 0
        self._check(input_, target_)
        input = input_.unsqueeze(0) if alone else input_
        target = target_.unsqueeze(0) if alone else target_
        found = empty_like(target, dtype=input.dtype).fill_(0)
        in_head = target.clone()
        used = 0
        for i, (low, high) in enumerate(zip([0, *self.cutoffs], self.cutoffs, strict=False)):
            here = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if not here.numel():
                continue
            used += here.numel()
            if i == 0:
                continue  # these classes are entries of the head themselves
            scores = self.tail[i - 1](input.index_select(0, here))
            logs = F.log_softmax(scores, dim=1)
            local = (target.index_select(0, here) - low).unsqueeze(1)
            found = index_copy(found, 0, here, logs.gather(1, local).squeeze(1))
            in_head.index_fill_(0, here, self.shortlist_size + i - 1)
        if used != target.numel():
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        head = F.log_softmax(self.head(input), dim=1)
        output = found + head.gather(1, in_head.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output.squeeze(0) if alone else output, loss)

    @staticmethod
    def _check(input: Any, target: Any) -> None:
        if target.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target.dim() == 1:
            if input.dim() != 2:
                raise RuntimeError(
                    "1D target tensor expects 2D input tensors, but found inputs with size "
                    f"{input.size()}"
                )
            if input.size(0) != target.size(0):
                raise RuntimeError(
                    "Input and target should have the same size in the batch dimension."
                )
        elif input.dim() != 1:
            raise RuntimeError(
                "0D target tensor expects 1D input tensors, but found inputs with size "
                f"{input.size()}"
            )

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes. Shape: input (N, in_features), output (N, n)."""
        return self._all_logs(input, self.head(input))

    def _all_logs(self, input: Any, scores: Any) -> Any:
        head = F.log_softmax(scores, dim=1)
        out = input.new_empty((head.size(0), self.n_classes))
        out[:, : self.shortlist_size] = head[:, : self.shortlist_size]
        for i, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:], strict=False)):
            logs = F.log_softmax(self.tail[i](input), dim=1)
            out[:, low:high] = logs + head[:, self.shortlist_size + i].unsqueeze(1)
        return out

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each input. Shape: input (N, in_features), output (N)."""
        return self.log_prob(input).argmax(dim=1)
