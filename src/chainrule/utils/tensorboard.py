"""`torch.utils.tensorboard`: `SummaryWriter`, through the package tensorboardX.

What it writes is read by `tensorboard --logdir runs`.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import TensorBase
from ..errors import hint

try:
    from tensorboardX import SummaryWriter as _Writer
except ImportError:
    raise ImportError(
        "torch.utils.tensorboard needs tensorboardX, which is not installed. "
        "Install it with: pip install tensorboardX"
    ) from None


def as_numpy(value: Any) -> Any:
    """The value with arrays for tensors, in lists and dictionaries too."""
    if isinstance(value, TensorBase):
        array = value.detach().cpu()  # type: ignore[attr-defined]
        return numpy.array(array.float().numpy() if array.dtype.itemsize == 2 else array.numpy())
    if isinstance(value, dict):
        return {key: as_numpy(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(as_numpy(each) for each in value)
    return value


class SummaryWriter(_Writer):
    """tensorboardX's writer, which also takes chainrule's tensors.

    `add_graph` is refused: `chainrule trace` shows the graph of a program.
    """

    def add_scalar(self, tag: str, scalar_value: Any, *args: Any, **kwargs: Any) -> None:
        """One number of a curve."""
        super().add_scalar(tag, as_numpy(scalar_value), *args, **kwargs)

    def add_scalars(self, main_tag: str, tag_scalar_dict: Any, *args: Any, **kwargs: Any) -> None:
        """Numbers of several curves in one picture."""
        super().add_scalars(main_tag, as_numpy(tag_scalar_dict), *args, **kwargs)

    def add_histogram(self, tag: str, values: Any, *args: Any, **kwargs: Any) -> None:
        """How the values are distributed."""
        super().add_histogram(tag, as_numpy(values), *args, **kwargs)

    def add_image(self, tag: str, img_tensor: Any, *args: Any, **kwargs: Any) -> None:
        """A picture, (3, H, W) unless `dataformats` says otherwise."""
        super().add_image(tag, as_numpy(img_tensor), *args, **kwargs)

    def add_images(self, tag: str, img_tensor: Any, *args: Any, **kwargs: Any) -> None:
        """A batch of pictures, (N, 3, H, W) unless `dataformats` says otherwise."""
        super().add_images(tag, as_numpy(img_tensor), *args, **kwargs)

    def add_video(self, tag: str, vid_tensor: Any, *args: Any, **kwargs: Any) -> None:
        """Films, (N, T, C, H, W)."""
        super().add_video(tag, as_numpy(vid_tensor), *args, **kwargs)

    def add_audio(self, tag: str, snd_tensor: Any, *args: Any, **kwargs: Any) -> None:
        """Sound, between -1 and 1."""
        super().add_audio(tag, as_numpy(snd_tensor), *args, **kwargs)

    def add_pr_curve(self, tag: str, labels: Any, predictions: Any, *args: Any, **kw: Any) -> None:
        """Precision over recall."""
        super().add_pr_curve(tag, as_numpy(labels), as_numpy(predictions), *args, **kw)

    def add_hparams(self, hparam_dict: Any, metric_dict: Any, *args: Any, **kwargs: Any) -> None:
        """Settings of a run, and what came of them."""
        super().add_hparams(as_numpy(hparam_dict), as_numpy(metric_dict), *args, **kwargs)

    def add_embedding(self, mat: Any, *args: Any, **kwargs: Any) -> None:
        """Vectors for the projector, one a row."""
        super().add_embedding(as_numpy(mat), *as_numpy(args), **as_numpy(kwargs))

    def add_graph(self, model: Any, *args: Any, **kwargs: Any) -> None:
        """NotImplementedError: a graph in TensorFlow's format is not made here."""
        message = "SummaryWriter.add_graph is not supported"
        raise NotImplementedError(hint(message, "chainrule trace program.py shows the graph"))
